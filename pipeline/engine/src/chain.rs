//! A shard's chain of commit records in the store: read the tip, append the next.
//!
//! The oldest records may have been folded into an anchor ([`crate::fold`]); the chain then begins behind it. The newest
//! ones are always there, so the tip is found without it.

use crate::port::{Actor, Created, PortError, ResumeAt, Store};
use crate::{fold, layout};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use teachback_core::checkpoint::{FileNote, Record};

/// A record with the hash of its bytes, which the next one names.
#[derive(Debug, Clone)]
pub struct Link {
    /// The record.
    pub record: Record,
    /// SHA-256 of its bytes, hexadecimal.
    pub hash: String,
}

/// SHA-256 of bytes, hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a file that a record names; `None` when it is not there.
///
/// # Errors
/// When the store fails or the bytes are not those that were noted.
pub(crate) fn noted(store: &dyn Store, note: &FileNote) -> Result<Option<Bytes>, PortError> {
    let Some(bytes) = store.get(&note.path)? else { return Ok(None) };
    if sha256(&bytes) == note.sha256 { Ok(Some(bytes)) } else { Err(damaged(&note.path, "it was changed since it was written")) }
}

/// Reads one record of a chain; `None` when there is none of that number.
///
/// # Errors
/// When the store fails or the record is damaged.
pub fn read(store: &dyn Store, shard: u32, epoch: u64) -> Result<Option<Link>, PortError> {
    let path = layout::record(shard, epoch);
    let Some(bytes) = store.get(&path)? else { return Ok(None) };
    let record: Record = serde_json::from_slice(&bytes).map_err(|cause| damaged(&path, &cause.to_string()))?;
    if record.shard != shard || record.epoch != epoch {
        return Err(damaged(&path, "it names another shard or epoch"));
    }
    Ok(Some(Link { record, hash: sha256(&bytes) }))
}

/// Reads the last record of a chain.
///
/// # Errors
/// When the store fails or the record is damaged.
pub fn tip(store: &dyn Store, shard: u32) -> Result<Option<Link>, PortError> {
    let last = numbers(store, shard)?.into_iter().max();
    last.map_or(Ok(None), |epoch| read(store, shard, epoch))
}

/// Where reading of a shard's partition goes on: at its state image, or at the log's beginning when it has none.
///
/// # Errors
/// When the store fails or a record is damaged.
pub fn resume(store: &dyn Store, shard: u32) -> Result<Option<ResumeAt>, PortError> {
    let image = tip(store, shard)?.and_then(|tip| tip.record.image);
    let Some(image) = image.filter(|image| image.offset > 0) else { return Ok(None) };
    let made = read(store, shard, image.epoch)?;
    Ok(Some(ResumeAt { next: image.offset, tail: made.and_then(|made| made.record.tail).map(|tail| tail.offset) }))
}

/// The numbers of the records that are there.
///
/// # Errors
/// When the store fails.
pub fn numbers(store: &dyn Store, shard: u32) -> Result<Vec<u64>, PortError> {
    Ok(store.list(&layout::records(shard))?.iter().filter_map(|entry| number_of(&entry.path)).collect())
}

/// The shards that have a chain.
///
/// # Errors
/// When the store fails.
pub fn shards(store: &dyn Store) -> Result<Vec<u32>, PortError> {
    let mut shards: Vec<u32> = store.list("_teachback/checkpoints")?.iter().filter_map(|entry| entry.path.split('/').nth(2)?.parse().ok()).collect();
    shards.sort_unstable();
    shards.dedup();
    Ok(shards)
}

/// Appends a record: the commit. Gives its hash.
///
/// # Errors
/// [`Actor::Fenced`] when another owner appended first; else what the store says.
pub fn append(store: &dyn Store, record: &Record) -> Result<String, PortError> {
    let path = layout::record(record.shard, record.epoch);
    let bytes = serde_json::to_vec_pretty(record).map_err(|cause| PortError::external("a commit record cannot be written as JSON", cause))?;
    let hash = sha256(&bytes);
    if store.create(&path, Bytes::from(bytes))? == Created::New {
        return if is_tip(store, record)? { Ok(hash) } else { Err(taken_over(record)) };
    }
    // The answer to an earlier try may have been lost: the record is ours when it carries our attempt.
    match read(store, record.shard, record.epoch)? {
        Some(link) if link.record.attempt == record.attempt => Ok(link.hash),
        _ => Err(taken_over(record)),
    }
}

/// Whether a record that was just created stands at the end of the chain. It does not when the owner slept so long that
/// another one's record of that number was folded into the anchor since: then the one before it is gone, too, for records go
/// oldest first. What was created counts for nothing, since the anchor covers its number, and is taken away again.
fn is_tip(store: &dyn Store, record: &Record) -> Result<bool, PortError> {
    let is_tip = match record.epoch.checked_sub(1) {
        Some(before) => store.get(&layout::record(record.shard, before))?.is_some(),
        None => fold::newest(store, record.shard)?.is_none(),
    };
    if !is_tip {
        store.delete(&layout::record(record.shard, record.epoch))?;
    }
    Ok(is_tip)
}

fn taken_over(record: &Record) -> PortError {
    PortError::new(Actor::Fenced, format!("shard {:02} was taken over by another instance at record {}", record.shard, record.epoch))
}

/// The number by which a record or an anchor is named.
pub(crate) fn number_of(path: &str) -> Option<u64> {
    path.rsplit('/').next()?.strip_suffix(".json")?.parse().ok()
}

pub(crate) fn damaged(path: &str, what: &str) -> PortError {
    PortError::new(Actor::Damage, format!("{path} is damaged: {what}; restore it from a backup, or start a new warehouse"))
}
