//! Courses: modules of videos, pages and a quiz, what is wrong with them, and the outline that they publish.
//!
//! Invariants: ids are unique within a course; a module is revised at most once, so everything has version 1 or 2, and
//! which follows from the moment alone.

pub(crate) mod item;
pub(crate) mod make;
mod sizes;

pub(crate) use sizes::apportion;

use item::{Item, OPTIONS};
use teachback_core::event::outline;
use teachback_core::time::{Day, EventTime};

/// Client classes of learners.
pub(crate) const CLIENTS: [&str; 3] = ["web", "android", "ios"];
/// Learners from which on something may be planted in a course.
pub(crate) const PLANTED_LEARNERS_MIN: u32 = 50;
/// Learners from which on a course may be revised.
pub(crate) const REVISED_LEARNERS_MIN: u32 = 250;
/// How much more learners leave in the first span of a recording.
const FIRST_SPAN: f64 = 1.6;

/// One course run.
#[derive(Debug)]
pub(crate) struct Course {
    pub(crate) subject: String,
    pub(crate) title: String,
    pub(crate) provider: String,
    /// Name of the platform that sends its events.
    pub(crate) source: String,
    /// Learners who enrol.
    pub(crate) size: u32,
    /// Mean ability of its learners.
    pub(crate) mean_ability: f64,
    /// Logit of the probability that a learner of mean ability and motivation leaves in a module.
    pub(crate) hazard_logit: f64,
    pub(crate) modules: Vec<Module>,
}

/// One module: contents in order, then the quiz.
#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) id: String,
    pub(crate) contents: Vec<Content>,
    pub(crate) quiz: Quiz,
    /// What it adds to the logit of leaving.
    pub(crate) hazard_logit: f64,
    /// Why it adds so much, if that is no chance.
    pub(crate) wall: Option<Wall>,
    pub(crate) revision: Option<Revision>,
}

/// Why more learners leave in a module than in others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Wall {
    /// Planted, to be found.
    Planted,
    /// It is what its revision is made for; about this share of learners leaves.
    Troubled(f64),
}

/// A module made anew.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Revision {
    pub(crate) time: EventTime,
    /// What it adds to the probability of leaving.
    pub(crate) change: f64,
}

/// One content of a module.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) id: String,
    pub(crate) kind: ContentKind,
    pub(crate) broken: Option<Broken>,
}

/// A content that often fails to open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Broken {
    /// Place of the client class.
    pub(crate) client: usize,
    /// The first day.
    pub(crate) since: Day,
    /// Share of openings that fail.
    pub(crate) share: f64,
}

/// What a content is.
#[derive(Debug)]
pub(crate) enum ContentKind {
    /// A page of so many words.
    Page { words: u64 },
    /// A recording.
    Video(Video),
}

/// A recording and how learners leave it.
#[derive(Debug)]
pub(crate) struct Video {
    pub(crate) length_s: f64,
    pub(crate) spans: Vec<Span>,
}

/// A span of a recording.
#[derive(Debug)]
pub(crate) struct Span {
    /// Probability of leaving within it.
    pub(crate) hazard: f64,
    pub(crate) peak: Option<Peak>,
}

/// Why a span is played again more often than others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Peak {
    /// It confuses: learners leave it this many times as often.
    Confusing(f64),
    /// It is worth another look; nobody leaves for it.
    WorthAnotherLook,
}

/// The quiz of a module.
#[derive(Debug)]
pub(crate) struct Quiz {
    pub(crate) id: String,
    pub(crate) items: Vec<Item>,
}

impl Course {
    /// The outline in force at a moment: its keys are those by which answers are marked.
    pub(crate) fn outline(&self, time: EventTime) -> Vec<outline::Module> {
        self.modules.iter().map(|module| module.outline(time)).collect()
    }

    /// Version of the outline in force at a moment, from 1.
    pub(crate) fn version(&self, time: EventTime) -> usize {
        1 + self.modules.iter().filter(|module| module.is_revised(time)).count()
    }

    /// Whether nothing was planted in it.
    pub(crate) fn is_clean(&self) -> bool {
        let item = |item: &Item| item.fault.is_some();
        let content = |content: &Content| {
            let has_peak = matches!(&content.kind, ContentKind::Video(video) if video.spans.iter().any(|span| span.peak.is_some()));
            content.broken.is_some() || has_peak
        };
        !self
            .modules
            .iter()
            .any(|module| module.wall.is_some() || module.revision.is_some() || module.contents.iter().any(content) || module.quiz.items.iter().any(item))
    }
}

impl Module {
    /// Contents and the quiz.
    pub(crate) fn steps(&self) -> usize {
        self.contents.len() + 1
    }

    /// Whether the revision is out at a moment.
    pub(crate) fn is_revised(&self, time: EventTime) -> bool {
        self.revision.is_some_and(|revision| revision.time <= time)
    }

    /// The version of its contents at a moment.
    pub(crate) fn version(&self, time: EventTime) -> &'static str {
        if self.is_revised(time) { "2" } else { "1" }
    }

    fn outline(&self, time: EventTime) -> outline::Module {
        let items = self.quiz.items.iter().map(|item| outline::Item {
            item: item.id.clone(),
            title: None,
            options: OPTIONS.map(|option| outline::ResponseOption { option: option.to_owned(), text: None }).into(),
            key: Some(OPTIONS[item.key].to_owned()),
            max_score: Some(1.0),
        });
        outline::Module {
            module: self.id.clone(),
            title: Some(format!("Module {}", self.id.trim_start_matches('m'))),
            due: None,
            contents: self.contents.iter().map(|content| content.outline(self.version(time))).collect(),
            assessments: vec![outline::Assessment { assessment: self.quiz.id.clone(), title: Some("Quiz".to_owned()), items: items.collect() }],
        }
    }
}

impl Video {
    /// Seconds from and to of a span, to a tenth of a second.
    pub(crate) fn bounds(&self, span: usize) -> (f64, f64) {
        let bound = |spans: usize| (self.length_s * 10.0 * spans as f64 / self.spans.len() as f64).round() / 10.0;
        (bound(span), bound(span + 1))
    }

    /// How much more learners leave at this position of any recording.
    pub(crate) fn position(span: usize) -> f64 {
        if span == 0 { FIRST_SPAN } else { 1.0 }
    }
}

impl Content {
    /// The value of `content_type`.
    pub(crate) fn content_type(&self) -> &'static str {
        match self.kind {
            ContentKind::Page { .. } => "page",
            ContentKind::Video(_) => "video",
        }
    }

    /// Length of a recording.
    pub(crate) fn length_s(&self) -> Option<f64> {
        match &self.kind {
            ContentKind::Page { .. } => None,
            ContentKind::Video(video) => Some(video.length_s),
        }
    }

    fn outline(&self, version: &str) -> outline::Content {
        let words = match self.kind {
            ContentKind::Page { words } => Some(words),
            ContentKind::Video(_) => None,
        };
        outline::Content {
            content: self.id.clone(),
            content_type: Some(self.content_type().to_owned()),
            length_s: self.length_s(),
            words,
            content_version: Some(version.to_owned()),
            ..outline::Content::default()
        }
    }
}
