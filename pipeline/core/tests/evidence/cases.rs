//! Golden cases, as a teacher would tell them.

use crate::course::{Course, FIRST, at};
use teachback_core::evidence::{AccountCell, CourseEvidence, DwellCell, FlowCell, QuizCell, QuizItem};
use teachback_core::time::EventTime;

/// A recording of five minutes has ten spans of half a minute.
const OUTLINE: &str = r#""modules":[
    {"module":"m1","contents":[{"content":"film","length_s":300,"content_version":"1"}]},
    {"module":"m2","assessments":[{"assessment":"quiz","items":[{"item":"i0","key":"a","options":[{"option":"a"},{"option":"b"},{"option":"c"},{"option":"d"}]}]}]},
    {"module":"m3"}]"#;

fn film(course: &mut Course, learner: &str, time: EventTime, what: &str, at_s: u32, to_s: u32) {
    let to = if what == "seeked" { format!(r#","position_to_s":{to_s}"#) } else { String::new() };
    course.event(time, &format!("content.{what}"), &format!(r#""learner":"{learner}","content":"film","session":"{learner}","position_s":{at_s}{to}"#));
}

/// All span cells, a line each: where, and what is not zero.
fn spans(told: &[CourseEvidence]) -> Vec<String> {
    let clock = |s: u32| format!("{}:{:02}", s / 60, s % 60);
    let line = |cell: &teachback_core::evidence::SpanCell| {
        let seconds = cell.length_ms / 1000 / cell.spans;
        let counts = [
            ("entered", cell.entered),
            ("dropped", cell.dropped),
            ("replayed", cell.replayed),
            ("sought back", cell.sought_back),
            ("skipped", cell.skipped),
            ("paused", cell.paused),
        ];
        let counts: Vec<String> = counts.iter().filter(|(_, learners)| *learners > 0).map(|(name, learners)| format!("{name} {learners}")).collect();
        let left: Vec<String> = cell.segments.iter().map(|(segment, _)| format!(" at {}", clock(segment * 5))).collect();
        format!("day {} {}-{} {}{}", cell.day.0 - FIRST.0, clock(cell.span * seconds), clock((cell.span + 1) * seconds), counts.join(", "), left.concat())
    };
    told.iter().flat_map(|evidence| &evidence.spans).map(line).collect()
}

#[test]
fn a_learner_who_pauses_seeks_back_skips_and_leaves() {
    let mut course = Course::new();
    course.event(at(0, 8, 0, 0), "course.published", OUTLINE);
    film(&mut course, "ann", at(0, 9, 0, 0), "played", 0, 0);
    film(&mut course, "ann", at(0, 9, 1, 10), "paused", 70, 0);
    film(&mut course, "ann", at(0, 9, 5, 0), "played", 70, 0);
    film(&mut course, "ann", at(0, 9, 5, 45), "seeked", 115, 90);
    film(&mut course, "ann", at(0, 9, 5, 46), "played", 90, 0);
    film(&mut course, "ann", at(0, 9, 6, 41), "seeked", 145, 215);
    film(&mut course, "ann", at(0, 9, 6, 42), "played", 215, 0);
    film(&mut course, "ann", at(0, 9, 6, 57), "stopped", 230, 0);
    // The next evening's sitting, with another pause, is no first exposure.
    film(&mut course, "ann", at(1, 9, 0, 0), "played", 230, 0);
    film(&mut course, "ann", at(1, 9, 0, 40), "paused", 270, 0);
    course.pass_to(4);
    assert_eq!(
        spans(&course.told),
        [
            "day 0 0:00-0:30 entered 1",
            "day 0 0:30-1:00 entered 1",
            "day 0 1:00-1:30 entered 1, paused 1",
            "day 0 1:30-2:00 entered 1, replayed 1, sought back 1",
            "day 0 2:00-2:30 entered 1",
            "day 0 2:30-3:00 skipped 1",
            "day 0 3:00-3:30 skipped 1",
            "day 0 3:30-4:00 entered 1, dropped 1 at 3:50",
        ]
    );
}

#[test]
fn a_player_that_goes_on_a_little_before_the_pause_makes_no_replay() {
    let mut course = Course::new();
    course.event(at(0, 8, 0, 0), "course.published", OUTLINE);
    course.event(at(0, 9, 0, 0), "content.played", r#""learner":"ann","content":"film","position_s":0"#);
    course.event(at(0, 9, 0, 20), "content.paused", r#""learner":"ann","content":"film","position_s":20"#);
    course.event(at(0, 9, 1, 0), "content.played", r#""learner":"ann","content":"film","position_s":19.2"#);
    course.event(at(0, 9, 1, 5), "content.stopped", r#""learner":"ann","content":"film","position_s":25"#);
    course.pass_to(4);
    assert_eq!(spans(&course.told), ["day 0 0:00-0:30 entered 1, dropped 1, paused 1 at 0:25"]);
}

#[test]
fn a_quiz_is_told_in_sums_with_what_its_items_took() {
    let mut course = Course::new();
    let mut answer = |minute: i64, learner: &str, item: &str, score: u32, attempt: u32, rest: &str| {
        let data = format!(r#""learner":"{learner}","assessment":"quiz","item":"{item}","score":{score},"max_score":3,"attempt":{attempt}{rest}"#);
        course.event(at(0, 9, minute, 0), "item.answered", &data);
    };
    answer(0, "ann", "i0", 3, 1, r#","response_time_s":2"#);
    answer(1, "ann", "i1", 1, 1, "");
    answer(2, "ann", "i1", 3, 2, r#","response_time_s":9"#);
    answer(3, "ben", "i0", 0, 1, "");
    answer(4, "ben", "i0", 1, 2, "");
    answer(5, "cid", "i1", 3, 1, "");
    // An essay that nobody has marked yet is no omission, and whoever has nothing marked is not counted.
    answer(6, "ann", "essay", 0, 1, r#","outcome":"ungraded""#);
    answer(7, "dan", "essay", 0, 1, r#","outcome":"ungraded""#);
    for learner in ["ann", "ben", "cid", "dan"] {
        course.event(at(0, 9, 30, 0), "assessment.submitted", &format!(r#""learner":"{learner}","assessment":"quiz""#));
    }
    // Behind the first attempt at the quiz.
    course.event(at(0, 9, 40, 0), "item.answered", r#""learner":"ben","assessment":"quiz","item":"i0","score":3,"max_score":3,"attempt":3"#);
    course.pass_to(4);
    let quizzes: Vec<QuizCell> = course.told.iter().flat_map(|evidence| evidence.quizzes.clone()).collect();
    let item = |item: &str, omitted, [sum, squares, products]: [u64; 3], attempts: &[(u8, u32)], response_times: &[(u8, u32)]| QuizItem {
        item: item.to_owned(),
        omitted,
        sum,
        squares,
        products,
        attempts: attempts.to_vec(),
        response_times: response_times.to_vec(),
    };
    // T is 1333 of Ann, 0 of Ben, 1000 of Cid; two seconds lie in bin 44, from 1792 ms on.
    let expected = QuizCell {
        day: FIRST,
        stratum: String::new(),
        assessment: "quiz".to_owned(),
        learners: 3,
        totals: [2_333, 2_776_889, 3_368_593_037, 4_157_334_518_321],
        items: vec![
            item("essay", 2, [0, 0, 0], &[], &[]),
            item("i0", 1, [1_000, 1_000_000, 1_333_000], &[(0, 1), (1, 1)], &[(44, 1)]),
            item("i1", 1, [1_333, 1_110_889, 1_443_889], &[(1, 1), (2, 1)], &[]),
        ],
    };
    assert_eq!(quizzes, [expected]);
    let read: Vec<QuizCell> = serde_json::from_str(&serde_json::to_string(&quizzes).expect("written")).expect("read");
    assert_eq!(read, quizzes);
}

#[test]
fn dwell_is_the_first_sitting_and_the_longest_stay_reported_on_the_first_day() {
    let mut course = Course::new();
    course.event(at(0, 8, 0, 0), "course.published", OUTLINE);
    film(&mut course, "ann", at(0, 9, 0, 0), "played", 0, 0);
    film(&mut course, "ann", at(0, 9, 1, 10), "paused", 70, 0);
    film(&mut course, "ann", at(0, 9, 6, 57), "stopped", 70, 0);
    film(&mut course, "ann", at(0, 12, 0, 0), "played", 70, 0);
    film(&mut course, "ann", at(0, 13, 0, 0), "stopped", 200, 0);
    // A single point, and a view without a duration, say nothing.
    film(&mut course, "ben", at(0, 9, 0, 0), "played", 0, 0);
    course.event(at(0, 9, 0, 0), "content.viewed", r#""learner":"ben","content":"page""#);
    for (day, learner, seconds) in [(0, "ann", 40), (0, "ann", 90), (0, "ann", 7), (1, "ann", 500), (1, "ben", 90), (1, "cid", 86_401)] {
        course.event(at(day, 10, 0, 0), "content.viewed", &format!(r#""learner":"{learner}","content":"page","duration_s":{seconds}"#));
    }
    course.pass_to(4);
    let dwell: Vec<DwellCell> = course.told.iter().flat_map(|evidence| evidence.dwell.clone()).collect();
    let cell = |content: &str, sittings: &[(u8, u32)], reported: &[(u8, u32)]| DwellCell {
        day: FIRST,
        stratum: String::new(),
        content: content.to_owned(),
        sittings: sittings.to_vec(),
        reported: reported.to_vec(),
    };
    // 417 s lie in bin 75, from 393.216 s on; 90 s in bin 66, from 81.92 s on.
    assert_eq!(dwell, [cell("film", &[(75, 1)], &[]), cell("page", &[], &[(66, 1)])]);
}

/// Twenty answers on a day, each `seconds` after the one before; every fourth is right.
fn answers(course: &mut Course, learner: &str, day: i64, quiz: &str, seconds: impl Fn(i64) -> f64) {
    for item in 0..20 {
        let outcome = if item % 4 == 0 { "right" } else { "wrong" };
        let data =
            format!(r#""learner":"{learner}","assessment":"{quiz}","item":"i{item}","response":"a","outcome":"{outcome}","response_time_s":{}"#, seconds(item));
        course.event(at(day, 10, item, 0), "item.answered", &data);
    }
    course.event(at(day, 10, 30, 0), "assessment.submitted", &format!(r#""learner":"{learner}","assessment":"{quiz}""#));
}

/// The strata of the learners who answered the first item of a quiz.
fn strata_of(told: &[CourseEvidence], quiz: &str) -> Vec<(String, u32)> {
    let first = told.iter().flat_map(|evidence| &evidence.items).filter(|cell| cell.assessment == quiz && cell.item == "i0");
    first.map(|cell| (cell.stratum.clone(), cell.learners)).collect()
}

#[test]
fn a_bot_and_a_quick_human_who_knows_no_more() {
    let mut course = Course::new();
    course.event(at(0, 8, 0, 0), "course.published", OUTLINE);
    for learner in ["bot", "ben"] {
        course.event(at(0, 8, 0, 0), "enrollment.created", &format!(r#""learner":"{learner}","enrollment_mode":"audit","stratum":2"#));
    }
    answers(&mut course, "bot", 0, "quiz", |_| 1.5);
    answers(&mut course, "ben", 0, "quiz", |item| 1.0 + (item % 5) as f64);
    // On its first day it was not known for a bot yet; from the day of its first twenty answers on it is.
    course.event(at(0, 7, 0, 0), "content.viewed", r#""learner":"bot","content":"page","module":"m1""#);
    answers(&mut course, "bot", 2, "quiz 2", |item| 1.0 + item as f64);
    course.pass_to(20);
    let accounts: Vec<AccountCell> = course.told.iter().flat_map(|evidence| evidence.accounts.clone()).collect();
    assert_eq!(accounts, [AccountCell { day: FIRST, judged: 2, bots: 1 }]);
    assert_eq!(strata_of(&course.told, "quiz"), [("audit/2".to_owned(), 1), ("bot".to_owned(), 1)]);
    assert_eq!(strata_of(&course.told, "quiz 2"), [("bot".to_owned(), 1)]);
    let arrivals = course.told.iter().flat_map(|evidence| &evidence.places).filter(|cell| cell.module == "m1");
    let arrivals: Vec<(&str, u32)> = arrivals.map(|cell| (cell.stratum.as_str(), cell.arrived)).collect();
    assert_eq!(arrivals, [("bot", 1)]);
}

#[test]
fn who_comes_after_ten_days_of_silence_has_returned_and_whoever_is_new_has_not() {
    let mut course = Course::new();
    course.event(at(0, 8, 0, 0), "course.published", OUTLINE);
    course.event(at(0, 9, 0, 0), "content.viewed", r#""learner":"ann","content":"film","module":"m1""#);
    course.event(at(2, 9, 0, 0), "content.viewed", r#""learner":"ben","content":"film","module":"m1""#);
    // More than ten days later for one, exactly ten for the other; an hour has two places.
    course.event(at(10, 10, 0, 0), "content.viewed", r#""learner":"ann","content":"page","module":"m2""#);
    course.event(at(10, 10, 30, 0), "content.viewed", r#""learner":"ann","content":"other","module":"extra""#);
    course.event(at(12, 9, 0, 0), "content.viewed", r#""learner":"ben","content":"page","module":"m2""#);
    course.pass_to(40);
    let cells = course.told.iter().flat_map(|evidence| &evidence.places);
    let cells: Vec<_> = cells.map(|cell| (cell.day.0 - FIRST.0, cell.module.as_str(), cell.arrived, cell.stopped_out, cell.returned)).collect();
    // Ann was silent after the film until she moved on, within the window of two weeks.
    assert_eq!(cells, [(0, "m1", 1, 0, 0), (2, "m1", 1, 0, 0), (10, "extra", 1, 1, 0), (10, "m2", 1, 0, 1), (12, "m2", 1, 1, 0)]);
}

#[test]
fn a_stratum_changed_between_two_days_shows_from_the_second_on() {
    let mut course = Course::new();
    course.event(at(0, 8, 0, 0), "course.published", OUTLINE);
    course.event(at(0, 8, 0, 1), "enrollment.created", r#""learner":"ann","enrollment_mode":"audit""#);
    course.event(at(0, 9, 0, 0), "content.viewed", r#""learner":"ann","content":"film","module":"m1""#);
    answers(&mut course, "ann", 0, "first", |item| 5.0 + item as f64);
    course.event(at(1, 9, 0, 0), "enrollment.changed", r#""learner":"ann","enrollment_mode":"verified""#);
    course.event(at(1, 9, 30, 0), "enrollment.changed", r#""learner":"ann","stratum":7"#);
    answers(&mut course, "ann", 1, "second", |item| 5.0 + item as f64);
    course.pass_to(20);
    assert_eq!(strata_of(&course.told, "first"), [("audit/".to_owned(), 1)]);
    assert_eq!(strata_of(&course.told, "second"), [("verified/7".to_owned(), 1)]);
    // The arrival of the first day is told after the change, and is as it was then.
    let arrivals = course.told.iter().flat_map(|evidence| &evidence.places).filter(|cell| cell.module == "m1");
    let arrivals: Vec<(&str, u32)> = arrivals.map(|cell| (cell.stratum.as_str(), cell.stopped_out)).collect();
    assert_eq!(arrivals, [("audit/", 1)]);
}

#[test]
fn a_version_is_known_from_its_outline_or_its_first_event_whichever_was_first() {
    let mut course = Course::new();
    course.event(at(0, 8, 0, 0), "course.published", OUTLINE);
    course.event(at(2, 9, 0, 0), "content.viewed", r#""learner":"ann","content":"film","content_version":"2""#);
    course.event(at(2, 9, 5, 0), "content.viewed", r#""learner":"ann","content":"film","content_version":"1""#);
    course.event(at(2, 9, 5, 0), "content.viewed", r#""learner":"ann","content":"page","content_version":"x""#);
    course.event(
        at(3, 8, 0, 0),
        "course.published",
        r#""modules":[{"module":"m1","contents":[{"content":"film","content_version":"2"},{"content":"unseen","content_version":"1"}]}]"#,
    );
    course.pass_to(6);
    let versions = &course.told.last().expect("told").versions;
    let versions: Vec<(&str, i32, &str)> = versions.iter().map(|one| (one.content.as_str(), one.since.0 - FIRST.0, one.version.as_str())).collect();
    assert_eq!(versions, [("film", 0, "1"), ("film", 2, "2"), ("page", 2, "x"), ("unseen", 3, "1")]);
}

#[test]
fn flow_counts_the_learners_of_each_hour_that_is_over() {
    let mut course = Course::new();
    for (learner, hour) in [("ann", 9), ("ben", 9), ("ann", 9), ("ann", 11), ("cid", 23)] {
        course.event(at(0, hour, 10, 0), "content.viewed", &format!(r#""learner":"{learner}","content":"page""#));
    }
    // Ratings are no activity.
    course.event(at(0, 23, 30, 0), "feedback.rated", r#""learner":"ann","rating":3"#);
    course.tell();
    let hour = |hour: i64| at(0, hour, 0, 0).hour();
    let expected = |cells: &[(i64, u32)]| -> Vec<FlowCell> { cells.iter().map(|(at, learners)| FlowCell { hour: hour(*at), learners: *learners }).collect() };
    assert_eq!(course.told[0].flow, expected(&[(9, 2), (11, 1)]));
    course.event(at(1, 0, 10, 0), "feedback.rated", r#""learner":"ann","rating":3"#);
    course.tell();
    assert_eq!(course.told[1].flow, expected(&[(9, 2), (11, 1), (23, 1)]));
    // Of hours more than 35 days back nothing is told any more.
    course.pass_to(50);
    assert!(course.told.last().expect("told").flow.iter().all(|cell| cell.hour >= at(15, 0, 0, 0).hour()));
}

#[test]
fn a_course_of_which_nothing_is_new_tells_nothing() {
    let mut course = Course::new();
    course.event(at(0, 9, 0, 0), "content.failed", r#""learner":"ann","content":"film","client":"tv""#);
    course.tell();
    assert_eq!(course.told.len(), 1, "the opening failed, though its hour is not over");
    course.event(at(0, 10, 0, 0), "feedback.rated", r#""learner":"ann","rating":3"#);
    course.tell();
    assert_eq!(course.told.len(), 2, "an hour with activity is over");
    for minute in 1..50 {
        course.event(at(0, 10, minute, 0), "feedback.rated", r#""learner":"ann","rating":3"#);
        course.tell();
    }
    assert_eq!(course.told.len(), 2);
    course.event(at(0, 10, 50, 0), "content.failed", r#""learner":"ben","content":"film","client":"tv""#);
    course.tell();
    assert_eq!(course.told.last().map(|evidence| evidence.openings[0].failed), Some(2));
    assert_eq!(course.told.len(), 3);
}
