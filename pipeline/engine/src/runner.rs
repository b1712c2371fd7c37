//! The runner of one shard: feeds its records to the pure core and decides when a record of the chain is due.
//!
//! A record falls where the log says: at a round offset, and before the first event past a midnight. After a restart the
//! runner folds what lies between the state image and the tip once more, without effects, and compares the ledgers.

use crate::bounds::{IMAGE_MESSAGES_MAX, IMAGE_RECORDS_MAX, LAKE_ROWS_PER_CHUNK, REJECTED_BYTES_WAITING_MAX, REJECTED_ROWS_PER_RECORD_MAX};
use crate::chain::{self, Link};
use crate::image::Image;
use crate::layout;
use crate::port::{Actor, PortError, Record as LogRecord, Store};
use crate::tail::LastRead;
use crate::writer::{Commit, Job, no_rejected};
use std::cell::OnceCell;
use std::collections::VecDeque;
use std::sync::mpsc::SyncSender;
use teachback_core::checkpoint::{Ledger, RECORD_VERSION, Record, RecordKind, Terms, may_continue};
use teachback_core::event::Kind;
use teachback_core::event::decode::Headers;
use teachback_core::event::validate::ValidEvent;
use teachback_core::lake;
use teachback_core::refusal::{Reason, Refusal};
use teachback_core::retention::is_passing;
use teachback_core::seal::SealedTable;
use teachback_core::sealed::SealedMessage;
use teachback_core::shard::{Message, Outcome, Rules, Shard};
use teachback_core::table::{Cell, Rows};
use teachback_core::time::EventTime;

/// What all runners of a worker share.
#[derive(Debug, Clone)]
pub struct Context {
    /// Horizon, partitioner, door.
    pub rules: Rules,
    /// What a continuation must agree with.
    pub terms: Terms,
    /// The log's name in `lake/rejected`.
    pub log: String,
    /// Tells this process's tries from others'.
    pub attempt: String,
    /// A regular record every 2^this offsets.
    pub record_offsets_log2: u32,
    /// A time that the log is known to reach, so that snapshots which retention will drop need not be written.
    pub reaches: Option<EventTime>,
    /// For files: the latest event time that is believed for bytes first read in this run.
    pub not_after: EventTime,
    /// Jobs for the writer.
    pub writer: SyncSender<Job>,
}

/// One shard at work.
#[derive(Debug)]
pub struct Runner {
    number: u32,
    shard: Shard,
    /// Offset after the last record seen.
    next: u64,
    /// The last record seen.
    last: LastRead,
    /// First offset that is not in a record of the chain.
    from: u64,
    ledger: Ledger,
    totals: Ledger,
    lake: Rows,
    rejected: Rows,
    rejected_bytes: usize,
    image: Image,
    messages_since_image: u64,
    records_since_image: usize,
    first_cut: Option<EventTime>,
    ceilings: Vec<(u64, EventTime)>,
    log_marks: Option<String>,
    /// Records of the chain that are folded once more.
    replay: VecDeque<Record>,
    /// The newest snapshot of this shard's chain.
    last_snapshot: Option<EventTime>,
}

