//! What others do: the rules of other products, and the textbook's, on the cells that decide was told.
//!
//! Each looks at all data so far after every evidence day and flags; what was flagged on any day counts. So they see the data
//! sooner than decide, which waits until a day is closed.
//!
//! | rule | flags |
//! |---|---|
//! | Moodle | an item with discriminative efficiency under 15 % (`is_dubious_question`), at any n and from 30 learners on |
//! | Blackboard | an item with r < 0.1 or fewer than 30 % right, from 30 learners on |
//! | drop-off × 2 | a span that more than twice the recording's mean leave, from 30 learners on |
//! | p < 0.05 | an item or span whose one-sided p-value against the same margins as decide's is under 0.05 |
//! | BH | Benjamini and Hochberg at 5 % on those p-values, each day anew |

mod items;
mod spans;

use super::discovery::{Discovery, Entity, Family};
use std::collections::HashMap;
use std::hash::Hash;
use teachback_core::decide::Told;
use teachback_core::time::Day;

/// Level of the p-values, and of BH.
const LEVEL: f64 = 0.05;
/// Fewest learners for the products' rules.
const LEARNERS_MIN: u64 = 30;
/// Fewest learners for a p-value, as for decide's rules.
const TESTED_LEARNERS_MIN: u64 = 20;

/// What one rule ever flagged.
#[derive(Debug, Clone)]
pub struct Flagged<'a> {
    /// The rule.
    pub name: &'static str,
    /// What it judges.
    pub family: Family,
    /// Each entity on the first day it was flagged.
    pub discoveries: Vec<Discovery<'a>>,
}

/// Everything that the rules of others ever flagged.
#[must_use]
pub fn flagged(told: &[Told]) -> Vec<Flagged<'_>> {
    [items::flagged(told), spans::flagged(told)].concat()
}

/// First flags of one rule.
#[derive(Debug)]
struct Flags<'a> {
    name: &'static str,
    family: Family,
    first: HashMap<Entity<'a>, Day>,
}

impl<'a> Flags<'a> {
    fn new(name: &'static str, family: Family) -> Self {
        Self { name, family, first: HashMap::new() }
    }

    fn raise(&mut self, entity: Entity<'a>, day: Day) {
        self.first.entry(entity).or_insert(day);
    }

    fn into_flagged(self) -> Flagged<'a> {
        let family = self.family;
        let mut discoveries: Vec<Discovery<'a>> =
            self.first.into_iter().map(|(entity, day)| Discovery { family, entity, code: None, day, evidence_through: day }).collect();
        discoveries.sort_unstable_by_key(|discovery| discovery.entity);
        Flagged { name: self.name, family, discoveries }
    }
}

/// The p-values of a family as they stand, by hypothesis.
#[derive(Debug)]
struct Tested<K>(HashMap<K, f64>);

impl<K: Copy + Eq + Hash> Tested<K> {
    fn new() -> Self {
        Self(HashMap::new())
    }

    fn set(&mut self, hypothesis: K, p: f64) {
        self.0.insert(hypothesis, p);
    }

    /// What the procedure of Benjamini and Hochberg rejects today, of all hypotheses tested so far.
    fn rejected(&self) -> Vec<K> {
        let family = self.0.len() as f64;
        // No p-value above the level is ever rejected.
        let mut low: Vec<(f64, K)> = self.0.iter().filter(|(_, p)| **p <= LEVEL).map(|(hypothesis, p)| (*p, *hypothesis)).collect();
        low.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
        let count = low.iter().enumerate().rev().find(|(place, (p, _))| *p <= LEVEL * (*place as f64 + 1.0) / family).map_or(0, |(place, _)| place + 1);
        low.into_iter().take(count).map(|(_, hypothesis)| hypothesis).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn benjamini_and_hochberg_reject_up_to_the_last_p_below_its_line() {
        // The example of their paper (1995): 15 p-values, the four smallest rejected.
        let p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0];
        let mut tested = Tested::new();
        p.iter().enumerate().for_each(|(hypothesis, p)| tested.set(hypothesis, *p));
        let mut rejected = tested.rejected();
        rejected.sort_unstable();
        assert_eq!(rejected, [0, 1, 2, 3]);
        // A hypothesis is tested again as its data grow: 0.0095 is still below its line, now 3 × 0.05 / 15.
        tested.set(0, 0.9);
        assert_eq!(tested.rejected().len(), 3);
    }
}
