//! Each rule of the mapping on tables of a few lines, and the whole data set of the fixtures against counts made from its text.

use super::{OuladError, Summary, Tables};
use crate::fixtures::folder;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use teachback_core::event::decode::decode;
use teachback_core::event::encode::encode;
use teachback_core::event::validate::{Arrival, Key, validate};
use teachback_core::event::{Event, outline};
use teachback_core::time::EventTime;

const COURSES: &str = "code_module,code_presentation,module_presentation_length\nAAA,2013J,268\nBBB,2014B,240\n";
const VLE: &str = "\"id_site\",\"code_module\",\"code_presentation\",\"activity_type\",\"week_from\",\"week_to\"\n\"501\",\"AAA\",\"2013J\",\"resource\",\"\",\"\"\n\"502\",\"AAA\",\"2013J\",\"oucontent\",\"2\",\"3\"\n";
const ASSESSMENTS: &str = "code_module,code_presentation,id_assessment,assessment_type,date,weight\nAAA,2013J,1752,TMA,19,10\nAAA,2013J,1757,Exam,?,100\n";
const INFO: &str = "code_module,code_presentation,id_student,gender,region,highest_education,imd_band,age_band,num_of_prev_attempts,studied_credits,disability,final_result\n\
    AAA,2013J,7,F,Scotland,HE Qualification,20-30%,35-55,0,60,N,Pass\nAAA,2013J,8,M,Wales,No Formal quals,?,0-35,1,60,Y,Withdrawn\nAAA,2013J,9,M,Wales,Post Graduate Qualification,,0-35,1,60,Y,Distinction\n";
const REGISTRATION: &str =
    "code_module,code_presentation,id_student,date_registration,date_unregistration\nAAA,2013J,7,-53,\nAAA,2013J,8,-12,-12\nAAA,2013J,9,,\n";

/// The small data set with some tables replaced or added.
fn small(changes: &[(&str, &str)]) -> Result<Tables, OuladError> {
    let mut files: HashMap<String, String> =
        [("courses.csv", COURSES), ("vle.csv", VLE), ("assessments.csv", ASSESSMENTS), ("studentInfo.csv", INFO), ("studentRegistration.csv", REGISTRATION)]
            .iter()
            .chain(changes)
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect();
    Tables::read(|name| Ok(files.remove(name).map(|text| Box::new(io::Cursor::new(text)) as Box<dyn io::Read>)))
}

/// Every event as `time type learner`, in order.
fn lines(tables: &Tables) -> Vec<String> {
    tables.events().map(|event| format!("{} {} {}", event.time, event.kind.name(), event.data.learner.unwrap_or_default())).collect()
}

fn of_type<'a>(tables: &'a Tables, what: &str) -> Vec<Event<'a>> {
    let type_name = format!("learning.{what}.v1");
    tables.events().filter(|event| event.kind.name() == type_name).collect()
}

fn vle_rows(rows: &str) -> String {
    format!("code_module,code_presentation,id_student,id_site,date,sum_click\n{rows}")
}

fn assessment_rows(rows: &str) -> String {
    format!("id_assessment,id_student,date_submitted,is_banked,score\n{rows}")
}

#[test]
fn days_become_times_in_the_order_in_which_things_happen_within_a_day() {
    let tables = small(&[("studentVle.csv", &vle_rows("AAA,2013J,8,501,-12,3\n"))]).expect("good tables");
    assert_eq!(
        lines(&tables),
        [
            "2013-08-09T00:00:00Z learning.course.published.v1 ",
            "2013-08-09T00:00:00Z learning.enrollment.created.v1 7",
            "2013-09-19T00:00:00Z learning.enrollment.created.v1 8",
            "2013-09-19T12:00:00Z learning.content.viewed.v1 8",
            "2013-09-19T23:59:59Z learning.enrollment.withdrawn.v1 8",
            "2013-10-01T00:00:00Z learning.enrollment.created.v1 9",
            "2014-02-01T00:00:00Z learning.course.published.v1 ",
            "2014-06-26T23:59:59Z learning.enrollment.completed.v1 7",
            "2014-06-26T23:59:59Z learning.enrollment.completed.v1 9",
        ]
    );
}

#[test]
fn a_registration_without_a_date_is_an_enrolment_on_day_0_marked_as_assumed() {
    let tables = small(&[]).expect("good tables");
    let enrolled = of_type(&tables, "enrollment.created");
    let qualities: Vec<_> = enrolled.iter().map(|event| (event.data.learner.as_deref(), event.data.time_quality.as_deref())).collect();
    assert_eq!(qualities, [(Some("7"), Some("date_only")), (Some("8"), Some("date_only")), (Some("9"), Some("assumed_utc"))]);
    assert_eq!(tables.summary().registrations_without_date, 1);
}

