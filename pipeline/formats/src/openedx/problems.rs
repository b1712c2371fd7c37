//! Problems: answers with their marks, hints, answers shown, and responses that are marked later.
//!
//! A problem is a content and an assessment with one name, its usage key. An item is one question in it; its id is the last
//! part of its input's id, `<block id>_2_1`.
//!
//! **Nothing is counted twice.** One `problem_check` gives one `item.answered` for each question, with the outcome of that
//! question, and one `assessment.submitted` with the grade of the problem. The grade is an item's score only where the problem
//! has one question, for the platform tells no maximum of a single question. Marks come from the server's `problem_check` alone:
//! what the browser sends before it has none (`twin_ignored`), and `edx.grades.problem.submitted` repeats its grade (see `grades`).
//!
//! **What counts as a question.** Every key of `correct_map`, and every key of `submission` that was marked or has a response
//! type; the rest of `submission` are helper fields, such as the preview of a formula.
//!
//! **Help.** The platform shows hints and answers for a problem as a whole. The event is about the first question, `_2_1`, which
//! is the only one of most problems.

use super::collect::Collector;
use super::keys::{block_type, content_type, last_part};
use super::payload::Entries;
use super::score::scored;
use super::tolerant::{Number, Text};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use teachback_core::event::{Data, EventType};
use teachback_core::refusal::Refusal;

/// How the learner was helped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Help {
    /// A hint was asked for and shown.
    HintShown,
    /// The answer was shown.
    AnswerShown,
}

/// Most questions of one problem; looking them up takes time by their square.
const QUESTIONS_MAX: usize = 1_000;
/// The response and input that come first in every problem.
const FIRST_INPUT: &str = "_2_1";

#[derive(Debug, Deserialize)]
struct Check<'a> {
    #[serde(borrow, default)]
    problem_id: Text<'a>,
    #[serde(default)]
    attempts: Number,
    #[serde(default)]
    grade: Number,
    #[serde(default)]
    max_grade: Number,
    #[serde(borrow, default)]
    answers: Entries<'a>,
    #[serde(borrow, default)]
    correct_map: Entries<'a>,
    #[serde(borrow, default)]
    submission: Entries<'a>,
}

/// A value of `submission`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Submission<'a> {
    #[serde(borrow)]
    answer: Option<&'a RawValue>,
    #[serde(borrow)]
    response_type: Text<'a>,
    #[serde(borrow)]
    correct: Option<&'a RawValue>,
}

/// A value of `correct_map`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Marked<'a> {
    #[serde(borrow)]
    correctness: Text<'a>,
    #[serde(borrow)]
    queuestate: Option<&'a RawValue>,
}

/// Maps the answers to a problem.
///
/// # Errors
/// `bad_identifier`.
pub(super) fn checked(out: &mut Collector<'_, '_>) -> Result<(), Refusal> {
    let line = out.line;
    let check: Option<Check<'_>> = line.payload.read();
    // Only the server marks. Old lines do not say who sent them; then the marks do.
    let from_browser = match line.event_source {
        Some(source) => source == "browser" || source == "mobile",
        None => match &check {
            Some(check) => check.correct_map.0.is_empty() && check.submission.0.is_empty(),
            None => !line.payload.text().is_empty(),
        },
    };
    if from_browser {
        out.twin();
        return Ok(());
    }
    let Some(check) = check else {
        out.partial("payload");
        return Ok(());
    };
    let Some(problem) = check.problem_id.get().or(line.module) else {
        out.partial("problem_id");
        return Ok(());
    };
    if [&check.submission, &check.correct_map, &check.answers].iter().any(|entries| entries.0.len() > QUESTIONS_MAX) {
        out.partial("questions within the limit");
        return Ok(());
    }
    let questions = questions(&check);
    let base = Data { attempt: check.attempts.count(), ..of_problem(problem) };
    for name in &questions {
        let submission: Submission<'_> = check.submission.read(name);
        let outcome = outcome(check.correct_map.read(name), &submission);
        let response = submission.answer.and_then(response).or_else(|| check.answers.get(name).and_then(response));
        let data = Data { item: Some(last_part(name).to_owned().into()), response: response.map(Cow::Owned), ..base.clone() };
        let data = if questions.len() == 1 { scored(check.grade, check.max_grade, data) } else { data };
        out.did(EventType::ItemAnswered, Data { outcome: Some(outcome.into()), ..data })?;
    }
    out.did(EventType::AssessmentSubmitted, scored(check.grade, check.max_grade, base))
}

