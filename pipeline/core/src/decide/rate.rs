//! Evidence that a rate is above a multiple of its baseline: what V-01, D-01 and C-01 have in common.
//!
//! Each day's outcomes bet against that day's margin, which was known before them; the sums go on over days with
//! different margins (K1). The reverse process bets the other way, on days after the signal opened.

use super::book::{Book, Facts};
use super::life::Life;
use super::margins::{ALPHA, ALTERNATIVE_MAX, LN_E_ALONE, RESOLVE_SHARES, RateMargin};
use super::signal::{Signal, State};
use crate::statistics::eprocess::{BernoulliGrid, LogLikelihood, Side};
use crate::statistics::interval::{Interval, proportion_confidence_sequence};
use crate::time::Day;

/// The evidence of one generation about one rate.
#[derive(Debug, Default)]
pub(super) struct Rate {
    pub(super) n: u64,
    pub(super) events: u64,
    /// The baseline of the latest day.
    pub(super) baseline: f64,
    forward: LogLikelihood,
    reverse: LogLikelihood,
    /// Whether later outcomes bet in the reverse process too.
    reversing: bool,
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
        if self.reversing
            && let Some(grid) = BernoulliGrid::new(Side::Lower, p0, &RESOLVE_SHARES.map(|share| share * p0))
        {
            self.reverse.add(&grid.increments(events, n - events));
        }
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
        if life.is_open() && rate.reverse.ln_e() >= LN_E_ALONE {
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
            rate.reversing = true;
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
