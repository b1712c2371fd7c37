//! Old records fold into an anchor: whatever fails on the way and whoever else does it, nothing is lost or counted twice.

use crate::failing_store::FailingStore;
use crate::stand::{HOURS, MONDAY, Stand, audit, copy, enrolments, files, memory, publisher};
use std::sync::Arc;
use teachback_connectors::memory::ManualClock;
use teachback_core::checkpoint::FileNote;
use teachback_core::checkpoint::anchor::{Anchor, Standing};
use teachback_core::time::SECOND;
use teachback_engine::bounds::{IMAGE_RECORDS_MAX, RECORDS_FOLDED_MIN, RECORDS_KEPT_MIN};
use teachback_engine::chain::{self, Link};
use teachback_engine::port::{Actor, Store};
use teachback_engine::{fold, layout};

/// A warehouse whose shard lived some days and was never folded. Its records: the takeover, then each day two fresh snapshots
/// with an event each, and the cut of its end.
fn unfolded(days: i32) -> Arc<dyn Store> {
    let store = memory();
    let clock = ManualClock::at(MONDAY.start());
    let mut stand = Stand::open(&store, &clock, "first");
    for day in 0..days {
        for hour in HOURS {
            stand.live_an_hour(MONDAY.plus(day), hour);
            stand.fresh();
        }
    }
    store
}

fn links(store: &dyn Store, from: u64) -> Vec<Link> {
    (from..).map_while(|epoch| chain::read(store, 0, epoch).unwrap()).collect()
}

/// What a reader makes of a chain: that it is whole, what it counted, and the files it vouches for.
fn reading(store: &dyn Store) -> (u64, Vec<FileNote>) {
    let anchor = fold::newest(store, 0).unwrap();
    let mut standing = Standing::behind(anchor.as_ref());
    for link in links(store, standing.next()) {
        assert_eq!(standing.step(&link.record, &link.hash), []);
    }
    assert_eq!(standing.totals(), &chain::tip(store, 0).unwrap().unwrap().record.totals);
    (standing.totals().read, fold::vouched_files(store, 0).unwrap())
}

/// Folds up to a record; gives the anchor.
fn fold_to(store: &dyn Store, through: u64) -> Result<Option<Anchor>, teachback_engine::port::PortError> {
    let before = fold::newest(store, 0)?;
    if let Some(done) = before.clone().filter(|anchor| anchor.through >= through) {
        fold::sweep(store, &done)?;
        return Ok(Some(done));
    }
    let links = links(store, before.as_ref().map_or(0, |anchor| anchor.through + 1));
    let old = links.partition_point(|link| link.record.epoch <= through);
    fold::fold(store, 0, before.as_ref(), &links[..old])
}

#[test]
fn a_crash_at_any_effect_of_folding_changes_nothing_that_is_read() {
    let begin = unfolded(8);
    let expected = reading(begin.as_ref());
    assert_eq!(expected.0, 16);
    // The second step cuts a day in two, so that a register is written anew.
    for (from, to) in [(None, 7), (Some(7), 12)] {
        let before = copy(begin.as_ref());
        from.map(|from| fold_to(before.as_ref(), from).unwrap());
        let undisturbed = copy(before.as_ref());
        fold_to(undisturbed.as_ref(), to).unwrap();
        assert_eq!(reading(undisturbed.as_ref()), expected);
        let mut crashes = 0;
        loop {
            let store = copy(before.as_ref());
            let failing = FailingStore::after(crashes, store.clone());
            let folded = fold_to(&failing, to);
            assert_eq!(reading(store.as_ref()), expected, "after a crash at effect {crashes}");
            if folded.is_ok() {
                break;
            }
            assert!(failing.has_failed());
            fold_to(store.as_ref(), to).unwrap();
            assert!(files(store.as_ref()) == files(undisturbed.as_ref()), "the next try leaves the same files, effect {crashes}");
            crashes += 1;
        }
        assert!(crashes > (to - from.unwrap_or(0)) as usize, "as many effects as records at least: {crashes}");
    }
}

#[test]
fn two_owners_that_fold_at_once_lose_nothing_whichever_is_ahead() {
    let begin = unfolded(8);
    let expected = reading(begin.as_ref());
    let chain = links(begin.as_ref(), 0);
    let (near, far) = (7, 12);
    let alone = copy(begin.as_ref());
    // In steps that part days, one of them before a record that vouches for nothing.
    for through in [4, 5, 8, 9, far] {
        fold_to(alone.as_ref(), through).unwrap();
    }
    for (first, second) in [(near, far), (far, near), (far, far)] {
        let store = copy(begin.as_ref());
        // Both have read the chain before either folds.
        for through in [first, second] {
            fold::fold(store.as_ref(), 0, None, &chain[..=through as usize]).unwrap();
            assert_eq!(reading(store.as_ref()), expected);
        }
        let anchor = fold::newest(store.as_ref(), 0).unwrap().unwrap();
        assert_eq!(anchor.through, far);
        fold::sweep(store.as_ref(), &anchor).unwrap();
        assert!(files(store.as_ref()) == files(alone.as_ref()), "{first} and {second}");
    }
}

#[test]
fn an_owner_behind_another_takes_his_anchor_over() {
    let store = unfolded(8);
    let expected = reading(store.as_ref());
    let near = fold_to(store.as_ref(), 7).unwrap();
    let chain = links(store.as_ref(), 8);
    let far = fold_to(store.as_ref(), 14).unwrap();
    // The register that the one behind must extend is gone.
    assert_eq!(fold::fold(store.as_ref(), 0, near.as_ref(), &chain[..2]).unwrap(), far);
    assert_eq!(reading(store.as_ref()), expected);
}

