//! The raw logs of edx-analytics-pipeline against what that program (edX Insights) counted in them.
//!
//! Everything here is computed from canonical events. The log says who a numeric id is; Insights writes names.
//!
//! Not compared: e-mail address and cohort, which come from other tables, and posts and votes, for which there is no canonical
//! type. Two jobs read less than the whole of their log: see [`SEVENTH_OF_SEPTEMBER`] and [`THIRTIETH_OF_JULY`].

use super::{hints, map, type_of};
use crate::fixtures::folder;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use teachback_core::event::{Event, EventType, Kind};
use teachback_core::time::Day;

struct Log {
    /// Each event once, in order of time.
    events: Vec<Event<'static>>,
    /// Names by user id.
    names: BTreeMap<String, String>,
}

impl Log {
    fn read(folder: &Path, file: &str) -> Self {
        let text = std::fs::read_to_string(folder.join("eap/input").join(file)).expect("a log");
        let (mut events, mut names, mut seen) = (Vec::new(), BTreeMap::new(), HashSet::new());
        for line in text.lines().filter(|line| line.starts_with('{')) {
            let json: serde_json::Value = serde_json::from_str(line).expect("JSON");
            if let (Some(id), Some(name)) = (json["context"]["user_id"].as_i64(), json["username"].as_str().filter(|name| !name.is_empty())) {
                names.insert(id.to_string(), name.to_owned());
            }
            for event in map(line.as_bytes(), &hints()).expect("a good line").events {
                // The same line occurs more than once in two of the logs.
                if seen.insert(event.id.clone()) {
                    events.push(event);
                }
            }
        }
        events.sort_by_key(|event| event.time);
        Self { events, names }
    }

    fn name(&self, event: &Event<'_>) -> String {
        let learner = event.data.learner.as_deref().unwrap_or_default();
        self.names.get(learner).map_or(learner, String::as_str).to_owned()
    }
}

fn csv_rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).expect("a table");
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

/// What Insights says of one learner in one course over some days.
#[derive(Debug, Default, PartialEq)]
struct Engagement {
    days_active: usize,
    problems_attempted: usize,
    attempts: usize,
    problems_correct: usize,
    videos_played: usize,
    textbook_pages: usize,
    last_subsection: Option<String>,
}

impl Engagement {
    fn of<'a>(events: impl Iterator<Item = &'a Event<'static>>) -> Self {
        let (mut days, mut problems, mut correct, mut videos) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut engagement = Self::default();
        for event in events {
            let data = &event.data;
            if matches!(event.kind, Kind::Known(event_type) if event_type.is_activity()) {
                days.insert(event.time.day());
            }
            match type_of(event) {
                "assessment.submitted" => {
                    engagement.attempts += 1;
                    problems.insert(data.assessment.clone());
                    if data.outcome.as_deref() == Some("right") {
                        correct.insert(data.assessment.clone());
                    }
                }
                "content.played" => {
                    videos.insert(data.content.clone());
                }
                "content.viewed" if data.content_type.as_deref() == Some("textbook") => engagement.textbook_pages += 1,
                "content.viewed" if data.module.is_some() => engagement.last_subsection = data.content.as_deref().map(str::to_owned),
                _ => {}
            }
        }
        (engagement.days_active, engagement.problems_attempted) = (days.len(), problems.len());
        (engagement.problems_correct, engagement.videos_played) = (correct.len(), videos.len());
        engagement
    }

    fn expected(row: &BTreeMap<String, String>) -> Self {
        let number = |column: &str| row[column].parse().expect("a number");
        let url = &row["URL of Last Subsection Viewed"];
        let last_subsection = url.split_once("/courseware/").map(|(course, places)| {
            let (course, place) = (course.trim_start_matches("/courses/"), places.split('/').nth(1).expect("a subsection"));
            match course.strip_prefix("course-v1:") {
                Some(parts) => format!("block-v1:{parts}+type@sequential+block@{place}"),
                None => format!("i4x://{}/sequential/{place}", course.rsplit_once('/').expect("a run").0),
            }
        });
        Self {
            days_active: number(["Was Active", "Days Active This Week", "Days Active"].into_iter().find(|column| row.contains_key(*column)).expect("a column")),
            problems_attempted: number("Unique Problems Attempted"),
            attempts: number("Total Problem Attempts"),
            problems_correct: number("Unique Problems Correct"),
            videos_played: number("Unique Videos Played"),
            textbook_pages: number("Textbook Pages Viewed"),
            last_subsection,
        }
    }
}

