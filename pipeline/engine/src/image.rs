//! State images: courses as they stood at a record, so that recovery need not read the log from its beginning.
//!
//! An image is a row of segments; each holds whole courses, and a course in a later segment replaces the one before.

use crate::port::{Actor, PortError};
use teachback_core::course::Course;

/// Encodes courses as one segment.
///
/// # Errors
/// When a course cannot be encoded.
pub fn encode(courses: &[&Course]) -> Result<Vec<u8>, PortError> {
    let plain = postcard::to_stdvec(courses).map_err(|cause| PortError::external("a state image cannot be encoded", cause))?;
    zstd::bulk::compress(&plain, 1).map_err(|cause| PortError::external("a state image cannot be compressed", cause))
}

/// Decodes a segment.
///
/// # Errors
/// When the bytes are no segment.
pub fn decode(path: &str, bytes: &[u8]) -> Result<Vec<Course>, PortError> {
    let damaged = |what: String| PortError::new(Actor::Damage, format!("state image {path} is damaged: {what}; delete the chain's newer records or start a new warehouse"));
    let plain = zstd::stream::decode_all(bytes).map_err(|cause| damaged(cause.to_string()))?;
    postcard::from_bytes(&plain).map_err(|cause| damaged(cause.to_string()))
}
