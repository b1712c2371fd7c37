//! Canonical events on their way through: checked, and handed on with every member they have, known or not.

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use teachback_core::event::decode::{Header, decode};
use teachback_core::event::validate::{Arrival, Key, validate};
use teachback_core::event::{Event, EventType, Kind};
use teachback_core::refusal::{Reason, Refusal};
use teachback_core::time::EventTime;

/// How the event came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As one JSON object.
    Structured,
    /// Attributes in headers `ce_*`, data in the body.
    Binary,
}

/// Reads and checks an event; whether its time lies in the future is for the log to judge.
pub(super) fn read<'a>(headers: &[Header<'a>], body: &'a [u8]) -> Result<(Event<'a>, Form), Refusal> {
    let event = decode(headers, body)?;
    let form = if headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("ce_specversion")) { Form::Binary } else { Form::Structured };
    // Checked on a copy: what is handed on is what came.
    let _valid = validate(event.clone(), &Arrival { not_after: EventTime(i64::MAX), key: Key::None })?;
    Ok((event, form))
}

/// Whether it is a tick: the clock of another log says nothing of ours.
pub(super) fn is_tick(event: &Event<'_>) -> bool {
    event.kind == Kind::Known(EventType::ClockTick)
}

/// A binary event as one object: its attributes by name, its data as they are.
#[derive(Serialize)]
struct FromBinary<'a> {
    #[serde(flatten)]
    attributes: BTreeMap<String, &'a str>,
    datacontenttype: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
}

/// The event as structured JSON, with another learner where the alias map has one. `headers` and `body` are those of [`read`].
pub(super) fn structured(form: Form, headers: &[Header<'_>], body: &[u8], alias: Option<(&str, &str)>) -> Result<String, Refusal> {
    let damaged = || Refusal::new(Reason::BadJson, "message");
    let text = std::str::from_utf8(body).map_err(|_| Refusal::new(Reason::BadUtf8, "message"))?.trim();
    let json = match form {
        Form::Structured => text.to_owned(),
        Form::Binary => {
            let mut attributes = BTreeMap::new();
            for (name, value) in headers {
                let name = name.to_ascii_lowercase();
                let Some(attribute) = name.strip_prefix("ce_") else { continue };
                if attribute != "datacontenttype" && attribute != "data" {
                    attributes.insert(attribute.to_owned(), std::str::from_utf8(value).map_err(|_| Refusal::new(Reason::BadUtf8, "header"))?);
                }
            }
            let data = (!text.is_empty()).then(|| serde_json::from_str::<&RawValue>(text)).transpose().map_err(|_| damaged())?;
            serde_json::to_string(&FromBinary { attributes, datacontenttype: "application/json", data }).map_err(|_| damaged())?
        }
    };
    let Some((space, learner)) = alias else { return Ok(json) };
    let mut event: Value = serde_json::from_str(&json).map_err(|_| damaged())?;
    let data = event.get_mut("data").and_then(Value::as_object_mut).ok_or_else(damaged)?;
    data.insert("learner_space".to_owned(), space.into());
    data.insert("learner".to_owned(), learner.into());
    serde_json::to_string(&event).map_err(|_| damaged())
}
