//! Who may tell which facts: each (provider, fact group) has at most one owning source at any time.
//!
//! A platform often says the same twice: by its tracking log, and as the xAPI that a plugin made of it. The ids differ, so no
//! one can tell the repeat; the settings say which door counts, and the other's facts are not sent.

use super::Source;
use std::collections::BTreeMap;
use teachback_core::event::Event;
use teachback_core::time::EventTime;

/// The groups of facts: the second part of an event type, the clock's aside.
pub const FACT_GROUPS: &[&str] = &["content", "assessment", "item", "enrollment", "course", "feedback", "live", "search", "statement"];

/// A source owns a group of facts for some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ownership {
    /// One of [`FACT_GROUPS`].
    pub group: String,
    /// Of which provider; of all when it is not set. What is said of one goes before what is said of all.
    pub provider: Option<String>,
    /// From this event time on.
    pub from: Option<EventTime>,
    /// Until before this event time.
    pub until: Option<EventTime>,
}

impl Ownership {
    fn holds(&self, time: EventTime) -> bool {
        self.from.is_none_or(|from| from <= time) && self.until.is_none_or(|until| time < until)
    }

    fn overlaps(&self, other: &Self) -> bool {
        let starts_before = |from: Option<EventTime>, until: Option<EventTime>| from.zip(until).is_none_or(|(from, until)| from < until);
        starts_before(self.from, other.until) && starts_before(other.from, self.until)
    }
}

/// Settings that give facts to two owners, or to none that can be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OwnersError {
    /// Two sources own the same.
    #[error("sources `{first}` and `{second}` both own `{group}` {of} at the same time: one of them may tell it")]
    TwoOwners {
        /// One of them.
        first: String,
        /// The other.
        second: String,
        /// The group.
        group: String,
        /// Of which provider.
        of: String,
    },
    /// There is no such group.
    #[error("source `{source_name}` owns `{group}`, which is no group of facts; those are {}", FACT_GROUPS.join(", "))]
    NoGroup {
        /// The source.
        source_name: String,
        /// What it names.
        group: String,
    },
    /// The time ends before it begins.
    #[error("source `{source_name}` owns `{group}` until a time that is not after `from`")]
    NoTime {
        /// The source.
        source_name: String,
        /// The group.
        group: String,
    },
}

/// The name of a source, and what it owns.
type Owner = (String, Ownership);

/// Who owns what.
#[derive(Debug, Clone, Default)]
pub struct Owners {
    /// By group and provider.
    owners: BTreeMap<&'static str, BTreeMap<Option<String>, Vec<Owner>>>,
}

impl Owners {
    /// Collects what the sources own.
    ///
    /// # Errors
    /// When two own the same at the same time, a group is not known, or a time ends before it begins.
    pub fn new<'a>(sources: impl IntoIterator<Item = &'a Source>) -> Result<Self, OwnersError> {
        let mut owners = Self::default();
        for source in sources {
            for ownership in &source.owns {
                let known = FACT_GROUPS.iter().find(|group| **group == ownership.group);
                let Some(group) = known else {
                    return Err(OwnersError::NoGroup { source_name: source.name.clone(), group: ownership.group.clone() });
                };
                if ownership.from.zip(ownership.until).is_some_and(|(from, until)| until <= from) {
                    return Err(OwnersError::NoTime { source_name: source.name.clone(), group: ownership.group.clone() });
                }
                let held = owners.owners.entry(group).or_default().entry(ownership.provider.clone()).or_default();
                if let Some((first, _)) = held.iter().find(|(owner, other)| *owner != source.name && other.overlaps(ownership)) {
                    return Err(OwnersError::TwoOwners {
                        first: first.clone(),
                        second: source.name.clone(),
                        group: ownership.group.clone(),
                        of: ownership.provider.as_ref().map_or_else(|| "of all providers".to_owned(), |provider| format!("of {provider}")),
                    });
                }
                held.push((source.name.clone(), ownership.clone()));
            }
        }
        Ok(owners)
    }

    /// Whether such a fact belongs to another source than the one that tells it.
    pub(super) fn owned_elsewhere(&self, source: &str, event: &Event<'_>) -> bool {
        if self.owners.is_empty() {
            return false;
        }
        let group = event.kind.name().split('.').nth(1).unwrap_or_default();
        let Some(of_group) = self.owners.get(group) else { return false };
        let owner = |provider: &Option<String>| {
            let held = of_group.get(provider)?;
            held.iter().find(|(_, ownership)| ownership.holds(event.time)).map(|(owner, _)| owner.as_str())
        };
        let of_provider = event.data.provider.as_ref().and_then(|provider| owner(&Some(provider.to_string())));
        of_provider.or_else(|| owner(&None)).is_some_and(|owner| owner != source)
    }
}
