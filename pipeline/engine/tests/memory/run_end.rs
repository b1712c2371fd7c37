//! The end of a bounded run holds until it is published.

use crate::stand::memory;
use std::collections::BTreeMap;
use teachback_core::checkpoint::RecordKind;
use teachback_core::time::EventTime;
use teachback_engine::layout;
use teachback_engine::port::{Actor, Store};
use teachback_engine::publisher::Published;
use teachback_engine::run_end::{RunEnd, clear, hold};

fn end(log: &str, ends: &[(u32, u64)]) -> RunEnd {
    RunEnd { log: log.to_owned(), ends: ends.iter().copied().collect() }
}

fn publish(store: &dyn Store, kind: RecordKind, shards: &[(u32, u64)]) {
    let shards = shards.iter().map(|(shard, to)| (*shard, (7, *to))).collect();
    let note = Published { as_of: EventTime::YEAR_2000, kind, shards, tables: BTreeMap::new(), left: None, deleted: false };
    store.put(&layout::published(note.as_of), serde_json::to_vec(&note).unwrap().into()).unwrap();
}

#[test]
fn a_second_start_reads_to_the_end_of_the_first() {
    let store = memory();
    let (first, later) = (end("log", &[(0, 5), (1, 0)]), end("log", &[(0, 9), (1, 3)]));
    assert_eq!(hold(store.as_ref(), first.clone()).unwrap(), first);
    assert_eq!(hold(store.as_ref(), later.clone()).unwrap(), first);
    clear(store.as_ref()).unwrap();
    assert_eq!(hold(store.as_ref(), later.clone()).unwrap(), later);
}

#[test]
fn an_end_of_another_log_does_not_hold() {
    let store = memory();
    for other in [end("other", &[(0, 5)]), end("log", &[(0, 5), (1, 5)]), end("log", &[(0, 9)])] {
        assert_eq!(hold(store.as_ref(), other.clone()).unwrap(), other);
    }
}

#[test]
fn an_end_that_was_published_but_not_forgotten_does_not_hold() {
    let store = memory();
    let (first, later) = (end("log", &[(0, 5), (1, 0)]), end("log", &[(0, 9), (1, 3)]));
    hold(store.as_ref(), first.clone()).unwrap();
    publish(store.as_ref(), RecordKind::End, &[(0, 4)]);
    assert_eq!(hold(store.as_ref(), later.clone()).unwrap(), first, "an older end was published");
    publish(store.as_ref(), RecordKind::Cut, &[(0, 5)]);
    assert_eq!(hold(store.as_ref(), later.clone()).unwrap(), first, "a midnight is no end");
    publish(store.as_ref(), RecordKind::End, &[(0, 5)]);
    assert_eq!(hold(store.as_ref(), later.clone()).unwrap(), later);
}

#[test]
fn a_damaged_note_says_what_to_do() {
    let store = memory();
    for bytes in ["", "{}", "{\"log\":\"log\",\"ends\":{\"x\":1}}", "\u{0}"] {
        store.put(layout::RUN_END, bytes.into()).unwrap();
        let error = hold(store.as_ref(), end("log", &[])).unwrap_err();
        assert_eq!(error.actor, Actor::Damage);
        assert!(error.message.contains("delete it"), "{error}");
    }
}
