//! Whether exact intervals that are looked at all the time ever miss the truth.

use crate::random::{Random, Stream};
use serde::{Deserialize, Serialize};
use teachback_core::statistics::interval::proportion_confidence_sequence;

/// Runs whose interval (K3, 95 %) ever missed the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Runs.
    pub runs: u32,
    /// Looks at each, one after every learner.
    pub looks: u32,
    /// Runs in which the truth lay outside at any look.
    pub missed: u32,
}

/// The level of the intervals that are published.
const ALPHA: f64 = 0.05;

/// Draws `runs` rows of `looks` learners, each right with probability `p`, and looks after each.
#[must_use]
pub fn coverage(p: f64, runs: u32, looks: u32, seed: u64) -> Coverage {
    let misses = |run: &u32| {
        let mut random = Random::of(seed, Stream::Learner(*run));
        let mut successes = 0;
        (1..=looks).any(|n| {
            successes += u64::from(random.chance(p));
            let interval = proportion_confidence_sequence(successes, u64::from(n), ALPHA);
            p < interval.lo || p > interval.hi
        })
    };
    Coverage { runs, looks, missed: (0..runs).filter(misses).count() as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_rows_ever_miss_and_some_do() {
        let coverage = coverage(0.3, 300, 200, 1);
        // Nominal 5 % over all times; 300 runs of which 5 % miss would give over 26 once in a thousand.
        assert!((1..=26).contains(&coverage.missed), "{coverage:?}");
    }
}
