//! Revisions: what became of a module or a recording after a new version, compared with those that nobody revised (`calendar`).
//!
//! A series holds, day by day, the learners who came and those of them who left: for a module those of D-01, for a
//! recording those who played its beginning and those who left it before its end. A revision is judged on every day with
//! news of its course; what is said first (improved, worsened, no effect) stays.
//!
//! Modules and recordings have one half of the family each: a module usually has several recordings, and it is the module
//! that was revised.
//!
//! The day of the revision is left out. Only learners after an earlier revision of the same target count as before.

use super::agenda::{Arrivals, Passage, PlaceKey, SpanKey, Targets};
use super::calendar::{ByWeek, Calendar};
use super::catalogue::{Catalogue, Description};
use super::family::{Budget, Family, raise};
use super::life::Life;
use super::pool::Pool;
use super::rules::revised::{self, PUSHED, RULES, Verdicts};
use super::signal::{Signal, State, Tier};
use super::strata::Counts;
use crate::statistics::before_after::Arms;
use crate::statistics::shrinkage::{BetaBinomial, RateEstimate};
use crate::time::Day;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is revised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A module, by leaving the course.
    Module,
    /// A recording, by leaving it before its end.
    Recording,
}

/// A module or a recording of a course.
type Key = (Arc<str>, Kind, Arc<str>);

/// All series and all revisions of them.
#[derive(Debug)]
pub(super) struct Revisions {
    series: BTreeMap<Key, BTreeMap<Day, Counts>>,
    /// Numbers of the courses of the series.
    courses: BTreeMap<Arc<str>, u32>,
    revisions: BTreeMap<(Key, Day), Revision>,
    pools: [Option<Pool>; RULES.len()],
}

/// One revision.
#[derive(Debug)]
pub(super) struct Revision {
    pub(super) kind: Kind,
    pub(super) name: Arc<str>,
    pub(super) day: Day,
    course: u32,
    pub(super) lives: [Life; RULES.len()],
    pub(super) found: Option<Verdicts>,
}

impl Default for Revisions {
    fn default() -> Self {
        Self { series: BTreeMap::new(), courses: BTreeMap::new(), revisions: BTreeMap::new(), pools: [0, 1, 2].map(revised::pool) }
    }
}

impl Revisions {
    /// Judges one decision day.
    pub(super) fn judge(
        &mut self,
        day: Day,
        places: (&[(u32, Arrivals)], &Targets<PlaceKey>),
        spans: (&[(u32, Passage)], &Targets<SpanKey>),
        catalogue: &Catalogue,
    ) {
        let mut changed = BTreeSet::new();
        for (number, cell) in places.0 {
            let (course, module) = places.1.key(*number);
            let counts = Counts { n: u64::from(cell.arrived), events: cell.left().min(u64::from(cell.arrived)) };
            self.count((Arc::clone(course), Kind::Module, Arc::clone(module)), cell.day, counts);
            changed.insert((Arc::clone(course), places.1.course(*number)));
        }
        for (number, cell) in spans.0 {
            let (course, content, _, span) = spans.1.key(*number);
            let entered = if *span == 0 { u64::from(cell.entered) } else { 0 };
            self.count((Arc::clone(course), Kind::Recording, Arc::clone(content)), cell.day, Counts { n: entered, events: u64::from(cell.dropped) });
            changed.insert((Arc::clone(course), spans.1.course(*number)));
        }
        self.refit(day, catalogue);
        self.courses.extend(changed.iter().cloned());
        let mut known = BTreeMap::new();
        for (name, course) in &changed {
            let about = Arc::clone(catalogue.course(*course, day));
            for (key, revised) in revisions_of(name, &about, day) {
                let (peers, calendar) = known.entry(key.1).or_insert_with_key(|kind| (self.peers(*kind), self.calendar(*kind, catalogue, day)));
                let arms = self.arms(&key, revised, &about, (*peers, calendar));
                let evidence_day = self.series.get(&key).and_then(|days| days.last_key_value()).map_or(revised, |(day, _)| *day);
                let (kind, target) = (key.1, Arc::clone(&key.2));
                let revision = self.revisions.entry((key, revised)).or_insert_with(|| Revision {
                    kind,
                    name: target,
                    day: revised,
                    course: *course,
                    lives: Default::default(),
                    found: None,
                });
                revision.weigh(arms, &self.pools, day, evidence_day);
            }
        }
        if self.revisions.is_empty() || changed.is_empty() {
            return;
        }
        let weights = self.weights();
        let lives = self.revisions.values().enumerate().flat_map(|(number, revision)| {
            let weight = weights[revision.kind as usize];
            revision.lives.iter().take(PUSHED).map(move |life| (number as u32, life, weight))
        });
        let raised = raise(Family::Revisions, lives);
        for (revision, tiers) in self.revisions.values_mut().zip(raised.tiers.chunks(PUSHED)) {
            revision.settle(tiers, raised.budget, day);
        }
    }

