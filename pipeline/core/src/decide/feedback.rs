//! What course teams answer to a signal: seen, or not wanted.
//!
//! Invariant: only the provider whom a signal is for is heard; evidence is not touched by what anybody thinks of it. The
//! latest answer about a signal holds, until the signal ends.

use super::Verdict;
use super::signal::State;
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

/// One answer, as a message of the topic of feedback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// The signal.
    pub signal_id: String,
    /// The sender, who can only speak of his own signals.
    pub provider: String,
    /// The answer.
    pub response: Response,
}

/// The verdict as providers have answered it; `feedback` is in the order in which it came.
#[must_use]
pub fn with_feedback<'a>(mut verdict: Verdict, feedback: impl IntoIterator<Item = &'a Feedback>) -> Verdict {
    let mut latest: BTreeMap<(&str, &str), Response> = BTreeMap::new();
    for one in feedback {
        latest.insert((&one.signal_id, &one.provider), one.response);
    }
    for signal in verdict.signals.iter_mut().filter(|signal| signal.state == State::Open) {
        match latest.get(&(signal.signal_id.as_str(), signal.provider.as_str())) {
            Some(Response::Acknowledged) => signal.state = State::Acknowledged,
            Some(Response::Dismissed) => signal.state = State::Dismissed,
            None => {}
        }
    }
    verdict
}
