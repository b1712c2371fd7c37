//! One test for each way in which a tracking log misleads.

use super::{COURSE, PROBLEM, assert_canonical, hints, map, mapped, only, partial, refused, twin, type_of, unmapped};
use crate::mapping::Hints;
use teachback_core::event::Event;
use teachback_core::refusal::Reason;

const VIDEO: &str = "block-v1:Northfield+STAT101+2026+type@video+block@f00";

/// A line of the raw log; `fields` go before the context, `context` into it.
fn line(name: &str, source: &str, payload: &str, fields: &str, context: &str) -> String {
    format!(
        r#"{{"event_type":"{name}","event_source":"{source}","event":{payload},"time":"2026-03-01T10:00:00.5+00:00","username":"ann",{fields}"context":{{"user_id":17,"course_id":"{COURSE}"{context}}}}}"#
    )
}

fn server(name: &str, payload: &str) -> String {
    line(name, "server", payload, "", "")
}

fn browser(name: &str, payload: &str) -> String {
    line(name, "browser", &serde_json::to_string(payload).expect("a string"), "", "")
}

/// `problem_check` of the server on three questions, one of them with a helper field.
fn three_questions() -> String {
    server(
        "problem_check",
        &format!(
            r#"{{"problem_id":"{PROBLEM}","attempts":2,"grade":1.5,"max_grade":3,"success":"incorrect",
            "correct_map":{{"f00d_2_1":{{"correctness":"correct"}},"f00d_3_1":{{"correctness":"incorrect"}},"f00d_4_1":{{"correctness":"partially-correct","npoints":0.5}}}},
            "submission":{{"f00d_2_1":{{"answer":"blue","response_type":"optionresponse","correct":true}},
                          "f00d_2_1_dynamath":{{"answer":"<math/>","response_type":"","correct":""}},
                          "f00d_3_1":{{"answer":["a \"piano\"","a tree"],"response_type":"choiceresponse","correct":false}}}},
            "answers":{{"f00d_2_1":"choice_1","f00d_4_1":"choice_9"}}}}"#
        )
        .replace('\n', ""),
    )
}

/// Type, item, outcome and score of an event, `-` for each that is absent.
fn summary(event: &Event<'_>) -> String {
    let data = &event.data;
    let score = data.score.zip(data.max_score).map_or("-".to_owned(), |(score, max)| format!("{score}/{max}"));
    format!("{} {} {} {score}", type_of(event), data.item.as_deref().unwrap_or("-"), data.outcome.as_deref().unwrap_or("-"))
}