#[test]
fn prior_education_is_the_stratum_and_nothing_else_of_studentinfo_is_written() {
    let tables = small(&[]).expect("good tables");
    assert_eq!(of_type(&tables, "enrollment.created").iter().map(|event| event.data.stratum).collect::<Vec<_>>(), [Some(3), Some(0), Some(4)]);
    let text: String = tables.events().map(|event| encode(&event).expect("finite numbers")).collect();
    for protected in ["Scotland", "Wales", "35-55", "0-35", "20-30%"] {
        assert!(!text.contains(protected), "{protected} was written");
    }
}

#[test]
fn a_repeated_click_row_is_data_and_keeps_an_id_of_its_own() {
    let rows = "AAA,2013J,7,501,-10,4\nAAA,2013J,7,502,-10,9\nAAA,2013J,7,501,-10,1\nAAA,2013J,7,501,-10,1\n";
    let tables = small(&[("studentVle.sample.csv", &vle_rows(rows))]).expect("good tables");
    let views = of_type(&tables, "content.viewed");
    assert_eq!(views.iter().map(|event| event.data.count).collect::<Vec<_>>(), [Some(1), Some(1), Some(4), Some(9)]);
    let ids: HashSet<&str> = views.iter().map(|event| event.id.as_ref()).collect();
    assert_eq!(ids.len(), 4);
    let reversed = "AAA,2013J,7,501,-10,1\nAAA,2013J,7,501,-10,1\nAAA,2013J,7,502,-10,9\nAAA,2013J,7,501,-10,4\nAAA,2013J,8,501,-12,4\n";
    let reversed = small(&[("studentVle.csv", &vle_rows(reversed))]).expect("good tables");
    assert_eq!(of_type(&reversed, "content.viewed")[1..], views, "ids depend neither on the order of rows nor on other rows");
    let modules: Vec<_> = views.iter().map(|event| (event.data.module.as_deref(), event.data.content_type.as_deref())).collect();
    assert_eq!(modules[2..], [(Some("anytime"), Some("resource")), (Some("week-02"), Some("oucontent"))]);
}

#[test]
fn a_banked_score_is_no_event_and_a_missing_score_is_a_submission_without_mark() {
    let rows = "1752,7,18,0,70\n1752,8,18,1,55\n1752,9,20,0,?\n";
    let tables = small(&[("studentAssessment.csv", &assessment_rows(rows))]).expect("good tables");
    let submitted = of_type(&tables, "assessment.submitted");
    let said: Vec<_> = submitted.iter().map(|event| (event.data.learner.as_deref(), event.data.score, event.data.max_score)).collect();
    assert_eq!(said, [(Some("7"), Some(70.0), Some(100.0)), (Some("9"), None, None)]);
    assert_eq!(submitted[0].data.module.as_deref(), Some("week-03"));
    assert_eq!(submitted[0].time.to_string(), "2013-10-19T12:00:00Z");
    assert_eq!(tables.summary().submissions_banked, 1);
}

#[test]
fn the_outline_is_weeks_in_order_after_what_is_open_at_any_time() {
    let tables = small(&[]).expect("good tables");
    let published = of_type(&tables, "course.published");
    let outline = outline::parse(published[0].data.modules.expect("an outline").get()).expect("an outline");
    let modules = outline.modules();
    let places: Vec<_> = modules.iter().map(|module| (module.module.as_str(), module.contents.len(), module.assessments.len())).collect();
    assert_eq!(places, [("anytime", 1, 0), ("week-02", 1, 0), ("week-03", 0, 1), ("week-39", 0, 1)]);
    assert_eq!(modules[2].due.as_deref(), Some("2013-10-20T23:59:59Z"));
    assert_eq!(modules[2].assessments[0].title.as_deref(), Some("TMA"));
}

#[test]
fn rows_that_refer_to_the_unknown_are_counted_and_written_where_their_time_is_known() {
    let vle = vle_rows("AAA,2013J,7,999,1,1\nAAA,2013J,70,501,1,1\nZZZ,2014J,7,501,1,2\nZZZ,spring,7,501,1,5\n");
    let tables = small(&[("studentVle.csv", &vle), ("studentAssessment.csv", &assessment_rows("4711,7,1,0,50\n"))]).expect("good tables");
    let expected = Summary {
        registrations: 3,
        registrations_without_date: 1,
        withdrawals: 1,
        completions: 2,
        click_rows: 4,
        clicks: 4,
        submissions: 1,
        unknown_assessments: 1,
        unknown_sites: 2,
        unknown_registrations: 2,
        unknown_presentations: 2,
        rows_without_start: 1,
        ..Summary::default()
    };
    assert_eq!(tables.summary(), &expected);
    let views = of_type(&tables, "content.viewed");
    let subjects: Vec<_> = views.iter().map(|event| (event.subject.as_ref(), event.data.content_type.as_deref())).collect();
    assert_eq!(subjects, [("AAA-2013J", Some("resource")), ("AAA-2013J", None), ("ZZZ-2014J", None)]);
}

