//! I-01: an item whose marked key is likely wrong.
//!
//! Two things must hold at once: those marked right do worse elsewhere than those marked wrong (H0: they do not, r >= 0),
//! and those who choose some other response do better elsewhere than those who choose the key (H0: none of them does; the
//! mean over distractors of their e-values is one). The plain e-value is the smaller of the two. The pool judges the
//! first, as the item-rest correlation with standard error 1/√n; of the second it is then asked that it speaks for a
//! wrong key at all, at odds of three to one.
//!
//! Silent where the key is not known, and where more than one response may be given.

use super::super::items::{Evidence, ItemRule, Share};
use super::super::life::{Finding, Weighed};
use super::super::margins::{CLASS_LEARNERS_MIN, DIFFERENCE_TAU};
use super::super::messages::signed;
use super::super::pool::{Pool, Sample, steps};
use super::super::signal::Code;
use super::super::tally::{Difference, Moments, difference};
use crate::statistics::eprocess::{Side, ln_normal_mixture_one_sided};

/// The rule.
pub(in super::super) const RULE: ItemRule = ItemRule { code: Code::Miskeyed, share: Share::Equal, pool, weigh, cleared, find };

/// ln 3: the least evidence for a response that is better than the key.
const LN_E_SUSPECT: f64 = 1.098_612_288_668_109_8;

/// What the learners of some days say about a key.
struct Miskeyed<'a> {
    /// Evidence that those marked right do worse, and that some response does better than the key.
    ln_e: (f64, f64),
    right_minus_wrong: Difference,
    /// √(pq), which makes a correlation of the difference.
    spread: f64,
    learners: u64,
    key: (&'a str, Moments),
    /// The response that speaks most against the key.
    suspect: (&'a str, Moments),
}

fn pool() -> Option<Pool> {
    Pool::new(Side::Lower, 0.0, &steps(-0.7, 0.8, 75))
}

impl<'a> Miskeyed<'a> {
    fn of(evidence: &Evidence<'a>) -> Option<Self> {
        let (tally, key) = (evidence.tally, evidence.key()?);
        let right_minus_wrong = tally.right_minus_wrong()?;
        let sd = tally.sd()?;
        let marked = ln_normal_mixture_one_sided(-right_minus_wrong.estimate, right_minus_wrong.variance, 0.0, DIFFERENCE_TAU);
        let of_key = tally.with_response(key);
        let mut distractors: Vec<(f64, (&str, Moments))> = Vec::new();
        for (response, moments) in tally.distractors(key).filter(|(_, moments)| moments.n >= CLASS_LEARNERS_MIN) {
            let above = difference(moments, of_key, sd)?;
            distractors.push((ln_normal_mixture_one_sided(above.estimate, above.variance, 0.0, DIFFERENCE_TAU), (response, moments)));
        }
        let (largest, suspect) = distractors.iter().copied().reduce(|best, next| if next.0 > best.0 { next } else { best })?;
        let sum: f64 = distractors.iter().map(|(ln_e, _)| libm::exp(ln_e - largest)).sum();
        let chosen = largest + libm::log(sum / distractors.len() as f64);
        let [wrong, right] = tally.by_mark().map(|moments| moments.n);
        let learners = wrong + right;
        let spread = libm::sqrt(wrong as f64 * right as f64) / learners as f64;
        Some(Self { ln_e: (marked, chosen), right_minus_wrong, spread, learners, key: (key, of_key), suspect })
    }
}

fn weigh(evidence: &Evidence<'_>) -> Option<Weighed> {
    let found = Miskeyed::of(evidence)?;
    let item_rest = found.right_minus_wrong.estimate * found.spread;
    let excess = (-item_rest).max(0.0);
    Some(Weighed {
        learners: found.learners,
        ln_e: found.ln_e.0.min(found.ln_e.1),
        sample: Some(Sample::Normal { estimate: item_rest, standard_error: 1.0 / libm::sqrt(found.learners as f64) }),
        is_supported: found.ln_e.1 >= LN_E_SUSPECT,
        nats_a_learner: 0.5 * excess * excess,
    })
}

fn cleared(later: &Evidence<'_>) -> f64 {
    later.tally.right_minus_wrong().map_or(0.0, |difference| ln_normal_mixture_one_sided(difference.estimate, difference.variance, 0.0, DIFFERENCE_TAU))
}

fn find(evidence: &Evidence<'_>) -> Option<Finding> {
    let found = Miskeyed::of(evidence)?;
    let (lo, hi) = found.right_minus_wrong.interval();
    let mean = |moments: Moments| format!("{:.1}", moments.mean());
    Some(Finding {
        n_learners: found.learners,
        estimate: found.right_minus_wrong.estimate,
        interval: (lo, hi),
        baseline: 0.0,
        values: vec![
            ("item", evidence.name().to_owned()),
            ("key", evidence.response(found.key.0)),
            ("key_n", found.key.1.n.to_string()),
            ("key_mean", mean(found.key.1)),
            ("suspect", evidence.response(found.suspect.0)),
            ("suspect_n", found.suspect.1.n.to_string()),
            ("suspect_mean", mean(found.suspect.1)),
            ("estimate", signed(found.right_minus_wrong.estimate)),
            ("lo", signed(lo)),
            ("hi", signed(hi)),
        ],
        response: Some(found.suspect.0.to_owned()),
        ..Finding::default()
    })
}
