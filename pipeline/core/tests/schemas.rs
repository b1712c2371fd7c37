//! Holds the Rust types against the files in `schemas/`: every example is judged by its schema and by the decoder, and
//! they agree; so do they on thousands of small changes to the examples.

#[path = "schemas/feedback.rs"]
mod feedback;
#[path = "schemas/fixtures.rs"]
mod fixtures;

use fixtures::{Accepted, Rejected, accepted, folder, keyed, object, read_folder, read_json, rejected, schema_of, validator};
use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use teachback_core::event::decode::{Header, decode};
use teachback_core::event::encode::encode;
use teachback_core::event::fields::Field;
use teachback_core::event::validate::{Arrival, Key, ValidEvent, validate};
use teachback_core::event::{Event, EventType, Kind};
use teachback_core::limits::MESSAGE_BYTES_MAX;
use teachback_core::refusal::{Reason, Refusal};
use teachback_core::time::EventTime;

/// Examples are judged as if the log had received them at this time.
const NOT_AFTER: &str = "2026-12-31T00:00:00Z";

fn judge<'a>(headers: &[Header<'a>], body: &'a [u8], key: Key<'_>) -> Result<ValidEvent<'a>, Refusal> {
    let not_after = EventTime::parse(NOT_AFTER).expect("a time");
    validate(decode(headers, body)?, &Arrival { not_after, key })
}

fn judge_accepted(example: &Accepted) -> Result<ValidEvent<'_>, Refusal> {
    let headers: Vec<Header<'_>> = example.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    judge(&headers, &example.body, Key::None)
}

