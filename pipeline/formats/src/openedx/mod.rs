//! Open edX tracking logs: one line, or one message with the same object, made canonical events.
//!
//! ```text
//! bytes ──envelope──▶ Line (name, payload, actor, course …) ──names──▶ meaning ──video, problems, …──▶ canonical events
//! ```
//!
//! - **Envelope.** Raw logs (also behind a syslog prefix), event-tracking's own form as event-routing-backends gets it, the form of
//!   the event bus with strings in place of objects, and Segment messages of mobile apps. The forms mix: see `envelope`.
//! - **Course.** `subject` is the course key of the context, else of the page; for what happens to a learner (enrolment, grades,
//!   completion) first that of the payload. Events without one are of the platform.
//! - **Learner.** Numeric user id or, failing that, the name: see `people`.
//! - **Content** is the usage key, **item** the input id's last part (`<block id>_2_1`), **assessment** the problem's usage key.
//! - **Provider** is the hint, else the organisation of the course key.
//! - A line without a time has the time of reception; one whose time has no offset is of the source's zone.
//!
//! | events | canonical type |
//! |---|---|
//! | `load_video`; subsection opened by its page, tabs or arrows; textbook page; thread viewed | `content.viewed` |
//! | `play_video`, `pause_video`, `stop_video`, `seek_video`, `complete_video` and their mobile names | `content.played`, `paused`, `stopped`, `seeked`, `completed` |
//! | captions, transcript, language menu, speed | `content.progressed` |
//! | block completion of 1 | `content.completed` |
//! | `problem_check` of the server | `item.answered` for each question, `assessment.submitted` with the grade |
//! | `showanswer`, hint on demand | `item.revealed`, `item.hinted` |
//! | `openassessmentblock.create_submission` | `assessment.submitted` |
//! | grade of a block other than a problem; rescored, overridden; subsection grade | `assessment.graded` |
//! | special exam created, submitted | `assessment.started`, `assessment.submitted` |
//! | enrolment activated, deactivated, mode changed; course grade now passed | `enrollment.created`, `withdrawn`, `changed`, `completed` |
//! | search results displayed | `search.performed` |
//!
//! Everything else is named and counted, under a name with nothing personal in it: see `template`.
//!
//! Invariant: no bytes make the mapping panic, and every event it gives is a valid canonical event, its time aside.

mod clock;
mod collect;
mod enrolment;
mod envelope;
mod exams;
mod grades;
mod keys;
mod names;
mod navigation;
mod payload;
mod people;
mod problems;
mod score;
mod template;
#[cfg(test)]
mod tests;
mod tolerant;
mod video;

use crate::mapping::{Hints, Mapping};
use collect::Collector;
use envelope::{Line, Wire};
use names::Meaning;
use teachback_core::limits::MESSAGE_BYTES_MAX;
use teachback_core::refusal::{Reason, Refusal};

/// Maps one line or message.
///
/// # Errors
/// `too_large`, `bad_utf8`, `empty_message` (a blank line or a `#` comment), `bad_json`, `wrong_type` (a field stands there twice); `missing_field`
/// for a line that has no name, `bad_time` for one whose time cannot be read, `bad_identifier` for an id that no event may carry.
pub fn map(body: &[u8], hints: &Hints<'_>) -> Result<Mapping, Refusal> {
    let json = object_of(body)?;
    let wire: Wire<'_> = serde_json::from_str(json).map_err(|error| explain(&error))?;
    envelope::with_line(&wire, |line| map_line(line, hints)).unwrap_or_else(|| Err(Refusal::new(Reason::MissingField, "name")))
}

fn map_line(line: &Line<'_>, hints: &Hints<'_>) -> Result<Mapping, Refusal> {
    let mut out = Collector::new(line, clock::moment(line.time, hints)?, hints);
    match line.meaning {
        Meaning::Video(action) => video::map(action, &mut out)?,
        Meaning::ProblemChecked => problems::checked(&mut out)?,
        Meaning::Help(help) => problems::helped(help, &mut out)?,
        Meaning::ResponseSubmitted => problems::submitted(&mut out)?,
        Meaning::Graded(of) => grades::map(of, &mut out)?,
        Meaning::Exam(step) => exams::map(step, &mut out)?,
        Meaning::Enrollment(step) => enrolment::map(step, &mut out)?,
        Meaning::Opened(opened) => navigation::opened(opened, &mut out)?,
        Meaning::BlockCompletion => navigation::completion(&mut out)?,
        Meaning::Searched => navigation::searched(&mut out)?,
        Meaning::Request => navigation::requested(&mut out)?,
        Meaning::Twin => out.twin(),
        Meaning::Nothing => out.unmapped(),
    }
    Ok(out.finish())
}

/// The text of the object in a line: what comes before it is a syslog prefix.
fn object_of(body: &[u8]) -> Result<&str, Refusal> {
    if body.len() > MESSAGE_BYTES_MAX {
        return Err(Refusal::new(Reason::TooLarge, format!("{} bytes", body.len())));
    }
    let text = std::str::from_utf8(body).map_err(|_| Refusal::new(Reason::BadUtf8, "message"))?.trim();
    match text.as_bytes().first() {
        None => Err(Refusal::new(Reason::EmptyMessage, "message")),
        Some(b'#') => Err(Refusal::new(Reason::EmptyMessage, "comment")),
        Some(_) => text.find('{').map(|start| &text[start..]).ok_or_else(|| Refusal::new(Reason::BadJson, "no object")),
    }
}

/// Turns a parser's error into a reason; only the place is kept of its text.
fn explain(error: &serde_json::Error) -> Refusal {
    let reason = if error.is_data() { Reason::WrongType } else { Reason::BadJson };
    Refusal::new(reason, format!("line {} column {}", error.line(), error.column()))
}
