//! No bytes make the mapping panic, and whatever it gives is canonical.

use super::{COURSE, PROBLEM, assert_canonical, hints, map};
use crate::fixtures::{files, folder};
use crate::mapping::LeftOut;
use proptest::prelude::*;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use teachback_core::refusal::Reason;

/// Lines of each kind, from which damaged ones are made.
fn good_lines() -> Vec<String> {
    let browser = |name: &str, payload: &str| {
        let payload = serde_json::to_string(payload).expect("a string");
        format!(
            r#"{{"event_type":"{name}","event_source":"browser","event":{payload},"username":"ann","session":"s1","time":"2026-03-01T10:00:00Z","context":{{"user_id":17,"course_id":"{COURSE}","org_id":"Northfield"}}}}"#
        )
    };
    let server = |name: &str, payload: &str| {
        format!(
            r#"{{"name":"{name}","event_source":"server","data":{payload},"timestamp":"2026-03-01T10:00:00Z","context":{{"user_id":"17","course_id":"{COURSE}","module":{{"usage_key":"{PROBLEM}"}}}}}}"#
        )
    };
    vec![
        browser("play_video", r#"{"id":"f00","currentTime":12.5,"duration":100}"#),
        browser("seek_video", r#"{"id":"f00","old_time":1,"new_time":90.5}"#),
        browser("edx.ui.lms.sequence.next_selected", r#"{"id":"block-v1:Northfield+STAT101+2026+type@sequential+block@a1"}"#),
        server(
            "problem_check",
            &format!(
                r#"{{"problem_id":"{PROBLEM}","attempts":2,"grade":1,"max_grade":2,"answers":{{"f00d_2_1":"choice_1","f00d_3_1":["choice_0"]}},"correct_map":{{"f00d_2_1":{{"correctness":"correct","queuestate":null}},"f00d_3_1":{{"correctness":"partially-correct"}}}},"submission":{{"f00d_2_1":{{"answer":"blue","response_type":"optionresponse","correct":true}},"f00d_3_1":{{"answer":["a","b"],"correct":""}}}}}}"#
            ),
        ),
        server(
            "edx.grades.subsection.grade_calculated",
            r#"{"user_id":"18","block_id":"b","course_version":"v","weighted_graded_earned":1.5,"weighted_graded_possible":3}"#,
        ),
        server("edx.course.enrollment.activated", &format!(r#"{{"user_id":18,"course_id":"{COURSE}","mode":"audit"}}"#)),
        format!(
            r#"Mar  1 10:00:00 lms tracking: {{"event_type":"/courses/{COURSE}/courseware/c1/s1/","event_source":"server","event":"{{\"GET\": {{}}}}","time":"2026-03-01T10:00:00","context":{{"user_id":17}}}}"#
        ),
        format!(
            r#"{{"messageId":"m1","type":"track","event":"Played","properties":{{"name":"edx.video.played","data":{{"id":"f00","currentTime":1}},"context":{{"course_id":"{COURSE}","application":{{"name":"edx.mobileapp.iOS"}}}}}},"userId":"17","timestamp":"2026-03-01T10:00:00Z","context":{{"device":{{"type":"ios"}}}}}}"#
        ),
    ]
}

fn assert_bounded(body: &[u8]) {
    if let Ok(mapping) = map(body, &hints()) {
        // A damaged time may be any; everything else must be as canonical as that of a good line.
        let mut mapping = mapping;
        for event in &mut mapping.events {
            event.time = hints().received;
        }
        assert_canonical(&mapping);
    }
}

#[test]
fn the_lines_to_be_damaged_are_good() {
    for line in good_lines() {
        let mapping = map(line.as_bytes(), &hints()).unwrap_or_else(|refusal| panic!("{refusal}: {line}"));
        assert!(!mapping.events.is_empty() && mapping.left_out.is_empty(), "{line} {:?}", mapping.left_out);
        assert_canonical(&mapping);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        assert_bounded(&body);
    }

    #[test]
    fn no_damaged_byte_makes_it_panic(line in prop::sample::select(good_lines()), damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut body = line.into_bytes();
        for (at, byte) in damage {
            let at = at.index(body.len());
            body[at] = byte;
        }
        assert_bounded(&body);
    }

    #[test]
    fn no_cut_makes_it_panic(line in prop::sample::select(good_lines()), at in any::<prop::sample::Index>()) {
        assert_bounded(&line.as_bytes()[..at.index(line.len())]);
    }

    #[test]
    fn no_value_of_a_wrong_type_makes_it_panic(
        line in prop::sample::select(good_lines()),
        at in any::<prop::sample::Index>(),
        value in prop::sample::select(vec!["null", "true", "-1", "1e300", "0.5", "\"\"", "\"\\u0000\"", "\"../x\"", "[]", "[[[1]]]", "{}", "{\"a\":{\"b\":1}}", "\"{\"", "\"\\\"x\\\"\""]),
    ) {
        // Replaces one scalar value of the line, found by the colon before it.
        let colons: Vec<usize> = line.match_indices(':').map(|(at, _)| at).collect();
        let start = colons[at.index(colons.len())] + 1;
        let end = line[start..].find([',', '}']).map_or(line.len(), |end| start + end);
        assert_bounded(format!("{}{value}{}", &line[..start], &line[end..]).as_bytes());
    }
}

#[test]
fn neither_depth_nor_number_is_without_a_bound() {
    let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    for place in ["name", "event", "context", "time"] {
        let body = format!(r#"{{"event_type":"problem_check","{place}":{}}}"#, deep(200_000));
        assert_bounded(body.as_bytes());
    }
    let many = |count: usize| (0..count).map(|number| format!(r#""q{number}":{{}}"#)).collect::<Vec<_>>().join(",");
    let check = |count: usize| {
        let payload = format!(r#"{{"problem_id":"{PROBLEM}","grade":1,"max_grade":2,"correct_map":{{{}}}}}"#, many(count));
        let body = format!(
            r#"{{"name":"problem_check","event_source":"server","data":{payload},"time":"2026-03-01T10:00:00Z","context":{{"user_id":17,"course_id":"{COURSE}"}}}}"#
        );
        let mapping = map(body.as_bytes(), &hints()).expect("a good line");
        (mapping.events.len(), mapping.left_out.len())
    };
    assert_eq!((check(1_000), check(1_001)), ((1_001, 0), (0, 1)));
    let hints_in_a_choice = "<choicehint></choicehint>".repeat(30_000);
    assert_bounded(format!(r#"{{"name":"problem_check","event_source":"server","data":{{"problem_id":"{PROBLEM}","answers":{{"a":"{hints_in_a_choice}"}},"correct_map":{{"a":{{}}}}}},"context":{{"user_id":17,"course_id":"{COURSE}"}}}}"#).as_bytes());
}

/// The lines of the raw logs that hold an event, with their file's name.
fn log_lines(folder: &Path) -> Vec<(String, String)> {
    let lines = files(&folder.join("eap/input")).into_iter().flat_map(|(name, text)| {
        let lines: Vec<_> = text.lines().map(|line| (name.clone(), line.to_owned())).collect();
        lines
    });
    lines.filter(|(_, line)| line.starts_with('{')).collect()
}

#[test]
fn every_line_of_the_fixtures_is_read_and_gives_canonical_events() {
    let Some(folder) = folder("openedx-tracking") else { return };
    let (mut nameless, mut events, mut ids) = (0, 0, HashMap::new());
    let inputs = files(&folder.join("erb/input")).into_iter().chain(log_lines(&folder));
    for (file, body) in inputs {
        match map(body.as_bytes(), &hints()) {
            Ok(mapping) => {
                assert_canonical(&mapping);
                assert!(!mapping.events.is_empty() || !mapping.left_out.is_empty(), "{file}: nothing is said of {body}");
                let of_line: HashSet<_> = mapping.events.iter().map(|event| event.id.clone()).collect();
                assert_eq!(of_line.len(), mapping.events.len(), "{file}: two events of one line share an id");
                for event in mapping.events {
                    events += 1;
                    let line = ids.entry(event.id.clone()).or_insert_with(|| body.clone());
                    assert_eq!(*line, body, "{file}: two lines share an id");
                }
                for left_out in mapping.left_out {
                    let (LeftOut::Unmapped { name } | LeftOut::TwinIgnored { name } | LeftOut::Partial { name, .. }) = left_out;
                    let longest_number = name.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
                    assert!(longest_number <= Some(2) && !name.contains('@'), "{file}: {name}");
                }
            }
            Err(refusal) => {
                assert_eq!((refusal.reason, &*refusal.place), (Reason::MissingField, "name"), "{file}: {body}");
                assert!(!body.contains("\"event_type\"") && !body.contains("\"name\""), "{file}: {body}");
                nameless += 1;
            }
        }
    }
    // The log of the weekly users holds nothing but names of users and times.
    assert_eq!(nameless, 23);
    assert!(events > 600, "{events}");
}
