//! Evidence that a rate is above a multiple of its baseline: what V-01, D-01, C-01 and X-01 have in common.
//!
//! Each day's outcomes bet against that day's margin, which was known before them; the sums go on over days and strata
//! with different margins (K1). Learners of different strata are each held against the baseline of their own, so a
//! change in who takes the course is no evidence (K8, indirect).
//!
//! The reverse process bets the other way, on days after the signal opened. Nobody knows on which of them the repair
//! came, so the stake is laid out over starting days: day t after the opening gets 6/(π² t²) of it. With one start only,
//! the bad days before the repair would have to be outweighed first.

use super::around::Around;
use super::family::{Budget, Raised};
use super::life::{About, Lack, Life, Weighed};
use super::margins::{ALPHA, LN_E_ALONE, RESOLVE_SHARES};
use super::pool::{Pool, Sample};
use super::signal::{Signal, State, Tier};
use super::strata::Counts;
use crate::statistics::eprocess::{BernoulliGrid, LogLikelihood, Side};
use crate::statistics::interval::{Interval, proportion_confidence_sequence};
use crate::time::Day;
use std::f64::consts::PI;

/// How a rate is compared with its baseline.
#[derive(Debug, Clone, Copy)]
pub(super) struct RateMargin {
    /// Fewest learners.
    pub(super) learners_min: u64,
    /// H0: the rate is at most this multiple of its baseline …
    pub(super) multiple: f64,
    /// … but this is not worth a signal in any case …
    pub(super) p0_min: f64,
    /// … and a margin above this is none.
    pub(super) p0_max: f64,
    /// Alternatives as multiples of the baseline.
    pub(super) of_baseline: &'static [f64],
    /// Alternatives as multiples of p0, if below [`ALTERNATIVE_MAX`].
    pub(super) of_p0: &'static [f64],
    /// Alternatives in absolute terms.
    pub(super) absolute: &'static [f64],
}

/// Multiples of p0 above this are left out.
const ALTERNATIVE_MAX: f64 = 0.95;
/// Expected outcomes are summed in units of 2⁻²⁰, so that their sum has no order.
const EXPECTED_UNITS: f64 = 1_048_576.0;

/// What to expect of the learners of one stratum on one day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Baseline {
    /// Of learners like these.
    pub(super) share: f64,
    /// Of learners, whoever they are.
    pub(super) crude: f64,
}

/// The evidence of one generation about one rate.
#[derive(Debug, Default)]
pub(super) struct Rate {
    pub(super) n: u64,
    pub(super) events: u64,
    expected: u64,
    expected_crude: u64,
    forward: LogLikelihood,
    reverse: Option<Reverse>,
}

/// Learners who came before there was anything to compare with.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Unjudged {
    pub(super) counts: Counts,
    /// The share that version 0 expects.
    pub(super) usual: f64,
}

/// What there is to show of a target: judged, or not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    pub(super) n: u64,
    pub(super) events: u64,
    pub(super) share: f64,
    pub(super) interval: Interval,
    pub(super) baseline: f64,
}

/// The reverse process of an open signal: ln of what each alternative has won so far, over all starting days.
#[derive(Debug, Clone, Copy)]
struct Reverse {
    day: Day,
    days: u32,
    ln_won: [f64; RESOLVE_SHARES.len()],
}

impl Reverse {
    fn new(day: Day) -> Self {
        Self { day, days: 0, ln_won: [f64::NEG_INFINITY; RESOLVE_SHARES.len()] }
    }

