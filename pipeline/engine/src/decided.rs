//! What decide was told and what it said, kept in a warehouse and read back: the evidence that records name, and kept verdicts.
//!
//! Both lie under zstd: verdicts are JSON, for they hold sentences that people look up; evidence is in postcard, as state images
//! are, for all of it is read again by whoever takes over. A file that is named and missing, or does not read, is damage.

use crate::chain;
use crate::layout;
use crate::port::{Actor, PortError, Store};
use crate::publisher::published;
use crate::shard_view::ShardView;
use teachback_core::checkpoint::{FileNote, RecordKind};
use teachback_core::decide::{Told, Verdict};
use teachback_core::time::EventTime;

/// Compression level; the files are small.
const ZSTD_LEVEL: i32 = 3;

/// The newest verdict of a warehouse, with everything it rests on.
#[derive(Debug)]
pub struct Decided {
    /// The snapshot it was made for.
    pub as_of: EventTime,
    /// What was said.
    pub verdict: Verdict,
    /// What it was judged from, shard after shard, each in the order of its cuts.
    pub told: Vec<Told>,
}

/// Reads the newest verdict and its evidence; `None` when nothing was ever judged.
///
/// # Errors
/// When the store fails or a file is damaged.
pub fn newest(store: &dyn Store) -> Result<Option<Decided>, PortError> {
    let published = published(store)?;
    let Some(snapshot) = published.values().rev().find(|snapshot| snapshot.kind != RecordKind::Fresh && !snapshot.deleted) else { return Ok(None) };
    let path = layout::verdict(snapshot.as_of);
    let verdict = verdict(store, &path)?.ok_or_else(|| damaged(&path, "it is missing"))?;
    let mut told = Vec::new();
    for shard in chain::shards(store)? {
        let Some((through, _)) = snapshot.shards.get(&shard) else { continue };
        let mut view = ShardView::new(shard);
        view.refresh(store)?;
        for (_, file) in view.evidence().filter(|(epoch, _)| epoch <= through) {
            told.push(evidence(store, file)?);
        }
    }
    Ok(Some(Decided { as_of: snapshot.as_of, verdict, told }))
}

/// What one shard told at one cut.
pub(crate) fn evidence(store: &dyn Store, file: &FileNote) -> Result<Told, PortError> {
    let packed = chain::noted(store, file)?.ok_or_else(|| damaged(&file.path, "it is missing"))?;
    match postcard::take_from_bytes(&unpacked(&file.path, &packed)?) {
        Ok((told, [])) => Ok(told),
        Ok((_, rest)) => Err(damaged(&file.path, format!("{} bytes too many", rest.len()))),
        Err(cause) => Err(damaged(&file.path, cause)),
    }
}

/// The bytes of the file that [`evidence`] reads.
pub(crate) fn packed_evidence(told: &Told) -> Result<Vec<u8>, PortError> {
    let plain = postcard::to_stdvec(told).map_err(|cause| PortError::external("evidence cannot be encoded", cause))?;
    zstd::bulk::compress(&plain, ZSTD_LEVEL).map_err(|cause| PortError::external("evidence cannot be compressed", cause))
}

/// A kept verdict; `None` when there is no such file.
pub(crate) fn verdict(store: &dyn Store, path: &str) -> Result<Option<Verdict>, PortError> {
    let Some(packed) = store.get(path)? else { return Ok(None) };
    serde_json::from_slice(&unpacked(path, &packed)?).map(Some).map_err(|cause| damaged(path, cause))
}

/// Keeps a verdict.
pub(crate) fn keep(store: &dyn Store, path: &str, verdict: &Verdict) -> Result<(), PortError> {
    let plain = serde_json::to_vec(verdict).map_err(|cause| PortError::external("a verdict cannot be written as JSON", cause))?;
    let packed = zstd::bulk::compress(&plain, ZSTD_LEVEL).map_err(|cause| PortError::external("a verdict cannot be compressed", cause))?;
    store.put(path, packed.into())
}

fn unpacked(path: &str, packed: &[u8]) -> Result<Vec<u8>, PortError> {
    zstd::stream::decode_all(packed).map_err(|cause| damaged(path, cause))
}

fn damaged(path: &str, what: impl std::fmt::Display) -> PortError {
    PortError::new(Actor::Damage, format!("{path} is damaged: {what}"))
}
