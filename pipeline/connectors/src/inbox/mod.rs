//! [`Inbox`]: where raw messages of others are kept before anybody reads them.
//!
//! ```text
//!   intake over HTTP ──RawRecord──▶ Inbox ─┬▶ kafka::KafkaInbox   <prefix>.in.xapi, <prefix>.in.events
//!                                          └▶ inbox::FileInbox    <directory>/<source>/<day>.<credential>.<family>.ndjson
//! ```
//!
//! Invariants:
//! - When [`Inbox::write`] returns, every record is safe: confirmed by all in-sync replicas, or synced to disk. After an
//!   error some of them may be there: whoever sends must send all of them again, with the same ids.
//! - A record's bytes are kept as they came, but for what the intake itself says it writes in.

mod file;
mod memory;

pub use file::FileInbox;
pub use memory::{Kept, MemoryInbox};

use std::fmt;
use teachback_core::time::EventTime;
use teachback_engine::port::PortError;

/// What kind of messages: each has a topic of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// xAPI statements.
    Xapi,
    /// Canonical events.
    Events,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 2] = [Self::Xapi, Self::Events];

    /// Its name in topics and files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Xapi => "xapi",
            Self::Events => "events",
        }
    }
}

/// Who sent, and when it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sender<'a> {
    /// The source: letters, digits, `.`, `_` and `-`.
    pub source: &'a str,
    /// The name of the credential: the same characters.
    pub credential: &'a str,
    /// The provider that the credential is limited to.
    pub provider: Option<&'a str>,
    /// When the request was received.
    pub received: EventTime,
}

/// A durable place for raw records.
pub trait Inbox: fmt::Debug + Send + Sync {
    /// Keeps records, each one statement or event, in their order.
    ///
    /// # Errors
    /// When it is not certain that all of them are safe.
    fn write(&self, family: Family, sender: &Sender<'_>, records: &[Vec<u8>]) -> Result<(), PortError>;
}
