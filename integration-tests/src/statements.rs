//! xAPI statements of an invented platform, each a line, in no order of time.

use serde_json::Value;
use std::collections::BTreeSet;

/// Minutes over which statements are spread.
const MINUTES: u64 = 12_000;

/// The statement of this number: a learner plays a video in one of three courses.
#[must_use]
pub fn statement(number: u64) -> String {
    let minute = number * 7_919 % MINUTES;
    let (day, hour, minute) = (1 + minute / 1_440, minute / 60 % 24, minute % 60);
    let (course, learner, video) = (number % 3, number % 97, number % 5);
    let (id, host, profile) = (format!("00000000-0000-4000-8000-{number:012}"), "https://lms.example.org", "https://w3id.org/xapi/video");
    format!(
        r#"{{"id":"{id}","actor":{{"account":{{"homePage":"{host}","name":"learner-{learner}"}}}},"verb":{{"id":"{profile}/verbs/played"}},"object":{{"id":"{host}/video/{video}","definition":{{"type":"{profile}/activity-type/video"}}}},"result":{{"extensions":{{"{profile}/extensions/time":{video}.5}}}},"context":{{"contextActivities":{{"parent":[{{"id":"{host}/course/{course}","definition":{{"type":"http://adlnet.gov/expapi/activities/course"}}}}]}}}},"timestamp":"2026-01-{day:02}T{hour:02}:{minute:02}:00Z"}}"#
    )
}

/// The same at a time of one's own.
///
/// # Panics
/// Never: what is made here is JSON.
#[must_use]
pub fn statement_at(number: u64, time: &str) -> Value {
    let mut statement: Value = serde_json::from_str(&statement(number)).unwrap();
    statement["timestamp"] = time.into();
    statement
}

/// The id of a statement, or of the event that it became.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn id(line: &str) -> String {
    serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned()
}

/// The ids of all lines.
///
/// # Panics
/// When one has none.
#[must_use]
pub fn ids(lines: &[u8]) -> BTreeSet<String> {
    std::str::from_utf8(lines).unwrap().lines().map(id).collect()
}
