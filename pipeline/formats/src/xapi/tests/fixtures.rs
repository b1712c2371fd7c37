//! Statements of Open edX's and Moodle's own tests: every one is taken, and what it gives is counted.

use super::{fixtures, hints, mapped};
use crate::mapping::{LeftOut, Mapping};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// The JSON files of a folder that have this name's end, at any depth, in order.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path, end));
        } else if path.to_string_lossy().ends_with(end) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// What came out of a message, one line each: the kinds of its events, then what was left out.
fn said(mapping: &Mapping) -> Vec<String> {
    let events = mapping.events.iter().map(|event| event.kind.name().trim_start_matches("learning.").trim_end_matches(".v1").to_owned());
    let left_out = mapping.left_out.iter().map(|left_out| match left_out {
        LeftOut::Unmapped { name } => format!("unmapped: {name}"),
        LeftOut::TwinIgnored { name } => format!("twin: {name}"),
        LeftOut::Partial { name, missing } => format!("partial: {name} lacks {missing}"),
    });
    events.chain(left_out).collect()
}

#[test]
fn every_statement_of_open_edx_is_taken() {
    let Some(folder) = fixtures("openedx-tracking/erb/expected-xapi") else { return };
    let mut count = 0;
    for path in files(&folder, ".json") {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let mapping = mapped(&fs::read(&path).expect("a file"), &hints());
        count += 1;
        println!("{name}: {}", said(&mapping).join(", "));
    }
    assert!(count >= 45, "{count} files");
}

#[test]
fn every_statement_of_moodle_is_taken() {
    let Some(folder) = fixtures("moodle-logstore_xapi") else { return };
    let common: Value = serde_json::from_slice(&fs::read(folder.join("common/statement.json")).expect("the common part")).expect("JSON");
    let mut count = 0;
    for path in files(&folder, "statements.json") {
        let mut statements: Value = serde_json::from_slice(&fs::read(&path).expect("a file")).expect("JSON");
        for statement in statements.as_array_mut().expect("statements") {
            for name in ["platform", "registration", "language"] {
                statement["context"][name] = common["context"][name].clone();
            }
            statement["timestamp"] = common["timestamp"].clone();
        }
        let mapping = mapped(statements.to_string().as_bytes(), &hints());
        count += 1;
        println!("{}: {}", path.strip_prefix(&folder).expect("within").display(), said(&mapping).join(", "));
    }
    assert!(count >= 100, "{count} files");
}
