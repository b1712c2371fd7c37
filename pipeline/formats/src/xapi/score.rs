//! Scores and outcomes, computed by us: `score` is raw − min and `max_score` is max − min.
//!
//! - A score counts only with its range. max ≤ min, or a raw score outside min..max, is no score: `ungraded`.
//!   A maximum without a minimum counts from 0.
//! - `scaled` differs by producer (raw/max in Open edX, −1..1 over the range in Moodle's plugin), so it is read only where
//!   there is no raw score, and only when the statement declares the range it stands for.
//! - The outcome comes from the score where there is one, of an item and of a whole. `success` is read only of an item without
//!   a score, and never from Moodle: its plugin says whether a grade to pass was reached, and sets it for every question when
//!   there is no such grade.

use super::scene::Writer;
use super::statement::Score;

/// A mark over its range, both from 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Mark {
    /// Raw score − lowest possible.
    pub(super) score: f64,
    /// Highest possible − lowest possible.
    pub(super) max_score: f64,
}

/// What a score amounts to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Grade {
    /// The statement has none.
    Absent,
    /// It has one that says nothing: no points to be had, or no range to read it by.
    Ungraded,
    /// A mark.
    Marked(Mark),
}

impl Grade {
    /// Reads a score of this writer.
    pub(super) fn of(score: Option<&Score>, writer: Writer) -> Self {
        let Some(score) = score else { return Self::Absent };
        if *score == Score::default() {
            return Self::Absent;
        }
        let Some(max) = score.max else { return Self::Ungraded };
        let (min, raw) = match (score.raw, score.scaled, score.min) {
            (Some(raw), _, min) => (min.unwrap_or(0.0), raw),
            (None, Some(scaled), Some(min)) if writer == Writer::Moodle => (min, min + (scaled + 1.0) / 2.0 * (max - min)),
            (None, Some(scaled), Some(min)) => (min, scaled * max),
            (None, ..) => return Self::Ungraded,
        };
        let mark = Mark { score: raw - min, max_score: max - min };
        if mark.max_score > 0.0 && (0.0..=mark.max_score).contains(&mark.score) { Self::Marked(mark) } else { Self::Ungraded }
    }

    /// The mark.
    pub(super) fn mark(self) -> Option<Mark> {
        match self {
            Self::Marked(mark) => Some(mark),
            Self::Absent | Self::Ungraded => None,
        }
    }

    /// The outcome. `success` is what the statement says, where its word counts.
    pub(super) fn outcome(self, success: Option<bool>) -> &'static str {
        match (self, success) {
            (Self::Marked(mark), _) if mark.score >= mark.max_score => "right",
            (Self::Marked(mark), _) if mark.score <= 0.0 => "wrong",
            (Self::Marked(_), _) => "partial",
            (Self::Absent, Some(true)) => "right",
            (Self::Absent, Some(false)) => "wrong",
            (Self::Absent, None) | (Self::Ungraded, _) => "ungraded",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn score(raw: Option<f64>, min: Option<f64>, max: Option<f64>, scaled: Option<f64>) -> Score {
        Score { raw, min, max, scaled }
    }
    fn marked(score: f64, max_score: f64) -> Grade {
        Grade::Marked(Mark { score, max_score })
    }

    #[test]
    fn a_mark_is_raw_minus_min_of_max_minus_min() {
        assert_eq!(Grade::of(Some(&score(Some(50.0), Some(0.0), Some(100.0), Some(0.0))), Writer::Moodle), marked(50.0, 100.0));
        assert_eq!(Grade::of(Some(&score(Some(7.0), Some(5.0), Some(10.0), None)), Writer::Other), marked(2.0, 5.0));
        assert_eq!(Grade::of(Some(&score(Some(-2.0), Some(-4.0), Some(4.0), None)), Writer::Other), marked(2.0, 8.0));
        assert_eq!(Grade::of(Some(&score(Some(3.0), None, Some(4.0), None)), Writer::Other), marked(3.0, 4.0));
    }

    #[test]
    fn no_points_to_be_had_or_no_range_is_ungraded() {
        assert_eq!(Grade::of(Some(&score(Some(0.0), Some(0.0), Some(0.0), Some(0.0))), Writer::Other), Grade::Ungraded);
        assert_eq!(Grade::of(Some(&score(Some(1.0), Some(3.0), Some(2.0), None)), Writer::Other), Grade::Ungraded);
        assert_eq!(Grade::of(Some(&score(Some(5.0), Some(0.0), Some(1.0), None)), Writer::Other), Grade::Ungraded);
        assert_eq!(Grade::of(Some(&score(Some(5.0), None, None, Some(0.5))), Writer::Other), Grade::Ungraded);
        assert_eq!(Grade::of(Some(&score(None, Some(0.0), None, None)), Writer::Other), Grade::Ungraded);
        assert_eq!(Grade::of(Some(&Score::default()), Writer::Other), Grade::Absent);
        assert_eq!(Grade::of(None, Writer::Other), Grade::Absent);
    }

    #[test]
    fn scaled_alone_needs_the_range_it_stands_for() {
        assert_eq!(Grade::of(Some(&score(None, None, None, Some(0.5))), Writer::Other), Grade::Ungraded);
        assert_eq!(Grade::of(Some(&score(None, None, Some(10.0), Some(0.5))), Writer::Other), Grade::Ungraded);
        assert_eq!(Grade::of(Some(&score(None, Some(0.0), Some(10.0), Some(0.5))), Writer::Other), marked(5.0, 10.0));
        assert_eq!(Grade::of(Some(&score(None, Some(0.0), Some(10.0), Some(0.0))), Writer::Moodle), marked(5.0, 10.0));
    }

    #[test]
    fn an_outcome_comes_from_the_points_and_only_without_them_from_success() {
        assert_eq!(marked(1.0, 1.0).outcome(Some(false)), "right");
        assert_eq!(marked(0.5, 1.0).outcome(Some(true)), "partial");
        assert_eq!(marked(0.0, 1.0).outcome(None), "wrong");
        assert_eq!(Grade::Absent.outcome(Some(true)), "right");
        assert_eq!(Grade::Absent.outcome(Some(false)), "wrong");
        assert_eq!(Grade::Absent.outcome(None), "ungraded");
        assert_eq!(Grade::Ungraded.outcome(Some(true)), "ungraded");
    }

    proptest! {
        #[test]
        fn a_mark_lies_in_its_range_and_does_not_depend_on_where_the_range_begins(raw in 0.0..100.0_f64, max in 1..100_i32, shift in -50..50_i32) {
            let (max, shift) = (f64::from(max), f64::from(shift));
            let raw = raw.min(max - 1e-6);
            let shifted = Grade::of(Some(&score(Some(raw + shift), Some(shift), Some(max + shift), None)), Writer::Other);
            let mark = shifted.mark().expect("within its range");
            prop_assert!((mark.score - raw).abs() < 1e-9 && (mark.max_score - max).abs() < 1e-9);
            prop_assert!(mark.score >= 0.0 && mark.score <= mark.max_score);
        }
    }
}
