//! Statements of Open edX's and Moodle's own tests: every one is taken, and what it gives is counted.

use super::{hints, mapped};
use crate::fixtures::folder;
use crate::mapping::{LeftOut, Mapping};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use teachback_core::time::EventTime;

/// The JSON files of a folder that have this name's end, at any depth, in order.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path, end));
        } else if path.to_string_lossy().ends_with(end) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// What came out of a message, one line each: the kinds of its events, then what was left out.
fn said(mapping: &Mapping) -> Vec<String> {
    let events = mapping.events.iter().map(|event| event.kind.name().trim_start_matches("learning.").trim_end_matches(".v1").to_owned());
    let left_out = mapping.left_out.iter().map(|left_out| match left_out {
        LeftOut::Unmapped { name } => format!("unmapped: {name}"),
        LeftOut::TwinIgnored { name } => format!("twin: {name}"),
        LeftOut::Partial { name, missing } => format!("partial: {name} lacks {missing}"),
    });
    events.chain(left_out).collect()
}

/// Holds what was said of each named case to the table; a case that the table does not name must only be taken.
fn assert_said(table: &[(&[&str], &[&str])], said_of: &BTreeMap<String, Vec<String>>, least: usize) {
    let mut named = 0;
    for (expected, cases) in table {
        for case in *cases {
            let Some(said) = said_of.get(*case) else { continue };
            named += 1;
            assert_eq!(said, expected, "{case}");
        }
    }
    assert!(named >= least, "only {named} of the named cases are there, of {}", said_of.len());
}

/// What of the expected Open edX statements becomes of them.
const OPEN_EDX: &[(&[&str], &[&str])] = &[
    (&["assessment.graded"], &["edx.grades.subsection.grade_calculated", "edx.grades.subsection.grade_calculated.weighted_possible_0"]),
    (
        &["assessment.started"],
        &["edx.special_exam.practice.attempt.created", "edx.special_exam.proctored.attempt.created", "edx.special_exam.timed.attempt.created"],
    ),
    (&["assessment.submitted"], &["edx.special_exam.proctored.attempt.submitted", "edx.special_exam.timed.attempt.submitted"]),
    (&["assessment.submitted", "item.answered", "item.answered", "item.answered", "item.answered"], &["problem_check(server).list_answers"]),
    (&["content.completed"], &["edx.completion.block_completion.changed"]),
    (&["content.paused"], &["pause_video"]),
    (&["content.played"], &["play_video"]),
    (&["content.progressed"], &["edx.video.closed_captions.shown", "hide_transcript", "video_hide_cc_menu", "video_show_cc_menu"]),
    (&["content.stopped"], &["stop_video"]),
    (&["content.viewed"], &["load_video", "edx.ui.lms.sequence.next_selected", "edx.ui.lms.sequence.previous_selected", "edx.ui.lms.sequence.tab_selected"]),
    (&["enrollment.created"], &["edx.course.enrollment.activated", "edx.course.enrollment.activated.enterprise", "edx.course.enrollment.mode_changed"]),
    (
        &["item.answered", "assessment.submitted"],
        &["problem_check(server)", "problem_check(server,string_anwers)", "problem_check(server,unsupported_responsetype)"],
    ),
    (&["item.hinted"], &["edx.problem.hint.demandhint_displayed"]),
    (&["item.revealed"], &["showanswer"]),
    (&["twin: attempted problem"], &["edx.grades.problem.submitted.weighted_possible_0", "problem_check(browser)", "problem_check(browser).ccx"]),
    // The transformer made a statement of an event without a problem.
    (&["partial: evaluated problem lacks object.id"], &["problem_check(browser).required.only.data"]),
    (&["enrollment.completed"], &["edx.course.grade.now_passed"]),
    (&["unmapped: earned course"], &["edx.grades.course.grade_calculated_letter_grade", "edx.grades.course.grade_calculated_no_letter_grade"]),
    // A link of the platform's own menu; what it opens is seen when it opens.
    (&["unmapped: navigated link"], &["edx.ui.lms.link_clicked.required.only.data"]),
    (&["unmapped: voted discussion"], &["edx.forum.thread.voted"]),
];

