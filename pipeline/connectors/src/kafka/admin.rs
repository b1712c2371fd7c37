//! Questions to brokers, and topics made where they are missing.

use super::context::ConsumerCallbacks;
use super::trouble::failed;
use super::{KafkaSettings, config};
use futures::executor::block_on;
use rdkafka::Timestamp;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use teachback_core::time::EventTime;
use teachback_engine::port::{Actor, Partition, PortError};

pub(super) const ASK_TIMEOUT: Duration = Duration::from_secs(10);
/// One wait for the next message while the last one of each partition is looked for.
const LAST_MESSAGE_WAIT: Duration = Duration::from_secs(2);
/// A group's coordinator that is just being found or moved is asked again this often, after this long.
const COORDINATOR_TRIES_MAX: u32 = 50;
const COORDINATOR_WAIT: Duration = Duration::from_millis(100);

/// What a partition holds: its oldest offset and the offset after its newest committed record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionEnds {
    /// The partition.
    pub partition: Partition,
    /// Offset of its oldest record.
    pub low: u64,
    /// Offset after its newest record that no open transaction can take back.
    pub high: u64,
}

/// How many partitions the topic has.
///
/// # Errors
/// [`Actor::User`] when there is no such topic, [`Actor::External`] when no broker answers.
pub fn partitions(settings: &KafkaSettings) -> Result<u32, PortError> {
    count(&consumer(settings)?, settings, &settings.topic)?.ok_or_else(|| missing(&settings.topic))
}

/// What each partition of the topic holds just now.
///
/// # Errors
/// As [`partitions`].
pub fn end_offsets(settings: &KafkaSettings) -> Result<Vec<PartitionEnds>, PortError> {
    let consumer = consumer(settings)?;
    let count = count(&consumer, settings, &settings.topic)?.ok_or_else(|| missing(&settings.topic))?;
    (0..count).map(|number| ends(&consumer, &settings.topic, Partition(number), ASK_TIMEOUT)).collect()
}

/// What a group has committed of a topic. The client that asks is kept between questions and joins nothing.
pub struct CommittedOffsets {
    consumer: BaseConsumer<ConsumerCallbacks>,
    topic: String,
}

impl fmt::Debug for CommittedOffsets {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "CommittedOffsets({})", self.topic)
    }
}

impl CommittedOffsets {
    /// Those of the settings' group and topic.
    ///
    /// # Errors
    /// [`Actor::User`] when the settings are refused.
    pub fn of(settings: &KafkaSettings) -> Result<Self, PortError> {
        Ok(Self { consumer: consumer(settings)?, topic: settings.topic.clone() })
    }

    /// Where the group goes on in a partition; `None` when it has committed nothing there.
    ///
    /// # Errors
    /// When the brokers do not say.
    pub fn next(&self, partition: Partition) -> Result<Option<u64>, PortError> {
        let what = format!("asking for the committed offset of partition {partition}");
        let refused = |error| failed(error, &what, &self.topic);
        let mut list = TopicPartitionList::new();
        list.add_partition(&self.topic, i32::try_from(partition.0).unwrap_or(i32::MAX));
        let mut tries = 1;
        let committed = loop {
            match self.consumer.committed_offsets(list.clone(), ASK_TIMEOUT) {
                Ok(committed) => break committed,
                Err(error) if tries < COORDINATOR_TRIES_MAX && is_moving(&error) => {
                    tries += 1;
                    // Nothing is assigned to this client, so this only waits.
                    let _nothing = self.consumer.poll(COORDINATOR_WAIT).is_none();
                }
                Err(error) => return Err(refused(error)),
            }
        };
        Ok(committed.elements().first().and_then(|element| match element.offset() {
            Offset::Offset(offset) => u64::try_from(offset).ok(),
            _ => None,
        }))
    }
}

/// Whether the group's coordinator is not yet, or no longer, where it was looked for.
fn is_moving(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(RDKafkaErrorCode::NotCoordinator | RDKafkaErrorCode::CoordinatorNotAvailable | RDKafkaErrorCode::CoordinatorLoadInProgress)
    )
}

