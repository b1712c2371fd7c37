//! Questions and what holds them: answers, marks, attempts, hints.
//!
//! A question is counted once, however it is told:
//! - Open edX writes one `evaluated` of a problem with one question: `item.answered`, and `assessment.submitted` for the
//!   problem's points. For a problem of several it writes a list: the parent (type `GroupActivity`) is the problem's
//!   `assessment.submitted` alone, each child is one `item.answered`.
//! - Of its twins `evaluated` (server) counts; `attempted` by the browser, and `attempted` with the problem's grade, do not.
//!   Other blocks have no `evaluated`, so their grade is `assessment.graded`.
//! - An attempt that was given up (`completion` false; Moodle says `completed` all the same) is not handed in.

use super::activity::Thing;
use super::acts::{Draft, Drafts, content_data, of_content};
use super::open_edx::{self, Input};
use super::scene::{Scene, Writer};
use super::score::Grade;
use super::verbs::Verb;
use std::borrow::Cow;
use teachback_core::event::{Data, EventType};

impl<'s> Scene<'s, '_> {
    fn grade(&self) -> Grade {
        let score = self.statement.result.as_ref().and_then(|result| result.score);
        Grade::of(score.as_ref(), self.writer)
    }

    /// What the statement says of success, unless its writer means something else by it.
    fn success(&self) -> Option<bool> {
        let success = self.statement.result.as_ref().and_then(|result| result.success());
        success.filter(|_| self.writer != Writer::Moodle)
    }

    /// Whether it says that something was not finished.
    pub(super) fn is_not_completed(&self) -> bool {
        self.statement.result.as_ref().and_then(|result| result.completion()) == Some(false)
    }

    /// Whether it says that something is finished.
    pub(super) fn is_complete(&self) -> bool {
        let completion = self.statement.result.as_ref().and_then(|result| result.completion());
        completion.unwrap_or_else(|| self.extension(|extensions| extensions.progress_percent).is_some_and(|percent| percent >= 100.0))
    }

    fn has_answer(&self) -> bool {
        self.statement.result.as_ref().is_some_and(|result| result.response.is_some() || result.success().is_some() || result.score.is_some())
    }

    /// Number of the attempt, of the object, and its length in seconds, of the object or of the attempt around it. The id of an
    /// attempt around it is that of a record (an Open edX exam), not a number from 1.
    fn attempt(&self) -> (Option<u64>, Option<f64>) {
        let around = self.nearest(Thing::Attempt).and_then(|attempt| attempt.definition.as_ref()).and_then(|definition| definition.extensions.as_ref());
        let own = self.statement.definition_extensions();
        let number = own.and_then(|own| own.attempt);
        let seconds = self.duration_s().or_else(|| around?.duration_s);
        (number.filter(|number| number.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(number)).map(|number| number as u64), seconds)
    }

    /// The id of the assessment that holds the object: the nearest assessment around it, else a parent that is content.
    fn assessment_around(&self) -> Option<&'s str> {
        let held_by = self.statement.parents().find(|activity| Thing::of(activity) == Thing::Page);
        self.nearest(Thing::Assessment).or(held_by).and_then(Self::id_of)
    }

    /// The assessment that the object is, or is an attempt at; for a graded learner the one around him.
    fn assessment(&self) -> Option<&'s str> {
        match self.thing {
            Thing::Attempt | Thing::Submission | Thing::Review | Thing::NoActivity => self.assessment_around(),
            _ => self.object_id(),
        }
    }
}

fn with_grade<'s>(data: Data<'s>, grade: Grade) -> Data<'s> {
    let mark = grade.mark();
    let outcome = (grade != Grade::Absent).then(|| Cow::Borrowed(grade.outcome(None)));
    Data { score: mark.map(|mark| mark.score), max_score: mark.map(|mark| mark.max_score), outcome: data.outcome.or(outcome), ..data }
}

/// An event of an assessment as a whole.
fn of_assessment<'s>(scene: &Scene<'s, '_>, event_type: EventType, assessment: &'s str, grade: Grade) -> Draft<'s> {
    let (attempt, duration_s) = scene.attempt();
    let content_type = if scene.object_id() == Some(assessment) { scene.content_type() } else { None };
    let data = Data {
        assessment: Some(Cow::Borrowed(assessment)),
        content: Some(Cow::Borrowed(assessment)),
        content_type: content_type.map(Cow::Borrowed),
        attempt,
        duration_s,
        ..scene.common_data()
    };
    Draft::new(event_type, with_grade(data, grade))
}

