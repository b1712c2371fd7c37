//! The payload of an event and its nestings.
//!
//! Server events carry an object. Browser events carry a string that holds JSON, or an URL-encoded form; the event bus puts the
//! payload into one more string, so that a browser's object may lie three strings deep. An empty string means none. Request
//! logs cut their strings at 512 characters, which leaves no JSON.

use super::tolerant::Text;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Strings within strings that are opened.
const NESTINGS_MAX: usize = 4;

/// What lies under `event` or `data`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Payload<'a> {
    /// Nothing, `null` or an empty string.
    Absent,
    /// The text of an object; whether it is whole shows when it is read.
    Object(Cow<'a, str>),
    /// A form, a list, a number, text that is cut off before it says what it is, or a value that was not opened.
    Other(Cow<'a, str>),
}

impl<'a> Payload<'a> {
    /// Opens a JSON value down to the object in it.
    pub(super) fn of(raw: Option<&'a RawValue>) -> Self {
        raw.map_or(Self::Absent, |raw| Self::open(Cow::Borrowed(raw.get())))
    }

    /// A JSON value that nobody will read, as it stands.
    pub(super) fn unopened(raw: Option<&'a RawValue>) -> Self {
        raw.map_or(Self::Absent, |raw| Self::Other(Cow::Borrowed(raw.get())))
    }

    fn open(mut text: Cow<'a, str>) -> Self {
        for _ in 0..NESTINGS_MAX {
            match text.trim_start().as_bytes().first() {
                None => return Self::Absent,
                Some(b'{') => return Self::Object(text),
                Some(b'n') if text.trim() == "null" => return Self::Absent,
                Some(b'"') => {}
                Some(_) => return Self::Other(text),
            }
            let inner = match &text {
                Cow::Borrowed(text) => string(text),
                Cow::Owned(text) => string(text).map(|inner| Cow::Owned(inner.into_owned())),
            };
            match inner {
                Some(inner) => text = inner,
                None => return Self::Other(text),
            }
        }
        Self::Other(text)
    }

    /// The object's fields; `None` when there is no object or it is cut off.
    pub(super) fn read<'b, T: Deserialize<'b>>(&'b self) -> Option<T> {
        match self {
            Self::Object(text) => serde_json::from_str(text).ok(),
            Self::Absent | Self::Other(_) => None,
        }
    }

    /// The text by which two payloads are told apart.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Absent => "",
            Self::Object(text) | Self::Other(text) => text,
        }
    }
}

/// The content of a JSON string.
fn string(text: &str) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Text<'_>>(text).ok()?.into_inner()
}

/// The entries of a JSON object in their order, not yet read; anything but an object has none.
#[derive(Debug, Default)]
pub(super) struct Entries<'a>(pub(super) Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Entries<'a> {
    /// The value of a name.
    pub(super) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    /// The value of a name, read as an object; one without fields where it is none.
    pub(super) fn read<T: Deserialize<'a> + Default>(&self, name: &str) -> T {
        self.get(name).and_then(|value| serde_json::from_str(value.get()).ok()).unwrap_or_default()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        Ok(serde_json::Deserializer::from_str(raw.get()).deserialize_map(EntriesVisitor).unwrap_or_default())
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(name) = map.next_key::<Text<'de>>()? {
            entries.push((name.into_inner().unwrap_or_default(), map.next_value()?));
        }
        Ok(Entries(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(json: &str) -> Payload<'_> {
        Payload::of(serde_json::from_str(json).expect("JSON"))
    }

    #[test]
    fn an_object_is_found_at_every_nesting() {
        let object = r#"{"id":"a\"b"}"#;
        let mut json = object.to_owned();
        for strings in 0..4 {
            assert_eq!(payload(&json), Payload::Object(object.into()), "{strings} strings deep");
            json = serde_json::to_string(&json).expect("a string");
        }
    }

    #[test]
    fn what_is_no_object_is_absent_or_other() {
        for json in ["null", r#""""#, r#""null""#, r#""\"\"""#] {
            assert_eq!(payload(json), Payload::Absent, "{json}");
        }
        for json in [r#""input_1=a&input_2=b""#, r#""\"cut off""#, "[1]", "7", r#""[\"a\"]""#] {
            assert!(matches!(payload(json), Payload::Other(_)), "{json}");
        }
        assert_eq!(payload(r#""{\"cut\": ""#).read::<Cut<'_>>().map(|cut| cut.all.0.len()), None);
    }

    #[derive(serde::Deserialize)]
    struct Cut<'a> {
        #[serde(borrow, default)]
        all: Entries<'a>,
    }

    #[test]
    fn entries_keep_their_order_and_other_values_have_none() {
        let payload = payload(r#"{"all":{"b":"1","a":2,"":{}}}"#);
        let cut: Cut<'_> = payload.read().expect("an object");
        let names: Vec<_> = cut.all.0.iter().map(|(name, value)| (&**name, value.get())).collect();
        assert_eq!(names, [("b", "\"1\""), ("a", "2"), ("", "{}")]);
        for json in [r#"{"all":[1]}"#, r#"{"all":null}"#, r#"{"all":""}"#, "{}"] {
            assert_eq!(serde_json::from_str::<Cut<'_>>(json).expect("an object").all.0.len(), 0, "{json}");
        }
    }
}
