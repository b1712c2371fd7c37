//! What a verdict rests on, noted before it is judged.
//!
//! A verdict is a function of its grounds, the cells that they name, and the answers below the offsets that they name. They
//! are created only if absent: when a snapshot is judged again, after a crash or by another owner, what came meanwhile does
//! not change it. They go with the snapshot's verdict.

use crate::layout;
use crate::port::{Actor, Created, Partition, PortError, Store};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use teachback_core::decide::Versions;
use teachback_core::time::EventTime;

/// The grounds of one verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grounds {
    /// The snapshot's time.
    pub as_of: EventTime,
    /// The last epoch of each shard whose cells count.
    pub shards: BTreeMap<u32, u64>,
    /// The offset after the last answer that counts, by partition of the feedback; empty where none is read.
    pub feedback: BTreeMap<Partition, u64>,
    /// By which rules and baselines it is judged.
    pub versions: Versions,
}

/// The grounds of a snapshot: those noted, else `now`, which is noted.
///
/// # Errors
/// When the store fails, the note is damaged, or `now` cannot be told.
pub(crate) fn hold(store: &dyn Store, as_of: EventTime, now: impl FnOnce() -> Result<Grounds, PortError>) -> Result<Grounds, PortError> {
    if let Some(noted) = read(store, as_of)? {
        if noted.versions != Versions::of_this_program() {
            tracing::warn!(%as_of, "a verdict was begun under other versions of the rules or baselines; it is judged by those of this program");
        }
        return Ok(noted);
    }
    let now = now()?;
    let bytes = serde_json::to_vec_pretty(&now).map_err(|cause| PortError::external("the grounds of a verdict cannot be written as JSON", cause))?;
    match store.create(&layout::grounds(as_of), bytes.into())? {
        Created::New => Ok(now),
        Created::Exists => Ok(read(store, as_of)?.unwrap_or(now)),
    }
}

fn read(store: &dyn Store, as_of: EventTime) -> Result<Option<Grounds>, PortError> {
    let path = layout::grounds(as_of);
    let damaged = |cause: serde_json::Error| PortError::new(Actor::Damage, format!("{path} is damaged: {cause}"));
    store.get(&path)?.map(|bytes| serde_json::from_slice(&bytes).map_err(damaged)).transpose()
}
