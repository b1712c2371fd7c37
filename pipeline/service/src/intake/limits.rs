//! Every bound of the intake, with its unit in its name.

use std::time::Duration;
use teachback_core::limits::MESSAGE_BYTES_MAX;

/// Bytes of one request, as sent and again after it was expanded.
pub(super) const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes of one statement or event: what a message may hold, less room for what Kafka and the intake add to it.
pub(super) const RECORD_BYTES_MAX: usize = MESSAGE_BYTES_MAX - 8 * 1024;
/// Statements or events in one request.
pub(super) const BATCH_RECORDS_MAX: usize = 10_000;
/// KiB by which the smallest request counts: what its handling takes beside its body.
pub(super) const REQUEST_KIB_MIN: u32 = 128;
/// Records whose id and content are remembered, to tell a repeat from a conflict: about 16 MB.
pub(super) const REMEMBERED_RECORDS_MAX: usize = 200_000;
/// Bytes of the head of a request.
pub(super) const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Header lines of a request.
pub(super) const HEAD_LINES_MAX: usize = 100;
/// How long a connection is used; afterwards its client makes a new one.
pub(super) const CONNECTION_LIFE: Duration = Duration::from_secs(600);
/// How long a request may take to end after its connection, or the intake, was asked to stop.
pub(super) const DRAIN_TIME: Duration = Duration::from_secs(20);
/// Requests that wait for the disk or the brokers at once.
pub(super) const WRITERS_MAX: usize = 64;
/// Seconds after which a client may try again when the intake has no room.
pub(super) const OVERLOAD_RETRY_SECONDS: u64 = 1;
/// Seconds after which a client may try again when the log does not take records.
pub(super) const OUTAGE_RETRY_SECONDS: u64 = 5;
/// Bytes of the shortest secret that is accepted.
pub(super) const SECRET_BYTES_MIN: usize = 16;
