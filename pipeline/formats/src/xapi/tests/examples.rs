//! The golden examples in `schemas/formats/xapi`; its README says what each shows.

use super::{Mapping, mapped};
use crate::mapping::{Hints, LeftOut};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use teachback_core::event::encode::encode;
use teachback_core::time::EventTime;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../schemas/formats/xapi")
}

fn hints() -> Hints<'static> {
    let received = EventTime::parse("2026-11-21T12:00:00Z").expect("a time");
    Hints { source: "xapi-example", provider: None, learner_space: None, naive_offset_minutes: 60, received }
}

fn as_json(mapping: &Mapping) -> Value {
    let events = mapping.events.iter().map(|event| serde_json::from_str::<Value>(&encode(event).expect("finite numbers")).expect("JSON"));
    let left_out = mapping.left_out.iter().map(|left_out| match left_out {
        LeftOut::Unmapped { name } => json!({"unmapped": name}),
        LeftOut::TwinIgnored { name } => json!({"twin_ignored": name}),
        LeftOut::Partial { name, missing } => json!({"partial": name, "missing": missing}),
    });
    json!({"events": events.collect::<Vec<_>>(), "left_out": left_out.collect::<Vec<_>>()})
}

fn names(of: &str) -> Vec<String> {
    let entries = fs::read_dir(folder().join(of)).expect("a folder");
    let mut names: Vec<String> = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn each_example_gives_its_events() {
    assert_eq!(names("accepted"), names("events"));
    for name in names("accepted") {
        let message = fs::read(folder().join("accepted").join(&name)).expect("a message");
        let expected: Value = serde_json::from_slice(&fs::read(folder().join("events").join(&name)).expect("its events")).expect("JSON");
        let found = as_json(&mapped(&message, &hints()));
        assert_eq!(found, expected, "{name} gives\n{found:#}");
    }
}

#[test]
fn mapping_an_example_again_gives_the_same_ids() {
    for name in names("accepted") {
        let message = fs::read(folder().join("accepted").join(&name)).expect("a message");
        assert_eq!(mapped(&message, &hints()), mapped(&message, &hints()), "{name}");
    }
}