    /// Fits the pools to what was known before this day.
    fn refit(&mut self, day: Day, catalogue: &Catalogue) {
        for (place, pool) in self.pools.iter_mut().enumerate() {
            let Some(pool) = pool else { continue };
            let lives = self.revisions.values().map(|revision| (revision.course, &revision.lives[place]));
            if pool.learn(lives, |course| catalogue.provider_number(course, day)) {
                let pool = Some(&*pool);
                self.revisions.values_mut().for_each(|revision| revision.lives[place].judge(pool));
            }
        }
    }

    /// The weight of a hypothesis of each kind: what is judged of each has one half of the family.
    fn weights(&self) -> [f64; 2] {
        let judged = |kind| {
            let lives = self.revisions.values().filter(move |revision| revision.kind == kind).flat_map(|revision| revision.lives.iter().take(PUSHED));
            lives.filter(|life| life.ln_e().is_some()).count() as f64
        };
        let numbers = [Kind::Module, Kind::Recording].map(judged);
        let kinds = numbers.iter().filter(|number| **number > 0.0).count() as f64;
        numbers.map(|number| (numbers[0] + numbers[1]) / (kinds * number))
    }

    fn count(&mut self, key: Key, day: Day, counts: Counts) {
        self.series.entry(key).or_default().entry(day).or_default().add(counts);
    }

    /// How the true rates of all targets of a kind are spread.
    fn peers(&self, kind: Kind) -> Option<BetaBinomial> {
        let all = |days: &BTreeMap<Day, Counts>| Counts::sum(days.values()).capped();
        let peers: Vec<(u64, u64)> =
            self.series.iter().filter(|((_, of, _), _)| *of == kind).map(|(_, days)| all(days)).map(|counts| (counts.events, counts.n)).collect();
        BetaBinomial::fit(&peers)
    }

    /// The calendar of all targets of a kind that nobody revised by a day.
    fn calendar(&self, kind: Kind, catalogue: &Catalogue, day: Day) -> Calendar {
        let unrevised = |((course, of, name), days): (&Key, &BTreeMap<Day, Counts>)| {
            let about = catalogue.course(*self.courses.get(course)?, day);
            let is_compared = *of == kind && revisions_days(kind, name, about).is_empty();
            is_compared.then(|| (Arc::clone(course), by_week(days.iter(), about)))
        };
        Calendar::of(self.series.iter().filter_map(unrevised).collect())
    }

