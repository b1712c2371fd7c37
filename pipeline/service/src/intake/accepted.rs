//! [`Accepted`]: a statement or event that may be written, and how a batch of them is taken apart.
//!
//! Pure: bytes in, records or a [`Problem`] out. The records of a request are good, all of them, or none is.

use super::canonical::Fingerprint;
use super::limits::{BATCH_RECORDS_MAX, RECORD_BYTES_MAX};
use super::problem::Problem;
use axum::http::StatusCode;
use serde_json::value::RawValue;
use std::collections::HashMap;

/// A statement or event, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Accepted {
    /// Its id as the client knows it.
    pub(super) id: String,
    /// What makes it the same as another: a fingerprint of source and id.
    pub(super) identity: Fingerprint,
    /// A fingerprint of what it says.
    pub(super) content: Fingerprint,
    /// The bytes to write.
    pub(super) bytes: Vec<u8>,
}

/// Whether an array may come in place of a single one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One object.
    One,
    /// An array of objects.
    Many,
    /// Either.
    Any,
}

/// The texts of the objects in a body, each with its JSON Pointer; line breaks and all else within them as they came.
///
/// # Errors
/// 400 when the body is not JSON of that shape, 413 when it holds too many or one that is too large.
pub(super) fn take_apart(body: &[u8], shape: Shape) -> Result<Vec<(String, &str)>, Problem> {
    let text = std::str::from_utf8(body).map_err(|error| Problem::bad(format!("not UTF-8 at byte {}", error.valid_up_to())))?;
    let not_json = |error: serde_json::Error| Problem::bad(format!("not JSON at line {} column {}", error.line(), error.column()));
    let is_array = text.trim_ascii_start().starts_with('[');
    let objects: Vec<(String, &str)> = match (shape, is_array) {
        (Shape::One, true) => return Err(Problem::bad("an array where one object is wanted").at("")),
        (Shape::Many, false) => return Err(Problem::bad("not an array").at("")),
        (Shape::One | Shape::Any, false) => {
            let object: &RawValue = serde_json::from_str(text).map_err(not_json)?;
            vec![(String::new(), object.get())]
        }
        (Shape::Many | Shape::Any, true) => {
            let objects: Vec<&RawValue> = serde_json::from_str(text).map_err(not_json)?;
            objects.into_iter().enumerate().map(|(place, object)| (format!("/{place}"), object.get())).collect()
        }
    };
    if objects.len() > BATCH_RECORDS_MAX {
        return Err(Problem::too_large(format!("more than {BATCH_RECORDS_MAX} in one request")));
    }
    if let Some((pointer, _)) = objects.iter().find(|(_, object)| object.len() > RECORD_BYTES_MAX) {
        return Err(Problem::too_large(format!("larger than {RECORD_BYTES_MAX} bytes")).at(pointer));
    }
    Ok(objects)
}

/// Which records of one request may share an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Twins {
    /// None: xAPI asks for this.
    Refused,
    /// Those that say the same.
    IfEqual,
}

/// Refuses a request that holds an id twice.
///
/// # Errors
/// 400 at the second one.
pub(super) fn without_twins(records: Vec<Accepted>, twins: Twins) -> Result<Vec<Accepted>, Problem> {
    let mut seen = HashMap::with_capacity(records.len());
    for (place, record) in records.iter().enumerate() {
        if let Some(content) = seen.insert(record.identity, record.content)
            && (twins == Twins::Refused || content != record.content)
        {
            return Err(Problem::new(StatusCode::BAD_REQUEST, "an id that the request holds twice").at(format!("/{place}/id")));
        }
    }
    Ok(records)
}
