//! The inbox in Kafka against a real broker: the suite that the other inboxes pass.
#![allow(clippy::unwrap_used, reason = "test code: a failed expectation ends the test")]

use integration_tests::broker::Broker;
use integration_tests::producer;
use std::sync::Arc;
use teachback_connectors::conformance::inbox as suite;
use teachback_connectors::inbox::{Family, Kept};
use teachback_connectors::kafka::{KafkaInbox, KafkaSettings};

const PREFIX: &str = "suite";

/// The records of both topics, as what their headers say of them.
fn kept(broker: &Broker) -> Vec<Kept> {
    let mut kept = Vec::new();
    for family in Family::ALL {
        for message in producer::read_committed(broker, &format!("{PREFIX}.in.{}", family.name())) {
            let header = |name: &str| message.headers.iter().find(|(header, _)| header == name).map(|(_, value)| String::from_utf8(value.clone()).unwrap());
            let credential = header("teachback-credential").unwrap();
            assert_eq!(message.key.as_deref(), Some(credential.as_bytes()), "the key keeps what one sender sends in order");
            assert_eq!(header("teachback-provider").as_deref(), Some("OrgX"));
            kept.push(Kept { family, source: header("teachback-source").unwrap(), credential, body: message.payload.unwrap() });
        }
    }
    kept
}

#[test]
fn the_kafka_inbox_behaves_as_an_inbox() {
    let Some(broker) = Broker::shared() else { return };
    let settings = KafkaSettings { brokers: broker.bootstrap().to_owned(), group: "nobody".to_owned(), ..KafkaSettings::default() };
    suite::behaves_as_an_inbox(&mut || Arc::new(KafkaInbox::new(&settings, PREFIX, 3).unwrap()), &mut || kept(broker));
}
