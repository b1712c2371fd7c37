//! route at work: source topics in, canonical events and dead letters out.
//!
//! Order of effects, here and nowhere else: events and dead letters are sent → both producers have confirmed all of them → group
//! offsets of what they came from are noted. A crash in between reads and sends again: the same ids, which measure drops.
//!
//! One thread polls all topics in turn, so messages of one partition keep their order. A full producer makes it wait.

pub(crate) mod alias_topic;
pub(crate) mod dead_letter;
pub(crate) mod newest;

use crate::commands::ticker;
use crate::failure::Failure;
use crate::key;
use crate::settings::RoutePlan;
use alias_topic::AliasTopic;
use dead_letter::DeadLetter;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use teachback_connectors::Resume;
use teachback_connectors::clock::SystemClock;
use teachback_connectors::kafka::admin::{self, CommittedOffsets};
use teachback_connectors::kafka::{EventProducer, KafkaSource};
use teachback_core::partitioner::Partitioner;
use teachback_core::pseudonym::Door;
use teachback_core::time::EventTime;
use teachback_engine::port::{Change, Clock, Partition, PortError, Record, ResumeAt, Source};
use teachback_formats::route::{Message, Router, SourceCounts};

/// Records of one topic taken before the next topic's turn.
const TURN_RECORDS_MAX: usize = 1_000;
/// One wait for records when no topic had any, shared among them.
const IDLE_WAIT: Duration = Duration::from_millis(100);
/// Offsets are noted after this long, or this many records.
const NOTE_EVERY: Duration = Duration::from_secs(1);
const NOTE_RECORDS_MAX: u64 = 50_000;
/// How often the counts are logged.
const LOG_EVERY: Duration = Duration::from_secs(60);
/// Names that a log line shows of what was not mapped; `doctor` shows all.
const NAMES_LOGGED_MAX: usize = 10;

/// How long to work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// Until somebody asks to stop.
    Stopped,
    /// Until the end of what the topics hold at the start.
    End,
}

/// Who tells silent partitions the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ticks {
    /// This route.
    Ours,
    /// The `run` around it.
    Others,
}

/// One source topic.
struct Lane {
    reader: KafkaSource,
    topic: String,
    source: String,
    /// What was read and is not noted yet: the next offset of each partition.
    read: BTreeMap<Partition, u64>,
    /// Partitions of a bounded lane that have an end to reach.
    open: Option<usize>,
}

/// Where everything goes.
struct Outlet {
    router: Router,
    events: EventProducer,
    dead_letters: EventProducer,
    door: Door,
    partitioner: Partitioner,
    partitions: u32,
}

/// Routes until told to stop, or to the end of what is there now.
pub(crate) fn work(plan: &RoutePlan, until: Until, ticks: Ticks, shutdown: &AtomicBool) -> Result<(), Failure> {
    let clock = SystemClock::new();
    let (mut outlet, mut aliases) = Outlet::open(plan, shutdown)?;
    let mut lanes = open_lanes(plan, until)?;
    let _ticker = if until == Until::Stopped && ticks == Ticks::Ours { Some(ticker::start(&plan.to, Arc::new(clock))?) } else { None };
    tracing::info!(topics = lanes.len(), to = plan.to.topic, dead_letters = plan.dead_letters, "routing; SIGTERM or Ctrl-C stops in order");
    let (mut noted_at, mut logged_at) = (clock.elapsed(), clock.elapsed());
    let mut logged: BTreeMap<String, u64> = BTreeMap::new();
    let (mut busy, mut unnoted) = (true, 0);
    loop {
        let stop = shutdown.load(Ordering::Relaxed);
        let mut revoked = false;
        if !stop {
            let wait = if busy { Duration::ZERO } else { IDLE_WAIT / u32::try_from(lanes.len().max(1)).unwrap_or(1) };
            busy = false;
            if until == Until::Stopped
                && let Some(topic) = &mut aliases
            {
                topic.follow(outlet.router.aliases_mut())?;
            }
            for lane in &mut lanes {
                let (records, changes) = lane.turn(&mut outlet, wait)?;
                busy |= records > 0;
                unnoted += records as u64;
                for change in changes {
                    match change {
                        Change::Assigned(_) => {}
                        Change::Revoked(_) => revoked = true,
                        // Another has it and reads what we have not noted again.
                        Change::Lost(partition) => drop(lane.read.remove(&partition)),
                    }
                }
            }
        }
        let ended = lanes.iter().all(|lane| lane.open == Some(0));
        let due = unnoted >= NOTE_RECORDS_MAX || (unnoted > 0 && clock.elapsed().saturating_sub(noted_at) >= NOTE_EVERY);
        if stop || ended || due || revoked {
            outlet.flush()?;
            lanes.iter_mut().for_each(Lane::note);
            (noted_at, unnoted) = (clock.elapsed(), 0);
        }
        let last = stop || ended;
        if last || clock.elapsed().saturating_sub(logged_at) >= LOG_EVERY {
            logged_at = clock.elapsed();
            log_counts(&outlet.router, &mut logged);
            if let Some(topic) = &mut aliases {
                topic.tell(outlet.router.aliases_mut().len());
            }
        }
        if last {
            return Ok(());
        }
    }
}

