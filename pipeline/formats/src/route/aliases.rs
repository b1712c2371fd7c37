//! The identity alias map: which learner of one identity space is which of another.
//!
//! ```text
//! space,id,alias_space,alias_id
//! openedx,42,https://lms.example.org,5ee8c1ad-…
//! ```
//! A row says that `alias_id` in `alias_space` is the learner `id` in `space`; events then carry the latter. An alias may lead
//! to another alias. Columns are found by name, in any order; an empty space is the space of events that name none.
//!
//! Invariants: following aliases ends at one learner, whatever the order of the rows; an error names line and column, no value.

use std::collections::HashMap;
use teachback_core::event::Event;
use teachback_core::event::validate::is_identifier;

/// Most rows of a map.
pub(super) const ALIASES_MAX: usize = 5_000_000;
const COLUMNS: [&str; 4] = ["space", "id", "alias_space", "alias_id"];

/// A learner in an identity space.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Identity {
    space: Box<str>,
    id: Box<str>,
}

/// Aliases, each with the learner at the end of its way.
#[derive(Debug, Clone, Default)]
pub struct Aliases {
    /// Alias space, alias id.
    learners: HashMap<Box<str>, HashMap<Box<str>, Identity>>,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
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

/// A map that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum AliasError {
    /// The first line lacks a column.
    #[error("line 1: there is no column `{0}`; the first line must be space,id,alias_space,alias_id")]
    NoColumn(&'static str),
    /// A line is no CSV of the width of the first.
    #[error("line {line}: not as many fields as the first line has, or no UTF-8")]
    BadLine {
        /// The line, from 1.
        line: u64,
    },
    /// A field is wrong.
    #[error("line {line}, column `{column}`: {fault}")]
    BadField {
        /// The line, from 1.
        line: u64,
        /// The column.
        column: &'static str,
        /// What is wrong.
        fault: Fault,
    },
    /// There are too many.
    #[error("line {line}: more than {ALIASES_MAX} aliases")]
    TooMany {
        /// The line, from 1.
        line: u64,
    },
}

impl Aliases {
    /// Reads a map.
    ///
    /// # Errors
    /// The first line that is wrong.
    pub fn read(table: &[u8]) -> Result<Self, AliasError> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(table);
        let header = reader.headers().map_err(|_| AliasError::BadLine { line: 1 })?.clone();
        let mut places = [0; COLUMNS.len()];
        for (place, column) in places.iter_mut().zip(COLUMNS) {
            *place = header.iter().position(|name| name.trim_start_matches('\u{feff}') == column).ok_or(AliasError::NoColumn(column))?;
        }
        let mut direct = Direct::default();
        let mut record = csv::StringRecord::new();
        loop {
            let line = reader.position().line();
            let more = reader.read_record(&mut record).map_err(|_| AliasError::BadLine { line })?;
            if !more {
                break;
            }
            let line = record.position().map_or(line, csv::Position::line);
            direct.add(line, places.map(|place| record.get(place).unwrap_or_default()))?;
        }
        direct.follow()
    }

    /// The name under which the learner of an event is known elsewhere, as (space, id).
    pub(super) fn of(&self, event: &Event<'_>) -> Option<(&str, &str)> {
        if self.learners.is_empty() {
            return None;
        }
        let space = self.learners.get(event.data.learner_space.as_deref().unwrap_or_default())?;
        space.get(event.data.learner.as_deref()?).map(|identity| (&*identity.space, &*identity.id))
    }

    /// How many aliases there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.learners.values().map(HashMap::len).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.learners.is_empty()
    }
}

/// Whom an id stands for, and the line that says so.
type Row = (Identity, u64);

/// The rows as they stand, before they are followed.
#[derive(Default)]
struct Direct {
    /// By space and id.
    rows: HashMap<Box<str>, HashMap<Box<str>, Row>>,
    count: usize,
}

impl Direct {
    fn add(&mut self, line: u64, [space, id, alias_space, alias_id]: [&str; 4]) -> Result<(), AliasError> {
        let bad = |column: &'static str, fault| Err(AliasError::BadField { line, column, fault });
        for (column, value) in COLUMNS.into_iter().zip([space, id, alias_space, alias_id]) {
            if value.is_empty() && (column == "id" || column == "alias_id") {
                return bad(column, Fault::Empty);
            }
            if !is_identifier(value) && !value.is_empty() {
                return bad(column, Fault::NoIdentifier);
            }
        }
        if self.count >= ALIASES_MAX {
            return Err(AliasError::TooMany { line });
        }
        let identity = Identity { space: space.into(), id: id.into() };
        let of_space = self.rows.entry(alias_space.into()).or_default();
        match of_space.get(alias_id) {
            Some((known, _)) if *known != identity => bad("alias_id", Fault::TwoLearners),
            Some(_) => Ok(()),
            None => {
                of_space.insert(alias_id.into(), (identity, line));
                self.count += 1;
                Ok(())
            }
        }
    }

    fn next(&self, identity: &Identity) -> Option<&(Identity, u64)> {
        self.rows.get(&identity.space)?.get(&identity.id)
    }

    /// Follows every alias to its end. The first line, by number, whose alias leads into a circle is the error.
    fn follow(self) -> Result<Aliases, AliasError> {
        let mut aliases = Aliases::default();
        let mut cycle: Option<u64> = None;
        for (space, rows) in &self.rows {
            let ends = aliases.learners.entry(space.clone()).or_default();
            for (alias, (first, line)) in rows {
                match self.end_of(first) {
                    Some(end) => {
                        ends.insert(alias.clone(), end.clone());
                    }
                    None => cycle = Some(cycle.map_or(*line, |earlier| earlier.min(*line))),
                }
            }
        }
        match cycle {
            Some(line) => Err(AliasError::BadField { line, column: "alias_id", fault: Fault::Cycle }),
            None => Ok(aliases),
        }
    }

    /// Where a way ends; `None` for a circle. One runner goes twice as fast as the other and meets it only in a circle.
    fn end_of<'a>(&'a self, first: &'a Identity) -> Option<&'a Identity> {
        let (mut slow, mut fast) = (first, first);
        loop {
            for _ in 0..2 {
                match self.next(fast) {
                    None => return Some(fast),
                    Some((next, _)) => fast = next,
                }
            }
            slow = &self.next(slow)?.0;
            if slow == fast {
                return None;
            }
        }
    }
}
