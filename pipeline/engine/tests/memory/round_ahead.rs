//! What a bounded run publishes while it still reads.

use crate::stand::{HOURS, MONDAY, Stand, files, memory, publisher};
use std::collections::BTreeSet;
use std::sync::Arc;
use teachback_connectors::memory::ManualClock;
use teachback_core::retention::kept;
use teachback_core::time::{DAY, EventTime, HOUR};
use teachback_engine::port::Store;
use teachback_engine::publisher::published;

/// A bounded run over some days. With `ahead`, the publisher has a round each day, of a log that is known to reach a time.
fn run(days: i32, ahead: Option<EventTime>) -> (Arc<dyn Store>, Vec<EventTime>) {
    let store = memory();
    let clock = ManualClock::at(MONDAY.start());
    let mut stand = Stand::open(&store, &clock, "only");
    let mut publisher = publisher(&store, &clock);
    for day in 0..days {
        stand.live_a_day(MONDAY.plus(day));
        if let Some(reaches) = ahead {
            publisher.round_ahead(reaches).unwrap();
        }
    }
    let meanwhile = published(store.as_ref()).unwrap().into_keys().collect();
    let as_of = MONDAY.plus(days - 1).start().plus(HOURS[1] * HOUR);
    if ahead.is_some() {
        publisher.round_before(as_of).unwrap();
        assert!(published(store.as_ref()).unwrap().contains_key(&as_of.day().start()), "the last midnight does not wait for the end");
    }
    stand.end(as_of);
    publisher.finish(as_of).unwrap();
    (store, meanwhile)
}

#[test]
fn a_run_that_publishes_ahead_leaves_the_same_bytes() {
    const DAYS: i32 = 20;
    let (at_the_end, none) = run(DAYS, None);
    let (ahead, meanwhile) = run(DAYS, Some(MONDAY.plus(DAYS).start()));
    assert_eq!((none.len(), meanwhile.len()), (0, DAYS as usize - 2), "a midnight between each two days, but for the last");
    assert_eq!(files(ahead.as_ref()).keys().collect::<Vec<_>>(), files(at_the_end.as_ref()).keys().collect::<Vec<_>>());
    let (ahead, mut at_the_end) = (files(ahead.as_ref()), files(at_the_end.as_ref()));
    // An image lists the ids seen in the order of a hash map, and its record names its hash.
    let is_of_image = |path: &str| path.starts_with("_teachback/state/") || path.starts_with("_teachback/checkpoints/");
    at_the_end.retain(|path, bytes| ahead[path] != *bytes && !is_of_image(path));
    assert_eq!(at_the_end.keys().collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn what_retention_will_have_dropped_is_not_shown_on_the_way() {
    const DAYS: i32 = 80;
    let reaches = MONDAY.plus(DAYS - 2).start();
    let (_, meanwhile) = run(DAYS, Some(reaches));
    let first = MONDAY.start().plus(DAY);
    let passed: BTreeSet<EventTime> = (0..i64::from(DAYS) - 2).map(|day| first.plus(day * DAY)).collect();
    let expected: Vec<EventTime> = kept(&passed).into_iter().collect();
    assert_eq!(passed.last(), Some(&reaches));
    assert_eq!(expected.len(), 35 + 2, "35 days, the last of them that of the reach, the first midnight of all and the first of February");
    assert_eq!(meanwhile, expected);
}
