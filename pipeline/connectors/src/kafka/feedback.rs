//! [`KafkaFeedback`]: what course teams answer, read from its topic by a consumer of no group.
//!
//! Each call asks with a client of its own, for feedback is read once a verdict, and that is once a day. Reading begins at the
//! oldest message that the topic still has; what its retention has taken is not heard any more.

use super::context::ConsumerCallbacks;
use super::trouble::{Trouble, failed, judge};
use super::{KafkaSettings, admin};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use teachback_core::event::validate::Key;
use teachback_engine::port::{Actor, Answer, FeedbackSource, Partition, PortError};

/// One wait for the next message; a broker that is silent is waited for this many times in turn.
const WAIT: Duration = Duration::from_secs(1);
const WAITS_MAX: u32 = 30;

/// Reads a topic of feedback.
pub struct KafkaFeedback {
    settings: KafkaSettings,
}

impl fmt::Debug for KafkaFeedback {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "KafkaFeedback({})", self.settings.topic)
    }
}

impl KafkaFeedback {
    /// The topic of the settings; `None`, with a line in the log, when it is not there or not for these credentials: a
    /// deployment need not let providers answer.
    ///
    /// # Errors
    /// [`Actor::External`] when no broker answers.
    pub fn open(settings: &KafkaSettings) -> Result<Option<Self>, PortError> {
        match admin::partitions(settings) {
            Ok(_) => Ok(Some(Self { settings: settings.clone() })),
            Err(error) if error.actor == Actor::User => {
                tracing::info!(topic = settings.topic, %error, "no feedback is read: providers cannot answer signals");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Assigns what is to be read; gives the end of each assigned partition.
    fn assign(&self, consumer: &BaseConsumer<ConsumerCallbacks>, ends: &BTreeMap<Partition, u64>) -> Result<BTreeMap<Partition, u64>, PortError> {
        let topic = &self.settings.topic;
        let refused = |error| failed(error, "the assignment", topic);
        let (mut list, mut open) = (TopicPartitionList::new(), BTreeMap::new());
        for (partition, end) in ends {
            let there = admin::ends(consumer, topic, *partition, admin::ASK_TIMEOUT)?;
            if *end > there.high {
                let message = format!(
                    "partition {partition} of topic {topic} ends at {}, but a verdict that is not published yet heard it up to {end}; restore the topic, \
                     or delete the newest file _teachback/decide/<time>.json, and that verdict is judged anew",
                    there.high
                );
                return Err(PortError::new(Actor::Damage, message));
            }
            if there.low < *end {
                let offset = Offset::Offset(i64::try_from(there.low).unwrap_or(i64::MAX));
                list.add_partition_offset(topic, i32::try_from(partition.0).unwrap_or(i32::MAX), offset).map_err(refused)?;
                open.insert(*partition, *end);
            }
        }
        consumer.assign(&list).map_err(refused)?;
        Ok(open)
    }
}

impl FeedbackSource for KafkaFeedback {
    fn ends(&mut self) -> Result<BTreeMap<Partition, u64>, PortError> {
        let ends = admin::end_offsets(&self.settings)?;
        Ok(ends.into_iter().filter(|ends| ends.high > 0).map(|ends| (ends.partition, ends.high)).collect())
    }

    fn read(&mut self, ends: &BTreeMap<Partition, u64>, handle: &mut dyn FnMut(&Answer<'_>)) -> Result<(), PortError> {
        let topic = &self.settings.topic;
        let consumer = admin::consumer(&self.settings)?;
        let mut open = self.assign(&consumer, ends)?;
        let mut waits = 0;
        while !open.is_empty() {
            match consumer.poll(WAIT) {
                Some(Ok(message)) => {
                    give(&message, &mut open, handle);
                    waits = 0;
                }
                // Markers of transactions stand at the end of a partition and are never given.
                Some(Err(KafkaError::PartitionEOF(partition))) => drop(open.remove(&Partition(partition.unsigned_abs()))),
                Some(Err(error)) => match judge(error.clone(), topic, &consumer.context().last_reason(), true) {
                    Trouble::Passing => tracing::warn!(topic, %error, "Kafka is not answering as it should; trying again"),
                    Trouble::Lasting(failure) => return Err(failure),
                    Trouble::OutOfRange => return Err(failed(error, "reading feedback", topic)),
                },
                None if waits < WAITS_MAX => waits += 1,
                None => return Err(PortError::new(Actor::External, format!("the feedback in topic {topic} could not be read to its end; check the brokers"))),
            }
        }
        Ok(())
    }
}

/// Hands a message over, if it lies before the end of its partition.
fn give(message: &BorrowedMessage<'_>, open: &mut BTreeMap<Partition, u64>, handle: &mut dyn FnMut(&Answer<'_>)) {
    let (partition, offset) = (Partition(message.partition().unsigned_abs()), message.offset().unsigned_abs());
    let Some(end) = open.get(&partition).copied() else { return };
    if offset < end {
        handle(&Answer { partition, offset, key: message.key().map_or(Key::Missing, Key::Is), body: message.payload().unwrap_or_default() });
    }
    if offset + 1 >= end {
        open.remove(&partition);
    }
}
