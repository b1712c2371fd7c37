//! Signals of file runs: `signals.ndjson` in the warehouse, one CloudEvent a line.
//!
//! What was said is kept in `_teachback/said/<number>.json`: one file for each [`SignalSink::send`], with its events and
//! its progress, created only if absent. That creation is the commit, so events and progress are there together or not
//! at all, and of two owners the second is refused. `signals.ndjson` is made from those files, and made again by whoever
//! opens the sink after a crash between the two steps.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use teachback_engine::port::{Actor, Created, Outgoing, PortError, SignalSink, Store};

/// The file that people and tools read.
pub const SIGNALS: &str = "signals.ndjson";
const SAID: &str = "_teachback/said";

/// What one call of `send` said.
#[derive(Debug, Serialize, Deserialize)]
struct Said {
    events: Vec<String>,
    progress: String,
}

/// Everything said so far, as kept in the warehouse.
#[derive(Debug, Default)]
struct History {
    sends: u64,
    lines: String,
    progress: Option<String>,
}

impl History {
    fn add(&mut self, said: Said) {
        for event in said.events {
            self.lines.push_str(&event);
            self.lines.push('\n');
        }
        self.progress = Some(said.progress);
        self.sends += 1;
    }
}

/// A [`SignalSink`] that writes to a warehouse.
pub struct FileSignalSink {
    store: Arc<dyn Store>,
    history: Option<History>,
}

impl fmt::Debug for FileSignalSink {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "FileSignalSink({:?})", self.history)
    }
}

impl FileSignalSink {
    /// A sink in a warehouse.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, history: None }
    }

    /// Reads what was said, and puts `signals.ndjson` right if a crash kept it from being written.
    fn load(&mut self) -> Result<History, PortError> {
        let mut history = History::default();
        for (place, entry) in self.store.list(SAID)?.into_iter().enumerate() {
            let damaged = |what: &str| PortError::new(Actor::Damage, format!("{} {what}; restore it from a copy of the warehouse", entry.path));
            if entry.path != path_of(place as u64) {
                return Err(damaged("has an earlier file missing before it"));
            }
            let bytes = self.store.get(&entry.path)?.ok_or_else(|| damaged("vanished"))?;
            history.add(serde_json::from_slice(&bytes).map_err(|_| damaged("is not what was written"))?);
        }
        let shown = self.store.get(SIGNALS)?;
        if history.sends > 0 && shown.as_deref() != Some(history.lines.as_bytes()) {
            self.store.put(SIGNALS, Bytes::copy_from_slice(history.lines.as_bytes()))?;
        }
        Ok(history)
    }
}

fn path_of(number: u64) -> String {
    format!("{SAID}/{number:010}.json")
}

impl SignalSink for FileSignalSink {
    fn progress(&mut self) -> Result<Option<String>, PortError> {
        let history = self.load()?;
        let progress = history.progress.clone();
        self.history = Some(history);
        Ok(progress)
    }

    fn send(&mut self, events: &[Outgoing], progress: &str) -> Result<(), PortError> {
        // Taken out, so that after an error everything is read again.
        let mut history = match self.history.take() {
            Some(history) => history,
            None => self.load()?,
        };
        let said = Said { events: events.iter().map(|event| event.body.clone()).collect(), progress: progress.to_owned() };
        let path = path_of(history.sends);
        let bytes = serde_json::to_vec(&said).map_err(|cause| PortError::external(format!("{path} cannot be encoded"), cause))?;
        if self.store.create(&path, Bytes::from(bytes))? == Created::Exists {
            return Err(PortError::new(Actor::Fenced, format!("another process has written {path}; it owns the signals of this warehouse now")));
        }
        history.add(said);
        self.store.put(SIGNALS, Bytes::copy_from_slice(history.lines.as_bytes()))?;
        self.history = Some(history);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::signal_sink as suite;
    use crate::object::ObjectStoreAdapter;

    fn event(id: &str) -> Outgoing {
        Outgoing { id: id.to_owned(), key: "provider".to_owned(), body: format!("{{\"id\":\"{id}\"}}") }
    }

    fn seen(store: &dyn Store) -> String {
        store.get(SIGNALS).expect("reads").map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    #[test]
    fn the_file_sink_behaves_as_a_sink() {
        let store = Arc::new(ObjectStoreAdapter::memory());
        let ids = |text: String| text.lines().map(|line| event(line.split('"').nth(3).expect("an id"))).collect();
        suite::behaves_as_a_signal_sink(&mut || Box::new(FileSignalSink::new(store.clone())), &mut || ids(seen(store.as_ref())));
    }

    #[test]
    fn a_crash_between_commit_and_file_is_mended_at_the_next_opening() {
        let store = Arc::new(ObjectStoreAdapter::memory());
        FileSignalSink::new(store.clone()).send(&[event("1")], "one").expect("sends");
        store.delete(SIGNALS).expect("as if it had not been written");
        let mut sink = FileSignalSink::new(store.clone());
        assert_eq!(sink.progress().expect("reads").as_deref(), Some("one"));
        assert_eq!(seen(store.as_ref()), "{\"id\":\"1\"}\n");
    }

    #[test]
    fn of_two_owners_the_second_is_refused() {
        let store = Arc::new(ObjectStoreAdapter::memory());
        let (mut first, mut second) = (FileSignalSink::new(store.clone()), FileSignalSink::new(store.clone()));
        assert_eq!((first.progress().expect("reads"), second.progress().expect("reads")), (None, None));
        first.send(&[event("1")], "one").expect("sends");
        assert_eq!(second.send(&[event("2")], "two").expect_err("is refused").actor, Actor::Fenced);
        assert_eq!(seen(store.as_ref()), "{\"id\":\"1\"}\n");
    }
}
