//! Writing to and reading from a topic as any client would.

use crate::broker::Broker;
use crate::events::Event;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header, Headers, Message as _, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use rdkafka::{ClientContext, Offset, TopicPartitionList};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(100);
/// Larger than anything a test sends.
const MESSAGE_BYTES_MAX: &str = "33554432";

/// A message to send. Without a partition, Java's partitioner (murmur2 of the key) chooses it.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// The key; `None` is a message without one.
    pub key: Option<Vec<u8>>,
    /// The value; `None` is a tombstone.
    pub payload: Option<Vec<u8>>,
    /// Headers in order.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The partition, where a test wants a wrong one.
    pub partition: Option<i32>,
}

impl Message {
    /// A message with key and value.
    pub fn new(key: impl Into<Vec<u8>>, payload: impl Into<Vec<u8>>) -> Self {
        Self { key: Some(key.into()), payload: Some(payload.into()), ..Self::default() }
    }
}

impl From<&Event> for Message {
    fn from(event: &Event) -> Self {
        Self::new(event.course.as_bytes(), event.body.as_slice())
    }
}

/// Where a message came to lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Partition.
    pub partition: i32,
    /// Offset in it.
    pub offset: i64,
}

/// Sends the messages in order and gives the place of each.
///
/// # Panics
/// When one is not delivered.
pub fn send(broker: &Broker, topic: &str, messages: impl IntoIterator<Item = Message>) -> Vec<Place> {
    let deliveries = Deliveries::default();
    let producer: BaseProducer<Deliveries> = broker
        .client()
        .set("partitioner", "murmur2_random")
        .set("enable.idempotence", "true")
        .set("compression.type", "lz4")
        .set("linger.ms", "5")
        .set("message.max.bytes", MESSAGE_BYTES_MAX)
        .create_with_context(deliveries.clone())
        .unwrap();
    let mut sent = 0;
    for message in messages {
        enqueue(&producer, topic, &message, sent);
        sent += 1;
    }
    producer.flush(DEADLINE).unwrap();
    let mut places = deliveries.0.lock().unwrap().clone();
    assert_eq!(places.len(), sent, "every message is reported once");
    places.sort_unstable_by_key(|(number, _)| *number);
    places.into_iter().map(|(number, place)| place.unwrap_or_else(|error| panic!("message {number}: {error}"))).collect()
}

/// Sends events, keyed by course.
pub fn send_events(broker: &Broker, topic: &str, events: &[Event]) -> Vec<Place> {
    send(broker, topic, events.iter().map(Message::from))
}

fn enqueue(producer: &BaseProducer<Deliveries>, topic: &str, message: &Message, number: usize) {
    let mut record: BaseRecord<'_, [u8], [u8], usize> = BaseRecord::with_opaque_to(topic, number);
    if let Some(key) = &message.key {
        record = record.key(key.as_slice());
    }
    if let Some(payload) = &message.payload {
        record = record.payload(payload.as_slice());
    }
    if let Some(partition) = message.partition {
        record = record.partition(partition);
    }
    if !message.headers.is_empty() {
        let mut headers = OwnedHeaders::new_with_capacity(message.headers.len());
        for (key, value) in &message.headers {
            headers = headers.insert(Header { key, value: Some(value) });
        }
        record = record.headers(headers);
    }
    loop {
        match producer.send(record) {
            Ok(()) => break,
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                producer.poll(POLL);
                record = back;
            }
            Err((error, _)) => panic!("message {number}: {error}"),
        }
    }
    producer.poll(Duration::ZERO);
}

type Delivered = (usize, Result<Place, KafkaError>);

#[derive(Clone, Default)]
struct Deliveries(Arc<Mutex<Vec<Delivered>>>);

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, number: usize) {
        let place = match result {
            Ok(message) => Ok(Place { partition: message.partition(), offset: message.offset() }),
            Err((error, _)) => Err(error.clone()),
        };
        self.0.lock().unwrap().push((number, place));
    }
}

/// A message that was read.
#[derive(Debug, Clone)]
pub struct Received {
    /// Where it lay.
    pub place: Place,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its value.
    pub payload: Option<Vec<u8>>,
    /// Its headers in order.
    pub headers: Vec<(String, Vec<u8>)>,
}

/// Everything in the topic that a reader of committed transactions sees, from the beginning to the end.
///
/// # Panics
/// When the end is not reached in time.
pub fn read_committed(broker: &Broker, topic: &str) -> Vec<Received> {
    let consumer: BaseConsumer = broker
        .client()
        .set("group.id", "teachback-tests-drain")
        .set("enable.auto.commit", "false")
        .set("isolation.level", "read_committed")
        .set("enable.partition.eof", "true")
        .set("fetch.message.max.bytes", MESSAGE_BYTES_MAX)
        .create()
        .unwrap();
    let partitions = partitions(&consumer, topic);
    let mut assignment = TopicPartitionList::new();
    for partition in &partitions {
        assignment.add_partition_offset(topic, *partition, Offset::Beginning).unwrap();
    }
    consumer.assign(&assignment).unwrap();

    let mut open = partitions.len();
    let mut received = Vec::new();
    crate::wait::until(&format!("the end of {topic}"), DEADLINE, || {
        while open > 0 {
            match consumer.poll(POLL) {
                None => return None,
                Some(Err(KafkaError::PartitionEOF(_))) => open -= 1,
                Some(Err(error)) => panic!("reading {topic}: {error}"),
                Some(Ok(message)) => received.push(Received {
                    place: Place { partition: message.partition(), offset: message.offset() },
                    key: message.key().map(<[u8]>::to_vec),
                    payload: message.payload().map(<[u8]>::to_vec),
                    headers: message.headers().map(owned).unwrap_or_default(),
                }),
            }
        }
        Some(())
    });
    received.sort_unstable_by_key(|message| message.place);
    received
}

fn owned<H: Headers>(headers: &H) -> Vec<(String, Vec<u8>)> {
    headers.iter().map(|header| (header.key.to_owned(), header.value.unwrap_or_default().to_vec())).collect()
}

/// How many messages of the topic the group has not committed yet.
///
/// # Panics
/// When the broker does not answer.
pub fn lag(broker: &Broker, topic: &str, group: &str) -> i64 {
    let consumer: BaseConsumer = broker.client().set("group.id", group).set("enable.auto.commit", "false").create().unwrap();
    let mut asked = TopicPartitionList::new();
    for partition in partitions(&consumer, topic) {
        asked.add_partition(topic, partition);
    }
    // A broker that has just started may still be looking for the group's coordinator.
    let committed = crate::wait::until("the offsets of the group", DEADLINE, || consumer.committed_offsets(asked.clone(), DEADLINE).ok());
    let behind = |entry: &rdkafka::topic_partition_list::TopicPartitionListElem<'_>| {
        let (low, high) = consumer.fetch_watermarks(topic, entry.partition(), DEADLINE).unwrap();
        match entry.offset() {
            Offset::Offset(next) => high - next,
            _ => high - low,
        }
    };
    committed.elements().iter().map(behind).sum()
}

fn partitions(consumer: &BaseConsumer, topic: &str) -> Vec<i32> {
    let metadata = consumer.fetch_metadata(Some(topic), DEADLINE).unwrap();
    let found = metadata.topics().iter().find(|found| found.name() == topic).map(|found| {
        assert!(found.error().is_none(), "topic {topic}: {:?}", found.error());
        found.partitions().iter().map(rdkafka::metadata::MetadataPartition::id).collect::<Vec<_>>()
    });
    found.unwrap_or_else(|| panic!("no topic {topic}"))
}
