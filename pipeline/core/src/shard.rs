//! A shard: the courses of one partition, and what follows from its log.
//!
//! The engine reads a record, asks [`Shard::read`] what it is, takes the cut that [`Shard::cut_due`] asks for *before* the
//! record, and then has [`Shard::take`] fold it. All three are pure; where they lead is the same for the same log.

mod slot;

use crate::course::{Admission, Course};
use crate::event::decode::{Headers, decode_with};
use crate::event::validate::{Arrival, Key, ValidEvent, validate};
use crate::event::{EventType, Kind};
use crate::evidence::CourseEvidence;
use crate::limits::CLOCK_AHEAD_SECONDS_MAX;
use crate::partitioner::Partitioner;
use crate::pseudonym::{Door, Pseudonym};
use crate::refusal::{Reason, Refusal};
use crate::seal::{SEALED_TABLES, SealedTable};
use crate::time::{DAY, EventTime, MINUTE, SECOND};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
pub use slot::Saved;
use slot::Slot;
use std::collections::BTreeMap;

/// A tick is live when the log received it within this time.
const LIVE_TICK_AGE: i64 = 15 * MINUTE;
/// A live tick closes courses' late bound this much later than their own clocks would.
const TICK_LATE_SLACK: i64 = 7 * DAY;
/// Session pseudonyms remembered by one shard; beyond that it forgets and computes them again.
const SESSION_CACHE_MAX: usize = 100_000;

/// What all shards of a run share.
#[derive(Debug, Clone)]
pub struct Rules {
    /// How long an event may be late, microseconds.
    pub horizon: i64,
    /// How producers choose partitions.
    pub partitioner: Partitioner,
    /// Partitions of the log; 1 for files.
    pub partitions: u32,
    /// The door for identities.
    pub door: Door,
}

/// A message as the log holds it.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// Its partition.
    pub partition: u32,
    /// When the log received it; for files, the latest time that is believed.
    pub received: EventTime,
    /// Whether `received` already is the latest time that is believed.
    pub received_is_ceiling: bool,
    /// Its key.
    pub key: Key<'a>,
    /// Its headers.
    pub headers: Headers<'a>,
    /// Its bytes.
    pub body: &'a [u8],
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Folded.
    Accepted,
    /// A repeat.
    Duplicate {
        /// Whether it says something else than the first.
        conflict: bool,
    },
    /// Too late to be folded.
    Late,
    /// Time passed; not an event.
    Tick,
}

/// What [`Shard::take`] did, with the learner under whom the lake keeps the event.
#[derive(Debug, Clone)]
pub struct Taken {
    /// What became of it.
    pub outcome: Outcome,
    /// The learner's pseudonym.
    pub learner: Option<Pseudonym>,
}

/// The part of a shard's state that is not courses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardClock {
    /// The latest time that any course's sources vouch for, or tick.
    pub time: Option<EventTime>,
    /// The latest live tick.
    pub live_tick: Option<EventTime>,
    /// The live tick when evidence was last told.
    #[serde(default)]
    pub told_tick: Option<EventTime>,
    /// The next midnight at which a cut is due.
    pub next_cut: Option<EventTime>,
}

/// A shard.
#[derive(Debug, Default)]
pub struct Shard {
    slots: HashMap<Box<str>, Slot>,
    /// Its clock.
    pub clock: ShardClock,
    session_pseudonyms: HashMap<u64, u64>,
}

