//! A metric is a function of the set of events: not of their order within the horizon, of repeats, or of partitions.

use integration_tests::broker::Broker;
use integration_tests::events::{Event, World, duplicate_some, shuffle_within_horizon};
use integration_tests::producer;
use integration_tests::service::{Exports, Home, Source, assert_same_exports};
use integration_tests::table;

#[test]
fn order_partitions_and_duplicates_do_not_matter() {
    let Some(broker) = Broker::shared() else { return };
    let home = Home::new();
    let events = World::past(5, 9, 100).events();
    let expected = exports(broker, &home, "in-order", 1, &events);
    let audit = table::rows(&expected[table::AUDIT]);
    assert_eq!((table::sum(&audit, "accepted"), table::sum(&audit, "late")), (events.len() as u64, 0));
    assert!(table::rows(&expected["signals"]).iter().any(|signal| signal["state"] == "open"), "the planted defects give signals");

    for (partitions, seed) in [(1, 11), (4, 12), (8, 13)] {
        let what = format!("shuffled, repeated, {partitions} partitions");
        let shuffled = shuffle_within_horizon(&duplicate_some(&events, 0.1, seed), seed);
        let found = exports(broker, &home, &format!("shuffled-{partitions}"), partitions, &shuffled);
        let audit = table::rows(&found[table::AUDIT]);
        let repeats = (shuffled.len() - events.len()) as u64;
        let sums = ["accepted", "duplicate", "late", "rejected"].map(|column| table::sum(&audit, column));
        assert_eq!(sums, [events.len() as u64, repeats, 0, 0], "{what}: accepted, duplicate, late, rejected");
        assert_same_exports(&what, &expected, &found);
    }
}

fn exports(broker: &Broker, home: &Home, name: &str, partitions: i32, events: &[Event]) -> Exports {
    let topic = broker.create_log(name, partitions);
    producer::send_events(broker, &topic, events);
    let warehouse = home.warehouse(name);
    warehouse.run_to_end(&Source::Topic { bootstrap: broker.bootstrap(), topic: &topic, group: name, signals_topic: None }, &[]);
    warehouse.assert_audited();
    warehouse.exports()
}
