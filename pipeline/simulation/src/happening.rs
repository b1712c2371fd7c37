//! What happened to a learner, kept small until it is handed out, and its canonical event.
//!
//! Invariant: a happening's id is made of its learner and its number in the learner's life, so a repeat has the same id, time and
//! body. Ids of events and sessions are scrambled, as platforms' are: no learner can be read off them.

use crate::course::item::OPTIONS;
use crate::course::{CLIENTS, Course};
use crate::learner::Learner;
use crate::random::scramble;
use std::io;
use teachback_core::event::{Data, Event, EventType, Kind};
use teachback_core::time::EventTime;

/// Tells sessions from happenings of the same number before both are scrambled.
const SESSION_BIT: u64 = 1 << 31;

/// One thing that a learner did or met.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Happening {
    pub(crate) time: EventTime,
    pub(crate) learner: u32,
    /// Number in the learner's life.
    pub(crate) number: u32,
    /// Number of the session; enrolment changes have none.
    pub(crate) session: Option<u16>,
    /// Place of the module.
    pub(crate) module: u16,
    pub(crate) what: What,
}

/// What happened. Contents and items are places in their module.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum What {
    Enrolled,
    Withdrew { reason: &'static str },
    Finished,
    Viewed { content: u16 },
    Failed { content: u16, error_code: &'static str },
    Played { content: u16, at: f32 },
    Paused { content: u16, at: f32 },
    Seeked { content: u16, from: f32, to: f32 },
    Progressed { content: u16, at: f32 },
    Stopped { content: u16, at: f32 },
    Completed { content: u16 },
    QuizStarted,
    Answered { item: u16, option: u8, attempt: u8, tenths_of_second: u32 },
    QuizSubmitted,
}

impl Happening {
    /// The canonical event.
    pub(crate) fn event<'a>(&self, course: &'a Course, learner: &'a Learner) -> Event<'a> {
        let base = Data {
            provider: Some(course.provider.as_str().into()),
            learner: Some(learner.name.as_str().into()),
            session: self.session.map(|session| scrambled('s', self.learner, SESSION_BIT | u64::from(session)).into()),
            ..Data::default()
        };
        let module = &course.modules[usize::from(self.module)];
        let of_content = |content: u16, base: Data<'a>| {
            let content = &module.contents[usize::from(content)];
            Data {
                module: Some(module.id.as_str().into()),
                content: Some(content.id.as_str().into()),
                content_type: Some(content.content_type().into()),
                content_length_s: content.length_s(),
                content_version: Some(module.version(self.time).into()),
                client: Some(CLIENTS[learner.client].into()),
                ..base
            }
        };
        let of_quiz = |base| Data { module: Some(module.id.as_str().into()), assessment: Some(module.quiz.id.as_str().into()), ..base };
        let (event_type, data) = match self.what {
            What::Enrolled => {
                let mode = if learner.is_verified { "verified" } else { "audit" };
                (EventType::EnrollmentCreated, Data { enrollment_mode: Some(mode.into()), stratum: Some(u64::from(learner.stratum)), ..base })
            }
            What::Withdrew { reason } => (EventType::EnrollmentWithdrawn, Data { reason: Some(reason.into()), ..base }),
            What::Finished => (EventType::EnrollmentCompleted, base),
            What::Viewed { content } => (EventType::ContentViewed, of_content(content, base)),
            What::Failed { content, error_code } => (EventType::ContentFailed, Data { error_code: Some(error_code.into()), ..of_content(content, base) }),
            What::Played { content, at } => (EventType::ContentPlayed, Data { position_s: Some(seconds(at)), ..of_content(content, base) }),
            What::Paused { content, at } => (EventType::ContentPaused, Data { position_s: Some(seconds(at)), ..of_content(content, base) }),
            What::Seeked { content, from, to } => {
                let data = Data { position_s: Some(seconds(from)), position_to_s: Some(seconds(to)), ..of_content(content, base) };
                (EventType::ContentSeeked, data)
            }
            What::Progressed { content, at } => (EventType::ContentProgressed, Data { position_s: Some(seconds(at)), ..of_content(content, base) }),
            What::Stopped { content, at } => (EventType::ContentStopped, Data { position_s: Some(seconds(at)), ..of_content(content, base) }),
            What::Completed { content } => (EventType::ContentCompleted, of_content(content, base)),
            What::QuizStarted => (EventType::AssessmentStarted, of_quiz(base)),
            What::Answered { item, option, attempt, tenths_of_second } => {
                let item = &module.quiz.items[usize::from(item)];
                let is_right = usize::from(option) == item.key;
                let data = Data {
                    item: Some(item.id.as_str().into()),
                    attempt: Some(u64::from(attempt)),
                    response: Some(OPTIONS[usize::from(option)].into()),
                    outcome: Some(if is_right { "right" } else { "wrong" }.into()),
                    score: Some(f64::from(u8::from(is_right))),
                    max_score: Some(1.0),
                    response_time_s: Some(f64::from(tenths_of_second) / 10.0),
                    ..of_quiz(base)
                };
                (EventType::ItemAnswered, data)
            }
            What::QuizSubmitted => (EventType::AssessmentSubmitted, of_quiz(base)),
        };
        Event {
            id: scrambled('e', self.learner, u64::from(self.number)).into(),
            source: course.source.as_str().into(),
            kind: Kind::Known(event_type),
            time: self.time,
            subject: course.subject.as_str().into(),
            data: Box::new(data),
            unknown_fields: 0,
        }
    }
}

/// Hands the outline of a course as it stands at a moment to `write`.
pub(crate) fn publish(course: &Course, time: EventTime, write: &mut dyn FnMut(EventTime, &Event<'_>) -> io::Result<()>) -> io::Result<()> {
    let modules = serde_json::value::to_raw_value(&course.outline(time)).map_err(io::Error::other)?;
    let version = course.version(time).to_string();
    let event = Event {
        id: format!("outline-{}-{version}", course.subject).into(),
        source: course.source.as_str().into(),
        kind: Kind::Known(EventType::CoursePublished),
        time,
        subject: course.subject.as_str().into(),
        data: Box::new(Data {
            provider: Some(course.provider.as_str().into()),
            course_version: Some(version.into()),
            title: Some(course.title.as_str().into()),
            modules: Some(&modules),
            ..Data::default()
        }),
        unknown_fields: 0,
    };
    write(time, &event)
}

/// A letter and 16 hexadecimal digits, from a learner and a number of his.
fn scrambled(letter: char, learner: u32, number: u64) -> String {
    let bits = scramble(u64::from(learner) << 32 | number);
    let mut text = String::with_capacity(17);
    text.push(letter);
    text.extend((0..16).rev().map(|digit| char::from(b"0123456789abcdef"[(bits >> (4 * digit) & 15) as usize])));
    text
}

/// A position to a tenth of a second.
fn seconds(at: f32) -> f64 {
    (f64::from(at) * 10.0).round() / 10.0
}