#[test]
fn each_question_of_a_problem_counts_once_and_the_problem_once() {
    let mapping = mapped(&three_questions());
    let told: Vec<_> = mapping.events.iter().map(summary).collect();
    assert_eq!(
        told,
        ["item.answered f00d_2_1 right -", "item.answered f00d_3_1 wrong -", "item.answered f00d_4_1 partial -", "assessment.submitted - partial 1.5/3"]
    );
    let responses: Vec<_> = mapping.events.iter().map(|event| event.data.response.as_deref()).collect();
    assert_eq!(responses, [Some("blue"), Some(r#"["a \"piano\"", "a tree"]"#), Some("choice_9"), None]);
    assert!(mapping.events.iter().all(|event| event.data.attempt == Some(2) && event.data.assessment.as_deref() == Some(PROBLEM)));
    assert_canonical(&mapping);
}

#[test]
fn a_hint_written_into_a_choice_is_no_part_of_the_response() {
    let check = three_questions().replace(r#""a tree""#, r#""a <choicehint selected=\"true\">No.</choicehint>tree<choicehint>""#);
    let responses: Vec<_> = mapped(&check).events.into_iter().filter_map(|event| event.data.response).collect();
    assert_eq!(responses, ["blue", r#"["a \"piano\"", "a tree<choicehint>"]"#, "choice_9"]);
}

#[test]
fn the_grade_of_a_problem_of_one_question_is_that_questions_score() {
    let check = |grade: &str, max: &str, mark: &str| {
        let payload = format!(r#"{{"problem_id":"{PROBLEM}","grade":{grade},"max_grade":{max},"correct_map":{{"f00d_2_1":{mark}}}}}"#);
        let mapping = mapped(&server("problem_check", &payload));
        assert_canonical(&mapping);
        mapping.events.iter().map(summary).collect::<Vec<_>>()
    };
    let told = |item: &str, whole: &str| [format!("item.answered f00d_2_1 {item}"), format!("assessment.submitted - {whole}")];
    assert_eq!(check("1", "2", r#"{"correctness":"partially-correct"}"#), told("partial 1/2", "partial 1/2"));
    // A maximum of nothing is no score, whatever the platform calls a success.
    assert_eq!(check("0", "0", r#"{"correctness":"correct"}"#), told("right -", "ungraded -"));
    assert_eq!(check("0", "null", r#"{"correctness":"incorrect"}"#), told("wrong -", "ungraded -"));
    // Not marked by the platform, or not marked yet.
    assert_eq!(check("1", "1", r#"{"correctness":"unknown","npoints":true}"#), told("ungraded 1/1", "right 1/1"));
    assert_eq!(check("0", "1", r#"{"correctness":"incorrect","queuestate":{"key":"k"}}"#), told("ungraded 0/1", "wrong 0/1"));
}

#[test]
fn of_twins_the_one_with_the_marks_counts() {
    let ignored = |line: &str| {
        let mapping = mapped(line);
        assert_eq!(mapping.events, [], "{line}");
        mapping.left_out
    };
    assert_eq!(ignored(&browser("problem_check", "input_f00d_2_1=choice_1")), [twin("problem_check")]);
    // Quoted once more, as the browser does it.
    assert_eq!(ignored(&browser("problem_check", r#""input_f00d_2_1=choice_1""#)), [twin("problem_check")]);
    assert_eq!(ignored(&browser("problem_graded", r#"["input_f00d_2_1=choice_1","<p/>"]"#)), [twin("problem_graded")]);
    assert_eq!(ignored(&browser("problem_show", &format!(r#"{{"problem":"{PROBLEM}"}}"#))), [twin("problem_show")]);
    assert_eq!(ignored(&server("edx.course.grade.passed.first_time", r#"{"user_id":18}"#)), [twin("edx.course.grade.passed.first_time")]);
    assert_eq!(ignored(&server("edx.special_exam.timed.attempt.started", "{}")), [twin("edx.special_exam.timed.attempt.started")]);
    let grade = |block: &str| format!(r#"{{"user_id":"18","problem_id":"{block}","weighted_earned":2,"weighted_possible":4}}"#);
    assert_eq!(ignored(&server("edx.grades.problem.submitted", &grade(PROBLEM))), [twin("edx.grades.problem.submitted")]);
    // No problem_check comes from other blocks: their grade has no twin.
    let other = only(&server("edx.grades.problem.submitted", &grade("block-v1:Northfield+STAT101+2026+type@lti+block@ab")));
    assert_eq!(summary(&other), "assessment.graded - partial 2/4");
}

#[test]
fn what_happens_to_a_learner_is_not_of_who_caused_it() {
    for (name, payload) in [
        ("edx.course.enrollment.activated", format!(r#"{{"course_id":"{COURSE}","user_id":18,"mode":"audit"}}"#)),
        ("edx.course.grade.now_passed", r#"{"user_id":18}"#.to_owned()),
        ("edx.grades.problem.score_overridden", format!(r#"{{"user_id":"18","problem_id":"{PROBLEM}","weighted_earned":1,"weighted_possible":1}}"#)),
        (
            "edx.grades.problem.rescored",
            format!(r#"{{"user_id":"18","instructor_id":"17","problem_id":"{PROBLEM}","new_weighted_earned":1,"new_weighted_possible":1}}"#),
        ),
        ("edx.grades.subsection.grade_calculated", r#"{"user_id":"18","block_id":"b","weighted_graded_earned":1,"weighted_graded_possible":1}"#.to_owned()),
        ("edx.completion.block_completion.changed", format!(r#"{{"user_id":18,"block_id":"{PROBLEM}","completion":1.0}}"#)),
        ("edx.special_exam.proctored.attempt.submitted", r#"{"attempt_user_id":18,"exam_content_id":"x"}"#.to_owned()),
    ] {
        let event = only(&line(name, "server", &payload, r#""session":"s1","#, ""));
        // The session is that of whoever acted, here somebody else.
        assert_eq!((event.data.session.as_deref(), event.data.actor_role.as_deref()), (None, None), "{name}");
        assert_eq!((event.data.learner.as_deref(), event.data.learner_space.as_deref()), (Some("18"), Some("lms_user_id")), "{name}");
    }
    let own = only(&line("edx.course.enrollment.activated", "server", r#"{"user_id":17}"#, r#""session":"s1","#, ""));
    assert_eq!(own.data.session.as_deref(), Some("s1"));
    // A management command acts as nobody.
    let command = format!(
        r#"{{"event_type":"edx.course.enrollment.deactivated","event_source":"server","username":"anonymous","time":"2026-03-01T10:00:00Z","event":{{"course_id":"{COURSE}","user_id":18}},"context":{{}}}}"#
    );
    let event = only(&command);
    assert_eq!((type_of(&event), &*event.subject, event.data.learner.as_deref()), ("enrollment.withdrawn", COURSE, Some("18")));
}

#[test]
fn staff_are_kept_apart_where_the_line_shows_them() {
    let play = |fields: &str| only(&line("play_video", "browser", r#""{\"id\":\"f00\",\"currentTime\":3}""#, fields, ""));
    assert_eq!(play("").data.actor_role, None);
    assert_eq!(play(r#""host":"preview.lms.example.org","#).data.actor_role.as_deref(), Some("staff"));
    let thread = |roles: &str| only(&server("edx.forum.thread.viewed", &format!(r#"{{"id":"t1","user_course_roles":{roles}}}"#)));
    assert_eq!(thread("[]").data.actor_role, None);
    assert_eq!(thread(r#"["Staff"]"#).data.actor_role.as_deref(), Some("staff"));
    assert_eq!(thread(r#"["Staff","Instructor"]"#).data.actor_role.as_deref(), Some("instructor"));
}

#[test]
fn video_ids_become_usage_keys_and_positions_stay_seconds() {
    let event = only(&browser("seek_video", r#"{"id":"f00","old_time":"12.25","new_time":90,"code":"x","duration":120}"#));
    let data = &event.data;
    assert_eq!((data.content.as_deref(), data.content_type.as_deref()), (Some(VIDEO), Some("video")));
    assert_eq!((data.position_s, data.position_to_s, data.content_length_s), (Some(12.25), Some(90.0), Some(120.0)));
    assert_eq!((data.client.as_deref(), data.learner.as_deref()), (Some("web"), Some("17")));
    for (name, expected) in [
        ("load_video", "content.viewed"),
        ("edx.video.played", "content.played"),
        ("pause_video", "content.paused"),
        ("stop_video", "content.stopped"),
        ("complete_video", "content.completed"),
    ] {
        let event = only(&browser(name, r#"{"id":"f00","currentTime":7.5,"duration":0}"#));
        assert_eq!((type_of(&event), event.data.content_length_s), (expected, None));
    }
    let speed = only(&browser("speed_change_video", r#"{"id":"f00","current_time":7.5,"old_speed":"1.0","new_speed":"1.25"}"#));
    assert_eq!((type_of(&speed), speed.data.position_s), ("content.progressed", Some(7.5)));
}

#[test]
fn what_a_line_lacks_is_named() {
    for (line, expected) in [
        (browser("play_video", r#"{"id":"f00"}"#), partial("play_video", "position_s")),
        (browser("play_video", r#"{"id":"f00","currentTime":-50}"#), partial("play_video", "position_s")),
        (browser("seek_video", r#"{"id":"f00","old_time":1}"#), partial("seek_video", "position_to_s")),
        (browser("play_video", r#"{"currentTime":1}"#), partial("play_video", "id")),
        (browser("pause_video", r#"{"id":"f00","currentTi"#), partial("pause_video", "payload")),
        (server("problem_check", r#"{"grade":1,"max_grade":1}"#), partial("problem_check", "problem_id")),
        (server("problem_check", r#""{\"problem_id\": \"block-v1:N""#), partial("problem_check", "payload")),
        (
            server("edx.completion.block_completion.changed", r#"{"block_id":"b","completion":0.5}"#),
            partial("edx.completion.block_completion.changed", "completion"),
        ),
        (
            server("edx.course_discovery.search.results_displayed", r#"{"search_term":"","results_count":9}"#),
            partial("edx.course_discovery.search.results_displayed", "search_term"),
        ),
        (
            server("edx.course.enrollment.activated", r#"{"user_id":18,"course_id":"no key"}"#).replace(COURSE, ""),
            partial("edx.course.enrollment.activated", "course_id"),
        ),
        (server("showanswer", "null"), partial("showanswer", "problem_id")),
    ] {
        let mapping = mapped(&line);
        assert_eq!((mapping.events.len(), mapping.left_out), (0, vec![expected]), "{line}");
    }
    let nobody = browser("play_video", r#"{"id":"f00","currentTime":1}"#).replace("\"ann\"", "\"\"").replace(":17", ":null");
    assert_eq!(mapped(&nobody).left_out, [partial("play_video", "learner")]);
}

#[test]
fn the_newer_of_two_names_counts_and_counts_once() {
    let event = only(&line("seq_next", "browser", r#""{\"id\":\"a1\",\"old\":1}""#, r#""name":"edx.ui.lms.sequence.next_selected","#, ""));
    assert_eq!((type_of(&event), event.data.content.as_deref()), ("content.viewed", Some("block-v1:Northfield+STAT101+2026+type@sequential+block@a1")));
    let exam =
        line("edx.special_exam.timed.attempt.created", "server", r#"{"exam_content_id":"x"}"#, r#""name":"edx.special_exam.practice.attempt.created","#, "");
    assert_eq!(type_of(&only(&exam)), "assessment.started");
}

#[test]
fn requests_for_subsections_are_views_and_others_are_counted_by_path() {
    let page = format!("/courses/{COURSE}/courseware/c1/s1/2");
    // The payload of a request is cut at 512 characters; it is not needed.
    let event = only(&line(&page, "server", r#""{\"POST\": {}, \"GET\": {\"activate_block_id\": [\"blo""#, "", ""));
    let data = &event.data;
    assert_eq!(data.content.as_deref(), Some("block-v1:Northfield+STAT101+2026+type@sequential+block@s1"));
    assert_eq!(data.module.as_deref(), Some("block-v1:Northfield+STAT101+2026+type@chapter+block@c1"));
    for (path, template) in [
        (format!("/courses/{COURSE}/courseware"), "/courses/*/courseware"),
        (format!("/courses/{COURSE}/progress/17"), "/courses/*/progress/*"),
        (format!("/courses/{COURSE}/xblock/{PROBLEM}/handler/xmodule_handler/problem_check"), "/courses/*/xblock/*/handler/xmodule_handler/problem_check"),
        ("/u/ann".to_owned(), "/*"),
    ] {
        let mapping = mapped(&line(&path, "server", r#""{}""#, "", ""));
        assert_eq!((mapping.events.len(), mapping.left_out), (0, vec![unmapped(template)]));
    }
}

#[test]
fn the_course_is_found_in_the_page_where_the_context_has_none() {
    let without = |page: &str| {
        let line = browser("play_video", r#"{"id":"f00","currentTime":1}"#).replace(COURSE, "");
        line.replace("\"context\"", &format!("\"page\":\"{page}\",\"context\""))
    };
    assert_eq!(only(&without(&format!("https://lms/courses/{COURSE}/courseware/a/b/?x=1"))).subject, COURSE);
    let legacy = only(&without("https://lms/courses/Northfield/STAT101/2014/courseware/a/b/"));
    assert_eq!((&*legacy.subject, legacy.data.content.as_deref()), ("Northfield/STAT101/2014", Some("i4x://Northfield/STAT101/video/f00")));
    assert_eq!(mapped(&without("https://lms/dashboard")).left_out, [partial("play_video", "course")]);
}

#[test]
fn an_event_of_no_course_is_of_the_platform() {
    let search = server("edx.course_discovery.search.results_displayed", r#"{"search_term":"bayes","results_count":0,"page_number":0}"#);
    let platform = search.replace(COURSE, "");
    let event = only(&platform);
    assert_eq!((&*event.subject, event.data.query.as_deref(), event.data.result_count), ("platform:lms", Some("bayes"), Some(0)));
    let named = Hints { provider: Some("northfield"), ..hints() };
    let mapping = map(platform.as_bytes(), &named).expect("a good line");
    assert_eq!((&*mapping.events[0].subject, mapping.events[0].data.provider.as_deref()), ("platform:northfield", Some("northfield")));
    assert_eq!(only(&search).data.provider.as_deref(), Some("Northfield"));
    let page_two = search.replace("\"page_number\":0", "\"page_number\":1");
    assert_eq!(mapped(&page_two).left_out, [twin("edx.course_discovery.search.results_displayed")]);
}

#[test]
fn every_envelope_and_nesting_gives_the_same_event() {
    let payload = r#"{"id":"f00","currentTime":3.5}"#;
    let context = format!(r#"{{"user_id":17,"course_id":"{COURSE}","session":"s1","event_source":"browser"}}"#);
    let text = |json: &str| serde_json::to_string(json).expect("a string");
    let [once, twice] = [text(payload), text(&text(payload))];
    let time = "2026-03-01T10:00:00Z";
    let envelopes = [
        format!(r#"{{"event_type":"play_video","event":{once},"time":"{time}","session":"s1","event_source":"browser","context":{context}}}"#),
        format!(r#"Mar  1 10:00:00 lms [tracking] [user 17] - {{"event_type":"play_video","event":{payload},"time":"{time}","context":{context}}}"#),
        format!(r#"{{"name":"play_video","data":{payload},"timestamp":"{time}","context":{context}}}"#),
        format!(r#"{{"name":"play_video","event_type":"play_video","data":{once},"time":"{time}","context":{context}}}"#),
        format!(r#"{{"name":"play_video","timestamp":"{time}","data":{twice},"context":{}}}"#, text(&context)),
        format!(r#"{{"tracking_log":{{"name":"play_video","timestamp":"{time}","data":{twice},"context":{}}}}}"#, text(&context)),
    ];
    let events = envelopes.each_ref().map(|envelope| only(envelope));
    for (event, envelope) in events.iter().zip(&envelopes) {
        assert_eq!(event, &events[0], "{envelope}");
    }
    assert_eq!((events[0].data.position_s, events[0].data.session.as_deref()), (Some(3.5), Some("s1")));
}

#[test]
fn mobile_apps_come_in_segments_envelope() {
    let message = |id: &str| {
        format!(
            r#"{{"messageId":"{id}","type":"track","event":"Played Video","userId":17,"timestamp":"2026-03-01T10:00:00.000Z","receivedAt":"2026-03-02T10:00:00.000Z",
            "properties":{{"name":"edx.video.played","data":{{"id":"f00","currentTime":3.5}},"context":{{"course_id":"{COURSE}","application":{{"name":"edx.mobileapp.android"}}}}}},
            "context":{{"device":{{"manufacturer":"x"}}}}}}"#
        )
    };
    let (event, again, other) = (only(&message("m1")), only(&message("m1")), only(&message("m2")));
    assert_eq!((event.time.to_string().as_str(), &*event.subject), ("2026-03-01T10:00:00Z", COURSE));
    assert_eq!((event.data.client.as_deref(), event.data.learner.as_deref(), event.data.content.as_deref()), (Some("android"), Some("17"), Some(VIDEO)));
    assert_eq!((&event.id, event.id != other.id), (&again.id, true));
}

#[test]
fn ids_are_stable_and_hold_the_object() {
    let first = mapped(&three_questions());
    let again = mapped(&three_questions());
    assert_eq!(first, again);
    let ids = |line: &str| mapped(line).events.into_iter().map(|event| event.id.into_owned()).collect::<Vec<_>>();
    let mut all = ids(&three_questions());
    // Two lines of one learner, name and time that differ in nothing but the object.
    all.extend(ids(&browser("play_video", r#"{"id":"f00","currentTime":1}"#)));
    all.extend(ids(&browser("play_video", r#"{"id":"f01","currentTime":1}"#)));
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!((all.len(), count), (6, 6));
    let of_another_source = map(three_questions().as_bytes(), &Hints { source: "lms-2", ..hints() }).expect("a good line");
    assert!(of_another_source.events.iter().zip(&first.events).all(|(other, event)| other.id != event.id));
}

#[test]
fn a_time_without_an_offset_is_of_the_sources_zone_and_none_is_that_of_reception() {
    let naive = browser("play_video", r#"{"id":"f00","currentTime":1}"#).replace("10:00:00.5+00:00", "10:00:00.5");
    let mapping = map(naive.as_bytes(), &Hints { naive_offset_minutes: 480, ..hints() }).expect("a good line");
    let told = |event: &Event<'_>| (event.time.to_string(), event.data.time_quality.as_deref().map(str::to_owned));
    assert_eq!(told(&mapping.events[0]), ("2026-03-01T02:00:00.500Z".to_owned(), Some("assumed_utc".to_owned())));
    let timeless = naive.replace("\"time\"", "\"other\"");
    assert_eq!(told(&only(&timeless)), ("2026-11-01T00:00:00Z".to_owned(), Some("ingest".to_owned())));
}

#[test]
fn what_is_no_event_is_refused_with_its_reason() {
    for (line, reason) in [
        ("", Reason::EmptyMessage),
        ("  \r\n", Reason::EmptyMessage),
        ("# a {comment}", Reason::EmptyMessage),
        ("not an event", Reason::BadJson),
        (r#"{"event_type":"play_video""#, Reason::BadJson),
        (r#"{"event_type":"a"} trailing"#, Reason::BadJson),
        (r#"{"username":"ann","time":"2026-03-01T10:00:00Z"}"#, Reason::MissingField),
        (r#"{"event_type":"","time":"2026-03-01T10:00:00Z"}"#, Reason::MissingField),
        (r#"{"event_type":"a","time":"yesterday"}"#, Reason::BadTime),
        (r#"{"event_type":"a","event_type":"b"}"#, Reason::WrongType),
    ] {
        assert_eq!(refused(line).reason, reason, "{line}");
    }
    assert_eq!(map(b"{\"event_type\":\"\xff\"}", &hints()).expect_err("no UTF-8").reason, Reason::BadUtf8);
    assert_eq!(map(&vec![b' '; 1024 * 1024 + 1], &hints()).expect_err("too large").reason, Reason::TooLarge);
    let unsafe_id = refused(&browser("play_video", r#"{"id":"../../etc","currentTime":1}"#));
    assert_eq!((unsafe_id.reason, &*unsafe_id.place), (Reason::BadIdentifier, "content"));
}