impl Runner {
    /// Takes over a shard: reads its chain and image, appends a takeover record.
    ///
    /// # Errors
    /// When the chain was made on other terms, is damaged, or another owner is quicker.
    pub fn open(number: u32, store: &dyn Store, context: &Context) -> Result<Self, PortError> {
        let tip = chain::tip(store, number)?;
        let mut runner = Self {
            number,
            shard: Shard::default(),
            next: 0,
            last: LastRead::default(),
            from: 0,
            ledger: Ledger::default(),
            totals: Ledger::default(),
            lake: Rows::new(lake::contract()),
            rejected: no_rejected(),
            rejected_bytes: 0,
            image: Image::default(),
            messages_since_image: 0,
            records_since_image: 0,
            first_cut: None,
            ceilings: Vec::new(),
            log_marks: None,
            replay: VecDeque::new(),
            last_snapshot: None,
        };
        if let Some(tip) = &tip {
            may_continue(&tip.record, &context.terms).map_err(|refusal| PortError::new(Actor::User, format!("shard {number:02}: {refusal}")))?;
            runner.load(store, &tip.record, &context.rules)?;
        }
        let begun = tip.as_ref().is_none_or(|tip| tip.record.kind == RecordKind::End);
        if begun {
            runner.ceilings.push((runner.from, context.not_after));
        }
        let link = runner.take_over(store, context, tip.as_ref())?;
        let (next_epoch, image) = (link.record.epoch + 1, link.record.image);
        let is_named = |path: &str| image.iter().flat_map(|image| &image.segments).any(|segment| segment.path == path);
        let orphans = store.list(&layout::image_segments(number))?.into_iter().map(|entry| entry.path).filter(|path| !is_named(path)).collect();
        let adopt = Job::Adopt { shard: number, tip_hash: link.hash, next_epoch, image, orphans };
        context.writer.send(adopt).map_err(|_| writer_gone())?;
        Ok(runner)
    }

    /// Loads the image and lists the records behind it.
    fn load(&mut self, store: &dyn Store, tip: &Record, rules: &Rules) -> Result<(), PortError> {
        let mut epoch = 0;
        if let Some(note) = &tip.image {
            let made = chain::read(store, self.number, note.epoch)?
                .ok_or_else(|| PortError::new(Actor::Damage, format!("{} is missing", layout::record(self.number, note.epoch))))?;
            self.shard.clock = made.record.clock;
            for segment in &note.segments {
                let bytes = store.get(&segment.path)?.filter(|bytes| chain::sha256(bytes) == segment.sha256);
                let bytes = bytes.ok_or_else(|| PortError::new(Actor::Damage, format!("state image {} is missing or changed", segment.path)))?;
                self.image.load(&segment.path, &bytes, &mut self.shard, rules)?;
            }
            epoch = note.epoch + 1;
            self.totals = made.record.totals;
            self.from = note.offset;
            self.last = LastRead::recorded(made.record.tail);
        }
        for epoch in epoch..=tip.epoch {
            let link = chain::read(store, self.number, epoch)?
                .ok_or_else(|| PortError::new(Actor::Damage, format!("{} is missing", layout::record(self.number, epoch))))?;
            self.replay.push_back(link.record);
        }
        self.records_since_image = self.replay.len();
        self.next = self.from;
        self.ceilings.clone_from(&tip.ceilings);
        self.log_marks.clone_from(&tip.log_marks);
        Ok(())
    }

    fn take_over(&mut self, store: &dyn Store, context: &Context, tip: Option<&Link>) -> Result<Link, PortError> {
        let record = Record {
            epoch: tip.map_or(0, |tip| tip.record.epoch + 1),
            previous: tip.map_or(String::new(), |tip| tip.hash.clone()),
            kind: RecordKind::Takeover,
            from: tip.map_or(self.from, |tip| tip.record.to),
            to: tip.map_or(self.from, |tip| tip.record.to),
            tail: tip.and_then(|tip| tip.record.tail.clone()),
            clock: tip.map_or_else(Default::default, |tip| tip.record.clock.clone()),
            totals: tip.map_or_else(Ledger::default, |tip| tip.record.totals.clone()),
            image: tip.and_then(|tip| tip.record.image.clone()),
            ..self.record(RecordKind::Takeover, self.from, context)
        };
        let hash = chain::append(store, &record)?;
        Ok(Link { record, hash })
    }

    /// Where reading must begin.
    #[must_use]
    pub fn resume_offset(&self) -> u64 {
        self.next
    }

    /// The shard's clock.
    #[must_use]
    pub fn time(&self) -> Option<EventTime> {
        self.replay.back().and_then(|record| record.clock.time).max(self.shard.clock.time)
    }

