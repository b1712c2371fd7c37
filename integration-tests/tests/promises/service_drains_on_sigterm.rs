//! SIGTERM ends a service in order: exit status 0 within 10 s, everything committed, and the next run goes on from there.

use integration_tests::broker::Broker;
use integration_tests::events::World;
use integration_tests::service::{Home, Source};
use integration_tests::{producer, table, wait};
use std::time::{Duration, SystemTime};

const COURSES: usize = 6;
const LEARNERS: usize = 120;

#[test]
fn service_drains_on_sigterm() {
    let Some(broker) = Broker::shared() else { return };
    let topic = broker.create_log("drained", 4);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let events = World::recent(19, COURSES, LEARNERS, 3, now.as_millis() as i64).events();
    producer::send_events(broker, &topic, &events);
    let home = Home::new();
    let warehouse = home.warehouse("drained");
    let source = Source::Topic { bootstrap: broker.bootstrap(), topic: &topic, group: "drained", signals_topic: None };

    // Once in the middle of its work, once when it has published. Before it says that it measures it may die of the signal:
    // a process that has just begun listens for nothing yet.
    for published in [false, true] {
        let mut service = home.start(warehouse.run_args(&source, &["--publish-every", "1s"]));
        let sign = warehouse.path().join(if published { "tables/LATEST" } else { "_teachback/checkpoints" });
        wait::until(&format!("{}", sign.display()), Duration::from_secs(60), || {
            assert!(!service.ended(), "the service ended");
            (service.said("measuring") && sign.exists()).then_some(())
        });
        service.terminate();
        let _said = service.wait(Duration::from_secs(10)).ok();
        warehouse.assert_audited();
    }

    warehouse.run_to_end(&source, &[]);
    warehouse.assert_audited();
    assert_eq!(producer::lag(broker, &topic, "drained"), 0);
    let audit = table::rows(&warehouse.export(table::AUDIT));
    let sums = ["accepted", "duplicate", "late", "rejected"].map(|column| table::sum(&audit, column));
    assert_eq!(sums, [events.len() as u64, 0, 0, 0], "accepted, duplicate, late, rejected");
    let courses = table::rows(&warehouse.export("course_quality"));
    assert_eq!(table::sum(&courses, "learners_enrolled") as usize, COURSES * LEARNERS);
}
