//! The versions of a content and when each was first seen: a join.

use super::names::NameSet;
use crate::limits::VERSIONS_PER_CONTENT_MAX;
use crate::time::EventTime;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Versions of one content, by their number in `names.words`, each with the earliest time it was seen.
///
/// Of more than [`VERSIONS_PER_CONTENT_MAX`] those seen first are kept: which these are does not depend on order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions(Vec<(u32, EventTime)>);

impl Versions {
    /// Joins a sighting; false when a version was left out for it, be it this one.
    pub fn see(&mut self, version: u32, time: EventTime, words: &NameSet<Arc<str>>) -> bool {
        if let Some((_, first)) = self.0.iter_mut().find(|(known, _)| *known == version) {
            *first = time.min(*first);
            return true;
        }
        super::learner::push_exact(&mut self.0, (version, time));
        if self.0.len() <= VERSIONS_PER_CONTENT_MAX {
            return true;
        }
        let last = self.0.iter().enumerate().max_by_key(|(_, (version, first))| (*first, words.text(*version))).map(|(place, _)| place);
        last.map(|last| self.0.swap_remove(last));
        false
    }

    /// Each version with the time it was first seen, in no stated order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, EventTime)> {
        self.0.iter().copied()
    }
}

/// Versions that outlines give to contents.
///
/// Their contents are named here and not in [`super::names::Names`]: a content that only an outline names has no events, and
/// is no row of any table.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct OutlinedVersions {
    contents: NameSet<Arc<str>>,
    versions: Vec<Versions>,
}

impl OutlinedVersions {
    /// Joins a sighting; false when something was left out.
    pub fn see(&mut self, content: &str, version: u32, time: EventTime, words: &NameSet<Arc<str>>) -> bool {
        let Some(content) = self.contents.number(content) else { return false };
        if self.versions.len() <= content as usize {
            self.versions.resize_with(content as usize + 1, Versions::default);
        }
        self.versions[content as usize].see(version, time, words)
    }

    /// Each content with its versions.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Versions)> {
        self.contents.iter().map(|(_, content)| &**content).zip(&self.versions)
    }

    pub(super) fn restore(&mut self) {
        self.contents.restore();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn order_and_repeats_do_not_matter_even_beyond_the_bound(
            sightings in proptest::collection::vec((0_usize..24, 0_i64..40), 0..120),
            keys in proptest::collection::vec(any::<u32>(), 120),
        ) {
            let named = |order: &[usize]| {
                let (mut words, mut versions) = (NameSet::<Arc<str>>::default(), Versions::default());
                for place in order {
                    let (version, time) = sightings[*place];
                    let number = words.number(&format!("v{version}")).expect("room for names");
                    versions.see(number, EventTime(time), &words);
                }
                let mut named: Vec<(EventTime, String)> = versions.iter().map(|(version, first)| (first, words.text(version).to_owned())).collect();
                named.sort();
                named
            };
            let mut order: Vec<usize> = (0..sightings.len()).collect();
            let expected = named(&order);
            prop_assert!(expected.len() <= VERSIONS_PER_CONTENT_MAX);
            order.extend(0..sightings.len() / 2);
            order.sort_by_key(|place| keys[*place]);
            prop_assert_eq!(named(&order), expected);
        }
    }
}
