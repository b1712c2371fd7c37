//! The same log gives the same snapshots, whatever the number of threads and the size of a batch.

use integration_tests::broker::Broker;
use integration_tests::events::{World, shuffle_within_horizon};
use integration_tests::producer;
use integration_tests::service::{Home, Source, assert_same_bytes, assert_same_exports};
use std::fs;

#[test]
fn batch_size_and_threads_do_not_matter() {
    let Some(broker) = Broker::shared() else { return };
    let topic = broker.create_log("batches", 4);
    let events = World::past(7, 6, 60).events();
    producer::send_events(broker, &topic, &shuffle_within_horizon(&events, 1));
    let home = Home::new();
    let source = |group| Source::Topic { bootstrap: broker.bootstrap(), topic: &topic, group, signals_topic: None };

    let usual = home.warehouse("usual");
    usual.run_to_end(&source("usual"), &[]);
    for (name, settings) in [("small", "threads = 1\nbatch_events_max = 7\n"), ("large", "threads = 4\nbatch_events_max = 5000\n")] {
        let config = home.path(&format!("{name}.toml"));
        fs::write(&config, format!("[measure]\n{settings}")).unwrap();
        let other = home.warehouse(name);
        other.run_to_end(&source(name), &["--config", &config.display().to_string()]);

        let (expected, found) = (usual.day_cuts(), other.day_cuts());
        assert_eq!(expected.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>(), "{name}: snapshots of midnights");
        for (path, bytes) in &expected {
            assert_same_bytes(&format!("{name}: {path}"), bytes, &found[path]);
        }
        assert_same_exports(name, &usual.exports(), &other.exports());
    }
}
