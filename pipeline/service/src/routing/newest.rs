//! Reading the newest records of a topic, for people who ask; nothing is noted to any group.

use std::time::Duration;
use teachback_connectors::kafka::{KafkaSettings, KafkaSource, admin};
use teachback_engine::port::{PortError, Record, Source};

/// One wait for the next records.
const WAIT: Duration = Duration::from_secs(1);
const POLL_RECORDS_MAX: usize = 1_000;

/// Hands the newest records of a topic to `handle`, at most `records_max` shared among its partitions, each partition in order.
///
/// # Errors
/// When the topic is not there or cannot be read.
pub(crate) fn read(kafka: &KafkaSettings, records_max: u64, handle: &mut dyn FnMut(&Record<'_>)) -> Result<(), PortError> {
    let ends = admin::end_offsets(kafka)?;
    let share = records_max.div_ceil(ends.len().max(1) as u64);
    let ranges: Vec<_> =
        ends.iter().filter(|end| end.low < end.high).map(|end| (end.partition, Some(end.high.saturating_sub(share).max(end.low).into()), end.high)).collect();
    if ranges.is_empty() {
        return Ok(());
    }
    let mut source = KafkaSource::bounded(kafka, &ranges)?;
    while source.poll(POLL_RECORDS_MAX, WAIT, handle)?.ended.len() < ranges.len() {}
    Ok(())
}
