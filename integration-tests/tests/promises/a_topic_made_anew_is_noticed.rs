//! A topic that was deleted and made anew under its name counts from 0 again. It is never taken for the old one, however much
//! it holds: by neither kind of run, and also where nothing is left to be replayed.

use integration_tests::broker::Broker;
use integration_tests::events::{Event, World};
use integration_tests::producer;
use integration_tests::service::{Home, Outcome, Source, Warehouse};
use integration_tests::table;
use std::time::Duration;

const PARTITIONS: i32 = 2;
/// A shard that stops does so long before this.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_topic_made_anew_is_noticed_and_an_untouched_one_goes_on() {
    let Some(broker) = Broker::shared() else { return };
    let home = Home::new();
    let topic = broker.create_log("made-anew", PARTITIONS);
    let source = |group| Source::Topic { bootstrap: broker.bootstrap(), topic: &topic, group, signals_topic: None };
    let warehouse = home.warehouse("made-anew");
    let refuses = |how: &str, words: &str| {
        for run in [run_to_end, serve] {
            let outcome = run(&home, &warehouse, &source("made-anew"));
            // A failure is told in lines of the terminal's width, each behind a bar.
            let said: Vec<&str> = outcome.stderr.split_whitespace().filter(|word| *word != "│").collect();
            let says = |words: &str| said.join(" ").contains(words);
            assert!(!outcome.status.success() && says(words), "{how}: {}", outcome.told());
            assert!(says("new warehouse") && says("another name"), "it says what to do: {}", outcome.told());
        }
    };

    let events = World::past(31, 6, 60).events();
    let (first, second) = events.split_at(events.len() / 2);
    producer::send_events(broker, &topic, first);
    for expected in [first.len(), first.len(), events.len()] {
        if expected == events.len() {
            producer::send_events(broker, &topic, second);
        }
        warehouse.run_to_end(&source("made-anew"), &[]);
        assert_eq!(accepted(&warehouse), expected as u64, "an untouched log is read on");
    }

    // As many records as before and more, in each partition.
    broker.make_log_anew(&topic, PARTITIONS);
    let others = World::past(32, 12, 120).events();
    assert!(others.len() > 3 * events.len());
    producer::send_events(broker, &topic, &others);
    refuses("with more records", "has another message at offset");

    broker.make_log_anew(&topic, PARTITIONS);
    producer::send_events(broker, &topic, &events[..10]);
    refuses("with fewer records", "made anew");
    assert_eq!(accepted(&warehouse), events.len() as u64, "nothing of the others was measured");
    warehouse.assert_audited();
}

#[test]
fn where_retention_took_all_that_was_read_reading_goes_on() {
    let Some(broker) = Broker::shared() else { return };
    let home = Home::new();
    let topic = broker.create_log("let-go", PARTITIONS);
    let source = Source::Topic { bootstrap: broker.bootstrap(), topic: &topic, group: "let-go", signals_topic: None };
    let warehouse = home.warehouse("let-go");
    let events = World::past(33, 4, 60).events();
    let (first, second): (&[Event], &[Event]) = events.split_at(events.len() / 2);
    producer::send_events(broker, &topic, first);
    warehouse.run_to_end(&source, &[]);
    broker.let_records_go(&topic, PARTITIONS);
    producer::send_events(broker, &topic, second);
    warehouse.run_to_end(&source, &[]);
    assert_eq!(accepted(&warehouse), events.len() as u64);
}

fn run_to_end(home: &Home, warehouse: &Warehouse<'_>, source: &Source<'_>) -> Outcome {
    home.run(warehouse.run_args(source, &["--until-end"]))
}

fn serve(home: &Home, warehouse: &Warehouse<'_>, source: &Source<'_>) -> Outcome {
    home.start(warehouse.run_args(source, &[])).wait(PATIENCE)
}

fn accepted(warehouse: &Warehouse<'_>) -> u64 {
    table::sum(&table::rows(&warehouse.export(table::AUDIT)), "accepted")
}
