//! [`KafkaSignalSink`]: signals and what was said last, in one transaction.
//!
//! Each [`SignalSink::send`] uses a producer of its own:
//! 1. `init_transactions`: a transaction that an earlier producer left open is ended, and that producer is kept out.
//! 2. Read the progress again (only now it cannot change under us) and stop if it is not what the caller saw.
//! 3. Begin, send the events and the new progress, flush, commit.
//!
//! On any error the producer is thrown away and the caller reads the progress again: it alone says whether the
//! transaction was committed. All calls block, up to a minute when brokers are away; run the sink on a thread of its own.

use super::producer::Deliveries;
use super::progress;
use super::trouble::failed;
use super::{KafkaSettings, admin, config};
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use std::fmt;
use std::time::Duration;
use teachback_engine::port::{Actor, Outgoing, PortError, SignalSink};

/// How long each step of a transaction may take; the brokers end it by themselves after the same time.
const STEP_TIMEOUT: Duration = Duration::from_secs(60);
const STEP_TIMEOUT_MILLIS: &str = "60000";
const CONTENT_TYPE: &str = "application/cloudevents+json; charset=UTF-8";

/// Sends signals to a topic `<S>`, with its progress in `<S>.progress`.
pub struct KafkaSignalSink {
    signals: KafkaSettings,
    progress: KafkaSettings,
    /// What the caller was told was said last; `None` when it has to ask (again).
    seen: Option<Option<String>>,
}

impl fmt::Debug for KafkaSignalSink {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "KafkaSignalSink({})", self.signals.topic)
    }
}

impl KafkaSignalSink {
    /// A sink for the topic of the settings. Topics that are missing are made, each with one partition.
    ///
    /// # Errors
    /// [`Actor::User`] when the settings or topics are refused, [`Actor::External`] when no broker answers.
    pub fn new(signals: &KafkaSettings) -> Result<Self, PortError> {
        let progress = signals.with_topic(&format!("{}.progress", signals.topic));
        admin::create_topic_if_missing(signals, &signals.topic, 1, &[])?;
        let compacted = [("cleanup.policy", "compact"), ("segment.ms", "3600000"), ("min.cleanable.dirty.ratio", "0.1")];
        admin::create_topic_if_missing(signals, &progress.topic, 1, &compacted)?;
        let partitions = admin::partitions(&progress)?;
        if partitions != 1 {
            let message = format!("topic {} has {partitions} partitions and must have one; delete it or name another signals topic", progress.topic);
            return Err(PortError::new(Actor::User, message));
        }
        Ok(Self { signals: signals.clone(), progress, seen: None })
    }

    fn transact(&self, expected: Option<&str>, events: &[Outgoing], progress: &str) -> Result<(), PortError> {
        let refused = |error| failed(error, "a transaction", &self.signals.topic);
        let mut settings = self.signals.producer()?;
        settings.set("transactional.id", format!("teachback-signals-{}", self.signals.topic)).set("transaction.timeout.ms", STEP_TIMEOUT_MILLIS);
        let producer: BaseProducer<Deliveries> = settings.create_with_context(Deliveries::default()).map_err(config::refused)?;
        producer.init_transactions(STEP_TIMEOUT).map_err(refused)?;
        if progress::read(&self.progress)?.as_deref() != expected {
            let message = format!("another process has sent signals to topic {} since the progress was read; read it again", self.signals.topic);
            return Err(PortError::new(Actor::Fenced, message));
        }
        producer.begin_transaction().map_err(refused)?;
        let sent = self.send_all(&producer, events, progress);
        let committed = sent.and_then(|()| producer.commit_transaction(STEP_TIMEOUT).map_err(refused));
        if committed.is_err() {
            // Only a courtesy to readers, who wait behind an open transaction: the next producer would end it too.
            if let Err(error) = producer.abort_transaction(STEP_TIMEOUT) {
                tracing::debug!(%error, "the transaction was left for the next producer to end");
            }
        }
        committed
    }

    fn send_all(&self, producer: &BaseProducer<Deliveries>, events: &[Outgoing], progress: &str) -> Result<(), PortError> {
        let refused = |error: KafkaError| failed(error, "sending signals", &self.signals.topic);
        for event in events {
            let headers = OwnedHeaders::new().insert(Header { key: "content-type", value: Some(CONTENT_TYPE) });
            let record = BaseRecord::to(&self.signals.topic).key(&event.key).payload(&event.body).headers(headers);
            if let Err((error, _)) = producer.send(record) {
                return Err(refused(error));
            }
        }
        let record = BaseRecord::to(&self.progress.topic).key(progress::KEY).payload(progress).partition(0);
        producer.send(record).map_err(|(error, _)| refused(error))?;
        producer.flush(STEP_TIMEOUT).map_err(refused)?;
        producer.context().take_failure().map_or(Ok(()), |error| Err(refused(error)))
    }
}

impl SignalSink for KafkaSignalSink {
    fn progress(&mut self) -> Result<Option<String>, PortError> {
        self.seen = None;
        let progress = progress::read(&self.progress)?;
        self.seen = Some(progress.clone());
        Ok(progress)
    }

    fn send(&mut self, events: &[Outgoing], progress: &str) -> Result<(), PortError> {
        // Taken out, so that after an error the caller has to ask again.
        let Some(expected) = self.seen.take() else {
            return Err(PortError::new(Actor::Fenced, format!("the progress of topic {} was not read before sending", self.signals.topic)));
        };
        self.transact(expected.as_deref(), events, progress)?;
        self.seen = Some(Some(progress.to_owned()));
        Ok(())
    }
}
