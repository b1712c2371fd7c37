//! The commit record of a shard, and the decisions about it.
//!
//! A shard's records form a chain: each names the hash of the one before, and creating the next one *if absent* is the
//! only commit point. Everything a record names was written before it; everything after it can be repeated.
//!
//! | crash | left behind | recovery |
//! |---|---|---|
//! | before the files | nothing | reads on from the last record |
//! | among the files | files that no record names | writes the same bytes to the same paths |
//! | record sent, answer lost | the record | reads it back and knows its own attempt |
//! | after the record | the record | folds up to it again and goes on |
//! | another owner | his takeover record | the next create fails; this owner drops the shard |
//!
//! Old records do not stay for ever: [`anchor`] takes their place.

pub mod anchor;

use crate::partitioner::Partitioner;
use crate::refusal::Reason;
use crate::shard::ShardClock;
use crate::time::EventTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::AddAssign;

/// Version of the record's form.
pub const RECORD_VERSION: u32 = 1;
/// Version of what folding and sealing do, and of the form of state images and evidence; a chain made by another version is not
/// continued.
pub const LOGIC_VERSION: u32 = 5;

/// Why a record was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// An owner began.
    Takeover,
    /// The log says so: a round offset.
    Regular,
    /// A midnight passed.
    Cut,
    /// A snapshot taken by the wall clock while caught up.
    Fresh,
    /// The end of a bounded run.
    End,
    /// The owner stopped in order.
    Shutdown,
}

impl RecordKind {
    /// Its name in `pipeline_audit`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Takeover => "takeover",
            Self::Regular => "regular",
            Self::Cut => "cut",
            Self::Fresh => "fresh",
            Self::End => "end",
            Self::Shutdown => "shutdown",
        }
    }
}

/// What became of the records of one stretch of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Messages read, ticks aside.
    pub read: u64,
    /// Folded.
    pub accepted: u64,
    /// Repeats.
    pub duplicate: u64,
    /// Too late.
    pub late: u64,
    /// Refused.
    pub rejected: u64,
    /// Of the repeats, those that say something else.
    pub conflict: u64,
    /// Of the accepted, those of an unknown type.
    pub unknown_type: u64,
    /// Unknown fields met.
    pub unknown_fields: u64,
    /// Refused, by reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reasons: BTreeMap<Reason, u64>,
}

impl Ledger {
    /// Whether nothing vanished.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        self.read == self.accepted + self.duplicate + self.late + self.rejected && self.rejected == self.reasons.values().sum::<u64>()
    }
}

impl AddAssign<&Ledger> for Ledger {
    fn add_assign(&mut self, other: &Self) {
        self.read += other.read;
        self.accepted += other.accepted;
        self.duplicate += other.duplicate;
        self.late += other.late;
        self.rejected += other.rejected;
        self.conflict += other.conflict;
        self.unknown_type += other.unknown_type;
        self.unknown_fields += other.unknown_fields;
        for (reason, count) in &other.reasons {
            *self.reasons.entry(*reason).or_default() += count;
        }
    }
}

/// A file that a record vouches for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileNote {
    /// Its path in the warehouse.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
}

/// The parts of a snapshot that a record staged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotNote {
    /// The first moment whose snapshot this is.
    pub first: EventTime,
    /// The last; later than `first` when midnights passed without a record between them.
    pub last: EventTime,
    /// Table name and staged file, in the order of the sealed tables; empty when retention would drop it anyway.
    pub parts: Vec<(String, FileNote)>,
}

/// The last message of the log that was read before a record's end, by which the log is known again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tail {
    /// Its offset.
    pub offset: u64,
    /// When the log received it, where the log knows.
    pub received: Option<EventTime>,
    /// HMAC-SHA256 of its key, headers and bytes, hexadecimal.
    pub digest: String,
}

/// Where the state image stands: segments in the order in which they are read, later ones overriding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageNote {
    /// The offset up to which the image holds everything.
    pub offset: u64,
    /// Epoch of the record that made it.
    pub epoch: u64,
    /// Its segments.
    pub segments: Vec<FileNote>,
}

/// What must be the same for a chain to be continued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// See [`LOGIC_VERSION`].
    pub logic_version: u32,
    /// Partitions of the log.
    pub partitions: u32,
    /// How courses are placed in them.
    pub partitioner: Partitioner,
    /// The horizon, microseconds.
    pub horizon: i64,
    /// Fingerprint of the pseudonym key.
    pub key_fingerprint: String,
    /// Whether the lake is kept.
    pub lake: bool,
    /// The log's name: a topic, or `files`.
    pub log: String,
}

/// A commit record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// See [`RECORD_VERSION`].
    pub version: u32,
    /// The shard.
    pub shard: u32,
    /// Its number in the chain, from 0.
    pub epoch: u64,
    /// SHA-256 of the record before, hexadecimal; empty for the first.
    pub previous: String,
    /// Who tried to make it: told apart from another's when an answer is lost.
    pub attempt: String,
    /// Why.
    pub kind: RecordKind,
    /// First offset of this record.
    pub from: u64,
    /// Offset after its last.
    pub to: u64,
    /// The last message before `to`; `None` when none was ever read.
    #[serde(default)]
    pub tail: Option<Tail>,
    /// The shard's clock after it.
    pub clock: ShardClock,
    /// What became of the messages in `[from, to)`.
    pub ledger: Ledger,
    /// The same since the beginning of the chain.
    pub totals: Ledger,
    /// Lake files and rejected files.
    pub files: Vec<FileNote>,
    /// Staged parts of a snapshot.
    pub snapshot: Option<SnapshotNote>,
    /// Evidence told to decide.
    pub evidence: Option<FileNote>,
    /// The state image in force.
    pub image: Option<ImageNote>,
    /// For files: what was read of each, as the connector describes it.
    pub log_marks: Option<String>,
    /// For files: the latest event time that is believed for what was read first in each run, by offset.
    pub ceilings: Vec<(u64, EventTime)>,
    /// What a continuation must agree with.
    pub terms: Terms,
}

/// Why a chain cannot be continued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotContinue {
    /// A setting differs from the one the warehouse was made with.
    #[error("this warehouse was made with {what} {was}, now it is {now}: use another warehouse, or go back to the old setting")]
    Terms {
        /// Which setting.
        what: &'static str,
        /// What it was.
        was: String,
        /// What it is now.
        now: String,
    },
    /// The record is of another form.
    #[error("the record is of version {0}, this program reads version {RECORD_VERSION}")]
    Version(u32),
}

/// Whether a chain whose last record is `tip` may be continued under these terms.
///
/// # Errors
/// The first setting that differs.
pub fn may_continue(tip: &Record, now: &Terms) -> Result<(), CannotContinue> {
    if tip.version != RECORD_VERSION {
        return Err(CannotContinue::Version(tip.version));
    }
    let was = &tip.terms;
    let differs = |what, was: String, now: String| if was == now { Ok(()) } else { Err(CannotContinue::Terms { what, was, now }) };
    differs("log", was.log.clone(), now.log.clone())?;
    differs("logic version", was.logic_version.to_string(), now.logic_version.to_string())?;
    differs("partitions", was.partitions.to_string(), now.partitions.to_string())?;
    differs("partitioner", format!("{:?}", was.partitioner), format!("{:?}", now.partitioner))?;
    differs("horizon (seconds)", (was.horizon / crate::time::SECOND).to_string(), (now.horizon / crate::time::SECOND).to_string())?;
    differs("pseudonym key", was.key_fingerprint.clone(), now.key_fingerprint.clone())?;
    differs("lake", was.lake.to_string(), now.lake.to_string())
}
