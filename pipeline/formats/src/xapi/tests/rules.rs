//! Each rule of the mapping, and each trap of the platforms, on a small statement.

use super::{hints, mapped};
use crate::mapping::{Hints, LeftOut, Mapping};
use crate::xapi::map;
use serde_json::{Value, json};
use teachback_core::event::Event;
use teachback_core::refusal::Reason;
use teachback_core::time::EventTime;

const ADL: &str = "http://adlnet.gov/expapi/verbs/";
const VIDEO: &str = "https://w3id.org/xapi/video/";
const INTERACTION: &str = "http://adlnet.gov/expapi/activities/cmi.interaction";
const ASSESSMENT: &str = "http://adlnet.gov/expapi/activities/assessment";
const PROBLEM: &str = "https://lms.example.org/xblock/block-v1:org+C+R+type@problem+block@0a1b";

/// A statement of Ann's in course 1.
fn statement(verb: &str, object: &str, object_type: &str) -> Value {
    json!({
        "id": "5e2a9c10-7b1d-4c3e-8f40-000000000001",
        "actor": {"account": {"homePage": "https://lms.example.org", "name": "ann"}},
        "verb": {"id": verb},
        "object": {"id": object, "definition": {"type": object_type}},
        "context": {"contextActivities": {"parent": [{"id": "https://lms.example.org/courses/1", "definition": {"type": "http://adlnet.gov/expapi/activities/course"}}]}},
        "timestamp": "2026-02-03T10:00:00Z"
    })
}

fn map_value(statement: &Value) -> Mapping {
    mapped(statement.to_string().as_bytes(), &hints())
}

/// The one event of a statement.
fn event(statement: &Value) -> Event<'static> {
    let mut mapping = map_value(statement);
    assert_eq!((mapping.events.len(), &mapping.left_out), (1, &vec![]), "{statement:#}");
    mapping.events.remove(0)
}

fn kinds(mapping: &Mapping) -> Vec<&str> {
    mapping.events.iter().map(|event| event.kind.name()).collect()
}

fn left_out(statement: &Value) -> LeftOut {
    let mut mapping = map_value(statement);
    assert_eq!((mapping.events.len(), mapping.left_out.len()), (0, 1), "{statement:#}");
    mapping.left_out.remove(0)
}

fn partial(name: &'static str, missing: &'static str) -> LeftOut {
    LeftOut::Partial { name: name.into(), missing }
}

