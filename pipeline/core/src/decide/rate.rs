//! Evidence that a rate is above a multiple of its baseline: what V-01, D-01 and C-01 have in common.
//!
//! Each day's outcomes bet against that day's margin, which was known before them; the sums go on over days with
//! different margins (K1).
//!
//! The reverse process bets the other way, on days after the signal opened. Nobody knows on which of them the repair
//! came, so the stake is laid out over starting days: day t after the opening gets 6/(π² t²) of it. With one start only,
//! the bad days before the repair would have to be outweighed first.

use super::book::{Book, Facts};
use super::life::Life;
use super::margins::{ALPHA, ALTERNATIVE_MAX, LN_E_ALONE, RESOLVE_SHARES, RateMargin};
use super::signal::{Signal, State};
use crate::statistics::eprocess::{BernoulliGrid, LogLikelihood, Side};
use crate::statistics::interval::{Interval, proportion_confidence_sequence};
use crate::time::Day;
use std::f64::consts::PI;

/// The evidence of one generation about one rate.
#[derive(Debug, Default)]
pub(super) struct Rate {
    pub(super) n: u64,
    pub(super) events: u64,
    /// The baseline of the latest day.
    pub(super) baseline: f64,
    forward: LogLikelihood,
    reverse: Option<Reverse>,
}

/// The reverse process of an open signal: ln of what each alternative has won so far, over all starting days.
#[derive(Debug, Clone, Copy)]
struct Reverse {
    days: u32,
    ln_won: [f64; RESOLVE_SHARES.len()],
}

impl Reverse {
    fn new() -> Self {
        Self { days: 0, ln_won: [f64::NEG_INFINITY; RESOLVE_SHARES.len()] }
    }

    fn observe(&mut self, n: u64, events: u64, p0: f64) {
        self.days += 1;
        let start = libm::log(6.0) - 2.0 * libm::log(PI * f64::from(self.days));
        for (won, share) in self.ln_won.iter_mut().zip(RESOLVE_SHARES) {
            let grid = BernoulliGrid::new(Side::Lower, p0, &[share * p0]);
            *won = ln_sum(&[*won, start]) + grid.map_or(0.0, |grid| grid.increments(events, n - events).ln_e());
        }
    }

    fn ln_e(&self) -> f64 {
        ln_sum(&self.ln_won) - libm::log(self.ln_won.len() as f64)
    }
}

/// ln of a sum of numbers given by their logarithms.
fn ln_sum(logarithms: &[f64]) -> f64 {
    let largest = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    largest + libm::log(logarithms.iter().map(|value| libm::exp(value - largest)).sum())
}

impl Rate {
    /// Adds the outcomes of one day.
    pub(super) fn observe(&mut self, n: u32, events: u32, baseline: f64, margin: &RateMargin) {
        let (n, events) = (u64::from(n), u64::from(events.min(n)));
        self.n += n;
        self.events += events;
        self.baseline = baseline;
        let p0 = (margin.multiple * baseline).clamp(margin.p0_min, margin.p0_max);
        // What is above the top bets nothing in the grid; it keeps its place, so that days add up.
        let below_top = |p: f64| if p < ALTERNATIVE_MAX { p } else { 1.0 };
        let of_baseline = margin.of_baseline.iter().map(|multiple| multiple * baseline);
        let of_p0 = margin.of_p0.iter().map(|multiple| below_top(multiple * p0));
        let alternatives: Vec<f64> = of_baseline.chain(of_p0).chain(margin.absolute.iter().copied()).collect();
        if let Some(grid) = BernoulliGrid::new(Side::Upper, p0, &alternatives) {
            self.forward.add(&grid.increments(events, n - events));
        }
        if let Some(reverse) = &mut self.reverse {
            reverse.observe(n, events, p0);
        }
    }

    /// Whether the days since the opening have cleared the target.
    fn is_cleared(&self) -> bool {
        self.reverse.is_some_and(|reverse| reverse.ln_e() >= LN_E_ALONE)
    }

    /// ln of the e-value against the margin; `None` below the smallest sample.
    pub(super) fn ln_e(&self, margin: &RateMargin) -> Option<f64> {
        (self.n >= margin.learners_min).then(|| self.forward.ln_e())
    }

    /// The share, and its 95 % interval.
    pub(super) fn share(&self) -> (f64, Interval) {
        (self.events as f64 / self.n.max(1) as f64, proportion_confidence_sequence(self.events, self.n, ALPHA))
    }
}

/// A target about which one rate says whether something is wrong.
pub(super) trait RateTarget {
    /// Its life and its evidence.
    fn parts(&mut self) -> (&mut Life, &mut Rate);
    /// Its life.
    fn life(&self) -> &Life;
    /// The course it belongs to.
    fn course(&self) -> usize;
    /// What is said of it in a state.
    fn signal(&self, facts: &Facts<'_>, state: State) -> Signal;
    /// Forgets what belongs to the generation that ended.
    fn forget(&mut self) {}
}

/// Opens what is raised and resolves what later evidence has cleared. `changed` are targets with evidence of this day.
pub(super) fn settle<T: RateTarget>(targets: &mut [T], changed: &[usize], raised: &[bool], hypotheses: usize, day: Day, book: &Book<'_>) {
    for target in changed {
        let target = &mut targets[*target];
        let (life, rate) = target.parts();
        life.note_family(hypotheses);
        if life.is_open() && rate.is_cleared() {
            let ended = target.signal(&book.courses[target.course()], State::Resolved);
            let (life, rate) = target.parts();
            life.end(ended, day);
            *rate = Rate::default();
            target.forget();
        }
    }
    for (target, raised) in targets.iter_mut().zip(raised) {
        let (life, rate) = target.parts();
        // What ended today has no evidence in its new generation.
        if *raised && !life.is_open() && life.ln_e().is_some() {
            life.open(day, hypotheses);
            rate.reverse = Some(Reverse::new());
        }
    }
}

/// All that is to be said of some targets.
pub(super) fn signals<T: RateTarget>(targets: &[T], book: &Book<'_>) -> Vec<Signal> {
    let mut signals = Vec::new();
    for target in targets {
        signals.extend_from_slice(target.life().ended());
        let state = if target.life().is_open() { State::Open } else { State::Watch };
        if target.life().is_open() || target.life().is_striking() {
            signals.push(target.signal(&book.courses[target.course()], state));
        }
    }
    signals
}
