//! The publisher: makes snapshots visible, moves `LATEST`, has decide judge, sends signals, and lets old snapshots go.
//!
//! It owns no truth: everything it does follows from the shards' chains, so it can stop anywhere and begin again.
//! Order for one snapshot: stage its own tables → expose every table → note it as published → move `LATEST` (only
//! forward) → send what decide has to say → drop what was staged.

use crate::bounds::SNAPSHOT_GRACE;
use crate::decider::Decider;
use crate::port::{Actor, Clock, FeedbackSource, Outgoing, PortError, SignalSink, Store, TableFormat};
use crate::shard_view::{Part, ShardView};
use crate::writer::{encode, put};
use crate::{decided, layout};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use teachback_core::checkpoint::{FileNote, Ledger, RecordKind};
use teachback_core::decide::{self, Verdict};
use teachback_core::retention::kept;
use teachback_core::table::{Rows, TABLES, contracts};
use teachback_core::time::{DAY, EventTime};

/// In service, a verdict is sent only when no newer one came for this long: while catching up nothing is pushed.
const SEND_AFTER_QUIET: Duration = Duration::from_secs(5);
/// Tries of one sending before it is left for the next round.
const SEND_TRIES: usize = 5;

/// A snapshot that is visible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// Its time.
    pub as_of: EventTime,
    /// Why it was taken.
    pub kind: RecordKind,
    /// Where each shard stood, by shard: epoch and offset.
    pub shards: BTreeMap<u32, (u64, u64)>,
    /// The files of each table, under the names they have in the snapshot.
    pub tables: BTreeMap<String, Vec<FileNote>>,
    /// When retention let it go, by the wall clock.
    pub left: Option<EventTime>,
    /// Whether its files are gone.
    pub deleted: bool,
}

/// What was said last, kept with the signals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Said {
    as_of: EventTime,
}

/// The publisher of one warehouse.
pub struct Publisher {
    store: Arc<dyn Store>,
    format: Arc<dyn TableFormat>,
    clock: Arc<dyn Clock>,
    sink: Option<Box<dyn SignalSink>>,
    shards: BTreeMap<u32, ShardView>,
    decider: Decider,
    published: BTreeMap<EventTime, Published>,
    verdict: Option<(EventTime, Verdict)>,
    unsent_since: Option<Duration>,
}

impl std::fmt::Debug for Publisher {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Publisher").field("shards", &self.shards.keys()).finish_non_exhaustive()
    }
}

impl Publisher {
    /// A publisher for the given shards.
    ///
    /// # Errors
    /// When the list of published snapshots cannot be read.
    pub fn new(
        store: Arc<dyn Store>,
        format: Arc<dyn TableFormat>,
        clock: Arc<dyn Clock>,
        sink: Option<Box<dyn SignalSink>>,
        feedback: Option<Box<dyn FeedbackSource>>,
        shards: impl IntoIterator<Item = u32>,
    ) -> Result<Self, PortError> {
        let shards = shards.into_iter().map(|shard| (shard, ShardView::new(shard))).collect();
        let (decider, published) = (Decider::new(feedback), BTreeMap::new());
        let mut publisher = Self { store, format, clock, sink, shards, decider, published, verdict: None, unsent_since: None };
        publisher.take_over()?;
        Ok(publisher)
    }

    /// Begins from what is on disk: another owner may have published since, and let snapshots go.
    ///
    /// # Errors
    /// When the list of published snapshots cannot be read.
    pub fn take_over(&mut self) -> Result<(), PortError> {
        self.published = published(self.store.as_ref())?;
        // The verdict that holds now; a process that stopped before it was sent leaves that to the next one.
        let newest = self.published.values().rev().find(|published| published.kind != RecordKind::Fresh).map(|published| published.as_of);
        let verdict = newest.map(|as_of| Ok((as_of, decided::verdict(self.store.as_ref(), &layout::verdict(as_of))?))).transpose()?;
        self.verdict = verdict.and_then(|(as_of, verdict)| Some((as_of, verdict?)));
        self.unsent_since = self.verdict.is_some().then(|| self.clock.elapsed());
        Ok(())
    }

    /// The time under which a bounded run ends: the latest time of all shards, or a little later when a snapshot of that
    /// time already shows something else.
    #[must_use]
    pub fn end_time(&self, latest: EventTime, positions: &BTreeMap<u32, u64>) -> EventTime {
        let Some((newest, published)) = self.published.last_key_value() else { return latest };
        let stood: BTreeMap<u32, u64> = published.shards.iter().map(|(shard, (_, to))| (*shard, *to)).collect();
        if published.kind == RecordKind::End && stood == *positions {
            return *newest;
        }
        latest.max(newest.plus(1))
    }