/// The end of an id behind the last place of a mark.
fn behind<'a>(id: &'a str, mark: &str) -> Option<&'a str> {
    id.rsplit_once(mark).map(|(_, key)| key)
}

/// Course, learner, time, session and score of each event, read from the statement by their paths and compared.
fn assert_open_edx_facts(statement: &Value, mapping: &Mapping, name: &str) {
    let text = |pointer: &str| statement.pointer(pointer).and_then(Value::as_str);
    let id = text("/id").expect("an id");
    let around = |of: &str| statement.pointer(&format!("/context/contextActivities/{of}")).and_then(Value::as_array).cloned().unwrap_or_default();
    let object = text("/object/id").unwrap_or_default();
    let mut ids: Vec<String> =
        [around("parent"), around("grouping")].concat().iter().filter_map(|activity| activity["id"].as_str().map(str::to_owned)).collect();
    ids.push(object.to_owned());
    let course = ids.iter().find_map(|id| behind(id, "/course/"));
    let number = |pointer: &str| statement.pointer(pointer).and_then(Value::as_f64);
    let position = |name: &str| number(&format!("/result/extensions/https:~1~1w3id.org~1xapi~1video~1extensions~1{name}"));
    let session = |path: &str| text(&format!("/context/extensions/https:~1~1w3id.org~1xapi~1openedx~1{path}~1session-id"));
    for event in mapping.events.iter().filter(|event| event.id.starts_with(id)) {
        assert_eq!(event.data.learner.as_deref(), text("/actor/account/name"), "{name}");
        assert_eq!(event.data.learner_space.as_deref(), text("/actor/account/homePage"), "{name}");
        assert_eq!(Some(event.time), text("/timestamp").and_then(EventTime::parse), "{name}");
        if let Some(course) = course {
            assert_eq!(event.subject, course, "{name}");
            assert_eq!(event.data.provider.as_deref(), course.split([':', '+']).nth(1), "{name}");
        }
        assert_eq!(event.data.session.as_deref(), session("extensions").or_else(|| session("extension")), "{name}");
        if let (Some(content), Some(usage_key)) = (event.data.content.as_deref(), behind(object, "/xblock/")) {
            assert!(usage_key.starts_with(content), "{name}: {content} of {usage_key}");
        }
        if let (Some(raw), Some(min), Some(max)) = (number("/result/score/raw"), number("/result/score/min"), number("/result/score/max")) {
            let expected = (max > min).then_some((raw - min, max - min));
            assert_eq!(event.data.score.zip(event.data.max_score), expected, "{name}");
        }
        assert_eq!(event.data.position_s, position("time-from").or_else(|| position("time")), "{name}");
        assert_eq!(event.data.position_to_s, position("time-to"), "{name}");
    }
}

#[test]
fn every_statement_of_open_edx_is_taken() {
    let Some(folder) = folder("openedx-tracking/erb/expected-xapi") else { return };
    let mut said_of = BTreeMap::new();
    for path in files(&folder, ".json") {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let body = fs::read(&path).expect("a file");
        let mapping = mapped(&body, &hints());
        let statements: Value = serde_json::from_slice(&body).expect("JSON");
        let statements = statements.as_array().cloned().unwrap_or_else(|| vec![statements]);
        statements.iter().for_each(|statement| assert_open_edx_facts(statement, &mapping, &name));
        said_of.insert(name, said(&mapping));
    }
    assert_said(OPEN_EDX, &said_of, 30);
}

