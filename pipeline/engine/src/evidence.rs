//! Evidence on its way from the shards' records to the judge: each file once, and all of them again when the past has changed.
//!
//! A cell that was told after the day on which it should have been judged (a cut fell between two events that came out of
//! order) would leave a verdict behind that depends on where the cut fell. So the judge begins anew then; that is rare, and
//! costs reading the evidence once more.

use crate::decided;
use crate::port::{PortError, Store};
use crate::shard_view::ShardView;
use std::collections::BTreeMap;
use teachback_core::decide::{Judge, Told, Verdict};
use teachback_core::time::EventTime;

/// The judge of a warehouse, and how far it has been told.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    judge: Judge,
    /// By shard, the first epoch that it has not been told.
    next: BTreeMap<u32, u64>,
}

impl Evidence {
    /// Judges through the day of a cut by what the shards' records tell up to the given epochs.
    pub(crate) fn judge(
        &mut self,
        store: &dyn Store,
        shards: &BTreeMap<u32, ShardView>,
        epochs: &BTreeMap<u32, u64>,
        as_of: EventTime,
    ) -> Result<Verdict, PortError> {
        let mut told = self.read(store, shards, epochs)?;
        if told.iter().any(|told| self.judge.is_too_late(told)) || self.judge.is_ahead_of(as_of.day()) {
            *self = Self::default();
            told = self.read(store, shards, epochs)?;
        }
        told.into_iter().for_each(|told| self.judge.tell(told));
        Ok(self.judge.judge(as_of.day()))
    }

    /// Reads what has not been told up to the given epochs.
    fn read(&mut self, store: &dyn Store, shards: &BTreeMap<u32, ShardView>, epochs: &BTreeMap<u32, u64>) -> Result<Vec<Told>, PortError> {
        let mut told = Vec::new();
        for (shard, through) in epochs {
            let next = self.next.entry(*shard).or_default();
            let Some(view) = shards.get(shard) else { continue };
            for (_, file) in view.evidence().filter(|(epoch, _)| *epoch >= *next && epoch <= through) {
                told.push(decided::evidence(store, file)?);
            }
            *next = through + 1;
        }
        Ok(told)
    }
}