#[test]
fn columns_are_found_by_name_and_whole_numbers_may_carry_a_zero_fraction() {
    let rows = "sum_click,date,extra,id_site,id_student,code_presentation,code_module\r\n4.0,-10.0,x,501,7,2013J,AAA\r\n";
    let tables = small(&[("studentVle.csv", rows)]).expect("good tables");
    assert_eq!(tables.summary().clicks, 4);
}

#[test]
fn an_error_names_file_line_column_and_what_would_be_right() {
    let message = |changes: &[(&str, &str)]| small(changes).expect_err("bad tables").to_string();
    assert_eq!(
        message(&[("studentVle.csv", &vle_rows("AAA,2013J,7,501,-10,4\nAAA,2013J,7,501,ten,4\n"))]),
        "studentVle.csv, line 3, column `date`: expected a whole number of days from the start of the presentation, between -10000 and 10000"
    );
    assert_eq!(
        message(&[("courses.csv", "code_module,code_presentation,module_presentation_length\nAAA,autumn,268\n")]),
        "courses.csv, line 2, column `code_presentation`: expected a year and B (February) or J (October), such as 2013J"
    );
    assert_eq!(
        message(&[("vle.csv", "id_site,code_module,code_presentation,activity_type\n")]),
        "vle.csv, line 1: there is no column `week_from`: the first line must name it"
    );
    assert_eq!(
        message(&[("studentAssessment.csv", &assessment_rows("1752,7,18,0\n"))]),
        "studentAssessment.csv, line 2: expected 5 fields as in the first line, found 4"
    );
    assert_eq!(
        message(&[("studentAssessment.csv", &assessment_rows("1752,7,18,0,101\n"))]),
        "studentAssessment.csv, line 2, column `score`: expected a mark from 0 to 100, or nothing"
    );
    let nothing = Tables::read(|_| Ok(None)).expect_err("no tables").to_string();
    assert_eq!(nothing, "courses.csv is missing (and so is courses.sample.csv): put the table into the directory that is imported");
}

#[test]
fn the_fixture_data_set_gives_the_counts_of_its_tables() {
    let Some(directory) = folder("oulad") else { return };
    // Counts are made from the text, without the reader under test: no field of these tables holds a comma or a line end.
    let column = |file: &str, place: usize| -> Vec<String> {
        let text = std::fs::read_to_string(directory.join(file)).expect("a table");
        text.lines().skip(1).map(|line| line.split(',').nth(place).expect("a field").trim_matches('"').to_owned()).collect()
    };
    let tables = Tables::read(|name| match std::fs::File::open(directory.join(name)) {
        Ok(file) => Ok(Some(Box::new(file) as Box<dyn io::Read>)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    })
    .expect("the fixtures are good tables");

    let arrival = Arrival { not_after: EventTime::parse("2026-01-01T00:00:00Z").expect("a time"), key: Key::None };
    let (mut last, mut ids, mut count) = (EventTime(i64::MIN), HashSet::new(), 0);
    let mut by_type: BTreeMap<String, u64> = BTreeMap::new();
    for event in tables.events() {
        assert!(event.time >= last, "{} is out of order", event.id);
        last = event.time;
        assert!(ids.insert(event.id.to_string()), "{} occurs twice", event.id);
        count += event.data.count.unwrap_or(0);
        *by_type.entry(event.kind.name().to_owned()).or_insert(0) += 1;
        let json = encode(&event).expect("finite numbers");
        let decoded = decode(&[], json.as_bytes()).expect("a good event");
        assert_eq!(decoded, event);
        validate(decoded, &arrival).expect("a valid event");
    }
    let number = |rows: usize| rows as u64;
    let banked = column("studentAssessment.sample.csv", 3).iter().filter(|banked| *banked == "1").count();
    let submissions = column("studentAssessment.sample.csv", 0).len();
    let expected: BTreeMap<String, u64> = [
        ("course.published", column("courses.csv", 0).len()),
        ("enrollment.created", column("studentRegistration.csv", 0).len()),
        ("enrollment.withdrawn", column("studentRegistration.csv", 4).iter().filter(|date| !date.is_empty()).count()),
        ("enrollment.completed", column("studentInfo.csv", 11).iter().filter(|result| ["Pass", "Distinction"].contains(&result.as_str())).count()),
        ("content.viewed", column("studentVle.sample.csv", 0).len()),
        ("assessment.submitted", submissions - banked),
    ]
    .into_iter()
    .map(|(name, rows)| (format!("learning.{name}.v1"), number(rows)))
    .collect();
    assert_eq!(by_type, expected);
    assert_eq!(count, column("studentVle.sample.csv", 5).iter().map(|clicks| clicks.parse::<u64>().expect("a number")).sum::<u64>());
    assert_eq!(tables.summary().unknown_sites + tables.summary().unknown_registrations + tables.summary().unknown_presentations, 0);
}
