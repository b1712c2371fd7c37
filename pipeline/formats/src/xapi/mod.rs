//! xAPI statements, 1.0.3 and 2.0 (IEEE 9274.1.1): the video, cmi5 and virtual-classroom profiles, and the habits of Open
//! edX and Moodle.
//!
//! ```text
//! bytes ──statement::decode──▶ Statement ──Scene──▶ acts::drafts ──▶ learner, id, time ──▶ core's validate ──▶ Event
//!           │ Refusal                                   │ LeftOut                              │ Refusal
//! ```
//!
//! A message is one statement or an array of them. [`map`] reads what a bus brings and is lenient: what does not matter to
//! a course is not looked at. [`lrs::validate`] is the strict judge of what an LRS may accept, for the intake over HTTP.
//!
//! # Mapping
//!
//! | verb | object | event |
//! |---|---|---|
//! | viewed, experienced, launched, initialized; navigated (Open edX) | content, recording, the course | `content.viewed`; cmi5's `launched` is the twin of the `initialized` that follows |
//! | played, paused, seeked, interacted, terminated, completed | recording | `content.{played, paused, seeked, progressed, stopped, completed}` |
//! | completed; progressed to 100 % | content | `content.completed`, with a score also `assessment.graded` |
//! | initialized, attempted | assessment, attempt | `assessment.started` |
//! | completed, submitted, terminated | assessment, attempt, submission | `assessment.submitted` |
//! | passed, failed, scored, evaluated, earned | assessment, content | `assessment.graded` |
//! | answered | question | `item.answered`; in a questionnaire `feedback.rated`, `feedback.commented` or nothing |
//! | evaluated (Open edX) | problem, question | `item.answered`, `assessment.submitted`: see `assessment.rs` |
//! | scored, evaluated, assessed | question | `item.graded` |
//! | asked | hint, solution (Open edX) | `item.hinted`, `item.revealed` |
//! | registered, enrolled; unregistered, left, abandoned; completed, passed, satisfied, waived | the course | `enrollment.{created, withdrawn, completed}` |
//! | join, attended; leave; acts and questions | live session | `live.{joined, left, interacted}` |
//! | rated; commented; searched | anything | `feedback.rated`, `feedback.commented`, `search.performed` |
//! | voided | statement | `statement.voided`: to the lake, in force at the next rebuild |
//!
//! - The course is the nearest activity of type course around the object, else the object. In Open edX the part after
//!   `/course/`, elsewhere its id. Without one the event belongs to the platform
//!   ([`PLATFORM_PREFIX`]) and the provider. The provider is the hint, else the organisation of an Open edX course key, else the
//!   host of the course, the learner's account or the object.
//! - Items in Open edX: **item = the last path part, block id and input suffix (`<block id>_2_1`); assessment and content =
//!   the problem's usage key**, as in its tracking logs. A statement that names only the problem (one question, a hint, a
//!   solution) means its first input, `_2_1`. Elsewhere the item is the object and the assessment the nearest around it.
//! - Open edX's statement of a changed enrolment mode is that of an enrolment, letter for letter: `enrollment.created` again.
//! - Scores: see `score.rs`. Learners: `learner.rs`. Event ids: `ids.rs`. Times: `time.rs`.
//!
//! # Invariants
//!
//! - No bytes make it panic, and no value of a message is in a refusal or in the name of what was left out.
//! - Every event that comes out is one that [`teachback_core::event::validate`] takes, save for a time in the future, which
//!   only the log can judge.

mod activity;
mod acts;
mod assessment;
mod extensions;
mod ids;
mod learner;
pub mod lrs;
mod open_edx;
mod recording;
mod scene;
mod score;
mod statement;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod verbs;

use crate::mapping::{Hints, LeftOut, Mapping, PLATFORM_PREFIX};
use acts::Draft;
use ids::Message;
use learner::Learner;
use scene::Scene;
use statement::Statement;
use std::borrow::Cow;
use teachback_core::event::catalogue::About;
use teachback_core::event::fields::Field;
use teachback_core::event::validate::{Arrival, Key, validate};
use teachback_core::event::{Data, Event, Kind};
use teachback_core::refusal::{Reason, Refusal};
use teachback_core::time::EventTime;
use verbs::Verb;

/// Most members of an anonymous group that one statement may be about.
const GROUP_MEMBERS_MAX: usize = 1_000;

/// Maps a message: one statement, or an array of them.
///
/// # Errors
/// A [`Refusal`] of the whole message when it is no statement, or holds an identifier, number or time that no event may have.
pub fn map(body: &[u8], hints: &Hints<'_>) -> Result<Mapping, Refusal> {
    let message = Message::new(body);
    let mut mapping = Mapping::default();
    for (place, statement) in statement::decode(body)?.into_iter().enumerate() {
        map_statement(statement, place, &message, hints, &mut mapping)?;
    }
    Ok(mapping)
}

