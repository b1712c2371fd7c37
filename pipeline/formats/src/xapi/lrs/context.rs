//! Context and references to statements (xAPI 1.0.3 Data 2.4.6 and 2.4.4.3; 2.0 adds contextAgents and contextGroups).

use super::object::{Object, array};
use super::{Fault, Version, activity, agent, fault, forms};
use serde_json::Value;

/// A context. `is_activity` says that the statement's object is an Activity: only then it may have revision and platform.
pub(super) fn context(value: &Value, pointer: &str, version: Version, is_activity: bool) -> Result<(), Fault> {
    let object = Object::of(value, pointer)?;
    let first = ["registration", "instructor", "team", "contextActivities", "revision", "platform", "language", "statement", "extensions"];
    let added = ["contextAgents", "contextGroups"];
    match version {
        Version::V1 => object.only(&first)?,
        Version::V2 => object.only(&[first.as_slice(), &added].concat())?,
    }
    object.optional("registration", forms::uuid)?;
    object.optional("instructor", agent::actor)?;
    object.optional("team", agent::group)?;
    object.optional("contextActivities", context_activities)?;
    for name in ["revision", "platform"] {
        object.optional(name, forms::string)?;
        if !is_activity && object.get(name).is_some() {
            return Err(object.fault_at(name, "allowed only where the object is an Activity"));
        }
    }
    object.optional("language", forms::language)?;
    object.optional("statement", statement_ref)?;
    object.optional("extensions", forms::extensions)?;
    object.optional("contextAgents", |value, pointer| array(value, pointer, |value, pointer| related(value, pointer, "contextAgent", "agent")))?;
    object.optional("contextGroups", |value, pointer| array(value, pointer, |value, pointer| related(value, pointer, "contextGroup", "group")))
}

/// A reference to a statement.
pub(super) fn statement_ref(value: &Value, pointer: &str) -> Result<(), Fault> {
    let object = Object::of(value, pointer)?;
    object.only(&["objectType", "id"])?;
    object.required("objectType", |value, pointer| if value == "StatementRef" { Ok(()) } else { Err(fault(pointer, "not StatementRef")) })?;
    object.required("id", forms::uuid)
}

fn context_activities(value: &Value, pointer: &str) -> Result<(), Fault> {
    let object = Object::of(value, pointer)?;
    object.only(&["parent", "grouping", "category", "other"])?;
    for name in ["parent", "grouping", "category", "other"] {
        object
            .optional(name, |value, pointer| if value.is_array() { array(value, pointer, activity::activity) } else { activity::activity(value, pointer) })?;
    }
    Ok(())
}

/// A contextAgent or contextGroup of xAPI 2.0.
fn related(value: &Value, pointer: &str, object_type: &str, name: &'static str) -> Result<(), Fault> {
    let object = Object::of(value, pointer)?;
    object.only(&["objectType", name, "relevantTypes"])?;
    object.required("objectType", |value, pointer| if value == object_type { Ok(()) } else { Err(fault(pointer, "an unknown objectType")) })?;
    object.required(name, if name == "agent" { agent::agent } else { agent::group })?;
    object.optional("relevantTypes", |value, pointer| {
        array(value, pointer, forms::iri)?;
        if value.as_array().is_some_and(Vec::is_empty) { Err(fault(pointer, "empty")) } else { Ok(()) }
    })
}
