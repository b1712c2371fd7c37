//! From verb and object to canonical events.
//!
//! Each kind of object has its function here or in [`super::recording`] and [`super::assessment`]; what none of them
//! knows is left out by name.

use super::activity::Thing;
use super::assessment;
use super::ids::uuid;
use super::recording;
use super::scene::{Scene, Writer};
use super::verbs::Verb;
use crate::mapping::LeftOut;
use std::borrow::Cow;
use teachback_core::event::{Data, EventType};

/// An event of a statement before it has learner, id and time.
#[derive(Debug)]
pub(super) struct Draft<'s> {
    pub(super) event_type: EventType,
    pub(super) data: Data<'s>,
    /// What tells the event from others of its statement, in its id; the first has none.
    pub(super) suffix: Option<&'static str>,
}

impl<'s> Draft<'s> {
    /// The first event of a statement.
    pub(super) fn new(event_type: EventType, data: Data<'s>) -> Self {
        Self { event_type, data, suffix: None }
    }
}

/// The events of a statement, at most two, or why there are none.
pub(super) type Drafts<'s> = Result<Vec<Draft<'s>>, LeftOut>;

/// The events of a statement.
pub(super) fn drafts<'s>(scene: &Scene<'s, '_>) -> Drafts<'s> {
    match (scene.verb, scene.thing) {
        (Verb::Voided, _) => voided(scene),
        (Verb::Searched, _) => searched(scene),
        (_, Thing::Site | Thing::Person) => Err(scene.unmapped()),
        (Verb::Scored | Verb::Evaluated, _) => assessment::marked(scene),
        (_, Thing::NoActivity) => Err(scene.unmapped()),
        (Verb::Rated, _) => rated(scene),
        (Verb::Played | Verb::Paused | Verb::Seeked, _) => recording::drafts(scene),
        (Verb::Launched, _) if scene.is_cmi5 => Err(scene.twin()),
        (Verb::Attempted, _) => assessment::attempted(scene),
        (_, Thing::Course) => course(scene),
        (_, Thing::Live) => live(scene),
        (Verb::Commented, _) => commented(scene),
        (Verb::Viewed, Thing::Survey) => Ok(vec![of_content(scene, EventType::ContentViewed)]),
        (_, Thing::Survey) => Err(scene.unmapped()),
        (_, Thing::Solution | Thing::Hint) => assessment::aid(scene),
        (_, Thing::Item) if scene.nearest(Thing::Survey).is_some() => survey_answer(scene),
        (_, Thing::Item) => assessment::item(scene),
        (_, Thing::Assessment | Thing::Attempt | Thing::Submission | Thing::Review) => assessment::whole(scene),
        (_, Thing::Recording) => recording::drafts(scene),
        (_, Thing::Page | Thing::Module) => page(scene),
    }
}

/// One event of the content that is the object.
pub(super) fn of_content<'s>(scene: &Scene<'s, '_>, event_type: EventType) -> Draft<'s> {
    Draft::new(event_type, content_data(scene))
}

/// Common data and the object as content.
pub(super) fn content_data<'s>(scene: &Scene<'s, '_>) -> Data<'s> {
    Data { content: scene.object_id().map(Cow::Borrowed), content_type: scene.content_type().map(Cow::Borrowed), ..scene.common_data() }
}

fn course<'s>(scene: &Scene<'s, '_>) -> Drafts<'s> {
    let enrollment = |event_type, reason: Option<&'s str>| {
        let mode = scene.statement.definition_extensions().and_then(|extensions| extensions.mode.as_deref());
        let data = Data { enrollment_mode: mode.map(Cow::Borrowed), reason: reason.map(Cow::Borrowed), ..scene.common_data() };
        Ok(vec![Draft::new(event_type, data)])
    };
    let reason = || scene.statement.extensions().into_iter().flatten().find_map(|extensions| extensions.reason.as_deref());
    match scene.verb {
        Verb::Enrolled => enrollment(EventType::EnrollmentCreated, None),
        Verb::Unenrolled | Verb::Left => enrollment(EventType::EnrollmentWithdrawn, reason()),
        Verb::Abandoned => enrollment(EventType::EnrollmentWithdrawn, reason().or(Some("abandoned"))),
        // Moodle says so of an enrolment; elsewhere a learner pauses what he does.
        Verb::Suspended if scene.writer == Writer::Moodle => enrollment(EventType::EnrollmentWithdrawn, Some("suspended")),
        Verb::Resumed if scene.writer == Writer::Moodle => enrollment(EventType::EnrollmentCreated, None),
        Verb::Completed | Verb::Satisfied | Verb::Waived if scene.is_not_completed() => Err(scene.partial("result.completion")),
        Verb::Completed | Verb::Passed | Verb::Satisfied | Verb::Waived => enrollment(EventType::EnrollmentCompleted, reason()),
        Verb::Viewed | Verb::Launched | Verb::Initialized => Ok(vec![of_content(scene, EventType::ContentViewed)]),
        // Canonical events know no grade of a course: neither failing it (yet), nor what was earned in it so far.
        _ => Err(scene.unmapped()),
    }
}

