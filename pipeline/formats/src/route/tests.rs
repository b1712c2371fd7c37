//! Route on small messages, on any bytes, and on the laws that operators rely on.

mod aliases;
mod doors;
mod laws;
mod open_edx_by_two_doors;

use super::{Aliases, Format, Message, Routed, Router, Source};
use serde_json::Value;
use teachback_core::time::EventTime;

/// When the messages of the tests are received.
fn received() -> EventTime {
    EventTime::parse("2026-11-21T12:00:00Z").expect("a time")
}

fn source(name: &str, format: Format) -> Source {
    Source { name: name.to_owned(), format, ..Source::default() }
}

fn router(sources: &[Source], aliases: &str) -> Router {
    let aliases = if aliases.is_empty() { Aliases::default() } else { Aliases::read(aliases.as_bytes()).expect("aliases") };
    Router::new(sources.iter().cloned(), aliases).expect("owners agree")
}

fn route(router: &mut Router, source: &str, body: &str) -> Routed {
    router.route(&Message { source, headers: &[], body: body.as_bytes(), received: received() })
}

/// The events of a message that must be taken, as JSON.
fn events(routed: &Routed) -> Vec<Value> {
    assert_eq!(routed.dead, None);
    routed.out.iter().map(|event| serde_json::from_str(&event.json).expect("JSON")).collect()
}

const COURSE: &str = "course-v1:OrgX+C1+2026";
/// A learner plays a video, as xAPI says it.
const PLAYED: &str = r#"{"id":"6690e6c9-3ef0-4ed3-8b37-7f3964730bee","actor":{"account":{"homePage":"https://lms.example.org","name":"uuid-ann"}},"verb":{"id":"https://w3id.org/xapi/video/verbs/played"},"object":{"id":"https://lms.example.org/v1","definition":{"type":"https://w3id.org/xapi/video/activity-type/video"}},"result":{"extensions":{"https://w3id.org/xapi/video/extensions/time":12.5}},"context":{"contextActivities":{"parent":[{"id":"course-v1:OrgX+C1+2026","definition":{"type":"http://adlnet.gov/expapi/activities/course"}}]}},"timestamp":"2026-11-20T08:00:00Z"}"#;
/// A learner enrols, as a tracking log says it.
const ENROLLED: &str = r#"{"name":"edx.course.enrollment.activated","event_type":"edx.course.enrollment.activated","event_source":"server","time":"2026-11-19T08:00:00+00:00","context":{"course_id":"course-v1:OrgX+C1+2026","user_id":42,"org_id":"OrgX"},"event":{"course_id":"course-v1:OrgX+C1+2026","user_id":42,"mode":"audit"}}"#;
/// A canonical event with a member and a field that nobody knows.
const VIEWED: &str = r#"{"specversion":"1.0","id":"e1","source":"own","type":"learning.content.viewed.v1","time":"2026-11-20T09:00:00Z","subject":"course-v1:OrgX+C1+2026","traceparent":"00-1","data":{"learner":"ann","learner_space":"own","content":"p1","x_big":12345678901234567890}}"#;

#[test]
fn each_format_comes_out_keyed_by_course() {
    let mut router = router(&[source("lms", Format::Auto)], "");
    for (body, event_type) in [(PLAYED, "learning.content.played.v1"), (ENROLLED, "learning.enrollment.created.v1"), (VIEWED, "learning.content.viewed.v1")] {
        let routed = route(&mut router, "lms", body);
        let events = events(&routed);
        assert_eq!((events.len(), routed.out[0].key.as_str()), (1, COURSE));
        assert_eq!((events[0]["type"].as_str(), events[0]["subject"].as_str()), (Some(event_type), Some(COURSE)));
    }
    let counts = &router.counts()["lms"];
    assert_eq!((counts.messages, counts.mapped, counts.events, counts.dead), (3, 3, 3, 0));
}

#[test]
fn a_canonical_event_passes_with_all_its_members() {
    let mut router = router(&[source("own", Format::Canonical)], "");
    assert_eq!(route(&mut router, "own", VIEWED).out[0].json, VIEWED);
}

