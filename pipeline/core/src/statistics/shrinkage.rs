//! Rates of small samples, drawn towards the mean of their peers (K5, the beta-binomial shortcut).
//!
//! Of many modules looked at, the worst owe part of their badness to chance. A shrunk rate has that part taken off, so
//! it does not fall by itself when the module is looked at again (regression to the mean).
//!
//! Invariants: rates lie in `[0, 1]`, variances are positive and finite.

/// Fewest learners of a rate on its own: below it the normal approximation of K2 is not used.
const LEARNERS_MIN: u64 = 20;

/// Successes, and failures, that a variance is computed with at least. With fewer the plug-in variance `p(1 − p)/n` is too
/// small, and 0 where one of them was never seen.
const CLASS_MIN: f64 = 5.0;

/// A rate and how well it is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateEstimate {
    /// The estimate, a share.
    pub estimate: f64,
    /// The variance of the estimate.
    pub variance: f64,
}

impl RateEstimate {
    /// The rate of `successes` among `n` learners, with variance `p(1 − p)/n`.
    ///
    /// In the variance, p is held at 5/n or more away from 0 and 1. `None` below 20 learners or with more successes than
    /// learners.
    #[must_use]
    pub fn of_counts(successes: u64, n: u64) -> Option<Self> {
        if n < LEARNERS_MIN || successes > n {
            return None;
        }
        let learners = n as f64;
        let estimate = successes as f64 / learners;
        let spread = estimate.clamp(CLASS_MIN / learners, 1.0 - CLASS_MIN / learners);
        Some(Self { estimate, variance: spread * (1.0 - spread) / learners })
    }
}

/// How the true rates of a pool of peers are spread: a beta distribution with mean mu and precision phi.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetaBinomial {
    mean: f64,
    mean_variance: f64,
    correlation: f64,
}

impl BetaBinomial {
    /// Fits the pool by the method of moments (K5), from `(successes, n)` of each of M peers:
    ///
    /// ```text
    /// mu  = Σ S_i / Σ n_i
    /// rho = [Σ n_i (p_i − mu)² − mu(1 − mu)(M − 1)] / [mu(1 − mu)(Σ n − Σ n²/Σ n − (M − 1))],  held in [0, 1]
    /// phi = 1/rho − 1
    /// ```
    ///
    /// This is the analysis-of-variance estimate of the correlation within a peer; 0 means that the peers differ by
    /// chance only. Peers without learners do not count. `None` with fewer than two peers, if all learners have the same
    /// outcome, if no peer has two learners, or with more successes than learners somewhere: then there is nothing to
    /// learn from the pool.
    #[must_use]
    pub fn fit(peers: &[(u64, u64)]) -> Option<Self> {
        if peers.iter().any(|(successes, n)| successes > n) {
            return None;
        }
        let sum =
            |term: &dyn Fn(f64, f64) -> f64| -> f64 { peers.iter().filter(|(_, n)| *n > 0).map(|(successes, n)| term(*successes as f64, *n as f64)).sum() };
        let others = sum(&|_, _| 1.0) - 1.0;
        let learners = sum(&|_, n| n);
        let mean = sum(&|successes, _| successes) / learners;
        let chance = mean * (1.0 - mean);
        let squares = sum(&|_, n| n * n);
        let between = sum(&|successes, n| n * (successes / n - mean) * (successes / n - mean));
        let scale = chance * (learners - squares / learners - others);
        // Also false for a NaN, which an empty pool gives.
        let informed = others >= 1.0 && scale > 0.0;
        if !informed {
            return None;
        }
        let correlation = ((between - chance * others) / scale).clamp(0.0, 1.0);
        let mean_variance = chance * sum(&|_, n| n * n * (correlation + (1.0 - correlation) / n)) / (learners * learners);
        Some(Self { mean, mean_variance, correlation })
    }

    /// The mean rate of the pool, mu.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The correlation of two learners of one peer, `rho = 1/(phi + 1)`.
    #[must_use]
    pub fn correlation(&self) -> f64 {
        self.correlation
    }

