//! The family of places: arrivals at modules, and how many of those who arrive are to be expected to leave the course.
//!
//! ```text
//! expected = share that leaves after arriving          × level of the course      × week of the course
//!            at a place of this position and course      (leavers at its other      (leavers at its other places this
//!            week, by stratum (all other places,          places / those             calendar week / those expected,
//!            shrunk to version 0)                          expected there)            shrunk by 10 leavers each)
//! ```
//! In the first weeks many leave for reasons that no module can help (an enrolment that is undone, a fee that falls due):
//! there the week is shrunk towards what version 0 expects of it, if that is more than usual, and not towards 1: few
//! leavers at other places say little about a week that is out of the ordinary.
//!
//! Nothing is judged without five comparable places or runs. A place where a signal is open says nothing of what is usual.
//! Arrivals after which silence counts as leaving (`silence`) and those after which withdrawals alone do are each compared
//! with their like, in all of the above. A revised module is another module; arrivals on the day of the revision are left
//! out, and so are those whose outcome lies
//! in a stretch without events (X-02).

use super::agenda::{Arrivals, PlaceKey, Targets};
use super::around::Around;
use super::catalogue::Catalogue;
use super::family::Raised;
use super::life::{About, Lack, Life};
use super::margins::{Baselines, COMPARABLE_LEARNERS_MIN, COMPARABLE_MIN, OWN_LEVEL_LEAVERS, PRIOR_LEARNERS, STRATUM_LEARNERS, WEEKS};
use super::pool::{Pool, ratios};
use super::rate::{self, Baseline, Rate, RateTarget, Unjudged, settle};
use super::rules::wall;
use super::signal::{Signal, State};
use super::strata::{ByStratum, Counts};
use crate::statistics::eprocess::Side;
use crate::time::Day;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Positions in the outline: the first module, and the others.
const POSITIONS: usize = 2;

/// Ways to count leaving: withdrawals alone, and silence as well.
const WAYS: usize = 2;

/// Arrivals by way, position and week of the course.
type ByWeek = [[[ByStratum; WEEKS]; POSITIONS]; WAYS];

/// The family of all places, and what their baselines rest on.
#[derive(Debug)]
pub(super) struct Places {
    places: Vec<Place>,
    courses: Vec<Course>,
    platform: ByWeek,
    /// Courses with enough learners at a place, by way and position.
    runs: [[u32; POSITIONS]; WAYS],
    pool: Option<Pool>,
}

#[derive(Debug, Default)]
struct Course {
    counts: ByWeek,
    /// Places with enough learners, by way.
    comparable: [u32; WAYS],
    is_run: [[bool; POSITIONS]; WAYS],
    /// Learners by way, week of the course, place and position.
    weeks: BTreeMap<(usize, i32, u32, usize), ByStratum>,
}

/// One place.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) module: Arc<str>,
    course: u32,
    pub(super) life: Life,
    pub(super) rate: Rate,
    revisions: usize,
    evidence_day: Day,
    /// Of the leavers of this generation, those who withdrew.
    pub(super) withdrew: u64,
    /// Of the learners of this generation, those whose silence would not have counted.
    pub(super) unheard: u64,
    /// All that was told of this version, whatever the generation.
    counts: ByWeek,
    /// Whether others are compared with it. A place that is known to be bad says nothing of what is usual.
    is_usual: bool,
    pub(super) unjudged: Unjudged,
}

impl Default for Places {
    fn default() -> Self {
        let pool = Pool::new(Side::Upper, wall::MARGIN.multiple, &ratios(0.1, 20.0, 72));
        Self { places: Vec::new(), courses: Vec::new(), platform: Default::default(), runs: Default::default(), pool }
    }
}

/// How, where and when somebody arrived.
#[derive(Debug, Clone, Copy)]
struct Slot {
    way: usize,
    position: usize,
    /// Week of the course.
    week: i32,
    bucket: usize,
}

impl Places {
    /// Counts and weighs the arrivals of one decision day; gives the places that changed.
    pub(super) fn weigh(
        &mut self,
        day: Day,
        mut cells: Vec<(u32, Arrivals)>,
        targets: &Targets<PlaceKey>,
        catalogue: &Catalogue,
        baselines: &Baselines,
    ) -> Vec<u32> {
        if cells.is_empty() {
            return Vec::new();
        }
        cells.sort_by(|(left, one), (right, other)| (left, one.day, &one.stratum).cmp(&(right, other.day, &other.stratum)));
        self.courses.resize_with(catalogue.len(), Course::default);
        for number in self.places.len()..targets.len() {
            self.places.push(Place::new(Arc::clone(&targets.key(number as u32).1), targets.course(number as u32)));
        }
        let refitted = self.refit(day, targets, catalogue);
        cells.retain(|(number, cell)| self.places[*number as usize].take_revision(cell, day, catalogue));
        let slots: Vec<Slot> = cells.iter().map(|(number, cell)| self.slot(*number, cell, day, catalogue)).collect();
        let expected: Vec<Option<Baseline>> =
            cells.iter().zip(&slots).map(|((number, cell), slot)| self.baseline(*number, &cell.stratum, *slot, baselines)).collect();
        let mut changed = Vec::new();
        for (((number, cell), slot), expected) in cells.iter().zip(slots).zip(expected) {
            self.places[*number as usize].observe(cell, day, expected);
            changed.push(*number);
            self.count(*number, cell, slot);
        }
        changed.dedup();
        let pool = self.pool.as_ref();
        for number in &changed {
            let place = &mut self.places[*number as usize];
            let evidence_day = place.evidence_day;
            place.unjudged.usual = baselines.place_hazard[0];
            if place.rate.lacks_baseline(&place.unjudged, &wall::MARGIN) {
                place.life.hint(Lack::Baseline, day, evidence_day);
            } else {
                place.weigh(&wall::MARGIN, pool, day, evidence_day);
            }
        }
        if refitted {
            self.places.iter_mut().for_each(|place| place.life.judge(pool));
        }
        changed
    }

