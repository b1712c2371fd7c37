//! The harness itself: a broker of one's own comes up, keeps what it is given in partitions by key, and goes away.

use integration_tests::broker::Broker;
use integration_tests::events::World;
use integration_tests::producer::{self, Message};
use integration_tests::{or_skip, wait};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

#[test]
fn broker_starts_and_stops() {
    let Some(broker) = or_skip("a Kafka broker", Broker::start()) else { return };
    let topic = broker.create_log("log", 4);
    let events = World::past(1, 8, 5).events();
    let places = producer::send_events(&broker, &topic, &events);

    let received = producer::read_committed(&broker, &topic);
    assert_eq!(received.len(), events.len());
    let by_place: BTreeMap<_, _> = received.iter().map(|message| (message.place, message)).collect();
    let mut partitions: BTreeMap<&str, BTreeSet<i32>> = BTreeMap::new();
    for (event, place) in events.iter().zip(&places) {
        let message = by_place[place];
        assert_eq!(message.payload.as_deref(), Some(event.body.as_slice()));
        assert_eq!(message.key.as_deref(), Some(event.course.as_bytes()));
        partitions.entry(&event.course).or_default().insert(place.partition);
    }
    assert!(partitions.values().all(|partitions| partitions.len() == 1), "a course lies in one partition: {partitions:?}");
    assert_eq!(producer::lag(&broker, &topic, "nobody"), events.len() as i64);

    let process = PathBuf::from(format!("/proc/{}", broker.pid()));
    assert!(!cfg!(target_os = "linux") || process.exists());
    drop(broker);
    wait::until("the broker's process to go", Duration::from_secs(10), || (!process.exists()).then_some(()));
}

#[test]
fn tombstones_headers_and_large_messages_travel() {
    let Some(broker) = Broker::shared() else { return };
    let topic = broker.create_topic("odd", 1, &[("max.message.bytes", "16777216")]);
    let header = ("ce_specversion".to_owned(), b"1.0".to_vec());
    let messages = [
        Message { key: Some(b"k".to_vec()), ..Message::default() },
        Message { headers: vec![header.clone()], ..Message::new("k", "v") },
        Message { key: None, ..Message::new("", vec![b'x'; 10 << 20]) },
    ];
    producer::send(broker, &topic, messages);
    let received = producer::read_committed(broker, &topic);
    assert_eq!(received.len(), 3);
    assert_eq!(received[0].payload, None);
    assert_eq!(received[1].headers, [header]);
    assert_eq!((received[2].key.as_ref(), received[2].payload.as_ref().map(Vec::len)), (None, Some(10 << 20)));
}
