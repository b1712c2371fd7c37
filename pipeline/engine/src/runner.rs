//! The runner of one shard: feeds its records to the pure core and decides when a record of the chain is due.
//!
//! A record falls where the log says: at a round offset, and before the first event past a midnight. After a restart the
//! runner folds what lies between the state image and the tip once more, without effects, and compares the ledgers.

mod records;
mod recovery;

use crate::bounds::{LAKE_ROWS_PER_CHUNK, REJECTED_BYTES_WAITING_MAX, REJECTED_ROWS_PER_RECORD_MAX};
use crate::image::Image;
use crate::port::{Actor, PortError, Record as LogRecord};
use crate::tail::LastRead;
use crate::writer::Job;
use std::cell::OnceCell;
use std::collections::VecDeque;
use std::sync::mpsc::SyncSender;
use teachback_core::checkpoint::{Ledger, Record, RecordKind, Terms};
use teachback_core::event::Kind;
use teachback_core::event::decode::Headers;
use teachback_core::event::validate::ValidEvent;
use teachback_core::lake;
use teachback_core::refusal::{Reason, Refusal};
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
        let rows = std::mem::replace(&mut self.lake, Rows::new(lake::contract()));
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
}

/// The place of a message, to which its sealed bytes are bound.
#[must_use]
pub fn place(log: &str, partition: u32, offset: u64) -> String {
    format!("{log}/{partition}/{offset}")
}

fn writer_gone() -> PortError {
    PortError::new(Actor::External, "the writer stopped")
}
