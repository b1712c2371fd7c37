//! Bad data is data: it never stops a partition, it is kept with its reason, and the good events beside it count.

use integration_tests::broker::Broker;
use integration_tests::events::{Event, World};
use integration_tests::producer::{self, Message, Place};
use integration_tests::service::{Home, Source};
use integration_tests::table;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;

const COURSES: usize = 4;
const LEARNERS: usize = 30;
const PARTITIONS: i32 = 4;

/// A message that must be refused, and the reasons that fit it.
struct Bad {
    what: &'static str,
    message: Message,
    reasons: &'static [&'static str],
}

#[test]
fn garbage_is_kept_with_a_reason() {
    let Some(broker) = Broker::shared() else { return };
    let settings = [("message.timestamp.type", "LogAppendTime"), ("max.message.bytes", "16777216")];
    let topic = broker.create_topic("garbage", PARTITIONS, &settings);
    let events = World::past(13, COURSES, LEARNERS).events();
    let (first, second) = events.split_at(events.len() / 2);
    let before = producer::send_events(broker, &topic, first);
    let enrolled = first.iter().position(|event| event.is("enrollment.created")).unwrap();
    let garbage = garbage(&first[enrolled], before[enrolled].partition);
    let places = producer::send(broker, &topic, garbage.iter().map(|bad| bad.message.clone()));
    producer::send_events(broker, &topic, second);

    let home = Home::new();
    let warehouse = home.warehouse("garbage");
    warehouse.run_to_end(&Source::Topic { bootstrap: broker.bootstrap(), topic: &topic, group: "garbage", signals_topic: None }, &[]);

    let listed = warehouse.command(&["rejected", "list"], &["--format", "json"]).ok().json_rows();
    let by_place: BTreeMap<Place, &Value> = listed.iter().map(|row| (place(row), row)).collect();
    let mut wrong = Vec::new();
    for (bad, place) in garbage.iter().zip(&places) {
        let reason = by_place.get(place).map(|row| row["reason"].as_str().unwrap_or_default());
        if !reason.is_some_and(|reason| bad.reasons.contains(&reason)) {
            wrong.push(format!("{}: expected {:?}, found {reason:?}", bad.what, bad.reasons));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(listed.len(), garbage.len(), "nothing else is rejected");
    assert_eq!(by_place.len(), garbage.len(), "each once");

    let audit = table::rows(&warehouse.export(table::AUDIT));
    for row in &audit {
        let [read, accepted, duplicate, late, rejected] = ["read", "accepted", "duplicate", "late", "rejected"].map(|column| table::count(row, column));
        assert_eq!(read, accepted + duplicate + late + rejected, "{row:?}");
    }
    assert_eq!(table::sum(&audit, "read") as usize, events.len() + garbage.len());
    assert_eq!(table::sum(&audit, "rejected") as usize, garbage.len());
    assert_eq!(table::sum(&audit, "accepted") as usize, events.len());
    assert_eq!(producer::lag(broker, &topic, "garbage"), 0);
    warehouse.assert_audited();

    let courses = table::rows(&warehouse.export("course_quality"));
    assert_eq!(courses.len(), COURSES, "no course of garbage");
    assert!(courses.iter().all(|row| table::count(row, "learners_enrolled") as usize == LEARNERS), "good events count");
    let beside: Vec<_> = fs::read_dir(home.path("warehouses")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside, ["garbage"], "nothing is written outside the warehouse");
}

fn place(row: &Value) -> Place {
    let number = |name: &str| row[name].as_i64().unwrap_or_else(|| panic!("{name} of {row}"));
    Place { partition: i32::try_from(number("partition")).unwrap(), offset: number("offset") }
}

/// One message of each kind, made from a learner's event that lies in `partition`.
fn garbage(good: &Event, partition: i32) -> Vec<Bad> {
    let course = good.course.as_str();
    let body = String::from_utf8(good.body.clone()).unwrap();
    let mut garbage = Vec::new();
    let mut add = |what, message, reasons| garbage.push(Bad { what, message, reasons });

    add("no JSON", Message::new(course, "{nonsense"), &["bad_json"]);
    add("JSON cut short", Message::new(course, &body.as_bytes()[..body.len() / 2]), &["bad_json"]);
    add("two JSON values", Message::new(course, format!("{body}{body}")), &["bad_json"]);
    add("a list", Message::new(course, "[1, 2, 3]"), &["bad_json", "wrong_type", "not_cloud_event"]);
    add("a number", Message::new(course, "17"), &["bad_json", "wrong_type", "not_cloud_event"]);
    add("a raw NUL byte", Message::new(course, &b"{\"id\":\"\0\"}"[..]), &["bad_json"]);
    add("bad UTF-8", Message::new(course, &b"{\"specversion\":\"1.0\",\"id\":\"\xff\xfe\"}"[..]), &["bad_utf8"]);
    add("only bad UTF-8", Message::new(course, vec![0xC3, 0x28, 0xA0, 0xA1]), &["bad_utf8", "bad_json"]);
    add("10 MB", Message::new(course, huge(&body)), &["too_large"]);
    for (what, depth) in [("depth 40", 40), ("depth 10,000", 10_000)] {
        let nested = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        add(what, Message::new(course, body.replacen("\"data\":{", &format!("\"data\":{{\"deep\":{nested},"), 1)), &["too_deep"]);
    }
    let unclosed = "[".repeat(10_000);
    add("10,000 brackets", Message::new(course, unclosed), &["too_deep", "bad_json"]);
    add("a tombstone", Message { key: Some(course.into()), ..Message::default() }, &["empty_message"]);
    add("a tombstone without key", Message::default(), &["empty_message"]);
    add("an empty value", Message::new(course, ""), &["empty_message"]);
    add("no key", Message { payload: Some(changed(good, "/id", json!("no-key"))), ..Message::default() }, &["not_keyed_by_course"]);
    add("another key", Message::new("another-course", changed(good, "/id", json!("key"))), &["not_keyed_by_course"]);
    add("a key of bad UTF-8", Message::new(vec![0xff, 0x00], changed(good, "/id", json!("key2"))), &["not_keyed_by_course"]);
    let elsewhere = Message { partition: Some((partition + 1) % PARTITIONS), ..Message::new(course, changed(good, "/id", json!("elsewhere"))) };
    add("another partition", elsewhere, &["wrong_partition"]);

    let wrong_types: &[(&str, &str, Value)] = &[
        ("id a number", "/id", json!(7)),
        ("time a number", "/time", json!(1_736_121_600)),
        ("data a text", "/data", json!("text")),
        ("learner a number", "/data/learner", json!(17)),
        ("learner a list", "/data/learner", json!(["a"])),
        ("attempt a text", "/data/attempt", json!("first")),
        ("score a text", "/data/score", json!("1.0")),
        ("module an object", "/data/module", json!({ "name": "m1" })),
    ];
    for (what, pointer, value) in wrong_types {
        add(what, Message::new(course, changed(good, pointer, value.clone())), &["wrong_type"]);
    }
    for (what, time) in [("year 1970", "1970-01-01T00:00:00Z"), ("year 1999", "1999-12-31T23:59:59Z"), ("year 2100", "2100-01-01T00:00:00Z")] {
        add(what, Message::new(course, changed(good, "/time", json!(time))), &["clock_wild"]);
    }
    for (what, time) in [("no time", "yesterday"), ("a local time", "2025-01-06T08:00:00"), ("month 13", "2025-13-06T08:00:00Z")] {
        add(what, Message::new(course, changed(good, "/time", json!(time))), &["bad_time"]);
    }
    for (what, pointer, id) in [
        ("`../` in id", "/id", "../../etc/passwd"),
        ("NUL in id", "/id", "a\0b"),
        ("`../` in learner", "/data/learner", "../root"),
        ("NUL in learner", "/data/learner", "ann\0"),
        ("newline in content", "/data/content", "a\nb"),
        ("`../` in provider", "/data/provider", "../../provider"),
        ("a long id", "/data/session", &"s".repeat(5_000)),
    ] {
        add(what, Message::new(course, changed(good, pointer, json!(id))), &["bad_identifier"]);
    }
    for (what, name) in [("`../` in course", "../../../escaped"), ("NUL in course", "course\0x")] {
        add(what, Message::new(name, changed(good, "/subject", json!(name))), &["bad_identifier"]);
    }
    add("a string of 70 KB", Message::new(course, changed(good, "/data/text", json!("x".repeat(70_000)))), &["string_too_long"]);
    for field in ["id", "source", "type", "time", "subject"] {
        add("a missing attribute", Message::new(course, without(good, "", field)), &["missing_field", "not_cloud_event"]);
    }
    add("no specversion", Message::new(course, without(good, "", "specversion")), &["not_cloud_event", "missing_field"]);
    add("another specversion", Message::new(course, changed(good, "/specversion", json!("0.3"))), &["not_cloud_event"]);
    add("no learner", Message::new(course, without(good, "/data", "learner")), &["missing_field"]);
    let played = changed(good, "/type", json!("learning.content.played.v1"));
    add("playing without content", Message::new(course, played), &["missing_field"]);
    let numbers: [(&str, &str, &[&str]); 3] = [
        ("a negative score", "-1", &["bad_value"]),
        ("a score of 1e999", "1e999", &["bad_json", "bad_value", "wrong_type"]),
        ("a score of NaN", "NaN", &["bad_json"]),
    ];
    for (what, number, reasons) in numbers {
        add(what, Message::new(course, body.replacen("\"data\":{", &format!("\"data\":{{\"score\":{number},"), 1)), reasons);
    }
    garbage
}

/// The event with another value at a place, made if need be.
fn changed(good: &Event, pointer: &str, value: Value) -> Vec<u8> {
    let mut event: Value = serde_json::from_slice(&good.body).unwrap();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    event.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(name.to_owned(), value);
    serde_json::to_vec(&event).unwrap()
}

/// The event without a field.
fn without(good: &Event, parent: &str, field: &str) -> Vec<u8> {
    let mut event: Value = serde_json::from_slice(&good.body).unwrap();
    assert!(event.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(field).is_some(), "{parent}/{field}");
    serde_json::to_vec(&event).unwrap()
}

/// A well-formed event of more than 10 MB.
fn huge(body: &str) -> String {
    body.replacen("\"data\":{", &format!("\"data\":{{\"text\":\"{}\",", "x".repeat(10 << 20)), 1)
}
