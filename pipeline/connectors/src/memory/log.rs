//! A log in memory, with the behaviour of a Kafka topic that the engine relies on.

use crate::Resume;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use teachback_core::event::decode::Headers;
use teachback_core::event::validate::Key;
use teachback_core::time::EventTime;
use teachback_engine::port::{Change, Partition, Polled, PortError, Record, ResumeAt, Source};

/// One record of a [`MemoryLog`].
#[derive(Debug, Clone, Default)]
pub struct MemoryRecord {
    /// Its key, if it has one.
    pub key: Option<Vec<u8>>,
    /// Its headers.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Its bytes.
    pub body: Vec<u8>,
    /// When the log received it.
    pub received: Option<EventTime>,
}

/// A log that tests append to; clones are the same log. Offsets count from 0 without gaps.
#[derive(Debug, Clone)]
pub struct MemoryLog {
    name: String,
    partitions: Arc<Mutex<Vec<Vec<Arc<MemoryRecord>>>>>,
}

impl MemoryLog {
    /// An empty log.
    #[must_use]
    pub fn new(name: &str, partitions: u32) -> Self {
        Self { name: name.to_owned(), partitions: Arc::new(Mutex::new(vec![Vec::new(); partitions as usize])) }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Vec<Arc<MemoryRecord>>>> {
        self.partitions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends a record; gives its offset.
    ///
    /// # Panics
    /// When the log has no such partition.
    pub fn append(&self, partition: Partition, record: MemoryRecord) -> u64 {
        let mut partitions = self.lock();
        let records = &mut partitions[partition.0 as usize];
        records.push(Arc::new(record));
        records.len() as u64 - 1
    }

    /// The offset after the last record of a partition.
    #[must_use]
    pub fn end(&self, partition: Partition) -> u64 {
        self.lock().get(partition.0 as usize).map_or(0, |records| records.len() as u64)
    }

    /// The number of partitions.
    #[must_use]
    pub fn partitions(&self) -> u32 {
        self.lock().len() as u32
    }

    /// A source that reads fixed ranges (partition, where it goes on, end) and announces no changes.
    #[must_use]
    pub fn bounded(&self, assignments: &[(Partition, Option<ResumeAt>, u64)]) -> MemorySource {
        let slot =
            |(partition, resume, end): &(Partition, Option<ResumeAt>, u64)| (*partition, Slot { next: resume.map_or(0, ResumeAt::first), end: Some(*end) });
        MemorySource { log: self.clone(), slots: assignments.iter().map(slot).collect(), group: None }
    }

    /// A source whose partitions come and go as the handle says.
    #[must_use]
    pub fn group(&self, resume: Resume) -> (MemorySource, MemoryGroup) {
        let group = MemoryGroup::default();
        (MemorySource { log: self.clone(), slots: BTreeMap::new(), group: Some((group.clone(), resume)) }, group)
    }

    pub(super) fn record(&self, partition: Partition, offset: u64) -> Option<Arc<MemoryRecord>> {
        self.lock().get(partition.0 as usize)?.get(usize::try_from(offset).ok()?).cloned()
    }
}

/// Gives partitions to one member of a group and takes them away.
#[derive(Debug, Clone, Default)]
pub struct MemoryGroup {
    changes: Arc<Mutex<VecDeque<Change>>>,
}

impl MemoryGroup {
    /// The member meets the change at its next poll.
    pub fn announce(&self, change: Change) {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner).push_back(change);
    }

    fn take(&self) -> VecDeque<Change> {
        std::mem::take(&mut *self.changes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    next: u64,
    end: Option<u64>,
}

impl Slot {
    fn has_ended(&self) -> bool {
        self.end.is_some_and(|end| self.next >= end)
    }
}

/// Reads a [`MemoryLog`], one record of each partition in turn. Never waits.
pub struct MemorySource {
    log: MemoryLog,
    slots: BTreeMap<Partition, Slot>,
    group: Option<(MemoryGroup, Resume)>,
}

impl std::fmt::Debug for MemorySource {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "MemorySource({}, {:?})", self.log.name, self.slots)
    }
}

impl MemorySource {
    /// Applies announced changes; gives them in order.
    fn apply_changes(&mut self) -> Result<Vec<Change>, PortError> {
        let Some((group, resume)) = &self.group else { return Ok(Vec::new()) };
        let changes: Vec<Change> = group.take().into();
        for change in &changes {
            match change {
                Change::Assigned(partition) => {
                    let next = resume(*partition)?.map_or(0, ResumeAt::first);
                    self.slots.insert(*partition, Slot { next, end: None });
                }
                Change::Revoked(partition) | Change::Lost(partition) => {
                    self.slots.remove(partition);
                }
            }
        }
        Ok(changes)
    }
}

impl Source for MemorySource {
    fn name(&self) -> &str {
        &self.log.name
    }