#[test]
fn an_owner_that_slept_while_the_chain_was_folded_past_it_is_fenced() {
    let store = unfolded(8);
    let expected = reading(store.as_ref());
    let slept = links(store.as_ref(), 5)[0].record.clone();
    fold_to(store.as_ref(), 9).unwrap();
    for epoch in [5, 0] {
        let error = chain::append(store.as_ref(), &teachback_core::checkpoint::Record { epoch, ..slept.clone() }).unwrap_err();
        assert_eq!(error.actor, Actor::Fenced);
        assert_eq!(store.get(&layout::record(0, epoch)).unwrap(), None, "what it created is taken away again");
    }
    assert_eq!(reading(store.as_ref()), expected);
}

#[test]
fn a_chain_that_was_tampered_with_is_not_folded() {
    let store = unfolded(4);
    let path = layout::record(0, 2);
    let text = String::from_utf8(store.get(&path).unwrap().unwrap().to_vec()).unwrap();
    store.put(&path, text.replace("\"attempt\": \"first\"", "\"attempt\": \"other\"").into()).unwrap();
    let before = files(store.as_ref());
    assert_eq!(fold_to(store.as_ref(), 5).unwrap_err().actor, Actor::Damage);
    assert!(files(store.as_ref()) == before, "nothing was touched");
}

#[test]
fn a_damaged_anchor_or_register_is_damage_whatever_its_bytes() {
    let store = unfolded(4);
    let anchor = fold_to(store.as_ref(), 8).unwrap().unwrap();
    let (place, register) = (layout::anchor(0, 8), anchor.days[1].register.clone().unwrap().path);
    let other = serde_json::to_string(&Anchor { shard: 1, ..anchor.clone() }).unwrap();
    for path in [place.clone(), register] {
        let good = store.get(&path).unwrap().unwrap();
        for bytes in ["", "{}", "[]", "\u{0}\u{1}", &other] {
            store.put(&path, bytes.to_owned().into()).unwrap();
            assert_eq!(fold::vouched_files(store.as_ref(), 0).unwrap_err().actor, Actor::Damage, "{path}: {bytes:?}");
        }
        store.put(&path, good).unwrap();
    }
    // An anchor that tells other numbers than the records it covers.
    let begin = unfolded(4);
    begin.put(&place, serde_json::to_vec(&Anchor { to: 1, ..anchor }).unwrap().into()).unwrap();
    let chain = links(begin.as_ref(), 0);
    assert_eq!(fold::fold(begin.as_ref(), 0, None, &chain[..=8]).unwrap_err().actor, Actor::Damage);
    assert_eq!(links(begin.as_ref(), 0).len(), chain.len(), "nothing was deleted");
}

#[test]
fn a_long_life_leaves_a_bounded_chain_and_an_audit_of_days_and_recent_records() {
    const DAYS: i32 = 230;
    let store = memory();
    let clock = ManualClock::at(MONDAY.start());
    let mut stand = Stand::open(&store, &clock, "first");
    let (mut owner, mut other) = (publisher(&store, &clock), publisher(&store, &clock));
    let mut longest = 0;
    for day in 0..DAYS {
        stand.live_a_day(MONDAY.plus(day));
        stand.fresh();
        stand.at(clock_plus(&stand, 60));
        stand.fresh();
        // Another instance publishes now and then, and has slept in between.
        if day % 70 == 69 {
            other.take_over().unwrap();
            other.round().unwrap();
            owner.take_over().unwrap();
        } else {
            owner.round().unwrap();
        }
        longest = longest.max(chain::numbers(store.as_ref(), 0).unwrap().len());
    }
    drop(stand);
    let most = IMAGE_RECORDS_MAX + RECORDS_KEPT_MIN.max(RECORDS_FOLDED_MIN) as usize;
    assert!(longest <= most, "{longest} records at once, {most} at most");
    let anchor = fold::newest(store.as_ref(), 0).unwrap().unwrap();
    assert!(anchor.through > 256, "{}", anchor.through);
    assert_eq!(reading(store.as_ref()).0, u64::from(DAYS.unsigned_abs()) * 2);

    let rows = audit(store.as_ref());
    let days = rows.iter().filter(|(_, kind, ..)| kind == "day").count();
    assert_eq!(days, anchor.days.len());
    assert!(rows.is_sorted_by(|one, next| one.0 < next.0), "a row a key, in order");
    assert!(rows.len() - days >= RECORDS_KEPT_MIN as usize, "recent records one by one");
    assert_eq!(rows.iter().map(|(_, _, read, _)| read).sum::<i64>(), i64::from(DAYS) * 2, "every event in one row");
    assert_eq!(rows[3].2, 2, "two events on a folded day");

    // A new owner goes on from the image and the records behind it; a new publisher from the anchor.
    let mut stand = Stand::open(&store, &clock, "second");
    stand.catch_up(&enrolments(DAYS));
    stand.live_a_day(MONDAY.plus(DAYS));
    stand.fresh();
    publisher(&store, &clock).round().unwrap();
    assert_eq!(audit(store.as_ref()).iter().map(|(_, _, read, _)| read).sum::<i64>(), i64::from(DAYS) * 2 + 2);
}

fn clock_plus(stand: &Stand, seconds: i64) -> teachback_core::time::EventTime {
    teachback_engine::port::Clock::now(&stand.clock).plus(seconds * SECOND)
}