#[test]
fn engagement_by_day_week_and_interval_is_that_of_insights() {
    let Some(folder) = folder("openedx-tracking") else { return };
    let log = Log::read(&folder, "student_engagement_acceptance_tracking.log");
    let mut compared = BTreeMap::new();
    for kind in ["daily", "weekly", "all"] {
        let by_course = std::fs::read_dir(folder.join("eap/expected/student_engagement/expected").join(kind)).expect("a folder");
        let files = by_course.flat_map(|course| std::fs::read_dir(course.expect("an entry").path()).expect("a folder"));
        for file in files.map(|file| file.expect("an entry").path()) {
            for row in csv_rows(&file) {
                let (course, name, date) = (&row["Course ID"], &row["Username"], &row[if kind == "daily" { "Date" } else { "End Date" }]);
                let last = Day::parse(date).expect("a day");
                let first = match kind {
                    "daily" => last,
                    "weekly" => last.plus(-6),
                    _ => Day::parse("2015-04-06").expect("a day"),
                };
                let of_row = |event: &&Event<'_>| event.subject == **course && log.name(event) == *name && (first..=last).contains(&event.time.day());
                let ours = Engagement::of(log.events.iter().filter(of_row));
                assert_eq!(ours, Engagement::expected(&row), "{kind} {course} {name} {date}");
                *compared.entry(kind).or_insert(0) += 1;
            }
        }
    }
    assert_eq!(compared, BTreeMap::from([("daily", 28), ("weekly", 22), ("all", 12)]));
}

/// The one day that Insights' job read. The same learner answered one of the problems again on the days before and after: with
/// those his attempts would be 4 instead of 2, from 6 to 8 September.
const SEVENTH_OF_SEPTEMBER: &str = "2016-09-07";

