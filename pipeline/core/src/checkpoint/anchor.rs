//! The anchor of a shard's chain: what is left of old records once their files are gone.
//!
//! A chain grows by a record every few minutes for as long as a shard lives. Its oldest part is therefore *folded*: an
//! anchor takes its place, which says where the chain goes on (number, hash, offset) and what the folded records counted,
//! one row a UTC day. What they vouch for, file by file, stands in one *register* a day, which the row names with its hash.
//!
//! Invariants:
//! - An anchor is a function of the records up to its `through`, whatever the steps in which they were folded. Two owners
//!   that fold the same records write the same bytes.
//! - Only a chain that is whole is folded: what does not follow, balance or add up stays as it is, to be looked at.
//! - `totals` is the sum of the days' ledgers, and the `totals` of the record `through`.

use super::{FileNote, Ledger, Record, RecordKind};
use crate::time::{Day, EventTime};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// Version of the anchor's form.
pub const ANCHOR_VERSION: u32 = 1;

/// The beginning of a chain whose first records are folded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// See [`ANCHOR_VERSION`].
    pub version: u32,
    /// The shard.
    pub shard: u32,
    /// Number of the last record that is folded.
    pub through: u64,
    /// SHA-256 of that record's bytes, hexadecimal: what the next one names as its `previous`.
    pub hash: String,
    /// Offset after that record.
    pub to: u64,
    /// What became of all messages up to there.
    pub totals: Ledger,
    /// The first and the last midnight whose cut is folded.
    pub cuts: Option<(EventTime, EventTime)>,
    /// The folded records by UTC day, ascending.
    pub days: Vec<FoldedDay>,
}

/// The folded records of one UTC day of a shard's clock; records made before its clock began count to 1970-01-01, as their
/// lake files do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoldedDay {
    /// The day.
    pub day: Day,
    /// Number of its first folded record.
    pub first: u64,
    /// Number of its last folded record.
    pub last: u64,
    /// First offset of the first.
    pub from: u64,
    /// Offset after the last.
    pub to: u64,
    /// The shard's time after the last.
    pub time: Option<EventTime>,
    /// What became of their messages.
    pub ledger: Ledger,
    /// Evidence told to decide, by record.
    pub evidence: Vec<(u64, FileNote)>,
    /// Where their [`Entry`]s stand; `None` when there is none.
    pub register: Option<FileNote>,
}

/// What a folded record said of its messages and vouched for. A record that counted nothing and made no file has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number.
    pub epoch: u64,
    /// What became of its messages.
    pub ledger: Ledger,
    /// Its lake files and rejected files.
    pub files: Vec<FileNote>,
}

/// What folding gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    /// The new anchor; the registers of the days in `added` are not in it yet.
    pub anchor: Anchor,
    /// What is to be added to the register of each day, in the order of the chain.
    pub added: BTreeMap<Day, Vec<Entry>>,
}

/// Why a record does not continue the chain before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenLink {
    /// A number is missing.
    #[error("record {expected} is missing, {found} comes next")]
    Number {
        /// The number that must come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// It names another predecessor.
    #[error("record {0} does not follow the record before it")]
    Previous(u64),
    /// It begins elsewhere.
    #[error("record {epoch} begins at {from}, the record before it ends at {to}")]
    Offset {
        /// Its number.
        epoch: u64,
        /// Where it begins.
        from: u64,
        /// Where it should.
        to: u64,
    },
    /// Messages vanished.
    #[error("record {epoch}: read {read} is not accepted + duplicate + late + rejected")]
    Unbalanced {
        /// Its number.
        epoch: u64,
        /// What it says it read.
        read: u64,
    },
    /// Its totals are not the sum so far.
    #[error("record {0}: its totals are not the sum of the ledgers so far")]
    Totals(u64),
}

/// Where a walk along a chain stands: what the next record must agree with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    next: u64,
    hash: String,
    to: Option<u64>,
    totals: Ledger,
}

impl Standing {
    /// Where the chain goes on behind an anchor; the beginning where there is none.
    #[must_use]
    pub fn behind(anchor: Option<&Anchor>) -> Self {
        anchor.map_or_else(Self::default, |anchor| Self {
            next: anchor.through + 1,
            hash: anchor.hash.clone(),
            to: Some(anchor.to),
            totals: anchor.totals.clone(),
        })
    }

