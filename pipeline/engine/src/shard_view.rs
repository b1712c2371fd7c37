//! What the publisher has read of one shard's chain: the anchor, the records behind it, and what follows from both.

use crate::bounds::{RECORDS_FOLDED_MIN, RECORDS_KEPT_MIN};
use crate::chain::{self, Link};
use crate::fold;
use crate::port::{PortError, Store};
use teachback_core::checkpoint::anchor::{Anchor, FoldBounds, FoldedDay, fold_through};
use teachback_core::checkpoint::{FileNote, Ledger, Record, RecordKind};
use teachback_core::table::{Cell, Rows};
use teachback_core::time::EventTime;

/// A shard's part of a snapshot.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) epoch: u64,
    pub(crate) to: u64,
    pub(crate) first: EventTime,
    pub(crate) last: EventTime,
    pub(crate) kind: RecordKind,
    pub(crate) files: Vec<(String, FileNote)>,
    /// Whether it is visible by now, or never will be, and what was staged is gone.
    pub(crate) is_done: bool,
}

/// One shard's chain as far as it was read. Records that are folded are forgotten, so memory does not grow with the
/// chain.
#[derive(Debug)]
pub(crate) struct ShardView {
    shard: u32,
    anchor: Option<Anchor>,
    /// Whether a former process may have left behind what the anchor has replaced.
    is_unswept: bool,
    links: Vec<Link>,
    pub(crate) parts: Vec<Part>,
}

impl ShardView {
    /// A view of a shard of which nothing was read yet.
    pub(crate) fn new(shard: u32) -> Self {
        Self { shard, anchor: None, is_unswept: false, links: Vec::new(), parts: Vec::new() }
    }

    /// Reads what is new in the chain.
    ///
    /// # Errors
    /// When the store fails, or anchor or record is damaged.
    pub(crate) fn refresh(&mut self, store: &dyn Store) -> Result<(), PortError> {
        loop {
            let next = self.next_epoch();
            match chain::read(store, self.shard, next)? {
                Some(link) => self.take(link),
                // Either the chain ends here, or it was folded past here.
                None => match fold::newest(store, self.shard)?.filter(|anchor| anchor.through >= next) {
                    Some(anchor) => {
                        self.begin_behind(anchor);
                        self.is_unswept = true;
                    }
                    None => return Ok(()),
                },
            }
        }
    }

    /// Folds old records, when there are enough that nobody needs any more.
    ///
    /// # Errors
    /// When the store fails, or the chain is not whole.
    pub(crate) fn fold_old(&mut self, store: &dyn Store) -> Result<(), PortError> {
        if let (true, Some(anchor)) = (self.is_unswept, &self.anchor) {
            fold::sweep(store, anchor)?;
            self.is_unswept = false;
        }
        let Some(first) = self.links.first().map(|link| link.record.epoch) else { return Ok(()) };
        let image = self.links.last().and_then(|link| link.record.image.as_ref()).map(|image| image.epoch);
        let waiting = self.parts.iter().find(|part| !part.is_done).map(|part| part.epoch);
        let bounds = FoldBounds { records_kept: RECORDS_KEPT_MIN, records_folded_min: RECORDS_FOLDED_MIN };
        let Some(through) = fold_through(first..self.next_epoch(), image, waiting, bounds) else { return Ok(()) };
        let old = self.links.partition_point(|link| link.record.epoch <= through);
        if let Some(anchor) = fold::fold(store, self.shard, self.anchor.as_ref(), &self.links[..old])? {
            self.begin_behind(anchor);
        }
        Ok(())
    }

    /// What became of everything that was read so far.
    pub(crate) fn totals(&self) -> Ledger {
        let anchored = || self.anchor.as_ref().map(|anchor| anchor.totals.clone());
        self.links.last().map(|link| link.record.totals.clone()).or_else(anchored).unwrap_or_default()
    }

    /// The first and the last midnight for which the shard has made a cut.
    pub(crate) fn cuts(&self) -> Option<(EventTime, EventTime)> {
        let folded = self.anchor.as_ref().and_then(|anchor| anchor.cuts);
        let cuts = || self.parts.iter().filter(|part| part.kind == RecordKind::Cut);
        let first = folded.map(|(first, _)| first).or_else(|| Some(cuts().next()?.first))?;
        let last = cuts().next_back().map(|part| part.last).or(folded.map(|(_, last)| last))?;
        Some((first, last))
    }

    /// Evidence told to decide, with the record that told it, in the order of the log.
    pub(crate) fn evidence(&self) -> impl Iterator<Item = (u64, &FileNote)> {
        let folded = self.anchor.iter().flat_map(|anchor| &anchor.days).flat_map(|day| &day.evidence).map(|(epoch, file)| (*epoch, file));
        folded.chain(self.links.iter().filter_map(|link| Some((link.record.epoch, link.record.evidence.as_ref()?))))
    }

    /// Adds the rows of `pipeline_audit`: a row a day for what is folded, a row a record up to `through` for what is not.
    pub(crate) fn audit(&self, through: u64, rows: &mut Rows) {
        let name = format!("{:02}", self.shard);
        let mut push = |epoch: u64, kind: &str, (from, to): (u64, u64), ledger: &Ledger, time: Option<EventTime>| {
            rows.push(&[
                Cell::Text(&name),
                epoch.into(),
                Cell::Text(kind),
                from.into(),
                to.into(),
                ledger.read.into(),
                ledger.accepted.into(),
                ledger.duplicate.into(),
                ledger.late.into(),
                ledger.rejected.into(),
                ledger.conflict.into(),
                ledger.unknown_type.into(),
                ledger.unknown_fields.into(),
                time.into(),
            ]);
        };
        for FoldedDay { last, from, to, ledger, time, .. } in self.anchor.iter().flat_map(|anchor| &anchor.days) {
            push(*last, "day", (*from, *to), ledger, *time);
        }
        for Record { epoch, kind, from, to, ledger, clock, .. } in self.links.iter().map(|link| &link.record).filter(|record| record.epoch <= through) {
            push(*epoch, kind.name(), (*from, *to), ledger, clock.time);
        }
    }

    fn next_epoch(&self) -> u64 {
        let anchored = self.anchor.as_ref().map(|anchor| anchor.through);
        self.links.last().map(|link| link.record.epoch).max(anchored).map_or(0, |epoch| epoch + 1)
    }

    fn take(&mut self, link: Link) {
        let record = &link.record;
        if let Some(snapshot) = &record.snapshot {
            self.parts.push(Part {
                epoch: record.epoch,
                to: record.to,
                first: snapshot.first,
                last: snapshot.last,
                kind: record.kind,
                files: snapshot.parts.clone(),
                is_done: false,
            });
        }
        self.links.push(link);
    }

    /// Forgets what an anchor covers.
    fn begin_behind(&mut self, anchor: Anchor) {
        self.links.retain(|link| link.record.epoch > anchor.through);
        self.parts.retain(|part| part.epoch > anchor.through);
        self.anchor = Some(anchor);
    }
}