    /// The shrunk rate of a peer: `p_EB = (S + phi mu)/(n + phi)`.
    ///
    /// Its variance is that of the beta posterior, and what is added because mu is itself an estimate (Morris, JASA 78,
    /// 1983): `p_EB(1 − p_EB)/(n + phi + 1) + (phi/(n + phi))² Var(mu)` with
    /// `Var(mu) = mu(1 − mu) Σ n_i² (rho + (1 − rho)/n_i) / (Σ n_i)²`. Without the addition, peers that differ by chance
    /// only would seem to have a rate that is known exactly. More successes than learners are read as `n`.
    #[must_use]
    pub fn shrink(&self, successes: u64, n: u64) -> RateEstimate {
        let (successes, n) = (successes.min(n) as f64, n as f64);
        // Multiplied by rho = 1/(phi + 1), so that rho = 0 (phi without bound) needs no case of its own.
        let (own, pool) = (self.correlation * n, 1.0 - self.correlation);
        let whole = own + pool;
        if whole == 0.0 {
            // rho = 1 and no learner: every peer is all or nothing, and this one is unknown.
            return RateEstimate { estimate: self.mean, variance: self.mean * (1.0 - self.mean) + self.mean_variance };
        }
        let estimate = ((self.correlation * successes + pool * self.mean) / whole).clamp(0.0, 1.0);
        let posterior = estimate * (1.0 - estimate) * self.correlation / (own + 1.0);
        let share = pool / whole;
        RateEstimate { estimate, variance: posterior + share * share * self.mean_variance }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::known_answers::{assert_close, cases, number};
    use proptest::prelude::*;

    fn counts(case: &serde_json::Value) -> Vec<(u64, u64)> {
        case.as_array().unwrap().iter().map(|pair| (pair[0].as_u64().unwrap(), pair[1].as_u64().unwrap())).collect()
    }

    #[test]
    fn shrunk_rates_equal_the_known_answers() {
        for case in cases("beta_binomial") {
            let peers = counts(&case["peers"]);
            let pool = BetaBinomial::fit(&peers).unwrap();
            assert_close(pool.mean(), number(&case["mean"]), "mu");
            assert_close(pool.correlation(), number(&case["correlation"]), "rho");
            for ((successes, n), known) in counts(&case["shrunk_of"]).into_iter().zip(case["shrunk"].as_array().unwrap()) {
                let ours = pool.shrink(successes, n);
                assert_close(ours.estimate, number(&known[0]), &format!("estimate of {successes}/{n}"));
                assert_close(ours.variance, number(&known[1]), &format!("variance of {successes}/{n}"));
            }
        }
    }

    #[test]
    fn peers_that_differ_by_chance_only_all_get_the_mean_and_its_uncertainty() {
        let pool = BetaBinomial::fit(&[(30, 100), (30, 100), (31, 100), (29, 100)]).unwrap();
        let rate = pool.shrink(0, 10);
        assert_eq!((pool.correlation(), rate.estimate), (0.0, 0.3));
        // 120 of 400: 0.3 × 0.7 / 400.
        assert_close(rate.variance, 0.000_525, "variance of the mean");
    }

    #[test]
    fn a_pool_that_teaches_nothing_is_none() {
        for peers in [&[][..], &[(3, 10)], &[(3, 10), (0, 0)], &[(0, 10), (0, 20)], &[(10, 10), (20, 20)], &[(1, 1), (0, 1)], &[(11, 10), (3, 10)]] {
            assert_eq!(BetaBinomial::fit(peers), None, "{peers:?}");
        }
    }

    #[test]
    fn a_rate_of_its_own_needs_twenty_learners() {
        assert_eq!(RateEstimate::of_counts(5, 19), None);
        assert_eq!(RateEstimate::of_counts(21, 20), None);
        assert_eq!(RateEstimate::of_counts(50, 100), Some(RateEstimate { estimate: 0.5, variance: 0.0025 }));
    }

    #[test]
    fn an_outcome_never_seen_still_has_a_variance() {
        // As if 5 of 100 had it: 0.05 × 0.95 / 100.
        for successes in [0, 100] {
            let rate = RateEstimate::of_counts(successes, 100).unwrap();
            assert_eq!(rate.estimate, successes as f64 / 100.0);
            assert_close(rate.variance, 0.000_475, "variance");
        }
    }

    proptest! {
        #[test]
        fn a_shrunk_rate_lies_between_its_own_and_that_of_the_pool(
            peers in prop::collection::vec((0u64..400, 0.0..=1.0_f64), 2..20),
            n in 0u64..2000, share in 0.0..=1.0_f64,
        ) {
            let peers: Vec<(u64, u64)> = peers.into_iter().map(|(n, share)| ((n as f64 * share) as u64, n)).collect();
            if let Some(pool) = BetaBinomial::fit(&peers) {
                let successes = (n as f64 * share) as u64;
                let rate = pool.shrink(successes, n);
                let own = if n == 0 { pool.mean() } else { successes as f64 / n as f64 };
                prop_assert!(own.min(pool.mean()) - 1e-12 <= rate.estimate && rate.estimate <= own.max(pool.mean()) + 1e-12);
                prop_assert!((0.0..=1.0).contains(&rate.estimate));
                prop_assert!(rate.variance >= 0.0 && rate.variance.is_finite());
            }
        }
    }
}
