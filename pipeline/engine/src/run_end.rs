//! The end of a bounded run over a topic: read once, kept until the run has reached it.
//!
//! A run that is killed and started again so ends where the first one would have, however much the log has grown. The note
//! goes when the end is published; the next run then reads a new end.

use crate::layout;
use crate::port::{Actor, Created, PortError, Store};
use crate::publisher::published;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use teachback_core::checkpoint::RecordKind;

/// Where a bounded run ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEnd {
    /// The log's name.
    pub log: String,
    /// The offset after the last record of each partition.
    pub ends: BTreeMap<u32, u64>,
}

/// The end to read to: that of an unfinished run over the same log, else `now`, which is noted. When two runs begin at once,
/// the end of the one that noted it first holds for both.
///
/// # Errors
/// When the store fails or the note is damaged.
pub fn hold(store: &dyn Store, now: RunEnd) -> Result<RunEnd, PortError> {
    if let Some(noted) = read(store)? {
        // A log of another name or size is none that this warehouse could go on with, unless nothing was committed yet.
        let is_same_log = noted.log == now.log && noted.ends.keys().eq(now.ends.keys());
        if is_same_log && !is_published(store, &noted)? {
            return Ok(noted);
        }
        clear(store)?;
    }
    let bytes = serde_json::to_vec_pretty(&now).map_err(|cause| PortError::external("the end of a run cannot be written as JSON", cause))?;
    match store.create(layout::RUN_END, bytes.into())? {
        Created::New => Ok(now),
        Created::Exists => Ok(read(store)?.unwrap_or(now)),
    }
}

/// Forgets the noted end: it is reached and published, or the warehouse is measured without an end.
///
/// # Errors
/// When the store fails.
pub fn clear(store: &dyn Store) -> Result<(), PortError> {
    store.delete(layout::RUN_END)
}

fn read(store: &dyn Store) -> Result<Option<RunEnd>, PortError> {
    let damaged = |cause: serde_json::Error| {
        PortError::new(Actor::Damage, format!("{} is damaged: {cause}; delete it, and the next run reads to the end of the log as it is then", layout::RUN_END))
    };
    store.get(layout::RUN_END)?.map(|bytes| serde_json::from_slice(&bytes).map_err(damaged)).transpose()
}

/// Whether a run published this end and was killed before it could forget it.
fn is_published(store: &dyn Store, noted: &RunEnd) -> Result<bool, PortError> {
    let published = published(store)?;
    let Some((_, newest)) = published.last_key_value().filter(|(_, newest)| newest.kind == RecordKind::End) else { return Ok(false) };
    let stood = |shard: &u32| newest.shards.get(shard).map_or(0, |(_, to)| *to);
    Ok(noted.ends.iter().all(|(shard, end)| stood(shard) >= *end))
}
