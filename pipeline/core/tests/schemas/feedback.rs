//! Answers of course teams: examples, schema and decoder agree, also on small changes.

use crate::fixtures::{decode_base64, folder, keyed, read_folder, read_json, stem, validator};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use teachback_core::decide::{Feedback, Response, Unheard};
use teachback_core::event::validate::Key;
use teachback_core::limits::FEEDBACK_BYTES_MAX;

const SCHEMA: &str = "signals/v1/feedback.schema.json";

#[test]
fn accepted_answers_are_read_and_match_their_schema() {
    let schema = validator(&folder(SCHEMA));
    for path in read_folder("signals/v1/feedback/accepted") {
        let message = read_json(&path);
        assert!(schema.is_valid(&message), "{}", path.display());
        let provider = message["data"]["provider"].as_str().expect("a text");
        let feedback = Feedback::read(Key::Is(provider.as_bytes()), message.to_string().as_bytes()).expect("is heard");
        let response = if stem(&path).starts_with("acknowledged") { Response::Acknowledged } else { Response::Dismissed };
        assert_eq!((feedback.response, feedback.provider.as_str()), (response, provider), "{}", path.display());
        assert_eq!(feedback.signal_id, message["data"]["signal_id"], "{}", path.display());
        assert_eq!(Feedback::read(Key::None, message.to_string().as_bytes()), Ok(feedback), "a log without keys");
    }
}

#[test]
fn rejected_answers_are_not_heard_for_their_reason() {
    let schema = validator(&folder(SCHEMA));
    let mut shown = BTreeSet::new();
    for path in read_folder("signals/v1/feedback/rejected") {
        let (name, file) = (stem(&path), read_json(&path));
        let body = match file["message"].get("base64") {
            Some(text) => decode_base64(text.as_str().expect("a text")),
            None => file["message"].to_string().into_bytes(),
        };
        let key = file.get("key").map(|key| key.as_str().map(str::to_owned));
        let unheard = Feedback::read(keyed(&key), &body).expect_err(&name);
        assert_eq!(file["reason"], unheard.code(), "{name}");
        assert!(name.starts_with(unheard.code()), "{name} is named by its reason");
        assert!(file["why"].as_str().is_some_and(|why| why.ends_with('.')), "{name} says why in a sentence");
        let by_schema = serde_json::from_slice::<Value>(&body).is_ok_and(|message| schema.is_valid(&message));
        assert_eq!(by_schema, file.get("schema_accepts").is_some_and(|flag| flag == true), "{name}");
        shown.insert(unheard);
    }
    for reason in Unheard::ALL {
        let shown_elsewhere = match reason {
            // Built below; seen only beside the signal.
            Unheard::TooLarge | Unheard::OtherProvider => true,
            Unheard::BadJson
            | Unheard::BadField
            | Unheard::NotCloudEvent
            | Unheard::UnknownType
            | Unheard::BadIdentifier
            | Unheard::OtherSubject
            | Unheard::NotKeyedByProvider => false,
        };
        assert_eq!(shown.contains(&reason), !shown_elsewhere, "{reason:?}");
    }
}

#[test]
fn an_answer_over_the_limit_is_too_large() {
    assert_eq!(Feedback::read(Key::None, &vec![b' '; FEEDBACK_BYTES_MAX + 1]), Err(Unheard::TooLarge));
    assert_eq!(Feedback::read(Key::None, &vec![b' '; FEEDBACK_BYTES_MAX]), Err(Unheard::BadJson));
}

/// Each field is removed or changed to each probe, one at a time. What ties two fields together (the subject is the
/// signal, the key is the provider) a schema cannot say, so both sides are changed alike.
#[test]
fn schema_and_decoder_agree_on_every_small_change() {
    let schema = validator(&folder(SCHEMA));
    let example = read_json(&folder("signals/v1/feedback/accepted/acknowledged.json"));
    let texts = ["", "x", "../x", "a\u{0}b", "a\nb", "1.0", "teachback.feedback.dismissed.v1", "0123456789abcdef0123456789abcdef", "ä ö"];
    let long = ["s".repeat(1024), "s".repeat(1025), "a".repeat(31), "a".repeat(33)];
    let shapes = [json!(null), json!(true), json!(1), json!([]), json!({}), json!(["x"])];
    let probes = texts.map(Value::from).into_iter().chain(long.map(Value::from)).chain(shapes);
    let probes: Vec<Option<Value>> = std::iter::once(None).chain(probes.map(Some)).collect();
    let tied = ["/subject", "/data/signal_id"];
    for pointers in [&["/specversion"][..], &["/id"], &["/source"], &["/type"], &["/time"], &["/data"], &["/data/provider"], &["/x_other"], &tied] {
        for probe in &probes {
            let mut changed = example.clone();
            for (parent, name) in pointers.iter().filter_map(|pointer| pointer.rsplit_once('/')) {
                let Some(place) = changed.pointer_mut(parent).and_then(Value::as_object_mut) else { continue };
                match probe {
                    Some(value) => place.insert(name.to_owned(), value.clone()),
                    None => place.remove(name),
                };
            }
            let verdict = Feedback::read(Key::None, changed.to_string().as_bytes());
            assert_eq!(schema.is_valid(&changed), verdict.is_ok(), "{pointers:?} = {probe:?}: {verdict:?}");
        }
    }
}
