//! Canonical events as they come in: CloudEvents in structured mode, one or a batch.

use super::accepted::{Accepted, Shape, Twins, take_apart, without_twins};
use super::canonical::{canonical, fingerprint};
use super::limits::RECORD_BYTES_MAX;
use super::problem::Problem;
use axum::http::StatusCode;
use serde_json::Value;
use teachback_core::event::decode::decode;
use teachback_core::event::validate::{Arrival, Key, validate};
use teachback_core::event::{EventType, Kind};
use teachback_core::limits::CLOCK_AHEAD_SECONDS_MAX;
use teachback_core::refusal::Refusal;
use teachback_core::time::{EventTime, SECOND};

/// The events of a body. An event that names a provider must name that of the credential, where this has one.
///
/// # Errors
/// The first thing that is wrong with any of them.
pub(super) fn read(body: &[u8], shape: Shape, provider: Option<&str>, received: EventTime) -> Result<Vec<Accepted>, Problem> {
    let arrival = Arrival { not_after: received.plus(CLOCK_AHEAD_SECONDS_MAX * SECOND), key: Key::None };
    let mut records = Vec::new();
    for (pointer, text) in take_apart(body, shape)? {
        debug_assert!(text.len() <= RECORD_BYTES_MAX);
        let refused = |refusal: Refusal| Problem::bad(refusal.to_string()).at(&pointer);
        let event = decode(&[], text.as_bytes()).and_then(|event| validate(event, &arrival)).map_err(refused)?;
        if event.kind == Kind::Known(EventType::ClockTick) {
            return Err(Problem::bad("clock ticks are not taken from outside").at(format!("{pointer}/type")));
        }
        if let (Some(scope), Some(named)) = (provider, event.data.provider.as_deref())
            && scope != named
        {
            return Err(Problem::new(StatusCode::FORBIDDEN, "these credentials are for another provider").at(format!("{pointer}/data/provider")));
        }
        let parsed: Value = serde_json::from_str(text).map_err(|_| Problem::bad("not JSON").at(&pointer))?;
        records.push(Accepted {
            id: event.id.to_string(),
            identity: fingerprint(&["events", &event.source, &event.id]),
            content: fingerprint(&[&canonical(&parsed, &[])]),
            bytes: text.as_bytes().to_vec(),
        });
    }
    without_twins(records, Twins::IfEqual)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAYED: &str = r#"{"specversion":"1.0","id":"e1","source":"lms","type":"learning.content.played.v1","time":"2026-01-05T08:00:00Z","subject":"C1","data":{"learner":"ann","provider":"OrgX","content":"v1","position_s":1.5}}"#;

    fn received() -> EventTime {
        EventTime::parse("2026-11-21T10:00:00Z").expect("a time")
    }

    fn refused(body: &str, shape: Shape) -> (u16, Option<String>) {
        let problem = read(body.as_bytes(), shape, Some("OrgX"), received()).expect_err("is refused");
        (problem.status.as_u16(), problem.pointer)
    }

    #[test]
    fn events_are_kept_byte_for_byte() {
        let other = PLAYED.replace("e1", "e2");
        let records = read(format!("[{PLAYED}, {other}\n]").as_bytes(), Shape::Many, Some("OrgX"), received()).expect("are good");
        assert_eq!(records.iter().map(|record| record.bytes.as_slice()).collect::<Vec<_>>(), [PLAYED.as_bytes(), other.as_bytes()]);
        assert_eq!(read(PLAYED.as_bytes(), Shape::One, None, received()).expect("is good")[0].id, "e1");
    }

    #[test]
    fn one_bad_event_refuses_all_with_its_place() {
        assert_eq!(refused(&format!("[{PLAYED},{}]", PLAYED.replace("\"v1\"", "3")), Shape::Many), (400, Some("/1".to_owned())));
        assert_eq!(refused(&PLAYED.replace("2026-01", "2027-01"), Shape::One), (400, Some(String::new())), "from the future");
        assert_eq!(refused(&PLAYED.replace("OrgX", "OrgY"), Shape::One), (403, Some("/data/provider".to_owned())));
        assert_eq!(refused(&PLAYED.replace("learning.content.played.v1", "learning.clock.tick.v1"), Shape::One).0, 400);
        assert_eq!(refused(PLAYED, Shape::Many).0, 400);
        assert_eq!(refused(&format!("[{PLAYED}]"), Shape::One).0, 400);
    }

    #[test]
    fn an_id_twice_in_a_batch_is_fine_only_if_it_says_the_same() {
        let differs = PLAYED.replace("1.5", "2.5");
        assert_eq!(refused(&format!("[{PLAYED},{differs}]"), Shape::Many), (400, Some("/1/id".to_owned())));
        assert_eq!(read(format!("[{PLAYED},{PLAYED}]").as_bytes(), Shape::Many, None, received()).expect("are good").len(), 2);
    }
}
