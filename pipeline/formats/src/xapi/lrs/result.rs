//! Results, scores and attachments (xAPI 1.0.3 Data 2.4.5 and 2.4.11).

use super::object::{Object, array};
use super::{Fault, fault, forms};
use serde_json::Value;

/// A result.
pub(super) fn result(value: &Value, pointer: &str) -> Result<(), Fault> {
    let object = Object::of(value, pointer)?;
    object.only(&["score", "success", "completion", "response", "duration", "extensions"])?;
    object.optional("score", score)?;
    object.optional("success", forms::boolean)?;
    object.optional("completion", forms::boolean)?;
    object.optional("response", forms::string)?;
    object.optional("duration", forms::duration)?;
    object.optional("extensions", forms::extensions)
}

fn score(value: &Value, pointer: &str) -> Result<(), Fault> {
    let object = Object::of(value, pointer)?;
    object.only(&["scaled", "raw", "min", "max"])?;
    let number = |name: &'static str| match object.get(name) {
        None => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or_else(|| object.fault_at(name, "not a number")),
    };
    let (scaled, raw, min, max) = (number("scaled")?, number("raw")?, number("min")?, number("max")?);
    if scaled.is_some_and(|scaled| !(-1.0..=1.0).contains(&scaled)) {
        return Err(object.fault_at("scaled", "not in -1..1"));
    }
    if min.zip(max).is_some_and(|(min, max)| min >= max) {
        return Err(object.fault_at("min", "not less than max"));
    }
    if raw.zip(min).is_some_and(|(raw, min)| raw < min) || raw.zip(max).is_some_and(|(raw, max)| raw > max) {
        return Err(object.fault_at("raw", "not within min and max"));
    }
    Ok(())
}

/// The attachments of a statement.
pub(super) fn attachments(value: &Value, pointer: &str) -> Result<(), Fault> {
    array(value, pointer, |attachment, pointer| {
        let object = Object::of(attachment, pointer)?;
        object.only(&["usageType", "display", "description", "contentType", "length", "sha2", "fileUrl"])?;
        object.required("usageType", forms::iri)?;
        object.required("display", forms::language_map)?;
        object.optional("description", forms::language_map)?;
        object.required("contentType", forms::string)?;
        object.required("length", |value, pointer| if value.is_u64() { Ok(()) } else { Err(fault(pointer, "not a whole number")) })?;
        object.required("sha2", forms::string)?;
        object.optional("fileUrl", forms::iri)
    })
}
