//! One course run: everything known of it, as a value.
//!
//! What is known of a learner in a course ([`learner::Learner`]) is a *join* of his events: earliest, latest, union, or a
//! count of distinct events. So it does not depend on their order, and tables ([`crate::seal`]) are sums over learners.
//!
//! An event goes through [`Course::admit`] (late? repeat?) and then [`Course::fold`]. Both keep these invariants:
//! - nothing older than its source's clock minus the horizon is folded;
//! - an event id is folded at most once while its time lies within that bound, and behind it the event is late anyway;
//! - "first" and "last" are by [`Stamp`], a total order that no arrival order changes.

pub mod account;
pub mod clock;
pub mod contents;
pub mod dedupe;
pub mod fold;
pub mod learner;
pub mod names;
pub mod playback;
pub mod strata;
pub mod time_bins;
pub mod versions;

use crate::event::PLATFORM_PREFIX;
use crate::event::outline::Outline;
use crate::event::validate::ValidEvent;
use crate::limits::SOURCES_PER_COURSE_MAX;
use crate::pseudonym::{Door, Pseudonym};
use crate::time::{Day, EventTime, Hour};
use clock::SourceClock;
use contents::ContentFacts;
use dedupe::{Fingerprints, Seen};
use hashbrown::HashMap;
use learner::Learner;
use names::Names;
use rapidhash::v3::rapidhash_v3;
use serde::{Deserialize, Serialize};
use versions::OutlinedVersions;

/// The total order of a learner's events: time, attempt, then a fixed hash of source and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stamp {
    /// When.
    pub time: EventTime,
    /// Attempt, or another rank where one type of event outranks another at the same time.
    pub rank: u32,
    /// Settles what is left.
    pub tie: u64,
}

/// A value that the latest event decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Latest<T>(Option<(Stamp, T)>);

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Latest<T> {
    /// Takes a value if its stamp is later than the one held.
    pub fn join(&mut self, stamp: Stamp, value: T) {
        if self.0.as_ref().is_none_or(|(held, _)| *held < stamp) {
            self.0 = Some((stamp, value));
        }
    }

    /// The value.
    #[must_use]
    pub fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }

    /// When the deciding event happened.
    #[must_use]
    pub fn time(&self) -> Option<EventTime> {
        self.0.as_ref().map(|(stamp, _)| stamp.time)
    }
}

impl Latest<Box<str>> {
    /// Takes a text if its stamp is later than the one held.
    pub fn join_text(&mut self, stamp: Stamp, text: &str) {
        match &mut self.0 {
            Some((held, _)) if *held >= stamp => {}
            Some((held, value)) if **value == *text => *held = stamp,
            _ => self.0 = Some((stamp, text.into())),
        }
    }
}

/// One source of a course: its clock, and the ids seen within its horizon.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Source {
    name: Box<str>,
    clock: SourceClock,
    seen: Fingerprints,
}

/// Counts of one hour of event time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourCounts {
    /// Accepted events.
    pub events: u64,
    /// enrollment.created.
    pub enrolled: u64,
    /// enrollment.withdrawn.
    pub withdrew: u64,
    /// Learners with activity.
    pub active: u64,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is new and timely: fold it.
    Accepted(Admitted),
    /// Its id was seen before.
    Duplicate {
        /// Whether it says something else than the first.
        conflict: bool,
    },
    /// It is older than its source's clock minus the horizon.
    Late,
}

/// The permission to fold an event; only [`Course::admit`] gives one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admitted {
    stamp: Stamp,
    source: u16,
    learner: Option<u32>,
}

impl Admitted {
    /// The learner's number in the course, where the event has one.
    #[must_use]
    pub fn learner(&self) -> Option<u32> {
        self.learner
    }
}

/// A course run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Course {
    /// Its id: the `subject` of its events.
    pub id: Box<str>,
    sources: Vec<Source>,
    /// The learners, in order of first arrival; never published in this order.
    pub learners: Vec<Learner>,
    /// Every other name that its events use.
    pub names: Names,
    /// The outline in force.
    pub outline: Latest<Outline>,
    /// Who can improve it.
    pub provider: Latest<Box<str>>,
    /// Its title.
    pub title: Latest<Box<str>>,
    /// Counts by hour of event time, sorted.
    pub hours: Vec<(Hour, HourCounts)>,
    /// What is known of each content, by its number in `names.contents`.
    pub contents: Vec<ContentFacts>,
    /// Versions that outlines gave to contents.
    pub outlined_versions: OutlinedVersions,
    /// What evidence has been told.
    pub evidence: EvidenceTold,
    /// Events not folded, or not wholly, because a bound of the course was reached.
    pub overflow: u64,
    #[serde(skip)]
    learner_index: HashMap<Pseudonym, u32>,
    #[serde(skip)]
    /// By the fingerprint of the raw id; the raw id itself is held nowhere.
    learner_fingerprints: HashMap<u128, u32>,
}

/// What evidence has been told (see [`crate::evidence`]); items and spans carry a mark of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceTold {
    /// The last day of arrivals at places of the outline.
    pub places: Option<Day>,
    /// The last hour with activity.
    pub flow: Option<Hour>,
    /// Whether openings have changed since.
    pub openings_changed: bool,
}

