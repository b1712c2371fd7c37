//! [`MemoryInbox`]: an inbox for tests, which can be told to fail.

use super::{Family, Inbox, Sender};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use teachback_engine::port::{Actor, PortError};

/// A record as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its family.
    pub family: Family,
    /// Its source.
    pub source: String,
    /// The credential it was sent with.
    pub credential: String,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// Keeps records in memory.
#[derive(Debug, Default)]
pub struct MemoryInbox {
    records: Mutex<Vec<Kept>>,
    is_down: AtomicBool,
}

impl MemoryInbox {
    /// What was written, in order.
    pub fn records(&self) -> Vec<Kept> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on every write fails.
    pub fn break_down(&self) {
        self.is_down.store(true, Ordering::Relaxed);
    }
}

impl Inbox for MemoryInbox {
    fn write(&self, family: Family, sender: &Sender<'_>, records: &[Vec<u8>]) -> Result<(), PortError> {
        if self.is_down.load(Ordering::Relaxed) {
            return Err(PortError::new(Actor::External, "the inbox is down"));
        }
        let kept = |body: &Vec<u8>| Kept { family, source: sender.source.to_owned(), credential: sender.credential.to_owned(), body: body.clone() };
        self.records.lock().unwrap_or_else(PoisonError::into_inner).extend(records.iter().map(kept));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::inbox as suite;
    use std::sync::Arc;

    #[test]
    fn the_memory_inbox_behaves_as_an_inbox() {
        let inbox = Arc::new(MemoryInbox::default());
        suite::behaves_as_an_inbox(&mut || inbox.clone(), &mut || inbox.records());
    }
}