#[test]
fn a_binary_canonical_event_becomes_the_same_structured_one() {
    let mut router = router(&[source("own", Format::Auto)], "");
    let headers: Vec<(&str, &[u8])> = vec![
        ("ce_specversion", b"1.0"),
        ("ce_id", b"e1"),
        ("CE_source", b"own"),
        ("ce_type", b"learning.content.viewed.v1"),
        ("ce_time", b"2026-11-20T09:00:00Z"),
        ("ce_subject", COURSE.as_bytes()),
        ("ce_traceparent", b"00-1"),
        ("content-type", b"application/json"),
    ];
    let body = br#"{"learner":"ann","learner_space":"own","content":"p1","x_big":12345678901234567890}"#;
    let routed = router.route(&Message { source: "own", headers: &headers, body, received: received() });
    let mut event = events(&routed).remove(0);
    assert!(routed.out[0].json.contains("12345678901234567890"), "numbers are handed on as they are written");
    assert_eq!(event.as_object_mut().expect("an object").remove("datacontenttype"), Some("application/json".into()));
    assert_eq!(event, serde_json::from_str::<Value>(VIEWED).expect("JSON"));
}

#[test]
fn the_intakes_word_goes_before_the_topics() {
    let mut other = source("app", Format::Xapi);
    other.provider = Some("AppProvider".to_owned());
    let mut router = router(&[source("lms", Format::Xapi), other], "");
    let untimed = PLAYED.replace(r#","timestamp":"2026-11-20T08:00:00Z""#, "");
    let headers: Vec<(&str, &[u8])> = vec![("teachback-source", b"app"), ("teachback-received", b"2026-11-18T07:00:00Z")];
    let routed = router.route(&Message { source: "lms", headers: &headers, body: untimed.as_bytes(), received: received() });
    let event = events(&routed).remove(0);
    assert_eq!((event["source"].as_str(), event["time"].as_str()), (Some("app"), Some("2026-11-18T07:00:00Z")));
    assert_eq!((event["data"]["provider"].as_str(), event["data"]["time_quality"].as_str()), (Some("AppProvider"), Some("ingest")));

    let headers: Vec<(&str, &[u8])> = vec![("teachback-source", b"app"), ("teachback-provider", b"Limited")];
    let routed = router.route(&Message { source: "lms", headers: &headers, body: PLAYED.as_bytes(), received: received() });
    assert_eq!(events(&routed)[0]["data"]["provider"], "Limited");

    let headers: Vec<(&str, &[u8])> = vec![("teachback-source", b"not in the settings")];
    let routed = router.route(&Message { source: "app", headers: &headers, body: PLAYED.as_bytes(), received: received() });
    let event = events(&routed).remove(0);
    assert_eq!((event["source"].as_str(), event["data"]["provider"].as_str()), (Some("not in the settings"), Some("AppProvider")));
    assert_eq!(router.counts()["not in the settings"].messages, 1);
}

#[test]
fn what_is_refused_and_what_has_no_place_is_counted() {
    let mut router = router(&[source("lms", Format::Auto), source("log", Format::OpenEdx)], "");
    for body in ["", "{nonsense", r#"{"a":1}"#, "[]"] {
        let refusal = route(&mut router, "lms", body).dead.expect("must be refused");
        assert_eq!(refusal.reason.code(), "not_cloud_event", "{body}");
    }
    assert_eq!(route(&mut router, "lms", &PLAYED.replace("2026-11-20T08:00:00Z", "soon")).dead.expect("a bad time").reason.code(), "bad_time");
    let browser = r#"{"event_type":"problem_check","event_source":"browser","event":"x","time":"2026-11-19T08:00:00Z","context":{"course_id":"course-v1:OrgX+C1+2026","user_id":42}}"#;
    let bookmark = r#"{"name":"edx.bookmark.added","event_type":"edx.bookmark.added","event":{},"time":"2026-11-19T08:00:00Z","context":{"course_id":"course-v1:OrgX+C1+2026","user_id":42}}"#;
    for body in [browser, bookmark] {
        let routed = route(&mut router, "log", body);
        assert_eq!((routed.out.len(), routed.dead), (0, None));
    }
    let counts = &router.counts()["lms"];
    assert_eq!((counts.messages, counts.dead, counts.mapped, counts.nothing), (5, 5, 0, 0));
    let counts = &router.counts()["log"];
    assert_eq!((counts.nothing, counts.twins.total(), counts.unmapped.by_count()), (2, 1, vec![("edx.bookmark.added", 1)]));
}

#[test]
fn a_foreign_tick_is_not_handed_on() {
    let mut router = router(&[source("own", Format::Canonical)], "");
    let tick = r#"{"specversion":"1.0","id":"t","source":"s","type":"learning.clock.tick.v1","time":"2026-11-20T09:00:00Z","subject":"clock"}"#;
    assert!(route(&mut router, "own", tick).out.is_empty());
    assert_eq!(router.counts()["own"].unmapped.total(), 1);
}
