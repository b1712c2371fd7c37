//! Decide at work: for each snapshot its grounds are noted, then its cells are judged, then providers are heard.
//!
//! ```text
//!   parts of shards, ends of feedback ──▶ Grounds (created if absent) ──▶ cells ──▶ judge ──▶ + answers ──▶ Verdict
//! ```
//!
//! Feedback is read from its beginning for each verdict, up to the offsets of the grounds: nothing of it is kept between
//! verdicts, so any snapshot can be judged again. A message that says nothing is counted and stops nothing.

use crate::evidence::Evidence;
use crate::grounds::{self, Grounds};
use crate::layout;
use crate::port::{Actor, FeedbackSource, PortError, Store};
use crate::shard_view::{Part, ShardView};
use std::collections::BTreeMap;
use teachback_core::decide::{Answers, Heard, Place, Verdict, Versions, with_feedback};
use teachback_core::time::EventTime;

/// Decide of one warehouse.
pub(crate) struct Decider {
    evidence: Evidence,
    feedback: Option<Box<dyn FeedbackSource>>,
    /// What became of feedback when it was last told in the log.
    told: Heard,
}

impl Decider {
    /// One that hears providers by `feedback`, if there is such a source.
    pub(crate) fn new(feedback: Option<Box<dyn FeedbackSource>>) -> Self {
        Self { evidence: Evidence::default(), feedback, told: Heard::default() }
    }

    /// The verdict at a snapshot with these parts, as providers have answered it.
    pub(crate) fn judge(
        &mut self,
        store: &dyn Store,
        shards: &BTreeMap<u32, ShardView>,
        parts: &BTreeMap<u32, Part>,
        as_of: EventTime,
    ) -> Result<Verdict, PortError> {
        let feedback = &mut self.feedback;
        let grounds = grounds::hold(store, as_of, || {
            Ok(Grounds {
                as_of,
                shards: parts.iter().map(|(shard, part)| (*shard, part.epoch)).collect(),
                feedback: feedback.as_mut().map_or_else(|| Ok(BTreeMap::new()), |feedback| feedback.ends())?,
                versions: Versions::of_this_program(),
            })
        })?;
        let verdict = self.evidence.judge(store, shards, &grounds.shards, as_of)?;
        self.answered(verdict, &grounds)
    }

    /// The verdict with the answers that its grounds name.
    fn answered(&mut self, verdict: Verdict, grounds: &Grounds) -> Result<Verdict, PortError> {
        if grounds.feedback.is_empty() {
            return Ok(verdict);
        }
        let Some(feedback) = &mut self.feedback else {
            let path = layout::grounds(grounds.as_of);
            let message = format!("{path} names answers of providers, but there is no feedback to read; give its topic again, or delete that file");
            return Err(PortError::new(Actor::User, message));
        };
        let mut answers = Answers::to(&verdict);
        feedback.read(&grounds.feedback, &mut |answer| {
            answers.hear(Place { partition: answer.partition.0, offset: answer.offset }, answer.key, answer.body);
        })?;
        self.tell(answers.heard());
        Ok(with_feedback(verdict, &answers))
    }

    /// Logs what became of feedback where there is something new; never what a message says.
    fn tell(&mut self, heard: &Heard) {
        if *heard == self.told {
            return;
        }
        let unheard: u64 = heard.unheard.values().sum();
        tracing::info!(answers = heard.answers, beside = heard.beside, unheard, "feedback read");
        if heard.unheard != self.told.unheard {
            for (reason, messages) in &heard.unheard {
                tracing::warn!(reason = reason.code(), messages, "feedback that says nothing that can be heard; see schemas/signals/v1/feedback.schema.json");
            }
        }
        self.told = heard.clone();
    }
}

/// Keeps a verdict.
pub(crate) fn save(store: &dyn Store, path: &str, verdict: &Verdict) -> Result<(), PortError> {
    let plain = serde_json::to_vec(verdict).map_err(|cause| PortError::external("a verdict cannot be written as JSON", cause))?;
    let packed = zstd::bulk::compress(&plain, 3).map_err(|cause| PortError::external("a verdict cannot be compressed", cause))?;
    store.put(path, packed.into())
}
