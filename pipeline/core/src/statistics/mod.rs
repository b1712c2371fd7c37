//! Statistics: from counts and sums to estimates, intervals and evidence.
//!
//! ```text
//! marks ────────▶ item_analysis    facility, discrimination, reliability
//! counts ───────▶ interval         confidence sequences: may be looked at every day
//! places ───────▶ survival         Kaplan–Meier: for one look at a fixed time
//! counts a day ─▶ eprocess         evidence against a margin, added over days and shards
//! a pool ───────▶ empirical_bayes  evidence about one hypothesis, in the light of its peers
//!               ▶ shrinkage        rates of small samples, in the light of their peers
//! evidence ─────▶ multiplicity     which hypotheses to raise
//! estimates ────▶ random_effects   how far they differ by more than chance
//! a revision ───▶ before_after     evidence that it helped, hurt, or did nothing
//! ```
//!
//! Invariants:
//! - Every function is pure. Transcendental functions come from `libm`, never from the platform's C library, so the
//!   same input gives the same bits on every machine.
//! - Input that carries no information (no learners, no variance, a number that is not finite) gives `None`, the
//!   widest interval or the evidence of an empty sample. It never gives a `NaN` and never panics.
//! - Formulas follow the numbering K1–K10 of the signal catalogue; systems whose numbers we reproduce are named.

pub mod before_after;
pub mod empirical_bayes;
pub mod eprocess;
pub mod interval;
pub mod item_analysis;
pub mod multiplicity;
mod normal;
pub mod random_effects;
pub mod shrinkage;
#[cfg(test)]
mod supermartingales;
pub mod survival;

/// The known answers that the tests of this module read, written by `known_answers/statistics.py` and `inference.py`.
#[cfg(test)]
mod known_answers {
    use serde_json::Value;

    /// The cases of one section.
    pub(super) fn cases(section: &str) -> Vec<Value> {
        let files = [include_str!("../../known_answers/statistics.json"), include_str!("../../known_answers/inference.json")];
        let all = files.map(|text| serde_json::from_str::<Value>(text).unwrap());
        let cases = all.iter().find_map(|file| file[section].as_array()).unwrap_or_else(|| panic!("no known answers for {section}"));
        assert!(!cases.is_empty(), "no known answers for {section}");
        cases.clone()
    }

    /// A number of a case.
    pub(super) fn number(value: &Value) -> f64 {
        value.as_f64().unwrap_or_else(|| panic!("not a number: {value}"))
    }

    /// A list of numbers of a case.
    pub(super) fn numbers(value: &Value) -> Vec<f64> {
        value.as_array().unwrap().iter().map(number).collect()
    }

    /// Asserts that two numbers agree to a relative 1e-9, or to an absolute 1e-12 around zero.
    pub(super) fn assert_close(ours: f64, known: f64, what: &str) {
        let tolerance = (1e-9 * known.abs()).max(1e-12);
        assert!((ours - known).abs() <= tolerance, "{what}: ours {ours:e}, known {known:e}");
    }

    /// Asserts the same of an optional number, where JSON `null` stands for `None`.
    pub(super) fn assert_close_option(ours: Option<f64>, known: &Value, what: &str) {
        match (ours, known.as_f64()) {
            (Some(ours), Some(known)) => assert_close(ours, known, what),
            (None, None) => {}
            (ours, known) => panic!("{what}: ours {ours:?}, known {known:?}"),
        }
    }
}

/// Draws for simulations: the same seed gives the same draws on every machine.
#[cfg(test)]
mod draws {
    use proptest::prelude::Rng;
    use proptest::test_runner::{RngAlgorithm, TestRng};

    /// A stream of draws.
    pub(super) struct Draws(TestRng);

    impl Draws {
        /// The stream of a seed.
        pub(super) fn new(seed: u8) -> Self {
            Self(TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]))
        }

        /// Uniform on (0, 1).
        pub(super) fn uniform(&mut self) -> f64 {
            ((self.0.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
        }

        /// Normal with mean 0 and variance 1, by Box and Muller.
        pub(super) fn normal(&mut self) -> f64 {
            let radius = libm::sqrt(-2.0 * libm::log(self.uniform()));
            radius * libm::cos(std::f64::consts::TAU * self.uniform())
        }

        /// How many of `n` independent trials with probability `p` succeed.
        pub(super) fn successes(&mut self, n: u64, p: f64) -> u64 {
            (0..n).map(|_| u64::from(self.uniform() < p)).sum()
        }
    }
}
