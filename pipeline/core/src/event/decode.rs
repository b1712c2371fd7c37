//! Bytes to [`Event`]: structured JSON mode, and binary mode with `ce_*` headers.
//!
//! Decoding checks form only (UTF-8, JSON, depth, sizes, types of known fields); what a type requires is checked by
//! [`super::validate`]. No input makes it panic, and no value of the message ends up in a refusal's text.

use super::catalogue::EventType;
use super::fields::{Data, DataSeed, OptionalText, Skip, TOO_DEEP, TOO_LONG, within_limit};
use super::plain::{self, Plain};
use super::{Event, Kind};
use crate::limits::{MESSAGE_BYTES_MAX, STRING_BYTES_MAX};
use crate::refusal::{Reason, Refusal};
use crate::time::EventTime;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// One header of a message.
pub type Header<'a> = (&'a str, &'a [u8]);

/// The headers of a message, fetched from the log only where its body does not say everything.
#[derive(Clone, Copy)]
pub struct Headers<'a>(&'a dyn Fn() -> Vec<Header<'a>>);

impl<'a> Headers<'a> {
    /// The headers that `fetch` gives, the same at each call.
    pub fn new(fetch: &'a dyn Fn() -> Vec<Header<'a>>) -> Self {
        Self(fetch)
    }

    /// Of a message that has none.
    #[must_use]
    pub fn none() -> Self {
        Self(&Vec::new)
    }

    /// Fetches them.
    #[must_use]
    pub fn fetch(self) -> Vec<Header<'a>> {
        (self.0)()
    }
}

impl fmt::Debug for Headers<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Headers")
    }
}

/// Decodes a message of either mode: structured when its body has all attributes of an event, binary when else it carries a
/// `ce_specversion` header.
///
/// # Errors
/// A [`Refusal`] that names the reason and the place.
pub fn decode<'a>(headers: &[Header<'a>], body: &'a [u8]) -> Result<Event<'a>, Refusal> {
    decode_with(|| headers.to_vec(), body)
}

/// Decodes a message whose headers are fetched only if they are needed: nearly all messages are structured.
///
/// # Errors
/// As [`decode`].
pub fn decode_with<'a>(headers: impl FnOnce() -> Vec<Header<'a>>, body: &'a [u8]) -> Result<Event<'a>, Refusal> {
    if body.len() > MESSAGE_BYTES_MAX {
        return Err(Refusal::new(Reason::TooLarge, format!("{} bytes", body.len())));
    }
    let text = utf8(body);
    let plain = match text.as_ref().ok().and_then(|text| plain::scan(text)).map(Envelope::from) {
        Some(envelope) if envelope.is_whole() => return envelope.into_event(),
        incomplete => incomplete,
    };
    let headers = headers();
    if headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("ce_specversion")) {
        let structured = if plain.is_none() { text.ok().and_then(|text| parse(text).ok()).filter(Envelope::is_whole) } else { None };
        return structured.map_or_else(|| decode_binary(&headers, body), Envelope::into_event);
    }
    if body.is_empty() {
        return Err(Refusal::new(Reason::EmptyMessage, "message"));
    }
    match plain {
        Some(envelope) => envelope.into_event(),
        None => parse(text?)?.into_event(),
    }
}

/// Reads a structured CloudEvent with the general parser.
fn parse(text: &str) -> Result<Envelope<'_>, Refusal> {
    let mut parser = serde_json::Deserializer::from_str(text);
    let mut envelope = Envelope::default();
    let read = parser.deserialize_map(EnvelopeVisitor(&mut envelope)).and_then(|()| parser.end());
    read.map_err(|error| explain(&error, text))?;
    Ok(envelope)
}

/// The bytes as text, checked once, so that the parser need not check each string.
fn utf8(body: &[u8]) -> Result<&str, Refusal> {
    std::str::from_utf8(body).map_err(|error| Refusal::new(Reason::BadUtf8, format!("byte {}", error.valid_up_to())))
}

