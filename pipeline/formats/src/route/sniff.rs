//! Which format a message has, told from the names of its outermost members; no value is looked at.
//!
//! | members | format |
//! |---|---|
//! | header `ce_specversion`, or `specversion` | canonical |
//! | `actor` and `verb`; an array, of which the first element counts | xAPI |
//! | `event_type` or `name`, with `context`, `event`, `data` or `event_source`; behind a syslog prefix, too | Open edX |

use super::Format;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;
use teachback_core::event::decode::Header;
use teachback_core::limits::MESSAGE_BYTES_MAX;

/// The format of a message; `None` when it looks like none of them.
#[must_use]
pub fn sniff(headers: &[Header<'_>], body: &[u8]) -> Option<Format> {
    if headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("ce_specversion")) {
        return Some(Format::Canonical);
    }
    if body.len() > MESSAGE_BYTES_MAX {
        return None;
    }
    let text = std::str::from_utf8(body).ok()?;
    let members = Members::of(text.trim_start());
    members.format().or_else(|| {
        // A tracking log line may stand behind a prefix that syslog put there.
        let behind_prefix = Members::of(&text[text.find('{')?..]);
        behind_prefix.format().filter(|format| *format == Format::OpenEdx)
    })
}

/// The outermost members that tell formats apart, as far as they could be read.
#[derive(Debug, Default)]
struct Members {
    specversion: bool,
    actor: bool,
    verb: bool,
    tracking_name: bool,
    tracking_body: bool,
}

impl Members {
    fn of(text: &str) -> Self {
        let mut members = Self::default();
        // Damage behind what was read is for the format to refuse, with its place.
        let _read_to_the_end = serde_json::Deserializer::from_str(text).deserialize_any(Sniffer { members: &mut members, nested: false }).is_ok();
        members
    }

    fn format(&self) -> Option<Format> {
        if self.specversion {
            Some(Format::Canonical)
        } else if self.actor && self.verb {
            Some(Format::Xapi)
        } else if self.tracking_name && self.tracking_body {
            Some(Format::OpenEdx)
        } else {
            None
        }
    }

    fn note(&mut self, name: &str) {
        match name {
            "specversion" => self.specversion = true,
            "actor" => self.actor = true,
            "verb" => self.verb = true,
            "event_type" | "name" => self.tracking_name = true,
            "context" | "event" | "data" | "event_source" => self.tracking_body = true,
            _ => {}
        }
    }
}

struct Sniffer<'m> {
    members: &'m mut Members,
    nested: bool,
}

/// Ends the reading; what is known by then is in the members.
const KNOWN: &str = "known";

impl<'de> Visitor<'de> for Sniffer<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object or an array of them")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            self.members.note(&name);
            // `specversion` and xAPI's pair decide at once; `name` and `context` may still be followed by them.
            if matches!(self.members.format(), Some(Format::Canonical | Format::Xapi)) {
                return Err(A::Error::custom(KNOWN));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        if !self.nested {
            seq.next_element_seed(First(self.members))?;
        }
        Err(A::Error::custom(KNOWN))
    }
}

/// The first element of an array; deeper arrays are not looked into.
struct First<'m>(&'m mut Members);

impl<'de> serde::de::DeserializeSeed<'de> for First<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(Sniffer { members: self.0, nested: true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_is_told_by_its_members() {
        for (body, format) in [
            (r#"{"specversion":"1.0","id":"e"}"#, Some(Format::Canonical)),
            (r#"{"id":"x","actor":{},"verb":{"id":"v"},"object":{},"context":{}}"#, Some(Format::Xapi)),
            (r#" [{"verb":{},"actor":{}}, 7]"#, Some(Format::Xapi)),
            (r#"{"name":"play_video","context":{},"event":"{}"}"#, Some(Format::OpenEdx)),
            (r#"{"event_type":"play_video","event_source":"browser"}"#, Some(Format::OpenEdx)),
            (r#"Aug 20 10:00:00 host [tracking][user 7] {"event_type":"x","event":{}}"#, Some(Format::OpenEdx)),
            (r#"{"verb":{},"actor":{},"broken"#, Some(Format::Xapi)),
            (r#"[[{"verb":{},"actor":{}}]]"#, None),
            (r#"{"name":"a cat"}"#, None),
            ("[]", None),
            ("7", None),
            ("", None),
        ] {
            assert_eq!(sniff(&[], body.as_bytes()), format, "{body}");
        }
        assert_eq!(sniff(&[("CE_SpecVersion", b"1.0")], b"{}"), Some(Format::Canonical));
        assert_eq!(sniff(&[], b"\xff{"), None);
    }
}
