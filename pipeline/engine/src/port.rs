//! The ports: what the engine needs of the outside world. Each has a memory and a production implementation in
//! `teachback-connectors`, and both pass one conformance suite there.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use teachback_core::event::decode::Headers;
use teachback_core::event::validate::Key;
use teachback_core::table::{Rows, TableContract};
use teachback_core::time::EventTime;

/// A partition of a log; one of the canonical log is a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Partition(pub u32);

impl fmt::Display for Partition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:02}", self.0)
    }
}

/// One record of the log, borrowed from the source for the time of one call.
#[derive(Debug)]
pub struct Record<'a> {
    /// Its partition.
    pub partition: Partition,
    /// Its offset.
    pub offset: u64,
    /// The offset after it: where reading goes on.
    pub next: u64,
    /// When the log received it, where the log knows.
    pub received: Option<EventTime>,
    /// Its key.
    pub key: Key<'a>,
    /// Its headers.
    pub headers: Headers<'a>,
    /// Its bytes; empty for a Kafka tombstone.
    pub body: &'a [u8],
}

/// Where reading of a partition goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResumeAt {
    /// The first offset that is wanted.
    pub next: u64,
    /// The last record before it that was read, where it is to be handed over once more, by which the reader knows the log.
    pub tail: Option<u64>,
}

impl ResumeAt {
    /// The same in a log that begins at `low`: a tail that retention has taken cannot be had.
    #[must_use]
    pub fn in_log_from(self, low: u64) -> Self {
        Self { tail: self.tail.filter(|tail| *tail >= low), ..self }
    }

    /// The first record to hand over.
    #[must_use]
    pub fn first(self) -> u64 {
        self.tail.unwrap_or(self.next)
    }
}

impl From<u64> for ResumeAt {
    fn from(next: u64) -> Self {
        Self { next, tail: None }
    }
}

/// A partition came or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The partition is ours; records follow from where reading goes on.
    Assigned(Partition),
    /// The partition will be another's; what was read may still be committed.
    Revoked(Partition),
    /// The partition is already another's; drop it at once.
    Lost(Partition),
}

/// What one call of [`Source::poll`] brought.
#[derive(Debug, Default)]
pub struct Polled {
    /// Records handed to `handle`.
    pub records: usize,
    /// Partitions that came or went. The caller deals with them before it polls again.
    pub changes: Vec<Change>,
    /// Partitions of a bounded source that have reached their recorded end.
    pub ended: Vec<Partition>,
    /// Whether there was nothing more to read just now.
    pub caught_up: bool,
}

/// A log.
pub trait Source: Send {
    /// The name under which refused messages are kept: a topic, or the input paths.
    fn name(&self) -> &str;

    /// Hands at most `records_max` records to `handle`, waiting at most `wait` for the first. Never blocks on anything else.
    ///
    /// # Errors
    /// When the log cannot be read on: truncated, beyond retention, unreachable for good.
    fn poll(&mut self, records_max: usize, wait: Duration, handle: &mut dyn FnMut(&Record<'_>)) -> Result<Polled, PortError>;

    /// Tells the log, for its lag tools only, that everything before `next` is safe.
    ///
    /// # Errors
    /// When the log refuses; the caller logs it and goes on.
    fn note_committed(&mut self, positions: &[(Partition, u64)]) -> Result<(), PortError>;
}

/// Whether [`Store::create`] made the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// It is ours.
    New,
    /// Somebody made it before.
    Exists,
}

/// A file in a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
}

/// The warehouse. Paths are relative, `/`-separated, made only by [`crate::layout`] from validated parts.
///
/// A file is seen whole or not at all, and when a call returns it is on disk.
pub trait Store: Send + Sync {
    /// Writes a file, replacing what was there.
    ///
    /// # Errors
    /// When the store cannot.
    fn put(&self, path: &str, bytes: Bytes) -> Result<(), PortError>;
    /// Writes a file only if none is there: the one primitive on which commits rest.
    ///
    /// # Errors
    /// When the store cannot tell or cannot write.
    fn create(&self, path: &str, bytes: Bytes) -> Result<Created, PortError>;
    /// Reads a file; `None` when there is none.
    ///
    /// # Errors
    /// When the store cannot.
    fn get(&self, path: &str) -> Result<Option<Bytes>, PortError>;
    /// The files below a folder, sorted by path.
    ///
    /// # Errors
    /// When the store cannot.
    fn list(&self, folder: &str) -> Result<Vec<Entry>, PortError>;
    /// Removes a file; one that is not there is no error.
    ///
    /// # Errors
    /// When the store cannot.
    fn delete(&self, path: &str) -> Result<(), PortError>;
    /// Makes files also seen in the folder `to`, under the given names, all at once where the store can (a directory of
    /// hard links, renamed); does nothing when `to` is already there. Each pair is (path of the file, name below `to`).
    ///
    /// # Errors
    /// When the store cannot.
    fn expose(&self, files: &[(String, String)], to: &str) -> Result<(), PortError>;
    /// Removes a folder and all below it; one that is not there is no error.
    ///
    /// # Errors
    /// When the store cannot.
    fn delete_folder(&self, folder: &str) -> Result<(), PortError>;
    /// How outside tools address a path of the store (an absolute path or a URL), for `views.sql`.
    fn address(&self, path: &str) -> String;
}

