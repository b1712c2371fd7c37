//! Event ids: the statement's own where it can be trusted, else a digest of what makes the statement itself.
//!
//! - A UUID is the id, in lower case. What else stands in `id` is not trusted.
//! - Open edX makes its UUIDs from actor, verb and time: two acts of a learner at one moment share one. A digest of the
//!   object follows, behind a `#`.
//! - Without an id: a digest of the source and of the statement with sorted keys, less what an LRS adds. Without a
//!   `timestamp` as well, the moment of storage or receipt belongs to it, for a second such act is no repeat.
//! - A further event of the same statement, or for a further member of a group, has a suffix behind a `#`.

use super::scene::Writer;
use super::statement::{Statement, explain};
use crate::event_id::hexadecimal;
use crate::mapping::Hints;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::cell::OnceCell;
use std::fmt::Display;
use teachback_core::refusal::Refusal;

/// What an LRS adds to a statement: two copies of one statement may differ in it.
const ADDED_BY_LRS: [&str; 3] = ["authority", "stored", "version"];

/// The message, parsed in full only when a statement without an id asks for it.
#[derive(Debug)]
pub(super) struct Message<'a> {
    body: &'a [u8],
    parsed: OnceCell<Value>,
}

impl<'a> Message<'a> {
    pub(super) fn new(body: &'a [u8]) -> Self {
        Self { body, parsed: OnceCell::new() }
    }

    /// The statement at a place of the message, with all that the mapping does not read: that may be what refuses it.
    fn statement(&self, place: usize) -> Result<&Value, Refusal> {
        let parsed = match self.parsed.get() {
            Some(parsed) => parsed,
            None => {
                let parsed = serde_json::from_slice(self.body).map_err(|error| explain(&error))?;
                self.parsed.get_or_init(|| parsed)
            }
        };
        Ok(parsed.get(place).unwrap_or(parsed))
    }
}

/// The id of the first event of the statement at `place` in the message.
///
/// # Errors
/// When the statement has no id and holds, where nothing else looks, what cannot be read: too deep, a number out of range.
pub(super) fn event_id(statement: &Statement<'_>, place: usize, message: &Message<'_>, writer: Writer, hints: &Hints<'_>) -> Result<String, Refusal> {
    let Some(uuid) = statement.id.as_deref().and_then(uuid) else {
        return Ok(digest_of(statement, message.statement(place)?, hints));
    };
    if writer != Writer::OpenEdx {
        return Ok(uuid);
    }
    let object = statement.object.as_ref();
    let mode = statement.definition_extensions().and_then(|extensions| extensions.mode.as_deref());
    let mut digest = Sha256::new();
    for part in [object.and_then(|object| object.id.as_deref()), object.and_then(|object| object.activity_type()), mode] {
        digest.update(part.unwrap_or_default());
        digest.update([0]);
    }
    Ok(format!("{uuid}#{}", hexadecimal(&digest.finalize()[..8])))
}

/// The id of a further event of a statement.
pub(super) fn further(id: &str, suffix: impl Display) -> String {
    format!("{id}#{suffix}")
}

/// A UUID in its canonical form; `None` for what is none.
pub(super) fn uuid(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let well_formed = bytes.len() == 36
        && bytes.iter().enumerate().all(|(place, byte)| if matches!(place, 8 | 13 | 18 | 23) { *byte == b'-' } else { byte.is_ascii_hexdigit() });
    well_formed.then(|| text.to_ascii_lowercase())
}

fn digest_of(statement: &Statement<'_>, value: &Value, hints: &Hints<'_>) -> String {
    let mut digest = Sha256::new();
    digest.update(hints.source);
    digest.update([0]);
    match (&statement.timestamp, &statement.stored) {
        (Some(_), _) => {}
        (None, Some(stored)) => digest.update(stored.as_bytes()),
        (None, None) => digest.update(hints.received.0.to_be_bytes()),
    }
    digest_value(&mut digest, value, true);
    format!("sha256:{}", hexadecimal(&digest.finalize()[..16]))
}

/// Digests a value whatever the order of its keys; at the top without what an LRS adds.
fn digest_value(digest: &mut Sha256, value: &Value, is_top: bool) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().filter(|(key, _)| !(is_top && ADDED_BY_LRS.contains(&key.as_str()))).collect();
            members.sort_unstable_by_key(|(key, _)| *key);
            digest.update(b"{");
            for (key, value) in members {
                digest.update(Value::from(key.as_str()).to_string());
                digest_value(digest, value, false);
            }
            digest.update(b"}");
        }
        Value::Array(elements) => {
            digest.update(b"[");
            for element in elements {
                digest_value(digest, element, false);
                digest.update(b",");
            }
            digest.update(b"]");
        }
        scalar => digest.update(scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use teachback_core::time::EventTime;

    fn hints(received: i64) -> Hints<'static> {
        Hints { source: "lrs", provider: None, learner_space: None, naive_offset_minutes: 0, received: EventTime(received) }
    }
    fn id(json: &str, writer: Writer, received: i64) -> String {
        let statement = serde_json::from_str(json).expect("a statement");
        event_id(&statement, 0, &Message::new(json.as_bytes()), writer, &hints(received)).expect("readable")
    }

    #[test]
    fn a_uuid_is_the_id_and_anything_else_is_not_trusted() {
        assert_eq!(id(r#"{"id":"AA97B177-9383-4934-8543-0F91A7A02836"}"#, Writer::Other, 1), "aa97b177-9383-4934-8543-0f91a7a02836");
        assert!(id(r#"{"id":"1"}"#, Writer::Other, 1).starts_with("sha256:"));
    }

    #[test]
    fn the_object_is_in_the_id_of_open_edx() {
        let of = |object: &str| id(&format!(r#"{{"id":"aa97b177-9383-5934-8543-0f91a7a02836","object":{{"id":"{object}"}}}}"#), Writer::OpenEdx, 1);
        assert_ne!(of("a"), of("b"));
        assert_eq!(of("a"), of("a"));
        assert!(of("a").starts_with("aa97b177-9383-5934-8543-0f91a7a02836#"));
    }

    #[test]
    fn without_an_id_the_same_statement_has_the_same_one_in_any_key_order() {
        let plain = id(r#"{"verb":{"id":"v"},"timestamp":"t","object":{"id":"o"}}"#, Writer::Other, 1);
        assert_eq!(plain, id(r#"{"object":{"id":"o"},"stored":"s","timestamp":"t","verb":{"id":"v"},"version":"1.0.0"}"#, Writer::Other, 2));
        assert_ne!(plain, id(r#"{"verb":{"id":"v"},"timestamp":"t","object":{"id":"p"}}"#, Writer::Other, 1));
        let too_deep = format!(r#"{{"attachments":{}{}}}"#, "[".repeat(200), "]".repeat(200));
        let statement = serde_json::from_str(&too_deep).expect("a statement");
        assert!(event_id(&statement, 0, &Message::new(too_deep.as_bytes()), Writer::Other, &hints(1)).is_err());
        assert_ne!(id(r#"{"stored":"s"}"#, Writer::Other, 1), id(r#"{"stored":"t"}"#, Writer::Other, 1));
        assert_ne!(id(r#"{"verb":{"id":"v"}}"#, Writer::Other, 1), id(r#"{"verb":{"id":"v"}}"#, Writer::Other, 2));
    }
}
