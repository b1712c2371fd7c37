//! Opening what `run` reads: files as a log of one partition, or a topic.

use crate::failure::Failure;
use crate::settings::Checked;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use teachback_connectors::Resume;
use teachback_connectors::file::{FileLog, FileMark, spool};
use teachback_connectors::kafka::admin::{self, PartitionEnds};
use teachback_connectors::kafka::{KafkaSettings, KafkaSource};
use teachback_core::event::decode::decode_with;
use teachback_core::partitioner::Partitioner;
use teachback_core::time::{DAY, EventTime};
use teachback_engine::bounds::{RECORD_OFFSETS_LOG2_FILES, RECORD_OFFSETS_LOG2_TOPIC};
use teachback_engine::chain;
use teachback_engine::port::{Partition, ResumeAt, Source, Store};
use teachback_engine::run_end::{self, RunEnd};

/// Messages at the end of a partition that are looked at to learn how far the log reaches.
const TAIL_MESSAGES: u64 = 20;
/// Where standard input is kept, so that it can be read again.
const SPOOL: &str = "_teachback/spool/stdin.ndjson";

/// One source and the partitions it reads in a bounded run.
pub(super) struct Part {
    pub(super) source: Box<dyn Source>,
    pub(super) assigned: Vec<Partition>,
    pub(super) log_marks: Option<Box<dyn Fn() -> Option<String> + Send>>,
}

/// A log, opened.
pub(super) struct Log {
    pub(super) name: String,
    pub(super) terms_name: String,
    pub(super) partitions: u32,
    pub(super) partitioner: Partitioner,
    pub(super) record_offsets_log2: u32,
    pub(super) reaches: Option<EventTime>,
    pub(super) parts: Vec<Part>,
    pub(super) bounded: bool,
}

/// Opens files as a log of one partition.
pub(super) fn open_files(checked: &Checked, paths: &[PathBuf], store: &dyn Store) -> Result<Log, Failure> {
    let tip = chain::tip(store, 0)?.map(|link| link.record);
    let recorded: Vec<FileMark> = tip.as_ref().and_then(|tip| serde_json::from_str(tip.log_marks.as_deref()?).ok()).unwrap_or_default();
    let from = tip.and_then(|tip| tip.image).map_or(0, |image| image.offset);
    let spooled = paths.iter().any(|path| path.as_os_str() == "-").then(|| checked.warehouse.join(SPOOL));
    if let Some(file) = &spooled {
        spool(&mut std::io::stdin().lock(), file)?;
    }
    let files = FileLog::open(paths, spooled.as_deref(), &recorded)?;
    let source = files.source(from)?;
    let log_marks = Box::new(move || serde_json::to_string(&files.marks()).ok());
    Ok(Log {
        name: source.name().to_owned(),
        terms_name: "files".to_owned(),
        partitions: 1,
        partitioner: Partitioner::Any,
        record_offsets_log2: RECORD_OFFSETS_LOG2_FILES,
        reaches: None,
        parts: vec![Part { source: Box::new(source), assigned: vec![Partition(0)], log_marks: Some(log_marks) }],
        bounded: true,
    })
}

