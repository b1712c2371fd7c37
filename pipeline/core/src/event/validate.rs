//! [`Event`] to [`ValidEvent`]: what its type requires is there, identifiers are safe, numbers are in range, the time is sane.

use super::catalogue::About;
use super::eight_bytes::is_plain;
use super::fields::{Field, Shape};
use super::{Event, EventType, Kind, outline};
use crate::limits::IDENTIFIER_BYTES_MAX;
use crate::refusal::{Reason, Refusal};
use crate::time::EventTime;
use std::ops::Deref;

/// How the message was keyed in its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key<'a> {
    /// The log has no keys (files).
    None,
    /// The log has keys and this message has none.
    Missing,
    /// The key.
    Is(&'a [u8]),
}

/// What is known of a message beside its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// Latest event time that is believed: when the log received the message, plus the allowance.
    pub not_after: EventTime,
    /// Its key.
    pub key: Key<'a>,
}

/// An event that has all that its type requires. Only [`validate`] makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidEvent<'a>(Event<'a>);

impl<'a> Deref for ValidEvent<'a> {
    type Target = Event<'a>;
    fn deref(&self) -> &Event<'a> {
        &self.0
    }
}

impl ValidEvent<'_> {
    /// Whether the event counts for learners: about a learner, and not done by staff.
    #[must_use]
    pub fn is_of_learner(&self) -> bool {
        self.data.learner.is_some() && self.data.actor_role.as_deref().is_none_or(|role| role == "learner")
    }
}

/// Checks an event.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn validate<'a>(mut event: Event<'a>, arrival: &Arrival<'_>) -> Result<ValidEvent<'a>, Refusal> {
    identifier("id", &event.id)?;
    identifier("source", &event.source)?;
    identifier("subject", &event.subject)?;
    if event.time < EventTime::YEAR_2000 || event.time > arrival.not_after {
        return Err(Refusal::new(Reason::ClockWild, "time"));
    }
    let event_type = match &event.kind {
        Kind::Known(event_type) => Some(*event_type),
        Kind::Unknown(_) => None,
    };
    if event_type != Some(EventType::ClockTick) {
        match arrival.key {
            Key::None => {}
            Key::Is(key) if key == event.subject.as_bytes() => {}
            Key::Is(_) | Key::Missing => return Err(Refusal::new(Reason::NotKeyedByCourse, "key")),
        }
    }
    identifiers(&mut event)?;
    if let Some(event_type) = event_type {
        let missing = event_type.required().iter().find(|field| !field.is_present(&event.data));
        if let Some(field) = missing {
            return Err(Refusal::new(Reason::MissingField, format!("data.{}", field.name())));
        }
        if event_type.about() == About::Learner && event.data.learner.is_none() {
            return Err(Refusal::new(Reason::MissingField, "data.learner"));
        }
    }
    values(&event)?;
    Ok(ValidEvent(event))
}

/// Every identifier that is present is safe; an empty one is an absent one.
fn identifiers(event: &mut Event<'_>) -> Result<(), Refusal> {
    let data = &mut event.data;
    for (field, value) in [
        (Field::provider, &mut data.provider),
        (Field::course_version, &mut data.course_version),
        (Field::learner, &mut data.learner),
        (Field::learner_space, &mut data.learner_space),
        (Field::session, &mut data.session),
        (Field::module, &mut data.module),
        (Field::content, &mut data.content),
        (Field::content_version, &mut data.content_version),
        (Field::assessment, &mut data.assessment),
        (Field::item, &mut data.item),
        (Field::voided_id, &mut data.voided_id),
    ] {
        debug_assert_eq!(field.shape(), Shape::Identifier);
        match value.as_deref() {
            Some("") => *value = None,
            Some(text) => safe(text).ok_or_else(|| Refusal::new(Reason::BadIdentifier, format!("data.{}", field.name())))?,
            None => {}
        }
    }
    Ok(())
}

fn identifier(place: &str, text: &str) -> Result<(), Refusal> {
    safe(text).filter(|()| !text.is_empty()).ok_or_else(|| Refusal::new(Reason::BadIdentifier, place))
}

/// Whether a text may name something: at most [`IDENTIFIER_BYTES_MAX`] bytes, no control characters, no parent paths, and
/// not empty.
#[must_use]
pub fn is_identifier(text: &str) -> bool {
    !text.is_empty() && safe(text).is_some()
}

/// Only what holds a dot or is no printable ASCII is looked at more closely.
fn safe(text: &str) -> Option<()> {
    let is_safe = text.len() <= IDENTIFIER_BYTES_MAX && (is_plain(text.as_bytes()) || !(text.contains(char::is_control) || is_parent_path(text)));
    is_safe.then_some(())
}

fn is_parent_path(text: &str) -> bool {
    text == ".." || text.contains("../") || text.contains("..\\")
}

