//! The canonical events of one line: what all of them share is filled in here, and their ids are made.
//!
//! Tracking logs give no ids. An id is a digest of the source and of what makes the event: its name, time, server, actor, session,
//! course and payload, then the type and the object of the canonical event and its place in the line. Equal lines give equal
//! ids, in every envelope that leaves the payload's text as it is; two events of one line never share one. Where the envelope
//! has an id (Segment's `messageId`), that stands for the line.
//!
//! Invariant: every event pushed here passes `teachback_core::event::validate`, its time aside.

use super::clock::Moment;
use super::envelope::Line;
use super::keys::CourseKey;
use super::people::{self, Learner};
use super::template::templated;
use crate::event_id::IdDigest;
use crate::mapping::{Hints, LeftOut, Mapping, PLATFORM_PREFIX};
use std::borrow::Cow;
use teachback_core::event::catalogue::About;
use teachback_core::event::{Data, Event, EventType, Kind};
use teachback_core::limits::{IDENTIFIER_BYTES_MAX, STRING_BYTES_MAX};
use teachback_core::refusal::{Reason, Refusal};

/// Collects the events of a line.
#[derive(Debug)]
pub(super) struct Collector<'l, 'h> {
    /// The line.
    pub(super) line: &'l Line<'l>,
    hints: &'h Hints<'h>,
    moment: Moment,
    digest: Option<IdDigest>,
    mapping: Mapping,
}

impl<'l, 'h> Collector<'l, 'h> {
    pub(super) fn new(line: &'l Line<'l>, moment: Moment, hints: &'h Hints<'h>) -> Self {
        Self { line, hints, moment, digest: None, mapping: Mapping::default() }
    }

    /// Something the actor did, in the course of the context.
    ///
    /// # Errors
    /// `bad_identifier` for an id that no event may carry.
    pub(super) fn did(&mut self, event_type: EventType, data: Data<'static>) -> Result<(), Refusal> {
        let learner = people::actor(self.line, self.hints.learner_space);
        let data = Data { actor_role: people::role(self.line).map(Cow::Borrowed), ..self.of_the_actor(data) };
        self.push(event_type, learner, self.line.course.as_ref(), data)
    }

    /// Something that happened to the learner of the payload, in the payload's course where it names one.
    ///
    /// # Errors
    /// `bad_identifier` for an id that no event may carry.
    pub(super) fn happened(&mut self, event_type: EventType, course_id: Option<&str>, data: Data<'static>) -> Result<(), Refusal> {
        let learner = people::concerned(self.line, self.hints.learner_space);
        let is_actor = learner == people::actor(self.line, self.hints.learner_space);
        let course = course_id.and_then(CourseKey::parse);
        let data = if is_actor { self.of_the_actor(data) } else { data };
        self.push(event_type, learner, course.as_ref().or(self.line.course.as_ref()), data)
    }

