//! Every bound of the adapters, with its unit in its name. The bounds of messages are those of `teachback_core::limits`.

use teachback_engine::bounds::LAKE_ROWS_PER_CHUNK;

/// KiB of fetched records that wait in memory for one consumer, all its partitions together.
pub const CONSUMER_QUEUE_KIB_MAX: u32 = 32 * 1024;
/// Records of one partition below which more are fetched.
pub const CONSUMER_QUEUE_RECORDS: u32 = 100_000;
/// KiB of records that wait to be sent by one producer.
pub const PRODUCER_QUEUE_KIB_MAX: u32 = 64 * 1024;
/// Records that wait to be sent by one producer.
pub const PRODUCER_QUEUE_RECORDS_MAX: u32 = 200_000;
/// Bytes of one record that is sent: more than is read, so that what is too large can be refused by the reader.
pub const PRODUCED_RECORD_BYTES_MAX: u32 = 16 * 1024 * 1024;
/// Milliseconds that a record of the intake may wait for its confirmation; after them the sender is told to try again.
pub const INBOX_DELIVERY_MILLIS_MAX: u32 = 15_000;
/// Files of an inbox whose whole length is remembered.
pub const INBOX_FILES_KNOWN_MAX: usize = 1024;
/// Offsets at the end of the progress topic that are looked at before the whole topic is.
pub const PROGRESS_TAIL_OFFSETS: u64 = 64;
/// Buffer of one input file, once compressed and once not.
pub const FILE_BUFFER_BYTES: usize = 256 * 1024;
/// Deepest nesting of input directories.
pub const INPUT_DEPTH_MAX: u32 = 32;
/// Unfinished directories of one name that dead owners may leave before publishing is refused.
pub const BUILDING_SITES_MAX: u32 = 1000;
/// Rows of one row group of a Parquet file.
pub const PARQUET_GROUP_ROWS: usize = 128 * 1024;
/// Rows handed to the Parquet writer at once: a chunk of the lake, which then need not be copied together. A row group is a whole
/// number of them.
pub const PARQUET_BATCH_ROWS: usize = LAKE_ROWS_PER_CHUNK;
/// Bytes of entries that an external sort holds before it writes them as a run.
pub const SORT_RUN_BYTES: usize = 128 * 1024 * 1024;
/// Runs that an external sort merges at once; each has about 1 MiB of buffers.
pub const SORT_MERGED_RUNS_MAX: usize = 64;