fn open_lanes(plan: &RoutePlan, until: Until) -> Result<Vec<Lane>, Failure> {
    let mut lanes = Vec::new();
    for (topic, source) in &plan.topics {
        let kafka = plan.to.with_topic(topic);
        let committed = CommittedOffsets::of(&kafka)?;
        let (reader, open) = match until {
            Until::Stopped => {
                // A topic that is not there is told before the group is joined.
                admin::partitions(&kafka)?;
                let resume: Resume = Arc::new(move |partition| Ok(committed.next(partition)?.map(ResumeAt::from)));
                (KafkaSource::group(&kafka, resume)?, None)
            }
            Until::End => {
                let mut assigned = Vec::new();
                for end in admin::end_offsets(&kafka)? {
                    let resume = committed.next(end.partition)?;
                    if resume.unwrap_or(end.low) < end.high {
                        assigned.push((end.partition, resume.map(ResumeAt::from), end.high));
                    }
                }
                (KafkaSource::bounded(&kafka, &assigned)?, Some(assigned.len()))
            }
        };
        lanes.push(Lane { reader, topic: topic.clone(), source: source.clone(), read: BTreeMap::new(), open });
    }
    Ok(lanes)
}

impl Lane {
    /// Takes what the topic has just now; gives how many records, and what the group changed.
    fn turn(&mut self, outlet: &mut Outlet, wait: Duration) -> Result<(usize, Vec<Change>), Failure> {
        if self.open == Some(0) {
            return Ok((0, Vec::new()));
        }
        let (topic, source, read) = (&self.topic, &self.source, &mut self.read);
        let mut failure = None;
        let polled = self.reader.poll(TURN_RECORDS_MAX, wait, &mut |record| {
            if failure.is_some() {
                return;
            }
            match outlet.take(topic, source, record) {
                Ok(()) => drop(read.insert(record.partition, record.next)),
                Err(error) => failure = Some(error),
            }
        })?;
        if let Some(failure) = failure {
            return Err(failure);
        }
        if let Some(open) = &mut self.open
            && polled.ended.len() >= *open
        {
            *open = 0;
        }
        Ok((polled.records, polled.changes))
    }

    /// Notes what was read, which by now is safe.
    fn note(&mut self) {
        let positions: Vec<(Partition, u64)> = std::mem::take(&mut self.read).into_iter().collect();
        if let Err(error) = self.reader.note_committed(&positions) {
            tracing::warn!(topic = self.topic, %error, "offsets were not noted; what was routed will be routed again, under the same ids");
        }
    }
}

impl Outlet {
    fn open(plan: &RoutePlan, shutdown: &AtomicBool) -> Result<(Self, Option<AliasTopic>), Failure> {
        let partitions = admin::partitions(&plan.to)?;
        let dead_letters = plan.to.with_topic(&plan.dead_letters);
        admin::create_topic_if_missing(&plan.to, &plan.dead_letters, 1, &[])?;
        let (router, aliases) = alias_topic::router(plan, shutdown)?;
        let outlet = Self {
            router,
            events: EventProducer::new(&plan.to)?,
            dead_letters: EventProducer::new(&dead_letters)?,
            door: dead_letter::door(&key::load(plan.pseudonym_key_file.as_deref())?),
            partitioner: plan.partitioner,
            partitions,
        };
        Ok((outlet, aliases))
    }

    fn take(&mut self, topic: &str, source: &str, record: &Record<'_>) -> Result<(), Failure> {
        // Only messages of a form that Kafka gave up long ago have no time.
        let message = Message { source, headers: &record.headers.fetch(), body: record.body, received: record.received.unwrap_or(EventTime::YEAR_2000) };
        let routed = self.router.route(&message);
        for event in &routed.out {
            self.events.send(&event.key, event.json.as_bytes(), self.partitioner.partition(event.key.as_bytes(), self.partitions))?;
        }
        if let Some(refusal) = &routed.dead {
            let letter = DeadLetter::new(&self.door, topic, record, &message, refusal);
            self.dead_letters.send(&letter.key(), letter.json()?.as_bytes(), None)?;
        }
        Ok(())
    }

    /// Waits until everything sent is confirmed.
    fn flush(&mut self) -> Result<(), PortError> {
        self.events.flush()?;
        self.dead_letters.flush()
    }
}

/// One line for each source that had messages since the last time.
fn log_counts(router: &Router, logged: &mut BTreeMap<String, u64>) {
    for (source, counts) in router.counts() {
        if logged.insert(source.clone(), counts.messages).unwrap_or(0) != counts.messages {
            log_source(source, counts);
        }
    }
}

fn log_source(source: &str, counts: &SourceCounts) {
    let names: Vec<String> = counts.unmapped.by_count().iter().take(NAMES_LOGGED_MAX).map(|(name, count)| format!("{name}: {count}")).collect();
    let reasons: Vec<String> = counts.reasons.iter().map(|(reason, count)| format!("{reason}: {count}")).collect();
    tracing::info!(
        source,
        messages = counts.messages,
        mapped = counts.mapped,
        nothing = counts.nothing,
        dead = counts.dead,
        events = counts.events,
        platform_events = counts.platform_events,
        unmapped = counts.unmapped.total(),
        twins = counts.twins.total(),
        partial = counts.partial.total(),
        other_door = counts.other_door,
        reasons = reasons.join(", "),
        names = names.join(", "),
        "routed since the start"
    );
}
