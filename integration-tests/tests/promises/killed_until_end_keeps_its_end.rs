//! A run with `--until-end` that is killed and started again ends where the first one would have, however much was sent
//! meanwhile; the run after it reads on.

use integration_tests::broker::Broker;
use integration_tests::events::World;
use integration_tests::service::{Home, Source, Warehouse, assert_same_exports};
use integration_tests::{producer, table, wait};
use std::time::Duration;

#[test]
fn killed_until_end_keeps_its_end() {
    let Some(broker) = Broker::shared() else { return };
    let topic = broker.create_log("kept-end", 3);
    let events = World::past(27, 6, 150).events();
    let (first, second) = events.split_at(events.len() / 2);
    producer::send_events(broker, &topic, first);

    let home = Home::new();
    let source = |group| Source::Topic { bootstrap: broker.bootstrap(), topic: &topic, group, signals_topic: None };
    let undisturbed = home.warehouse("undisturbed");
    undisturbed.run_to_end(&source("undisturbed"), &[]);

    let warehouse = home.warehouse("killed");
    let note = warehouse.path().join("_teachback/until-end.json");
    let mut args = warehouse.run_args(&source("killed"), &[]);
    args.push("--until-end".to_owned());
    let mut running = home.start(args);
    wait::until("the recorded end", Duration::from_secs(60), || note.exists().then_some(()));
    assert!(!running.ended(), "it is killed before its end");
    running.kill();
    assert!(note.exists(), "the end outlives the run");
    producer::send_events(broker, &topic, second);

    warehouse.run_to_end(&source("killed"), &[]);
    assert_eq!(accepted(&warehouse), first.len() as u64, "what was sent after the first start is not read");
    assert_same_exports("to the recorded end", &undisturbed.exports(), &warehouse.exports());
    assert!(!note.exists(), "the end is reached and published");

    warehouse.run_to_end(&source("killed"), &[]);
    assert_eq!(accepted(&warehouse), events.len() as u64, "the next run reads a new end");
    warehouse.assert_audited();
    assert!(!note.exists());
}

fn accepted(warehouse: &Warehouse<'_>) -> u64 {
    table::sum(&table::rows(&warehouse.export(table::AUDIT)), "accepted")
}
