//! `schemas/events/v1/<type>.schema.json`: one JSON Schema per type of the catalogue.
//!
//! A schema says what `decode` and `validate` of the core check, as far as JSON Schema can say it. What it cannot
//! (times too early or late, the Kafka key, sizes in bytes, depth, whole numbers written as `1.0`) is listed in
//! `schemas/README.md`.

use super::Made;
use super::schema::{DIALECT, Kind, Members, Schema, number};
use crate::Failure;
use serde_json::Number;
use teachback_core::event::EventType;
use teachback_core::event::catalogue::About;
use teachback_core::event::fields::{Field, Shape};
use teachback_core::limits::{IDENTIFIER_BYTES_MAX, OUTLINE_ENTRIES_MAX, OUTLINE_MODULES_MAX, STRING_BYTES_MAX};

pub(super) const FOLDER: &str = "schemas/events/v1";
pub(super) const SUFFIX: &str = ".schema.json";

/// Identifiers hold no control characters (general category Cc).
const NO_CONTROL_CHARACTERS: &str = r"^[^\u0000-\u001F\u007F-\u009F]*$";
/// Identifiers hold no parent path.
const PARENT_PATH: &str = r"^\.\.$|\.\.[/\\]";
/// RFC 3339 with an offset.
const MOMENT: &str = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})$";

/// One file per type.
pub(super) fn schemas() -> Result<Vec<Made>, Failure> {
    EventType::ALL.iter().map(|event_type| schema_file(*event_type)).collect()
}

fn schema_file(event_type: EventType) -> Result<Made, Failure> {
    let path = format!("{FOLDER}/{}{SUFFIX}", event_type.name());
    let text = serde_json::to_string_pretty(&event(event_type)).map_err(|error| format!("{path}: {error}"))?;
    Ok(Made { path, text: text + "\n" })
}

fn event(event_type: EventType) -> Schema {
    let data = data(event_type);
    let mut required = vec!["specversion", "id", "source", "type", "time", "subject"];
    if !data.required.is_empty() {
        required.push("data");
    }
    let mut definitions = vec![("identifier", identifier()), ("optional_identifier", optional_identifier())];
    definitions.extend(outline_definitions());
    Schema {
        dialect: Some(DIALECT),
        id: Some(format!("urn:teachback:schema:event:{}", event_type.name())),
        title: Some(event_type.name().to_owned()),
        description: Some(format!("{} {}", event_type.meaning(), about(event_type.about()))),
        kind: Some(Kind::Is("object")),
        required,
        properties: Members(envelope(event_type, data)),
        additional_properties: Some(true),
        definitions: Members(definitions),
        ..Schema::default()
    }
}

fn about(about: About) -> &'static str {
    match about {
        About::Learner => "About one learner.",
        About::MaybeLearner => "About a learner, where known.",
        About::Course => "About the course or the log, not a learner.",
    }
}

fn envelope(event_type: EventType, data: Schema) -> Vec<(&'static str, Schema)> {
    let described = |text: &str| Schema { description: Some(text.to_owned()), ..Schema::default() };
    let named = |text: &str| Schema { reference: Some("#/$defs/identifier"), ..described(text) };
    let fixed = |text: &str, constant| Schema { constant: Some(constant), ..described(text) };
    vec![
        ("specversion", fixed("Version of CloudEvents.", "1.0")),
        ("id", named("With `source`, the identity of the event; a repeat has the same pair and the same time.")),
        ("source", named("The system that saw it.")),
        ("type", fixed("What happened.", event_type.name())),
        (
            "time",
            Schema {
                kind: Some(Kind::Is("string")),
                format: Some("date-time"),
                pattern: Some(MOMENT),
                ..described("When it happened, RFC 3339 with an offset; not before 2000 and not later than the log received it.")
            },
        ),
        ("subject", Schema { examples: Some(["course-v1:OrgX+C1+2026"]), ..named("The course run; the key of the message is the same text.") }),
        ("datacontenttype", Schema { examples: Some(["application/json"]), ..described("Media type of `data`; `data` is read as JSON whatever it says.") }),
        ("data", data),
    ]
}