    fn poll(&mut self, records_max: usize, _wait: Duration, handle: &mut dyn FnMut(&Record<'_>)) -> Result<Polled, PortError> {
        let mut polled = Polled { changes: self.apply_changes()?, ..Polled::default() };
        if !polled.changes.is_empty() {
            return Ok(polled);
        }
        let mut any_left = true;
        while any_left && polled.records < records_max {
            any_left = false;
            for (partition, slot) in self.slots.iter_mut().filter(|(_, slot)| !slot.has_ended()) {
                let Some(record) = self.log.record(*partition, slot.next) else { continue };
                if polled.records == records_max {
                    any_left = true;
                    break;
                }
                let fetch = || record.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
                let key = record.key.as_deref().map_or(Key::Missing, Key::Is);
                let (offset, next) = (slot.next, slot.next + 1);
                handle(&Record { partition: *partition, offset, next, received: record.received, key, headers: Headers::new(&fetch), body: &record.body });
                slot.next = next;
                polled.records += 1;
                any_left = true;
            }
        }
        let more = |(partition, slot): (&Partition, &Slot)| !slot.has_ended() && self.log.end(*partition) > slot.next;
        polled.caught_up = !self.slots.iter().any(more);
        polled.ended = self.slots.iter().filter(|(_, slot)| slot.has_ended()).map(|(partition, _)| *partition).collect();
        Ok(polled)
    }

    fn note_committed(&mut self, _positions: &[(Partition, u64)]) -> Result<(), PortError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::source as suite;

    fn record(body: &str) -> MemoryRecord {
        MemoryRecord { body: body.as_bytes().to_vec(), ..MemoryRecord::default() }
    }

    #[test]
    fn the_memory_log_behaves_as_a_source() {
        let log = MemoryLog::new("log", 1);
        for body in suite::BODIES {
            log.append(Partition(0), record(body));
        }
        let end = log.end(Partition(0));
        suite::behaves_as_a_bounded_source(&mut |from| Box::new(log.bounded(&[(Partition(0), from.map(ResumeAt::from), end)])));
        suite::hands_the_tail_over_first(&mut |resume| Box::new(log.bounded(&[(Partition(0), Some(resume), end)])));
    }

    #[test]
    fn partitions_come_and_go_and_reading_goes_on_at_the_resume_offset() {
        let log = MemoryLog::new("log", 2);
        for body in ["a", "b", "c"] {
            log.append(Partition(1), record(body));
        }
        let (mut source, group) = log.group(Arc::new(|_| Ok(Some(ResumeAt::from(1)))));
        let mut bodies = Vec::new();
        let mut poll = |bodies: &mut Vec<Vec<u8>>| source.poll(10, Duration::ZERO, &mut |record| bodies.push(record.body.to_vec())).expect("polls");
        assert!(poll(&mut bodies).caught_up, "nothing is assigned, so nothing is left to read");
        group.announce(Change::Assigned(Partition(1)));
        assert_eq!(poll(&mut bodies).changes, [Change::Assigned(Partition(1))]);
        assert!(bodies.is_empty(), "changes come before the records that follow them");
        assert!(poll(&mut bodies).caught_up);
        assert_eq!(bodies, [b"b", b"c"]);
        group.announce(Change::Lost(Partition(1)));
        log.append(Partition(1), record("d"));
        assert_eq!(poll(&mut bodies).changes, [Change::Lost(Partition(1))]);
        assert_eq!(poll(&mut bodies).records, 0);
    }
}
