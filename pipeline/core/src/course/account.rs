//! Whether a human stands behind an account.
//!
//! The times a human takes for answers are close to log-normal, and their logarithms scatter with a standard deviation of
//! 0.4 or more even over items of one kind (van der Linden 2006, "A lognormal model for response times on test items"):
//! a coefficient of variation of sqrt(exp(0.4²) - 1) = 0.42. Less than a quarter of that, over [`ANSWERS_MIN`] answers, is
//! no person but a clock. Yet a learner who knows all answers may be quick and steady, and a platform may round times until
//! they say little; so an account is a bot only when it also answers no better than by chance.
//!
//! An account is judged once, on the day by whose close it has answers enough, by the answers up to the end of that day and
//! none behind it. Sums are integers and saturate, so they do not depend on order.

use crate::time::Day;
use serde::{Deserialize, Serialize};

/// Timed answers by which an account is judged.
pub const ANSWERS_MIN: u32 = 20;
/// Of these, answers with a mark: with fewer, nothing is known of how well the account answers.
pub const MARKED_MIN: u32 = 10;
/// No human's response times have a coefficient of variation below one over this, 0.10.
const VARIATION_INVERSE_MIN: u128 = 10;
/// Chance of a right answer by guessing where the outline names no options.
pub const GUESS: f64 = 0.25;
/// A share of right answers up to this much above guessing is no better than guessing: 1.5 standard errors at 20 answers.
const FACILITY_SLACK: f64 = 0.15;

/// Sums over the timed answers of one day, or of all closed days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayAnswers {
    /// The day, or the last of them.
    day: Day,
    timed: u32,
    marked: u32,
    right: u32,
    sum_ms: u64,
    sum_square_ms: u64,
}

impl DayAnswers {
    /// Adds the answers of a later day, or of the same.
    fn add(&mut self, later: &Self) {
        self.day = later.day;
        self.timed = self.timed.saturating_add(later.timed);
        self.marked = self.marked.saturating_add(later.marked);
        self.right = self.right.saturating_add(later.right);
        self.sum_ms = self.sum_ms.saturating_add(later.sum_ms);
        self.sum_square_ms = self.sum_square_ms.saturating_add(later.sum_square_ms);
    }

    /// Whether the times hardly vary: n Σx² - (Σx)² < (0.10 Σx)², in integers. Nothing is concluded from what saturated.
    fn is_constant(&self) -> bool {
        let square = u128::from(self.sum_ms) * u128::from(self.sum_ms);
        let spread = (u128::from(self.timed) * u128::from(self.sum_square_ms)).checked_sub(square);
        spread.is_some_and(|spread| spread.saturating_mul(VARIATION_INVERSE_MIN * VARIATION_INVERSE_MIN) < square)
    }

    fn is_bot(&self, guess: f64) -> bool {
        let by_chance = f64::from(self.right) <= (guess + FACILITY_SLACK) * f64::from(self.marked);
        self.marked >= MARKED_MIN && by_chance && self.is_constant()
    }
}

/// What is known of an account: 24 bytes, and until it is judged 40 more for each day with timed answers that is not closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Account {
    /// Not judged yet: sums by day, in order of days; closed days are one.
    Open(Vec<DayAnswers>),
    /// Judged, for good.
    Judged {
        /// The day by whose close there was enough to judge by.
        day: Day,
        /// Whether it is likely a bot.
        bot: bool,
    },
}

impl Default for Account {
    fn default() -> Self {
        Self::Open(Vec::new())
    }
}

impl Account {
    /// Joins an answer: its day, its response time in milliseconds, and whether it is right where it is marked.
    pub fn answer(&mut self, day: Day, ms: u64, right: Option<bool>) {
        let Self::Open(days) = self else { return };
        let (marked, right) = (u32::from(right.is_some()), u32::from(right == Some(true)));
        let answer = DayAnswers { day, timed: 1, marked, right, sum_ms: ms, sum_square_ms: ms * ms };
        match days.binary_search_by_key(&day, |known| known.day) {
            Ok(place) => days[place].add(&answer),
            Err(place) => {
                if days.is_empty() {
                    days.reserve_exact(1);
                }
                days.insert(place, answer);
            }
        }
    }

    /// Closes the days through `through`; gives the day and the verdict when that brings enough to judge by. `guess` is the
    /// chance of a right answer by guessing.
    pub fn close(&mut self, through: Day, guess: f64) -> Option<(Day, bool)> {
        let Self::Open(days) = self else { return None };
        let closed = days.partition_point(|answers| answers.day <= through);
        let mut sum = *days[..closed].first()?;
        for answers in &days[1..closed] {
            if sum.timed >= ANSWERS_MIN {
                break;
            }
            sum.add(answers);
        }
        if sum.timed < ANSWERS_MIN {
            days[0] = sum;
            days.drain(1..closed);
            return None;
        }
        let (day, bot) = (sum.day, sum.is_bot(guess));
        *self = Self::Judged { day, bot };
        Some((day, bot))
    }