#[test]
fn verbs_and_objects_give_the_events_of_the_table() {
    let page = "https://w3id.org/xapi/acrossx/activities/page";
    let meeting = "http://adlnet.gov/expapi/activities/meeting";
    let course = "http://adlnet.gov/expapi/activities/course";
    let of = |verb: &str, object: &str, object_type: &str| event(&statement(verb, object, object_type)).kind.name().to_owned();
    for (verb, object, object_type, name) in [
        ("http://id.tincanapi.com/verb/viewed", "https://lms.example.org/p", page, "learning.content.viewed.v1"),
        ("http://adlnet.gov/expapi/verbs/experienced", "https://lms.example.org/p", page, "learning.content.viewed.v1"),
        ("http://adlnet.gov/expapi/verbs/completed", "https://lms.example.org/p", page, "learning.content.completed.v1"),
        ("http://id.tincanapi.com/verb/viewed", "https://lms.example.org/courses/1", course, "learning.content.viewed.v1"),
        ("http://adlnet.gov/expapi/verbs/registered", "https://lms.example.org/courses/1", course, "learning.enrollment.created.v1"),
        ("http://id.tincanapi.com/verb/unregistered", "https://lms.example.org/courses/1", course, "learning.enrollment.withdrawn.v1"),
        ("http://activitystrea.ms/leave", "https://lms.example.org/courses/1", course, "learning.enrollment.withdrawn.v1"),
        ("http://adlnet.gov/expapi/verbs/completed", "https://lms.example.org/courses/1", course, "learning.enrollment.completed.v1"),
        ("http://adlnet.gov/expapi/verbs/passed", "https://lms.example.org/courses/1", course, "learning.enrollment.completed.v1"),
        ("https://w3id.org/xapi/adl/verbs/satisfied", "https://lms.example.org/courses/1", course, "learning.enrollment.completed.v1"),
        ("http://activitystrea.ms/join", "https://lms.example.org/m", meeting, "learning.live.joined.v1"),
        ("http://activitystrea.ms/leave", "https://lms.example.org/m", meeting, "learning.live.left.v1"),
        ("http://adlnet.gov/expapi/verbs/asked", "https://lms.example.org/m", meeting, "learning.live.interacted.v1"),
        ("http://adlnet.gov/expapi/verbs/initialized", "https://lms.example.org/q", ASSESSMENT, "learning.assessment.started.v1"),
        ("http://activitystrea.ms/schema/1.0/start", "https://lms.example.org/q", ASSESSMENT, "learning.assessment.started.v1"),
        ("http://adlnet.gov/expapi/verbs/attempted", "https://lms.example.org/q", ASSESSMENT, "learning.assessment.started.v1"),
        ("http://adlnet.gov/expapi/verbs/terminated", "https://lms.example.org/q", ASSESSMENT, "learning.assessment.submitted.v1"),
        ("http://adlnet.gov/expapi/verbs/passed", "https://lms.example.org/q", ASSESSMENT, "learning.assessment.graded.v1"),
        ("http://id.tincanapi.com/verb/viewed", "https://lms.example.org/i", INTERACTION, "learning.item.shown.v1"),
        ("http://adlnet.gov/expapi/verbs/answered", "https://lms.example.org/i", INTERACTION, "learning.item.answered.v1"),
    ] {
        assert_eq!(of(verb, object, object_type), name, "{verb} {object_type}");
    }
    let unmapped = |verb: &str, object_type: &str| left_out(&statement(verb, "https://lms.example.org/x", object_type));
    assert_eq!(
        unmapped("https://w3id.org/xapi/openedx/verb/voted", "http://id.tincanapi.com/activitytype/discussion"),
        LeftOut::Unmapped { name: "voted discussion".into() }
    );
    assert_eq!(unmapped("http://x.example/verbs/ann@x.example", "urn:uuid:12"), LeftOut::Unmapped { name: "* *".into() });
    assert_eq!(
        unmapped("http://id.tincanapi.com/verb/viewed", "http://id.tincanapi.com/activitytype/user-profile"),
        LeftOut::Unmapped { name: "viewed user-profile".into() }
    );
}

#[test]
fn positions_are_found_in_result_and_context_and_a_missing_one_is_partial() {
    let video = format!("{VIDEO}activity-type/video");
    let mut seeked = statement(&format!("{VIDEO}verbs/seeked"), "https://v.example.org/1", &video);
    seeked["result"] = json!({"extensions": {format!("{VIDEO}extensions/time-from"): 10, format!("{VIDEO}extensions/length"): "480"}});
    seeked["context"]["extensions"] = json!({format!("{VIDEO}extensions/time-to"): 30.5, format!("{VIDEO}extensions/session-id"): "s"});
    let data = event(&seeked).data;
    assert_eq!((data.position_s, data.position_to_s, data.content_length_s, data.session.as_deref()), (Some(10.0), Some(30.5), Some(480.0), Some("s")));
    seeked["result"] = json!({"extensions": {format!("{VIDEO}extensions/time-from"): null, format!("{VIDEO}extensions/length"): 0}});
    assert_eq!(left_out(&seeked), partial("seeked video", "position_s"));
    let mut far = statement(&format!("{VIDEO}verbs/played"), "https://v.example.org/1", &video);
    far["result"] = json!({"extensions": {format!("{VIDEO}extensions/time"): 36_001}});
    assert_eq!(map(far.to_string().as_bytes(), &hints()).expect_err("beyond ten hours").reason, Reason::BadValue);
}

