//! What enrolment events say of a learner over time: enrolment mode and prior-ability class.
//!
//! All that was said is kept as a sorted set, so that it can be asked what held at the end of a day, and forgotten once only
//! later days can still be asked for. A set does not depend on the order of arrival. Of more than
//! [`STRATUM_CHANGES_MAX`] the latest mode, the latest class and then the latest of the others are kept.

use super::Stamp;
use crate::limits::STRATUM_CHANGES_MAX;
use crate::time::EventTime;
use serde::{Deserialize, Serialize};

/// One thing said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Said {
    /// The mode, by its number in `names.words`.
    Mode(u32),
    /// The class, 0 to 7.
    Class(u8),
}

impl Said {
    fn is_like(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }
}

/// A learner's mode and class over time: 16 bytes, and 32 for each thing said.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Strata(Box<[(Stamp, Said)]>);

impl Strata {
    /// Joins what an event says of the mode; false when something was left out for it.
    pub fn join_mode(&mut self, stamp: Stamp, mode: u32) -> bool {
        self.join(stamp, Said::Mode(mode))
    }

    /// Joins what an event says of the class; false when something was left out for it.
    pub fn join_class(&mut self, stamp: Stamp, class: u8) -> bool {
        self.join(stamp, Said::Class(class))
    }

    fn join(&mut self, stamp: Stamp, said: Said) -> bool {
        let Err(place) = self.0.binary_search(&(stamp, said)) else { return true };
        let mut list = std::mem::take(&mut self.0).into_vec();
        list.insert(place, (stamp, said));
        let fits = list.len() <= STRATUM_CHANGES_MAX;
        if !fits && let Some(oldest) = (0..list.len()).find(|place| is_outdone(&list, *place)) {
            list.remove(oldest);
        }
        self.0 = list.into_boxed_slice();
        fits
    }

    /// The latest mode.
    #[must_use]
    pub fn mode(&self) -> Option<u32> {
        self.mode_before(EventTime(i64::MAX))
    }

    /// The latest class.
    #[must_use]
    pub fn class(&self) -> Option<u8> {
        self.class_before(EventTime(i64::MAX))
    }

    /// The mode that held just before a moment.
    #[must_use]
    pub fn mode_before(&self, moment: EventTime) -> Option<u32> {
        self.before(moment).find_map(|said| if let Said::Mode(mode) = said { Some(mode) } else { None })
    }

    /// The class that held just before a moment.
    #[must_use]
    pub fn class_before(&self, moment: EventTime) -> Option<u8> {
        self.before(moment).find_map(|said| if let Said::Class(class) = said { Some(class) } else { None })
    }

    /// What was said before a moment, latest first.
    fn before(&self, moment: EventTime) -> impl Iterator<Item = Said> {
        self.0.iter().rev().filter(move |(stamp, _)| stamp.time < moment).map(|(_, said)| *said)
    }

    /// Forgets what no question about this moment or a later one can bring up again.
    pub fn forget_before(&mut self, moment: EventTime) {
        let old = self.0.partition_point(|(stamp, _)| stamp.time < moment);
        let outdone = |place: usize| is_outdone(&self.0[..old], place);
        // Mostly there is one mode and one class, and nothing to do.
        if (0..old).any(outdone) {
            self.0 = (0..self.0.len()).filter(|place| *place >= old || !outdone(*place)).map(|place| self.0[place]).collect();
        }
    }
}

/// Whether something later of its kind was said.
fn is_outdone(said: &[(Stamp, Said)], place: usize) -> bool {
    said[place + 1..].iter().any(|(_, later)| later.is_like(said[place].1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stamp(time: i64) -> Stamp {
        Stamp { time: EventTime(time), rank: 0, tie: 0 }
    }

    #[test]
    fn knows_what_held_at_any_moment() {
        let mut strata = Strata::default();
        assert!(strata.join_mode(stamp(30), 3));
        assert!(strata.join_class(stamp(20), 7));
        assert!(strata.join_mode(stamp(10), 1));
        let at = |moment| (strata.mode_before(EventTime(moment)), strata.class_before(EventTime(moment)));
        assert_eq!([at(10), at(11), at(21), at(31)], [(None, None), (Some(1), None), (Some(1), Some(7)), (Some(3), Some(7))]);
    }

    #[test]
    fn of_too_many_the_latest_are_kept_and_what_is_left_out_is_told() {
        let mut strata = Strata::default();
        let fitted = (0..100).filter(|time| strata.join_mode(stamp(99 - time), *time as u32)).count();
        assert_eq!(fitted, STRATUM_CHANGES_MAX);
        assert_eq!((strata.mode(), strata.mode_before(EventTime(100 - STRATUM_CHANGES_MAX as i64))), (Some(0), None));
    }

    proptest! {
        #[test]
        fn neither_order_nor_forgetting_changes_an_answer(
            said in proptest::collection::vec((0_i64..50, 0_u32..8, any::<bool>()), 0..30),
            keys in proptest::collection::vec(any::<u32>(), 30),
            moment in 0_i64..50,
        ) {
            let join = |strata: &mut Strata, (time, number, is_mode): (i64, u32, bool)| {
                if is_mode { strata.join_mode(stamp(time), number) } else { strata.join_class(stamp(time), number as u8) }
            };
            let (mut straight, mut shuffled) = (Strata::default(), Strata::default());
            said.iter().for_each(|one| { join(&mut straight, *one); });
            let mut order: Vec<usize> = (0..said.len()).collect();
            order.sort_by_key(|place| keys[*place]);
            for (number, place) in order.iter().enumerate() {
                join(&mut shuffled, said[*place]);
                if number % 3 == 0 { shuffled.forget_before(EventTime(moment)); }
            }
            for ask in moment..=50 {
                let ask = EventTime(ask);
                prop_assert_eq!(shuffled.mode_before(ask), straight.mode_before(ask));
                prop_assert_eq!(shuffled.class_before(ask), straight.class_before(ask));
            }
        }
    }
}