/// Opens a topic: as a service by its group, or to its end by hand.
pub(super) fn open_topic(checked: &Checked, kafka: &KafkaSettings, store: &Arc<dyn Store>) -> Result<Log, Failure> {
    let partitions = admin::partitions(kafka)?;
    let threads = checked.threads.min(partitions as usize).max(1);
    let (mut parts, mut reaches) = (Vec::new(), None);
    if checked.until_end {
        let mut ends = admin::end_offsets(kafka)?;
        let now = RunEnd { log: kafka.topic.clone(), ends: ends.iter().map(|end| (end.partition.0, end.high)).collect() };
        let held = run_end::hold(store.as_ref(), now.clone())?;
        for end in &mut ends {
            end.high = held.ends.get(&end.partition.0).copied().unwrap_or(end.high);
        }
        let records = ends.iter().map(|end| end.high.saturating_sub(end.low)).sum::<u64>();
        if held == now {
            tracing::info!(topic = kafka.topic, records, "reading to the end as it is now");
        } else {
            tracing::info!(topic = kafka.topic, records, "reading to the end that an unfinished run recorded");
        }
        for share in shares(ends.clone(), threads) {
            let mut assigned = Vec::new();
            for end in share {
                assigned.push((end.partition, chain::resume(store.as_ref(), end.partition.0)?, end.high));
            }
            let source = Box::new(KafkaSource::bounded(kafka, &assigned)?);
            parts.push(Part { source, assigned: assigned.iter().map(|(partition, ..)| *partition).collect(), log_marks: None });
        }
        // The sources already fetch while the tails are looked at.
        reaches = reached_by(kafka, &ends)?;
    } else {
        // An end that an unfinished run left behind says nothing any more once reading goes on without one.
        run_end::clear(store.as_ref())?;
        for _ in 0..threads {
            let store = store.clone();
            let resume: Resume = Arc::new(move |partition| chain::resume(store.as_ref(), partition.0));
            parts.push(Part { source: Box::new(KafkaSource::group(kafka, resume)?), assigned: Vec::new(), log_marks: None });
        }
    }
    Ok(Log {
        name: kafka.topic.clone(),
        terms_name: kafka.topic.clone(),
        partitions,
        partitioner: checked.partitioner,
        record_offsets_log2: RECORD_OFFSETS_LOG2_TOPIC,
        reaches,
        parts,
        bounded: checked.until_end,
    })
}

/// Shares partitions out over threads so that each has about as many records to read: the largest first, each to the
/// thread that has the least so far (R. L. Graham, "Bounds on Multiprocessing Timing Anomalies", 1969). A run ends when the
/// last thread does.
fn shares(mut ends: Vec<PartitionEnds>, threads: usize) -> Vec<Vec<PartitionEnds>> {
    let records = |end: &PartitionEnds| end.high.saturating_sub(end.low);
    ends.sort_by_key(|end| Reverse((records(end), Reverse(end.partition))));
    let mut shares = vec![Vec::new(); threads];
    for end in ends {
        if let Some(least) = shares.iter_mut().min_by_key(|share| share.iter().map(records).sum::<u64>()) {
            least.push(end);
        }
    }
    shares
}

/// A time that the log is known to reach: two days before the middle of the newest messages of any partition, so that
/// neither a bad date nor a late event at the end counts.
fn reached_by(kafka: &KafkaSettings, ends: &[PartitionEnds]) -> Result<Option<EventTime>, Failure> {
    let tails: Vec<(Partition, Option<ResumeAt>, u64)> = ends
        .iter()
        .filter(|end| end.high > end.low)
        .map(|end| (end.partition, Some(end.high.saturating_sub(TAIL_MESSAGES).max(end.low).into()), end.high))
        .collect();
    let mut source = KafkaSource::bounded(kafka, &tails)?;
    let mut times: BTreeMap<Partition, Vec<EventTime>> = BTreeMap::new();
    let mut ended = 0;
    while ended < tails.len() {
        let polled = source.poll(1000, Duration::from_secs(1), &mut |record| {
            if let Ok(event) = decode_with(|| record.headers.fetch(), record.body) {
                times.entry(record.partition).or_default().push(event.time);
            }
        })?;
        ended = polled.ended.len();
    }
    let middle = |mut times: Vec<EventTime>| {
        times.sort_unstable();
        times.get(times.len() / 2).copied()
    };
    Ok(times.into_values().filter_map(middle).max().map(|time| time.plus(-2 * DAY)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_get_about_as_many_records_each() {
        let sizes = [9, 1, 8, 2, 2, 2];
        let ends = (0..).zip(sizes).map(|(number, records)| PartitionEnds { partition: Partition(number), low: 5, high: 5 + records }).collect();
        let shares = shares(ends, 2).into_iter().map(|share| share.iter().map(|end| end.partition.0).collect::<Vec<_>>());
        // 9 and 2 and 1 against 8 and 2 and 2.
        assert_eq!(shares.collect::<Vec<_>>(), [vec![0, 4, 1], vec![2, 3, 5]]);
    }
}
