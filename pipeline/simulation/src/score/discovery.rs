//! A discovery: something said about an entity on some day, by decide or by another product's rule.
//!
//! Everything that the scorer knows of decide's signals stands in [`said`].

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt;
use teachback_core::decide::Verdict;
use teachback_core::time::Day;

/// The code that is about a provider.
const FLOW: &str = "X-02";

/// The hypotheses that are about entities of one kind, by the letter of their codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Family {
    /// Items.
    #[serde(rename = "I")]
    Items,
    /// Spans of recordings.
    #[serde(rename = "V")]
    Spans,
    /// Modules that learners leave in.
    #[serde(rename = "D")]
    Places,
    /// Contents that fail on a client.
    #[serde(rename = "C")]
    Openings,
    /// Revised modules and recordings.
    #[serde(rename = "R")]
    Revisions,
    /// Accounts of a course, and the flow of a provider's events.
    #[serde(rename = "X")]
    Data,
}

impl Family {
    /// The family of a code; `None` where the scorer knows none.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        let known = [Self::Items, Self::Spans, Self::Places, Self::Openings, Self::Revisions, Self::Data];
        known.into_iter().find(|family| code.starts_with(family.letter()))
    }

    /// The letter of its codes.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            Self::Items => "I",
            Self::Spans => "V",
            Self::Places => "D",
            Self::Openings => "C",
            Self::Revisions => "R",
            Self::Data => "X",
        }
    }
}

/// What a discovery or a fact is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entity<'a> {
    /// The course run.
    pub course: &'a str,
    /// What of it.
    pub part: Part<'a>,
}

/// The part of a course that an entity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part<'a> {
    /// An item of an assessment.
    Item {
        /// Its assessment.
        assessment: &'a str,
        /// The item.
        item: &'a str,
    },
    /// A span of a recording, from 0.
    Span {
        /// The recording.
        content: &'a str,
        /// Its number.
        span: u32,
    },
    /// A module.
    Module(&'a str),
    /// A recording of a module.
    Recording {
        /// The module.
        module: &'a str,
        /// The recording.
        content: &'a str,
    },
    /// A content on a class of client.
    Opening {
        /// The content.
        content: &'a str,
        /// The class of client.
        client: &'a str,
    },
    /// The whole course.
    Course,
    /// All courses of a provider; the entity then has no course.
    Provider(&'a str),
}

impl<'a> Entity<'a> {
    /// What a code is about, by the fields that its family is told by; `None` when one is missing.
    pub(super) fn named(code: &str, course: &'a str, fields: &Fields<'a>) -> Option<(Family, Self)> {
        let family = Family::of(code)?;
        let part = match family {
            Family::Items => Part::Item { assessment: fields.assessment?, item: fields.item? },
            Family::Spans => Part::Span { content: fields.content?, span: fields.span? },
            Family::Places => Part::Module(fields.module?),
            Family::Openings => Part::Opening { content: fields.content?, client: fields.client? },
            Family::Revisions => match fields.content {
                Some(content) => Part::Recording { module: fields.module?, content },
                None => Part::Module(fields.module?),
            },
            Family::Data if code == FLOW => Part::Provider(fields.provider?),
            Family::Data => Part::Course,
        };
        let course = if matches!(part, Part::Provider(_)) { "" } else { course };
        Some((family, Self { course, part }))
    }
}

impl fmt::Display for Entity<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.course)?;
        match self.part {
            Part::Item { assessment, item } => write!(out, " {assessment} {item}"),
            Part::Span { content, span } => write!(out, " {content} span {span}"),
            Part::Module(module) => write!(out, " {module}"),
            Part::Recording { module, content } => write!(out, " {module} {content}"),
            Part::Provider(provider) => write!(out, "all courses of {provider}"),
            Part::Opening { content, client } => write!(out, " {content} on {client}"),
            Part::Course => Ok(()),
        }
    }
}

/// The fields by which an entity is named.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Fields<'a> {
    pub(super) provider: Option<&'a str>,
    pub(super) module: Option<&'a str>,
    pub(super) content: Option<&'a str>,
    pub(super) assessment: Option<&'a str>,
    pub(super) item: Option<&'a str>,
    pub(super) span: Option<u32>,
    pub(super) client: Option<&'a str>,
}

/// Something said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Discovery<'a> {
    /// Its family.
    pub family: Family,
    /// What it is about.
    pub entity: Entity<'a>,
    /// The code; `None` for a rule that only flags.
    pub code: Option<&'static str>,
    /// The day on which it was said.
    pub day: Day,
    /// The last evidence day behind it.
    pub evidence_through: Day,
}

/// Every opening that decide has pushed to providers, in the order of days, and how many signals name no entity of their
/// family. A signal was pushed when it has a day on which it opened.
#[must_use]
pub fn said(verdict: &Verdict) -> (Vec<Discovery<'_>>, u32) {
    // A signal says when it opened and not on what evidence, but how long its code waits shows: in the signals that are
    // open, between their latest evidence and the day it was judged on.
    let mut lags: HashMap<&str, i32> = HashMap::new();
    for signal in &verdict.signals {
        let lag = signal.decided.0 - signal.evidence_through.0;
        lags.entry(signal.code.as_str()).and_modify(|least| *least = lag.min(*least)).or_insert(lag);
    }
    let (mut said, mut nameless) = (Vec::new(), 0);
    for signal in &verdict.signals {
        let Some(day) = signal.opened else { continue };
        let code = signal.code.as_str();
        let fields = Fields {
            provider: Some(&signal.provider),
            module: signal.module.as_deref(),
            content: signal.content.as_deref(),
            assessment: signal.assessment.as_deref(),
            item: signal.item.as_deref(),
            span: signal.span.as_deref().and_then(|span| span.split('/').next()?.parse().ok()),
            client: signal.client.as_deref(),
        };
        let evidence_through = day.plus(-lags.get(code).copied().unwrap_or_default());
        match Entity::named(code, &signal.course, &fields) {
            Some((family, entity)) => said.push(Discovery { family, entity, code: Some(code), day, evidence_through }),
            None => nameless += 1,
        }
    }
    said.sort_unstable_by_key(|discovery| (discovery.day, discovery.entity, discovery.code));
    (said, nameless)
}
