//! A log in memory as what course teams answer.

use super::MemoryLog;
use std::collections::BTreeMap;
use teachback_core::event::validate::Key;
use teachback_engine::port::{Actor, Answer, FeedbackSource, Partition, PortError};

impl FeedbackSource for MemoryLog {
    fn ends(&mut self) -> Result<BTreeMap<Partition, u64>, PortError> {
        Ok((0..self.partitions()).map(Partition).map(|partition| (partition, self.end(partition))).filter(|(_, end)| *end > 0).collect())
    }

    fn read(&mut self, ends: &BTreeMap<Partition, u64>, handle: &mut dyn FnMut(&Answer<'_>)) -> Result<(), PortError> {
        for (partition, end) in ends {
            for offset in 0..*end {
                let short = || PortError::new(Actor::Damage, format!("partition {partition} ends before offset {end}"));
                let record = self.record(*partition, offset).ok_or_else(short)?;
                handle(&Answer { partition: *partition, offset, key: record.key.as_deref().map_or(Key::Missing, Key::Is), body: &record.body });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::feedback as suite;
    use crate::memory::MemoryRecord;

    #[test]
    fn a_log_in_memory_behaves_as_feedback() {
        let log = MemoryLog::new("feedback", 1);
        let mut append = |body: &str| {
            log.append(Partition(0), MemoryRecord { body: body.into(), ..MemoryRecord::default() });
        };
        suite::behaves_as_a_feedback_source(&mut log.clone(), &mut append);
    }
}