#[test]
fn the_id_of_the_attempt_at_an_exam_is_not_its_number() {
    let mut started = statement(
        "http://adlnet.gov/expapi/verbs/initialized",
        "block-v1:org+C+R+type@sequential+block@e1",
        "https://w3id.org/xapi/openedx/activity/timed-assessment",
    );
    let record = json!({"http://id.tincanapi.com/extension/attempt-id": 4711, "http://id.tincanapi.com/extension/duration": 60});
    let attempt = json!({"id": "438A", "definition": {"type": "http://adlnet.gov/expapi/activities/attempt", "extensions": record}});
    started["context"]["contextActivities"]["grouping"] = json!([attempt]);
    let event = event(&started);
    assert_eq!((event.kind.name(), event.data.attempt, event.data.duration_s), ("learning.assessment.started.v1", None, Some(60.0)));
}

#[test]
fn parent_and_children_of_a_problem_are_counted_once() {
    let evaluated = "https://w3id.org/xapi/acrossx/verbs/evaluated";
    let mut parent = statement(evaluated, PROBLEM, INTERACTION);
    parent["object"]["objectType"] = json!("GroupActivity");
    parent["result"] = json!({"score": {"raw": 1, "min": 0, "max": 2, "scaled": 0.5}, "success": false});
    let child = |input: &str, success: bool| {
        let mut child = statement(evaluated, &format!("{PROBLEM}{input}"), INTERACTION);
        child["context"]["contextActivities"] = json!({"parent": {"id": PROBLEM}, "grouping": [{"id": "https://lms.example.org/course/course-v1:org+C+R"}]});
        child["result"] = json!({"success": success, "response": "x"});
        child
    };
    let mapping = map_value(&json!([parent, child("_2_1", true), child("_3_1", false)]));
    let usage_key = "block-v1:org+C+R+type@problem+block@0a1b";
    let told: Vec<_> =
        mapping.events.iter().map(|event| (event.kind.name(), event.data.item.as_deref(), event.data.outcome.as_deref(), event.data.score)).collect();
    assert_eq!(
        told,
        [
            ("learning.assessment.submitted.v1", None, Some("partial"), Some(1.0)),
            ("learning.item.answered.v1", Some("0a1b_2_1"), Some("right"), None),
            ("learning.item.answered.v1", Some("0a1b_3_1"), Some("wrong"), None),
        ]
    );
    assert!(mapping.events.iter().all(|event| event.data.assessment.as_deref() == Some(usage_key) && event.data.content.as_deref() == Some(usage_key)));
    assert_eq!(mapping.events[1].subject, "course-v1:org+C+R");
    // An LRS that knows no GroupActivity may have made it an Activity.
    parent["object"]["objectType"] = json!("Activity");
    assert_eq!(kinds(&map_value(&parent)), ["learning.assessment.submitted.v1"]);
    // Without parent and reference, a block id that ends in digits is a problem of its own.
    let mut alone = child("_2_1", true);
    alone["context"]["contextActivities"]["parent"] = json!([]);
    alone["object"]["definition"]["extensions"] = json!({"http://id.tincanapi.com/extension/attempt-id": 3});
    let mapping = map_value(&alone);
    assert_eq!(kinds(&mapping), ["learning.item.answered.v1", "learning.assessment.submitted.v1"]);
    assert_eq!((mapping.events[0].data.item.as_deref(), mapping.events[0].data.attempt), (Some("0a1b_2_1_2_1"), Some(3)));
}

#[test]
fn of_twins_one_counts() {
    let attempted = format!("{ADL}attempted");
    let twin = LeftOut::TwinIgnored { name: "attempted problem".into() };
    assert_eq!(left_out(&statement(&attempted, PROBLEM, INTERACTION)), twin);
    let question = "http://adlnet.gov/expapi/activities/question";
    let mut grade = statement(&attempted, PROBLEM, question);
    grade["result"] = json!({"score": {"raw": 1, "min": 0, "max": 1, "scaled": 1}});
    assert_eq!(left_out(&grade), twin);
    // A block that no server event tells of has its grade from here.
    let other = PROBLEM.replace("type@problem", "type@openassessment");
    grade["object"]["id"] = json!(other);
    assert_eq!(event(&grade).kind.name(), "learning.assessment.graded.v1");
    let mut launched = statement(&format!("{ADL}launched"), "https://lms.example.org/au/1", "http://adlnet.gov/expapi/activities/lesson");
    assert_eq!(event(&launched).kind.name(), "learning.content.viewed.v1");
    launched["context"]["contextActivities"]["category"] = json!([{"id": "https://w3id.org/xapi/cmi5/context/categories/cmi5"}]);
    assert_eq!(left_out(&launched), LeftOut::TwinIgnored { name: "launched lesson".into() });
}