fn decode_binary<'a>(headers: &[Header<'a>], body: &'a [u8]) -> Result<Event<'a>, Refusal> {
    let mut envelope = Envelope::default();
    for (name, value) in headers {
        let Some(attribute) = name.get(..3).filter(|prefix| prefix.eq_ignore_ascii_case("ce_")).and_then(|_| name.get(3..)) else {
            continue;
        };
        let text = std::str::from_utf8(value).map_err(|_| Refusal::new(Reason::BadUtf8, format!("header ce_{attribute}")))?;
        if text.len() > STRING_BYTES_MAX {
            return Err(Refusal::new(Reason::StringTooLong, "header"));
        }
        if let Some(attribute) = Attribute::from_name(&attribute.to_ascii_lowercase()) {
            envelope.set(attribute, Some(Cow::Borrowed(text)));
        }
    }
    if !body.is_empty() {
        let text = utf8(body)?;
        let mut parser = serde_json::Deserializer::from_str(text);
        let data = DataSeed.deserialize(&mut parser).and_then(|data| parser.end().map(|()| data));
        envelope.data = data.map_err(|error| explain(&error, text))?;
    }
    envelope.into_event()
}

#[derive(Default)]
struct Envelope<'a> {
    specversion: Option<Cow<'a, str>>,
    id: Option<Cow<'a, str>>,
    source: Option<Cow<'a, str>>,
    type_name: Option<Cow<'a, str>>,
    time: Option<Cow<'a, str>>,
    subject: Option<Cow<'a, str>>,
    data: (Box<Data<'a>>, u32),
}

impl<'a> From<Plain<'a>> for Envelope<'a> {
    fn from(plain: Plain<'a>) -> Self {
        let Plain { specversion, id, source, type_name, time, subject, data, unknown_fields } = plain;
        let [specversion, id, source, type_name, time, subject] = [specversion, id, source, type_name, time, subject].map(|text| text.map(Cow::Borrowed));
        Self { specversion, id, source, type_name, time, subject, data: (data, unknown_fields) }
    }
}

/// A context attribute that is read.
#[derive(Clone, Copy)]
enum Attribute {
    SpecVersion,
    Id,
    Source,
    Type,
    Time,
    Subject,
}

impl Attribute {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "specversion" => Self::SpecVersion,
            "id" => Self::Id,
            "source" => Self::Source,
            "type" => Self::Type,
            "time" => Self::Time,
            "subject" => Self::Subject,
            _ => return None,
        })
    }
}

impl<'a> Envelope<'a> {
    /// Whether it has every attribute that an event needs.
    fn is_whole(&self) -> bool {
        [&self.specversion, &self.id, &self.source, &self.type_name, &self.time, &self.subject].iter().all(|attribute| attribute.is_some())
    }

    fn set(&mut self, attribute: Attribute, value: Option<Cow<'a, str>>) {
        let place = match attribute {
            Attribute::SpecVersion => &mut self.specversion,
            Attribute::Id => &mut self.id,
            Attribute::Source => &mut self.source,
            Attribute::Type => &mut self.type_name,
            Attribute::Time => &mut self.time,
            Attribute::Subject => &mut self.subject,
        };
        *place = value;
    }

    fn into_event(self) -> Result<Event<'a>, Refusal> {
        match self.specversion.as_deref() {
            Some("1.0") => {}
            Some(_) | None => return Err(Refusal::new(Reason::NotCloudEvent, "specversion")),
        }
        let missing = |name: &str| Refusal::new(Reason::MissingField, name);
        let type_name = self.type_name.ok_or_else(|| missing("type"))?;
        let time = self.time.ok_or_else(|| missing("time"))?;
        Ok(Event {
            id: self.id.ok_or_else(|| missing("id"))?,
            source: self.source.ok_or_else(|| missing("source"))?,
            kind: EventType::from_name(&type_name).map_or(Kind::Unknown(type_name), Kind::Known),
            time: EventTime::parse(&time).ok_or_else(|| Refusal::new(Reason::BadTime, "time"))?,
            subject: self.subject.ok_or_else(|| missing("subject"))?,
            data: self.data.0,
            unknown_fields: self.data.1,
        })
    }
}

/// A member of a structured CloudEvent.
enum Member {
    Data,
    Attribute(Attribute),
    Other,
}

struct MemberName;

