//! Agents and Groups (xAPI 1.0.3 Data 2.4.2, authority 2.4.9).

use super::object::{Object, array};
use super::{Fault, fault, forms};
use serde_json::Value;

const IDENTIFIERS: [&str; 4] = ["mbox", "mbox_sha1sum", "openid", "account"];

/// An Agent or a Group, by its `objectType`; an Agent without one.
pub(super) fn actor(value: &Value, pointer: &str) -> Result<(), Fault> {
    let object = Object::of(value, pointer)?;
    if is_group(&object)? { group_of(&object) } else { agent_of(&object) }
}

/// An Agent.
pub(super) fn agent(value: &Value, pointer: &str) -> Result<(), Fault> {
    let object = Object::of(value, pointer)?;
    if is_group(&object)? { Err(fault(pointer, "a Group where an Agent must be")) } else { agent_of(&object) }
}

/// A Group.
pub(super) fn group(value: &Value, pointer: &str) -> Result<(), Fault> {
    let object = Object::of(value, pointer)?;
    if is_group(&object)? { group_of(&object) } else { Err(fault(pointer, "an Agent where a Group must be")) }
}

/// An Agent, or an anonymous Group of exactly two: application and user.
pub(super) fn authority(value: &Value, pointer: &str) -> Result<(), Fault> {
    actor(value, pointer)?;
    let object = Object::of(value, pointer)?;
    if !is_group(&object)? {
        return Ok(());
    }
    if IDENTIFIERS.iter().any(|name| object.get(name).is_some()) {
        return Err(fault(pointer, "an identified Group as authority"));
    }
    match object.get("member").and_then(Value::as_array).map(Vec::len) {
        Some(2) => Ok(()),
        _ => Err(object.fault_at("member", "an authority that is a Group has two members")),
    }
}

fn is_group(object: &Object<'_>) -> Result<bool, Fault> {
    match object.get("objectType") {
        None => Ok(false),
        Some(Value::String(object_type)) if object_type == "Agent" => Ok(false),
        Some(Value::String(object_type)) if object_type == "Group" => Ok(true),
        Some(_) => Err(object.fault_at("objectType", "neither Agent nor Group")),
    }
}

fn agent_of(object: &Object<'_>) -> Result<(), Fault> {
    object.only(&["objectType", "name", "mbox", "mbox_sha1sum", "openid", "account"])?;
    if identifiers(object)? == 1 { Ok(()) } else { Err(object.fault_at("mbox", "an Agent has exactly one of mbox, mbox_sha1sum, openid and account")) }
}

fn group_of(object: &Object<'_>) -> Result<(), Fault> {
    object.only(&["objectType", "name", "mbox", "mbox_sha1sum", "openid", "account", "member"])?;
    let has_members = object.get("member").and_then(Value::as_array).is_some_and(|members| !members.is_empty());
    object.optional("member", |value, pointer| array(value, pointer, agent))?;
    match identifiers(object)? {
        0 if !has_members => Err(object.fault_at("member", "an anonymous Group has members")),
        0 | 1 => Ok(()),
        _ => Err(object.fault_at("mbox", "a Group has at most one of mbox, mbox_sha1sum, openid and account")),
    }
}

/// Checks the name and the identifiers; gives the number of the latter.
fn identifiers(object: &Object<'_>) -> Result<usize, Fault> {
    object.optional("name", forms::string)?;
    object.optional("mbox", forms::mbox)?;
    object.optional("mbox_sha1sum", forms::sha1)?;
    object.optional("openid", forms::iri)?;
    object.optional("account", account)?;
    Ok(IDENTIFIERS.iter().filter(|name| object.get(name).is_some()).count())
}

fn account(value: &Value, pointer: &str) -> Result<(), Fault> {
    let object = Object::of(value, pointer)?;
    object.only(&["homePage", "name"])?;
    object.required("homePage", forms::iri)?;
    object.required("name", forms::string)
}
