//! Seeded random numbers: xoshiro256++ (Blackman & Vigna 2019), seeded by splitmix64, and the few distributions the world needs.
//!
//! Invariant: only integer arithmetic, IEEE basic operations and `libm`, so a seed gives the same draws on every platform.

use std::f64::consts::TAU;

/// What a random stream is for. Streams of one seed are independent of each other.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    /// The make-up of the world: sizes and providers of courses.
    World,
    /// One course, by place.
    Course(u32),
    /// What is planted in one course, by place.
    Defects(u32),
    /// Which modules are revised.
    Revisions,
    /// Which source falls silent.
    Outage,
    /// Which items of a course are brought near a margin, by place.
    NearMargins(u32),
    /// One learner, by number.
    Learner(u32),
    /// Delays and repeats on the way.
    Delivery,
}

/// A random stream.
#[derive(Debug, Clone)]
pub(crate) struct Random {
    state: [u64; 4],
}

impl Random {
    /// The stream of this seed and purpose.
    pub(crate) fn of(seed: u64, stream: Stream) -> Self {
        let (kind, number) = match stream {
            Stream::World => (1, 0),
            Stream::Course(place) => (2, place),
            Stream::Defects(place) => (3, place),
            Stream::Learner(number) => (4, number),
            Stream::Delivery => (5, 0),
            Stream::Revisions => (6, 0),
            Stream::Outage => (7, 0),
            Stream::NearMargins(place) => (8, place),
        };
        let mut mixer = seed;
        let scrambled = splitmix(&mut mixer);
        let mut mixer = scrambled ^ (kind << 40 | u64::from(number));
        Self { state: [splitmix(&mut mixer), splitmix(&mut mixer), splitmix(&mut mixer), splitmix(&mut mixer)] }
    }

    fn next(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// Uniform in `[0, 1)`.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in `[low, high)`.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// True with this probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Uniform among `0..bound`; 0 when there is nothing to choose.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// Normal with this mean and standard deviation (Box and Muller).
    pub(crate) fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        let radius = (-2.0 * libm::log(1.0 - self.unit())).sqrt();
        mean + deviation * radius * libm::cos(TAU * self.unit())
    }

    /// Log-normal with this median; `spread` is the standard deviation of the logarithm.
    pub(crate) fn log_normal(&mut self, median: f64, spread: f64) -> f64 {
        median * libm::exp(self.normal(0.0, spread))
    }

    /// Exponential with this mean.
    pub(crate) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * libm::log(1.0 - self.unit())
    }

    /// Student's t with four degrees of freedom, scaled to a standard deviation of 1: a normal with heavy tails.
    pub(crate) fn heavy_tailed(&mut self) -> f64 {
        // A chi-squared of four degrees is twice the sum of two exponentials; t's own variance is 2.
        let chi_squared = 2.0 * (self.exponential(1.0) + self.exponential(1.0));
        self.normal(0.0, 1.0) / (chi_squared / 4.0).sqrt() / std::f64::consts::SQRT_2
    }

    /// Puts the entries into a random order (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, entries: &mut [T]) {
        for last in (1..entries.len()).rev() {
            entries.swap(last, self.below(last + 1));
        }
    }

    /// A place, drawn by these weights.
    pub(crate) fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        for (place, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return place;
            }
        }
        weights.len().saturating_sub(1)
    }
}

/// `1 / (1 + e^-x)`.
pub(crate) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

/// The inverse of [`logistic`].
pub(crate) fn logit(probability: f64) -> f64 {
    libm::log(probability / (1.0 - probability))
}

fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    scramble(*state)
}

/// The mixing step of splitmix64: one to one, and nothing of the number is seen in the result.
pub(crate) fn scramble(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
