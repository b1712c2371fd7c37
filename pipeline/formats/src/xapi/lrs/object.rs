//! Reading a JSON object by rules: which properties it may have, which it must, and what each must be.

use super::{Fault, fault};
use serde_json::{Map, Value};

/// Where a statement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parent {
    /// It is a statement, or directly in one.
    Statement,
    /// It is within a sub-statement, which may hold no further one.
    SubStatement,
}

/// A JSON object and where it stands.
#[derive(Debug)]
pub(super) struct Object<'a> {
    members: &'a Map<String, Value>,
    pointer: &'a str,
}

impl<'a> Object<'a> {
    /// The value as an object.
    pub(super) fn of(value: &'a Value, pointer: &'a str) -> Result<Self, Fault> {
        value.as_object().map(|members| Self { members, pointer }).ok_or_else(|| fault(pointer, "not an object"))
    }

    /// A property.
    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.members.get(name)
    }

    /// Keys and values, for maps whose keys are data.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a String, &'a Value)> {
        self.members.iter()
    }

    /// No property but these. The pointer of the fault is the object's: an unknown name is the sender's data.
    pub(super) fn only(&self, names: &[&str]) -> Result<(), Fault> {
        let known = |name: &String| names.contains(&name.as_str());
        if self.members.keys().all(known) { Ok(()) } else { Err(fault(self.pointer, "a property that is not allowed here")) }
    }

    /// Checks a property that must be there. `null` is no value of any rule.
    pub(super) fn required(&self, name: &'static str, rule: impl FnOnce(&Value, &str) -> Result<(), Fault>) -> Result<(), Fault> {
        let value = self.get(name).ok_or_else(|| self.fault_at(name, "missing"))?;
        rule(value, &format!("{}/{name}", self.pointer))
    }

    /// Checks a property where it is there.
    pub(super) fn optional(&self, name: &'static str, rule: impl FnOnce(&Value, &str) -> Result<(), Fault>) -> Result<(), Fault> {
        if self.get(name).is_none() { Ok(()) } else { self.required(name, rule) }
    }

    /// A fault of a property.
    pub(super) fn fault_at(&self, name: &str, problem: &'static str) -> Fault {
        Fault { pointer: format!("{}/{name}", self.pointer), problem }
    }
}

/// Checks every element of an array.
pub(super) fn array(value: &Value, pointer: &str, rule: impl Fn(&Value, &str) -> Result<(), Fault>) -> Result<(), Fault> {
    let elements = value.as_array().ok_or_else(|| fault(pointer, "not an array"))?;
    elements.iter().enumerate().try_for_each(|(place, element)| rule(element, &format!("{pointer}/{place}")))
}
