//! The alias map in a topic: read to its end before anything is routed, then followed.
//!
//! Every route reads all of it, and notes nothing to any group. An alias is in force for what is routed after it was read; nothing says
//! which of two records of different topics is read first, so whoever needs an alias in force writes it before the first message of it.

use crate::failure::Failure;
use crate::settings::{AliasPlan, RoutePlan};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use teachback_connectors::kafka::KafkaSource;
use teachback_core::event::validate::Key;
use teachback_engine::port::{Partition, Source};
use teachback_formats::route::{AliasChange, AliasRecordFault, Aliases, Router};

/// One wait for the next records while the map is read.
const WAIT: Duration = Duration::from_millis(100);
const POLL_RECORDS_MAX: usize = 10_000;

/// The router of a plan with all its aliases, and the topic to follow, if they are in one. A request to stop ends the reading
/// early: then nothing may be routed.
pub(crate) fn router(plan: &RoutePlan, shutdown: &AtomicBool) -> Result<(Router, Option<AliasTopic>), Failure> {
    let mut router = plan.router()?;
    let AliasPlan::Topic(kafka) = &plan.aliases else { return Ok((router, None)) };
    let mut topic = AliasTopic { source: KafkaSource::table(kafka)?, tally: Tally::default(), told: 0 };
    while !topic.read(router.aliases_mut(), WAIT)? && !shutdown.load(Ordering::Relaxed) {}
    topic.tell(router.aliases_mut().len());
    Ok((router, Some(topic)))
}

/// A topic of aliases.
pub(crate) struct AliasTopic {
    source: KafkaSource,
    tally: Tally,
    /// Records that were logged of.
    told: u64,
}

impl AliasTopic {
    /// Takes what is there just now.
    pub(super) fn follow(&mut self, aliases: &mut Aliases) -> Result<(), Failure> {
        self.read(aliases, Duration::ZERO).map(drop)
    }

    /// Takes some of what is there; gives whether that was all.
    fn read(&mut self, aliases: &mut Aliases, wait: Duration) -> Result<bool, Failure> {
        let tally = &mut self.tally;
        let polled = self.source.poll(POLL_RECORDS_MAX, wait, &mut |record| {
            let key = match record.key {
                Key::Is(key) => key,
                Key::None | Key::Missing => &[],
            };
            tally.count(aliases.take(key, record.body), record.partition, record.offset);
        })?;
        Ok(polled.caught_up)
    }

    /// One line when there were records since the last one: how many, and where the first of each fault lies; never a name.
    pub(super) fn tell(&mut self, aliases: usize) {
        let Tally { records, in_a_circle, refused } = &self.tally;
        if *records == self.told {
            return;
        }
        self.told = *records;
        let faults: Vec<String> = refused.iter().map(|(fault, at)| format!("{fault}: {}, first at {}/{}", at.count, at.partition, at.offset)).collect();
        let (topic, count) = (self.source.name(), refused.values().map(|at| at.count).sum::<u64>());
        if count > 0 || *in_a_circle > 0 {
            tracing::warn!(topic, records, aliases, refused = count, in_a_circle, faults = faults.join("; "), "some records of the alias map join nobody");
        } else {
            tracing::info!(topic, records, aliases, "the alias map as it stands");
        }
    }
}

/// What became of the records since the start.
#[derive(Debug, Default)]
struct Tally {
    records: u64,
    in_a_circle: u64,
    refused: BTreeMap<AliasRecordFault, Refused>,
}

/// Records with one fault, and where the first of them lies.
#[derive(Debug, PartialEq, Eq)]
struct Refused {
    count: u64,
    partition: Partition,
    offset: u64,
}

impl Tally {
    fn count(&mut self, taken: Result<AliasChange, AliasRecordFault>, partition: Partition, offset: u64) {
        self.records += 1;
        match taken {
            Ok(AliasChange::Set | AliasChange::Removed) => {}
            Ok(AliasChange::SetInACircle) => self.in_a_circle += 1,
            Err(fault) => self.refused.entry(fault).or_insert(Refused { count: 0, partition, offset }).count += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_record_is_counted_and_the_first_of_each_fault_can_be_found() {
        let mut tally = Tally::default();
        let outcomes =
            [Ok(AliasChange::Set), Err(AliasRecordFault::BadKey), Ok(AliasChange::SetInACircle), Err(AliasRecordFault::BadKey), Ok(AliasChange::Removed)];
        for (offset, outcome) in (7..).zip(outcomes) {
            tally.count(outcome, Partition(2), offset);
        }
        assert_eq!((tally.records, tally.in_a_circle), (5, 1));
        let refused = Refused { count: 2, partition: Partition(2), offset: 8 };
        assert_eq!(tally.refused.into_iter().collect::<Vec<_>>(), [(AliasRecordFault::BadKey, refused)]);
    }
}