#[test]
fn every_type_has_a_schema_and_an_accepted_example() {
    let with_schema: BTreeSet<String> =
        read_folder("events/v1").into_iter().filter_map(|path| Some(path.file_name()?.to_str()?.strip_suffix(".schema.json")?.to_owned())).collect();
    let with_example: BTreeSet<String> = accepted().into_iter().map(|example| example.type_name().to_owned()).collect();
    let catalogue: BTreeSet<String> = EventType::ALL.iter().map(|event_type| event_type.name().to_owned()).collect();
    assert_eq!(with_schema, catalogue);
    assert_eq!(catalogue.difference(&with_example).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn the_description_of_the_topics_names_every_type_once() {
    let text = std::fs::read_to_string(folder("asyncapi.yaml")).expect("readable");
    for event_type in EventType::ALL {
        assert_eq!(text.matches(&format!("./events/v1/{}.schema.json", event_type.name())).count(), 1, "{}", event_type.name());
    }
}

#[test]
fn the_description_of_the_topics_names_signals_and_answers() {
    let text = std::fs::read_to_string(folder("asyncapi.yaml")).expect("readable");
    for schema in ["./signals/v1/signal.schema.json", "./signals/v1/feedback.schema.json"] {
        assert_eq!(text.matches(schema).count(), 1, "{schema}");
    }
}

#[test]
fn every_reason_one_message_can_show_has_a_rejected_example() {
    let shown: BTreeSet<Reason> = rejected().iter().map(|example| example.reason).collect();
    for reason in Reason::ALL {
        let shown_elsewhere = match reason {
            Reason::TooLarge | Reason::WrongPartition => true,
            Reason::EmptyMessage
            | Reason::BadUtf8
            | Reason::BadJson
            | Reason::TooDeep
            | Reason::StringTooLong
            | Reason::WrongType
            | Reason::NotCloudEvent
            | Reason::MissingField
            | Reason::BadIdentifier
            | Reason::BadValue
            | Reason::BadTime
            | Reason::ClockWild
            | Reason::NotKeyedByCourse => false,
        };
        assert_eq!(shown.contains(reason), !shown_elsewhere, "{reason}");
    }
}

#[test]
fn accepted_examples_are_accepted_by_schema_and_decoder() {
    let mut types = BTreeMap::new();
    for example in accepted() {
        let event = judge_accepted(&example).unwrap_or_else(|refusal| panic!("{}: {refusal}", example.name));
        assert_eq!(event.kind.name(), example.type_name(), "{}", example.name);
        match event.kind {
            Kind::Known(event_type) => {
                assert!(example.name.starts_with(event_type.name()), "{} is named by its type", example.name);
                let schema = types.entry(event_type.name()).or_insert_with(|| schema_of(event_type.name()));
                assert_valid(schema, &example.structured, &example.name);
            }
            Kind::Unknown(_) => assert!(example.name.starts_with("unknown_"), "{}", example.name),
        }
    }
}

#[test]
fn both_modes_are_among_the_accepted_examples() {
    assert!(accepted().iter().any(|example| !example.headers.is_empty()));
    assert!(accepted().iter().any(|example| example.headers.is_empty()));
}

#[test]
fn encoding_an_accepted_example_again_keeps_what_it_says() {
    for example in accepted() {
        let event = Event::clone(&judge_accepted(&example).expect("accepted"));
        let json = encode(&event).expect("finite numbers");
        let again = decode(&[], json.as_bytes()).expect("what we write we read");
        assert_eq!(again, Event { unknown_fields: 0, ..event }, "{}", example.name);
        let written: Value = serde_json::from_str(&json).expect("json");
        assert_eq!(known_data(&written), known_data(&example.structured), "{}", example.name);
    }
}

#[test]
fn rejected_examples_are_refused_for_their_reason() {
    for example in rejected() {
        let refusal = judge(&[], &example.body, keyed(&example.key)).expect_err(&example.name);
        assert_eq!(refusal.reason, example.reason, "{}: {refusal}", example.name);
        assert!(example.name.starts_with(example.reason.code()), "{} is named by its reason", example.name);
        assert!(example.why.ends_with('.'), "{} says why in a sentence", example.name);
    }
}

#[test]
fn a_rejected_example_names_the_place_and_never_the_value() {
    for example in rejected() {
        let refusal = judge(&[], &example.body, keyed(&example.key)).expect_err(&example.name);
        assert!(!refusal.place.is_empty(), "{}", example.name);
        for value in ["u-20981", "passwd", "maybe", "yesterday", "12.5", "wk2"] {
            assert!(!refusal.place.contains(value), "{}: {refusal}", example.name);
        }
    }
}

#[test]
fn the_schema_refuses_rejected_examples_as_far_as_it_can_tell() {
    for Rejected { name, body, schema_accepts, .. } in rejected() {
        let Ok(message) = serde_json::from_slice::<Value>(&body) else {
            assert!(!schema_accepts, "{name} is no JSON");
            continue;
        };
        let type_name = message.get("type").and_then(Value::as_str).unwrap_or(EventType::ItemAnswered.name());
        assert_eq!(schema_of(type_name).is_valid(&message), schema_accepts, "{name}");
    }
}

#[test]
fn a_message_over_the_limit_is_too_large() {
    let body = vec![b' '; MESSAGE_BYTES_MAX + 1];
    assert_eq!(judge(&[], &body, Key::None).expect_err("too large").reason, Reason::TooLarge);
}

/// What a field may be changed to: each JSON type, each bound and its neighbour, names that are not safe.
fn probes() -> Vec<Value> {
    let numbers = [json!(-1), json!(-0.5), json!(0), json!(0.5), json!(7), json!(8), json!(36_000), json!(36_000.5), json!(1_000_000), json!(1_000_001)];
    let whole = [json!(u32::MAX), json!(u64::from(u32::MAX) + 1), json!(u64::MAX), json!(1e300)];
    let texts = ["", "x", "..", "...", "../x", "x/../y", "x\\..\\y", "x/..", "a\u{0}b", "a\nb", "a\u{7f}b", "a\u{85}b", "ä ö", "2026-03-10T20:45:01Z"];
    let times = ["2026-03-10T20:45:01+01:00", "2026-03-10T20:45:01.123456789Z", "2026-03-10T20:45:01", "2026-13-10T20:45:01Z", "2026-03-10"];
    let long = ["s".repeat(1024), "s".repeat(1025), "s".repeat(65_536), "s".repeat(65_537)];
    let shapes = [json!(null), json!(true), json!([]), json!({}), json!([1]), json!([{"module": "m"}]), json!([{"title": "m"}]), json!("1.0")];
    let outlines = [
        json!([{"module": "m", "title": null, "due": null, "contents": [], "assessments": []}]),
        json!([{"module": 1}]),
        json!([{"module": "m", "contents": null}]),
        json!([{"module": "m", "contents": [{"content": "c", "length_s": 1.5, "words": 9, "linked_items": ["i"], "x_other": 1}]}]),
        json!([{"module": "m", "contents": [{"content": "c", "length_s": "1.5"}]}]),
        json!([{"module": "m", "contents": [{"content": "c", "words": -1}]}]),
        json!([{"module": "m", "contents": [{"content": "c", "words": 0.5}]}]),
        json!([{"module": "m", "contents": [{"content": "c", "linked_items": [null]}]}]),
        json!([{"module": "m", "contents": [{"title": "c"}]}]),
        json!([{"module": "m", "assessments": [{"assessment": "q", "items": [{"item": "i", "options": [{"option": "a", "text": null}], "key": "a", "max_score": 1}]}]}]),
        json!([{"module": "m", "assessments": [{"items": []}]}]),
        json!([{"module": "m", "assessments": [{"assessment": "q", "items": [{"key": "a"}]}]}]),
        json!([{"module": "m", "assessments": [{"assessment": "q", "items": [{"item": "i", "options": ["a"]}]}]}]),
        json!([{"module": "m", "assessments": [{"assessment": "q", "items": [{"item": "i", "key": ["a"]}]}]}]),
    ];
    let words = Field::ALL.iter().filter_map(|field| field.allowed()).flatten().map(|word| json!(word));
    let texts = texts.into_iter().chain(times).map(|text| json!(text)).chain(long.into_iter().map(Value::from));
    numbers.into_iter().chain(whole).chain(texts).chain(shapes).chain(outlines).chain(words).collect()
}

/// The drift test: on every example, each field of envelope and data is removed or changed to each probe, one at a
/// time, and schema and decoder must give the same verdict.
#[test]
fn schema_and_decoder_agree_on_every_small_change() {
    let probes: Vec<Option<Value>> = std::iter::once(None).chain(probes().into_iter().map(Some)).collect();
    let envelope = ["specversion", "id", "source", "time", "subject", "data", "datacontenttype", "x_other"];
    for event_type in EventType::ALL {
        let schema = schema_of(event_type.name());
        let Some(example) = accepted().into_iter().find(|example| example.type_name() == event_type.name()) else { continue };
        let data = Field::ALL.iter().map(|field| field.name()).chain(["x_other"]).map(|name| ("/data", name));
        for (pointer, name) in envelope.iter().map(|name| ("", *name)).chain(data) {
            for probe in &probes {
                let mut changed = example.structured.clone();
                let Some(place) = changed.pointer_mut(pointer).and_then(Value::as_object_mut) else { continue };
                match probe {
                    Some(value) => place.insert(name.to_owned(), value.clone()),
                    None => place.remove(name),
                };
                let verdict = judge(&[], changed.to_string().as_bytes(), Key::None).map(|_| ());
                let (by_schema, by_decoder) = (schema.is_valid(&changed), verdict.is_ok());
                // Only the decoder looks into unknown fields, and only for depth and length.
                let unknown_text = name.starts_with("x_") || name == "datacontenttype";
                if unknown_text && verdict.as_ref().is_err_and(|refusal| refusal.reason == Reason::StringTooLong) {
                    continue;
                }
                let shown: String = format!("{probe:?}").chars().take(60).collect();
                assert_eq!(by_schema, by_decoder, "{} {pointer}/{name} = {shown}: decoder says {verdict:?}", event_type.name());
            }
        }
    }
}

#[test]
fn every_schema_is_a_schema() {
    for path in read_folder("events/v1").into_iter().chain(read_folder("signals/v1")).filter(|path| path.to_string_lossy().ends_with(".schema.json")) {
        let schema = read_json(&path);
        assert!(jsonschema::meta::is_valid(&schema), "{}", path.display());
        for keyword in ["$schema", "$id", "title", "description"] {
            assert!(object(&schema).contains_key(keyword), "{} has {keyword}", path.display());
        }
    }
}

#[test]
fn accepted_signals_match_their_schema() {
    let schema = validator(&folder("signals/v1/signal.schema.json"));
    let mut said = BTreeSet::new();
    for path in read_folder("signals/v1/accepted") {
        let signal = read_json(&path);
        assert_valid(&schema, &signal, &path.display().to_string());
        assert!(said.insert(signal["id"].to_string()), "{}: the id of another signal", path.display());
    }
    assert!(!said.is_empty());
}

#[test]
fn a_signal_without_evidence_is_refused_by_its_schema() {
    let schema = validator(&folder("signals/v1/signal.schema.json"));
    for path in read_folder("signals/v1/accepted") {
        let signal = read_json(&path);
        for field in
            ["n_learners", "estimate", "estimate_lo", "estimate_hi", "baseline", "rule_version", "content_version", "data_health", "explanation", "action"]
        {
            let mut bare = signal.clone();
            bare["data"].as_object_mut().expect("an object").remove(field);
            assert!(!schema.is_valid(&bare), "{} without {field}", path.display());
        }
    }
}

fn assert_valid(schema: &Validator, instance: &Value, name: &str) {
    let faults: Vec<String> = schema.iter_errors(instance).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(faults, Vec::<String>::new(), "{name}");
}

/// The data fields of the catalogue that say something, with numbers compared as numbers.
fn known_data(event: &Value) -> BTreeMap<&str, Value> {
    let Some(data) = event.get("data") else { return BTreeMap::new() };
    let known = Field::ALL.iter().filter_map(|field| Some((field.name(), data.get(field.name())?)));
    known.filter(|(_, value)| !value.is_null() && *value != "").map(|(name, value)| (name, value.as_f64().map_or_else(|| value.clone(), Value::from))).collect()
}