/// Encodes rows as a file. The same rows and notes give the same bytes.
pub trait TableFormat: Send + Sync {
    /// The file name's ending, without the dot.
    fn ending(&self) -> &'static str;
    /// Begins a file.
    ///
    /// # Errors
    /// When the encoder refuses the contract.
    fn begin(&self, contract: &'static TableContract, notes: &[(String, String)]) -> Result<Box<dyn TableFile>, PortError>;
}

/// A table file in the making, in memory.
pub trait TableFile: Send {
    /// Adds rows.
    ///
    /// # Errors
    /// When the encoder refuses them.
    fn write(&mut self, rows: &Rows) -> Result<(), PortError>;
    /// The whole file.
    ///
    /// # Errors
    /// When the encoder cannot finish it.
    fn finish(self: Box<Self>) -> Result<Bytes, PortError>;
}

/// A signal event ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The event's id: a function of what it says.
    pub id: String,
    /// The key: the provider.
    pub key: String,
    /// The structured CloudEvent.
    pub body: String,
}

/// Where signals go.
pub trait SignalSink: Send {
    /// What was said last, as given to [`Self::send`]; `None` when nothing was ever said.
    ///
    /// # Errors
    /// When it cannot be read.
    fn progress(&mut self) -> Result<Option<String>, PortError>;
    /// Sends the events and the new progress together: both are seen or neither.
    ///
    /// # Errors
    /// When it is not certain that both are there; the caller asks for [`Self::progress`] and begins again.
    fn send(&mut self, events: &[Outgoing], progress: &str) -> Result<(), PortError>;
}

/// What course teams answer, a message at a time, borrowed for the time of one call.
#[derive(Debug)]
pub struct Answer<'a> {
    /// Its partition.
    pub partition: Partition,
    /// Its offset.
    pub offset: u64,
    /// Its key: the sender, where the log has keys.
    pub key: Key<'a>,
    /// Its bytes; empty for a Kafka tombstone.
    pub body: &'a [u8],
}

/// Where feedback comes from. It is only appended to.
pub trait FeedbackSource: Send {
    /// The offset after the last message of each partition that has any.
    ///
    /// # Errors
    /// When the source cannot tell.
    fn ends(&mut self) -> Result<BTreeMap<Partition, u64>, PortError>;
    /// Hands over the messages before `ends` that are still there, each partition's in order. Partitions that are not
    /// named are not read.
    ///
    /// # Errors
    /// When they cannot be read, or the source does not reach so far (any more).
    fn read(&mut self, ends: &BTreeMap<Partition, u64>, handle: &mut dyn FnMut(&Answer<'_>)) -> Result<(), PortError>;
}

/// Time of day and elapsed time.
pub trait Clock: Send + Sync {
    /// Now, UTC.
    fn now(&self) -> EventTime;
    /// Time since the process began; never goes back.
    fn elapsed(&self) -> Duration;
}

/// Who has to act on a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The person who configured it.
    User,
    /// Whoever runs the outside system; trying again may help.
    External,
    /// A shard's owner: the chain moved on under another owner, so this one stops.
    Fenced,
    /// Nobody: the log or the warehouse is damaged and the shard must stop.
    Damage,
}

/// A port failed.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct PortError {
    /// Who has to act.
    pub actor: Actor,
    /// What happened, where, and what to do.
    pub message: String,
    /// The outside system's own words.
    #[source]
    pub cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl PortError {
    /// An error without a cause below it.
    pub fn new(actor: Actor, message: impl Into<String>) -> Self {
        Self { actor, message: message.into(), cause: None }
    }
    /// An error of an outside system.
    pub fn external(message: impl Into<String>, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self { actor: Actor::External, message: message.into(), cause: Some(Box::new(cause)) }
    }
}