    /// Whether it was found to be a bot by the close of a day.
    #[must_use]
    pub fn is_bot_by(&self, through: Day) -> bool {
        matches!(self, Self::Judged { day, bot: true } if *day <= through)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::time_bins::{RESPONSE_MS_MAX, measured_ms};
    use proptest::prelude::*;

    /// An account with answers of one day, each a time in seconds and whether it is right.
    fn judged(answers: impl IntoIterator<Item = (f64, bool)>) -> Option<(Day, bool)> {
        let mut account = Account::default();
        let timed = answers.into_iter().filter_map(|(seconds, right)| measured_ms(seconds, RESPONSE_MS_MAX).map(|ms| (ms, right)));
        timed.for_each(|(ms, right)| account.answer(Day(1), ms, Some(right)));
        account.close(Day(1), GUESS)
    }

    /// Twenty times whose logarithms lie where the twentieths of a normal distribution do, scattering by `sd`.
    fn log_normal(median_s: f64, sd: f64) -> impl Iterator<Item = f64> {
        let normal = [0.06, 0.19, 0.32, 0.45, 0.60, 0.76, 0.93, 1.15, 1.44, 1.96];
        normal.into_iter().flat_map(|z: f64| [-z, z]).map(move |z| median_s * libm::exp(sd * z))
    }

    #[test]
    fn constant_times_and_answers_by_chance_are_a_bots() {
        assert_eq!(judged((0..20).map(|place| (1.5, place % 4 == 0))), Some((Day(1), true)));
        assert_eq!(judged((0..20).map(|place| (2.0 + f64::from(place % 3) * 0.1, place % 4 == 0))), Some((Day(1), true)));
    }

    #[test]
    fn a_human_is_none_however_quick_or_however_bad() {
        assert_eq!(judged(log_normal(2.0, 0.4).map(|seconds| (seconds, false))), Some((Day(1), false)), "quick and always wrong");
        assert_eq!(judged((0..20).map(|_| (2.0, true))), Some((Day(1), false)), "steady and always right");
    }

    #[test]
    fn nothing_is_concluded_from_too_few_answers_marks_or_measures() {
        assert_eq!(judged((0..19).map(|_| (1.5, false))), None);
        assert_eq!(judged((0..40).map(|_| (0.0, false))), None, "a platform that does not measure");
        assert_eq!(judged((0..40).map(|_| (86_400.0, false))), None, "pages left open");
        let mut unmarked = Account::default();
        (0..40).for_each(|place| unmarked.answer(Day(1), 1500, (place < 9).then_some(false)));
        assert_eq!(unmarked.close(Day(1), GUESS), Some((Day(1), false)));
    }

    #[test]
    fn is_judged_once_on_the_day_by_whose_close_there_is_enough() {
        let mut account = Account::default();
        for day in [3, 1, 2] {
            (0..10).for_each(|_| account.answer(Day(day), 1500, Some(false)));
        }
        assert_eq!(account.close(Day(1), GUESS), None);
        assert_eq!(account.close(Day(9), GUESS), Some((Day(2), true)));
        assert_eq!(account.close(Day(9), GUESS), None);
        assert_eq!([Day(1), Day(2)].map(|day| account.is_bot_by(day)), [false, true]);
        assert_eq!(size_of::<Account>(), 24);
    }

    proptest! {
        #[test]
        fn neither_order_nor_the_moments_of_closing_matter(
            answers in proptest::collection::vec((0_i32..6, 0_u32..3, any::<bool>()), 0..80),
            keys in proptest::collection::vec(any::<u32>(), 80),
            closings in proptest::collection::vec(0_i32..6, 0..4),
        ) {
            let answer = |account: &mut Account, (day, seconds, right): (i32, u32, bool)| {
                account.answer(Day(day), 20_000 + 1000 * u64::from(seconds), Some(right));
            };
            let mut whole = Account::default();
            answers.iter().for_each(|one| answer(&mut whole, *one));
            let expected = whole.close(Day(9), GUESS);

            // In any order among the answers between two closings, as a closed day gets no more of them.
            let mut order: Vec<usize> = (0..answers.len()).collect();
            order.sort_by_key(|place| keys[*place]);
            let mut closings: Vec<i32> = closings;
            closings.sort_unstable();
            let (mut parted, mut verdict, mut open) = (Account::default(), None, 0);
            for closing in closings.into_iter().chain([9]) {
                order.iter().map(|place| answers[*place]).filter(|one| (open..=closing).contains(&one.0)).for_each(|one| answer(&mut parted, one));
                verdict = verdict.or(parted.close(Day(closing), GUESS));
                open = open.max(closing + 1);
            }
            prop_assert_eq!(verdict, expected);
        }
    }
}