    /// The lives of all places, each with its number.
    pub(super) fn lives(&self) -> impl Iterator<Item = &Life> {
        self.places.iter().map(|place| &place.life)
    }

    /// Resolves and opens.
    pub(super) fn settle(&mut self, day: Day, changed: &[u32], raised: &Raised, targets: &Targets<PlaceKey>, catalogue: &Catalogue) {
        settle(&mut self.places, changed, raised, day, |number| Arc::clone(catalogue.course(targets.course(number), day)));
        for number in 0..self.places.len() {
            self.compare_with(number);
        }
    }

    /// Takes a place out of what others are compared with while it is open, and back in afterwards.
    fn compare_with(&mut self, number: usize) {
        let place = &mut self.places[number];
        let is_usual = !place.life.is_open();
        if place.is_usual == is_usual {
            return;
        }
        place.is_usual = is_usual;
        let course = &mut self.courses[place.course as usize];
        for by_week in [&mut course.counts, &mut self.platform] {
            let known = by_week.iter_mut().flatten().flatten().zip(place.counts.iter().flatten().flatten());
            known.for_each(|(known, own)| own.iter().for_each(|(stratum, counts)| known.take(stratum, counts, is_usual)));
        }
        for (way, known) in course.comparable.iter_mut().enumerate() {
            let comparable = u32::from(place.is_comparable(way));
            *known = if is_usual { *known + comparable } else { *known - comparable };
        }
    }

    fn refit(&mut self, day: Day, targets: &Targets<PlaceKey>, catalogue: &Catalogue) -> bool {
        let Some(pool) = &mut self.pool else { return false };
        let lives = targets.in_order().filter_map(|number| self.places.get(number as usize)).map(|place| (place.course, &place.life));
        pool.learn(lives, |course| catalogue.provider_number(course, day))
    }

    fn slot(&self, number: u32, cell: &Arrivals, day: Day, catalogue: &Catalogue) -> Slot {
        let place = &self.places[number as usize];
        let about = catalogue.course(place.course, day);
        let week = about.began.map_or(i32::MAX, |began| (cell.day.0 - began.0).div_euclid(7));
        let bucket = usize::try_from(week.max(0)).unwrap_or(WEEKS).min(WEEKS - 1);
        Slot { way: usize::from(cell.silence_counts), position: usize::from(!about.is_first_module(&place.module)), week, bucket }
    }

    fn count(&mut self, number: u32, cell: &Arrivals, slot: Slot) {
        let counts = Counts { n: u64::from(cell.arrived), events: cell.left() };
        let place = &mut self.places[number as usize];
        let was_comparable = place.is_comparable(slot.way);
        let course = &mut self.courses[place.course as usize];
        place.counts[slot.way][slot.position][slot.bucket].add(&cell.stratum, counts);
        if !place.is_usual {
            return;
        }
        for by_week in [&mut course.counts, &mut self.platform] {
            by_week[slot.way][slot.position][slot.bucket].add(&cell.stratum, counts);
        }
        course.weeks.entry((slot.way, slot.week, number, slot.position)).or_default().add(&cell.stratum, counts);
        if !was_comparable && place.is_comparable(slot.way) {
            course.comparable[slot.way] += 1;
            if !std::mem::replace(&mut course.is_run[slot.way][slot.position], true) {
                self.runs[slot.way][slot.position] += 1;
            }
        }
    }

