//! Feedback in Kafka against a real broker: the suite that the other sources of feedback pass.
#![allow(clippy::unwrap_used, reason = "test code: a failed expectation ends the test")]

use integration_tests::broker::Broker;
use integration_tests::producer::{self, Message};
use teachback_connectors::conformance::feedback as suite;
use teachback_connectors::kafka::{KafkaFeedback, KafkaSettings};
use teachback_core::event::validate::Key;
use teachback_engine::port::{FeedbackSource, Partition};

fn settings(broker: &Broker, topic: &str) -> KafkaSettings {
    KafkaSettings { brokers: broker.bootstrap().to_owned(), topic: topic.to_owned(), group: "nobody".to_owned(), ..KafkaSettings::default() }
}

#[test]
fn feedback_in_kafka_behaves_as_feedback() {
    let Some(broker) = Broker::shared() else { return };
    let topic = broker.create_topic("feedback", 1, &[]);
    let mut feedback = KafkaFeedback::open(&settings(broker, &topic)).unwrap().unwrap();
    suite::behaves_as_a_feedback_source(&mut feedback, &mut |body| drop(producer::send(broker, &topic, [Message::new("orgx", body)])));
}

#[test]
fn every_partition_is_read_with_its_keys() {
    let Some(broker) = Broker::shared() else { return };
    let topic = broker.create_topic("feedback-keys", 3, &[]);
    let mut feedback = KafkaFeedback::open(&settings(broker, &topic)).unwrap().unwrap();
    let with = |partition, key: Option<&str>| Message { partition: Some(partition), key: key.map(Into::into), ..Message::new("", "x") };
    producer::send(broker, &topic, [with(2, Some("orgx")), with(0, None), with(2, Some("orgy"))]);
    let ends = feedback.ends().unwrap();
    assert_eq!(ends, [(Partition(0), 1), (Partition(2), 2)].into(), "a partition without messages is not named");
    let mut read = Vec::new();
    let key = |key: Key<'_>| if let Key::Is(key) = key { Some(String::from_utf8(key.to_vec()).unwrap()) } else { None };
    feedback.read(&ends, &mut |answer| read.push((answer.partition.0, answer.offset, key(answer.key)))).unwrap();
    read.sort_unstable();
    assert_eq!(read, [(0, 0, None), (2, 0, Some("orgx".to_owned())), (2, 1, Some("orgy".to_owned()))]);
}

#[test]
fn a_topic_that_is_not_there_is_nobodys() {
    let Some(broker) = Broker::shared() else { return };
    assert!(KafkaFeedback::open(&settings(broker, "nobody-made-this")).unwrap().is_none());
}