    /// Adds the session and the client, which are those of who acted.
    fn of_the_actor(&self, data: Data<'static>) -> Data<'static> {
        Data { session: self.line.session.map(|session| session.to_owned().into()), client: client(self.line).map(Cow::Borrowed), ..data }
    }

    /// The line would need something that it lacks.
    pub(super) fn partial(&mut self, missing: &'static str) {
        let name = templated(self.line.name);
        self.mapping.left_out.push(LeftOut::Partial { name, missing });
    }

    /// Another event says the same.
    pub(super) fn twin(&mut self) {
        self.mapping.left_out.push(LeftOut::TwinIgnored { name: templated(self.line.name) });
    }

    /// The line's name is none that is mapped.
    pub(super) fn unmapped(&mut self) {
        self.mapping.left_out.push(LeftOut::Unmapped { name: templated(self.line.name) });
    }

    /// What was collected.
    pub(super) fn finish(self) -> Mapping {
        self.mapping
    }

    fn push(&mut self, event_type: EventType, learner: Option<Learner>, course: Option<&CourseKey<'_>>, data: Data<'static>) -> Result<(), Refusal> {
        if learner.is_none() && event_type.about() == About::Learner {
            self.partial("learner");
            return Ok(());
        }
        let provider = self.hints.provider.or(course.map(CourseKey::org)).or(self.line.org).unwrap_or(self.hints.source);
        let subject = course.map_or_else(|| format!("{PLATFORM_PREFIX}{provider}"), |course| course.as_str().to_owned());
        let (learner, learner_space) = learner.map(|learner| (learner.id, learner.space)).unzip();
        let data = Data {
            provider: Some(provider.to_owned().into()),
            learner: learner.map(Cow::Owned),
            learner_space: learner_space.map(Cow::Owned),
            time_quality: self.moment.quality.map(Cow::Borrowed),
            response: data.response.map(cut),
            query: data.query.map(cut),
            content_type: data.content_type.map(cut),
            enrollment_mode: data.enrollment_mode.map(cut),
            ..data
        };
        check("course", Some(&subject))?;
        for (place, id) in [
            ("provider", &data.provider),
            ("learner", &data.learner),
            ("learner", &data.learner_space),
            ("session", &data.session),
            ("module", &data.module),
            ("content", &data.content),
            ("assessment", &data.assessment),
            ("item", &data.item),
            ("course_version", &data.course_version),
        ] {
            check(place, id.as_deref())?;
        }
        let id = self.id(event_type, &data);
        let source = self.hints.source.to_owned().into();
        let kind = Kind::Known(event_type);
        self.mapping.events.push(Event {
            id: id.into(),
            source,
            kind,
            time: self.moment.time,
            subject: subject.into(),
            data: Box::new(data),
            unknown_fields: 0,
        });
        Ok(())
    }

    fn id(&mut self, event_type: EventType, data: &Data<'_>) -> String {
        let (line, hints) = (self.line, self.hints);
        let mut digest = self.digest.get_or_insert_with(|| line_digest(line, hints)).clone();
        let object = [&data.item, &data.assessment, &data.content].map(|id| id.as_deref().unwrap_or_default());
        let place = self.mapping.events.len().to_string();
        for part in [event_type.name()].into_iter().chain(object).chain([&*place]) {
            digest.add(part);
        }
        digest.finish()
    }
}

/// The digest of what makes the line itself.
fn line_digest(line: &Line<'_>, hints: &Hints<'_>) -> IdDigest {
    let mut digest = IdDigest::default();
    digest.add(hints.source);
    if let Some(id) = line.envelope_id {
        digest.add("envelope");
        digest.add(id);
        return digest;
    }
    digest.add("line");
    let course = line.course.as_ref().map(CourseKey::as_str);
    let who = [line.user_id, line.username, line.session];
    for part in [Some(line.name), line.time, line.host, line.event_source, course].into_iter().chain(who) {
        digest.add(part.unwrap_or_default());
    }
    digest.add(line.payload.text());
    digest
}

/// The class of the client, where the line tells it.
fn client(line: &Line<'_>) -> Option<&'static str> {
    match line.event_source? {
        "browser" => Some("web"),
        "mobile" => {
            let app = line.app.unwrap_or_default().to_ascii_lowercase();
            Some(if app.contains("android") {
                "android"
            } else if app.contains("ios") || app.contains("iphone") || app.contains("ipad") {
                "ios"
            } else {
                "mobile"
            })
        }
        _ => None,
    }
}

/// A text within the longest that events may carry.
fn cut(text: Cow<'static, str>) -> Cow<'static, str> {
    if text.len() <= STRING_BYTES_MAX {
        return text;
    }
    let end = text.floor_char_boundary(STRING_BYTES_MAX);
    Cow::Owned(text[..end].to_owned())
}

/// The rule of core for identifiers.
fn check(place: &'static str, id: Option<&str>) -> Result<(), Refusal> {
    let is_bad =
        |id: &str| id.is_empty() || id.len() > IDENTIFIER_BYTES_MAX || id.contains(char::is_control) || id == ".." || id.contains("../") || id.contains("..\\");
    if id.is_some_and(is_bad) { Err(Refusal::new(Reason::BadIdentifier, place)) } else { Ok(()) }
}