fn values(event: &Event<'_>) -> Result<(), Refusal> {
    let data = &event.data;
    let bad = |field: Field| Err(Refusal::new(Reason::BadValue, format!("data.{}", field.name())));
    for (field, value) in [
        (Field::position_s, data.position_s),
        (Field::position_to_s, data.position_to_s),
        (Field::content_length_s, data.content_length_s),
        (Field::duration_s, data.duration_s),
        (Field::score, data.score),
        (Field::max_score, data.max_score),
        (Field::response_time_s, data.response_time_s),
        (Field::rating, data.rating),
    ] {
        if value.is_some_and(|value| !in_range(field, value)) {
            return bad(field);
        }
    }
    for (field, value) in [(Field::attempt, data.attempt), (Field::count, data.count), (Field::stratum, data.stratum)] {
        if value.is_some_and(|value| !in_range(field, value as f64)) {
            return bad(field);
        }
    }
    for (field, value) in [(Field::outcome, &data.outcome), (Field::actor_role, &data.actor_role), (Field::time_quality, &data.time_quality)] {
        if value.as_deref().is_some_and(|value| field.allowed().is_some_and(|allowed| !allowed.contains(&value))) {
            return bad(field);
        }
    }
    if let Some(json) = data.modules {
        let Some(outline) = outline::parse(json.get()) else { return bad(Field::modules) };
        if !outline.modules().iter().all(|module| module.ids().all(|id| !id.is_empty() && safe(id).is_some())) {
            return Err(Refusal::new(Reason::BadIdentifier, "data.modules"));
        }
    }
    Ok(())
}

fn in_range(field: Field, value: f64) -> bool {
    field.range().is_none_or(|range| range.contains(&value))
}

#[cfg(test)]
mod tests {
    use super::super::decode::decode;
    use super::*;
    use proptest::prelude::*;

    fn check(json: &str, key: Key<'_>) -> Result<(), Reason> {
        let arrival = Arrival { not_after: EventTime::parse("2026-02-01T00:00:00Z").expect("a time"), key };
        let event = decode(&[], json.as_bytes()).expect("form is good");
        validate(event, &arrival).map(|_| ()).map_err(|refusal| refusal.reason)
    }

    fn answered(time: &str, data: &str) -> String {
        format!(r#"{{"specversion":"1.0","id":"e","source":"lms","type":"learning.item.answered.v1","time":"{time}","subject":"C1","data":{data}}}"#)
    }

    #[test]
    fn each_rule_has_its_reason() {
        let good = r#"{"learner":"ann","item":"i1","assessment":"q1","outcome":"right"}"#;
        let now = "2026-01-05T08:00:00Z";
        assert_eq!(check(&answered(now, good), Key::Is(b"C1")), Ok(()));
        assert_eq!(check(&answered(now, good), Key::Is(b"C2")), Err(Reason::NotKeyedByCourse));
        assert_eq!(check(&answered(now, good), Key::Missing), Err(Reason::NotKeyedByCourse));
        assert_eq!(check(&answered("1970-01-01T00:00:00Z", good), Key::None), Err(Reason::ClockWild));
        assert_eq!(check(&answered("2100-01-01T00:00:00Z", good), Key::None), Err(Reason::ClockWild));
        assert_eq!(check(&answered(now, r#"{"item":"i1"}"#), Key::None), Err(Reason::MissingField));
        assert_eq!(check(&answered(now, r#"{"learner":"ann","item":""}"#), Key::None), Err(Reason::MissingField));
        assert_eq!(check(&answered(now, r#"{"learner":"../../etc","item":"i"}"#), Key::None), Err(Reason::BadIdentifier));
        assert_eq!(check(&answered(now, r#"{"learner":"a\u0000b","item":"i"}"#), Key::None), Err(Reason::BadIdentifier));
        assert_eq!(check(&answered(now, r#"{"learner":"ann","item":"i","score":-1}"#), Key::None), Err(Reason::BadValue));
        assert_eq!(check(&answered(now, r#"{"learner":"ann","item":"i","outcome":"maybe"}"#), Key::None), Err(Reason::BadValue));
    }

    proptest! {
        #[test]
        fn an_identifier_is_safe_as_a_look_at_each_character_says(text in "[a-z./\\\\\u{0}-\u{1f}~\u{7f}\u{85}é ]{0,20}", dots in "[.a]{0,12}/?") {
            for text in [text, dots] {
                let by_character = !text.chars().any(char::is_control) && text != ".." && !text.contains("../") && !text.contains("..\\");
                prop_assert_eq!(safe(&text).is_some(), by_character, "{:?}", text);
            }
        }
    }

    #[test]
    fn every_constraint_of_the_list_is_enforced() {
        let refused = |field: Field, value: &str| {
            let json = answered("2026-01-05T08:00:00Z", &format!(r#"{{"learner":"ann","item":"i","{}":{value}}}"#, field.name()));
            check(&json, Key::None) == Err(Reason::BadValue)
        };
        for field in Field::ALL.iter().copied() {
            if let Some(range) = field.range() {
                let whole = field.shape() == Shape::Integer;
                assert!(whole || refused(field, "-0.5"), "{} below", field.name());
                assert!(*range.end() == f64::MAX || refused(field, &format!("{}", range.end() + 1.0)), "{} above", field.name());
                assert!(!refused(field, &format!("{}", range.end())), "{} at its end", field.name());
            }
            if let Some(allowed) = field.allowed() {
                assert!(refused(field, "\"maybe\""), "{}", field.name());
                assert!(allowed.iter().all(|word| !refused(field, &format!("\"{word}\""))), "{}", field.name());
            }
        }
    }
}