    fn arms(&self, key: &Key, revised: Day, about: &Description, (peers, calendar): (Option<BetaBinomial>, &mut Calendar)) -> Option<(Arms, [Counts; 2])> {
        let days = self.series.get(key)?;
        let earlier = revisions_days(key.1, &key.2, about).into_iter().filter(|day| *day < revised).max();
        let from = earlier.map_or(Day(i32::MIN), |day| day.plus(1));
        let later = revisions_days(key.1, &key.2, about).into_iter().filter(|day| *day > revised).min().unwrap_or(Day(i32::MAX));
        let [weeks_before, weeks_after] = [from..revised, revised.plus(1)..later].map(|side| by_week(days.range(side), about));
        let [before, after] = [&weeks_before, &weeks_after].map(|side| Counts::sum(side.values()));
        RateEstimate::of_counts(before.events, before.n)?;
        let (own, now) = (peers?.shrink(before.events, before.n), RateEstimate::of_counts(after.events, after.n)?);
        let control = calendar.fall((&key.0, week(revised, about)), own, &weeks_before, &weeks_after)?;
        Some((Arms { before: own, after: now, control }, [before, after]))
    }

    /// All that is to be said.
    pub(super) fn signals(&self, day: Day, catalogue: &Catalogue) -> Vec<Signal> {
        let signal = |revision: &Revision| {
            let state_of = |state| revision.lives.iter().position(|life| life.state() == Some(state)).map(|place| (place, state));
            let (place, state) = state_of(State::Open).or_else(|| state_of(State::Watch))?;
            Some(revised::signal(revision, place, catalogue.course(revision.course, day), state))
        };
        self.revisions.values().filter_map(signal).collect()
    }
}

impl Revision {
    /// Takes the evidence as it stands; what has been said is not looked at again.
    fn weigh(&mut self, arms: Option<(Arms, [Counts; 2])>, pools: &[Option<Pool>; RULES.len()], day: Day, evidence_day: Day) {
        if self.lives.iter().any(Life::is_open) {
            return;
        }
        self.found = arms.map(|(arms, counts)| Verdicts::of(&arms, counts));
        for (place, life) in self.lives.iter_mut().enumerate() {
            life.weigh(self.found.and_then(|found| found.weigh(place)), pools[place].as_ref(), day, evidence_day);
        }
    }

    /// Opens the first rule that is raised.
    fn settle(&mut self, tiers: &[Option<Tier>], budget: Budget, day: Day) {
        if self.lives.iter().any(Life::is_open) {
            return;
        }
        for (place, (life, tier)) in self.lives.iter_mut().zip(tiers).enumerate() {
            if let Some(tier) = tier.filter(|_| self.found.is_some_and(|found| found.is_worth_saying(place))) {
                life.open(day, tier, budget);
                return;
            }
        }
        if self.found.is_some_and(|found| found.is_without_effect())
            && let Some(life) = self.lives.last_mut()
        {
            life.open(day, Tier::Certified, budget);
        }
    }
}

/// The revisions of a course's modules and recordings that are known by a day.
fn revisions_of(course: &Arc<str>, about: &Description, day: Day) -> BTreeSet<(Key, Day)> {
    let mut found = BTreeSet::new();
    for (module, content, revised) in about.revisions().filter(|(_, _, revised)| *revised < day) {
        found.insert(((Arc::clone(course), Kind::Module, Arc::from(module)), revised));
        found.insert(((Arc::clone(course), Kind::Recording, Arc::from(content)), revised));
    }
    found
}

fn revisions_days(kind: Kind, name: &str, about: &Description) -> BTreeSet<Day> {
    match kind {
        Kind::Module => about.module_revisions(name),
        Kind::Recording => about.content_revisions(name).collect(),
    }
}

/// The week of the course that a day lies in.
fn week(day: Day, about: &Description) -> i32 {
    (day.0 - about.began.unwrap_or_default().0).div_euclid(7)
}

fn by_week<'a>(days: impl Iterator<Item = (&'a Day, &'a Counts)>, about: &Description) -> ByWeek {
    let mut weeks = ByWeek::new();
    days.for_each(|(day, counts)| weeks.entry(week(*day, about)).or_default().add(*counts));
    weeks.values_mut().for_each(|counts| *counts = counts.capped());
    weeks
}
