//! Whether a topic is already further on than an import: then its events would be late, and counted in no table.
//!
//! The newest records of each partition are read, and the newest time of each course in them is held against the import's first of
//! that course. Late is what is more than the horizon older than what its course has. Platforms are not looked at: they count in
//! activity only.

use super::target::KafkaTarget;
use crate::failure::Failure;
use std::collections::BTreeMap;
use std::time::Duration;
use teachback_connectors::kafka::{KafkaSource, admin};
use teachback_core::event::decode::decode_with;
use teachback_core::event::{EventType, Kind};
use teachback_core::limits::CLOCK_AHEAD_SECONDS_MAX;
use teachback_core::time::{EventTime, SECOND};
use teachback_engine::port::{Partition, ResumeAt, Source};

/// Records at the end of each partition that are looked at.
const TAIL_RECORDS: u64 = 1_000_000;
/// Records in one poll.
const RECORDS_PER_POLL: usize = 10_000;
/// One wait for records.
const WAIT: Duration = Duration::from_secs(1);
/// Courses that the refusal names.
const COURSES_NAMED: usize = 3;

/// Refuses a topic in which a course of `first` is further on.
pub(super) fn refuse(target: &KafkaTarget, first: &BTreeMap<String, EventTime>) -> Result<(), Failure> {
    let newest = newest(target, first)?;
    let ahead: Vec<String> = ahead(first, &newest, target.horizon)
        .map(|(course, first, newest)| format!("{course} has events of {newest} there, and begins at {first} here"))
        .collect();
    if ahead.is_empty() {
        return Ok(());
    }
    let topic = &target.kafka.topic;
    let named = ahead[..ahead.len().min(COURSES_NAMED)].join("; ");
    Err(Failure::new(
        format!("topic {topic} is already further on in {} of {} courses of this import: {named}. What is imported would be late", ahead.len(), first.len()),
        "import into a new topic and measure it into a warehouse of its own, or write a file with --out and read it by `teachback run --input`; \
         or leave the files of these courses out",
    ))
}

/// Courses that are further on, with the import's first time and the topic's newest.
fn ahead<'a>(
    first: &'a BTreeMap<String, EventTime>,
    newest: &'a BTreeMap<String, EventTime>,
    horizon: i64,
) -> impl Iterator<Item = (&'a str, EventTime, EventTime)> {
    first.iter().filter_map(move |(course, first)| {
        let newest = newest.get(course)?;
        (*first < newest.plus(-horizon)).then_some((course.as_str(), *first, *newest))
    })
}

/// The newest event time of each of these courses at the end of the topic.
fn newest(target: &KafkaTarget, courses: &BTreeMap<String, EventTime>) -> Result<BTreeMap<String, EventTime>, Failure> {
    let mut tails: Vec<(Partition, Option<ResumeAt>, u64)> = Vec::new();
    for end in admin::end_offsets(&target.kafka)? {
        let start = end.high.saturating_sub(TAIL_RECORDS);
        if start > end.low {
            tracing::warn!(partition = %end.partition, records = TAIL_RECORDS, "only the newest records were looked at; a course that was silent since is not seen");
        }
        if end.high > end.low {
            tails.push((end.partition, Some(start.max(end.low).into()), end.high));
        }
    }
    let mut newest: BTreeMap<String, EventTime> = BTreeMap::new();
    if tails.is_empty() {
        return Ok(newest);
    }
    let mut source = KafkaSource::bounded(&target.kafka, &tails)?;
    let mut ended = 0;
    while ended < tails.len() {
        let polled = source.poll(RECORDS_PER_POLL, WAIT, &mut |record| {
            let Ok(event) = decode_with(|| record.headers.fetch(), record.body) else { return };
            // Such an event was refused, whatever it says of the time.
            let is_wild = record.received.is_some_and(|received| event.time > received.plus(CLOCK_AHEAD_SECONDS_MAX * SECOND));
            if is_wild || event.kind == Kind::Known(EventType::ClockTick) || !courses.contains_key(&*event.subject) {
                return;
            }
            if let Some(newest) = newest.get_mut(&*event.subject) {
                *newest = event.time.max(*newest);
            } else {
                newest.insert(event.subject.to_string(), event.time);
            }
        })?;
        ended = polled.ended.len();
    }
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use teachback_core::time::{DAY, HOUR};

    #[test]
    fn a_course_is_further_on_when_its_first_event_would_be_late() {
        let times = |times: &[(&str, i64)]| times.iter().map(|(course, hours)| ((*course).to_owned(), EventTime(hours * HOUR))).collect::<BTreeMap<_, _>>();
        let first = times(&[("C1", 100), ("C2", 100), ("C3", 100), ("C4", 100)]);
        let newest = times(&[("C1", 124), ("C2", 125), ("C3", 50), ("C9", 900)]);
        let ahead: Vec<_> = ahead(&first, &newest, DAY).collect();
        assert_eq!(ahead, [("C2", EventTime(100 * HOUR), EventTime(125 * HOUR))]);
    }
}
