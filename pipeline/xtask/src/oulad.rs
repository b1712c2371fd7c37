//! `cargo xtask oulad-report`: what is signalled on the Open University's data, and whether it holds in the next presentation.
//!
//! ```text
//!  fixture ──teachback import──▶ run --until-end ──▶ signals, dropout ──▶ benchmarks/oulad.json, oulad.md
//! ```
//! A place *replicates* when the same place of the module's next presentation has a signal too, or loses more than 1.5
//! times the share that its other places lose, by withdrawals; the base rate is how often that is so of any place.

use crate::Failure;
use crate::bench::{BINARY, again_in_release, build_release, clock};
use crate::files::workspace_root;
use integration_tests::service::{Home, Source};
use integration_tests::table::{self, Row};
use integration_tests::{fixtures, service::Outcome};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;

const WALL: &str = "D-01";
/// A place that loses more than this multiple of what the others lose stands out.
const MULTIPLE: f64 = 1.5;
/// Fewest learners for a place to be looked at.
const LEARNERS_MIN: u64 = 50;
/// What was found.
#[derive(Debug, Serialize)]
struct Report {
    date: String,
    presentations: Vec<Presentation>,
    /// Of the first three weeks of any presentation.
    walls_raised_in_first_weeks: usize,
    walls_watched_in_first_weeks: usize,
    replications: Vec<Replication>,
    /// Places with enough learners in a presentation and the next one.
    places_compared: usize,
    /// Of those, places that stand out in the next one.
    places_standing_out: usize,
}

#[derive(Debug, Serialize)]
struct Presentation {
    name: String,
    learners: u64,
    active: u64,
    /// By rule: signals that were ever raised, and those only watched.
    raised: BTreeMap<String, usize>,
    watched: BTreeMap<String, usize>,
}

/// A place with a D-01 that was raised, and what became of it in the next presentation.
#[derive(Debug, Serialize)]
struct Replication {
    presentation: String,
    place: String,
    next: Option<String>,
    signalled_again: bool,
    stands_out_again: Option<bool>,
}

/// Withdrawals and learners of a presentation's places.
type Places = BTreeMap<String, (u64, u64)>;

/// Imports, runs, and writes the report; in a release build, which it makes unless a binary is named.
pub(crate) fn run() -> Result<(), Failure> {
    if std::env::var_os(BINARY).is_none() {
        let root = workspace_root()?;
        return again_in_release(&root, &build_release(&root, &["teachback", "xtask"])?);
    }
    let Some(oulad) = fixtures::folder("oulad") else { return Ok(()) };
    let home = Home::new();
    let (warehouse, log) = (home.warehouse("oulad"), home.path("oulad.ndjson"));
    let _imported: Outcome = home.run(["import", "oulad", &oulad.display().to_string(), "--out", &log.display().to_string()]).ok();
    warehouse.run_to_end(&Source::File(&log), &[]);
    let signals = warehouse.command(&["signals"], &["--format", "json"]).ok().json_rows();
    let report = report(&signals, &table::rows(&warehouse.export("course_quality")), &table::rows(&warehouse.export("dropout")));

    let docs = workspace_root()?.join("pipeline/docs");
    for (name, text) in [("benchmarks/oulad.json", serde_json::to_string_pretty(&report)? + "\n"), ("oulad.md", page(&report))] {
        let file = docs.join(name);
        fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
        println!("written: {}", file.display());
    }
    Ok(())
}

fn report(signals: &[Value], courses: &[Row], dropout: &[Row]) -> Report {
    let presentations = courses.iter().map(|row| presentation(row, signals)).collect();
    let walls = |is_raised: bool| {
        let walls = signals.iter().filter(move |signal| signal["code"] == WALL && signal["opened"].is_null() != is_raised);
        walls.map(|signal| (text(signal, "course"), text(signal, "module"))).collect::<BTreeSet<_>>()
    };
    let (raised, watched) = (walls(true), walls(false));
    let in_first_weeks = |walls: &BTreeSet<(&str, &str)>| walls.iter().filter(|(_, place)| fixtures::OULAD_FIRST_WEEKS.contains(place)).count();
    let mut places: BTreeMap<&str, Places> = BTreeMap::new();
    for row in dropout.iter().filter(|row| row["axis"] == "module") {
        let counts = (table::count(row, "learners_withdrew"), table::count(row, "learners_at_risk"));
        places.entry(&row["course"]).or_default().insert(row["place"].clone(), counts);
    }
    let again = |course: &str, place: &str| {
        let next = next_presentation(&places, course);
        (next, next.and_then(|next| stands_out(&places[next], place)))
    };
    let replications = raised
        .iter()
        .map(|(course, place)| {
            let (next, stands_out_again) = again(course, place);
            let signalled_again = next.is_some_and(|next| raised.contains(&(next, *place)));
            Replication { presentation: (*course).to_owned(), place: (*place).to_owned(), next: next.map(str::to_owned), signalled_again, stands_out_again }
        })
        .collect();
    let enough = |(_, counts): &(&String, &(u64, u64))| counts.1 >= LEARNERS_MIN;
    let compared: Vec<bool> = places.iter().flat_map(|(course, known)| known.iter().filter(enough).filter_map(|(place, _)| again(course, place).1)).collect();
    Report {
        date: clock::today(),
        presentations,
        walls_raised_in_first_weeks: in_first_weeks(&raised),
        walls_watched_in_first_weeks: in_first_weeks(&watched),
        replications,
        places_compared: compared.len(),
        places_standing_out: compared.into_iter().filter(|stands_out| *stands_out).count(),
    }
}

