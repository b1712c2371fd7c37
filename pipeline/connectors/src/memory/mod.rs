//! Ports in memory: a log (of events, or of feedback) whose records a test writes, signals that a test reads, and a clock
//! that a test moves.

mod clock;
mod feedback;
mod log;
mod signals;

pub use clock::ManualClock;
pub use log::{MemoryGroup, MemoryLog, MemoryRecord, MemorySource};
pub use signals::MemorySignals;