impl<'de> DeserializeSeed<'de> for MemberName {
    type Value = Member;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Member, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for MemberName {
    type Value = Member;
    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the name of an attribute")
    }
    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Member, E> {
        within_limit(name)?;
        Ok(if name == "data" { Member::Data } else { Attribute::from_name(name).map_or(Member::Other, Member::Attribute) })
    }
}

struct EnvelopeVisitor<'a, 'de>(&'a mut Envelope<'de>);

impl<'de> Visitor<'de> for EnvelopeVisitor<'_, 'de> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a CloudEvent object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(member) = map.next_key_seed(MemberName)? {
            match member {
                Member::Data => self.0.data = map.next_value_seed(DataSeed)?,
                Member::Attribute(attribute) => self.0.set(attribute, map.next_value_seed(OptionalText)?),
                Member::Other => map.next_value_seed(Skip { depth: 1 })?,
            }
        }
        Ok(())
    }
}

/// Turns a parser's error into a reason; only the place is kept of its text.
fn explain(error: &serde_json::Error, body: &str) -> Refusal {
    let said = error.to_string();
    let place = format!("line {} column {}", error.line(), error.column());
    let reason = if said.starts_with(TOO_LONG) {
        Reason::StringTooLong
    } else if said.starts_with(TOO_DEEP) || said.starts_with("recursion limit") {
        Reason::TooDeep
    } else if error.is_data() && body.trim_ascii_start().starts_with('{') {
        Reason::WrongType
    } else {
        Reason::BadJson
    };
    Refusal::new(reason, place)
}

#[cfg(test)]
mod tests {
    use super::super::fields::Field;
    use super::*;
    use proptest::prelude::*;

    const PLAYED: &str = r#"{"specversion":"1.0","id":"e1","source":"lms","type":"learning.content.played.v1","time":"2026-01-05T08:00:00Z","subject":"C1","data":{"learner":"ann","content":"v1","position_s":1.5,"x_note":[1,{"a":2}]}}"#;

    fn reason(body: &[u8]) -> Reason {
        decode(&[], body).expect_err("must be refused").reason
    }

    #[test]
    fn structured_mode_borrows_and_counts_unknown_fields() {
        let event = decode(&[], PLAYED.as_bytes()).expect("good event");
        assert_eq!(event.kind, Kind::Known(EventType::ContentPlayed));
        assert_eq!(event.data.position_s, Some(1.5));
        assert_eq!(event.unknown_fields, 1);
        assert!(matches!(event.id, Cow::Borrowed("e1")));
    }