fn presentation(row: &Row, signals: &[Value]) -> Presentation {
    let name = row["course"].clone();
    let (mut raised, mut watched) = (BTreeMap::new(), BTreeMap::new());
    for signal in signals.iter().filter(|signal| text(signal, "course") == name) {
        let list = if signal["opened"].is_null() { &mut watched } else { &mut raised };
        *list.entry(text(signal, "code").to_owned()).or_insert(0) += 1;
    }
    Presentation { learners: table::count(row, "learners_enrolled"), active: table::count(row, "learners_active"), name, raised, watched }
}

fn text<'a>(signal: &'a Value, field: &str) -> &'a str {
    signal[field].as_str().unwrap_or_default()
}

/// The next presentation of the same module; their names sort by year and month.
fn next_presentation<'a>(places: &BTreeMap<&'a str, Places>, course: &str) -> Option<&'a str> {
    let module = course.split('-').next()?;
    places.keys().copied().find(|other| *other > course && other.split('-').next() == Some(module))
}

/// Whether a place loses more than its multiple of what the others lose; `None` where too few came.
fn stands_out(places: &Places, place: &str) -> Option<bool> {
    let (withdrew, at_risk) = *places.get(place).filter(|(_, at_risk)| *at_risk >= LEARNERS_MIN)?;
    let others = places.iter().filter(|(name, _)| *name != place).fold((0, 0), |sum, (_, counts)| (sum.0 + counts.0, sum.1 + counts.1));
    let share = |(withdrew, at_risk): (u64, u64)| withdrew as f64 / at_risk.max(1) as f64;
    Some(share((withdrew, at_risk)) > MULTIPLE * share(others))
}

/// The report as a page. Writing to a string does not fail.
fn page(report: &Report) -> String {
    let list = |counts: &BTreeMap<String, usize>| match counts.iter().map(|(code, count)| format!("{code}: {count}")).collect::<Vec<_>>() {
        none if none.is_empty() => "–".to_owned(),
        some => some.join(", "),
    };
    let mut text = format!(
        "# Signals on the Open University's data\n\nMade by `cargo xtask oulad-report` on {}. The data set (OULAD, CC-BY 4.0) is not part of the \
         repository; of its\nclicks and grades the fixture holds a sample, so most presentations have few active learners or none.\n\n\
         D-01 raised on the first three weeks: **{}** (watched, never raised: {}).\n\n\
         | presentation | learners | active | raised | watched only |\n|---|---|---|---|---|\n",
        report.date, report.walls_raised_in_first_weeks, report.walls_watched_in_first_weeks
    );
    for one in &report.presentations {
        let _ = writeln!(text, "| {} | {} | {} | {} | {} |", one.name, one.learners, one.active, list(&one.raised), list(&one.watched));
    }
    text.push_str("\n## Does a D-01 hold in the next presentation of the module?\n\n");
    if report.replications.is_empty() {
        text.push_str("None was raised, so there is nothing to replicate.\n");
    } else {
        text.push_str("| presentation | place | next | signalled again | above 1.5 times the others |\n|---|---|---|---|---|\n");
    }
    let said = |stands_out: Option<bool>| stands_out.map_or("too few learners", |yes| if yes { "yes" } else { "no" });
    for one in &report.replications {
        let next = one.next.as_deref().unwrap_or("–");
        let _ = writeln!(text, "| {} | {} | {next} | {} | {} |", one.presentation, one.place, one.signalled_again, said(one.stands_out_again));
    }
    let _ = writeln!(
        text,
        "\nBase rate: of {} places with {LEARNERS_MIN} learners or more in a presentation and the next one, {} lose more than 1.5 times the share \
         of\nwithdrawals of the others in the next one.",
        report.places_compared, report.places_standing_out
    );
    text
}
