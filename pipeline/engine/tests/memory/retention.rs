//! Snapshots that retention drops stay readable for an hour of the wall clock, then their files go.

use crate::stand::{MONDAY, Stand, files, memory, publisher};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use teachback_connectors::memory::ManualClock;
use teachback_core::time::EventTime;
use teachback_engine::bounds::SNAPSHOT_GRACE;
use teachback_engine::layout;
use teachback_engine::port::Store;
use teachback_engine::publisher::published;

/// The snapshots of each table that are there, by their files.
fn snapshots(store: &dyn Store) -> BTreeMap<String, BTreeSet<String>> {
    let mut snapshots: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in store.list("tables").unwrap() {
        if let [_, table, as_of, _] = entry.path.split('/').collect::<Vec<_>>()[..] {
            snapshots.entry(table.to_owned()).or_default().insert(as_of.to_owned());
        }
    }
    snapshots
}

/// Snapshots that retention let go and whose hour is not over.
fn leaving(store: &dyn Store) -> Vec<EventTime> {
    published(store).unwrap().values().filter(|snapshot| snapshot.left.is_some() && !snapshot.deleted).map(|snapshot| snapshot.as_of).collect()
}

#[test]
fn a_dropped_snapshot_stays_for_an_hour_to_the_second() {
    let store = memory();
    let clock = ManualClock::at(MONDAY.start());
    let mut stand = Stand::open(&store, &clock, "first");
    let mut publisher = publisher(&store, &clock);
    let mut day = 0;
    while leaving(store.as_ref()).is_empty() {
        stand.live_a_day(MONDAY.plus(day));
        publisher.round().unwrap();
        day += 1;
    }
    assert_eq!(day, 38, "36 midnights are 35 days and the first of a month; the 37th lets one go");
    let gone = leaving(store.as_ref())[0];
    let there = |store: &dyn Store| files(store).keys().filter(|path| path.contains(&format!("as_of={gone}/"))).count();
    let (whole, latest) = (there(store.as_ref()), store.get(layout::LATEST).unwrap());
    assert!(whole > 5, "a file of each table");
    assert!(store.get(&layout::verdict(gone)).unwrap().is_some() && store.get(&layout::grounds(gone)).unwrap().is_some());

    clock.advance(SNAPSHOT_GRACE - Duration::from_secs(1));
    publisher.round().unwrap();
    assert_eq!(there(store.as_ref()), whole, "a second before the hour is over");
    clock.advance(Duration::from_secs(1));
    publisher.round().unwrap();
    assert_eq!(there(store.as_ref()), 0, "the hour is over");
    assert_eq!(store.get(&layout::verdict(gone)).unwrap(), None, "its verdict goes with it");
    assert_eq!(store.get(&layout::grounds(gone)).unwrap(), None, "and what that rested on");
    assert!(published(store.as_ref()).unwrap()[&gone].deleted, "the deletion is on record");
    assert_eq!(store.get(layout::LATEST).unwrap(), latest);
}

#[test]
fn the_hour_goes_on_through_a_restart() {
    let store = memory();
    let clock = ManualClock::at(MONDAY.start());
    let mut stand = Stand::open(&store, &clock, "first");
    for day in 0..38 {
        stand.live_a_day(MONDAY.plus(day));
        publisher(&store, &clock).round().unwrap();
    }
    let gone = leaving(store.as_ref())[0];
    clock.advance(SNAPSHOT_GRACE);
    publisher(&store, &clock).round().unwrap();
    assert!(published(store.as_ref()).unwrap()[&gone].deleted);
}

#[test]
fn files_stay_few_over_200_days() {
    const DAYS: i32 = 200;
    /// The newest 12, 35 days, a month each of the seven that the test touches, and those whose hour is not over.
    const SNAPSHOTS_MAX: usize = 12 + 35 + 7 + 3;
    let store = memory();
    let clock = ManualClock::at(MONDAY.start());
    let mut stand = Stand::open(&store, &clock, "first");
    let mut publisher = publisher(&store, &clock);
    let mut most = 0;
    for day in 0..DAYS {
        stand.live_a_day(MONDAY.plus(day));
        for _ in 0..2 {
            clock.advance(Duration::from_secs(60));
            stand.fresh();
            publisher.round().unwrap();
        }
        let counts = snapshots(store.as_ref());
        most = most.max(counts.values().map(BTreeSet::len).max().unwrap());
    }
    assert!(most <= SNAPSHOTS_MAX, "{most} snapshots of a table at once");
    assert!(most >= 40, "retention does keep: {most}");
    let count = |folder: &str| store.list(folder).unwrap().len();
    assert!(count("_teachback/decide") <= 2 * SNAPSHOTS_MAX, "verdicts and their grounds: {}", count("_teachback/decide"));
    assert!(count("_teachback/state") <= 2, "the image and the one before it: {}", count("_teachback/state"));
    assert!(count("_teachback/staged") == 0, "staged: {}", count("_teachback/staged"));
    // One a day, for the record; fresh snapshots leave none.
    assert!(count(layout::PUBLISHED) <= DAYS as usize + SNAPSHOTS_MAX, "notes: {}", count(layout::PUBLISHED));
}
