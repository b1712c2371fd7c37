//! The identity alias map: which learner of one identity space is which of another.
//!
//! ```text
//!  CSV table ── Aliases::read, all or nothing ──┐
//!                                               ├──▶ Aliases ── of(event) ──▶ the learner's one name
//!  records of a topic ── Aliases::take, each ───┘
//! ```
//! An alias stands for a learner, and events of the alias then carry the learner's name. A learner may be an alias of another
//! one. An empty space is the space of events that name none.
//!
//! Invariants:
//! - Following aliases ends at one learner, whatever the order in which they came; where it leads in a circle, nobody is joined.
//! - No error holds a value of the map.

mod record;
mod table;

pub use record::{Change, RecordFault};
pub use table::AliasError;

use std::collections::HashMap;
use teachback_core::event::Event;
use teachback_core::event::validate::is_identifier;

/// Most aliases of a map.
pub const ALIASES_MAX: usize = 5_000_000;

/// A learner in an identity space.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Identity {
    space: Box<str>,
    id: Box<str>,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Fault {
    /// It is empty.
    #[error("it is empty")]
    Empty,
    /// It is no identifier.
    #[error("it is longer than 1,024 bytes, or holds control characters or a path to a parent")]
    NoIdentifier,
    /// The alias already leads to another learner.
    #[error("this alias stands for another learner in an earlier line")]
    TwoLearners,
    /// The alias leads back to itself.
    #[error("following this alias leads back to it")]
    Cycle,
}

impl Identity {
    /// Checks both parts; the names are those by which an error calls them.
    fn checked(space: &str, id: &str, names: [&'static str; 2]) -> Result<Self, (&'static str, Fault)> {
        let [space_name, id_name] = names;
        if !space.is_empty() && !is_identifier(space) {
            return Err((space_name, Fault::NoIdentifier));
        }
        if id.is_empty() {
            return Err((id_name, Fault::Empty));
        }
        if !is_identifier(id) {
            return Err((id_name, Fault::NoIdentifier));
        }
        Ok(Self { space: space.into(), id: id.into() })
    }
}

/// Aliases, each with whom it stands for.
#[derive(Debug, Clone, Default)]
pub struct Aliases {
    /// By alias space and alias id.
    learners: HashMap<Box<str>, HashMap<Box<str>, Identity>>,
    count: usize,
}

impl Aliases {
    /// The name under which the learner of an event is known elsewhere, as (space, id).
    pub(super) fn of(&self, event: &Event<'_>) -> Option<(&str, &str)> {
        if self.is_empty() {
            return None;
        }
        let first = self.next(event.data.learner_space.as_deref().unwrap_or_default(), event.data.learner.as_deref()?)?;
        self.end_of(first).map(|end| (&*end.space, &*end.id))
    }

    /// How many aliases there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whom an alias stands for.
    fn next(&self, space: &str, id: &str) -> Option<&Identity> {
        self.learners.get(space)?.get(id)
    }

    /// Sets whom an alias stands for, in place of whom it stood for before.
    fn set(&mut self, alias: Identity, learner: Identity) {
        let before = self.learners.entry(alias.space).or_default().insert(alias.id, learner);
        self.count += usize::from(before.is_none());
    }

    /// Takes an alias away, if it is there.
    fn remove(&mut self, alias: &Identity) {
        let before = self.learners.get_mut(&alias.space).and_then(|of_space| of_space.remove(&alias.id));
        self.count -= usize::from(before.is_some());
    }

    /// Whether following an alias ends nowhere.
    fn leads_in_a_circle(&self, alias: &Identity) -> bool {
        self.next(&alias.space, &alias.id).is_some_and(|first| self.end_of(first).is_none())
    }

    /// Where a way ends; `None` for a circle. One runner goes twice as fast as the other and meets it only in a circle.
    fn end_of<'a>(&'a self, first: &'a Identity) -> Option<&'a Identity> {
        let (mut slow, mut fast) = (first, first);
        loop {
            for _ in 0..2 {
                match self.next(&fast.space, &fast.id) {
                    None => return Some(fast),
                    Some(next) => fast = next,
                }
            }
            slow = self.next(&slow.space, &slow.id)?;
            if slow == fast {
                return None;
            }
        }
    }
}
