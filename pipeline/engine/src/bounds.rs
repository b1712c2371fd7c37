//! Bounds of the driver: queues, batches, files.

use std::time::Duration;

/// Records taken in one poll.
pub const BATCH_RECORDS_MAX: usize = 10_000;
/// Longest wait for the first record of a poll.
pub const POLL_WAIT_MAX: Duration = Duration::from_millis(100);
/// Lake rows handed to the writer at once.
pub const LAKE_ROWS_PER_CHUNK: usize = 2_048;
/// Jobs that a worker may have waiting at its writer; beyond that the worker waits. Of lake rows that is 131 072.
pub const WRITER_JOBS_MAX: usize = 64;
/// Kafka: a regular record every 2^20 offsets.
pub const RECORD_OFFSETS_LOG2_TOPIC: u32 = 20;
/// Files: a regular record every 2^28 bytes.
pub const RECORD_OFFSETS_LOG2_FILES: u32 = 28;
/// A state image after this many records of the log in a chain, and at each orderly stop.
pub const IMAGE_MESSAGES_MAX: u64 = 4_000_000;
/// A state image after this many records of a chain, too: recovery reads them one by one, and only records before the
/// image may be folded.
pub const IMAGE_RECORDS_MAX: usize = 256;
/// Records of a chain that are never folded: what `pipeline_audit` shows one by one. In service about half a day.
pub const RECORDS_KEPT_MIN: u64 = 128;
/// Records folded into an anchor at once; fewer wait. A chain in steady service so holds at most
/// `IMAGE_RECORDS_MAX + max(RECORDS_KEPT_MIN, RECORDS_FOLDED_MIN)` records and those whose snapshots wait for other shards.
pub const RECORDS_FOLDED_MIN: u64 = 64;
/// Tries to read a chain that is folded meanwhile.
pub const FOLDED_MEANWHILE_TRIES_MAX: usize = 8;
/// Segments of a state image; of more, the smaller half become part of the next one.
pub const IMAGE_SEGMENTS_MAX: usize = 16;
/// Refused messages kept in one file; more of one record's are counted by reason only.
pub const REJECTED_ROWS_PER_RECORD_MAX: usize = 1_000_000;
/// Refused bytes waiting for their file; reached, a record is made at once.
pub const REJECTED_BYTES_WAITING_MAX: usize = 64 * 1024 * 1024;
/// A snapshot that retention dropped stays readable this long.
pub const SNAPSHOT_GRACE: Duration = Duration::from_secs(3600);