fn map_statement(mut statement: Statement<'_>, place: usize, message: &Message<'_>, hints: &Hints<'_>, mapping: &mut Mapping) -> Result<(), Refusal> {
    let missing = |place: &str| Refusal::new(Reason::MissingField, place);
    let verb = statement.verb.take().and_then(|verb| verb.id).filter(|iri| !iri.is_empty()).ok_or_else(|| missing("verb.id"))?;
    if statement.actor.is_none() {
        return Err(missing("actor"));
    }
    let moment = time::of(&statement, hints)?;
    let people = learner::people(&mut statement, Verb::of(&verb));
    if people.learners.len() > GROUP_MEMBERS_MAX {
        return Err(Refusal::new(Reason::BadValue, "actor.member"));
    }
    let object = statement.object.as_ref().ok_or_else(|| missing("object"))?;
    let scene = Scene::new(&statement, object, &verb, &people.learners, hints);
    let drafts = match acts::drafts(&scene) {
        Ok(drafts) => drafts,
        Err(left_out) => {
            mapping.left_out.push(left_out);
            return Ok(());
        }
    };
    let id = ids::event_id(&statement, place, message, scene.writer, hints)?;
    for draft in drafts {
        let Draft { event_type, mut data, suffix } = draft;
        data.actor_role = people.actor_role.map(Cow::Borrowed);
        data.time_quality = moment.1.map(Cow::Borrowed);
        let lacking = event_type.required().iter().find(|field| !field.is_present(&data)).map(|field| field.name());
        let no_learner = event_type.about() == About::Learner && people.learners.is_empty();
        if let Some(missing) = lacking.or(no_learner.then(|| Field::learner.name())) {
            mapping.left_out.push(LeftOut::Partial { name: scene.name(), missing });
            continue;
        }
        let id = suffix.map_or_else(|| Cow::Borrowed(&*id), |suffix| Cow::Owned(ids::further(&id, suffix)));
        let mut push = |id: Cow<'_, str>, data: Data<'_>| {
            let event = Event {
                id,
                source: Cow::Borrowed(hints.source),
                kind: Kind::Known(event_type),
                time: moment.0,
                subject: subject(&scene, hints),
                data: Box::new(data),
                unknown_fields: 0,
            };
            canonical(event).map(|event| mapping.events.push(event))
        };
        match (event_type.about(), people.learners.as_slice()) {
            (About::Course, _) | (_, []) => push(id, data)?,
            (_, [learner]) => push(id, with_learner(data, learner, hints))?,
            (_, members) => {
                for (number, member) in members.iter().enumerate() {
                    let id = if number == 0 { id.clone() } else { Cow::Owned(ids::further(&id, format_args!("member-{}", number + 1))) };
                    push(id, with_learner(data.clone(), member, hints))?;
                }
            }
        }
    }
    Ok(())
}

fn with_learner<'a>(data: Data<'a>, learner: &'a Learner<'_>, hints: &'a Hints<'_>) -> Data<'a> {
    let space = hints.learner_space.unwrap_or(&learner.space);
    Data { learner: Some(Cow::Borrowed(&learner.id)), learner_space: Some(Cow::Borrowed(space)), ..data }
}

/// The course run, or the platform for what names none.
fn subject<'s>(scene: &Scene<'s, '_>, hints: &Hints<'_>) -> Cow<'s, str> {
    scene.course.clone().unwrap_or_else(|| Cow::Owned(format!("{PLATFORM_PREFIX}{}", scene.provider.unwrap_or(hints.source))))
}

/// The event as one that outlives its message, if it is one that core takes. Its time is judged by the log.
fn canonical(event: Event<'_>) -> Result<Event<'static>, Refusal> {
    let arrival = Arrival { not_after: EventTime(i64::MAX), key: Key::None };
    let event = validate(event, &arrival)?;
    let owned = owned(&event);
    debug_assert_eq!(owned, *event, "a field is lost");
    Ok(owned)
}

fn owned(event: &Event<'_>) -> Event<'static> {
    let data = &event.data;
    let text = |text: &Option<Cow<'_, str>>| text.as_deref().map(|text| Cow::Owned(text.to_owned()));
    Event {
        id: event.id.to_string().into(),
        source: event.source.to_string().into(),
        kind: match &event.kind {
            Kind::Known(event_type) => Kind::Known(*event_type),
            Kind::Unknown(name) => Kind::Unknown(name.to_string().into()),
        },
        time: event.time,
        subject: event.subject.to_string().into(),
        data: Box::new(Data {
            provider: text(&data.provider),
            learner: text(&data.learner),
            learner_space: text(&data.learner_space),
            actor_role: text(&data.actor_role),
            session: text(&data.session),
            time_quality: text(&data.time_quality),
            module: text(&data.module),
            content: text(&data.content),
            content_type: text(&data.content_type),
            client: text(&data.client),
            position_s: data.position_s,
            position_to_s: data.position_to_s,
            content_length_s: data.content_length_s,
            duration_s: data.duration_s,
            assessment: text(&data.assessment),
            item: text(&data.item),
            attempt: data.attempt,
            response: text(&data.response),
            response_time_s: data.response_time_s,
            outcome: text(&data.outcome),
            score: data.score,
            max_score: data.max_score,
            enrollment_mode: text(&data.enrollment_mode),
            reason: text(&data.reason),
            rating: data.rating,
            text: text(&data.text),
            query: text(&data.query),
            voided_id: text(&data.voided_id),
            ..Data::default()
        }),
        unknown_fields: event.unknown_fields,
    }
}
