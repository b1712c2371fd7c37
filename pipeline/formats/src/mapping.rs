//! What every format is told beside the bytes, and what it gives for a message.
//!
//! A mapping is pure: the same bytes, headers and hints give the same events with the same ids. A message is mapped as a
//! whole or refused as a whole; what it holds beside canonical events is named, so that it can be counted.

use std::borrow::Cow;
use teachback_core::event::Event;
use teachback_core::time::EventTime;

pub use teachback_core::event::PLATFORM_PREFIX;

/// What is known of a message beside its bytes; a setting of its source, the time aside.
#[derive(Debug, Clone)]
pub struct Hints<'a> {
    /// The value of `source` of its events: the door they came in by.
    pub source: &'a str,
    /// The provider of all events of this source; where it is not set, the one that the message names.
    pub provider: Option<&'a str>,
    /// The identity space of learners, where it is not what the format says.
    pub learner_space: Option<&'a str>,
    /// Minutes east of Greenwich of times without an offset.
    pub naive_offset_minutes: i32,
    /// When the message was received: the time of events that carry none.
    pub received: EventTime,
}

/// Why a part of a message became no event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeftOut {
    /// Its name is none that the format maps.
    Unmapped {
        /// The name, templated: ids, addresses and paths as `*`.
        name: Cow<'static, str>,
    },
    /// Another event says the same and is the one that counts.
    TwinIgnored {
        /// The name of the ignored one.
        name: Cow<'static, str>,
    },
    /// It would need another event, or lacks a field that its canonical type requires.
    Partial {
        /// Its name.
        name: Cow<'static, str>,
        /// What is missing.
        missing: &'static str,
    },
}

/// What a message holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mapping {
    /// The canonical events, in the order of the message.
    pub events: Vec<Event<'static>>,
    /// What became no event.
    pub left_out: Vec<LeftOut>,
}
