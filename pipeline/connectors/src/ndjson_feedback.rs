//! Feedback of file runs: `signal-feedback.ndjson` in the warehouse, one CloudEvent a line, at whose end lines are added.
//!
//! The one partition is 0, an offset is the place of a line's first byte. A line without its end is still being written. There
//! are no keys: whoever may write into the warehouse may speak for every provider.

use bytes::Bytes;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use teachback_core::event::validate::Key;
use teachback_engine::port::{Actor, Answer, FeedbackSource, Partition, PortError, Store};

/// The file that course teams, or tools for them, append to.
pub const FEEDBACK: &str = "signal-feedback.ndjson";

/// Reads the feedback file of a warehouse.
pub struct FileFeedback {
    store: Arc<dyn Store>,
}

impl fmt::Debug for FileFeedback {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "FileFeedback({FEEDBACK})")
    }
}

impl FileFeedback {
    /// The file of a warehouse; it need not be there.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// All whole lines.
    fn lines(&self) -> Result<Bytes, PortError> {
        let bytes = self.store.get(FEEDBACK)?.unwrap_or_default();
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1);
        Ok(bytes.slice(..end))
    }
}

impl FeedbackSource for FileFeedback {
    fn ends(&mut self) -> Result<BTreeMap<Partition, u64>, PortError> {
        let end = self.lines()?.len() as u64;
        Ok((end > 0).then_some((Partition(0), end)).into_iter().collect())
    }

    fn read(&mut self, ends: &BTreeMap<Partition, u64>, handle: &mut dyn FnMut(&Answer<'_>)) -> Result<(), PortError> {
        let Some(end) = ends.get(&Partition(0)) else { return Ok(()) };
        let lines = self.lines()?;
        let Some(lines) = usize::try_from(*end).ok().and_then(|end| lines.get(..end)) else {
            let message = format!("{FEEDBACK} is shorter than the {end} bytes of it that count; it is only to be appended to: restore it");
            return Err(PortError::new(Actor::Damage, message));
        };
        let mut offset = 0;
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            let body = line.trim_ascii();
            if !body.is_empty() {
                handle(&Answer { partition: Partition(0), offset, key: Key::None, body });
            }
            offset += line.len() as u64;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::feedback as suite;
    use crate::object::ObjectStoreAdapter;

    fn append(store: &dyn Store, text: &str) {
        let before = store.get(FEEDBACK).expect("reads").unwrap_or_default();
        store.put(FEEDBACK, [before.as_ref(), text.as_bytes()].concat().into()).expect("writes");
    }

    #[test]
    fn the_feedback_file_behaves_as_feedback() {
        let store = Arc::new(ObjectStoreAdapter::memory());
        suite::behaves_as_a_feedback_source(&mut FileFeedback::new(store.clone()), &mut |body| append(store.as_ref(), &format!("{body}\n")));
    }

    #[test]
    fn a_line_counts_once_it_is_whole() {
        let store = Arc::new(ObjectStoreAdapter::memory());
        let mut feedback = FileFeedback::new(store.clone());
        append(store.as_ref(), "one\r\n\n  \ntw");
        let ends = feedback.ends().expect("tells");
        assert_eq!(ends, BTreeMap::from([(Partition(0), 9)]));
        append(store.as_ref(), "o\n");
        let (whole, mut read) = (feedback.ends().expect("tells"), Vec::new());
        feedback.read(&whole, &mut |answer| read.push((answer.offset, answer.body.to_vec()))).expect("reads");
        assert_eq!(read, [(0, b"one".to_vec()), (9, b"two".to_vec())]);
    }
}
