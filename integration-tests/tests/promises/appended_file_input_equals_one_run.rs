//! A file that grew between two runs gives what one run over the whole file gives, compressed or not.

use integration_tests::events::{Event, World};
use integration_tests::service::{Home, Source, assert_same_exports};
use integration_tests::table;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

/// How a file is packed.
type Pack = fn(&[u8]) -> Vec<u8>;

#[test]
fn appended_file_input_equals_one_run() {
    let home = Home::new();
    let events = World::past(9, 4, 60).events();
    let (first, second) = events.split_at(events.len() / 2);

    let whole = home.path("whole.ndjson");
    append(&whole, &events, <[u8]>::to_vec);
    let one_run = home.warehouse("one-run");
    one_run.run_to_end(&Source::File(&whole), &[]);
    let expected = one_run.exports();
    assert_eq!(table::sum(&table::rows(&expected[table::AUDIT]), "accepted"), events.len() as u64);

    let kinds: [(&str, Pack); 3] = [("ndjson", <[u8]>::to_vec), ("ndjson.gz", gzip), ("ndjson.zst", zstandard)];
    for (ending, encode) in kinds {
        let path = home.path(&format!("grows.{ending}"));
        let warehouse = home.warehouse(ending);
        for part in [first, second] {
            append(&path, part, encode);
            warehouse.run_to_end(&Source::File(&path), &[]);
        }
        warehouse.assert_audited();
        assert_same_exports(ending, &expected, &warehouse.exports());

        warehouse.run_to_end(&Source::File(&path), &[]);
        assert_same_exports(&format!("{ending}, run again with nothing new"), &expected, &warehouse.exports());
    }
}

#[test]
fn a_file_that_changed_in_another_way_stops_the_run() {
    let home = Home::new();
    let events = World::past(9, 2, 10).events();
    let path = home.path("changes.ndjson");
    append(&path, &events, <[u8]>::to_vec);
    let warehouse = home.warehouse("changed");
    warehouse.run_to_end(&Source::File(&path), &[]);
    let before = warehouse.exports();

    std::fs::remove_file(&path).unwrap();
    append(&path, &events[1..], <[u8]>::to_vec);
    let mut args = warehouse.run_args(&Source::File(&path), &[]);
    args.push("--until-end".to_owned());
    let outcome = home.run(args);
    assert!(!outcome.status.success(), "{}", outcome.told());
    assert!(outcome.stderr.contains("changes.ndjson"), "the error names the file: {}", outcome.told());
    assert_same_exports("after the refused run", &before, &warehouse.exports());
}

fn append(path: &Path, events: &[Event], encode: fn(&[u8]) -> Vec<u8>) {
    let mut lines = Vec::new();
    for event in events {
        lines.extend_from_slice(&event.body);
        lines.push(b'\n');
    }
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(&encode(&lines)).unwrap();
}

/// One gzip member; members one after another are a gzip file.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// One zstd frame; frames one after another are a zstd file.
fn zstandard(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}
