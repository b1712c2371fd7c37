//! Taking over a shard: its chain and state image are read, and what lies between the image and the tip is folded once more,
//! without effects, and compared with what the records say.

use super::{Context, Runner, writer_gone};
use crate::chain::{self, Link};
use crate::image::Image;
use crate::layout;
use crate::port::{Actor, PortError, Store};
use crate::tail::LastRead;
use crate::writer::{Job, no_rejected};
use std::collections::VecDeque;
use teachback_core::checkpoint::{Ledger, Record, RecordKind, may_continue};
use teachback_core::lake;
use teachback_core::shard::{Rules, Shard};
use teachback_core::table::Rows;

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
    pub(super) fn load(&mut self, store: &dyn Store, tip: &Record, rules: &Rules) -> Result<(), PortError> {
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

    pub(super) fn take_over(&mut self, store: &dyn Store, context: &Context, tip: Option<&Link>) -> Result<Link, PortError> {
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

    /// Closes the records of the chain that end at or before an offset, comparing what was folded with what they say.
    pub(super) fn replay_up_to(&mut self, offset: u64, context: &Context) -> Result<(), PortError> {
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
    pub(super) fn other_log(&self, offset: u64) -> PortError {
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
}
