//! What a source knows of its partitions: where reading goes on, where it ends, and whether the end was met.

use std::collections::BTreeMap;
use teachback_engine::port::{Partition, ResumeAt};

/// What to do with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is the next one; hand it over.
    Give,
    /// It is of a partition that was taken away, or was read before.
    Skip,
    /// It lies behind the end; the partition needs no more reading.
    Beyond,
    /// It lies behind the tail, which should have come first.
    WithoutTail,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    next: u64,
    /// Whether the record at `next` was read before and must be there.
    is_tail: bool,
    end: Option<u64>,
    /// Nothing more was there when last asked.
    at_end: bool,
    ended: bool,
}

/// The partitions of one source.
#[derive(Debug, Default)]
pub(super) struct Slots {
    /// By partition number: it is asked for every record.
    slots: Vec<Option<Slot>>,
}

impl Slots {
    /// Adds a partition that is read to `end`.
    pub(super) fn add(&mut self, partition: Partition, resume: ResumeAt, end: Option<u64>) {
        let place = partition.0 as usize;
        if self.slots.len() <= place {
            self.slots.resize(place + 1, None);
        }
        let next = resume.first();
        let ended = end.is_some_and(|end| next >= end);
        self.slots[place] = Some(Slot { next, is_tail: resume.tail.is_some(), end, at_end: ended, ended });
    }

    pub(super) fn remove(&mut self, partition: Partition) {
        if let Some(slot) = self.slots.get_mut(partition.0 as usize) {
            *slot = None;
        }
    }

    /// Judges a record, and moves behind it when it is to be handed over.
    #[inline]
    pub(super) fn meet(&mut self, partition: i32, offset: i64) -> Verdict {
        let (Ok(partition), Ok(offset)) = (usize::try_from(partition), u64::try_from(offset)) else { return Verdict::Skip };
        let Some(Some(slot)) = self.slots.get_mut(partition) else { return Verdict::Skip };
        if slot.end.is_some_and(|end| offset >= end) {
            (slot.at_end, slot.ended) = (true, true);
            return Verdict::Beyond;
        }
        if offset < slot.next {
            return Verdict::Skip;
        }
        if slot.is_tail && offset > slot.next {
            return Verdict::WithoutTail;
        }
        slot.is_tail = false;
        slot.next = offset + 1;
        slot.ended = slot.end.is_some_and(|end| slot.next >= end);
        slot.at_end = slot.ended;
        Verdict::Give
    }

    /// The log has nothing more in a partition just now. Gives false when not even the tail was there.
    pub(super) fn meet_end_of_log(&mut self, partition: i32) -> bool {
        let Some(Some(slot)) = usize::try_from(partition).ok().and_then(|partition| self.slots.get_mut(partition)) else { return true };
        slot.at_end = true;
        !slot.is_tail
    }

    /// Partitions whose log is read up although their end is not reached: what lies between are markers of transactions
    /// or compacted records, if the log reaches as far as the end.
    pub(super) fn unsettled(&self) -> Vec<(Partition, u64)> {
        self.all().filter(|(_, slot)| slot.at_end && !slot.ended).filter_map(|(partition, slot)| Some((partition, slot.end?))).collect()
    }

    /// The end of a partition is reached.
    pub(super) fn settle(&mut self, partition: Partition) {
        if let Some(Some(slot)) = self.slots.get_mut(partition.0 as usize) {
            (slot.at_end, slot.ended) = (true, true);
        }
    }

    /// Whether there is nothing more to read in any partition just now.
    pub(super) fn caught_up(&self) -> bool {
        self.all().all(|(_, slot)| slot.at_end && (slot.ended || slot.end.is_none()))
    }

    /// Partitions that have reached their end.
    pub(super) fn ended(&self) -> Vec<Partition> {
        self.all().filter(|(_, slot)| slot.ended).map(|(partition, _)| partition).collect()
    }

    /// Where reading goes on, by partition.
    pub(super) fn positions(&self) -> BTreeMap<Partition, u64> {
        self.all().map(|(partition, slot)| (partition, slot.next)).collect()
    }

    fn all(&self) -> impl Iterator<Item = (Partition, &Slot)> {
        (0..).zip(&self.slots).filter_map(|(number, slot)| slot.as_ref().map(|slot| (Partition(number), slot)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_once_and_only_of_assigned_partitions() {
        let mut slots = Slots::default();
        slots.add(Partition(2), 5.into(), None);
        let met: Vec<Verdict> =
            [(2, 4), (2, 5), (2, 5), (2, 9), (2, 8), (1, 5), (7, 5), (-1, 5)].map(|(partition, offset)| slots.meet(partition, offset)).into();
        assert_eq!(met, [Verdict::Skip, Verdict::Give, Verdict::Skip, Verdict::Give, Verdict::Skip, Verdict::Skip, Verdict::Skip, Verdict::Skip]);
        assert_eq!(slots.positions(), BTreeMap::from([(Partition(2), 10)]));
        slots.remove(Partition(2));
        assert_eq!(slots.meet(2, 10), Verdict::Skip);
    }

    #[test]
    fn being_caught_up_lasts_until_the_next_record() {
        let mut slots = Slots::default();
        assert!(slots.caught_up(), "with nothing assigned there is nothing to read");
        slots.add(Partition(0), 0.into(), None);
        assert!(!slots.caught_up());
        slots.meet_end_of_log(0);
        assert!(slots.caught_up() && slots.ended().is_empty());
        slots.meet(0, 0);
        assert!(!slots.caught_up());
    }

    #[test]
    fn a_bounded_partition_ends_at_its_end_and_gives_nothing_beyond() {
        let mut slots = Slots::default();
        slots.add(Partition(0), 0.into(), Some(2));
        slots.add(Partition(1), 3.into(), Some(3));
        assert_eq!(slots.ended(), [Partition(1)], "an empty range has ended before it began");
        assert_eq!([0, 1, 2].map(|offset| slots.meet(0, offset)), [Verdict::Give, Verdict::Give, Verdict::Beyond]);
        assert_eq!(slots.ended(), [Partition(0), Partition(1)]);
        assert!(slots.caught_up());
    }

    #[test]
    fn a_tail_must_be_there_and_comes_once() {
        let tail = ResumeAt { next: 5, tail: Some(3) };
        let mut slots = Slots::default();
        slots.add(Partition(0), tail, Some(5));
        assert!(slots.ended().is_empty(), "the tail is to be read even where nothing follows it");
        assert_eq!([3, 3, 4].map(|offset| slots.meet(0, offset)), [Verdict::Give, Verdict::Skip, Verdict::Give]);
        assert!(slots.meet_end_of_log(0) && slots.ended() == [Partition(0)]);
        slots.add(Partition(0), tail, None);
        assert_eq!(slots.meet(0, 4), Verdict::WithoutTail);
        assert!(!slots.meet_end_of_log(0));
        slots.add(Partition(0), tail.in_log_from(4), None);
        assert_eq!(slots.meet(0, 6), Verdict::Give, "retention has taken the tail");
    }

    #[test]
    fn an_end_made_of_markers_is_settled_by_asking_the_log() {
        let mut slots = Slots::default();
        slots.add(Partition(0), 0.into(), Some(3));
        slots.meet(0, 0);
        slots.meet_end_of_log(0);
        assert_eq!(slots.unsettled(), [(Partition(0), 3)]);
        assert!(!slots.caught_up());
        slots.settle(Partition(0));
        assert!(slots.caught_up() && slots.unsettled().is_empty());
    }
}