impl Shard {
    /// Reads a message: an event that may be taken, or why not.
    ///
    /// # Errors
    /// The refusal under which the message is kept.
    pub fn read<'a>(message: &Message<'a>, rules: &Rules) -> Result<ValidEvent<'a>, Refusal> {
        let ahead = if message.received_is_ceiling { 0 } else { CLOCK_AHEAD_SECONDS_MAX * SECOND };
        let arrival = Arrival { not_after: message.received.plus(ahead), key: message.key };
        let event = validate(decode_with(|| message.headers.fetch(), message.body)?, &arrival)?;
        let is_tick = event.kind == Kind::Known(EventType::ClockTick);
        if let (Key::Is(key), false) = (message.key, is_tick)
            && rules.partitioner.partition(key, rules.partitions).is_some_and(|partition| partition != message.partition)
        {
            return Err(Refusal::new(Reason::WrongPartition, "key"));
        }
        Ok(event)
    }

    /// The midnights at which a cut is due before this event is taken, as the first and last of them.
    #[must_use]
    pub fn cut_due(&self, event: &ValidEvent<'_>, rules: &Rules) -> Option<(EventTime, EventTime)> {
        let next = self.clock.next_cut.filter(|next| event.time >= *next)?;
        let clock = match (&event.kind, self.slots.get(&*event.subject)) {
            (Kind::Known(EventType::ClockTick), _) | (_, None) => event.time,
            (_, Some(slot)) => slot.course.clock_after(event, &rules.door, rules.horizon),
        };
        (clock >= next).then(|| (next, clock.day().start()))
    }

    /// Notes that the cuts up to this midnight were taken.
    pub fn cut_taken(&mut self, last: EventTime) {
        self.clock.next_cut = Some(last.plus(DAY));
    }

    /// Takes an event: late, a repeat, or folded.
    pub fn take(&mut self, event: &ValidEvent<'_>, message: &Message<'_>, rules: &Rules) -> Taken {
        if event.kind == Kind::Known(EventType::ClockTick) {
            if message.received.0 - event.time.0 < LIVE_TICK_AGE {
                self.clock.live_tick = self.clock.live_tick.max(Some(event.time));
            }
            self.advance(event.time);
            return Taken { outcome: Outcome::Tick, learner: None };
        }
        let late_floor = self.clock.live_tick.map(|tick| tick.plus(-TICK_LATE_SLACK));
        let slot = match self.slots.get_mut(&*event.subject) {
            Some(slot) => slot,
            None => self.slots.entry((*event.subject).into()).or_insert(Slot::new(Course::new(&event.subject))),
        };
        let outcome = match slot.course.admit(event, message.body, &rules.door, late_floor, rules.horizon) {
            Admission::Accepted(admitted) => {
                slot.course.fold(event, &rules.door, admitted);
                slot.note_event();
                let course = &slot.course;
                let learner = admitted.learner().and_then(|learner| course.learners.get(learner as usize)).map(|learner| learner.pseudonym);
                if let Some(clock) = course.clock() {
                    self.advance(clock);
                }
                return Taken { outcome: Outcome::Accepted, learner };
            }
            Admission::Duplicate { conflict } => Outcome::Duplicate { conflict },
            Admission::Late => Outcome::Late,
        };
        let learner = event.data.learner.as_deref().filter(|_| outcome == Outcome::Late);
        let learner = learner.map(|learner| rules.door.pseudonym(event.data.learner_space.as_deref().unwrap_or_default(), learner));
        Taken { outcome, learner }
    }

    /// The pseudonym of an event's session, for the lake.
    pub fn session_pseudonym(&mut self, event: &ValidEvent<'_>, door: &Door) -> Option<u64> {
        let session = event.data.session.as_deref()?;
        if self.session_pseudonyms.len() >= SESSION_CACHE_MAX {
            self.session_pseudonyms.clear();
        }
        Some(*self.session_pseudonyms.entry(door.session_fingerprint(session)).or_insert_with(|| door.session_pseudonym(session)))
    }

    fn advance(&mut self, time: EventTime) {
        self.clock.time = self.clock.time.max(Some(time));
        self.clock.next_cut.get_or_insert(time.day().end());
    }

    /// Everything that is known now, one entry for each of [`SEALED_TABLES`].
    ///
    /// Courses that did not change since the last seal give the same rows without being walked again.
    pub fn seal(&mut self, rules: &Rules) -> Vec<SealedTable> {
        let mut tables = no_tables();
        self.each_slot(|slot, live_tick| slot.seal_into(&mut tables, live_tick, rules.horizon));
        tables
    }

    /// Tells the days that have closed, and settles what no longer can change. A replay does it at the same records.
    pub fn tell(&mut self, rules: &Rules) -> Vec<CourseEvidence> {
        let mut evidence = Vec::new();
        self.each_slot(|slot, live_tick| evidence.extend(slot.tell(live_tick, rules.horizon)));
        self.clock.told_tick = self.clock.live_tick;
        evidence
    }

    /// [`Self::seal`], then [`Self::tell`], but course after course: what was just walked for the one is near for the other.
    pub fn seal_and_tell(&mut self, rules: &Rules) -> (Vec<SealedTable>, Vec<CourseEvidence>) {
        let (mut tables, mut evidence) = (no_tables(), Vec::new());
        self.each_slot(|slot, live_tick| {
            slot.seal_into(&mut tables, live_tick, rules.horizon);
            evidence.extend(slot.tell(live_tick, rules.horizon));
        });
        self.clock.told_tick = self.clock.live_tick;
        (tables, evidence)
    }

    fn each_slot(&mut self, mut each: impl FnMut(&mut Slot, Option<EventTime>)) {
        let live_tick = self.clock.live_tick;
        self.slots_in_order().into_iter().for_each(|slot| each(slot, live_tick));
    }

    fn slots_in_order(&mut self) -> Vec<&mut Slot> {
        let mut order: Vec<&mut Slot> = self.slots.values_mut().collect();
        order.sort_unstable_by(|left, right| left.course.id.cmp(&right.course.id));
        order
    }

    /// Saves every course that changed since it was last saved, or lies in a segment that goes, in the order of ids: hands it to
    /// `write`, which gives its length, with whether it was told since its last event.
    ///
    /// # Errors
    /// The first of `write`.
    pub fn save<E>(&mut self, segment: u64, goes: impl Fn(u64) -> bool, mut write: impl FnMut(&Course, bool) -> Result<u64, E>) -> Result<(), E> {
        for slot in self.slots_in_order() {
            if slot.saved().is_none_or(|saved| goes(saved.segment)) {
                let bytes = write(&slot.course, slot.was_told())?;
                slot.note_saved(Saved { segment, bytes });
            }
        }
        Ok(())
    }

    /// How many bytes of each segment of the state image still hold a course as it is.
    #[must_use]
    pub fn saved_bytes(&self) -> BTreeMap<u64, u64> {
        let mut bytes = BTreeMap::new();
        for saved in self.slots.values().filter_map(Slot::saved) {
            *bytes.entry(saved.segment).or_default() += saved.bytes;
        }
        bytes
    }

    /// Puts back a course read from a state image, once the clock is the image's. One without events since it was told is told
    /// again up to the moment of the last telling: what that gives was given before, and it leaves the state that was left then.
    pub fn restore_course(&mut self, mut course: Course, was_told: bool, saved: Saved, rules: &Rules) {
        course.restore();
        let mut told = None;
        if was_told {
            course.tell_evidence(self.clock.told_tick, rules.horizon);
            told = course.time(self.clock.told_tick, rules.horizon);
        }
        self.slots.insert(course.id.clone(), Slot::restored(course, saved, told));
    }

    /// How many courses there are.
    #[must_use]
    pub fn courses(&self) -> usize {
        self.slots.len()
    }
}

fn no_tables() -> Vec<SealedTable> {
    SEALED_TABLES.iter().map(|contract| SealedTable { contract, parts: Vec::new() }).collect()
}