    /// One round in service: reads what is new in the chains and publishes what is complete.
    ///
    /// # Errors
    /// When the store or the signals' log fails.
    pub fn round(&mut self) -> Result<(), PortError> {
        self.refresh()?;
        let midnights = self.complete_midnights(false);
        let fresh = self.complete(RecordKind::Fresh).into_iter().next_back();
        self.publish_all(&midnights, fresh, RecordKind::Fresh)?;
        if self.unsent_since.is_some_and(|since| self.clock.elapsed().saturating_sub(since) >= SEND_AFTER_QUIET) {
            self.send()?;
        }
        self.let_go()
    }

    /// One round of a bounded run that still reads a log known to reach a time: publishes the midnights that all shards have
    /// passed and retention keeps if the log ends there. So the end of the run has only the last days to judge. The last
    /// midnight waits for the end: the run may turn out to end at that very moment.
    ///
    /// # Errors
    /// When the store fails.
    pub fn round_ahead(&mut self, reaches: EventTime) -> Result<(), PortError> {
        self.refresh()?;
        let mut midnights = self.complete_midnights(false);
        midnights.pop_last();
        let Some(first) = midnights.first().copied() else { return Ok(()) };
        let through = (0..=(reaches.0 - first.0) / DAY).map(|day| first.plus(day * DAY));
        self.publish_lasting(midnights.clone(), through.collect())
    }

    /// The same for a run that has read everything and ends at this moment, while the shards still write its snapshot.
    ///
    /// # Errors
    /// When the store fails.
    pub fn round_before(&mut self, end: EventTime) -> Result<(), PortError> {
        self.refresh()?;
        let mut midnights = self.complete_midnights(false);
        midnights.split_off(&end);
        self.publish_lasting(midnights, BTreeSet::from([end]))
    }

    /// Publishes those of some midnights that retention keeps beside snapshots that are to come.
    fn publish_lasting(&mut self, mut midnights: BTreeSet<EventTime>, to_come: BTreeSet<EventTime>) -> Result<(), PortError> {
        let lasting = kept(&to_come.union(&midnights).copied().collect());
        midnights.retain(|midnight| lasting.contains(midnight));
        self.publish_all(&midnights, None, RecordKind::Cut)
    }

    /// The end of a bounded run: publishes every midnight that all shards passed, and the snapshot of the end.
    ///
    /// # Errors
    /// When the store or the signals' log fails, or a shard lacks its part.
    pub fn finish(&mut self, as_of: EventTime) -> Result<(), PortError> {
        self.refresh()?;
        let midnights = self.complete_midnights(true);
        if !self.complete(RecordKind::End).contains(&as_of) {
            return Err(PortError::new(Actor::Damage, format!("no shard may lack its part of the snapshot {as_of}; run again")));
        }
        self.publish_all(&midnights, Some(as_of), RecordKind::End)?;
        self.send()?;
        self.let_go()
    }

    fn refresh(&mut self) -> Result<(), PortError> {
        self.shards.values_mut().try_for_each(|view| view.refresh(self.store.as_ref()))
    }

    /// Lets go of what is old: snapshots that retention drops, records that nobody needs one by one any more.
    fn let_go(&mut self) -> Result<(), PortError> {
        self.retire()?;
        self.shards.values_mut().try_for_each(|view| view.fold_old(self.store.as_ref()))
    }

    /// The midnights that every shard has passed. A shard that never had a record holds nobody up in a bounded run; in
    /// service it does, until ticks move it.
    fn complete_midnights(&self, bounded: bool) -> BTreeSet<EventTime> {
        let shards: Vec<Option<(EventTime, EventTime)>> = self.shards.values().filter(|view| !bounded || view.totals().read > 0).map(ShardView::cuts).collect();
        let first = shards.iter().filter_map(|cuts| cuts.map(|(first, _)| first)).min();
        let passed = shards.iter().map(|cuts| cuts.map(|(_, last)| last)).min().flatten();
        let (Some(first), Some(passed)) = (first, passed) else { return BTreeSet::new() };
        let days = (passed.0 - first.0) / DAY;
        (0..=days).map(|day| first.plus(day * DAY)).collect()
    }

    /// The times for which every shard has a part of this kind.
    fn complete(&self, kind: RecordKind) -> BTreeSet<EventTime> {
        let times = |view: &ShardView| -> BTreeSet<EventTime> { view.parts.iter().filter(|part| part.kind == kind).map(|part| part.last).collect() };
        let mut shards = self.shards.values().map(times);
        let first = shards.next().unwrap_or_default();
        shards.fold(first, |common, times| common.intersection(&times).copied().collect())
    }

