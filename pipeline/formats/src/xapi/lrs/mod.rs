//! What an LRS must accept and refuse: the rules of xAPI 1.0.3 and 2.0 for an incoming statement.
//!
//! Used by the HTTP intake, which answers 400 with the [`Fault`]. The mapping does not depend on it.
//!
//! Rules are those of the standard's MUSTs as the ADL conformance suite reads them: no unknown property, no `null` outside
//! extensions, exactly one identifier of an Agent, IRIs, UUIDs, language tags, times and durations in form. SHOULDs are not
//! judged: a time in the future is accepted, and in 1.0.3 one without an offset.

mod activity;
mod agent;
mod context;
mod forms;
mod object;
mod result;

use object::{Object, Parent};
use serde_json::Value;
use thiserror::Error;

/// The edition of the standard by which a statement is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// xAPI 1.0.3.
    V1,
    /// xAPI 2.0, IEEE 9274.1.1.
    V2,
}

impl Version {
    /// The edition that an `X-Experience-API-Version` header or a `version` property names: 1.0 and 1.0.x, 2.0 and 2.0.x.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let edition = |major: &str| name.strip_prefix(major).is_some_and(|rest| rest.is_empty() || is_patch(rest));
        if edition("1.0") { Some(Self::V1) } else { edition("2.0").then_some(Self::V2) }
    }
}

fn is_patch(rest: &str) -> bool {
    rest.strip_prefix('.').is_some_and(|patch| !patch.is_empty() && patch.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What is wrong with a statement, and where; no value of it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{pointer}: {problem}")]
pub struct Fault {
    /// JSON Pointer (RFC 6901) to the faulty property, or to the object that lacks one or has one too many.
    pub pointer: String,
    /// What is wrong.
    pub problem: &'static str,
}

/// Checks a statement against the rules of its edition.
///
/// # Errors
/// The first fault found.
pub fn validate(statement: &Value, version: Version) -> Result<(), Fault> {
    let pointer = String::new();
    let object = Object::of(statement, &pointer)?;
    object.only(&["id", "actor", "verb", "object", "result", "context", "timestamp", "stored", "authority", "version", "attachments"])?;
    object.optional("id", forms::uuid)?;
    object.optional("stored", timestamp_of(version))?;
    object.optional("authority", agent::authority)?;
    object.optional("version", |value, pointer| match value.as_str().and_then(Version::from_name) {
        Some(named) if named == version || version == Version::V2 => Ok(()),
        _ => Err(fault(pointer, "a version that is not accepted here")),
    })?;
    body(&object, version, Parent::Statement)
}

/// What statements and sub-statements have in common.
fn body(statement: &Object<'_>, version: Version, parent: Parent) -> Result<(), Fault> {
    statement.required("actor", agent::actor)?;
    statement.required("verb", activity::verb)?;
    statement.required("object", |value, pointer| object_of(value, pointer, version, parent))?;
    statement.optional("result", result::result)?;
    let is_activity = statement.get("object").is_some_and(|object| matches!(object.get("objectType").and_then(Value::as_str), None | Some("Activity")));
    statement.optional("context", |value, pointer| context::context(value, pointer, version, is_activity))?;
    statement.optional("timestamp", timestamp_of(version))?;
    statement.optional("attachments", result::attachments)
}

fn object_of(value: &Value, pointer: &str, version: Version, parent: Parent) -> Result<(), Fault> {
    let object = Object::of(value, pointer)?;
    match object.get("objectType") {
        None => activity::activity(value, pointer),
        Some(Value::String(object_type)) => match object_type.as_str() {
            "Activity" => activity::activity(value, pointer),
            "Agent" | "Group" => agent::actor(value, pointer),
            "StatementRef" => context::statement_ref(value, pointer),
            "SubStatement" if parent == Parent::Statement => sub_statement(&object, version),
            "SubStatement" => Err(fault(pointer, "a sub-statement within a sub-statement")),
            _ => Err(fault(pointer, "an unknown objectType")),
        },
        Some(_) => Err(fault(pointer, "objectType is not a string")),
    }
}

fn sub_statement(object: &Object<'_>, version: Version) -> Result<(), Fault> {
    object.only(&["objectType", "actor", "verb", "object", "result", "context", "timestamp", "attachments"])?;
    body(object, version, Parent::SubStatement)
}

fn timestamp_of(version: Version) -> impl Fn(&Value, &str) -> Result<(), Fault> {
    move |value, pointer| forms::timestamp(value, pointer, version)
}

fn fault(pointer: &str, problem: &'static str) -> Fault {
    Fault { pointer: pointer.to_owned(), problem }
}
