//! Scores. Open edX has a lowest score of 0 everywhere, so raw − min is the grade and max − min its maximum.

use super::tolerant::Number;
use std::borrow::Cow;
use teachback_core::event::Data;
use teachback_core::limits::SCORE_MAX;

/// The score of a whole, and its outcome. A maximum of 0 or none, and a grade that no event may carry, are `ungraded`.
pub(super) fn scored(earned: Number, possible: Number, data: Data<'static>) -> Data<'static> {
    let within = |score: &f64| (0.0..=SCORE_MAX).contains(score);
    match (earned.get().filter(within), possible.get().filter(within).filter(|max| *max > 0.0)) {
        (Some(score), Some(max)) => {
            let outcome = if score >= max {
                "right"
            } else if score > 0.0 {
                "partial"
            } else {
                "wrong"
            };
            Data { score: Some(score), max_score: Some(max), outcome: Some(Cow::Borrowed(outcome)), ..data }
        }
        _ => Data { outcome: Some(Cow::Borrowed("ungraded")), ..data },
    }
}
