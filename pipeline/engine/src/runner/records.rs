//! The records that a runner adds to its chain: at cuts, at round offsets, with fresh snapshots, and at the end.

use super::{Context, Runner, writer_gone};
use crate::bounds::{IMAGE_MESSAGES_MAX, IMAGE_RECORDS_MAX};
use crate::port::PortError;
use crate::writer::{Commit, Job, no_rejected};
use teachback_core::checkpoint::{Ledger, RECORD_VERSION, Record, RecordKind};
use teachback_core::evidence::CourseEvidence;
use teachback_core::retention::is_passing;
use teachback_core::seal::SealedTable;
use teachback_core::table::contracts::LEARNER_COURSE;
use teachback_core::time::EventTime;

impl Runner {
    pub(super) fn cut(&mut self, first: EventTime, last: EventTime, to: u64, context: &Context) -> Result<(), PortError> {
        let first_cut = *self.first_cut.get_or_insert(first);
        let passing = context.reaches.is_some_and(|reaches| is_passing(last, first_cut, reaches) && is_passing(first, first_cut, reaches));
        let (tables, evidence) = if passing { (Vec::new(), self.shard.tell(&context.rules)) } else { self.shard.seal_and_tell(&context.rules) };
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
        let (tables, evidence) = self.shard.seal_and_tell(&context.rules);
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
        tables.retain(|table| table.contract.name != LEARNER_COURSE.name);
        self.send(RecordKind::Fresh, self.next, Some((as_of, as_of, tables)), None, context)
    }

    pub(super) fn send(
        &mut self,
        kind: RecordKind,
        to: u64,
        snapshot: Option<(EventTime, EventTime, Vec<SealedTable>)>,
        evidence: Option<(EventTime, Vec<CourseEvidence>)>,
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

    pub(super) fn record(&self, kind: RecordKind, to: u64, context: &Context) -> Record {
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
