//! [`KafkaSource`]: a topic as a log, read by one `BaseConsumer` on the thread that polls.
//!
//! Either the group gives partitions and takes them away ([`KafkaSource::group`]), or they are assigned by hand with a
//! recorded end ([`KafkaSource::bounded`]). In both, where reading begins is told by the caller, never by the broker, and
//! is checked against what the log still has before the first record is handed over. A topic that is a table, not a log,
//! is read whole and followed ([`KafkaSource::table`]).

use super::admin::PartitionEnds;
use super::context::{ASK_TIMEOUT_IN_GROUP, ConsumerCallbacks};
use super::slots::{Slots, Verdict};
use super::trouble::{Trouble, failed, judge};
use super::{KafkaSettings, admin, config};
use crate::Resume;
use rdkafka::Timestamp;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers as _, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::fmt;
use std::sync::Once;
use std::time::Duration;
use teachback_core::event::decode::Headers;
use teachback_core::event::validate::Key;
use teachback_core::time::EventTime;
use teachback_engine::port::{Actor, Change, Partition, Polled, PortError, Record, ResumeAt, Source};

/// How long a broker may take to say what a partition holds.
const ASK_TIMEOUT: Duration = Duration::from_secs(20);

/// Reads a topic. Dropping it leaves the group and waits until outstanding commits are done.
pub struct KafkaSource {
    consumer: BaseConsumer<ConsumerCallbacks>,
    topic: String,
    slots: Slots,
    /// Whether a broker has ever given us anything.
    connected: bool,
    /// Whether it matters when a record was received: not in a table.
    has_times: bool,
}

impl fmt::Debug for KafkaSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "KafkaSource({}, {:?})", self.topic, self.slots)
    }
}

impl KafkaSource {
    /// Joins the group. Partitions come as [`Change::Assigned`], read from where `resume` says.
    ///
    /// # Errors
    /// [`Actor::User`] when the settings are refused.
    pub fn group(settings: &KafkaSettings, resume: Resume) -> Result<Self, PortError> {
        let source = Self::open(settings, Some(resume))?;
        source.consumer.subscribe(&[&settings.topic]).map_err(|error| failed(error, "the subscription", &settings.topic))?;
        Ok(source)
    }

    /// Reads fixed ranges: (partition, where it goes on or the oldest record, end). Announces no changes.
    ///
    /// # Errors
    /// [`Actor::User`] when the settings are refused, [`Actor::Damage`] when the log no longer has a range.
    pub fn bounded(settings: &KafkaSettings, assignments: &[(Partition, Option<ResumeAt>, u64)]) -> Result<Self, PortError> {
        let mut source = Self::open(settings, None)?;
        let mut list = TopicPartitionList::new();
        for (partition, resume, end) in assignments {
            let holds = source.holds(*partition, ASK_TIMEOUT)?;
            let resume = resume.map_or(ResumeAt::from(holds.low), |resume| resume.in_log_from(holds.low));
            source.check(resume.next, holds)?;
            source.check(*end, PartitionEnds { low: 0, ..holds })?;
            let start = resume.first();
            source.slots.add(*partition, resume, Some(*end));
            if start < *end {
                let offset = Offset::Offset(i64::try_from(start).unwrap_or(i64::MAX));
                list.add_partition_offset(&settings.topic, number(*partition), offset).map_err(|error| failed(error, "the assignment", &settings.topic))?;
            }
        }
        source.consumer.incremental_assign(&list).map_err(|error| failed(error, "the assignment", &settings.topic))?;
        Ok(source)
    }

    /// Reads all partitions that the topic has now, each from its oldest record on and without an end; announces no changes.
    /// It has caught up when it has met the end of each: then what the topic held at the beginning was handed over.
    ///
    /// # Errors
    /// [`Actor::User`] when the settings are refused or there is no such topic, [`Actor::External`] when no broker answers.
    pub fn table(settings: &KafkaSettings) -> Result<Self, PortError> {
        let refused = |error| failed(error, "the assignment", &settings.topic);
        let mut source = Self { has_times: false, ..Self::open(settings, None)? };
        let mut list = TopicPartitionList::new();
        for number in 0..admin::partitions(settings)? {
            // Compaction may take the oldest record away at any moment: that the broker says where it begins loses nothing.
            list.add_partition_offset(&settings.topic, self::number(Partition(number)), Offset::Beginning).map_err(refused)?;
            source.slots.add(Partition(number), ResumeAt::from(0), None);
        }
        source.consumer.incremental_assign(&list).map_err(refused)?;
        Ok(source)
    }