#[test]
fn a_moodle_question_is_right_by_its_points_and_never_by_success() {
    let mut answered = statement(&format!("{ADL}answered"), "https://moodle.example.org/question/question.php?id=1", INTERACTION);
    let outcome = |answered: &Value| event(answered).data.outcome.map(|outcome| outcome.into_owned());
    answered["result"] = json!({"success": true, "score": {"raw": 0.5, "min": 0, "max": 1, "scaled": 0}});
    answered["context"]["platform"] = json!("Moodle");
    assert_eq!(outcome(&answered).as_deref(), Some("partial"));
    answered["result"] = json!({"success": false, "score": {"raw": 1, "min": 0, "max": 1, "scaled": 1}});
    assert_eq!(outcome(&answered).as_deref(), Some("right"));
    answered["result"] = json!({"success": true, "completion": "unknown"});
    assert_eq!(outcome(&answered).as_deref(), Some("ungraded"));
    answered["context"]["platform"] = json!("Some other LMS");
    assert_eq!(outcome(&answered).as_deref(), Some("right"));
}

#[test]
fn an_attempt_that_was_given_up_is_not_handed_in() {
    let mut attempt = statement(&format!("{ADL}completed"), "https://m.example.org/attempt?id=3", "http://adlnet.gov/expapi/activities/attempt");
    attempt["result"] = json!({"completion": true, "score": {"raw": 50, "min": 0, "max": 100, "scaled": 0.0}, "duration": "PT1M"});
    assert_eq!(left_out(&attempt), partial("completed attempt", "assessment"));
    let quiz = json!({"id": "https://m.example.org/quiz?id=1", "definition": {"type": ASSESSMENT}});
    attempt["context"]["contextActivities"]["parent"].as_array_mut().expect("parents").insert(0, quiz);
    let data = event(&attempt).data;
    assert_eq!(
        (data.assessment.as_deref(), data.score, data.max_score, data.duration_s),
        (Some("https://m.example.org/quiz?id=1"), Some(50.0), Some(100.0), Some(60.0))
    );
    attempt["result"]["completion"] = json!(false);
    assert_eq!(left_out(&attempt), partial("completed attempt", "result.completion"));
}

#[test]
fn staff_and_graders_are_not_the_learner() {
    let page = "https://w3id.org/xapi/acrossx/activities/page";
    let mut viewed = statement("http://id.tincanapi.com/verb/viewed", "https://lms.example.org/p", page);
    viewed["context"]["instructor"] = viewed["actor"].clone();
    assert_eq!(event(&viewed).data.actor_role.as_deref(), Some("instructor"));
    viewed["context"]["instructor"] = json!({"mbox": "mailto:somebody@example.org"});
    assert_eq!(event(&viewed).data.actor_role, None);
    viewed["context"]["extensions"] = json!({"https://yetanalytics.com/profiles/prepositions/concepts/context-extensions/as": {}});
    assert_eq!(event(&viewed).data.actor_role.as_deref(), Some("staff"));
    let mut scored = statement("https://w3id.org/xapi/tla/verbs/scored", "https://lms.example.org/q", ASSESSMENT);
    scored["result"] = json!({"score": {"raw": 3, "min": 0, "max": 4}});
    scored["context"]["instructor"] = scored["actor"].clone();
    assert_eq!(left_out(&scored), partial("scored assessment", "learner"));
    scored["context"]["extensions"] =
        json!({"https://yetanalytics.com/profiles/prepositions/concepts/context-extensions/for": {"mbox": "mailto:bo@example.org"}});
    let data = event(&scored).data;
    assert_eq!((data.learner.as_deref(), data.learner_space.as_deref(), data.actor_role), (Some("bo@example.org"), Some("mailto"), None));
}

