//! Signals kept in memory.

use std::sync::{Arc, Mutex, PoisonError};
use teachback_engine::port::{Outgoing, PortError, SignalSink};

/// A sink whose signals a test reads; clones are the same sink.
#[derive(Debug, Clone, Default)]
pub struct MemorySignals {
    said: Arc<Mutex<Said>>,
}

#[derive(Debug, Default)]
struct Said {
    events: Vec<Outgoing>,
    progress: Option<String>,
}

impl MemorySignals {
    /// All events sent so far.
    #[must_use]
    pub fn events(&self) -> Vec<Outgoing> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).events.clone()
    }
}

impl SignalSink for MemorySignals {
    fn progress(&mut self) -> Result<Option<String>, PortError> {
        Ok(self.said.lock().unwrap_or_else(PoisonError::into_inner).progress.clone())
    }

    fn send(&mut self, events: &[Outgoing], progress: &str) -> Result<(), PortError> {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.events.extend_from_slice(events);
        said.progress = Some(progress.to_owned());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::signal_sink as suite;

    #[test]
    fn the_memory_sink_behaves_as_a_sink() {
        let sink = MemorySignals::default();
        suite::behaves_as_a_signal_sink(&mut || Box::new(sink.clone()), &mut || sink.events());
    }
}
