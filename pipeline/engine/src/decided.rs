//! What decide was told and what it said, read back from a warehouse: the evidence that records name, and kept verdicts.
//!
//! Both are JSON under zstd. A file that is named and missing, or does not read, is damage.

use crate::chain;
use crate::layout;
use crate::port::{Actor, PortError, Store};
use crate::publisher::published;
use crate::shard_view::ShardView;
use serde::de::DeserializeOwned;
use teachback_core::checkpoint::RecordKind;
use teachback_core::decide::{Told, Verdict};
use teachback_core::time::EventTime;

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
            told.push(evidence(store, &file.path)?);
        }
    }
    Ok(Some(Decided { as_of: snapshot.as_of, verdict, told }))
}

/// What one shard told at one cut.
pub(crate) fn evidence(store: &dyn Store, path: &str) -> Result<Told, PortError> {
    read(store, path)?.ok_or_else(|| damaged(path, "it is missing"))
}

/// A kept verdict; `None` when there is no such file.
pub(crate) fn verdict(store: &dyn Store, path: &str) -> Result<Option<Verdict>, PortError> {
    read(store, path)
}

fn read<T: DeserializeOwned>(store: &dyn Store, path: &str) -> Result<Option<T>, PortError> {
    let Some(bytes) = store.get(path)? else { return Ok(None) };
    let plain = zstd::stream::decode_all(bytes.as_ref()).map_err(|cause| damaged(path, cause))?;
    serde_json::from_slice(&plain).map(Some).map_err(|cause| damaged(path, cause))
}

fn damaged(path: &str, what: impl std::fmt::Display) -> PortError {
    PortError::new(Actor::Damage, format!("{path} is damaged: {what}"))
}
