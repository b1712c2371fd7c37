//! The writer: one helper thread per worker that encodes, writes and commits, while the worker goes on reading.
//!
//! Order of effects for one record, carried out here and nowhere else:
//! 1. lake files, rejected file, staged tables, evidence, state image (each whole, on disk when the call returns);
//! 2. the record, created if absent: the commit;
//! 3. a note to the worker, which may then tell the log for its lag tools.

use crate::chain::{self, sha256};
use crate::port::{PortError, Store, TableFile, TableFormat};
use crate::{decided, image, layout};
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use teachback_core::checkpoint::{FileNote, ImageNote, Record, RecordKind, SnapshotNote};
use teachback_core::decide::Told;
use teachback_core::evidence::CourseEvidence;
use teachback_core::lake;
use teachback_core::seal::SealedTable;
use teachback_core::table::{Rows, TableContract, contracts};
use teachback_core::time::EventTime;

/// What a worker hands to its writer.
#[derive(Debug)]
pub enum Job {
    /// A shard is ours from now on.
    Adopt {
        /// The shard.
        shard: u32,
        /// The hash of its last record.
        tip_hash: String,
        /// The number of its next record.
        next_epoch: u64,
        /// The state image in force.
        image: Option<ImageNote>,
        /// Files that an earlier owner left behind and no record names; they go with the next image.
        orphans: Vec<String>,
    },
    /// Rows of a shard's lake file.
    Lake {
        /// The shard.
        shard: u32,
        /// The rows.
        rows: Rows,
    },
    /// A record is due.
    Commit(Box<Commit>),
    /// A shard is another's; forget what is not committed.
    Drop {
        /// The shard.
        shard: u32,
    },
}

/// Everything that one record commits. The record lacks only what the writer adds: number, hash, files.
#[derive(Debug)]
pub struct Commit {
    /// The record so far.
    pub record: Record,
    /// Refused messages.
    pub rejected: Rows,
    /// A snapshot to stage: its first and last moment, and the sealed tables; no tables when retention would drop it.
    pub snapshot: Option<(EventTime, EventTime, Vec<SealedTable>)>,
    /// Evidence for decide, with the moment of the cut.
    pub evidence: Option<(EventTime, Vec<CourseEvidence>)>,
    /// What becomes of the state image.
    pub image: Option<image::Change>,
}

/// What the writer reports.
#[derive(Debug)]
pub enum Report {
    /// A record is committed.
    Committed {
        /// Its shard.
        shard: u32,
        /// Why it was made.
        kind: RecordKind,
        /// The offset after it.
        to: u64,
    },
    /// A record could not be committed.
    Failed {
        /// Its shard.
        shard: u32,
        /// Why.
        error: PortError,
    },
}

struct ShardFiles {
    tip_hash: String,
    next_epoch: u64,
    image: Option<ImageNote>,
    /// Files that are part of the image no longer. They go with the next image: whoever has read the record before may still
    /// want them.
    superseded: Vec<String>,
    lake: Option<Box<dyn TableFile>>,
    failed: bool,
}

/// Runs until the worker lets go of the job queue.
pub fn run(store: &Arc<dyn Store>, format: &Arc<dyn TableFormat>, jobs: &Receiver<Job>, reports: &Sender<Report>) {
    let mut shards: HashMap<u32, ShardFiles> = HashMap::new();
    for job in jobs {
        let (shard, result) = match job {
            Job::Adopt { shard, tip_hash, next_epoch, image, orphans } => {
                shards.insert(shard, ShardFiles { tip_hash, next_epoch, image, superseded: orphans, lake: None, failed: false });
                continue;
            }
            Job::Drop { shard } => {
                shards.remove(&shard);
                continue;
            }
            Job::Lake { shard, rows } => {
                let Some(files) = shards.get_mut(&shard).filter(|files| !files.failed) else { continue };
                (shard, files.add_lake_rows(format.as_ref(), &rows).map(|()| None))
            }
            Job::Commit(commit) => {
                let shard = commit.record.shard;
                let Some(files) = shards.get_mut(&shard).filter(|files| !files.failed) else { continue };
                let (kind, to) = (commit.record.kind, commit.record.to);
                (shard, files.commit(store.as_ref(), format.as_ref(), *commit).map(|()| Some(Report::Committed { shard, kind, to })))
            }
        };
        let report = match result {
            Ok(None) => continue,
            Ok(Some(report)) => report,
            Err(error) => {
                if let Some(files) = shards.get_mut(&shard) {
                    files.failed = true;
                }
                Report::Failed { shard, error }
            }
        };
        if reports.send(report).is_err() {
            return;
        }
    }
}

