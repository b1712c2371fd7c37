//! Tests of the external sort.

use super::{Entry, Runs, SortBounds, Sorter};
use proptest::prelude::*;
use std::fs;
use std::path::Path;
use teachback_core::time::EventTime;
use teachback_engine::port::{Actor, PortError};

type Owned = (i64, String, String);

fn sort(directory: &Path, bounds: SortBounds, entries: &[Owned]) -> Runs {
    let mut sorter = Sorter::new(directory, bounds);
    for (time, key, body) in entries {
        sorter.push(&Entry { time: EventTime(*time), key, body }).expect("takes it");
        let largest = key.len() + body.len() + size_of::<super::Slot>();
        assert!(sorter.held_bytes() < bounds.run_bytes + largest, "holds {} bytes", sorter.held_bytes());
        assert!(sorter.held.capacity() <= 2 * (bounds.run_bytes + largest), "reserves {} bytes", sorter.held.capacity());
    }
    sorter.finish().expect("finishes")
}

fn read(directory: &Path, runs: &Runs) -> Result<Vec<Owned>, PortError> {
    let mut merge = runs.merge(directory)?;
    let mut read = Vec::new();
    while let Some(entry) = merge.next()? {
        read.push((entry.time.0, entry.key.to_owned(), entry.body.to_owned()));
    }
    Ok(read)
}

proptest! {
    // Each run is synced to disk, which takes its time.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_order_is_that_of_a_stable_sort_whatever_the_bounds(
        times in proptest::collection::vec(-5_i64..5, 0..60),
        run_bytes in 1_usize..400,
        merged_runs_max in 2_usize..5,
    ) {
        let directory = tempfile::tempdir().expect("a directory");
        let entries: Vec<Owned> = times.iter().enumerate().map(|(number, time)| (*time, format!("k{}", number % 3), format!("{number} é"))).collect();
        let runs = sort(directory.path(), SortBounds { run_bytes, merged_runs_max }, &entries);
        let mut expected = entries;
        expected.sort_by_key(|(time, ..)| *time);
        prop_assert_eq!(runs.entries, expected.len() as u64);
        prop_assert!(runs.names.len() <= merged_runs_max);
        prop_assert_eq!(read(directory.path(), &runs).expect("reads"), expected);
        prop_assert_eq!(fs::read_dir(directory.path()).expect("a directory").count(), runs.names.len(), "merged runs are removed");
    }
}

#[test]
fn a_thousand_runs_are_merged_with_few_open_at_once() {
    let directory = tempfile::tempdir().expect("a directory");
    let entries: Vec<Owned> = (0..5_000).map(|number: i64| (number * 7_919 % 5_000, "C1".to_owned(), format!("{number:>100}"))).collect();
    let runs = sort(directory.path(), SortBounds { run_bytes: 600, merged_runs_max: 8 }, &entries);
    assert!(runs.names.len() <= 8 && !runs.names.contains(&"run-000999.zst".to_owned()), "{runs:?}");
    let last = fs::read_dir(directory.path()).expect("a directory").map(|file| file.expect("a file").file_name().to_string_lossy().into_owned()).max();
    assert!(last.is_some_and(|name| name.as_str() > "run-001000.zst"), "there were more than a thousand runs");
    let times: Vec<i64> = read(directory.path(), &runs).expect("reads").into_iter().map(|(time, ..)| time).collect();
    assert_eq!(times, (0..5_000).collect::<Vec<i64>>());
}

#[test]
fn a_run_that_is_cut_off_changed_or_gone_is_damage() {
    let entries: Vec<Owned> = (0..200).map(|number| (number, "C1".to_owned(), format!("body {}", number * number))).collect();
    let damage = |change: &dyn Fn(&Path, Vec<u8>)| {
        let directory = tempfile::tempdir().expect("a directory");
        let runs = sort(directory.path(), SortBounds::default(), &entries);
        let path = directory.path().join(&runs.names[0]);
        change(&path, fs::read(&path).expect("a run"));
        read(directory.path(), &runs).expect_err("is noticed").actor
    };
    for kept in [0, 1, 20, 100] {
        assert_eq!(damage(&|path, bytes| fs::write(path, &bytes[..kept]).expect("writes")), Actor::Damage, "{kept} bytes left");
    }
    assert_eq!(damage(&|path, bytes| fs::write(path, &bytes[..bytes.len() - 1]).expect("writes")), Actor::Damage);
    assert_eq!(damage(&|path, _| fs::remove_file(path).expect("removes")), Actor::Damage);
    let changed = |path: &Path, mut bytes: Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(path, bytes).expect("writes");
    };
    assert_eq!(damage(&changed), Actor::Damage);
}
