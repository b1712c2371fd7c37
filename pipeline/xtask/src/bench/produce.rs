//! Fills the topic, in order of event time, keyed by course.

use super::Options;
use super::clock::Stopwatch;
use super::{events::Writer, facts};
use crate::Failure;
use integration_tests::broker::Broker;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use std::time::Duration;

const POLL: Duration = Duration::from_millis(50);
const FLUSH: Duration = Duration::from_secs(120);
/// The producer's callbacks run every so many events.
const POLL_EVERY: u64 = 1_000;

/// What was written.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) events: u64,
    pub(super) bytes: u64,
    pub(super) video_events: u64,
    pub(super) learners: u32,
    seconds: f64,
}

impl Log {
    /// Mean bytes of a value.
    pub(super) fn mean_bytes(&self) -> f64 {
        self.bytes as f64 / self.events.max(1) as f64
    }

    /// Share of events that a player tells.
    pub(super) fn video_share(&self) -> f64 {
        self.video_events as f64 / self.events.max(1) as f64
    }

    /// Events a second while they were written.
    pub(super) fn rate(&self) -> f64 {
        self.events as f64 / self.seconds
    }
}

/// Writes the events. That all of them arrived is seen when they are read.
pub(super) fn fill(broker: &Broker, topic: &str, options: &Options) -> Result<Log, Failure> {
    let (facts, learners) = facts::invent(options.events, options.seed);
    let producer: BaseProducer = broker
        .client()
        .set("partitioner", "murmur2_random")
        .set("enable.idempotence", "true")
        .set("compression.type", "lz4")
        .set("linger.ms", "50")
        .set("batch.num.messages", "10000")
        .set("queue.buffering.max.messages", "500000")
        .create()?;
    let mut writer = Writer::new(options.seed);
    let mut log = Log { events: 0, bytes: 0, video_events: 0, learners, seconds: 0.0 };
    let watch = Stopwatch::start();
    for fact in &facts {
        let (key, body) = writer.write(log.events, fact)?;
        log.bytes += body.len() as u64;
        log.video_events += u64::from(fact.what.is_video());
        send(&producer, BaseRecord::to(topic).key(key).payload(body))?;
        log.events += 1;
        if log.events.is_multiple_of(POLL_EVERY) {
            producer.poll(Duration::ZERO);
        }
    }
    producer.flush(FLUSH)?;
    log.seconds = watch.seconds();
    Ok(log)
}

fn send(producer: &BaseProducer, mut record: BaseRecord<'_, str, str>) -> Result<(), Failure> {
    loop {
        match producer.send(record) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                producer.poll(POLL);
                record = back;
            }
            Err((error, _)) => return Err(error.into()),
        }
    }
}