#[test]
fn what_is_no_activity_is_no_content() {
    let mut statement = statement(&format!("{ADL}experienced"), "5e2a9c10-7b1d-4c3e-8f40-0000000000aa", "");
    statement["object"] = json!({"objectType": "StatementRef", "id": "5e2a9c10-7b1d-4c3e-8f40-0000000000aa"});
    assert_eq!(left_out(&statement), LeftOut::Unmapped { name: "experienced *".into() });
    // A grade may have its learner as object; what was graded is then the parent.
    statement["verb"]["id"] = json!(format!("{ADL}scored"));
    statement["object"] = json!({"objectType": "Agent", "mbox": "mailto:bo@example.org"});
    statement["result"] = json!({"score": {"raw": 3, "min": 0, "max": 4}});
    assert_eq!(left_out(&statement), partial("scored *", "assessment"));
    let quiz = json!({"id": "https://lms.example.org/q", "definition": {"type": ASSESSMENT}});
    statement["context"]["contextActivities"]["grouping"] = quiz;
    let data = event(&statement).data;
    assert_eq!((data.learner.as_deref(), data.assessment.as_deref()), (Some("bo@example.org"), Some("https://lms.example.org/q")));
}

#[test]
fn a_question_belongs_to_the_assessment_or_content_that_holds_it() {
    let mut answered = statement(&format!("{ADL}answered"), "https://lms.example.org/i", INTERACTION);
    answered["result"] = json!({"response": "b", "duration": "PT12S", "success": true});
    answered["context"]["contextActivities"]["grouping"] = json!([{"id": "https://lms.example.org/somewhere"}]);
    let data = event(&answered).data;
    assert_eq!((data.assessment, data.content.as_deref(), data.response_time_s), (None, Some("https://lms.example.org/i"), Some(12.0)));
    let parents = json!([{"id": "https://lms.example.org/lesson"}, {"id": "https://lms.example.org/q", "definition": {"type": ASSESSMENT}}]);
    answered["context"]["contextActivities"]["parent"] = parents;
    assert_eq!(event(&answered).data.assessment.as_deref(), Some("https://lms.example.org/q"));
    answered["context"]["contextActivities"]["parent"] = json!({"id": "https://lms.example.org/lesson"});
    assert_eq!(event(&answered).data.assessment.as_deref(), Some("https://lms.example.org/lesson"));
}

#[test]
fn course_and_provider_are_those_that_the_statement_names() {
    let page = "https://w3id.org/xapi/acrossx/activities/page";
    let mut viewed = statement("http://id.tincanapi.com/verb/viewed", "https://lms.example.org/p", page);
    let place = |statement: &Value, hints: &Hints<'_>| {
        let event = mapped(statement.to_string().as_bytes(), hints).events.remove(0);
        (event.subject.into_owned(), event.data.provider.map(|provider| provider.into_owned()))
    };
    let named = Hints { provider: Some("northfield"), ..hints() };
    assert_eq!(place(&viewed, &hints()), ("https://lms.example.org/courses/1".to_owned(), Some("lms.example.org".to_owned())));
    assert_eq!(place(&viewed, &named), ("https://lms.example.org/courses/1".to_owned(), Some("northfield".to_owned())));
    viewed["context"]["contextActivities"] = json!({});
    assert_eq!(place(&viewed, &hints()).0, "platform:lms.example.org");
    assert_eq!(place(&viewed, &named).0, "platform:northfield");
    viewed["object"]["id"] = json!("urn:page:1");
    viewed["actor"] = json!({"mbox": "mailto:ann@example.org"});
    assert_eq!(place(&viewed, &hints()), ("platform:xapi-test".to_owned(), None));
    // A block names its course, and with it the organisation.
    viewed["object"]["id"] = json!(PROBLEM.replace("problem", "html"));
    assert_eq!(place(&viewed, &named), ("course-v1:org+C+R".to_owned(), Some("northfield".to_owned())));
    assert_eq!(place(&viewed, &hints()), ("course-v1:org+C+R".to_owned(), Some("org".to_owned())));
    // What an LRS returns without definitions is known by its key.
    viewed["context"]["contextActivities"] = json!({"grouping": {"id": "https://lms.example.org/course/course-v1:org+C+S"}});
    assert_eq!(place(&viewed, &hints()).0, "course-v1:org+C+S");
    let mut registered = statement("http://adlnet.gov/expapi/verbs/registered", "https://lms.example.org/course/course-v1:org+C+S", "");
    registered["object"].as_object_mut().expect("an object").remove("definition");
    registered["context"] = json!({});
    assert_eq!(event(&registered).kind.name(), "learning.enrollment.created.v1");
    // A content package of type course within a course is a content.
    let package = statement("http://adlnet.gov/expapi/verbs/completed", "https://lms.example.org/package", "https://w3id.org/xapi/cmi5/activitytype/course");
    let event = event(&package);
    assert_eq!((event.kind.name(), event.subject.as_ref()), ("learning.content.completed.v1", "https://lms.example.org/courses/1"));
}