fn live<'s>(scene: &Scene<'s, '_>) -> Drafts<'s> {
    let event_type = match scene.verb {
        Verb::Joined | Verb::Attended => EventType::LiveJoined,
        Verb::Left => EventType::LiveLeft,
        Verb::ActedLive | Verb::Asked | Verb::Answered | Verb::Posted | Verb::Commented | Verb::Interacted => EventType::LiveInteracted,
        Verb::Viewed => EventType::ContentViewed,
        // Beginning and end of the session itself, and signing up for it, are no acts of a learner in it.
        _ => return Err(scene.unmapped()),
    };
    let mut draft = of_content(scene, event_type);
    draft.data.duration_s = scene.duration_s();
    Ok(vec![draft])
}

fn page<'s>(scene: &Scene<'s, '_>) -> Drafts<'s> {
    match scene.verb {
        Verb::Viewed | Verb::Launched | Verb::Initialized | Verb::Downloaded => Ok(vec![of_content(scene, EventType::ContentViewed)]),
        Verb::Navigated if scene.writer == Writer::OpenEdx && scene.is_block() => Ok(vec![of_content(scene, EventType::ContentViewed)]),
        Verb::Completed if scene.is_not_completed() => Err(scene.partial("result.completion")),
        Verb::Completed => Ok(assessment::completed_content(scene)),
        Verb::Progressed if scene.is_complete() => Ok(vec![of_content(scene, EventType::ContentCompleted)]),
        Verb::Progressed | Verb::Terminated | Verb::Abandoned => recording::drafts(scene),
        Verb::Answered => assessment::item(scene),
        Verb::Passed | Verb::Failed | Verb::Earned => assessment::whole(scene),
        _ => Err(scene.unmapped()),
    }
}

fn commented<'s>(scene: &Scene<'s, '_>) -> Drafts<'s> {
    let text = scene.response().filter(|text| !text.is_empty()).ok_or_else(|| scene.partial("text"))?;
    Ok(vec![Draft::new(EventType::FeedbackCommented, Data { text: Some(Cow::Borrowed(text)), ..content_data(scene) })])
}

fn rated<'s>(scene: &Scene<'s, '_>) -> Drafts<'s> {
    let score = scene.statement.result.as_ref().and_then(|result| result.score);
    let rating = scene.extension(|extensions| extensions.rating).or_else(|| score?.raw).ok_or_else(|| scene.partial("rating"))?;
    Ok(vec![Draft::new(EventType::FeedbackRated, Data { rating: Some(rating), ..content_data(scene) })])
}

/// An answer to a questionnaire: a rating, a comment, or what canonical events do not know.
fn survey_answer<'s>(scene: &Scene<'s, '_>) -> Drafts<'s> {
    let survey = scene.nearest(Thing::Survey).and_then(Scene::id_of);
    let data = |scene: &Scene<'s, '_>| Data { content: survey.map(Cow::Borrowed), ..scene.common_data() };
    if scene.verb != Verb::Answered {
        return Err(scene.unmapped());
    }
    if let Some(rating) = scene.extension(|extensions| extensions.rating) {
        return Ok(vec![Draft::new(EventType::FeedbackRated, Data { rating: Some(rating), ..data(scene) })]);
    }
    let interaction = scene.object.definition.as_ref().and_then(|definition| definition.interaction_type.as_deref());
    match (interaction, scene.response()) {
        (Some("fill-in" | "long-fill-in"), Some(text)) if !text.is_empty() => {
            Ok(vec![Draft::new(EventType::FeedbackCommented, Data { text: Some(Cow::Borrowed(text)), ..data(scene) })])
        }
        _ => Err(scene.unmapped()),
    }
}

fn searched<'s>(scene: &Scene<'s, '_>) -> Drafts<'s> {
    let query = scene.response().filter(|query| !query.is_empty()).ok_or_else(|| scene.partial("query"))?;
    Ok(vec![Draft::new(EventType::SearchPerformed, Data { query: Some(Cow::Borrowed(query)), ..scene.common_data() })])
}

/// A void withdraws the events whose id is the voided one, or begins with it and a `#`.
fn voided<'s>(scene: &Scene<'s, '_>) -> Drafts<'s> {
    let voided_id = scene.object.id.as_deref().and_then(uuid).ok_or_else(|| scene.partial("voided_id"))?;
    let data = Data { voided_id: Some(Cow::Owned(voided_id)), provider: scene.provider.map(Cow::Borrowed), ..Data::default() };
    Ok(vec![Draft::new(EventType::StatementVoided, data)])
}
