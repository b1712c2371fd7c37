//! What the learners of a course met, counted while they live, for the answer book.
//!
//! Invariant: a learner counts once for each thing, for he meets each once: he takes a quiz once, plays a recording through
//! once and comes to a module once.

use crate::course::{ContentKind, Course};

/// What the learners of a course met.
#[derive(Debug)]
pub(crate) struct Met {
    pub(crate) modules: Vec<ModuleMet>,
    /// Learners who enrolled and are bots.
    pub(crate) bots: u32,
    /// Learners of whom something was lost while their source was silent.
    pub(crate) silenced: u32,
}

/// What learners met in a module.
#[derive(Debug)]
pub(crate) struct ModuleMet {
    /// Learners who came.
    pub(crate) arrived: u32,
    /// Of those, learners who are to leave in it.
    pub(crate) leaving: u32,
    /// Sum of their probabilities of leaving …
    pub(crate) own: f64,
    /// … and of what these would be in the other modules that are no walls, in the mean.
    pub(crate) elsewhere: f64,
    /// Learners who came after the revision.
    pub(crate) arrived_revised: u32,
    /// Sum of what the revision added to their probabilities of leaving.
    pub(crate) changed: f64,
    pub(crate) contents: Vec<ContentMet>,
    /// Learners who answered each item.
    pub(crate) answered: Vec<u32>,
}

/// What learners met in a content.
#[derive(Debug)]
pub(crate) struct ContentMet {
    /// Learners who opened it on the client on which it is broken, since it is.
    pub(crate) opened_broken: u32,
    pub(crate) spans: Vec<SpanMet>,
}

/// What learners met in a span of a recording.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct SpanMet {
    /// Learners who entered it.
    pub(crate) entered: u32,
    /// Sum of their probabilities of leaving in it.
    pub(crate) hazard: f64,
}

impl Met {
    /// Nothing yet.
    pub(crate) fn nothing(course: &Course) -> Self {
        let spans = |kind: &ContentKind| match kind {
            ContentKind::Page { .. } => 0,
            ContentKind::Video(video) => video.spans.len(),
        };
        let modules = course.modules.iter().map(|module| ModuleMet {
            arrived: 0,
            leaving: 0,
            own: 0.0,
            elsewhere: 0.0,
            arrived_revised: 0,
            changed: 0.0,
            contents: module.contents.iter().map(|content| ContentMet { opened_broken: 0, spans: vec![SpanMet::default(); spans(&content.kind)] }).collect(),
            answered: vec![0; module.quiz.items.len()],
        });
        Self { modules: modules.collect(), bots: 0, silenced: 0 }
    }
}