/// An event of one question.
fn of_item<'s>(scene: &Scene<'s, '_>, event_type: EventType, assessment: Option<&'s str>, item: Cow<'s, str>) -> Draft<'s> {
    let (attempt, _) = scene.attempt();
    let grade = scene.grade();
    let is_marked = matches!(event_type, EventType::ItemAnswered | EventType::ItemGraded);
    let content = assessment.map(Cow::Borrowed).unwrap_or_else(|| item.clone());
    let data = Data {
        assessment: assessment.map(Cow::Borrowed),
        content: Some(content),
        content_type: scene.content_type().map(Cow::Borrowed),
        item: Some(item),
        attempt,
        response: scene.response().map(Cow::Borrowed),
        response_time_s: if event_type == EventType::ItemAnswered { scene.duration_s() } else { None },
        outcome: is_marked.then(|| Cow::Borrowed(grade.outcome(scene.success()))),
        ..scene.common_data()
    };
    Draft::new(event_type, if is_marked { with_grade(data, grade) } else { data })
}

/// The item of the object, with the assessment that holds it.
fn own_item<'s>(scene: &Scene<'s, '_>, event_type: EventType) -> Drafts<'s> {
    let object = scene.object_id().ok_or_else(|| scene.partial("object.id"))?;
    if let Some(problem) = scene.object.id.as_deref().and_then(open_edx::usage_key) {
        let draft = match question_of(scene, problem) {
            Some(Input { problem, item }) => of_item(scene, event_type, Some(problem), Cow::Borrowed(item)),
            None => of_item(scene, event_type, Some(problem), Cow::Owned(open_edx::first_item(problem))),
        };
        return Ok(vec![draft]);
    }
    Ok(vec![of_item(scene, event_type, scene.assessment_around(), Cow::Borrowed(object))])
}

/// Problem and input of a usage key that names a question: it refers to the statement of the whole, or to its problem.
fn question_of<'s>(scene: &Scene<'s, '_>, usage_key: &'s str) -> Option<Input<'s>> {
    let input = open_edx::input(usage_key)?;
    let refers = scene.statement.context.as_ref().and_then(|context| context.statement.as_ref()).is_some_and(|statement| statement.id.is_some());
    (refers || scene.statement.around().any(|activity| Scene::id_of(activity) == Some(input.problem))).then_some(input)
}

/// Verbs on a question.
pub(super) fn item<'s>(scene: &Scene<'s, '_>) -> Drafts<'s> {
    match scene.verb {
        Verb::Answered => own_item(scene, EventType::ItemAnswered),
        Verb::Completed | Verb::Passed | Verb::Failed | Verb::Attempted | Verb::Submitted if scene.has_answer() => own_item(scene, EventType::ItemAnswered),
        Verb::Completed | Verb::Passed | Verb::Failed | Verb::Attempted | Verb::Submitted => Err(scene.partial("result")),
        Verb::Viewed | Verb::Initialized | Verb::Launched => own_item(scene, EventType::ItemShown),
        _ => Err(scene.unmapped()),
    }
}

/// A hint to a problem, or its answer.
pub(super) fn aid<'s>(scene: &Scene<'s, '_>) -> Drafts<'s> {
    let event_type = match (scene.verb, scene.thing) {
        (Verb::Asked | Verb::Viewed, Thing::Solution) => EventType::ItemRevealed,
        (Verb::Asked | Verb::Viewed, Thing::Hint) => EventType::ItemHinted,
        _ => return Err(scene.unmapped()),
    };
    if scene.object.id.as_deref().and_then(open_edx::usage_key).is_some() {
        return own_item(scene, event_type);
    }
    let item = scene.nearest(Thing::Item).and_then(Scene::id_of).ok_or_else(|| scene.partial("item"))?;
    Ok(vec![of_item(scene, event_type, scene.nearest(Thing::Assessment).and_then(Scene::id_of), Cow::Borrowed(item))])
}

/// Verbs on an assessment, an attempt at it or work for it.
pub(super) fn whole<'s>(scene: &Scene<'s, '_>) -> Drafts<'s> {
    let event_type = match scene.verb {
        Verb::Viewed | Verb::Launched => EventType::ContentViewed,
        Verb::Initialized => EventType::AssessmentStarted,
        Verb::Completed | Verb::Submitted | Verb::Terminated if scene.thing != Thing::Review => EventType::AssessmentSubmitted,
        Verb::Passed | Verb::Failed | Verb::Earned => EventType::AssessmentGraded,
        _ => return Err(scene.unmapped()),
    };
    if event_type == EventType::AssessmentSubmitted && scene.is_not_completed() {
        return Err(scene.partial("result.completion"));
    }
    let assessment = scene.assessment().ok_or_else(|| scene.partial("assessment"))?;
    if event_type == EventType::ContentViewed {
        let data = Data { content: Some(Cow::Borrowed(assessment)), ..content_data(scene) };
        return Ok(vec![Draft::new(event_type, data)]);
    }
    let grade = if event_type == EventType::AssessmentStarted { Grade::Absent } else { scene.grade() };
    Ok(vec![of_assessment(scene, event_type, assessment, grade)])
}

