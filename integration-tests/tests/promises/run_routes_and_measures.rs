//! With `[[sources]]` one process does both: canonical events from another topic are routed and measured side by side, and SIGTERM
//! ends both in order.

use super::routes::{Door, write_config};
use integration_tests::broker::Broker;
use integration_tests::events::World;
use integration_tests::producer::{self, Message};
use integration_tests::service::Home;
use integration_tests::{table, wait};
use std::time::{Duration, SystemTime};

const COURSES: usize = 4;
const LEARNERS: usize = 60;

#[test]
fn run_routes_and_measures() {
    let Some(broker) = Broker::shared() else { return };
    let (topic, raw) = (broker.create_log("both-events", 3), broker.create_log("both-raw", 2));
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let events = World::recent(29, COURSES, LEARNERS, 3, now.as_millis() as i64).events();
    producer::send(broker, &raw, events.iter().map(Message::from));
    let home = Home::new();
    let warehouse = home.warehouse("both");
    let config = write_config(&home, "both", broker, &topic, &[Door { name: "own", format: "auto", topic: &raw, more: "" }], "");
    let path = warehouse.path().display().to_string();
    let run = |more: &[&str]| {
        [&["run", "--config", &config, "--warehouse", &path, "--group", "both"], more].concat().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };

    let mut service = home.start(run(&["--publish-every", "1s"]));
    wait::until("everything routed, and something published", Duration::from_secs(60), || {
        assert!(!service.ended(), "the service ended");
        (warehouse.path().join("tables/LATEST").exists() && producer::lag(broker, &raw, "route-both") == 0).then_some(())
    });
    service.terminate();
    let _said = service.wait(Duration::from_secs(20)).ok();

    let _said = home.run(run(&["--until-end"])).ok();
    warehouse.assert_audited();
    let audit = table::rows(&warehouse.export(table::AUDIT));
    let sums = ["accepted", "duplicate", "late", "rejected"].map(|column| table::sum(&audit, column));
    assert_eq!(sums, [events.len() as u64, 0, 0, 0], "accepted, duplicate, late, rejected");
    assert_eq!(table::sum(&table::rows(&warehouse.export("course_quality")), "learners_enrolled") as usize, COURSES * LEARNERS);
}
