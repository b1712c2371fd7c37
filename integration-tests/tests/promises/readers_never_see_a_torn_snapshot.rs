//! Readers that nobody here wrote read the newest snapshot, in every documented way, while the service writes.

use integration_tests::broker::Broker;
use integration_tests::events::World;
use integration_tests::readers::Readers;
use integration_tests::service::{Home, Source};
use integration_tests::{producer, wait};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

const READS: usize = 200;
const DAYS: i64 = 3;

#[test]
fn readers_never_see_a_torn_snapshot() {
    let Some(readers) = Readers::shared() else { return };
    let Some(broker) = Broker::shared() else { return };
    let topic = broker.create_log("live", 4);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let events = World::recent(17, 8, 150, DAYS, now.as_millis() as i64).events();
    let mut parts = events.chunks(events.len().div_ceil(150));
    let mut send_a_part = || parts.next().map(|part| producer::send_events(broker, &topic, part).len());

    let home = Home::new();
    let warehouse = home.warehouse("live");
    let source = Source::Topic { bootstrap: broker.bootstrap(), topic: &topic, group: "live", signals_topic: None };
    send_a_part();
    let begin = Instant::now();
    let mut service = home.start(warehouse.run_args(&source, &["--publish-every", "4s"]));
    let latest = warehouse.path().join("tables/LATEST");
    wait::until("the first snapshot", Duration::from_secs(60), || {
        assert!(!service.ended(), "the service ended");
        latest.exists().then_some(())
    });

    let seen = std::thread::scope(|scope| {
        let reading = scope.spawn(|| readers.run("read_loop.py", [warehouse.path().as_os_str(), READS.to_string().as_ref()]));
        while !reading.is_finished() {
            send_a_part();
            wait::within(Duration::from_millis(200), || reading.is_finished().then_some(()));
        }
        reading.join().unwrap()
    });
    assert_eq!(seen["reads"], READS);
    assert!(seen["snapshots"].as_u64().unwrap() > 1, "snapshots changed while they were read: {seen}");

    service.terminate();
    let _said = service.wait(Duration::from_secs(10)).ok();
    let published_most = begin.elapsed().as_secs() + 1;
    warehouse.assert_audited();
    // Retention keeps a file for an hour, so here every published snapshot may still be there, but none besides.
    let snapshots = snapshots(&warehouse.path().join("tables/course_quality")) as u64;
    assert!(snapshots <= published_most + DAYS as u64 + 2, "{snapshots} snapshots in {published_most} s");
}

fn snapshots(table: &Path) -> usize {
    fs::read_dir(table).unwrap().filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("as_of=")).count()
}
