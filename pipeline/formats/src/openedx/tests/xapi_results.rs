//! The inputs of event-routing-backends against the xAPI that it makes of them.
//!
//! What the statement says is read here, by direct paths; the mapping must say the same of course, content, item, score,
//! outcome, response, time, position and length. Where xAPI says something else on purpose, the file is in the list below.

use super::{mapped, type_of};
use crate::fixtures::{files, folder};
use crate::mapping::LeftOut;
use serde_json::Value;
use teachback_core::event::Event;
use teachback_core::time::EventTime;

/// What becomes of an input that has no counterpart among canonical events.
#[derive(Debug, PartialEq)]
enum Left {
    Twin,
    Unmapped,
    Partial,
}

/// Inputs without a canonical event, by the start of their name, with the reason.
const WITHOUT_EVENT: [(&str, Left, &str); 8] = [
    ("problem_check(browser).required.only.data", Left::Partial, "no payload, so neither a problem nor who sent it"),
    ("problem_check(browser)", Left::Twin, "the server's problem_check has the marks"),
    ("edx.grades.problem.submitted", Left::Twin, "problem_check has the same grade"),
    ("edx.grades.course.grade_calculated", Left::Unmapped, "the catalogue has no grade of a course"),
    ("edx.forum", Left::Unmapped, "the catalogue has no posts, votes and reports"),
    ("edx.ui.lms.link_clicked", Left::Unmapped, "the page that the link opens counts"),
    ("edx.ui.lms.outline.selected", Left::Unmapped, "the page that it opens counts"),
    ("edx.course.grade.now_failed", Left::Unmapped, "the catalogue has no failing"),
];

/// What a statement says, in canonical terms.
#[derive(Debug)]
struct Expected {
    event_type: &'static str,
    course: Option<String>,
    content: Option<String>,
    item: Option<String>,
    score: Option<(f64, f64)>,
    is_right: Option<bool>,
    response: Option<String>,
    time: String,
    position: Option<f64>,
    position_to: Option<f64>,
    length: Option<f64>,
}

const EXTENSION: &str = "https://w3id.org/xapi/video/extensions/";
const COURSE_TYPE: &str = "http://adlnet.gov/expapi/activities/course";

fn expectations(file: &str, statement: &Value) -> Vec<Expected> {
    let object_id = statement["object"]["id"].as_str().expect("an object id");
    let object_type = statement["object"]["definition"]["type"].as_str().expect("an object type");
    let activities = &statement["context"]["contextActivities"];
    let empty = Vec::new();
    let of = |place: &str| activities[place].as_array().unwrap_or(&empty).clone();
    let is_course = |activity: &Value| activity["definition"]["type"] == COURSE_TYPE;
    let course_url = of("parent")
        .iter()
        .chain(&of("grouping"))
        .chain([&statement["object"]])
        .find(|activity| is_course(activity))
        .map(|activity| activity["id"].as_str().expect("an id").to_owned());
    let after = |url: &str, marker: &str| url.split_once(marker).map_or_else(|| url.to_owned(), |(_, key)| key.to_owned());
    let block = after(object_id, "/xblock/").trim_end_matches("/answer").split("/hint/").next().expect("a block").to_owned();
    let is_question = statement["context"].get("statement").is_some();
    let problem = of("parent").iter().find(|activity| !is_course(activity)).map(|activity| after(activity["id"].as_str().expect("an id"), "/xblock/"));
    let last = block.rsplit(['@', '/']).next().expect("a part").to_owned();
    let result = &statement["result"];
    let number = |place: &Value| place.as_f64();
    let score = number(&result["score"]["raw"]).zip(number(&result["score"]["max"])).filter(|(_, max)| *max > 0.0);
    let has_score = result["score"].get("max").is_some();
    let extension = |name: &str| {
        number(&result["extensions"][format!("{EXTENSION}{name}")]).or_else(|| number(&statement["context"]["extensions"][format!("{EXTENSION}{name}")]))
    };
    let verb = statement["verb"]["id"].as_str().expect("a verb").rsplit('/').next().expect("a name");
    let is_exam = object_type.ends_with("-assessment");
    let base = |event_type| Expected {
        event_type,
        course: course_url.as_deref().map(|url| after(url, "/course/")),
        content: Some(block.clone()),
        item: None,
        score,
        is_right: result["success"].as_bool().filter(|_| score.is_some() || !has_score),
        response: result["response"].as_str().map(str::to_owned),
        time: statement["timestamp"].as_str().expect("a time").to_owned(),
        position: extension("time").or_else(|| extension("time-from")),
        position_to: extension("time-to"),
        length: extension("length").filter(|length| *length > 0.0),
    };
    let of_course = |event_type| Expected { content: None, ..base(event_type) };
    // A statement about a problem of one question names the problem; the question is its first input.
    let first_item = Some(format!("{last}_2_1"));
    match (verb, statement["object"]["objectType"].as_str()) {
        ("evaluated", _) if is_question => vec![Expected { content: problem, item: Some(last), ..base("item.answered") }],
        ("evaluated", Some("GroupActivity")) => vec![base("assessment.submitted")],
        ("evaluated", _) => vec![Expected { item: first_item, ..base("item.answered") }, Expected { response: None, ..base("assessment.submitted") }],
        ("asked", _) => vec![Expected { item: first_item, ..base(if object_id.ends_with("/answer") { "item.revealed" } else { "item.hinted" }) }],
        ("initialized", _) => vec![base(if is_exam { "assessment.started" } else { "content.viewed" })],
        ("terminated", _) => vec![base(if is_exam { "assessment.submitted" } else { "content.stopped" })],
        ("played", _) => vec![base("content.played")],
        ("paused", _) => vec![base("content.paused")],
        ("seeked", _) => vec![base("content.seeked")],
        ("interacted", _) => vec![base("content.progressed")],
        ("completed" | "progressed", _) => vec![base("content.completed")],
        ("navigated", _) => vec![base("content.viewed")],
        ("earned", _) => vec![base("assessment.graded")],
        ("registered", _) => vec![of_course(if file.contains("mode_changed") { "enrollment.changed" } else { "enrollment.created" })],
        ("unregistered", _) => vec![of_course("enrollment.withdrawn")],
        ("passed", _) => vec![of_course("enrollment.completed")],
        other => panic!("{file}: {other:?} is not known to this test"),
    }
}