impl Course {
    /// A course of which nothing is known yet.
    #[must_use]
    pub fn new(id: &str) -> Self {
        Self {
            id: id.into(),
            sources: Vec::new(),
            learners: Vec::new(),
            names: Names::default(),
            outline: Latest::default(),
            provider: Latest::default(),
            title: Latest::default(),
            hours: Vec::new(),
            contents: Vec::new(),
            outlined_versions: OutlinedVersions::default(),
            evidence: EvidenceTold::default(),
            overflow: 0,
            learner_index: HashMap::new(),
            learner_fingerprints: HashMap::new(),
        }
    }

    /// Rebuilds what a state image leaves out.
    pub fn restore(&mut self) {
        self.learner_index = self.learners.iter().enumerate().map(|(place, learner)| (learner.pseudonym, place as u32)).collect();
        self.names.restore();
        self.outlined_versions.restore();
    }

    /// Whether it stands for a platform: for events that name no course.
    #[must_use]
    pub fn is_platform(&self) -> bool {
        self.id.starts_with(PLATFORM_PREFIX)
    }

    /// The latest time that the course's own sources vouch for.
    #[must_use]
    pub fn clock(&self) -> Option<EventTime> {
        self.sources.iter().filter_map(|source| source.clock.now()).max()
    }

    /// The course's time: its own clock, or for a course silent longer than the horizon the live tick minus the horizon.
    #[must_use]
    pub fn time(&self, live_tick: Option<EventTime>, horizon: i64) -> Option<EventTime> {
        let clock = self.clock()?;
        Some(live_tick.map_or(clock, |tick| clock.max(tick.plus(-horizon))))
    }

    /// What the course's clock would be after an event, without taking it.
    #[must_use]
    pub fn clock_after(&self, event: &ValidEvent<'_>, door: &Door, horizon: i64) -> EventTime {
        let source = self.sources.iter().find(|source| *source.name == *event.source).map(|source| &source.clock);
        let learner = event.data.learner.as_deref().map(|learner| {
            let pseudonym = door.pseudonym(event.data.learner_space.as_deref().unwrap_or_default(), learner);
            self.learner_index.get(&pseudonym).copied().unwrap_or(self.learners.len() as u32)
        });
        let mut clock = source.cloned().unwrap_or_default();
        clock.observe(event.time, learner, horizon);
        clock.now().unwrap_or(event.time)
    }

    /// Decides what becomes of an event and moves its source's clock. `body` is the whole message, to tell conflicts.
    pub fn admit(&mut self, event: &ValidEvent<'_>, body: &[u8], door: &Door, late_floor: Option<EventTime>, horizon: i64) -> Admission {
        let source = self.source(&event.source);
        let known = &mut self.sources[usize::from(source)];
        let bound = known.clock.now().max(late_floor).map(|clock| clock.plus(-horizon));
        if bound.is_some_and(|bound| event.time < bound) {
            return Admission::Late;
        }
        match known.seen.see(&event.id, event.time, body, door.fingerprint_secrets()) {
            Seen::New => {}
            Seen::Again => return Admission::Duplicate { conflict: false },
            Seen::Conflict => return Admission::Duplicate { conflict: true },
        }
        let learner = event.data.learner.as_deref().map(|learner| self.learner(door, event.data.learner_space.as_deref().unwrap_or_default(), learner));
        let known = &mut self.sources[usize::from(source)];
        if known.clock.observe(event.time, learner, horizon)
            && let Some(now) = known.clock.now()
        {
            known.seen.forget_before(now.max(late_floor.unwrap_or(now)).plus(-horizon));
        }
        let rank = event.data.attempt.map_or(0, |attempt| attempt as u32);
        let tie = rapidhash_v3(event.id.as_bytes()) ^ rapidhash_v3(event.source.as_bytes()).rotate_left(1);
        Admission::Accepted(Admitted { stamp: Stamp { time: event.time, rank, tie }, source, learner })
    }

    /// How many sources have a clock of their own.
    #[must_use]
    pub fn source_count(&self) -> u16 {
        self.sources.len() as u16
    }

    /// The time before which nothing more is accepted from a source, where that is before `closed`.
    #[must_use]
    pub fn bound_at(&self, source: u16, closed: EventTime, horizon: i64) -> EventTime {
        self.sources.get(usize::from(source)).and_then(|source| source.clock.now()).map_or(EventTime(i64::MIN), |clock| clock.plus(-horizon).min(closed))
    }

    fn source(&mut self, name: &str) -> u16 {
        if let Some(place) = self.sources.iter().position(|source| *source.name == *name) {
            return place as u16;
        }
        if self.sources.len() < SOURCES_PER_COURSE_MAX {
            self.sources.push(Source { name: name.into(), clock: SourceClock::default(), seen: Fingerprints::default() });
        }
        (self.sources.len() - 1) as u16
    }

    /// The number of a learner, made on first sight.
    fn learner(&mut self, door: &Door, space: &str, learner: &str) -> u32 {
        let fingerprint = door.learner_fingerprint(space, learner);
        if let Some(known) = self.learner_fingerprints.get(&fingerprint) {
            return *known;
        }
        let pseudonym = door.pseudonym(space, learner);
        let next = self.learners.len() as u32;
        let number = *self.learner_index.entry(pseudonym).or_insert(next);
        if number == next {
            self.learners.push(Learner::new(pseudonym));
        }
        self.learner_fingerprints.insert(fingerprint, number);
        number
    }
}