    fn open(settings: &KafkaSettings, resume: Option<Resume>) -> Result<Self, PortError> {
        let consumer = settings.consumer()?.create_with_context(ConsumerCallbacks::new(resume)).map_err(config::refused)?;
        Ok(Self { consumer, topic: settings.topic.clone(), slots: Slots::default(), connected: false, has_times: true })
    }

    fn holds(&self, partition: Partition, timeout: Duration) -> Result<PartitionEnds, PortError> {
        admin::ends(&self.consumer, &self.topic, partition, timeout)
    }

    /// An offset to read from must still be in the log, or be its end.
    fn check(&self, offset: u64, PartitionEnds { partition, low, high }: PartitionEnds) -> Result<(), PortError> {
        let topic = &self.topic;
        let message = if offset < low {
            format!(
                "retention of topic {topic} has passed partition {partition}: reading goes on at offset {offset}, the oldest record is {low}, so \
                 {} records are lost; restore them, or begin a new warehouse",
                low - offset
            )
        } else if offset > high {
            format!(
                "partition {partition} of topic {topic} was truncated or made anew: reading goes on at offset {offset}, but the log ends at {high}; \
                 restore the log, or begin a new warehouse, or give the new log another name"
            )
        } else {
            return Ok(());
        };
        Err(PortError::new(Actor::Damage, message))
    }

    /// Why the broker refused an offset.
    fn explain_out_of_range(&self) -> PortError {
        for (partition, offset) in self.slots.positions() {
            match self.holds(partition, ASK_TIMEOUT_IN_GROUP).and_then(|holds| self.check(offset, holds)) {
                Err(error) if error.actor == Actor::Damage => return error,
                Ok(()) | Err(_) => {}
            }
        }
        PortError::new(Actor::Damage, format!("topic {} no longer has the offset at which reading goes on; start again to learn which", self.topic))
    }

    /// A record that was read before is not there although the log reaches back to it.
    fn without_tail(&self, partition: i32) -> PortError {
        let message = format!(
            "partition {partition} of topic {} no longer has the last record that was read, though it has older ones: the topic was deleted and made anew \
             under the same name, or compacted; restore the log, or begin a new warehouse, or give the new log another name",
            self.topic
        );
        PortError::new(Actor::Damage, message)
    }

    /// Applies what the group has changed; gives the changes.
    fn apply_news(&mut self) -> Result<Vec<Change>, PortError> {
        let mut changes = Vec::new();
        for assignment in self.consumer.context().take_news()? {
            match assignment.change {
                Change::Assigned(partition) => {
                    self.connected = true;
                    let resume = assignment.resume.unwrap_or(ResumeAt::from(0));
                    self.slots.add(partition, resume, None);
                    if let Some(holds) = assignment.holds {
                        self.check(resume.next, holds)?;
                    }
                }
                Change::Revoked(partition) | Change::Lost(partition) => self.slots.remove(partition),
            }
            changes.push(assignment.change);
        }
        Ok(changes)
    }

    /// Decides what a failed poll means.
    fn meet_error(&mut self, error: KafkaError) -> Result<(), PortError> {
        let reason = self.consumer.context().last_reason();
        match judge(error.clone(), &self.topic, &reason, self.connected) {
            Trouble::Passing => {
                tracing::warn!(topic = self.topic, %error, reason, "Kafka is not answering as it should; trying again");
                Ok(())
            }
            Trouble::OutOfRange => Err(self.explain_out_of_range()),
            Trouble::Lasting(failure) => Err(failure),
        }
    }

    /// Bounded ranges may end with markers of transactions or compacted records, which are never handed over.
    fn settle_ends(&mut self) -> Result<(), PortError> {
        for (partition, end) in self.slots.unsettled() {
            if self.holds(partition, ASK_TIMEOUT)?.high >= end {
                self.slots.settle(partition);
            }
        }
        Ok(())
    }