    fn publish_all(&mut self, midnights: &BTreeSet<EventTime>, newest: Option<EventTime>, kind: RecordKind) -> Result<(), PortError> {
        let all: BTreeSet<EventTime> = midnights.iter().copied().chain(newest).chain(self.published.keys().copied()).collect();
        let wanted = kept(&all);
        for midnight in midnights.intersection(&wanted) {
            if !self.published.contains_key(midnight) {
                self.publish(*midnight, RecordKind::Cut)?;
            }
        }
        if let Some(newest) = newest.filter(|newest| !self.published.contains_key(newest)) {
            self.publish(newest, kind)?;
        }
        // Parts that are visible by now, or never will be.
        let reached = midnights.last().copied();
        for (shard, view) in &mut self.shards {
            for part in &mut view.parts {
                let done = match part.kind {
                    RecordKind::Cut => reached.is_some_and(|reached| part.last <= reached),
                    _ => newest.is_some_and(|newest| part.last <= newest),
                };
                if done && !part.is_done {
                    if !part.files.is_empty() {
                        self.store.delete_folder(&layout::staged_folder(part.first, *shard))?;
                        part.files.clear();
                    }
                    part.is_done = true;
                }
            }
        }
        Ok(())
    }

    fn publish(&mut self, as_of: EventTime, kind: RecordKind) -> Result<(), PortError> {
        let parts: BTreeMap<u32, Part> = self
            .shards
            .iter()
            .filter_map(|(shard, view)| {
                let holds = |part: &&Part| part.kind == kind && part.first <= as_of && as_of <= part.last;
                Some((*shard, view.parts.iter().find(holds)?.clone()))
            })
            .collect();
        if kind != RecordKind::Fresh {
            let verdict = self.decider.judge(self.store.as_ref(), &self.shards, &parts, as_of)?;
            decided::keep(self.store.as_ref(), &layout::verdict(as_of), &verdict)?;
            self.verdict = Some((as_of, verdict));
            self.unsent_since = Some(self.clock.elapsed());
        }
        let mut tables: BTreeMap<String, Vec<(FileNote, String)>> = BTreeMap::new();
        for (shard, part) in &parts {
            for (table, file) in &part.files {
                tables.entry(table.clone()).or_default().push((file.clone(), layout::part(*shard, self.format.ending())));
            }
        }
        let signals = self.verdict.as_ref().map_or_else(|| Rows::new(&contracts::SIGNALS), |(_, verdict)| decide::rows(verdict));
        for rows in [signals, self.audit_rows(&parts)] {
            let name = rows.contract().name;
            let path = layout::staged_by_publisher(as_of, name, self.format.ending());
            let file =
                put(self.store.as_ref(), path, encode(self.format.as_ref(), rows.contract(), [&rows], &[("teachback.as_of".to_owned(), as_of.to_string())])?)?;
            tables.entry(name.to_owned()).or_default().push((file, format!("decide.{}", self.format.ending())));
        }
        for (table, files) in &tables {
            let pairs: Vec<(String, String)> = files.iter().map(|(file, name)| (file.path.clone(), name.clone())).collect();
            self.store.expose(&pairs, &layout::snapshot(table, as_of))?;
        }
        let visible = |(table, files): (String, Vec<(FileNote, String)>)| {
            let folder = layout::snapshot(&table, as_of);
            let files = files.into_iter().map(|(file, name)| FileNote { path: format!("{folder}/{name}"), ..file }).collect();
            (table, files)
        };
        let shards = parts.iter().map(|(shard, part)| (*shard, (part.epoch, part.to))).collect();
        let published = Published { as_of, kind, shards, tables: tables.into_iter().map(visible).collect(), left: None, deleted: false };
        self.note(&published)?;
        self.published.insert(as_of, published);
        self.store.delete_folder(&format!("{}/decide", layout::staged_snapshot(as_of)))?;
        self.move_latest()
    }

    fn audit_rows(&self, parts: &BTreeMap<u32, Part>) -> Rows {
        let mut rows = Rows::new(&contracts::PIPELINE_AUDIT);
        for (shard, part) in parts {
            if let Some(view) = self.shards.get(shard) {
                view.audit(part.epoch, &mut rows);
            }
        }
        rows
    }

    fn note(&self, published: &Published) -> Result<(), PortError> {
        let bytes = serde_json::to_vec_pretty(published).map_err(|cause| PortError::external("a snapshot's note cannot be written as JSON", cause))?;
        self.store.put(&layout::published(published.as_of), bytes.into())
    }

    /// Points `LATEST` and the views at the newest snapshot.
    fn move_latest(&self) -> Result<(), PortError> {
        let Some((newest, _)) = self.published.last_key_value() else { return Ok(()) };
        let mut views = format!("-- Views on the newest snapshot, {newest}. Written by teachback; run it again after LATEST has moved.\n");
        for table in TABLES {
            let holder = self.published.values().rev().find(|published| !published.deleted && published.tables.contains_key(table.name));
            if let Some(holder) = holder {
                let address = self.store.address(&layout::snapshot(table.name, holder.as_of)).replace('\'', "''");
                views.push_str(&format!("CREATE OR REPLACE VIEW {} AS SELECT * FROM read_parquet('{address}/*.{}');\n", table.name, self.format.ending()));
            }
        }
        self.store.put(layout::VIEWS, views.into())?;
        self.store.put(layout::LATEST, newest.to_string().into())
    }

