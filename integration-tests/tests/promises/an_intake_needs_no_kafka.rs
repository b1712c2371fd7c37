//! Embedded: the intake writes files, and `import` and `run` read them as they are. What was acknowledged is in the tables once, though
//! the intake was killed and its clients sent again.

use integration_tests::events::World;
use integration_tests::intake::{Intake, Place};
use integration_tests::service::{Home, files_below};
use integration_tests::statements::statement_at;
use integration_tests::{table, wait};
use serde_json::Value;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

const STATEMENTS: u64 = 300;
/// Statements or events in a request.
const BATCH: usize = 50;

/// What a request holds.
enum Body {
    Statements(Vec<u8>),
    Events(Vec<u8>),
}

/// Sends a request until it is acknowledged: there may be nobody, or not yet.
fn send(place: &Place<'_>, body: &Body) {
    wait::until("an acknowledgement", Duration::from_secs(30), || {
        let answer = match body {
            Body::Statements(body) => place.post_statements(body),
            Body::Events(body) => place.post_events("application/cloudevents-batch+json", body),
        };
        answer.ok().map(|answer| assert_eq!(answer.status, 200, "{answer}"))
    });
}

#[test]
fn an_intake_needs_no_kafka() {
    let home = Home::new();
    let directory = home.path("inbox");
    let place = Place::in_files(&home, &directory);
    let events: Vec<Value> = World::past(31, 1, 20).events().iter().map(|event| serde_json::from_slice(&event.body).unwrap()).collect();
    let statements: Vec<Value> = (0..STATEMENTS).map(|number| statement_at(number, "2026-01-05T08:00:00Z")).collect();
    let body = |some: &[Value]| serde_json::to_vec(some).unwrap();
    let mut requests: Vec<Body> = statements.chunks(BATCH).map(|some| Body::Statements(body(some))).collect();
    requests.extend(events.chunks(BATCH).map(|some| Body::Events(body(some))));

    let mut intake: Intake = place.start();
    for (number, request) in requests.iter().enumerate() {
        send(&place, request);
        if number % 5 == 2 {
            intake.process.kill();
            // As if it had died within a line.
            let newest = files_below(&directory).into_iter().max_by_key(|file| fs::metadata(file).unwrap().modified().unwrap()).unwrap();
            OpenOptions::new().append(true).open(newest).unwrap().write_all(b"{\"id\":\"torn").unwrap();
            intake = place.start();
            // The answer was lost, for all that this client knows.
            send(&place, request);
        }
    }
    intake.process.terminate();
    let _said = intake.process.wait(Duration::from_secs(30)).ok();

    let files = |family: &str| -> Vec<PathBuf> {
        files_below(&directory).into_iter().filter(|file| file.to_string_lossy().ends_with(&format!(".{family}.ndjson"))).collect()
    };
    let of_statements = home.path("statements.ndjson").display().to_string();
    let archive = files("xapi").iter().map(|file| file.display().to_string()).collect::<Vec<_>>();
    let words = ["import", "xapi", "--source", "lms", "--out", &of_statements].map(str::to_owned);
    let said = home.run(words.into_iter().chain(archive)).ok().stderr;
    assert!(said.contains("records refused: 0"), "{said}");

    let warehouse = home.warehouse("embedded");
    let path = warehouse.path().display().to_string();
    let mut words = vec!["run".to_owned(), "--warehouse".to_owned(), path, "--until-end".to_owned()];
    for input in files("events").iter().map(|file| file.display().to_string()).chain([of_statements]) {
        words.extend(["--input".to_owned(), input]);
    }
    let _said = home.run(words).ok();
    warehouse.assert_audited();
    let audit = table::rows(&warehouse.export(table::AUDIT));
    let [read, accepted, duplicate, conflict, late, rejected] =
        ["read", "accepted", "duplicate", "conflict", "late", "rejected"].map(|column| table::sum(&audit, column));
    assert_eq!([accepted, late, rejected], [events.len() as u64 + STATEMENTS, 0, 0], "accepted, late, rejected");
    let lines = files("events").iter().map(|file| fs::read_to_string(file).unwrap().lines().count()).sum::<usize>();
    let repeated = (lines - events.len()) as u64;
    assert!(repeated > 0, "some events were written twice");
    assert_eq!([read, conflict], [accepted + duplicate, repeated], "a repeat of an event has another time of receipt");
    assert!(duplicate > conflict, "some statements were written twice, and became the same events");
    let contents = table::rows(&warehouse.export("content_quality"));
    let of_statements: u64 = contents.iter().filter(|row| row["course"].contains("lms.example.org/course/")).map(|row| table::count(row, "views")).sum();
    assert_eq!(of_statements, STATEMENTS);
}
