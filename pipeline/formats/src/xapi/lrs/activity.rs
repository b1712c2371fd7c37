//! Verbs and Activities with their definitions (xAPI 1.0.3 Data 2.4.3 and 2.4.4.1).

use super::object::{Object, array};
use super::{Fault, fault, forms};
use serde_json::Value;

const INTERACTION_TYPES: [&str; 10] =
    ["true-false", "choice", "fill-in", "long-fill-in", "matching", "performance", "sequencing", "likert", "numeric", "other"];

/// A verb.
pub(super) fn verb(value: &Value, pointer: &str) -> Result<(), Fault> {
    let object = Object::of(value, pointer)?;
    object.only(&["id", "display"])?;
    object.required("id", forms::iri)?;
    object.optional("display", forms::language_map)
}

/// An Activity.
pub(super) fn activity(value: &Value, pointer: &str) -> Result<(), Fault> {
    let object = Object::of(value, pointer)?;
    object.only(&["objectType", "id", "definition"])?;
    object.optional("objectType", |value, pointer| match value.as_str() {
        Some("Activity") => Ok(()),
        _ => Err(fault(pointer, "not Activity")),
    })?;
    object.required("id", forms::iri)?;
    object.optional("definition", definition)
}

fn definition(value: &Value, pointer: &str) -> Result<(), Fault> {
    let object = Object::of(value, pointer)?;
    object.only(&[
        "name",
        "description",
        "type",
        "moreInfo",
        "extensions",
        "interactionType",
        "correctResponsesPattern",
        "choices",
        "scale",
        "source",
        "target",
        "steps",
    ])?;
    object.optional("name", forms::language_map)?;
    object.optional("description", forms::language_map)?;
    object.optional("type", forms::iri)?;
    object.optional("moreInfo", forms::iri)?;
    object.optional("extensions", forms::extensions)?;
    object.optional("interactionType", |value, pointer| match value.as_str() {
        Some(interaction_type) if INTERACTION_TYPES.contains(&interaction_type) => Ok(()),
        _ => Err(fault(pointer, "an unknown interactionType")),
    })?;
    object.optional("correctResponsesPattern", |value, pointer| array(value, pointer, forms::string))?;
    for components in ["choices", "scale", "source", "target", "steps"] {
        object.optional(components, interaction_components)?;
    }
    Ok(())
}

fn interaction_components(value: &Value, pointer: &str) -> Result<(), Fault> {
    array(value, pointer, |component, pointer| {
        let object = Object::of(component, pointer)?;
        object.only(&["id", "description"])?;
        object.required("id", forms::string)?;
        object.optional("description", forms::language_map)
    })?;
    let mut ids: Vec<_> = value.as_array().into_iter().flatten().filter_map(|component| component.get("id").and_then(Value::as_str)).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() == count { Ok(()) } else { Err(fault(pointer, "two components of one id")) }
}