    /// Sends the difference between the newest verdict and what was said last.
    fn send(&mut self) -> Result<(), PortError> {
        let Some((as_of, verdict)) = self.verdict.clone() else { return Ok(()) };
        let Some(mut sink) = self.sink.take() else { return Ok(()) };
        let mut result = Ok(());
        for try_number in 0..SEND_TRIES {
            result = self.send_once(sink.as_mut(), as_of, &verdict);
            match &result {
                Ok(()) => break,
                Err(error) if error.actor == Actor::User => break,
                Err(error) => tracing::warn!(%error, try_number, "signals were not sent; reading again what was said"),
            }
        }
        self.sink = Some(sink);
        if result.is_ok() {
            self.unsent_since = None;
        }
        result
    }

    fn send_once(&self, sink: &mut dyn SignalSink, as_of: EventTime, verdict: &Verdict) -> Result<(), PortError> {
        let said: Option<Said> = match sink.progress()? {
            Some(text) => Some(
                serde_json::from_str(&text)
                    .map_err(|cause| PortError::external("the progress record of the signals is not ours; use another signals topic", cause))?,
            ),
            None => None,
        };
        if said.as_ref().is_some_and(|said| said.as_of >= as_of) {
            return Ok(());
        }
        let before = match &said {
            Some(said) => decided::verdict(self.store.as_ref(), &layout::said(said.as_of))?,
            None => None,
        };
        let events: Vec<Outgoing> = decide::changes(before.as_ref(), verdict, &self.read())
            .into_iter()
            .map(|event| Outgoing { id: event.id, key: event.provider, body: event.body })
            .collect();
        // Written first: the progress record, sent with the events, is what makes it count.
        decided::keep(self.store.as_ref(), &layout::said(as_of), &decide::said(before.as_ref(), verdict))?;
        let progress = serde_json::to_string(&Said { as_of }).map_err(|cause| PortError::external("progress cannot be written as JSON", cause))?;
        sink.send(&events, &progress)?;
        tracing::info!(events = events.len(), %as_of, "signals sent");
        // Progress never goes back, so nobody will ask for what was said before.
        said.map_or(Ok(()), |said| self.store.delete(&layout::said(said.as_of)))
    }

    /// What became of everything that was read so far, over all shards.
    fn read(&self) -> Ledger {
        let mut read = Ledger::default();
        self.shards.values().for_each(|view| read += &view.totals());
        read
    }

    /// Lets go of snapshots that retention drops: marked first, deleted an hour later. The note of a deleted one stays for
    /// the record, but not that of a fresh one: there are hundreds a day.
    fn retire(&mut self) -> Result<(), PortError> {
        let alive: BTreeSet<EventTime> = self.published.values().filter(|published| !published.deleted).map(|published| published.as_of).collect();
        let kept = kept(&alive);
        let now = self.clock.now();
        let dropped: Vec<EventTime> = alive.difference(&kept).copied().collect();
        for as_of in dropped {
            let Some(mut published) = self.published.get(&as_of).cloned() else { continue };
            match published.left {
                None => published.left = Some(now),
                Some(left) if now.0 - left.0 >= SNAPSHOT_GRACE.as_micros() as i64 => {
                    for table in published.tables.keys() {
                        self.store.delete_folder(&layout::snapshot(table, as_of))?;
                    }
                    self.store.delete(&layout::verdict(as_of))?;
                    self.store.delete(&layout::grounds(as_of))?;
                    if published.kind == RecordKind::Fresh {
                        self.store.delete(&layout::published(as_of))?;
                        self.published.remove(&as_of);
                        continue;
                    }
                    published.deleted = true;
                }
                Some(_) => continue,
            }
            self.note(&published)?;
            self.published.insert(as_of, published);
        }
        Ok(())
    }
}

/// The snapshots of a warehouse by their time, deleted ones included.
///
/// # Errors
/// When the store fails or a note is damaged.
pub fn published(store: &dyn Store) -> Result<BTreeMap<EventTime, Published>, PortError> {
    let mut published = BTreeMap::new();
    for entry in store.list(layout::PUBLISHED)? {
        let Some(bytes) = store.get(&entry.path)? else { continue };
        let note: Published = serde_json::from_slice(&bytes).map_err(|cause| PortError::new(Actor::Damage, format!("{} is damaged: {cause}", entry.path)))?;
        published.insert(note.as_of, note);
    }
    Ok(published)
}
