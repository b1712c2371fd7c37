//! The format as a whole: each rule of the mapping on small statements, the fixtures, the golden examples, and bytes of any kind.

mod conformance;
mod examples;
mod fixtures;
mod rules;
mod videos;
mod wild;

use crate::mapping::{Hints, Mapping};
use crate::xapi::map;
use teachback_core::event::decode::decode;
use teachback_core::event::encode::encode;
use teachback_core::event::validate::{Arrival, Key, validate};
use teachback_core::time::EventTime;

/// Hints of a source that says nothing of itself.
fn hints() -> Hints<'static> {
    let received = EventTime::parse("2026-11-21T12:00:00Z").expect("a time");
    Hints { source: "xapi-test", provider: None, learner_space: None, naive_offset_minutes: 0, received }
}

/// Maps a message that must be taken, and holds every event to what core demands of it.
fn mapped(body: &[u8], hints: &Hints<'_>) -> Mapping {
    let mapping = map(body, hints).unwrap_or_else(|refusal| panic!("{refusal}: {}", String::from_utf8_lossy(body)));
    assert_canonical(&mapping);
    for (place, event) in mapping.events.iter().enumerate() {
        assert!(mapping.events[..place].iter().all(|earlier| earlier.id != event.id), "two events with the id {}", event.id);
    }
    mapping
}

/// Every event passes core's encode, decode and validate unchanged.
fn assert_canonical(mapping: &Mapping) {
    // A time in the future is for the log to judge.
    let arrival = Arrival { not_after: EventTime(i64::MAX), key: Key::None };
    for event in &mapping.events {
        let json = encode(event).expect("finite numbers");
        let decoded = decode(&[], json.as_bytes()).unwrap_or_else(|refusal| panic!("{refusal}: {json}"));
        assert_eq!(&decoded, event);
        validate(decoded, &arrival).unwrap_or_else(|refusal| panic!("{refusal}: {json}"));
    }
}