    #[test]
    fn binary_mode_gives_the_same_event() {
        let structured = decode(&[], PLAYED.as_bytes()).expect("good event");
        let headers: Vec<Header<'_>> = vec![
            ("ce_specversion", b"1.0"),
            ("ce_id", b"e1"),
            ("ce_source", b"lms"),
            ("ce_type", b"learning.content.played.v1"),
            ("ce_time", b"2026-01-05T08:00:00Z"),
            ("ce_subject", b"C1"),
        ];
        let body = br#"{"learner":"ann","content":"v1","position_s":1.5,"x_note":[1,{"a":2}]}"#;
        assert_eq!(decode(&headers, body).expect("good event"), structured);
    }

    #[test]
    fn a_body_that_says_everything_needs_no_headers() {
        let unasked = || panic!("nobody needs them");
        assert!(decode_with(unasked, PLAYED.replace("[1,{\"a\":2}]", "1").as_bytes()).is_ok());
        // The nested value is for the general parser; it must say the same.
        let headers: [Header<'_>; 2] = [("ce_specversion", b"1.0"), ("ce_id", b"another")];
        for body in [PLAYED.to_owned(), PLAYED.replace("[1,{\"a\":2}]", "1")] {
            assert_eq!(decode(&headers, body.as_bytes()), decode(&[], body.as_bytes()), "{body}");
        }
        // What lacks an attribute is the data of an event in binary mode.
        let refused = decode(&headers, PLAYED.replace("\"id\":\"e1\",", "").as_bytes()).expect_err("has no source");
        assert_eq!(refused, Refusal::new(Reason::MissingField, "type"));
    }

    #[test]
    fn garbage_is_refused_with_its_reason() {
        assert_eq!(reason(b""), Reason::EmptyMessage);
        assert_eq!(reason(b"{nonsense"), Reason::BadJson);
        assert_eq!(reason(b"[1,2]"), Reason::BadJson);
        assert_eq!(reason(b"{\"id\":\"\xff\"}"), Reason::BadUtf8);
        assert_eq!(reason(&vec![b' '; MESSAGE_BYTES_MAX + 1]), Reason::TooLarge);
        assert_eq!(reason(PLAYED.replace("1.5", "\"far\"").as_bytes()), Reason::WrongType);
        assert_eq!(reason(PLAYED.replace("\"1.0\"", "\"0.3\"").as_bytes()), Reason::NotCloudEvent);
        assert_eq!(reason(PLAYED.replace("2026-01-05T08:00:00Z", "yesterday").as_bytes()), Reason::BadTime);
        assert_eq!(reason(PLAYED.replace("\"subject\":\"C1\",", "").as_bytes()), Reason::MissingField);
        assert_eq!(reason(PLAYED.replace("ann", &"a".repeat(STRING_BYTES_MAX + 1)).as_bytes()), Reason::StringTooLong);
        for depth in [40, 10_000] {
            let deep = "[".repeat(depth) + &"]".repeat(depth);
            assert_eq!(reason(PLAYED.replace("[1,{\"a\":2}]", &deep).as_bytes()), Reason::TooDeep);
        }
    }

    /// A JSON value as a generator of events might write it: plain, escaped, nested, or broken.
    fn value() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-z0-9 .:é/-]{0,12}".prop_map(|text| format!("\"{text}\"")),
            "-?[0-9]{1,18}(\\.[0-9]{0,18})?([eE][+-]?[0-9]{1,2})?",
            any::<f64>().prop_map(|number| number.to_string()),
            (0_u64..1 << 60).prop_map(|number| number.to_string()),
            Just("null".to_owned()),
            Just("true".to_owned()),
            Just("falsely".to_owned()),
            Just(r#""\u00e9\n""#.to_owned()),
            Just("[1]".to_owned()),
            Just("{}".to_owned()),
            Just("01".to_owned()),
            Just("-0".to_owned()),
            Just("\"a\u{1}b\"".to_owned()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn the_scanner_reads_as_the_parser_does(
            fields in proptest::collection::vec((0..Field::ALL.len() + 2, value()), 0..6),
            envelope in proptest::collection::vec((0_usize..8, value()), 0..4),
            space in "[ \n\t]{0,2}",
            cut in 0_usize..400,
        ) {
            let name = |place: usize| Field::ALL.get(place).map_or("x_other", |field| field.name());
            let fields: Vec<String> = fields.iter().map(|(place, value)| format!("{space}\"{}\":{space}{value}", name(*place))).collect();
            let names = ["id", "source", "type", "time", "subject", "specversion", "note", "data"];
            let envelope: Vec<String> = envelope.iter().map(|(place, value)| format!(",\"{}\":{value}", names[*place])).collect();
            let whole = PLAYED.split("\"data\"").next().expect("a head").to_owned() + &format!("\"data\":{{{}}}{}}}{space}", fields.join(","), envelope.concat());
            let ends: Vec<&str> = [whole.get(..cut), Some(&whole)].into_iter().flatten().collect();
            for text in ends {
                let scanned = plain::scan(text).map(|plain| Envelope::from(plain).into_event());
                if let Some(scanned) = scanned {
                    prop_assert_eq!(scanned, parse(text).and_then(Envelope::into_event), "{}", text);
                }
            }
        }
    }

    #[test]
    fn a_common_event_is_plain() {
        assert!(plain::scan(&PLAYED.replace("[1,{\"a\":2}]", "1")).is_some());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _refused_or_not = decode(&[], &body).is_ok();
        }

        #[test]
        fn no_damage_to_an_event_makes_it_panic(at in 0..PLAYED.len(), byte in any::<u8>()) {
            let mut body = PLAYED.as_bytes().to_vec();
            body[at] = byte;
            let _refused_or_not = decode(&[], &body).is_ok();
        }
    }
}