/// When each partition of the topic got its last record; `None` for one without records, or whose last entries are
/// markers of transactions.
///
/// # Errors
/// As [`partitions`].
pub fn last_message_times(settings: &KafkaSettings) -> Result<Vec<(Partition, Option<EventTime>)>, PortError> {
    let refused = |error| failed(error, "looking for the last records", &settings.topic);
    let consumer = consumer(settings)?;
    let count = count(&consumer, settings, &settings.topic)?.ok_or_else(|| missing(&settings.topic))?;
    let mut list = TopicPartitionList::new();
    for number in 0..count {
        let ends = ends(&consumer, &settings.topic, Partition(number), ASK_TIMEOUT)?;
        if ends.low < ends.high {
            let offset = Offset::Offset(i64::try_from(ends.high - 1).unwrap_or(i64::MAX));
            list.add_partition_offset(&settings.topic, number as i32, offset).map_err(refused)?;
        }
    }
    consumer.assign(&list).map_err(refused)?;
    let mut times: BTreeMap<Partition, Option<EventTime>> = (0..count).map(|number| (Partition(number), None)).collect();
    let mut open = list.count();
    while open > 0 {
        match consumer.poll(LAST_MESSAGE_WAIT) {
            None => break,
            Some(Err(KafkaError::PartitionEOF(_))) => open -= 1,
            Some(Err(error)) => return Err(refused(error)),
            Some(Ok(message)) => {
                let time = match message.timestamp() {
                    Timestamp::NotAvailable => None,
                    Timestamp::CreateTime(millis) | Timestamp::LogAppendTime(millis) => Some(EventTime(millis.saturating_mul(1000))),
                };
                times.insert(Partition(message.partition().unsigned_abs()), time);
            }
        }
    }
    Ok(times.into_iter().collect())
}

/// Makes a topic, with the brokers' default replication, if there is none of that name; tells whether it was made.
///
/// # Errors
/// [`Actor::User`] when the brokers refuse it, [`Actor::External`] when none answers.
pub fn create_topic_if_missing(settings: &KafkaSettings, name: &str, partitions: u32, configs: &[(&str, &str)]) -> Result<bool, PortError> {
    let refused = |error| failed(error, "the creation", name);
    if count(&consumer(settings)?, settings, name)?.is_some() {
        return Ok(false);
    }
    let client: AdminClient<DefaultClientContext> = settings.producer()?.create().map_err(config::refused)?;
    let topic = NewTopic::new(name, i32::try_from(partitions).unwrap_or(i32::MAX), TopicReplication::Fixed(-1));
    let topic = configs.iter().fold(topic, |topic, (name, value)| topic.set(name, value));
    let options = AdminOptions::new().operation_timeout(Some(ASK_TIMEOUT)).request_timeout(Some(ASK_TIMEOUT));
    let results = block_on(client.create_topics([&topic], &options)).map_err(refused)?;
    match results.into_iter().next() {
        Some(Err((_, RDKafkaErrorCode::TopicAlreadyExists))) => Ok(false),
        Some(Err((_, code))) => Err(refused(KafkaError::AdminOp(code))),
        Some(Ok(_)) | None => {
            tracing::info!(topic = name, partitions, "topic created");
            Ok(true)
        }
    }
}

pub(super) fn consumer(settings: &KafkaSettings) -> Result<BaseConsumer<ConsumerCallbacks>, PortError> {
    // The end of a short log is known after one empty answer, for which 10 ms are enough.
    settings.consumer()?.set("fetch.wait.max.ms", "10").create_with_context(ConsumerCallbacks::new(None)).map_err(config::refused)
}

pub(super) fn ends(consumer: &BaseConsumer<ConsumerCallbacks>, topic: &str, partition: Partition, timeout: Duration) -> Result<PartitionEnds, PortError> {
    let marks = consumer.fetch_watermarks(topic, i32::try_from(partition.0).unwrap_or(i32::MAX), timeout);
    let (low, high) = marks.map_err(|error| failed(error, &format!("asking for the ends of partition {partition}"), topic))?;
    Ok(PartitionEnds { partition, low: u64::try_from(low).unwrap_or(0), high: u64::try_from(high).unwrap_or(0) })
}

/// The number of partitions; `None` when there is no such topic.
fn count(consumer: &BaseConsumer<ConsumerCallbacks>, settings: &KafkaSettings, topic: &str) -> Result<Option<u32>, PortError> {
    let what = "asking for the partitions";
    let metadata = consumer.fetch_metadata(Some(topic), ASK_TIMEOUT).map_err(|error| {
        let mut failure = failed(error, what, topic);
        if failure.actor == Actor::External {
            failure.message = format!("no answer from the brokers {}; check that they run and can be reached from here", settings.brokers);
        }
        failure
    })?;
    let found = metadata.topics().iter().find(|found| found.name() == topic);
    match found.and_then(|found| found.error()).map(RDKafkaErrorCode::from) {
        None => Ok(found.map(|found| found.partitions().len() as u32).filter(|count| *count > 0)),
        Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => Ok(None),
        Some(code) => Err(failed(KafkaError::MetadataFetch(code), what, topic)),
    }
}

fn missing(topic: &str) -> PortError {
    PortError::new(Actor::User, format!("topic {topic} does not exist on these brokers; create it or name another one"))
}
