//! What the service is held against: (a) librdkafka alone and (b) librdkafka, a parse into a borrowed struct and a count.
//!
//! Both read as the service does: one consumer a thread, partitions assigned by hand, the same queues. Checksums are not
//! verified and aborted transactions not filtered, which the service pays for and the measure does not.

use super::THREADS;
use super::clock::Stopwatch;
use super::machine::cpu_seconds;
use super::produce::Log;
use super::report::Sample;
use crate::Failure;
use integration_tests::broker::Broker;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde::Deserialize;
use std::hint::black_box;
use std::time::Duration;

const POLL: Duration = Duration::from_secs(10);

/// What is done with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Its bytes are counted.
    Bare,
    /// It is parsed and its fields are counted.
    Parsed,
}

/// What was read, and how long that took.
#[derive(Debug, Default)]
pub(super) struct Read {
    seconds: f64,
    cpu_s: Option<f64>,
    events: u64,
    bytes: u64,
    counts: Counts,
}

impl Read {
    /// The time, if everything was read that was written.
    pub(super) fn checked(self, log: &Log) -> Result<Sample, Failure> {
        if (self.events, self.bytes) != (log.events, log.bytes) {
            return Err(format!("written were {} events of {} bytes, read {} of {}", log.events, log.bytes, self.events, self.bytes).into());
        }
        black_box(&self.counts);
        Ok(Sample { cpu_s: self.cpu_s, ..Sample::of(self.seconds) })
    }
}

#[derive(Debug, Default)]
struct Counts {
    video: u64,
    right: u64,
    seconds: f64,
    names: usize,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "a field is here to be parsed, as the service parses it")]
struct Envelope<'a> {
    specversion: &'a str,
    id: &'a str,
    source: &'a str,
    r#type: &'a str,
    time: &'a str,
    subject: &'a str,
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "a field is here to be parsed, as the service parses it")]
struct Data<'a> {
    provider: Option<&'a str>,
    learner: Option<&'a str>,
    session: Option<&'a str>,
    module: Option<&'a str>,
    client: Option<&'a str>,
    content: Option<&'a str>,
    content_type: Option<&'a str>,
    content_length_s: Option<f64>,
    position_s: Option<f64>,
    position_to_s: Option<f64>,
    assessment: Option<&'a str>,
    item: Option<&'a str>,
    attempt: Option<u64>,
    response: Option<&'a str>,
    outcome: Option<&'a str>,
    score: Option<f64>,
    max_score: Option<f64>,
}

impl Counts {
    fn add(&mut self, event: &Envelope<'_>) {
        black_box(event);
        let data = &event.data;
        self.video += u64::from(data.position_s.is_some());
        self.right += u64::from(data.outcome == Some("right"));
        self.seconds += data.position_s.unwrap_or_default();
        self.names += event.id.len() + event.subject.len() + data.learner.map_or(0, str::len);
    }
}

/// Reads the whole topic once.
pub(super) fn read(broker: &Broker, topic: &str, partitions: i32, reading: Reading) -> Result<Read, Failure> {
    let shares_of_threads = shares_of_threads(broker, topic, partitions)?;
    let (watch, cpu_before) = (Stopwatch::start(), cpu_seconds(std::process::id()));
    let shares: Vec<Result<Read, String>> = std::thread::scope(|scope| {
        let threads: Vec<_> = shares_of_threads
            .iter()
            .map(|mine| {
                let client = broker.client();
                scope.spawn(move || share(client, topic, mine, reading).map_err(|failure| failure.to_string()))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err("a reading thread panicked".to_owned()))).collect()
    });
    let seconds = watch.seconds();
    let cpu_s = cpu_seconds(std::process::id()).zip(cpu_before).map(|(after, before)| after - before);
    let mut all = Read { seconds, cpu_s, ..Read::default() };
    for share in shares {
        let share = share?;
        all.events += share.events;
        all.bytes += share.bytes;
        all.counts.video += share.counts.video;
        all.counts.right += share.counts.right;
        all.counts.seconds += share.counts.seconds;
        all.counts.names += share.counts.names;
    }
    Ok(all)
}

/// What one thread reads.
struct Share {
    partitions: Vec<i32>,
    events: u64,
}

/// How many events a thread must meet is asked before the clock starts: to be told of the end of a partition by the
/// broker takes half a second longer, and a slower (a) would flatter the service.
fn shares_of_threads(broker: &Broker, topic: &str, partitions: i32) -> Result<Vec<Share>, Failure> {
    let consumer: BaseConsumer = broker.client().create()?;
    let mut shares: Vec<Share> = (0..THREADS).map(|_| Share { partitions: Vec::new(), events: 0 }).collect();
    for partition in 0..partitions {
        let (low, high) = consumer.fetch_watermarks(topic, partition, POLL)?;
        let share = &mut shares[partition as usize % THREADS];
        share.partitions.push(partition);
        share.events += (high - low).unsigned_abs();
    }
    Ok(shares)
}

/// A consumer with the queues of `teachback_connectors::kafka`: with librdkafka's own, reading is slower and the comparison
/// flatters.
pub(super) fn consumer(mut client: ClientConfig) -> Result<BaseConsumer, Failure> {
    client
        .set("group.id", "teachback-bench")
        .set("enable.auto.commit", "false")
        .set("queued.max.messages.kbytes", (32 * 1024).to_string())
        .set("queued.min.messages", "100000")
        .set("fetch.queue.backoff.ms", "10");
    Ok(client.create()?)
}

/// These partitions of a topic, read from their first record.
pub(super) fn from_the_beginning(topic: &str, partitions: impl IntoIterator<Item = i32>) -> Result<TopicPartitionList, Failure> {
    let mut assignment = TopicPartitionList::new();
    for partition in partitions {
        assignment.add_partition_offset(topic, partition, Offset::Offset(0))?;
    }
    Ok(assignment)
}

fn share(client: ClientConfig, topic: &str, share: &Share, reading: Reading) -> Result<Read, Failure> {
    let consumer = consumer(client)?;
    consumer.assign(&from_the_beginning(topic, share.partitions.iter().copied())?)?;
    let mut read = Read::default();
    while read.events < share.events {
        let message = consumer.poll(POLL).ok_or_else(|| format!("nothing came for {POLL:?}"))??;
        let body = message.payload().unwrap_or_default();
        read.events += 1;
        read.bytes += body.len() as u64;
        if reading == Reading::Parsed {
            read.counts.add(&serde_json::from_slice(body)?);
        }
    }
    Ok(read)
}
