//! The adapters at the edge: one folder for each outside system, each an implementation of a port of `teachback-engine`.
//!
//! ```text
//!   Kafka topic ──▶ kafka::KafkaSource ┐                        ┌ parquet::ParquetFormat ──▶ bytes of a table file
//!  NDJSON files ──▶ file::FileSource   ├▶ Source ── engine ────┤ object::ObjectStoreAdapter ──▶ warehouse (Store)
//!         tests ──▶ memory::MemorySource┘                       └ kafka::KafkaSignalSink │ ndjson_sink::FileSignalSink (SignalSink)
//!  kafka::KafkaFeedback │ ndjson_feedback::FileFeedback │ memory::MemoryLog ──▶ FeedbackSource
//!  file archives ──▶ file::Archive ──▶ importers ◀──▶ sort (runs on disk)
//!  HTTP intake ──▶ kafka::KafkaInbox │ inbox::FileInbox │ inbox::MemoryInbox (Inbox)
//!   system time ──▶ clock::SystemClock │ memory::ManualClock ──▶ Clock
//! ```
//!
//! Invariants:
//! - Nothing here decides anything about learning: bytes go in and out as they are.
//! - Every port has a memory and a production implementation, and [`conformance`] says what both must do.
//! - A failure says who has to act ([`teachback_engine::port::Actor`]), what happened, where, and what to do.
//! - Every call blocks; none may be made from inside an async task.

pub mod clock;
pub mod conformance;
pub mod csv;
pub mod file;
pub mod inbox;
pub mod kafka;
pub mod limits;
pub mod memory;
pub mod ndjson_feedback;
pub mod ndjson_sink;
pub mod object;
pub mod parquet;
pub mod sort;

use std::sync::Arc;
use teachback_engine::port::{Partition, PortError, ResumeAt};

/// Where reading of a newly assigned partition goes on; `None` when its record chain is empty, and reading begins at the
/// oldest record that the log still has. It is asked while the group waits, so it must answer within a second.
pub type Resume = Arc<dyn Fn(Partition) -> Result<Option<ResumeAt>, PortError> + Send + Sync>;
