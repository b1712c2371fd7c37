//! D-01: a module after whose beginning more learners leave the course than after the other modules.
//!
//! Expected is the share that leaves in the other modules of the course, shrunk to that of the platform, which is shrunk
//! to version 0; H0: share <= 1.5 × expected. Nothing is judged without five modules to compare with.

use super::book::{Book, Cells, Facts, PlaceTarget};
use super::life::{Finding, Life, raised};
use super::margins::{COMPARABLE_LEARNERS_MIN, COMPARABLE_MIN, PLACE, PLACE_HAZARD, PLACE_LAG_DAYS, PRIOR_LEARNERS};
use super::rate::{self, Rate, RateTarget, settle};
use super::signal::{Code, Signal, State};
use super::words;
use crate::time::Day;

/// Learners who came, and those of them who left the course.
#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    arrived: u64,
    left: u64,
}

impl Counts {
    fn without(self, part: Self) -> Self {
        Self { arrived: self.arrived - part.arrived, left: self.left - part.left }
    }

    /// The share that left, shrunk to a prior.
    fn share(self, prior: f64) -> f64 {
        (self.left as f64 + PRIOR_LEARNERS * prior) / (self.arrived as f64 + PRIOR_LEARNERS)
    }

    fn is_comparable(self) -> bool {
        self.arrived >= COMPARABLE_LEARNERS_MIN
    }
}

/// The family of all places, and what their baselines rest on.
#[derive(Debug)]
pub(super) struct Places<'a> {
    places: Vec<Place<'a>>,
    /// Each course, with its comparable places.
    courses: Vec<(Counts, u32)>,
    platform: Counts,
}

#[derive(Debug)]
struct Place<'a> {
    target: PlaceTarget<'a>,
    life: Life,
    rate: Rate,
    /// Of the leavers of this generation, those who withdrew.
    withdrew: u64,
    /// All that was ever told, whatever the generation.
    counts: Counts,
}

impl<'a> Places<'a> {
    pub(super) fn new(book: &Book<'a>) -> Self {
        let place = |target: &PlaceTarget<'a>| {
            let (life, rate, counts) = Default::default();
            Place { target: *target, life, rate, withdrew: 0, counts }
        };
        Self { places: book.places.iter().map(place).collect(), courses: vec![Default::default(); book.courses.len()], platform: Counts::default() }
    }

    /// Judges one decision day.
    pub(super) fn judge(&mut self, day: Day, cells: &Cells<'a>, book: &Book<'a>) {
        if cells.places.is_empty() {
            return;
        }
        let baselines: Vec<Option<f64>> = cells.places.iter().map(|(place, _)| self.baseline(*place)).collect();
        let mut changed = Vec::new();
        for ((number, cell), baseline) in cells.places.iter().zip(baselines) {
            let place = &mut self.places[*number];
            let left = cell.withdrew + cell.stopped_out;
            if let Some(baseline) = baseline {
                place.rate.observe(cell.arrived, left, baseline, &PLACE);
                place.withdrew += u64::from(cell.withdrew);
                place.life.judge(place.rate.ln_e(&PLACE), day, day.plus(-PLACE_LAG_DAYS));
                changed.push(*number);
            }
            let was_comparable = place.counts.is_comparable();
            let (course, comparable) = &mut self.courses[place.target.course];
            for counts in [&mut place.counts, course, &mut self.platform] {
                counts.arrived += u64::from(cell.arrived);
                counts.left += u64::from(left);
            }
            *comparable += u32::from(!was_comparable && place.counts.is_comparable());
        }
        let (raised, hypotheses) = raised(self.places.iter().map(|place| &place.life));
        settle(&mut self.places, &changed, &raised, hypotheses, day, book);
    }

    /// The share to expect at a place, from what was judged before; `None` where there is too little to compare with.
    fn baseline(&self, number: usize) -> Option<f64> {
        let place = &self.places[number];
        let (course, comparable) = self.courses[place.target.course];
        let siblings = comparable - u32::from(place.counts.is_comparable());
        let platform = self.platform.without(place.counts).share(PLACE_HAZARD);
        (siblings >= COMPARABLE_MIN).then(|| course.without(place.counts).share(platform))
    }

    /// All that is to be said.
    pub(super) fn signals(&self, book: &Book<'a>) -> Vec<Signal> {
        rate::signals(&self.places, book)
    }
}

impl RateTarget for Place<'_> {
    fn parts(&mut self) -> (&mut Life, &mut Rate) {
        (&mut self.life, &mut self.rate)
    }

    fn life(&self) -> &Life {
        &self.life
    }

    fn course(&self) -> usize {
        self.target.course
    }

    fn signal(&self, facts: &Facts<'_>, state: State) -> Signal {
        let module = self.target.module;
        let (estimate, interval) = self.rate.share();
        let finding = Finding {
            n_learners: self.rate.n,
            estimate,
            interval: (interval.lo, interval.hi),
            baseline: self.rate.baseline,
            words: words::wall(facts.module_name(module), self.withdrew, &self.rate, &self.life),
            module: Some(module.to_owned()),
            ..Finding::default()
        };
        self.life.signal(facts, Code::Wall, state, finding)
    }

    fn forget(&mut self) {
        self.withdrew = 0;
    }
}