/// `data` of a type: required fields first, in their order, then every other field of the catalogue.
fn data(event_type: EventType) -> Schema {
    let learner = (event_type.about() == About::Learner).then_some(Field::learner);
    let required: Vec<Field> = learner.into_iter().chain(event_type.required().iter().copied()).collect();
    let others = Field::ALL.iter().copied().filter(|field| !required.contains(field));
    let mut properties: Vec<(&'static str, Schema)> = required.iter().map(|field| (field.name(), required_field(*field))).collect();
    properties.extend(others.map(|field| (field.name(), optional_field(field))));
    Schema {
        description: Some("What is known of it. Unknown fields are kept and counted; a known field of another type is refused.".to_owned()),
        kind: Some(Kind::Is("object")),
        required: required.iter().map(|field| field.name()).collect(),
        properties: Members(properties),
        additional_properties: Some(true),
        ..Schema::default()
    }
}

fn required_field(field: Field) -> Schema {
    match field.shape() {
        Shape::Identifier => Schema { description: Some(field.meaning().to_owned()), ..reference("#/$defs/identifier") },
        Shape::Text | Shape::Number | Shape::Integer | Shape::Flag | Shape::Outline => value(field, Kind::Is),
    }
}

fn optional_field(field: Field) -> Schema {
    match field.shape() {
        Shape::Identifier => Schema { description: Some(field.meaning().to_owned()), ..reference("#/$defs/optional_identifier") },
        Shape::Text | Shape::Number | Shape::Integer | Shape::Flag | Shape::Outline => value(field, Kind::OrNull),
    }
}

/// A value with its bounds; `kind` says whether `null` may stand for it.
fn value(field: Field, kind: fn(&'static str) -> Kind) -> Schema {
    let bare = Schema { description: Some(field.meaning().to_owned()), ..Schema::default() };
    match field.shape() {
        Shape::Identifier | Shape::Text => match field.allowed() {
            Some(allowed) => {
                let null = matches!(kind("string"), Kind::OrNull(_)).then_some(None);
                Schema { words: allowed.iter().copied().map(Some).chain(null).collect(), ..bare }
            }
            None => Schema { kind: Some(kind("string")), max_length: Some(STRING_BYTES_MAX), ..bare },
        },
        Shape::Number => {
            let bounds = field.range().map(|range| (number(*range.start()), upper(*range.end())));
            let (minimum, maximum) = bounds.unwrap_or_default();
            Schema { kind: Some(kind("number")), minimum, maximum, ..bare }
        }
        Shape::Integer => {
            let maximum = field.range().and_then(|range| upper(*range.end())).unwrap_or_else(|| Number::from(u64::MAX));
            Schema { kind: Some(kind("integer")), minimum: Some(Number::from(0)), maximum: Some(maximum), ..bare }
        }
        Shape::Flag => Schema { kind: Some(kind("boolean")), ..bare },
        Shape::Outline => {
            Schema { kind: Some(kind("array")), max_items: Some(OUTLINE_MODULES_MAX), items: Some(Box::new(reference("#/$defs/module"))), ..bare }
        }
    }
}

/// The upper bound, unless it is only "finite", which every JSON number is.
fn upper(value: f64) -> Option<Number> {
    if value == f64::MAX { None } else { number(value) }
}

fn identifier() -> Schema {
    Schema {
        description: Some(format!("A name without control characters and parent paths, at most {IDENTIFIER_BYTES_MAX} bytes of UTF-8.")),
        kind: Some(Kind::Is("string")),
        pattern: Some(NO_CONTROL_CHARACTERS),
        min_length: Some(1),
        max_length: Some(IDENTIFIER_BYTES_MAX),
        excluded: Some(Box::new(Schema { pattern: Some(PARENT_PATH), ..Schema::default() })),
        ..Schema::default()
    }
}

fn optional_identifier() -> Schema {
    let text = Schema { kind: Some(Kind::Is("string")), pattern: Some(PARENT_PATH), ..Schema::default() };
    Schema {
        description: Some("An identifier; `null` and the empty string stand for absent.".to_owned()),
        kind: Some(Kind::OrNull("string")),
        min_length: None,
        excluded: Some(Box::new(text)),
        ..identifier()
    }
}

fn reference(place: &'static str) -> Schema {
    Schema { reference: Some(place), ..Schema::default() }
}

/// The parts of an outline, as `core::event::outline` reads them.
fn outline_definitions() -> Vec<(&'static str, Schema)> {
    let described = |kind, text: &str| Schema { description: Some(text.to_owned()), kind: Some(kind), ..Schema::default() };
    let id = |text| described(Kind::Is("string"), text);
    let text = |text| described(Kind::OrNull("string"), text);
    let number = |text| described(Kind::OrNull("number"), text);
    let count = |text| Schema { minimum: Some(Number::from(0)), ..described(Kind::OrNull("integer"), text) };
    let list = |items, text| Schema { items: Some(Box::new(items)), ..described(Kind::Is("array"), text) };
    let part = |description: String, required, properties| Schema {
        description: Some(description),
        kind: Some(Kind::Is("object")),
        required: vec![required],
        properties: Members(properties),
        additional_properties: Some(true),
        ..Schema::default()
    };
    let bound = format!("An outline has at most {OUTLINE_ENTRIES_MAX} contents, assessments and items.");
    vec![
        (
            "module",
            part(
                format!("One module, in the order in which learners meet it. {bound}"),
                "module",
                vec![
                    ("module", id("Its id.")),
                    ("title", text("Its title.")),
                    ("due", text("When it is due, RFC 3339.")),
                    ("contents", list(reference("#/$defs/content"), "Its contents, in order.")),
                    ("assessments", list(reference("#/$defs/assessment"), "Its assessments, in order.")),
                ],
            ),
        ),
        (
            "content",
            part(
                "One content of a module.".to_owned(),
                "content",
                vec![
                    ("content", id("Its id.")),
                    ("content_type", text("`video`, `page` …")),
                    ("title", text("Its title.")),
                    ("length_s", number("Length of a recording, seconds.")),
                    ("words", count("Words of a text.")),
                    ("content_version", text("Its version.")),
                    ("linked_items", list(id("Id of an item."), "Items that practise this content.")),
                ],
            ),
        ),
        (
            "assessment",
            part(
                "One assessment of a module.".to_owned(),
                "assessment",
                vec![("assessment", id("Its id.")), ("title", text("Its title.")), ("items", list(reference("#/$defs/item"), "Its items, in order."))],
            ),
        ),
        (
            "item",
            part(
                "One item of an assessment.".to_owned(),
                "item",
                vec![
                    ("item", id("Its id.")),
                    ("title", text("Its title or question.")),
                    ("options", list(reference("#/$defs/option"), "The responses that can be chosen.")),
                    ("key", text("The response that is marked right; absent where there is none or more than one.")),
                    ("max_score", number("Highest mark.")),
                ],
            ),
        ),
        (
            "option",
            part(
                "One response that can be chosen.".to_owned(),
                "option",
                vec![("option", id("Its id, as it stands in `response`.")), ("text", text("Its text."))],
            ),
        ),
    ]
}
