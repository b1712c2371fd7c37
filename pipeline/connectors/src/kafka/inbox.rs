//! [`KafkaInbox`]: raw records of the intake in topics, each family in its own.
//!
//! The key is the credential's name, so that what one sender sends stays in order. A write returns when the brokers have
//! confirmed each of its records (`acks=all`, idempotent), or when one was not confirmed in time. The producer may have
//! tried it: the sender must send it again under the same id.

use super::context::{lock, log_line};
use super::trouble::failed;
use super::{KafkaSettings, admin, config};
use crate::inbox::{Family, Inbox, Sender};
use crate::limits::INBOX_DELIVERY_MILLIS_MAX;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, ThreadedProducer};
use std::fmt;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use teachback_core::raw_record::{CREDENTIAL_HEADER, PROVIDER_HEADER, RECEIVED_HEADER, SOURCE_HEADER};
use teachback_engine::port::{Actor, PortError};

/// Longer than a delivery may take, so that only a lost notice ends a wait.
const CONFIRMATION_WAIT: Duration = Duration::from_millis(INBOX_DELIVERY_MILLIS_MAX as u64 + 5_000);
/// How long a record waits for more of its batch: what a sender feels of each request.
const LINGER_MILLIS: &str = "5";

/// Hands the fate of each record to the write that waits for it.
#[derive(Debug)]
struct Confirmations;

/// Where the fate of a record is told.
type Waiting = Box<mpsc::Sender<Result<(), KafkaError>>>;

impl ClientContext for Confirmations {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        log_line(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "Kafka producer of the intake");
    }
}

impl ProducerContext for Confirmations {
    type DeliveryOpaque = Waiting;

    fn delivery(&self, result: &DeliveryResult<'_>, waiting: Waiting) {
        let fate = result.as_ref().map(|_| ()).map_err(|(error, _)| error.clone());
        // A write that has given up listens no more, and its sender was told to try again.
        waiting.send(fate).ok();
    }
}

/// Writes raw records to `<prefix>.in.<family>`.
pub struct KafkaInbox {
    settings: KafkaSettings,
    prefix: String,
    /// Replaced when it has failed for good.
    producer: Mutex<Arc<ThreadedProducer<Confirmations>>>,
}

impl fmt::Debug for KafkaInbox {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "KafkaInbox({}.in)", self.prefix)
    }
}

impl KafkaInbox {
    /// An inbox with topics of a prefix; a missing topic is made with `partitions`.
    ///
    /// # Errors
    /// [`Actor::User`] when settings or topics are refused, [`Actor::External`] when no broker answers.
    pub fn new(settings: &KafkaSettings, prefix: &str, partitions: u32) -> Result<Self, PortError> {
        for family in Family::ALL {
            let topic = topic_of(prefix, family);
            admin::create_topic_if_missing(&settings.with_topic(&topic), &topic, partitions, &[])?;
        }
        let settings = settings.with_topic(&topic_of(prefix, Family::Xapi));
        let producer = Mutex::new(Arc::new(producer(&settings)?));
        Ok(Self { settings, prefix: prefix.to_owned(), producer })
    }

    /// Puts a new producer in the place of one that has failed for good.
    fn replace(&self, broken: &Arc<ThreadedProducer<Confirmations>>) -> Result<(), PortError> {
        let mut current = lock(&self.producer);
        if Arc::ptr_eq(&current, broken) {
            *current = Arc::new(producer(&self.settings)?);
            tracing::warn!("the Kafka producer of the intake had failed for good; a new one takes its place");
        }
        Ok(())
    }

    fn send(&self, producer: &ThreadedProducer<Confirmations>, topic: &str, sender: &Sender<'_>, records: &[Vec<u8>]) -> Result<(), KafkaError> {
        let (waiting, fates) = mpsc::channel();
        let received = sender.received.to_string();
        for body in records {
            let record = BaseRecord::with_opaque_to(topic, Box::new(waiting.clone()));
            producer.send(record.key(sender.credential).payload(body).headers(headers(sender, &received))).map_err(|(error, _)| error)?;
        }
        drop(waiting);
        for _ in records {
            match fates.recv_timeout(CONFIRMATION_WAIT) {
                Ok(fate) => fate?,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    return Err(KafkaError::MessageProduction(RDKafkaErrorCode::MessageTimedOut));
                }
            }
        }
        Ok(())
    }
}

impl Inbox for KafkaInbox {
    fn write(&self, family: Family, sender: &Sender<'_>, records: &[Vec<u8>]) -> Result<(), PortError> {
        let topic = topic_of(&self.prefix, family);
        let producer = lock(&self.producer).clone();
        self.send(&producer, &topic, sender, records).map_err(|error| {
            if producer.client().fatal_error().is_some()
                && let Err(error) = self.replace(&producer)
            {
                tracing::warn!(%error, "no new Kafka producer could be made");
            }
            match failed(error, "writing into a partition", &topic) {
                // Settings were right when the intake began: to its senders a later refusal is an outage.
                failure if failure.actor == Actor::User => PortError { actor: Actor::External, ..failure },
                failure => failure,
            }
        })
    }
}

fn topic_of(prefix: &str, family: Family) -> String {
    format!("{prefix}.in.{}", family.name())
}

fn producer(settings: &KafkaSettings) -> Result<ThreadedProducer<Confirmations>, PortError> {
    let mut config = settings.producer()?;
    for (name, ours) in [("linger.ms", LINGER_MILLIS), ("message.timeout.ms", &INBOX_DELIVERY_MILLIS_MAX.to_string())] {
        if !settings.properties.contains_key(name) {
            config.set(name, ours);
        }
    }
    config.create_with_context(Confirmations).map_err(config::refused)
}

fn headers(sender: &Sender<'_>, received: &str) -> OwnedHeaders {
    let pairs = [
        (SOURCE_HEADER, Some(sender.source)),
        (RECEIVED_HEADER, Some(received)),
        (CREDENTIAL_HEADER, Some(sender.credential)),
        (PROVIDER_HEADER, sender.provider),
    ];
    let present = pairs.into_iter().filter_map(|(key, value)| value.map(|value| Header { key, value: Some(value) }));
    present.fold(OwnedHeaders::new_with_capacity(pairs.len()), |headers, header| headers.insert(header))
}
