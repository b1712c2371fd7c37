//! The mapping on lines of our own, on any bytes, and on the logs of the fixtures against what other programs made of them.

mod any_bytes;
mod examples;
mod insights_results;
mod traps;
mod xapi_results;

use super::map;
use crate::mapping::{Hints, LeftOut, Mapping};
use teachback_core::event::decode::decode;
use teachback_core::event::encode::encode;
use teachback_core::event::validate::{Arrival, Key, validate};
use teachback_core::event::{Event, Kind};
use teachback_core::refusal::Refusal;
use teachback_core::time::EventTime;

const COURSE: &str = "course-v1:Northfield+STAT101+2026";
const PROBLEM: &str = "block-v1:Northfield+STAT101+2026+type@problem+block@f00d";

fn hints() -> Hints<'static> {
    let received = EventTime::parse("2026-11-01T00:00:00Z").expect("a time");
    Hints { source: "lms", provider: None, learner_space: None, naive_offset_minutes: 0, received }
}

fn mapped(line: &str) -> Mapping {
    map(line.as_bytes(), &hints()).unwrap_or_else(|refusal| panic!("{refusal}: {line}"))
}

fn refused(line: &str) -> Refusal {
    map(line.as_bytes(), &hints()).expect_err("must be refused")
}

/// The one event of a line.
fn only(line: &str) -> Event<'static> {
    let mut mapping = mapped(line);
    assert_eq!((mapping.events.len(), &mapping.left_out), (1, &Vec::new()), "{line}");
    mapping.events.remove(0)
}

fn type_of<'a>(event: &'a Event<'_>) -> &'a str {
    let name = event.kind.name();
    name.strip_prefix("learning.").and_then(|name| name.strip_suffix(".v1")).unwrap_or(name)
}

/// Asserts that events survive being written, read and validated.
fn assert_canonical(mapping: &Mapping) {
    let arrival = Arrival { not_after: EventTime::parse("2099-01-01T00:00:00Z").expect("a time"), key: Key::None };
    for event in &mapping.events {
        assert!(matches!(event.kind, Kind::Known(_)));
        let json = encode(event).expect("finite numbers");
        let decoded = decode(&[], json.as_bytes()).unwrap_or_else(|refusal| panic!("{refusal}: {json}"));
        assert_eq!(&decoded, event);
        validate(decoded, &arrival).unwrap_or_else(|refusal| panic!("{refusal}: {json}"));
    }
}

fn unmapped(name: &'static str) -> LeftOut {
    LeftOut::Unmapped { name: name.into() }
}

fn twin(name: &'static str) -> LeftOut {
    LeftOut::TwinIgnored { name: name.into() }
}

fn partial(name: &'static str, missing: &'static str) -> LeftOut {
    LeftOut::Partial { name: name.into(), missing }
}