#[test]
fn answers_to_a_questionnaire_are_opinions() {
    let mut answered = statement(&format!("{ADL}answered"), "https://m.example.org/item?id=1", INTERACTION);
    let survey = json!({"id": "https://m.example.org/feedback?id=1", "definition": {"type": "http://id.tincanapi.com/activitytype/survey"}});
    answered["context"]["contextActivities"]["grouping"] = json!([survey]);
    answered["object"]["definition"]["interactionType"] = json!("long-fill-in");
    answered["result"] = json!({"response": "too fast"});
    let said = event(&answered);
    assert_eq!(
        (said.kind.name(), said.data.text.as_deref(), said.data.content.as_deref()),
        ("learning.feedback.commented.v1", Some("too fast"), Some("https://m.example.org/feedback?id=1"))
    );
    answered["result"]["extensions"] = json!({"http://learninglocker.net/xapi/moodle/feedback_item_rating": 4});
    assert_eq!(event(&answered).data.rating, Some(4.0));
    answered["object"]["definition"]["interactionType"] = json!("choice");
    answered["result"] = json!({"response": "b"});
    assert_eq!(left_out(&answered), LeftOut::Unmapped { name: "answered problem".into() });
}

#[test]
fn a_void_names_the_statement_that_it_withdraws() {
    let mut void = statement(&format!("{ADL}voided"), "5E2A9C10-7B1D-4C3E-8F40-0000000000AA", "");
    void["object"] = json!({"objectType": "StatementRef", "id": "5E2A9C10-7B1D-4C3E-8F40-0000000000AA"});
    let event = event(&void);
    assert_eq!(event.kind.name(), "learning.statement.voided.v1");
    assert_eq!(event.data.voided_id.as_deref(), Some("5e2a9c10-7b1d-4c3e-8f40-0000000000aa"));
    assert_eq!(event.data.learner, None);
    void["object"]["id"] = json!("all of them");
    assert_eq!(left_out(&void), partial("voided *", "voided_id"));
}

#[test]
fn times_without_offset_follow_the_setting_and_missing_ones_the_receipt() {
    let page = "https://w3id.org/xapi/acrossx/activities/page";
    let mut viewed = statement("http://id.tincanapi.com/verb/viewed", "https://lms.example.org/p", page);
    let moment = |statement: &Value, naive_offset_minutes: i32| {
        let hints = Hints { naive_offset_minutes, ..hints() };
        let event = mapped(statement.to_string().as_bytes(), &hints).events.remove(0);
        (event.time.to_string(), event.data.time_quality.map(|quality| quality.into_owned()))
    };
    assert_eq!(moment(&viewed, 480), ("2026-02-03T10:00:00Z".to_owned(), None));
    viewed["timestamp"] = json!("2026-02-03T10:00:00");
    assert_eq!(moment(&viewed, 480), ("2026-02-03T02:00:00Z".to_owned(), Some("assumed_utc".to_owned())));
    viewed["timestamp"] = Value::Null;
    viewed["stored"] = json!("2026-02-03T11:00:00Z");
    assert_eq!(moment(&viewed, 480), ("2026-02-03T11:00:00Z".to_owned(), None));
    viewed["stored"] = Value::Null;
    assert_eq!(moment(&viewed, 480), (hints().received.to_string(), Some("ingest".to_owned())));
    let refused = |time: &str, naive_offset_minutes: i32| {
        let mut viewed = viewed.clone();
        viewed["timestamp"] = json!(time);
        let refusal = map(viewed.to_string().as_bytes(), &Hints { naive_offset_minutes, ..hints() }).expect_err("must be refused");
        (refusal.reason, refusal.place)
    };
    assert_eq!(refused("soon", 0), (Reason::BadTime, "timestamp".to_owned()));
    assert_eq!(refused("1999-12-31T23:59:59Z", 0), (Reason::ClockWild, "timestamp".to_owned()));
    assert_eq!(refused("2026-01-01T00:00:00", i32::MAX), (Reason::ClockWild, "timestamp".to_owned()));
    assert_eq!(refused("9999-12-31T23:59:59", i32::MIN), (Reason::ClockWild, "timestamp".to_owned()));
}

