//! Why a message was not taken. A refusal is data: it is kept, counted and can be replayed.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// The closed list of reasons; `code` is what tables and tools show.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// Every reason, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name shown to people and written to `lake/rejected`.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }
    };
}

reasons! {
    /// The message has no bytes (a Kafka tombstone).
    EmptyMessage = "empty_message",
    /// The message is larger than the limit.
    TooLarge = "too_large",
    /// The bytes are not UTF-8.
    BadUtf8 = "bad_utf8",
    /// The bytes are not one JSON object.
    BadJson = "bad_json",
    /// The JSON is nested deeper than the limit.
    TooDeep = "too_deep",
    /// A string is longer than the limit.
    StringTooLong = "string_too_long",
    /// A known field has a value of another type.
    WrongType = "wrong_type",
    /// The message is no CloudEvent of version 1.0.
    NotCloudEvent = "not_cloud_event",
    /// A field that this event type requires is absent.
    MissingField = "missing_field",
    /// An identifier is empty, too long, or holds a control character or a parent path.
    BadIdentifier = "bad_identifier",
    /// A number is out of its range, or a word is not in its list.
    BadValue = "bad_value",
    /// The time is not RFC 3339 with an offset.
    BadTime = "bad_time",
    /// The time is before 2000 or later than the log received it.
    ClockWild = "clock_wild",
    /// The Kafka key is missing or is not the course.
    NotKeyedByCourse = "not_keyed_by_course",
    /// The course lies in another partition than the `partitioner` setting puts it.
    WrongPartition = "wrong_partition",
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}

/// A reason and the place in the message it is about, e.g. `missing_field` at `data.learner`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {place}")]
pub struct Refusal {
    /// The reason.
    pub reason: Reason,
    /// The field, or what the parser said of the place; never a value from the message.
    pub place: String,
}

impl Refusal {
    /// A refusal at a named place.
    pub fn new(reason: Reason, place: impl Into<String>) -> Self {
        Self { reason, place: place.into() }
    }
}