#[test]
fn first_and_last_responses_to_problems_are_those_of_insights() {
    let Some(folder) = folder("openedx-tracking") else { return };
    let log = Log::read(&folder, "problem_response_tracking.log");
    let day = Day::parse(SEVENTH_OF_SEPTEMBER).expect("a day");
    let outside: Vec<_> = log.events.iter().filter(|event| event.kind == Kind::Known(EventType::ItemAnswered) && event.time.day() != day).collect();
    let days: Vec<_> = outside.iter().filter(|event| event.subject.contains("PRDemo")).map(|event| event.time.day().to_string()).collect();
    assert_eq!(days, ["2016-09-06", "2016-09-08"]);
    for (course, file) in [("course-v1:OpenCraft+PRDemo1+2016", "OpenCraft_PRDemo1_2016"), ("course-v1:OpenCraft+PRDemo2+2016", "OpenCraft_PRDemo2_2016")] {
        let mut ours: BTreeMap<(String, String, String), Vec<&Event<'_>>> = BTreeMap::new();
        let is_answer = |event: &&Event<'_>| event.subject == course && event.kind == Kind::Known(EventType::ItemAnswered);
        for event in log.events.iter().filter(is_answer).filter(|event| event.time.day() == day) {
            let text = |text: &Option<Cow<'_, str>>| text.as_deref().unwrap_or_default().to_owned();
            let key = (log.name(event), text(&event.data.assessment), text(&event.data.item));
            ours.entry(key).or_default().push(event);
        }
        let rows = csv_rows(&folder.join(format!("eap/expected/problem_response/{file}_problem_response.csv")));
        let keys: BTreeSet<_> = rows.iter().map(|row| (row["username"].clone(), row["problem_id"].clone(), row["answer_id"].clone())).collect();
        assert_eq!(ours.keys().cloned().collect::<BTreeSet<_>>(), keys, "{course}");
        for row in rows {
            let answers = &ours[&(row["username"].clone(), row["problem_id"].clone(), row["answer_id"].clone())];
            let (first, last) = (answers[0], answers[answers.len() - 1]);
            let to_the_second = |event: &Event<'_>| format!("{}Z", &event.time.to_string()[..19]);
            assert_eq!((to_the_second(first), to_the_second(last)), (row["first_attempt_date"].clone(), row["last_attempt_date"].clone()), "{row:?}");
            assert_eq!(answers.len().to_string(), row["total_attempts"], "{row:?}");
            let data = &last.data;
            let score = (row["score"].parse().expect("a score"), row["max_score"].parse().expect("a score"));
            assert_eq!(data.score.zip(data.max_score), Some(score), "{row:?}");
            let correct = match data.outcome.as_deref() {
                Some("right") => "True",
                Some("wrong") => "False",
                _ => "None",
            };
            assert_eq!(correct, row["correct"], "{row:?}");
            let response = data.response.as_deref().expect("a response");
            let response = serde_json::from_str::<Vec<String>>(response).map_or_else(|_| response.to_owned(), |chosen| chosen.join("|"));
            // Insights keeps some of the layout of the course's source; words are compared.
            let words = |text: &str| text.split('|').map(|answer| answer.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>();
            assert_eq!(words(&response), words(&row["answer"]), "{row:?}");
        }
    }
}

/// Insights' job read the days from 1 August on, so that two enrolments of 30 July are not in its numbers. With them there
/// would be 5 instead of 3 learners enrolled at the end of 1 August, and 6 instead of 4 ever.
const THIRTIETH_OF_JULY: &str = "2014-07-30";

/// Learners enrolled at the end of each day and ever, by (day, course, mode); without a mode for all.
fn enrolments(log: &Log, after: Day) -> BTreeMap<(Day, String, Option<String>), (u64, u64)> {
    let mut rows = BTreeMap::new();
    let mut states: BTreeMap<(String, String), (bool, String)> = BTreeMap::new();
    let last = Day::parse("2014-08-06").expect("a day");
    for day in (1..=7).map(|days| after.plus(days)).filter(|day| *day <= last) {
        for event in log.events.iter().filter(|event| event.time.day() == day) {
            let is_enrolled = match type_of(event) {
                "enrollment.created" => true,
                "enrollment.withdrawn" => false,
                other => panic!("{other} is not in this log"),
            };
            let mode = event.data.enrollment_mode.as_deref().expect("a mode").to_owned();
            states.insert((event.subject.to_string(), event.data.learner.as_deref().expect("a learner").to_owned()), (is_enrolled, mode));
        }
        for ((course, _), (is_enrolled, mode)) in &states {
            for mode in [None, Some(mode.clone())] {
                let counts: &mut (u64, u64) = rows.entry((day, course.clone(), mode)).or_default();
                *counts = (counts.0 + u64::from(*is_enrolled), counts.1 + 1);
            }
        }
    }
    rows
}

#[test]
fn enrolment_by_day_and_mode_is_that_of_insights() {
    let Some(folder) = folder("openedx-tracking") else { return };
    let log = Log::read(&folder, "enrollment_trends_tracking.log");
    let text = std::fs::read_to_string(folder.join("eap/expected/enrollment_trends.expected.json")).expect("a file");
    let expected: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let mut rows = BTreeMap::new();
    for (table, has_mode) in [("mode", true), ("daily", false)] {
        for row in expected[table].as_array().expect("rows") {
            let text = |at: usize| row[at].as_str().expect("text").to_owned();
            let counts = if has_mode { (&row[3], &row[4]) } else { (&row[2], &row[3]) };
            let counts = (counts.0.as_u64().expect("a count"), counts.1.as_u64().expect("a count"));
            rows.insert((Day::parse(&text(0)).expect("a day"), text(1), has_mode.then(|| text(2))), counts);
        }
    }
    let july = Day::parse(THIRTIETH_OF_JULY).expect("a day");
    assert_eq!(enrolments(&log, july.plus(1)), rows);
    let first = (july.plus(2), "edX/Open_DemoX/edx_demo_course".to_owned(), None);
    assert_eq!((rows[&first], enrolments(&log, july.plus(-1))[&first]), ((3, 4), (5, 6)));
}