    fn observe(&mut self, day: Day, n: u64, events: u64, p0: f64) {
        // The strata of one day share its start.
        if self.day < day || self.days == 0 {
            (self.day, self.days) = (day, self.days + 1);
            let start = libm::log(6.0) - 2.0 * libm::log(PI * f64::from(self.days));
            self.ln_won.iter_mut().for_each(|won| *won = ln_sum(&[*won, start]));
        }
        for (won, share) in self.ln_won.iter_mut().zip(RESOLVE_SHARES) {
            let grid = BernoulliGrid::new(Side::Lower, p0, &[share * p0]);
            *won += grid.map_or(0.0, |grid| grid.increments(events, n - events).ln_e());
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

/// What a learner adds to the evidence on average, in nats, when a share is p and the margin p0: KL(p ‖ p0).
pub(super) fn divergence(p: f64, p0: f64) -> f64 {
    let term = |p: f64, p0: f64| if p > 0.0 { p * libm::log(p / p0) } else { 0.0 };
    term(p, p0) + term(1.0 - p, 1.0 - p0)
}

impl Rate {
    /// Adds the outcomes of learners of one stratum on one decision day.
    pub(super) fn observe(&mut self, day: Day, n: u64, events: u64, baseline: Baseline, margin: &RateMargin) {
        let events = events.min(n);
        self.n += n;
        self.events += events;
        let units = |share: f64| libm::round(n as f64 * share * EXPECTED_UNITS) as u64;
        self.expected += units(baseline.share);
        self.expected_crude += units(baseline.crude);
        let p0 = margin.p0(baseline.share);
        // What is above the top bets nothing in the grid; it keeps its place, so that days add up.
        let below_top = |p: f64| if p < ALTERNATIVE_MAX { p } else { 1.0 };
        let of_baseline = margin.of_baseline.iter().map(|multiple| multiple * baseline.share);
        let of_p0 = margin.of_p0.iter().map(|multiple| below_top(multiple * p0));
        let alternatives: Vec<f64> = of_baseline.chain(of_p0).chain(margin.absolute.iter().copied()).collect();
        if let Some(grid) = BernoulliGrid::new(Side::Upper, p0, &alternatives) {
            self.forward.add(&grid.increments(events, n - events));
        }
        if let Some(reverse) = &mut self.reverse {
            reverse.observe(day, n, events, p0);
        }
    }

    /// Whether the days since the opening have cleared the target.
    fn is_cleared(&self) -> bool {
        self.reverse.is_some_and(|reverse| reverse.ln_e() >= LN_E_ALONE)
    }

    /// What it weighs against the margin.
    pub(super) fn weigh(&self, margin: &RateMargin) -> Weighed {
        let (share, p0) = (self.share(), margin.p0(self.baseline()));
        Weighed {
            learners: self.n,
            ln_e: self.forward.ln_e(),
            sample: (self.expected > 0).then(|| Sample::Ratio { events: self.events, others: self.n - self.events, unit: self.baseline() }),
            is_supported: true,
            nats_a_learner: if share > p0 { divergence(share, p0) } else { 0.0 },
        }
    }

    /// The share with the outcome.
    pub(super) fn share(&self) -> f64 {
        self.events as f64 / self.n.max(1) as f64
    }

    /// The share to expect, of these learners.
    pub(super) fn baseline(&self) -> f64 {
        self.expected as f64 / EXPECTED_UNITS / self.n.max(1) as f64
    }

    /// The 95 % interval of the share.
    pub(super) fn interval(&self) -> Interval {
        proportion_confidence_sequence(self.events, self.n, ALPHA)
    }

    /// What there is to show, of those who were judged or else of those who were not.
    pub(super) fn shown(&self, unjudged: &Unjudged) -> Shown {
        let Unjudged { counts, usual } = *unjudged;
        let (n, events, baseline) = if self.n > 0 { (self.n, self.events, self.baseline()) } else { (counts.n, counts.events, usual) };
        Shown { n, events, share: events as f64 / n.max(1) as f64, interval: proportion_confidence_sequence(events, n, ALPHA), baseline }
    }

    /// Whether nobody was judged, and those who were not are certainly above the margin, taken alone.
    pub(super) fn lacks_baseline(&self, unjudged: &Unjudged, margin: &RateMargin) -> bool {
        let Unjudged { counts, usual } = *unjudged;
        self.n == 0 && counts.n >= margin.learners_min && proportion_confidence_sequence(counts.events, counts.n, ALPHA).lo > margin.p0(usual)
    }

    /// What was seen over what was to be expected: of any learners, and of these.
    pub(super) fn ratios(&self) -> Option<(f64, f64)> {
        let seen = self.events as f64 * EXPECTED_UNITS;
        (self.expected > 0 && self.expected_crude > 0).then(|| (seen / self.expected_crude as f64, seen / self.expected as f64))
    }
}

impl RateMargin {
    /// Learners until a target is raised alone, where `usual` is to be expected and `truly` is the true share; `None` where
    /// it lies within the margin.
    pub(super) fn learners_needed(&self, usual: f64, truly: f64, budget: Budget) -> Option<u64> {
        let p0 = self.p0(usual);
        let needed = (truly > p0).then(|| budget.learners_needed(0.0, divergence(truly, p0))).flatten();
        needed.map(|learners| learners.max(self.learners_min))
    }

    /// The largest share that is no signal.
    pub(super) fn p0(&self, baseline: f64) -> f64 {
        (self.multiple * baseline).clamp(self.p0_min, self.p0_max)
    }
}

/// A target about which one rate says whether something is wrong.
pub(super) trait RateTarget {
    /// Its life and its evidence.
    fn parts(&mut self) -> (&mut Life, &mut Rate);
    /// Its life.
    fn life(&self) -> &Life;
    /// What is said of it in a state, given its course and what is known around it.
    fn signal(&self, about: &About, around: Around<'_>, state: State) -> Signal;
    /// Forgets what belongs to the generation that ended.
    fn forget(&mut self) {}

    /// Takes the evidence as it stands after a day.
    fn weigh(&mut self, margin: &RateMargin, pool: Option<&Pool>, day: Day, evidence_day: Day) {
        let (life, rate) = self.parts();
        let weighed = rate.weigh(margin);
        if weighed.learners < margin.learners_min {
            life.hint(Lack::Learners(weighed), day, evidence_day);
        } else {
            life.weigh(Some(weighed), pool, day, evidence_day);
        }
    }

    /// Ends the open signal.
    fn end(&mut self, about: &About, state: State, day: Day) {
        let ended = self.signal(about, Around::default(), state);
        let (life, rate) = self.parts();
        life.end(ended, day);
        *rate = Rate::default();
        self.forget();
    }

    /// Resolves what later evidence has cleared, for a target with evidence of this day.
    fn resolve(&mut self, about: &About, budget: Budget, day: Day) {
        let (life, rate) = self.parts();
        life.note_budget(budget);
        if life.is_open() && rate.is_cleared() {
            self.end(about, State::Resolved, day);
        }
    }

    /// Opens what is raised.
    fn open(&mut self, tier: Tier, budget: Budget, day: Day) {
        let (life, rate) = self.parts();
        if life.is_open() {
            life.strengthen(tier);
        } else if life.ln_e().is_some() {
            // What ended today has no evidence in its new generation.
            life.open(day, tier, budget);
            rate.reverse = Some(Reverse::new(day));
        }
    }
}

/// Resolves, opens and ages the targets of a family. `changed` are targets with evidence of this day.
pub(super) fn settle<T: RateTarget>(targets: &mut [T], changed: &[u32], raised: &Raised, day: Day, about: impl Fn(u32) -> About) {
    for number in changed {
        targets[*number as usize].resolve(&about(*number), raised.budget, day);
    }
    for (target, tier) in targets.iter_mut().zip(&raised.tiers) {
        if let Some(tier) = tier {
            target.open(*tier, raised.budget, day);
        }
    }
}

/// Ends what has gone stale by a day.
pub(super) fn expire<T: RateTarget>(targets: &mut [T], day: Day, about: impl Fn(u32, Day) -> About) {
    for (number, target) in targets.iter_mut().enumerate() {
        if let Some(stale) = target.life().stale_on().filter(|stale| *stale <= day) {
            target.end(&about(number as u32, stale), State::Stale, stale);
        }
    }
}

/// All that is to be said of some targets.
pub(super) fn signals<T: RateTarget>(targets: &[T], about: impl Fn(u32) -> About, around: Around<'_>) -> Vec<Signal> {
    let mut signals = Vec::new();
    for (number, target) in targets.iter().enumerate() {
        signals.extend(target.life().ended().cloned());
        if let Some(state) = target.life().state() {
            signals.push(target.signal(&about(number as u32), around, state));
        }
    }
    signals
}