impl ShardFiles {
    fn add_lake_rows(&mut self, format: &dyn TableFormat, rows: &Rows) -> Result<(), PortError> {
        let file = match &mut self.lake {
            Some(file) => file,
            None => self.lake.insert(format.begin(lake::contract(), &[])?),
        };
        file.write(rows)
    }

    fn commit(&mut self, store: &dyn Store, format: &dyn TableFormat, commit: Commit) -> Result<(), PortError> {
        let Commit { mut record, rejected, snapshot, evidence, image } = commit;
        record.epoch = self.next_epoch;
        record.previous.clone_from(&self.tip_hash);
        let ending = format.ending();
        let day = record.clock.time.unwrap_or_default().day();
        if let Some(file) = self.lake.take() {
            let path = layout::lake_events(day, record.shard, record.from, record.to, ending);
            record.files.push(put(store, path, file.finish()?)?);
        }
        if !rejected.is_empty() {
            let path = layout::lake_rejected(day, record.shard, record.from, record.to, ending);
            record.files.push(put(store, path, encode(format, rejected.contract(), [&rejected], &[])?)?);
        }
        if let Some((first, last, tables)) = snapshot {
            let notes = notes(&record, last);
            let parts = tables
                .iter()
                .map(|table| {
                    let name = table.contract.name;
                    let bytes = encode(format, table.contract, table.parts.iter().map(AsRef::as_ref), &notes)?;
                    Ok((name.to_owned(), put(store, layout::staged(first, record.shard, name, ending), bytes)?))
                })
                .collect::<Result<_, PortError>>()?;
            record.snapshot = Some(SnapshotNote { first, last, parts });
        }
        if let Some((as_of, courses)) = evidence.filter(|(_, courses)| !courses.is_empty()) {
            let packed = decided::packed_evidence(&Told { as_of, courses })?;
            record.evidence = Some(put(store, layout::evidence(as_of.day(), record.shard, record.epoch), packed.into())?);
        }
        let mut obsolete = Vec::new();
        if let Some(image::Change { stays, segment }) = image {
            let before = self.image.take().map_or(Vec::new(), |image| image.segments);
            let mut stays = stays.into_iter();
            let (mut segments, gone): (Vec<FileNote>, Vec<FileNote>) = before.into_iter().partition(|_| stays.next().unwrap_or(true));
            if let Some(segment) = segment {
                segments.push(put(store, layout::image_segment(record.shard, record.epoch), segment.into())?);
            }
            obsolete = std::mem::replace(&mut self.superseded, gone.into_iter().map(|note| note.path).collect());
            self.image = Some(ImageNote { offset: record.to, epoch: record.epoch, segments });
        }
        record.image.clone_from(&self.image);
        self.tip_hash = chain::append(store, &record)?;
        self.next_epoch += 1;
        obsolete.iter().try_for_each(|path| store.delete(path))
    }
}

/// What a snapshot's file says of itself; nothing that differs between two runs over the same log.
fn notes(record: &Record, as_of: EventTime) -> Vec<(String, String)> {
    vec![
        ("teachback.shard".to_owned(), record.shard.to_string()),
        ("teachback.as_of".to_owned(), as_of.to_string()),
        ("teachback.offset".to_owned(), record.to.to_string()),
        ("teachback.clock".to_owned(), record.clock.time.map(|time| time.to_string()).unwrap_or_default()),
        ("teachback.logic_version".to_owned(), record.terms.logic_version.to_string()),
        ("teachback.schema_version".to_owned(), "1".to_owned()),
    ]
}

/// Encodes rows as one file.
///
/// # Errors
/// When the encoder refuses them.
pub fn encode<'a>(
    format: &dyn TableFormat,
    contract: &'static TableContract,
    parts: impl IntoIterator<Item = &'a Rows>,
    notes: &[(String, String)],
) -> Result<Bytes, PortError> {
    let mut file = format.begin(contract, notes)?;
    parts.into_iter().try_for_each(|rows| file.write(rows))?;
    file.finish()
}

/// Writes a file and notes what it is.
///
/// # Errors
/// When the store cannot.
pub fn put(store: &dyn Store, path: String, bytes: Bytes) -> Result<FileNote, PortError> {
    let note = FileNote { bytes: bytes.len() as u64, sha256: sha256(&bytes), path };
    store.put(&note.path, bytes)?;
    Ok(note)
}

/// Rows of the table of refused messages.
#[must_use]
pub fn no_rejected() -> Rows {
    Rows::new(&contracts::REJECTED)
}
