//! The alias map as records of a compacted topic: the key is the alias, the value whom it stands for.
//!
//! ```text
//! {"alias_space":"https://lms.example.org","alias_id":"5ee8c1ad-…"}    {"space":"openedx","id":"42"}
//! ```
//! Both are JSON, with the names of the columns of the CSV table; a space that is left out is empty. A record without a value
//! takes the alias away. The last record of an alias counts: records with the same bytes as their key are of one partition, so
//! which one is the last is the log's to say.
//!
//! A record that is wrong is a fault of its own and changes nothing. Two records that contradict each other are no fault, as the
//! later one counts. A circle is not refused, since a further record may open it.

use super::{ALIASES_MAX, Aliases, Fault, Identity};
use serde::Deserialize;
use std::borrow::Cow;

/// What a record did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The alias stands for a learner.
    Set,
    /// The same, but following it leads in a circle, so nobody on the way is joined while that lasts.
    SetInACircle,
    /// The alias is taken away, or was not there.
    Removed,
}

/// Why a record was not taken; holds no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum RecordFault {
    /// The key is something else.
    #[error("the key is no JSON object with the texts alias_space and alias_id")]
    BadKey,
    /// The value is something else.
    #[error("the value is no JSON object with the texts space and id")]
    BadValue,
    /// A field is wrong.
    #[error("field `{name}`: {fault}")]
    BadField {
        /// The field.
        name: &'static str,
        /// What is wrong.
        fault: Fault,
    },
    /// There is no room for another alias.
    #[error("there are {ALIASES_MAX} aliases already")]
    Full,
}

#[derive(Deserialize)]
struct Key<'a> {
    #[serde(borrow, default)]
    alias_space: Cow<'a, str>,
    #[serde(borrow)]
    alias_id: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Value<'a> {
    #[serde(borrow, default)]
    space: Cow<'a, str>,
    #[serde(borrow)]
    id: Cow<'a, str>,
}

impl Aliases {
    /// Takes a record of the topic; one without a key has an empty `key`, one without a value an empty `value`.
    ///
    /// # Errors
    /// When the record is wrong or there is no more room; then nothing has changed.
    pub fn take(&mut self, key: &[u8], value: &[u8]) -> Result<Change, RecordFault> {
        let bad = |(name, fault)| RecordFault::BadField { name, fault };
        let key: Key<'_> = object(key).ok_or(RecordFault::BadKey)?;
        let alias = Identity::checked(&key.alias_space, &key.alias_id, ["alias_space", "alias_id"]).map_err(bad)?;
        if value.is_empty() {
            self.remove(&alias);
            return Ok(Change::Removed);
        }
        let value: Value<'_> = object(value).ok_or(RecordFault::BadValue)?;
        let learner = Identity::checked(&value.space, &value.id, ["space", "id"]).map_err(bad)?;
        if self.count >= ALIASES_MAX && self.next(&alias.space, &alias.id).is_none() {
            return Err(RecordFault::Full);
        }
        self.set(alias.clone(), learner);
        Ok(if self.leads_in_a_circle(&alias) { Change::SetInACircle } else { Change::Set })
    }
}

/// Reads an object; an array with the same values in the same order is none.
fn object<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Option<T> {
    bytes.trim_ascii_start().starts_with(b"{").then(|| serde_json::from_slice(bytes).ok())?
}
