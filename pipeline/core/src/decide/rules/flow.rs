//! the events of a provider stopped coming, or nearly.
//!
//! An hour's learners are compared with the mean of the same hour of the day over the last 14 days, λ. H0: the flow is at
//! least a tenth of that: λ₀ = λ/10. Against it bet flows of a tenth and of three tenths of λ₀ (Poisson):
//! `L_j = y ln ρ_j − λ₀ (ρ_j − 1)`. The evidence of the hours is multiplied and starts anew whenever it falls below 1
//! (e-CUSUM, K7): at 10⁶ the average time to a false alarm is 10⁶ hours or more. A weekend or a holiday, with a third
//! of the learners, is far from the margin. Hours of an outage do not count for λ.

use super::super::margins::ALPHA;
use super::super::messages::{odds, say};
use super::super::signal::{Code, Signal, State, Tier, identity};
use crate::statistics::interval::proportion_confidence_sequence;
use crate::time::{Day, EventTime, Hour};
use std::collections::BTreeMap;
use std::f64::consts::LN_10;

/// The margin, as a share of the usual flow.
const MARGIN: f64 = 0.1;
/// Alternatives, as shares of the margin.
const ALTERNATIVES: [f64; 2] = [0.1, 0.3];
/// ln 10⁶.
const LN_ALARM: f64 = 6.0 * LN_10;
/// Days that the usual flow is a mean of, and how many there must be.
const USUAL_DAYS: usize = 14;
const USUAL_DAYS_MIN: usize = 7;
/// What takes longer than this to be seen is no outage: a term that ends, or too few learners to tell.
const ALARM_HOURS_MAX: i32 = 48;
/// Flow is back when it is this share of the usual one.
const BACK_SHARE: f64 = 0.3;
/// Hours of a day.
const HOURS: i32 = 24;

/// Hours in which hardly any events of a provider came.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Outage {
    /// The first silent hour.
    pub(in super::super) from: Hour,
    /// The first hour after it.
    pub(in super::super) to: Hour,
    /// Whether the flow has come back.
    pub(in super::super) is_over: bool,
    /// Learners in those hours, and how many would be usual.
    seen: u64,
    usual: f64,
    ln_e: f64,
}

/// Every outage in a provider's hours; an hour that is missing had no learners.
pub(in super::super) fn outages(learners: &BTreeMap<Hour, u64>) -> Vec<Outage> {
    let (Some((first, _)), Some((last, _))) = (learners.first_key_value(), learners.last_key_value()) else { return Vec::new() };
    let mut outages: Vec<Outage> = Vec::new();
    let mut usual: Vec<Vec<u64>> = vec![Vec::new(); HOURS as usize];
    let (mut ln_e, mut suspected) = (0.0_f64, None::<Outage>);
    for hour in (first.0..=last.0).map(Hour) {
        let seen = learners.get(&hour).copied().unwrap_or_default();
        let known = &mut usual[hour.0.rem_euclid(HOURS) as usize];
        let recent = &known[known.len().saturating_sub(USUAL_DAYS)..];
        let lambda = recent.iter().sum::<u64>() as f64 / recent.len().max(1) as f64;
        let is_judged = recent.len() >= USUAL_DAYS_MIN && lambda > 0.0;
        if is_judged {
            ln_e = ln_e.max(0.0) + increment(seen, MARGIN * lambda);
            let next = Hour(hour.0 + 1);
            let is_slow = suspected.as_ref().is_some_and(|one| one.ln_e < LN_ALARM && hour.0 - one.from.0 >= ALARM_HOURS_MAX);
            if ln_e <= 0.0 || is_slow {
                (ln_e, suspected) = (0.0, None);
            } else {
                let one = suspected.get_or_insert(Outage { from: hour, to: next, is_over: false, seen: 0, usual: 0.0, ln_e });
                (one.to, one.seen, one.usual, one.ln_e) = (next, one.seen + seen, one.usual + lambda, ln_e.max(one.ln_e));
            }
        }
        let is_alarm = suspected.as_ref().is_some_and(|one| one.ln_e >= LN_ALARM);
        if is_alarm && seen as f64 >= BACK_SHARE * lambda {
            outages.extend(suspected.take().map(|one| Outage { to: hour, is_over: true, ..one }));
            ln_e = 0.0;
        }
        if suspected.is_none() {
            known.push(seen);
        }
    }
    outages.extend(suspected.filter(|one| one.ln_e >= LN_ALARM));
    outages
}

/// ln of what one hour multiplies the evidence by.
fn increment(seen: u64, margin: f64) -> f64 {
    let ratio = |share: f64| libm::exp(seen as f64 * libm::log(share) - margin * (share - 1.0));
    libm::log(ALTERNATIVES.map(ratio).iter().sum::<f64>() / ALTERNATIVES.len() as f64)
}

/// What is said of an outage.
pub(in super::super) fn signal(provider: &str, opened: Day, outage: &Outage) -> Signal {
    let usual = libm::round(outage.usual) as u64;
    let interval = proportion_confidence_sequence(outage.seen.min(usual), usual, ALPHA);
    let share = outage.seen as f64 / outage.usual.max(1.0);
    let log10_e = outage.ln_e / LN_10;
    let at = |hour: Hour| EventTime(hour.start().0).to_string();
    let values = [
        ("provider", provider.to_owned()),
        ("from", at(outage.from)),
        ("to", at(outage.to)),
        ("seen", outage.seen.to_string()),
        ("usual", usual.to_string()),
        ("odds", odds(log10_e)),
    ];
    let key = if outage.is_over { "X-02.over" } else { "X-02.explanation" };
    Signal {
        signal_id: identity(&[Code::Flow.as_str(), provider, &outage.from.0.to_string()]),
        code: Code::Flow,
        state: if outage.is_over { State::Resolved } else { State::Open },
        provider: provider.to_owned(),
        n_learners: outage.seen,
        estimate: share,
        estimate_lo: interval.lo,
        estimate_hi: interval.hi.max(share),
        baseline: 1.0,
        log10_e,
        tier: Tier::Certified,
        title: say("X-02.title", &values),
        explanation: say(key, &values),
        action: say("X-02.action", &values),
        rule_version: Code::Flow.version().to_owned(),
        opened: Some(opened),
        decided: outage.to.start().day().max(opened),
        hypotheses: 1,
        generation: 1,
        evidence_through: outage.to.start().day(),
        ..Signal::empty(Code::Flow)
    }
}
