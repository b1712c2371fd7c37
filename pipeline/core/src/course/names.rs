//! Names as small integers. A course holds each of its names once; states refer to them by number.
//!
//! Numbers depend on arrival order and are never published: seals sort by the names themselves.

use crate::limits::NAMES_PER_COURSE_MAX;
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use std::hash::Hash;
use std::sync::Arc;

/// A set of names of one kind, numbered in order of arrival.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(deserialize = "N: Deserialize<'de>"))]
pub struct NameSet<N: Hash + Eq + Clone> {
    list: Vec<N>,
    #[serde(skip, default = "HashMap::new")]
    index: HashMap<N, u32>,
}

impl<N: Hash + Eq + Clone> Default for NameSet<N> {
    fn default() -> Self {
        Self { list: Vec::new(), index: HashMap::new() }
    }
}

impl<N: Hash + Eq + Clone> NameSet<N> {
    /// The name with a number.
    #[must_use]
    pub fn get(&self, number: u32) -> Option<&N> {
        self.list.get(number as usize)
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All names with their numbers, in order of arrival.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &N)> {
        self.list.iter().enumerate().map(|(number, name)| (number as u32, name))
    }

    pub(super) fn restore(&mut self) {
        self.index = self.list.iter().enumerate().map(|(number, name)| (name.clone(), number as u32)).collect();
    }

    fn add(&mut self, name: N) -> Option<u32> {
        if self.list.len() >= NAMES_PER_COURSE_MAX {
            return None;
        }
        let number = self.list.len() as u32;
        self.list.push(name.clone());
        self.index.insert(name, number);
        Some(number)
    }
}

impl NameSet<Arc<str>> {
    /// The number of a name, given on first sight; `None` once the course holds too many.
    pub fn number(&mut self, name: &str) -> Option<u32> {
        match self.index.get(name) {
            Some(number) => Some(*number),
            None => self.add(name.into()),
        }
    }

    /// The number of a name that is most likely `expected`: the name is only looked up when it is not.
    #[inline]
    pub fn number_like(&mut self, expected: Option<u32>, name: &str) -> Option<u32> {
        match expected {
            Some(number) if self.text(number) == name => Some(number),
            _ => self.number(name),
        }
    }

    /// The name with a number, or the empty text.
    #[must_use]
    pub fn text(&self, number: u32) -> &str {
        self.get(number).map_or("", |name| name)
    }
}

/// An item within an assessment; both by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ItemName {
    /// The assessment, by its number.
    pub assessment: u32,
    /// The item's own name, by its number in `item_ids`.
    pub item: u32,
}

impl NameSet<ItemName> {
    /// The number of an item, given on first sight; `None` once the course holds too many.
    pub fn number(&mut self, name: ItemName) -> Option<u32> {
        match self.index.get(&name) {
            Some(number) => Some(*number),
            None => self.add(name),
        }
    }
}

/// All names of one course.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Names {
    /// Contents.
    pub contents: NameSet<Arc<str>>,
    /// Modules.
    pub modules: NameSet<Arc<str>>,
    /// Assessments; the empty name stands for none.
    pub assessments: NameSet<Arc<str>>,
    /// Item ids.
    pub item_ids: NameSet<Arc<str>>,
    /// Items within assessments.
    pub items: NameSet<ItemName>,
    /// Everything else: responses, clients, modes, reasons, types, versions.
    pub words: NameSet<Arc<str>>,
}

impl Names {
    pub(super) fn restore(&mut self) {
        self.contents.restore();
        self.modules.restore();
        self.assessments.restore();
        self.item_ids.restore();
        self.items.restore();
        self.words.restore();
    }
}
