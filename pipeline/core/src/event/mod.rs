//! The canonical learning event: a CloudEvent 1.0 whose `type` is `learning.<group>.<what>.v1`.
//!
//! [`decode`] reads bytes into an [`Event`] that borrows from them; [`validate`] checks what its type requires and
//! returns the same event as a promise ([`validate::ValidEvent`]) that later stages rely on.
//! [`fields`] lists the data fields once; decoder, encoder, lake columns and schemas are made from that list.
//! [`catalogue`] lists the event types and what each requires; [`constraints`] the values a field may have.

pub mod catalogue;
pub mod constraints;
pub mod decode;
mod eight_bytes;
pub mod encode;
pub mod fields;
mod name_index;
pub mod outline;
mod plain;
pub mod validate;

pub use catalogue::EventType;
pub use fields::Data;

use crate::time::EventTime;
use std::borrow::Cow;

/// Subjects of this prefix stand for a platform: events that name no course run. They count in activity only.
pub const PLATFORM_PREFIX: &str = "platform:";

/// What the `type` attribute names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind<'a> {
    /// A type of the catalogue.
    Known(EventType),
    /// Any other type: kept and counted, never folded.
    Unknown(Cow<'a, str>),
}

impl Kind<'_> {
    /// The full type name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Known(event_type) => event_type.name(),
            Self::Unknown(name) => name,
        }
    }
}

/// A decoded event. Strings borrow from the message where it has no escapes.
#[derive(Debug, Clone, PartialEq)]
pub struct Event<'a> {
    /// With `source`, the identity of the event.
    pub id: Cow<'a, str>,
    /// The system that saw it.
    pub source: Cow<'a, str>,
    /// What happened.
    pub kind: Kind<'a>,
    /// When the learner did it.
    pub time: EventTime,
    /// The course run.
    pub subject: Cow<'a, str>,
    /// Everything else; boxed, because an event is handed on several times and its fields are many.
    pub data: Box<Data<'a>>,
    /// How many fields of `data` the catalogue does not know.
    pub unknown_fields: u32,
}
