//! The examples under `schemas/formats/openedx/`: a line of invented data and what becomes of it.
//!
//! With `TEACHBACK_WRITE_EXAMPLES` set the test writes what the mapping gives instead of comparing; the difference is then to be
//! read by a person.

use super::{assert_canonical, hints, map};
use crate::mapping::LeftOut;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use teachback_core::event::encode::encode;

/// An example as it stands in its file.
#[derive(Serialize, Deserialize)]
struct Example {
    /// What it shows.
    why: String,
    /// The line: an object, or text where it is more than that.
    line: Value,
    /// The canonical events.
    events: Vec<Value>,
    /// What became no event.
    left_out: Vec<Value>,
}

fn told(left_out: &LeftOut) -> Value {
    match left_out {
        LeftOut::Unmapped { name } => json!({"why": "unmapped", "name": name}),
        LeftOut::TwinIgnored { name } => json!({"why": "twin_ignored", "name": name}),
        LeftOut::Partial { name, missing } => json!({"why": "partial", "name": name, "missing": missing}),
    }
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/formats/openedx");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).expect("the examples").map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files
}

#[test]
fn each_example_gives_the_events_beside_it() {
    let mut count = 0;
    for path in files() {
        let text = std::fs::read_to_string(&path).expect("an example");
        let mut example: Example = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let line = example.line.as_str().map_or_else(|| example.line.to_string(), str::to_owned);
        let mapping = map(line.as_bytes(), &hints()).unwrap_or_else(|refusal| panic!("{}: {refusal}", path.display()));
        assert_canonical(&mapping);
        let events: Vec<Value> = mapping.events.iter().map(|event| serde_json::from_str(&encode(event).expect("finite")).expect("JSON")).collect();
        let left_out: Vec<Value> = mapping.left_out.iter().map(told).collect();
        if std::env::var_os("TEACHBACK_WRITE_EXAMPLES").is_some() {
            (example.events, example.left_out) = (events, left_out);
            std::fs::write(&path, format!("{}\n", serde_json::to_string_pretty(&example).expect("JSON"))).expect("a file to write");
        } else {
            assert_eq!((events, left_out), (example.events, example.left_out), "{}", path.display());
        }
        count += 1;
    }
    assert_eq!(count, 9);
}