    /// Stops fetching a partition whose range was read.
    fn release(&self, partition: i32) -> Result<(), PortError> {
        let mut list = TopicPartitionList::new();
        list.add_partition(&self.topic, partition);
        self.consumer.incremental_unassign(&list).map_err(|error| failed(error, "the release of a partition", &self.topic))
    }
}

fn number(partition: Partition) -> i32 {
    i32::try_from(partition.0).unwrap_or(i32::MAX)
}

impl Source for KafkaSource {
    fn name(&self) -> &str {
        &self.topic
    }

    fn poll(&mut self, records_max: usize, wait: Duration, handle: &mut dyn FnMut(&Record<'_>)) -> Result<Polled, PortError> {
        let mut polled = Polled::default();
        let mut wait = wait;
        let mut troubled = false;
        while polled.records < records_max && !self.consumer.context().has_news() {
            match self.consumer.poll(wait) {
                Some(Ok(message)) => {
                    let partition = message.partition();
                    match self.slots.meet(partition, message.offset()) {
                        Verdict::Give => {
                            give(&message, self.has_times, handle);
                            polled.records += 1;
                        }
                        Verdict::Skip => {}
                        Verdict::Beyond => {
                            drop(message);
                            self.release(partition)?;
                        }
                        Verdict::WithoutTail => return Err(self.without_tail(partition)),
                    }
                    self.connected = true;
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    self.connected = true;
                    if !self.slots.meet_end_of_log(partition) {
                        return Err(self.without_tail(partition));
                    }
                }
                Some(Err(error)) => {
                    troubled = true;
                    self.meet_error(error)?;
                }
                None => break,
            }
            wait = Duration::ZERO;
        }
        polled.changes = self.apply_news()?;
        self.settle_ends()?;
        polled.caught_up = !troubled && polled.changes.is_empty() && self.slots.caught_up();
        polled.ended = self.slots.ended();
        Ok(polled)
    }

    fn note_committed(&mut self, positions: &[(Partition, u64)]) -> Result<(), PortError> {
        let refused = |error| failed(error, "the commit of group offsets", &self.topic);
        let mut list = TopicPartitionList::with_capacity(positions.len());
        for (partition, next) in positions {
            let offset = Offset::Offset(i64::try_from(*next).unwrap_or(i64::MAX));
            list.add_partition_offset(&self.topic, number(*partition), offset).map_err(refused)?;
        }
        if positions.is_empty() { Ok(()) } else { self.consumer.commit(&list, CommitMode::Async).map_err(refused) }
    }
}

/// Hands a message over.
#[inline]
fn give(message: &BorrowedMessage<'_>, has_times: bool, handle: &mut dyn FnMut(&Record<'_>)) {
    // librdkafka reads them anew at each call, even where there are none.
    let fetch = || match message.headers() {
        None => Vec::new(),
        Some(headers) => headers.iter().map(|header| (header.key, header.value.unwrap_or_default())).collect(),
    };
    let offset = message.offset().unsigned_abs();
    handle(&Record {
        partition: Partition(message.partition().unsigned_abs()),
        offset,
        next: offset + 1,
        received: if has_times { received(message.timestamp()) } else { None },
        key: message.key().map_or(Key::Missing, Key::Is),
        headers: Headers::new(&fetch),
        body: message.payload().unwrap_or_default(),
    });
}

/// When the log received a message; where the topic keeps the producer's time instead, that is used, and said once.
fn received(timestamp: Timestamp) -> Option<EventTime> {
    static SAID: Once = Once::new();
    let millis = match timestamp {
        Timestamp::NotAvailable => return None,
        Timestamp::LogAppendTime(millis) => millis,
        Timestamp::CreateTime(millis) => {
            SAID.call_once(|| {
                tracing::warn!(
                    "the topic keeps the producers' times (message.timestamp.type=CreateTime), so times in the future are judged by their clocks; \
                     set message.timestamp.type=LogAppendTime on the topic"
                );
            });
            millis
        }
    };
    Some(EventTime(millis.saturating_mul(1000)))
}
