//! The video statements of a real platform: what comes out per video equals a count made from the text.

use super::{hints, mapped};
use crate::fixtures::folder;
use flate2::read::GzDecoder;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use teachback_core::event::EventType::{self, *};
use teachback_core::event::Kind;

/// Events by video and type.
type Counts = BTreeMap<(String, EventType), u64>;

/// The text between two marks, behind the first place of a third.
fn between<'a>(line: &'a str, after: &str, start: &str, end: &str) -> Option<&'a str> {
    let rest = &line[line.find(after)?..];
    let rest = &rest[rest.find(start)? + start.len()..];
    rest.split(end).next()
}

#[test]
fn each_video_has_as_many_events_as_the_text_has_statements() {
    let Some(folder) = folder("xapi/ralph") else { return };
    let file = File::open(folder.join("statements.json.gz")).expect("the statements");
    let expected_type = |verb: &str| -> EventType {
        match verb {
            "initialized" => ContentViewed,
            "played" => ContentPlayed,
            "paused" => ContentPaused,
            "seeked" => ContentSeeked,
            "interacted" => ContentProgressed,
            "terminated" => ContentStopped,
            "completed" => ContentCompleted,
            "downloaded" => ContentDownloaded,
            other => panic!("a verb that this test does not know: {other}"),
        }
    };
    let (mut expected, mut found) = (Counts::new(), Counts::new());
    let mut lines = 0;
    let (mut ids, mut learners, mut courses) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for line in BufReader::new(GzDecoder::new(file)).lines() {
        let line = line.expect("a line");
        lines += 1;
        // Read by hand, without the reader under test: the verb's last part, and the object's id behind its definition.
        let verb = between(&line, "\"verb\"", "\"id\": \"", "\"").and_then(|iri| iri.rsplit('/').next()).expect("a verb");
        let video = between(&line, "\"object\": {", "\"id\": \"uuid", "\"").map(|rest| format!("uuid{rest}")).expect("an object");
        *expected.entry((video, expected_type(verb))).or_default() += 1;
        let mapping = mapped(line.as_bytes(), &hints());
        assert_eq!(mapping.left_out, []);
        for event in mapping.events {
            let Kind::Known(event_type) = event.kind else { panic!("an unknown kind") };
            assert!(ids.insert(event.id.to_string()), "{} twice", event.id);
            assert_eq!(event.data.content_type.as_deref(), Some("video"));
            assert_eq!(event.data.provider.as_deref(), Some("FUN-MOOC"));
            assert!(event.data.session.is_some());
            if event_type == ContentSeeked {
                let position = |name: &str| between(&line, name, ": ", ",").and_then(|number| number.trim_end_matches('}').parse::<f64>().ok());
                assert_eq!((event.data.position_s, event.data.position_to_s), (position("extensions/time-from\""), position("extensions/time-to\"")));
            }
            learners.insert(event.data.learner.expect("a learner").into_owned());
            courses.insert(event.subject.into_owned());
            *found.entry((event.data.content.expect("a content").into_owned(), event_type)).or_default() += 1;
        }
    }
    assert_eq!(found, expected);
    assert!(lines > 10_000 && learners.len() > 100, "{lines} lines, {} learners", learners.len());
    assert!(courses.iter().all(|course| course.starts_with("course-v1:FUN-MOOC+")), "{courses:?}");
}
