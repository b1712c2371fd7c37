//! Reads the examples in `schemas/`; `schemas/README.md` says what they look like.

use jsonschema::Validator;
use serde_json::{Map, Value};
use std::fs;
use std::path::{Path, PathBuf};
use teachback_core::event::validate::Key;
use teachback_core::refusal::Reason;

/// An example that must be taken.
pub(crate) struct Accepted {
    /// The file's name without its ending.
    pub(crate) name: String,
    /// Kafka headers; empty in structured mode.
    pub(crate) headers: Vec<(String, String)>,
    /// The bytes of the message.
    pub(crate) body: Vec<u8>,
    /// The event in structured mode, whatever mode the example has.
    pub(crate) structured: Value,
}

impl Accepted {
    pub(crate) fn type_name(&self) -> &str {
        self.structured["type"].as_str().expect("a type")
    }
}

/// An example that must be refused.
pub(crate) struct Rejected {
    /// The file's name without its ending.
    pub(crate) name: String,
    /// The reason it must be refused for.
    pub(crate) reason: Reason,
    /// The same for people.
    pub(crate) why: String,
    /// Outer `None`: a log without keys; inner `None`: a message without one.
    pub(crate) key: Option<Option<String>>,
    /// The bytes of the message.
    pub(crate) body: Vec<u8>,
    /// Whether a JSON Schema cannot tell that the message is wrong.
    pub(crate) schema_accepts: bool,
}

/// A place below `schemas/`.
pub(crate) fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas").join(path)
}

/// The JSON files of a folder, in order of their names.
pub(crate) fn read_folder(path: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    paths.sort();
    paths
}

pub(crate) fn read_json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("an object")
}

pub(crate) fn schema_of(type_name: &str) -> Validator {
    validator(&folder(&format!("events/v1/{type_name}.schema.json")))
}

pub(crate) fn validator(path: &Path) -> Validator {
    let options = jsonschema::draft202012::options().should_validate_formats(true);
    options.build(&read_json(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn accepted() -> Vec<Accepted> {
    let read = |path: &PathBuf| {
        let file = read_json(path);
        let (headers, body, structured) = match file.get("headers") {
            None => (Vec::new(), file.to_string(), file.clone()),
            Some(headers) => {
                let headers: Vec<(String, String)> =
                    object(headers).iter().map(|(name, value)| (name.clone(), value.as_str().expect("a text").to_owned())).collect();
                (headers.clone(), file["body"].to_string(), structured(&headers, &file["body"]))
            }
        };
        Accepted { name: stem(path), headers, body: body.into_bytes(), structured }
    };
    read_folder("events/v1/accepted").iter().map(read).collect()
}

fn structured(headers: &[(String, String)], body: &Value) -> Value {
    let attributes = headers.iter().filter_map(|(name, value)| Some((name.strip_prefix("ce_")?.to_owned(), Value::from(value.as_str()))));
    Value::Object(attributes.chain([("data".to_owned(), body.clone())]).collect())
}

pub(crate) fn rejected() -> Vec<Rejected> {
    let read = |path: &PathBuf| {
        let file = read_json(path);
        let message = &file["message"];
        let body = match message.get("base64") {
            Some(text) => decode_base64(text.as_str().expect("a text")),
            None => message.to_string().into_bytes(),
        };
        let reason = file["reason"].as_str().expect("a reason");
        Rejected {
            name: stem(path),
            reason: Reason::ALL.iter().copied().find(|known| known.code() == reason).unwrap_or_else(|| panic!("{reason} is no reason")),
            why: file["why"].as_str().expect("a sentence").to_owned(),
            key: file.get("key").map(|key| key.as_str().map(str::to_owned)),
            body,
            schema_accepts: file.get("schema_accepts").is_some_and(|flag| flag == true),
        }
    };
    read_folder("events/v1/rejected").iter().map(read).collect()
}

/// How a rejected example is keyed.
pub(crate) fn keyed(key: &Option<Option<String>>) -> Key<'_> {
    match key {
        None => Key::None,
        Some(None) => Key::Missing,
        Some(Some(key)) => Key::Is(key.as_bytes()),
    }
}

pub(crate) fn stem(path: &Path) -> String {
    path.file_stem().expect("a name").to_string_lossy().into_owned()
}

pub(crate) fn decode_base64(text: &str) -> Vec<u8> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::new());
    for digit in text.chars().filter(|char| *char != '=') {
        bits = bits << 6 | DIGITS.find(digit).expect("a base64 digit") as u32;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    bytes
}