/// What of the statements of Moodle's plugin becomes of them, beside views.
const MOODLE: &[(&[&str], &[&str])] = &[
    (&["enrollment.completed"], &["core/course_completed/completing_existing_course"]),
    (&["enrollment.created"], &["core/user_enrolment_created/existing_user_enrolled", "core/user_enrolment_updated/user_resumed_course"]),
    (&["enrollment.withdrawn"], &["core/user_enrolment_deleted/existing_user_enrolment_deleted"]),
    (
        &["assessment.submitted"],
        &[
            "mod_assign/assignment_submitted/existing_assignment_submitted",
            "mod_lesson/lesson_ended",
            "mod_quiz/attempt_submitted/no_questions",
            "mod_quiz/attempt_submitted/unknown_qtype",
        ],
    ),
    (
        &["assessment.submitted", "item.answered"],
        &[
            "mod_quiz/attempt_submitted/multichoice",
            "mod_quiz/attempt_submitted/numerical",
            "mod_quiz/attempt_submitted/truefalse",
            "mod_quiz/attempt_submitted/shortanswer",
        ],
    ),
    (&["content.completed", "assessment.graded"], &["mod_scorm/scoreraw_submitted/existing_scoreraw_submitted"]),
    (&["item.answered"], &["mod_choice/answer_created", "mod_lesson/question_answered/essay", "mod_lesson/question_answered/truefalse"]),
    (&["item.graded"], &["mod_lesson/essay_assessed"]),
    (&["item.shown"], &["mod_lesson/question_viewed/choice", "mod_lesson/question_viewed/essay", "mod_lesson/question_viewed/shortanswer"]),
    (&["live.left"], &["mod_bigbluebuttonbn/meeting_left"]),
    (&["feedback.rated", "unmapped: submit feedback"], &["mod_feedback/response_submitted/multichoicerated"]),
    (&["feedback.commented", "unmapped: submit feedback"], &["mod_feedback/response_submitted/textarea"]),
    // A slot of a review is not a question.
    (&["partial: scored slot lacks item"], &["mod_quiz/question_manually_graded"]),
    (&["partial: commented comment lacks text"], &["mod_glossary/comment_created"]),
    (&["unmapped: viewed chat-message"], &["core/message_viewed/user_viewed_message"]),
    (&["unmapped: viewed user-profile"], &["mod_forum/user_report_viewed/existing_report_viewed"]),
    (&["unmapped: login lms"], &["core/user_loggedin/existing_user_loggedin", "core/user_loggedinas/existing_user_loggedinas"]),
    (&["unmapped: live meeting"], &["mod_bigbluebuttonbn/live_session"]),
    (
        &["content.viewed"],
        &["mod_page/course_module_viewed/existing_module", "mod_imscp/course_module_viewed/existing_module", "mod_quiz/attempt_viewed/existing_module"],
    ),
];

#[test]
fn every_statement_of_moodle_is_taken() {
    let Some(folder) = folder("moodle-logstore_xapi") else { return };
    let common: Value = serde_json::from_slice(&fs::read(folder.join("common/statement.json")).expect("the common part")).expect("JSON");
    let mut said_of = BTreeMap::new();
    for path in files(&folder, "statements.json") {
        let mut statements: Value = serde_json::from_slice(&fs::read(&path).expect("a file")).expect("JSON");
        for statement in statements.as_array_mut().expect("statements") {
            for name in ["platform", "registration"] {
                statement["context"][name] = common["context"][name].clone();
            }
            statement["timestamp"] = common["timestamp"].clone();
        }
        let mapping = mapped(statements.to_string().as_bytes(), &hints());
        let name = path.parent().and_then(|folder_of| folder_of.strip_prefix(&folder).ok()).expect("a case").to_string_lossy().into_owned();
        for event in &mapping.events {
            assert_eq!(event.time.to_string(), "2015-06-10T14:31:41Z", "{name}");
            assert_eq!(event.data.learner_space.as_deref(), Some("http://www.example.org"), "{name}");
            assert!(event.subject.starts_with("http://www.example.org/course/view.php?id=") || event.subject == "platform:www.example.org", "{name}");
            if let Some(max) = event.data.max_score {
                assert!(max > 0.0 && event.data.score.is_some_and(|score| (0.0..=max).contains(&score)), "{name}");
            }
        }
        said_of.insert(name, said(&mapping));
    }
    assert_said(MOODLE, &said_of, 25);
}