fn near(left: Option<f64>, right: Option<f64>) -> bool {
    // event-routing-backends rounds to milliseconds.
    match (left, right) {
        (Some(left), Some(right)) => (left - right).abs() < 0.000_501,
        (left, right) => left == right,
    }
}

fn assert_says(file: &str, event: &Event<'_>, expected: &Expected) {
    let data = &event.data;
    let context = || format!("{file}\n{expected:#?}\n{event:#?}");
    if let Some(course) = &expected.course {
        assert_eq!(*event.subject, *course, "{}", context());
    }
    assert_eq!(data.content.as_deref(), expected.content.as_deref(), "{}", context());
    assert_eq!(data.item.as_deref(), expected.item.as_deref(), "{}", context());
    assert_eq!(data.score.zip(data.max_score), expected.score, "{}", context());
    match expected.is_right {
        Some(right) => assert_eq!(data.outcome.as_deref() == Some("right"), right, "{}", context()),
        None => assert!(matches!(data.outcome.as_deref(), None | Some("ungraded")) || expected.score.is_some(), "{}", context()),
    }
    assert_eq!(data.response.as_deref(), expected.response.as_deref(), "{}", context());
    assert_eq!(Some(event.time), EventTime::parse(&expected.time), "{}", context());
    assert!(near(data.position_s, expected.position) && near(data.position_to_s, expected.position_to), "{}", context());
    assert!(near(data.content_length_s, expected.length), "{}", context());
}

#[test]
fn the_mapping_says_what_the_platforms_own_xapi_says() {
    let Some(folder) = folder("openedx-tracking") else { return };
    let (mut compared, mut listed) = (0, 0);
    for (file, expected) in files(&folder.join("erb/expected-xapi")) {
        let input = std::fs::read_to_string(folder.join("erb/input").join(&file)).expect("the input of a result");
        let mapping = mapped(&input);
        if let Some((_, left, reason)) = WITHOUT_EVENT.iter().find(|(start, ..)| file.starts_with(start)) {
            assert_eq!(mapping.events, [], "{file}: {reason}");
            let kind = match mapping.left_out.as_slice() {
                [LeftOut::TwinIgnored { .. }] => Left::Twin,
                [LeftOut::Unmapped { .. }] => Left::Unmapped,
                [LeftOut::Partial { .. }] => Left::Partial,
                other => panic!("{file}: {other:?}"),
            };
            assert_eq!(kind, *left, "{file}: {reason}");
            listed += 1;
            continue;
        }
        let statements: Value = serde_json::from_str(&expected).expect("JSON");
        let statements = statements.as_array().cloned().unwrap_or_else(|| vec![statements]);
        let expected: Vec<Expected> = statements.iter().flat_map(|statement| expectations(&file, statement)).collect();
        assert_eq!(mapping.events.len(), expected.len(), "{file}: {:#?}", mapping.events);
        for expected in &expected {
            let same = |event: &&Event<'_>| type_of(event) == expected.event_type && event.data.item.as_deref() == expected.item.as_deref();
            let event = mapping.events.iter().find(same).unwrap_or_else(|| panic!("{file}: no event for {expected:#?} in {:#?}", mapping.events));
            assert_says(&file, event, expected);
        }
        compared += 1;
    }
    println!("{compared} inputs say the same, {listed} have no counterpart");
    assert!(compared >= 28, "{compared}");
}
