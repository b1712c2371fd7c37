//! What the HTTP intake has acknowledged is in Kafka, whole and with its scope, though the intake is killed again and again
//! under load and its clients try again.

use integration_tests::broker::Broker;
use integration_tests::intake::{Intake, PROVIDER, Place, statement};
use integration_tests::service::Home;
use integration_tests::{producer, wait};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

const CLIENTS: usize = 4;
const REQUESTS: usize = 60;
const STATEMENTS: usize = 5;
const KILLS: usize = 4;
const DEADLINE: Duration = Duration::from_secs(120);

fn id(client: usize, request: usize, number: usize) -> String {
    format!("{client:08x}-{request:04x}-4000-8000-{number:012x}")
}

#[test]
fn acknowledged_statements_are_in_the_log() {
    let Some(broker) = Broker::shared() else { return };
    let home = Home::new();
    let place = Place::new(&home, broker, "acknowledged");
    let intake = place.start();
    let (answered, tried) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (acknowledged, intake): (BTreeSet<String>, Intake) = thread::scope(|scope| {
        let mut intake = intake;
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (place, answered, tried) = (&place, &answered, &tried);
                scope.spawn(move || send_all(place, client, answered, tried))
            })
            .collect();
        for kill in 1..=KILLS {
            let due = kill * CLIENTS * REQUESTS / (KILLS + 1);
            wait::until("answers before a kill", DEADLINE, || (answered.load(Ordering::Relaxed) >= due).then_some(()));
            intake.process.kill();
            intake = place.start();
        }
        (clients.into_iter().flat_map(|client| client.join().unwrap()).collect(), intake)
    });
    assert_eq!(acknowledged.len(), CLIENTS * REQUESTS * STATEMENTS, "every client got its answers in the end");
    assert!(tried.load(Ordering::Relaxed) > CLIENTS * REQUESTS, "the kills were felt");

    let mut found: BTreeMap<String, BTreeSet<Vec<u8>>> = BTreeMap::new();
    for message in producer::read_committed(broker, &place.statements) {
        let body = message.payload.unwrap();
        let parsed: Value = serde_json::from_slice(&body).unwrap();
        found.entry(parsed["id"].as_str().unwrap().to_owned()).or_default().insert(body);
        assert_eq!(message.key.as_deref(), Some(&b"moodle"[..]));
        let header = |name: &str| message.headers.iter().find(|(other, _)| other == name).map(|(_, value)| String::from_utf8_lossy(value).into_owned());
        let scope = ["teachback-source", "teachback-credential", "teachback-provider"].map(|name| header(name).unwrap());
        assert_eq!(scope, ["lms", "moodle", PROVIDER]);
        assert!(header("teachback-received").unwrap().ends_with('Z'));
    }
    assert_eq!(found.keys().cloned().collect::<BTreeSet<_>>(), acknowledged);
    assert!(found.values().all(|bodies| bodies.len() == 1), "a repeat has the same bytes");

    intake.process.terminate();
    let said = intake.process.wait(Duration::from_secs(30)).ok();
    assert!(said.stderr.contains("the intake has stopped"), "{}", said.told());
}

/// Sends each request until it is acknowledged; gives the ids that were.
fn send_all(place: &Place<'_>, client: usize, answered: &AtomicUsize, tried: &AtomicUsize) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for request in 0..REQUESTS {
        let ids: Vec<String> = (0..STATEMENTS).map(|number| id(client, request, number)).collect();
        let statements: Vec<String> = ids.iter().map(|id| statement(id, &format!("learner-{client}"), &format!("q{request}"))).collect();
        let body = format!("[{}]", statements.join(","));
        let answer = wait::until("an acknowledgement", DEADLINE, || {
            tried.fetch_add(1, Ordering::Relaxed);
            // Nobody listens, or the answer broke off: the client cannot know, and tries again.
            let answer = place.post_statements(body.as_bytes()).ok()?;
            assert!([200, 503].contains(&answer.status), "{answer}");
            (answer.status == 200).then_some(answer)
        });
        let told: Vec<String> = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(told, ids);
        acknowledged.extend(told);
        answered.fetch_add(1, Ordering::Relaxed);
    }
    acknowledged
}
