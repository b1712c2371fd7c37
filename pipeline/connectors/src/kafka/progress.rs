//! The progress topic: one partition, compacted; the newest record of the one key counts.

use super::context::ConsumerCallbacks;
use super::trouble::{Trouble, failed, judge};
use super::{KafkaSettings, admin};
use crate::limits::PROGRESS_TAIL_OFFSETS;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::time::Duration;
use teachback_engine::port::{Actor, Partition, PortError};

/// The key of every progress record.
pub(super) const KEY: &str = "progress";
/// One wait for the next record; the broker is asked again this many times.
const WAIT: Duration = Duration::from_secs(1);
const WAITS_MAX: u32 = 30;

/// Reads the newest committed progress.
pub(super) fn read(settings: &KafkaSettings) -> Result<Option<String>, PortError> {
    let consumer = admin::consumer(settings)?;
    let ends = admin::ends(&consumer, &settings.topic, Partition(0), admin::ASK_TIMEOUT)?;
    if ends.low >= ends.high {
        return Ok(None);
    }
    let tail = ends.high.saturating_sub(PROGRESS_TAIL_OFFSETS).max(ends.low);
    let newest = newest(&consumer, settings, tail)?;
    if newest.is_none() && tail > ends.low { self::newest(&consumer, settings, ends.low) } else { Ok(newest) }
}

/// The last progress record from an offset to the end of the log.
fn newest(consumer: &BaseConsumer<ConsumerCallbacks>, settings: &KafkaSettings, from: u64) -> Result<Option<String>, PortError> {
    let topic = &settings.topic;
    let refused = |error| failed(error, "reading the progress", topic);
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, 0, Offset::Offset(i64::try_from(from).unwrap_or(i64::MAX))).map_err(refused)?;
    consumer.assign(&list).map_err(refused)?;
    let mut newest = None;
    let mut waits = 0;
    loop {
        match consumer.poll(WAIT) {
            Some(Ok(message)) if message.key() == Some(KEY.as_bytes()) => {
                newest = message.payload().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            }
            Some(Ok(_)) => {}
            Some(Err(KafkaError::PartitionEOF(_))) => return Ok(newest),
            Some(Err(error)) => match judge(error.clone(), topic, &consumer.context().last_reason(), true) {
                Trouble::Passing => tracing::warn!(topic, %error, "Kafka is not answering as it should; trying again"),
                Trouble::Lasting(failure) => return Err(failure),
                Trouble::OutOfRange => return Err(refused(error)),
            },
            None if waits < WAITS_MAX => waits += 1,
            None => return Err(PortError::new(Actor::External, format!("the progress in topic {topic} could not be read to its end; check the brokers"))),
        }
    }
}