/// A mark: of a question by Open edX at once, of a question later, or of a whole.
pub(super) fn marked<'s>(scene: &Scene<'s, '_>) -> Drafts<'s> {
    let problem = scene.object.id.as_deref().and_then(open_edx::usage_key);
    if let (Verb::Evaluated, Thing::Item | Thing::Page, Some(problem)) = (scene.verb, scene.thing, problem) {
        return checked(scene, problem);
    }
    match scene.thing {
        Thing::Item if scene.writer == Writer::OpenEdx && scene.object_id().is_none() => Err(scene.partial("object.id")),
        Thing::Item => own_item(scene, EventType::ItemGraded),
        // A slot of a review is a place in one attempt; which question stood there, it does not say.
        Thing::Review => Err(scene.partial("item")),
        Thing::Course | Thing::Site | Thing::Person | Thing::Survey | Thing::Live | Thing::Solution | Thing::Hint => Err(scene.unmapped()),
        Thing::Module | Thing::Recording | Thing::Assessment | Thing::Attempt | Thing::Submission | Thing::Page | Thing::NoActivity => {
            let assessment = scene.assessment().ok_or_else(|| scene.partial("assessment"))?;
            match scene.grade() {
                Grade::Absent => Err(scene.partial("result.score")),
                grade => Ok(vec![of_assessment(scene, EventType::AssessmentGraded, assessment, grade)]),
            }
        }
    }
}

/// Open edX's server checked a problem.
fn checked<'s>(scene: &Scene<'s, '_>, problem: &'s str) -> Drafts<'s> {
    if question_of(scene, problem).is_some() {
        return own_item(scene, EventType::ItemAnswered);
    }
    let whole = of_assessment(scene, EventType::AssessmentSubmitted, problem, scene.grade());
    // An LRS may have made an Activity of the parent, but no question has neither a response nor the number of the attempt.
    let is_parent = scene.object.object_type.as_deref() == Some("GroupActivity");
    if is_parent || (scene.response().is_none() && whole.data.attempt.is_none()) {
        return Ok(vec![whole]);
    }
    let mut drafts = own_item(scene, EventType::ItemAnswered)?;
    drafts.push(Draft { suffix: Some("submitted"), ..whole });
    Ok(drafts)
}

/// `attempted`: a twin in Open edX, elsewhere the start of an attempt, an answer, or simply an opening.
pub(super) fn attempted<'s>(scene: &Scene<'s, '_>) -> Drafts<'s> {
    if let Some(block) = scene.object.id.as_deref().and_then(open_edx::usage_key) {
        let is_grade = scene.grade() != Grade::Absent;
        return match open_edx::block_type(block) {
            Some(block_type) if block_type != "problem" && is_grade => Ok(vec![of_assessment(scene, EventType::AssessmentGraded, block, scene.grade())]),
            _ => Err(scene.twin()),
        };
    }
    match scene.thing {
        Thing::Assessment | Thing::Attempt => {
            let assessment = scene.assessment().ok_or_else(|| scene.partial("assessment"))?;
            Ok(vec![of_assessment(scene, EventType::AssessmentStarted, assessment, Grade::Absent)])
        }
        Thing::Item => item(scene),
        Thing::Course | Thing::Module | Thing::Recording | Thing::Page => Ok(vec![of_content(scene, EventType::ContentViewed)]),
        Thing::Submission | Thing::Review | Thing::Solution | Thing::Hint | Thing::Live | Thing::Survey | Thing::Site | Thing::Person | Thing::NoActivity => {
            Err(scene.unmapped())
        }
    }
}

/// A content that was finished, and its mark where it has one.
pub(super) fn completed_content<'s>(scene: &Scene<'s, '_>) -> Vec<Draft<'s>> {
    let mut drafts = vec![of_content(scene, EventType::ContentCompleted)];
    if let (Some(assessment), Grade::Marked(_)) = (scene.object_id(), scene.grade()) {
        drafts.push(Draft { suffix: Some("graded"), ..of_assessment(scene, EventType::AssessmentGraded, assessment, scene.grade()) });
    }
    drafts
}
