//! I-01: an item whose marked key is likely wrong.
//!
//! Two things must hold at once: those marked right do worse elsewhere than those marked wrong (H0: they do not), and
//! those who choose some other response do better elsewhere than those who choose the key (H0: none of them does; the
//! mean over distractors of their e-values is one). The e-value is the smaller of the two.

use super::margins::{CLASS_LEARNERS_MIN, DIFFERENCE_TAU};
use super::tally::{Difference, Moments, Tally, difference};
use crate::statistics::eprocess::ln_normal_mixture_one_sided;

/// What the learners of some days say about a key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Miskeyed<'a> {
    pub(super) ln_e: f64,
    pub(super) right_minus_wrong: Difference,
    pub(super) key: Moments,
    /// The response that speaks most against the key.
    pub(super) suspect: (&'a str, Moments),
}

/// The evidence; `None` where the key is not known or too few learners chose it, or any one other response.
pub(super) fn evidence<'a>(tally: &Tally<'a>, key: &str) -> Option<Miskeyed<'a>> {
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
    Some(Miskeyed { ln_e: marked.min(chosen), right_minus_wrong, key: of_key, suspect })
}

/// ln of the e-value that those marked right do better elsewhere after all.
pub(super) fn reverse_ln_e(later: &Tally<'_>) -> f64 {
    later.right_minus_wrong().map_or(0.0, |difference| ln_normal_mixture_one_sided(difference.estimate, difference.variance, 0.0, DIFFERENCE_TAU))
}
