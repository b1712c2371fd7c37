//! What became of the messages of one source.

use crate::mapping::LeftOut;
use std::borrow::Cow;
use std::collections::BTreeMap;
use teachback_core::limits::UNKNOWN_NAMES_MAX;
use teachback_core::refusal::Reason;

/// Counts by name; of at most [`UNKNOWN_NAMES_MAX`] names, the rest together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameCounts {
    names: BTreeMap<Cow<'static, str>, u64>,
    other: u64,
}

impl NameCounts {
    fn add(&mut self, name: Cow<'static, str>) {
        if let Some(count) = self.names.get_mut(&name) {
            *count += 1;
        } else if self.names.len() < UNKNOWN_NAMES_MAX {
            self.names.insert(name, 1);
        } else {
            self.other += 1;
        }
    }

    /// All of them together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.names.values().sum::<u64>() + self.other
    }

    /// The most frequent first, equal ones by name; what exceeds the bound last, as `other`.
    #[must_use]
    pub fn by_count(&self) -> Vec<(&str, u64)> {
        let mut sorted: Vec<(&str, u64)> = self.names.iter().map(|(name, count)| (&**name, *count)).collect();
        sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        if self.other > 0 {
            sorted.push((super::OTHER, self.other));
        }
        sorted
    }
}

/// Counts of one source. `messages = mapped + dead + nothing`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceCounts {
    /// Messages met.
    pub messages: u64,
    /// Messages of which at least one event was sent.
    pub mapped: u64,
    /// Messages refused as a whole.
    pub dead: u64,
    /// Messages of which nothing was sent: all they hold is counted below.
    pub nothing: u64,
    /// Events sent.
    pub events: u64,
    /// Of those, events of a platform: without a course.
    pub platform_events: u64,
    /// Events whose learner the alias map gave another name.
    pub aliased: u64,
    /// Events that another source owns, not sent.
    pub other_door: u64,
    /// Refused messages by reason.
    pub reasons: BTreeMap<Reason, u64>,
    /// Parts of messages that have no canonical form, by templated name.
    pub unmapped: NameCounts,
    /// Parts whose twin counts, by name.
    pub twins: NameCounts,
    /// Parts that lack something, by name and what is missing.
    pub partial: NameCounts,
}

impl SourceCounts {
    pub(super) fn leave_out(&mut self, left_out: LeftOut) {
        match left_out {
            LeftOut::Unmapped { name } => self.unmapped.add(name),
            LeftOut::TwinIgnored { name } => self.twins.add(name),
            LeftOut::Partial { name, missing } => self.partial.add(Cow::Owned(format!("{name} without {missing}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beyond_the_bound_are_counted_together() {
        let mut counts = NameCounts::default();
        for number in 0..UNKNOWN_NAMES_MAX + 7 {
            counts.add(format!("name {number}").into());
        }
        counts.add("name 3".into());
        assert_eq!(counts.total() as usize, UNKNOWN_NAMES_MAX + 8);
        let sorted = counts.by_count();
        assert_eq!((sorted.len(), sorted[0], sorted[UNKNOWN_NAMES_MAX]), (UNKNOWN_NAMES_MAX + 1, ("name 3", 2), ("other", 7)));
    }
}