    /// The number that the next record must have.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.next
    }

    /// The sum of the ledgers so far.
    #[must_use]
    pub fn totals(&self) -> &Ledger {
        &self.totals
    }

    /// Goes on to the next record, whose bytes have this hash, and tells everything that is wrong with it.
    pub fn step(&mut self, record: &Record, hash: &str) -> Vec<BrokenLink> {
        let epoch = record.epoch;
        let mut broken = Vec::new();
        if epoch != self.next {
            broken.push(BrokenLink::Number { expected: self.next, found: epoch });
        }
        if record.previous != self.hash {
            broken.push(BrokenLink::Previous(epoch));
        }
        if let Some(to) = self.to.filter(|to| *to != record.from) {
            broken.push(BrokenLink::Offset { epoch, from: record.from, to });
        }
        if !record.ledger.is_balanced() {
            broken.push(BrokenLink::Unbalanced { epoch, read: record.ledger.read });
        }
        self.totals += &record.ledger;
        if self.totals != record.totals {
            broken.push(BrokenLink::Totals(epoch));
        }
        *self = Self { next: epoch + 1, hash: hash.to_owned(), to: Some(record.to), totals: std::mem::take(&mut self.totals) };
        broken
    }
}

impl Anchor {
    /// Folds records, each with the hash of its bytes, into the anchor before them; `None` when there is neither. The caller
    /// writes the registers and notes them with [`Self::note_register`].
    ///
    /// # Errors
    /// When the records are not a whole continuation of the chain.
    pub fn fold<'a>(before: Option<&Self>, records: impl IntoIterator<Item = (&'a Record, &'a str)>) -> Result<Option<Folded>, BrokenLink> {
        let mut standing = Standing::behind(before);
        let mut anchor = before.cloned();
        let mut added: BTreeMap<Day, Vec<Entry>> = BTreeMap::new();
        for (record, hash) in records {
            if let Some(broken) = standing.step(record, hash).into_iter().next() {
                return Err(broken);
            }
            let anchor = anchor.get_or_insert_with(|| Self::empty(record.shard));
            (anchor.through, anchor.hash, anchor.to) = (record.epoch, hash.to_owned(), record.to);
            anchor.totals += &record.ledger;
            if let (RecordKind::Cut, Some(snapshot)) = (record.kind, &record.snapshot) {
                anchor.cuts = Some((anchor.cuts.map_or(snapshot.first, |(first, _)| first), snapshot.last));
            }
            let day = anchor.day_of(record);
            day.ledger += &record.ledger;
            day.evidence.extend(record.evidence.iter().map(|file| (record.epoch, file.clone())));
            if record.ledger != Ledger::default() || !record.files.is_empty() {
                let entry = Entry { epoch: record.epoch, ledger: record.ledger.clone(), files: record.files.clone() };
                added.entry(day.day).or_default().push(entry);
            }
        }
        Ok(anchor.map(|anchor| Folded { anchor, added }))
    }

    /// Notes the register of a day, whole.
    pub fn note_register(&mut self, day: Day, register: FileNote) {
        self.days.iter_mut().filter(|row| row.day == day).for_each(|row| row.register = Some(register.clone()));
    }

    fn empty(shard: u32) -> Self {
        Self { version: ANCHOR_VERSION, shard, through: 0, hash: String::new(), to: 0, totals: Ledger::default(), cuts: None, days: Vec::new() }
    }

    /// The day to which the next record belongs, brought up to it. A shard's clock never goes back.
    fn day_of(&mut self, record: &Record) -> &mut FoldedDay {
        let day = record.clock.time.unwrap_or_default().day();
        if self.days.last().is_none_or(|last| last.day < day) {
            self.days.push(FoldedDay {
                day,
                first: record.epoch,
                last: record.epoch,
                from: record.from,
                to: record.to,
                time: record.clock.time,
                ledger: Ledger::default(),
                evidence: Vec::new(),
                register: None,
            });
        }
        let place = self.days.len() - 1;
        let row = &mut self.days[place];
        (row.last, row.to, row.time) = (record.epoch, record.to, record.clock.time);
        row
    }
}

/// How many records stay, and how many are folded at once.
#[derive(Debug, Clone, Copy)]
pub struct FoldBounds {
    /// The newest records that always stay.
    pub records_kept: u64,
    /// Fewer are not worth a new anchor.
    pub records_folded_min: u64,
}

/// Up to which record a chain may be folded now; `None` when it is not worth it.
///
/// `chain` are the numbers of the records behind the anchor. `image` is the record that made the state image in force:
/// recovery reads it and all that follow. `waiting` is the oldest record with a part of a snapshot that the publisher is not
/// done with.
#[must_use]
pub fn fold_through(chain: Range<u64>, image: Option<u64>, waiting: Option<u64>, bounds: FoldBounds) -> Option<u64> {
    let old = chain.end.saturating_sub(bounds.records_kept);
    let end = old.min(image?).min(waiting.unwrap_or(u64::MAX));
    (end.saturating_sub(chain.start) >= bounds.records_folded_min.max(1)).then(|| end - 1)
}

#[cfg(test)]
mod tests;
