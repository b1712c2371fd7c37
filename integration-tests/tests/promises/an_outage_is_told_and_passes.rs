//! When the brokers are gone the intake tells its clients so in time, and when they have tried again each statement counts once.

use super::routes::{Door, route_to_end, write_config};
use integration_tests::broker::Broker;
use integration_tests::intake::Place;
use integration_tests::service::{Home, Source};
use integration_tests::statements::statement_at;
use integration_tests::{or_skip, table, wait};
use serde_json::Value;
use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

const CLIENTS: u64 = 4;
/// Statements in a request.
const STATEMENTS: u64 = 5;
/// Longer than a record may wait for its confirmation, and shorter than clients usually wait for an answer.
const TOLD_WITHIN: Duration = Duration::from_secs(25);
const DEADLINE: Duration = Duration::from_secs(90);

/// The request of this number, whose statements are all of one time: none of them is late.
fn request(number: u64) -> (Vec<String>, Vec<u8>) {
    let statements: Vec<Value> = (number * STATEMENTS..(number + 1) * STATEMENTS).map(|number| statement_at(number, "2026-01-05T08:00:00Z")).collect();
    (statements.iter().map(|statement| statement["id"].as_str().unwrap().to_owned()).collect(), serde_json::to_vec(&statements).unwrap())
}

/// Sends a request until it is acknowledged; gives the ids that were.
fn acknowledged(place: &Place<'_>, number: u64) -> Vec<String> {
    let (ids, body) = request(number);
    let answer = wait::until("an acknowledgement", DEADLINE, || {
        let answer = place.post_statements(&body).unwrap();
        assert!([200, 503].contains(&answer.status), "{answer}");
        (answer.status == 200).then_some(answer)
    });
    assert_eq!(serde_json::from_str::<Vec<String>>(&answer.body).unwrap(), ids);
    ids
}

#[test]
fn an_outage_is_told_and_passes() {
    let Some(mut broker) = or_skip("a Kafka broker", Broker::start()) else { return };
    let home = Home::new();
    let (topic, place) = (broker.create_log("outage-events", 2), Place::new(&home, &broker, "outage"));
    let intake = place.start();
    let mut sent: Vec<String> = (0..CLIENTS).flat_map(|client| acknowledged(&place, client)).collect();

    broker.stop();
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let place = &place;
            scope.spawn(move || {
                let began = Instant::now();
                let answer = place.post_statements(&request(CLIENTS + client).1).unwrap();
                assert_eq!(answer.status, 503, "{answer}");
                assert!(began.elapsed() < TOLD_WITHIN, "told after {:?}", began.elapsed());
                let retry_after = answer.header("retry-after").and_then(|seconds| seconds.parse::<u64>().ok());
                assert!(retry_after.is_some_and(|seconds| (1..=60).contains(&seconds)), "{answer}");
            });
        }
    });
    broker.start_again();
    // What nobody has acknowledged, and one that was.
    sent.extend((CLIENTS..2 * CLIENTS).flat_map(|client| acknowledged(&place, client)));
    acknowledged(&place, 0);
    intake.process.terminate();
    let _said = intake.process.wait(Duration::from_secs(30)).ok();

    let config = write_config(&home, "outage", &broker, &topic, &[Door { name: "lms", format: "xapi", topic: &place.statements, more: "" }], "");
    route_to_end(&home, &config);
    let warehouse = home.warehouse("outage");
    warehouse.run_to_end(&Source::Topic { bootstrap: broker.bootstrap(), topic: &topic, group: "outage", signals_topic: None }, &[]);
    warehouse.assert_audited();
    let distinct = sent.iter().collect::<BTreeSet<_>>().len() as u64;
    assert_eq!([sent.len() as u64, distinct], [2 * CLIENTS * STATEMENTS; 2], "each was acknowledged once");
    let audit = table::rows(&warehouse.export(table::AUDIT));
    let sums = ["accepted", "late", "rejected"].map(|column| table::sum(&audit, column));
    assert_eq!(sums, [distinct, 0, 0], "accepted, late, rejected");
    assert_eq!(table::sum(&table::rows(&warehouse.export("content_quality")), "views"), distinct);
}
