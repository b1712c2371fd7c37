//! A message of the topic of feedback: a structured CloudEvent, judged before it is heard.
//!
//! The sender is the key of the message: the brokers (or whoever writes for the sender) let nobody write under another's.
//! What the message says of its provider must agree. No value of a message ends up in an [`Unheard`].

use super::{Feedback, Response};
use crate::event::validate::{Key, is_identifier};
use crate::limits::FEEDBACK_BYTES_MAX;
use serde_json::Value;

/// Hex digits of a signal's identity.
const SIGNAL_ID_HEX: usize = 32;
const ACKNOWLEDGED: &str = "teachback.feedback.acknowledged.v1";
const DISMISSED: &str = "teachback.feedback.dismissed.v1";

/// Why a message says nothing that can be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unheard {
    /// It is larger than the limit.
    TooLarge,
    /// It is not one JSON value in UTF-8.
    BadJson,
    /// A field that it must have is absent, or is of another type.
    BadField,
    /// It is no CloudEvent of version 1.0.
    NotCloudEvent,
    /// Its type is none that is known.
    UnknownType,
    /// An identifier is empty, too long, or of another form.
    BadIdentifier,
    /// Its subject is not the signal that it answers.
    OtherSubject,
    /// Its key is missing, or is not the provider that it names.
    NotKeyedByProvider,
    /// The signal is for another provider.
    OtherProvider,
}

impl Unheard {
    /// Every reason.
    pub const ALL: [Self; 9] = [
        Self::TooLarge,
        Self::BadJson,
        Self::BadField,
        Self::NotCloudEvent,
        Self::UnknownType,
        Self::BadIdentifier,
        Self::OtherSubject,
        Self::NotKeyedByProvider,
        Self::OtherProvider,
    ];

    /// The name shown to people.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::BadJson => "bad_json",
            Self::BadField => "bad_field",
            Self::NotCloudEvent => "not_cloud_event",
            Self::UnknownType => "unknown_type",
            Self::BadIdentifier => "bad_identifier",
            Self::OtherSubject => "other_subject",
            Self::NotKeyedByProvider => "not_keyed_by_provider",
            Self::OtherProvider => "other_provider",
        }
    }
}

pub(super) fn read(key: Key<'_>, body: &[u8]) -> Result<Feedback, Unheard> {
    if body.len() > FEEDBACK_BYTES_MAX {
        return Err(Unheard::TooLarge);
    }
    let text = std::str::from_utf8(body).map_err(|_| Unheard::BadJson)?;
    let message: Value = serde_json::from_str(text).map_err(|_| Unheard::BadJson)?;
    let field = |pointer: &str| message.pointer(pointer).and_then(Value::as_str).ok_or(Unheard::BadField);
    if message.get("specversion").is_none_or(|version| version != "1.0") {
        return Err(Unheard::NotCloudEvent);
    }
    let response = match field("/type")? {
        ACKNOWLEDGED => Response::Acknowledged,
        DISMISSED => Response::Dismissed,
        _ => return Err(Unheard::UnknownType),
    };
    // When the answer was given is not read: the order of the topic holds.
    let (signal_id, provider) = (field("/data/signal_id")?, field("/data/provider")?);
    let subject = field("/subject")?;
    let is_hex = |text: &str| text.len() == SIGNAL_ID_HEX && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !is_hex(signal_id) || ![field("/id")?, field("/source")?, provider].into_iter().all(is_identifier) {
        return Err(Unheard::BadIdentifier);
    }
    if subject != signal_id {
        return Err(Unheard::OtherSubject);
    }
    let is_sender = match key {
        // A file that only whoever owns the warehouse writes.
        Key::None => true,
        Key::Missing => false,
        Key::Is(key) => key == provider.as_bytes(),
    };
    if !is_sender {
        return Err(Unheard::NotKeyedByProvider);
    }
    Ok(Feedback { signal_id: signal_id.to_owned(), provider: provider.to_owned(), response })
}
