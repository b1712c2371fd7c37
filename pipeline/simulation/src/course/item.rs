//! Four-option items of the 3PL model: `P(right) = c + (1 − c) / (1 + e^(−a (θ − b)))`.
//!
//! Invariant: what a learner does ([`Item::choose`]) and what the answer book computes ([`Item::marked_right`]) follow from
//! the same numbers.

use crate::random::{Random, logistic};

/// Options of an item, as they stand in `response`.
pub(crate) const OPTIONS: [&str; 4] = ["a", "b", "c", "d"];
/// Share right of those who do not know: `c`.
pub(crate) const GUESSING: f64 = 0.2;

/// An item.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) id: String,
    /// `a`.
    pub(crate) discrimination: f64,
    /// `b`.
    pub(crate) difficulty: f64,
    /// Which of the two abilities it asks for.
    pub(crate) ability: usize,
    /// The option that is right by the subject matter.
    pub(crate) right: usize,
    /// The option that is marked right.
    pub(crate) key: usize,
    /// How attractive each wrong option is; the right one has 0.
    pub(crate) attraction: [f64; OPTIONS.len()],
    /// What was planted.
    pub(crate) fault: Option<Fault>,
}

/// How an item is faulty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    /// The key is the most popular distractor.
    MisKeyed,
    /// This share is right, whatever the ability.
    NotDiscriminating(f64),
    /// Hardly anybody does better than guessing.
    TooHard,
}

impl Item {
    /// Probability that somebody of these abilities who thinks chooses the option that is right by the subject matter.
    pub(crate) fn solved(&self, abilities: [f64; 2]) -> f64 {
        match self.fault {
            Some(Fault::NotDiscriminating(share)) => share,
            Some(Fault::MisKeyed | Fault::TooHard) | None => {
                GUESSING + (1.0 - GUESSING) * logistic(self.discrimination * (abilities[self.ability] - self.difficulty))
            }
        }
    }

    /// Probability of being marked right, of somebody who guesses rapidly with probability `rapid`.
    pub(crate) fn marked_right(&self, abilities: [f64; 2], rapid: f64) -> f64 {
        let solved = self.solved(abilities);
        let by_thought = if self.key == self.right { solved } else { (1.0 - solved) * self.attraction[self.key] / self.attraction.iter().sum::<f64>() };
        rapid / OPTIONS.len() as f64 + (1.0 - rapid) * by_thought
    }

    /// The option that somebody who thinks chooses; `tried` was marked wrong before.
    pub(crate) fn choose(&self, abilities: [f64; 2], tried: Option<usize>, random: &mut Random) -> usize {
        if tried != Some(self.right) && random.chance(self.solved(abilities)) {
            return self.right;
        }
        let mut attraction = self.attraction;
        if let Some(tried) = tried {
            attraction[tried] = 0.0;
        }
        random.weighted(&attraction)
    }

    /// The wrong option that attracts most.
    pub(crate) fn most_popular_distractor(&self) -> usize {
        (0..OPTIONS.len()).fold(self.right, |best, option| if self.attraction[option] > self.attraction[best] { option } else { best })
    }
}