    /// Where the shard stands in its log.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.next
    }

    /// Notes how the connector describes what was read of its files.
    pub fn set_log_marks(&mut self, marks: Option<String>) {
        self.log_marks = marks;
    }

    /// Handles one record of the log.
    ///
    /// # Errors
    /// When the log is not the one that the chain was made from, or the writer is gone.
    pub fn handle(&mut self, record: &LogRecord<'_>, context: &Context) -> Result<(), PortError> {
        if record.offset < self.next {
            return if self.last.agrees_with(record, &context.rules.door) { Ok(()) } else { Err(self.other_log(record.offset)) };
        }
        self.replay_up_to(record.offset, context)?;
        let live = self.replay.is_empty();
        if live
            && self.from < record.offset
            && (record.offset >> context.record_offsets_log2 != self.from >> context.record_offsets_log2 || self.rejected_bytes > REJECTED_BYTES_WAITING_MAX)
        {
            self.commit(RecordKind::Regular, record.offset, context)?;
        }
        let ceiling = || self.ceilings.iter().rev().find(|(from, _)| *from <= record.offset).map_or(context.not_after, |(_, time)| *time);
        let looked_at = OnceCell::new();
        let fetch = || looked_at.get_or_init(|| record.headers.fetch()).clone();
        let message = Message {
            partition: self.number,
            received: record.received.unwrap_or_else(ceiling),
            received_is_ceiling: record.received.is_none(),
            key: record.key,
            headers: Headers::new(&fetch),
            body: record.body,
        };
        match Shard::read(&message, &context.rules) {
            Err(refusal) => self.reject(record, &refusal, live, context),
            Ok(event) => {
                if live && let Some((first, last)) = self.shard.cut_due(&event, &context.rules) {
                    self.cut(first, last, record.offset, context)?;
                }
                self.take(&event, &message, record, live, context)?;
            }
        }
        self.last.remember(record, looked_at.get().map_or(&[], Vec::as_slice));
        self.next = record.next;
        self.messages_since_image += 1;
        Ok(())
    }

    fn take(&mut self, event: &ValidEvent<'_>, message: &Message<'_>, record: &LogRecord<'_>, live: bool, context: &Context) -> Result<(), PortError> {
        let taken = self.shard.take(event, message, &context.rules);
        let late = match taken.outcome {
            Outcome::Tick => return Ok(()),
            Outcome::Accepted => {
                self.ledger.accepted += 1;
                self.ledger.unknown_type += u64::from(matches!(event.kind, Kind::Unknown(_)));
                false
            }
            Outcome::Late => {
                self.ledger.late += 1;
                true
            }
            Outcome::Duplicate { conflict } => {
                self.ledger.read += 1;
                self.ledger.duplicate += 1;
                self.ledger.conflict += u64::from(conflict);
                return Ok(());
            }
        };
        self.ledger.read += 1;
        self.ledger.unknown_fields += u64::from(event.unknown_fields);
        if context.terms.lake && live {
            let place = || place(&context.log, self.number, record.offset);
            let session = self.shard.session_pseudonym(event, &context.rules.door);
            let kept = lake::Kept { learner: taken.learner, session, late, offset: record.offset };
            lake::push(&mut self.lake, &context.rules.door, event, kept, place, record.body);
            if self.lake.len() >= LAKE_ROWS_PER_CHUNK {
                self.hand_over_lake(context)?;
            }
        }
        Ok(())
    }

    fn hand_over_lake(&mut self, context: &Context) -> Result<(), PortError> {
        if self.lake.is_empty() {
            return Ok(());
        }
        let mut rows = std::mem::replace(&mut self.lake, Rows::new(lake::contract()));
        rows.complete();
        context.writer.send(Job::Lake { shard: self.number, rows }).map_err(|_| writer_gone())
    }

    fn reject(&mut self, record: &LogRecord<'_>, refusal: &Refusal, live: bool, context: &Context) {
        if refusal.reason == Reason::WrongPartition
            && !self.totals.reasons.contains_key(&Reason::WrongPartition)
            && !self.ledger.reasons.contains_key(&Reason::WrongPartition)
        {
            tracing::warn!(
                partition = self.number,
                offset = record.offset,
                "a course lies in another partition than partitioner = {:?} puts it; if the producers use another one, set it",
                context.rules.partitioner
            );
        }
        self.ledger.read += 1;
        self.ledger.rejected += 1;
        *self.ledger.reasons.entry(refusal.reason).or_default() += 1;
        if !live || self.rejected.len() >= REJECTED_ROWS_PER_RECORD_MAX {
            return;
        }
        let place = place(&context.log, self.number, record.offset);
        let sealed = SealedMessage::new(&context.rules.door, &place, &record.headers.fetch(), record.body);
        self.rejected_bytes += sealed.body.len();
        self.rejected.push(&[
            Cell::Text(&context.log),
            self.number.into(),
            record.offset.into(),
            record.received.into(),
            Cell::Text(refusal.reason.code()),
            Cell::Text(&refusal.place),
            Cell::Text(&sealed.digest),
            record.body.len().into(),
            Cell::Bytes(&sealed.body),
            sealed.headers.as_deref().into(),
        ]);
    }

    /// Closes the records of the chain that end at or before an offset, comparing what was folded with what they say.
    fn replay_up_to(&mut self, offset: u64, context: &Context) -> Result<(), PortError> {
        while let Some(record) = self.replay.pop_front_if(|record| record.to <= offset) {
            if self.ledger != record.ledger && record.kind != RecordKind::Takeover {
                return Err(PortError::new(
                    Actor::Damage,
                    format!(
                        "shard {:02}: the log from {} to {} is not the one that record {} was made from; it was changed, truncated or recreated. Restore the log, or start a new warehouse",
                        self.number, record.from, record.to, record.epoch
                    ),
                ));
            }
            if let Some(tail) = record.tail.filter(|tail| self.last.tail(&context.rules.door).as_ref() != Some(tail)) {
                return Err(self.other_log(tail.offset));
            }
            if let Some(snapshot) = &record.snapshot {
                if record.kind == RecordKind::Cut {
                    self.first_cut.get_or_insert(snapshot.first);
                    self.shard.cut_taken(snapshot.last);
                }
                self.last_snapshot = self.last_snapshot.max(Some(snapshot.last));
                if record.kind != RecordKind::Fresh {
                    self.shard.tell(&context.rules);
                }
            }
            if record.kind != RecordKind::Takeover {
                self.totals += &record.ledger;
                self.ledger = Ledger::default();
                self.from = record.to;
            }
        }
        Ok(())
    }

    /// The message at an offset is not the one that was read there before.
    fn other_log(&self, offset: u64) -> PortError {
        PortError::new(
            Actor::Damage,
            format!(
                "shard {:02}: the log has another message at offset {offset} than was read there before: it was deleted and made anew under the same \
                 name, or changed. Restore the log; or measure this one into a new warehouse, or give it another name",
                self.number
            ),
        )
    }

    /// Closes what is left to replay once the log has nothing more; whatever is still open then is missing from the log.
    ///
    /// # Errors
    /// When the log ends before the chain does.
    pub fn caught_up(&mut self, context: &Context) -> Result<(), PortError> {
        self.replay_up_to(self.next, context)?;
        match self.replay.back() {
            None => Ok(()),
            Some(record) => Err(PortError::new(
                Actor::Damage,
                format!(
                    "shard {:02}: the log ends at {} but record {} reaches {}; it was truncated. Restore it, or start a new warehouse",
                    self.number, self.next, record.epoch, record.to
                ),
            )),
        }
    }

    /// Whether the shard still folds what is already on record.
    #[must_use]
    pub fn is_replaying(&self) -> bool {
        !self.replay.is_empty()
    }

    fn cut(&mut self, first: EventTime, last: EventTime, to: u64, context: &Context) -> Result<(), PortError> {
        let first_cut = *self.first_cut.get_or_insert(first);
        let passing = context.reaches.is_some_and(|reaches| is_passing(last, first_cut, reaches) && is_passing(first, first_cut, reaches));
        let tables = if passing { Vec::new() } else { self.shard.seal(&context.rules) };
        let evidence = self.shard.tell(&context.rules);
        self.shard.cut_taken(last);
        self.send(RecordKind::Cut, to, Some((first, last, tables)), Some((last, evidence)), context)
    }

    /// Makes a regular or shutdown record; nothing when there is nothing new.
    ///
    /// # Errors
    /// When the writer is gone.
    pub fn commit(&mut self, kind: RecordKind, to: u64, context: &Context) -> Result<(), PortError> {
        if self.is_replaying() || (self.from == to && self.ledger == Ledger::default()) {
            return Ok(());
        }
        self.send(kind, to, None, None, context)
    }

    /// Makes the record that ends a bounded run, with a snapshot of everything.
    ///
    /// # Errors
    /// When the writer is gone.
    pub fn end(&mut self, as_of: EventTime, context: &Context) -> Result<(), PortError> {
        if self.from == self.next && self.last_snapshot == Some(as_of) && self.ledger == Ledger::default() {
            return Ok(());
        }
        let tables = self.shard.seal(&context.rules);
        let evidence = self.shard.tell(&context.rules);
        self.last_snapshot = Some(as_of);
        self.send(RecordKind::End, self.next, Some((as_of, as_of, tables)), Some((as_of, evidence)), context)
    }

    /// Makes a record with a snapshot taken while caught up; tells decide nothing and leaves out learner-level rows.
    ///
    /// # Errors
    /// When the writer is gone.
    pub fn fresh(&mut self, as_of: EventTime, context: &Context) -> Result<(), PortError> {
        if self.is_replaying() {
            return Ok(());
        }
        let mut tables = self.shard.seal(&context.rules);
        tables.retain(|table| table.contract.name != teachback_core::table::contracts::LEARNER_COURSE.name);
        self.send(RecordKind::Fresh, self.next, Some((as_of, as_of, tables)), None, context)
    }

    fn send(
        &mut self,
        kind: RecordKind,
        to: u64,
        snapshot: Option<(EventTime, EventTime, Vec<SealedTable>)>,
        evidence: Option<(EventTime, Vec<teachback_core::evidence::CourseEvidence>)>,
        context: &Context,
    ) -> Result<(), PortError> {
        self.hand_over_lake(context)?;
        let ledger = std::mem::take(&mut self.ledger);
        self.totals += &ledger;
        debug_assert!(ledger.is_balanced(), "{ledger:?}");
        let orderly = matches!(kind, RecordKind::End | RecordKind::Shutdown);
        self.records_since_image += 1;
        let due =
            self.messages_since_image >= IMAGE_MESSAGES_MAX || self.records_since_image >= IMAGE_RECORDS_MAX || (orderly && self.messages_since_image > 0);
        let image = due.then(|| self.image.save(&mut self.shard)).transpose()?;
        let record = Record { from: self.from, to, ledger, ..self.record(kind, to, context) };
        if image.is_some() {
            self.messages_since_image = 0;
            self.records_since_image = 0;
        }
        self.from = to;
        self.rejected_bytes = 0;
        let rejected = std::mem::replace(&mut self.rejected, no_rejected());
        let commit = Commit { record, rejected, snapshot, evidence, image };
        context.writer.send(Job::Commit(Box::new(commit))).map_err(|_| writer_gone())
    }

    fn record(&self, kind: RecordKind, to: u64, context: &Context) -> Record {
        Record {
            version: RECORD_VERSION,
            shard: self.number,
            epoch: 0,
            previous: String::new(),
            attempt: context.attempt.clone(),
            kind,
            from: self.from,
            to,
            tail: self.last.tail(&context.rules.door),
            clock: self.shard.clock.clone(),
            ledger: Ledger::default(),
            totals: self.totals.clone(),
            files: Vec::new(),
            snapshot: None,
            evidence: None,
            image: None,
            log_marks: self.log_marks.clone(),
            ceilings: self.ceilings.clone(),
            terms: context.terms.clone(),
        }
    }
}

/// The place of a message, to which its sealed bytes are bound.
#[must_use]
pub fn place(log: &str, partition: u32, offset: u64) -> String {
    format!("{log}/{partition}/{offset}")
}

fn writer_gone() -> PortError {
    PortError::new(Actor::External, "the writer stopped")
}
