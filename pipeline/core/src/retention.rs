//! Which snapshots are kept: a pure function of their times.

use crate::time::{Day, EventTime};
use std::collections::BTreeSet;

/// The newest snapshots that are always kept.
const NEWEST: usize = 12;
/// Days for which one snapshot a day is kept.
const DAYS: i32 = 35;

/// The snapshots that are kept: the newest 12, the first of each day for 35 days, the first of each month.
#[must_use]
pub fn kept(snapshots: &BTreeSet<EventTime>) -> BTreeSet<EventTime> {
    let Some(newest) = snapshots.last() else { return BTreeSet::new() };
    let mut kept: BTreeSet<EventTime> = snapshots.iter().rev().take(NEWEST).copied().collect();
    let (mut day, mut month): (Option<Day>, Option<(i32, u8)>) = (None, None);
    for snapshot in snapshots {
        let (year, number, _) = snapshot.day().civil();
        if day != Some(snapshot.day()) && snapshot.day() > newest.day().plus(-DAYS) {
            kept.insert(*snapshot);
        }
        if month != Some((year, number)) {
            kept.insert(*snapshot);
        }
        day = Some(snapshot.day());
        month = Some((year, number));
    }
    kept
}

/// Whether a midnight's snapshot is certain to be dropped once one at `later` exists and every midnight from `first` on
/// has one: too old for the daily rule and not the first of its month.
#[must_use]
pub fn is_passing(midnight: EventTime, first: EventTime, later: EventTime) -> bool {
    let (year, month, day) = midnight.day().civil();
    let (first_year, first_month, _) = first.day().civil();
    midnight.day() <= later.day().plus(-DAYS) && day != 1 && (year, month) != (first_year, first_month)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_year_of_midnights_leaves_days_and_months() {
        let all: BTreeSet<EventTime> = (0..365).map(|day| Day(20_454 + day).start()).collect();
        let kept = kept(&all);
        assert_eq!(kept.len(), 35 + 11);
        assert!(kept.contains(&Day(20_454).start()));
    }

    proptest! {
        #[test]
        fn what_is_passing_is_never_kept(first in 0_i32..400, length in 60_i32..900, later in 40_i32..900) {
            let later = later.min(length - 1);
            let all: BTreeSet<EventTime> = (0..length).map(|day| Day(first + day).start()).collect();
            let kept = kept(&all);
            for midnight in &all {
                if is_passing(*midnight, Day(first).start(), Day(first + later).start()) {
                    prop_assert!(!kept.contains(midnight));
                }
            }
        }
    }
}
