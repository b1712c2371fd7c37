//! [`EventProducer`]: writes canonical events, for importers.

use super::context::{lock, log_line};
use super::trouble::failed;
use super::{KafkaSettings, config};
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use std::fmt;
use std::sync::Mutex;
use std::time::Duration;
use teachback_engine::port::{Actor, PortError};

/// How long the last records may take to be confirmed.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(120);
/// One wait for room in a full queue.
const ROOM_WAIT: Duration = Duration::from_millis(5);
/// Confirmations are collected after this many records.
const RECORDS_PER_COLLECTION: u32 = 512;

/// Keeps the first record that could not be delivered.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    failure: Mutex<Option<KafkaError>>,
    last_reason: Mutex<String>,
}

impl Deliveries {
    /// The first failure since the last call.
    pub(super) fn take_failure(&self) -> Option<KafkaError> {
        lock(&self.failure).take()
    }

    pub(super) fn last_reason(&self) -> String {
        lock(&self.last_reason).clone()
    }
}

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        log_line(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "Kafka producer");
        reason.clone_into(&mut lock(&self.last_reason));
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, _opaque: ()) {
        if let Err((error, _)) = result {
            lock(&self.failure).get_or_insert_with(|| error.clone());
        }
    }
}

/// Writes events, each key to the partition that Java's default partitioner would choose. At most 64 MiB wait to be sent;
/// [`Self::send`] waits when they do. What was sent is safe only after [`Self::flush`].
pub struct EventProducer {
    producer: BaseProducer<Deliveries>,
    topic: String,
    uncollected: u32,
}

impl fmt::Debug for EventProducer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "EventProducer({})", self.topic)
    }
}

impl EventProducer {
    /// A producer for the topic of the settings.
    ///
    /// # Errors
    /// [`Actor::User`] when the settings are refused.
    pub fn new(settings: &KafkaSettings) -> Result<Self, PortError> {
        let producer = settings.producer()?.create_with_context(Deliveries::default()).map_err(config::refused)?;
        Ok(Self { producer, topic: settings.topic.clone(), uncollected: 0 })
    }

    /// Sends a record; with no partition given, its key chooses one.
    ///
    /// # Errors
    /// When an earlier record could not be delivered, or this one is refused.
    pub fn send(&mut self, key: &str, body: &[u8], partition: Option<u32>) -> Result<(), PortError> {
        self.uncollected += 1;
        if self.uncollected >= RECORDS_PER_COLLECTION {
            self.uncollected = 0;
            self.producer.poll(Duration::ZERO);
            self.check()?;
        }
        let mut record = BaseRecord::to(&self.topic).key(key).payload(body);
        if let Some(partition) = partition {
            record = record.partition(i32::try_from(partition).unwrap_or(i32::MAX));
        }
        loop {
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    record = back;
                    self.producer.poll(ROOM_WAIT);
                    self.check()?;
                }
                Err((error, _)) => return Err(self.explain(error)),
            }
        }
    }

    /// Waits until every record is confirmed.
    ///
    /// # Errors
    /// When one is not.
    pub fn flush(&mut self) -> Result<(), PortError> {
        let flushed = self.producer.flush(FLUSH_TIMEOUT);
        self.check()?;
        flushed.map_err(|error| self.explain(error))
    }

    fn check(&self) -> Result<(), PortError> {
        self.producer.context().take_failure().map_or(Ok(()), |error| Err(self.explain(error)))
    }

    fn explain(&self, error: KafkaError) -> PortError {
        let mut failure = failed(error, "writing into a partition", &self.topic);
        let reason = self.producer.context().last_reason();
        if failure.actor == Actor::External && !reason.is_empty() {
            failure.message = format!("{} ({reason})", failure.message);
        }
        failure
    }
}
