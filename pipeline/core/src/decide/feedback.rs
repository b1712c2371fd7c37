//! What course teams answer to a signal: seen, or not wanted.
//!
//! ```text
//!  message (key, bytes) ──▶ message::read ──▶ Feedback ──▶ Answers (latest of each open signal) ──▶ with_feedback(verdict)
//!                              └ Unheard, counted
//! ```
//!
//! Invariants:
//! - Only the provider whom a signal is for is heard; evidence is not touched by what anybody thinks of it.
//! - The latest answer about a signal, by partition and offset, holds until the signal ends. So answers are a join: the
//!   order in which partitions are read does not show.
//! - What is kept is bounded by the verdict: one answer for each of its open signals.

mod message;

pub use message::Unheard;

use super::Verdict;
use super::signal::State;
use crate::event::validate::Key;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a course team says of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Response {
    /// It was seen, and will be looked after.
    Acknowledged,
    /// It is not wanted; nothing more is said of it.
    Dismissed,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// The signal.
    pub signal_id: String,
    /// The sender, who can only speak of his own signals.
    pub provider: String,
    /// The answer.
    pub response: Response,
}

impl Feedback {
    /// Reads a message of the topic of feedback.
    ///
    /// # Errors
    /// Why it says nothing that can be heard.
    pub fn read(key: Key<'_>, body: &[u8]) -> Result<Self, Unheard> {
        message::read(key, body)
    }
}

/// Where an answer stands. Of two answers the later one is that of the higher partition, or the higher offset within one;
/// a provider's answers stand in one partition, by their key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Its partition.
    pub partition: u32,
    /// Its offset.
    pub offset: u64,
}

/// The answers to the open signals of a verdict.
#[derive(Debug)]
pub struct Answers {
    open: BTreeMap<String, Open>,
    heard: Heard,
}

/// An open signal.
#[derive(Debug)]
struct Open {
    provider: String,
    latest: Option<(Place, Response)>,
}

/// What became of all messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    /// Answers of providers to their own open signals.
    pub answers: u64,
    /// Answers about what is not, or no longer, an open signal of this verdict.
    pub beside: u64,
    /// Messages that say nothing that can be heard, by reason.
    pub unheard: BTreeMap<Unheard, u64>,
}

impl Answers {
    /// None yet, to this verdict.
    #[must_use]
    pub fn to(verdict: &Verdict) -> Self {
        let open = verdict.signals.iter().filter(|signal| signal.state == State::Open);
        let open = open.map(|signal| (signal.signal_id.clone(), Open { provider: signal.provider.clone(), latest: None })).collect();
        Self { open, heard: Heard::default() }
    }

    /// Hears a message.
    pub fn hear(&mut self, place: Place, key: Key<'_>, body: &[u8]) {
        match Feedback::read(key, body) {
            Ok(feedback) => self.take(place, &feedback),
            Err(unheard) => self.count(unheard),
        }
    }

    /// Takes an answer.
    pub fn take(&mut self, place: Place, feedback: &Feedback) {
        match self.open.get_mut(&feedback.signal_id) {
            None => self.heard.beside += 1,
            Some(open) if open.provider != feedback.provider => self.count(Unheard::OtherProvider),
            Some(open) => {
                self.heard.answers += 1;
                if open.latest.is_none_or(|(earlier, _)| earlier <= place) {
                    open.latest = Some((place, feedback.response));
                }
            }
        }
    }

    fn count(&mut self, unheard: Unheard) {
        *self.heard.unheard.entry(unheard).or_default() += 1;
    }

    /// What became of the messages.
    #[must_use]
    pub fn heard(&self) -> &Heard {
        &self.heard
    }
}

/// The verdict as providers have answered it.
#[must_use]
pub fn with_feedback(mut verdict: Verdict, answers: &Answers) -> Verdict {
    for signal in verdict.signals.iter_mut().filter(|signal| signal.state == State::Open) {
        signal.state = match answers.open.get(&signal.signal_id).and_then(|open| open.latest) {
            Some((_, Response::Acknowledged)) => State::Acknowledged,
            Some((_, Response::Dismissed)) => State::Dismissed,
            None => State::Open,
        };
    }
    verdict
}