#[test]
fn what_no_event_may_hold_refuses_the_message_and_is_not_repeated() {
    let page = "https://w3id.org/xapi/acrossx/activities/page";
    for (pointer, value, reason, place) in [
        ("/object/id", json!("https://lms.example.org/../etc"), Reason::BadIdentifier, "data.content"),
        ("/object/id", json!("a\u{0}b"), Reason::BadIdentifier, "data.content"),
        ("/actor/account/name", json!("n".repeat(2_000)), Reason::BadIdentifier, "data.learner"),
        ("/verb/id", json!(""), Reason::MissingField, "verb.id"),
        ("/verb", Value::Null, Reason::MissingField, "verb.id"),
        ("/actor", Value::Null, Reason::MissingField, "actor"),
        ("/object", Value::Null, Reason::MissingField, "object"),
    ] {
        let mut viewed = statement("http://id.tincanapi.com/verb/viewed", "https://lms.example.org/p", page);
        *viewed.pointer_mut(pointer).expect("a place") = value;
        let refusal = map(viewed.to_string().as_bytes(), &hints()).expect_err("must be refused");
        assert_eq!((refusal.reason, refusal.place.as_str()), (reason, place), "{pointer}");
    }
    let mut crowd = statement("http://id.tincanapi.com/verb/viewed", "https://lms.example.org/p", page);
    let member = |number: usize| json!({"account": {"homePage": "https://lms.example.org", "name": number.to_string()}});
    crowd["actor"] = json!({"objectType": "Group", "member": (0..1_000).map(member).collect::<Vec<_>>()});
    assert_eq!(map_value(&crowd).events.len(), 1_000);
    crowd["actor"] = json!({"objectType": "Group", "member": (0..1_001).map(member).collect::<Vec<_>>()});
    assert_eq!(map(crowd.to_string().as_bytes(), &hints()).expect_err("too many").place, "actor.member");
}

#[test]
fn one_bad_statement_refuses_its_whole_message() {
    let page = "https://w3id.org/xapi/acrossx/activities/page";
    let good = statement("http://id.tincanapi.com/verb/viewed", "https://lms.example.org/p", page);
    let mut bad = good.clone();
    bad["timestamp"] = json!("soon");
    assert_eq!(map(json!([good, bad]).to_string().as_bytes(), &hints()).expect_err("as a whole").reason, Reason::BadTime);
}

#[test]
fn statements_without_an_id_in_one_message_have_ids_of_their_own() {
    let page = "https://w3id.org/xapi/acrossx/activities/page";
    let without = |object: &str| {
        let mut statement = statement("http://id.tincanapi.com/verb/viewed", object, page);
        statement.as_object_mut().expect("an object").remove("id");
        statement
    };
    let both = map_value(&json!([without("https://a.example/1"), without("https://a.example/2")]));
    let alone = map_value(&without("https://a.example/2"));
    assert_eq!(both.events[1].id, alone.events[0].id);
    assert_ne!(both.events[0].id, both.events[1].id);
    let elsewhere = mapped(without("https://a.example/2").to_string().as_bytes(), &Hints { source: "other", received: EventTime(1), ..hints() });
    assert_ne!(elsewhere.events[0].id, alone.events[0].id);
}
