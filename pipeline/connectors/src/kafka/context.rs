//! What librdkafka calls back: log lines, errors, and partitions that come and go.

use super::admin::{self, PartitionEnds};
use crate::Resume;
use rdkafka::bindings::rd_kafka_resp_err_t as ResponseError;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel as Level;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, RebalanceProtocol};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use teachback_engine::port::{Change, Partition, PortError, ResumeAt};

/// Locks, also after another thread died with the lock.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Passes a log line of librdkafka on. Its errors also arrive as error events, where they are judged.
pub(super) fn log_line(level: Level, facility: &str, line: &str) {
    match level {
        Level::Emerg | Level::Alert | Level::Critical => tracing::error!(target: "librdkafka", facility, line),
        Level::Error | Level::Warning => tracing::warn!(target: "librdkafka", facility, line),
        Level::Notice | Level::Info | Level::Debug => tracing::debug!(target: "librdkafka", facility, line),
    }
}

/// How long a broker may take to say what a partition holds while a group waits for us.
pub(super) const ASK_TIMEOUT_IN_GROUP: Duration = Duration::from_secs(5);

/// An assigned partition and where it is read from.
#[derive(Debug)]
pub(super) struct Assignment {
    pub(super) change: Change,
    /// Only for an assigned partition; `None` is the oldest record.
    pub(super) resume: Option<ResumeAt>,
    /// What the partition holds, where reading goes on in it and a broker has answered.
    pub(super) holds: Option<PartitionEnds>,
}

/// The context of our consumers.
pub(super) struct ConsumerCallbacks {
    /// `None` where partitions are assigned by hand.
    resume: Option<Resume>,
    /// What happened to the assignment since it was last asked.
    news: Mutex<News>,
    any_news: AtomicBool,
    last_reason: Mutex<String>,
}

#[derive(Default)]
struct News {
    assignments: Vec<Assignment>,
    failure: Option<PortError>,
}

impl ConsumerCallbacks {
    pub(super) fn new(resume: Option<Resume>) -> Self {
        Self { resume, news: Mutex::default(), any_news: AtomicBool::new(false), last_reason: Mutex::default() }
    }

    /// Whether [`Self::take_news`] has something to tell.
    pub(super) fn has_news(&self) -> bool {
        self.any_news.load(Ordering::Acquire)
    }

    /// What happened to the assignment since the last call.
    pub(super) fn take_news(&self) -> Result<Vec<Assignment>, PortError> {
        self.any_news.store(false, Ordering::Release);
        let news = std::mem::take(&mut *lock(&self.news));
        news.failure.map_or(Ok(news.assignments), Err)
    }

    /// What librdkafka said about its last error.
    pub(super) fn last_reason(&self) -> String {
        lock(&self.last_reason).clone()
    }

    fn tell(&self, assignment: Assignment) {
        lock(&self.news).assignments.push(assignment);
        self.any_news.store(true, Ordering::Release);
    }

    fn tell_failure(&self, failure: PortError) {
        lock(&self.news).failure.get_or_insert(failure);
        self.any_news.store(true, Ordering::Release);
    }

    /// Puts our own resume offsets into the list that librdkafka is about to assign.
    fn place(&self, consumer: &BaseConsumer<Self>, partitions: &mut TopicPartitionList) {
        let numbers: Vec<(String, i32)> = partitions.elements().iter().map(|element| (element.topic().to_owned(), element.partition())).collect();
        for (topic, number) in numbers {
            let partition = Partition(number.unsigned_abs());
            let resume = self.resume.as_ref().map_or(Ok(None), |resume| resume(partition));
            let offset = match resume {
                Ok(resume) => {
                    let holds = resume.and_then(|_| match admin::ends(consumer, &topic, partition, ASK_TIMEOUT_IN_GROUP) {
                        Ok(holds) => Some(holds),
                        Err(error) => {
                            // The broker refuses a bad offset itself when it is asked for records.
                            tracing::warn!(%partition, %error, "where reading goes on is not checked yet");
                            None
                        }
                    });
                    // A tail is asked for only where it is certain that retention has not taken it.
                    let resume = resume.map(|resume| holds.map_or(ResumeAt::from(resume.next), |holds| resume.in_log_from(holds.low)));
                    self.tell(Assignment { change: Change::Assigned(partition), resume, holds });
                    resume.map_or(Offset::Beginning, |resume| Offset::Offset(i64::try_from(resume.first()).unwrap_or(i64::MAX)))
                }
                Err(failure) => {
                    // The poll that brought this call gives the failure, and nothing more is read.
                    self.tell_failure(failure);
                    Offset::End
                }
            };
            if let Err(error) = partitions.set_partition_offset(&topic, number, offset) {
                self.tell_failure(PortError::external(format!("partition {partition} of topic {topic} cannot be placed at its resume offset"), error));
            }
        }
    }
}

impl ClientContext for ConsumerCallbacks {
    fn log(&self, level: Level, facility: &str, line: &str) {
        log_line(level, facility, line);
    }

    fn error(&self, _error: KafkaError, reason: &str) {
        reason.clone_into(&mut lock(&self.last_reason));
    }
}

impl ConsumerContext for ConsumerCallbacks {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, event: ResponseError, partitions: &mut TopicPartitionList) {
        let incremental = !matches!(consumer.rebalance_protocol(), RebalanceProtocol::Eager);
        let done = if event == ResponseError::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            self.place(consumer, partitions);
            if incremental { consumer.incremental_assign(partitions) } else { consumer.assign(partitions) }
        } else {
            let lost = consumer.assignment_lost();
            for element in partitions.elements() {
                let partition = Partition(element.partition().unsigned_abs());
                let change = if lost { Change::Lost(partition) } else { Change::Revoked(partition) };
                self.tell(Assignment { change, resume: None, holds: None });
            }
            if incremental { consumer.incremental_unassign(partitions) } else { consumer.unassign() }
        };
        if let Err(error) = done {
            self.tell_failure(PortError::external("the group's assignment could not be taken over; start again", error));
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, _offsets: &TopicPartitionList) {
        if let Err(error) = result {
            tracing::warn!(%error, "group offsets were not committed; lag tools show old numbers");
        }
    }
}