/// Maps a hint or an answer shown.
///
/// # Errors
/// `bad_identifier`.
pub(super) fn helped(help: Help, out: &mut Collector<'_, '_>) -> Result<(), Refusal> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Named<'a> {
        #[serde(borrow)]
        problem_id: Text<'a>,
        #[serde(borrow)]
        module_id: Text<'a>,
    }
    let named: Named<'_> = out.line.payload.read().unwrap_or_default();
    let Some(problem) = named.problem_id.get().or(named.module_id.get()).or(out.line.module) else {
        out.partial("problem_id");
        return Ok(());
    };
    let event_type = match help {
        Help::HintShown => EventType::ItemHinted,
        Help::AnswerShown => EventType::ItemRevealed,
    };
    let item = format!("{}{FIRST_INPUT}", last_part(problem));
    out.did(event_type, Data { item: Some(item.into()), ..of_problem(problem) })
}

/// Maps a response to an open assessment: it is handed in now, and marked later by others.
///
/// # Errors
/// `bad_identifier`.
pub(super) fn submitted(out: &mut Collector<'_, '_>) -> Result<(), Refusal> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Response {
        attempt_number: Number,
    }
    let Some(block) = out.line.module else {
        out.partial("module.usage_key");
        return Ok(());
    };
    let response: Response = out.line.payload.read().unwrap_or_default();
    out.did(EventType::AssessmentSubmitted, Data { attempt: response.attempt_number.count(), ..of_problem(block) })
}

/// What all events of a problem name.
pub(super) fn of_problem(usage_key: &str) -> Data<'static> {
    Data {
        content: Some(usage_key.to_owned().into()),
        content_type: Some(block_type(usage_key).map_or("problem", content_type).to_owned().into()),
        assessment: Some(usage_key.to_owned().into()),
        ..Data::default()
    }
}

/// The input ids of the questions that were answered, in the order of the line.
fn questions<'a>(check: &'a Check<'_>) -> Vec<&'a str> {
    let is_question = |(name, _): &&(Cow<'a, str>, &RawValue)| {
        let submission: Submission<'_> = check.submission.read(name);
        let is_marked = matches!(submission.correct.map(RawValue::get), Some("true" | "false"));
        is_marked || submission.response_type.get().is_some() || check.correct_map.get(name).is_some()
    };
    let submitted = check.submission.0.iter().filter(is_question).map(|(name, _)| &**name);
    let marked = check.correct_map.0.iter().map(|(name, _)| &**name).filter(|name| check.submission.get(name).is_none());
    submitted.chain(marked).filter(|name| !name.is_empty()).collect()
}

/// Whether an answer is right. Answers that wait for an external grader are not marked yet.
fn outcome(marked: Marked<'_>, submission: &Submission<'_>) -> &'static str {
    if marked.queuestate.is_some() {
        return "ungraded";
    }
    match (marked.correctness.get(), submission.correct.map(RawValue::get)) {
        (Some("correct"), _) | (None, Some("true")) => "right",
        (Some("incorrect"), _) | (None, Some("false")) => "wrong",
        (Some("partially-correct"), _) => "partial",
        _ => "ungraded",
    }
}

/// An answer as text: a string as it is; a list as JSON with a space after each comma, as the platform's xAPI has it.
fn response(answer: &RawValue) -> Option<String> {
    if let Ok(answers) = serde_json::from_str::<Vec<Text<'_>>>(answer.get()) {
        let answers: Vec<String> = answers.iter().filter_map(|answer| serde_json::to_string(&without_hints(answer.get().unwrap_or_default())).ok()).collect();
        return Some(format!("[{}]", answers.join(", ")));
    }
    serde_json::from_str::<Text<'_>>(answer.get()).ok()?.get().map(|answer| without_hints(answer).into_owned())
}

/// The text of a choice without the hint that course teams may write into it, and that nobody chose, nor the layout around it.
fn without_hints(choice: &str) -> Cow<'_, str> {
    let (mut text, mut rest) = (String::new(), choice);
    while let Some((before, hint)) = rest.split_once("<choicehint")
        && let Some((_, after)) = hint.split_once("</choicehint>")
    {
        text.push_str(before);
        rest = after;
    }
    if rest.len() == choice.len() {
        return Cow::Borrowed(choice);
    }
    text.push_str(rest);
    Cow::Owned(text.trim().to_owned())
}