    /// The share to expect; `None` where there is too little to compare with.
    fn baseline(&self, number: u32, stratum: &str, slot: Slot, baselines: &Baselines) -> Option<Baseline> {
        let place = &self.places[number as usize];
        let course = &self.courses[place.course as usize];
        let own = |position: usize, bucket: usize| if place.is_usual { Some(&place.counts[slot.way][position][bucket]) } else { None };
        let crude = |position: usize, bucket: usize| {
            let others = self.platform[slot.way][position][bucket].all().without(own(position, bucket).map(ByStratum::all).unwrap_or_default());
            others.share(baselines.place_hazard[bucket], PRIOR_LEARNERS)
        };
        let hazard = |position: usize, bucket: usize, stratum: &str| {
            let own = own(position, bucket).map(|own| own.of(stratum)).unwrap_or_default();
            let others = self.platform[slot.way][position][bucket].of(stratum).without(own);
            others.share(crude(position, bucket), STRATUM_LEARNERS)
        };
        let mut level = (OWN_LEVEL_LEAVERS, OWN_LEVEL_LEAVERS);
        let mut crude_level = level;
        for position in 0..POSITIONS {
            for bucket in 0..WEEKS {
                for (known, counts) in course.counts[slot.way][position][bucket].iter() {
                    let others = counts.without(own(position, bucket).map(|own| own.of(known)).unwrap_or_default());
                    level.0 += others.events as f64;
                    level.1 += others.n as f64 * hazard(position, bucket, known);
                    crude_level.0 += others.events as f64;
                    crude_level.1 += others.n as f64 * crude(position, bucket);
                }
            }
        }
        let (level, crude_level) = (level.0 / level.1, crude_level.0 / crude_level.1);
        let plain = hazard(slot.position, slot.bucket, stratum) * level;
        // What the level of the course explains already is not explained by the week once more.
        let usual = (baselines.place_floor(slot.bucket) / plain).max(1.0);
        let mut week = (OWN_LEVEL_LEAVERS * usual, OWN_LEVEL_LEAVERS);
        let this_week = course.weeks.range((slot.way, slot.week, 0, 0)..=(slot.way, slot.week, u32::MAX, POSITIONS));
        for ((_, _, _, position), others) in this_week.filter(|((_, _, other, _), _)| *other != number && self.places[*other as usize].is_usual) {
            for (known, counts) in others.iter() {
                week.0 += counts.events as f64;
                week.1 += counts.n as f64 * hazard(*position, slot.bucket, known) * level;
            }
        }
        let week = week.0 / week.1;
        let siblings = course.comparable[slot.way] - u32::from(place.is_usual && place.is_comparable(slot.way));
        let runs = self.runs[slot.way][slot.position] - u32::from(course.is_run[slot.way][slot.position]);
        (siblings + runs >= COMPARABLE_MIN).then(|| Baseline { share: plain * week, crude: crude(slot.position, slot.bucket) * crude_level * week })
    }

    /// Ends what has gone stale by a day.
    pub(super) fn expire(&mut self, day: Day, targets: &Targets<PlaceKey>, catalogue: &Catalogue) {
        rate::expire(&mut self.places, day, |number, day| Arc::clone(catalogue.course(targets.course(number), day)));
    }

    /// All that is to be said.
    pub(super) fn signals(&self, day: Day, targets: &Targets<PlaceKey>, catalogue: &Catalogue, around: Around<'_>) -> Vec<Signal> {
        rate::signals(&self.places, |number| Arc::clone(catalogue.course(targets.course(number), day)), around)
    }
}

impl Place {
    fn new(module: Arc<str>, course: u32) -> Self {
        let (life, rate, counts, unjudged) = Default::default();
        Self { module, course, life, rate, revisions: 0, evidence_day: Day::default(), withdrew: 0, unheard: 0, counts, is_usual: true, unjudged }
    }

    fn is_comparable(&self, way: usize) -> bool {
        self.counts[way].iter().flatten().map(|counts| counts.all().n).sum::<u64>() >= COMPARABLE_LEARNERS_MIN
    }

    /// Notes which revision a cell is about, and whether it is to be counted at all.
    fn take_revision(&mut self, cell: &Arrivals, day: Day, catalogue: &Catalogue) -> bool {
        let about = Arc::clone(catalogue.course(self.course, day));
        let revised = about.module_revisions(&self.module);
        let revisions = revised.range(..=cell.day).count();
        if revisions != self.revisions {
            if self.life.is_open() {
                self.end(&about, State::Superseded, day);
            }
            self.life.begin_version();
            (self.rate, self.revisions, self.unjudged) = (Rate::default(), revisions, Unjudged::default());
            self.forget();
            if !self.is_usual {
                // What the old version did stays out of the comparison.
                (self.counts, self.is_usual) = (ByWeek::default(), true);
            }
        }
        !revised.contains(&cell.day)
    }

    fn observe(&mut self, cell: &Arrivals, day: Day, expected: Option<Baseline>) {
        self.evidence_day = self.evidence_day.max(cell.day);
        self.unheard += if cell.silence_counts { 0 } else { u64::from(cell.arrived) };
        match expected {
            Some(expected) => {
                self.rate.observe(day, u64::from(cell.arrived), cell.left(), expected, &wall::MARGIN);
                self.withdrew += u64::from(cell.withdrew);
            }
            None => self.unjudged.counts.add(Counts { n: u64::from(cell.arrived), events: cell.left() }),
        }
    }
}

impl RateTarget for Place {
    fn parts(&mut self) -> (&mut Life, &mut Rate) {
        (&mut self.life, &mut self.rate)
    }

    fn life(&self) -> &Life {
        &self.life
    }

    fn signal(&self, about: &About, around: Around<'_>, state: State) -> Signal {
        wall::signal(self, about, around, state)
    }

    fn forget(&mut self) {
        (self.withdrew, self.unheard) = (0, 0);
    }
}
