//! A request over HTTP is taken as a whole or not at all, canonical events arrive byte for byte, and no log tells a secret or a
//! learner.

use integration_tests::broker::Broker;
use integration_tests::events::World;
use integration_tests::intake::{PASSWORD, PROVIDER, Place, TOKEN, statement};
use integration_tests::producer;
use integration_tests::service::{Home, files_below};
use std::fs;
use std::time::Duration;

const GOOD: &str = "7ccf2d21-1bce-4d6c-9a4c-5d4e9e6c8f01";
const OTHER: &str = "7ccf2d21-1bce-4d6c-9a4c-5d4e9e6c8f02";
const PLANTED: &str = "planted.learner@example.org";

#[test]
fn the_intake_takes_a_request_as_a_whole() {
    let Some(broker) = Broker::shared() else { return };
    let home = Home::new();
    let place = Place::new(&home, broker, "whole");
    let intake = place.start();

    let bad = format!(r#"{{"id":"{OTHER}","actor":{{"mbox":"{PLANTED}"}}}}"#);
    let refused = place.post_statements(format!("[{},{bad}]", statement(GOOD, PLANTED, "q1")).as_bytes()).unwrap();
    assert_eq!(refused.status, 400, "{refused}");
    assert!(refused.body.contains("/1/actor") && !refused.body.contains(PLANTED), "{refused}");
    assert_eq!(producer::read_committed(broker, &place.statements).len(), 0);

    let taken = place.post_statements(statement(GOOD, PLANTED, "q1").as_bytes()).unwrap();
    assert_eq!((taken.status, taken.body.as_str()), (200, format!("[\"{GOOD}\"]").as_str()));
    let conflict = place.post_statements(statement(GOOD, PLANTED, "q2").as_bytes()).unwrap();
    assert_eq!(conflict.status, 409, "{conflict}");
    assert_eq!(producer::read_committed(broker, &place.statements).len(), 1);

    let events: Vec<Vec<u8>> = World::past(29, 1, 5).events().into_iter().map(|event| event.body).collect();
    let batch = [&b"["[..], &events.join(&b","[..]), b"]"].concat();
    let torn = [&b"["[..], &events.join(&b","[..]), b",{}]"].concat();
    assert_eq!(place.post_events("application/cloudevents-batch+json", &torn).unwrap().status, 400);
    assert_eq!(producer::read_committed(broker, &place.events).len(), 0);
    let of_another = String::from_utf8_lossy(&batch).replace(PROVIDER, "org-1");
    assert_eq!(place.post_events("application/cloudevents-batch+json", of_another.as_bytes()).unwrap().status, 403);
    assert_eq!(producer::read_committed(broker, &place.events).len(), 0);
    let taken = place.post_events("application/cloudevents-batch+json", &batch).unwrap();
    assert_eq!(taken.status, 200, "{taken}");
    let mut written: Vec<Vec<u8>> = producer::read_committed(broker, &place.events).into_iter().filter_map(|message| message.payload).collect();
    let mut sent = events.clone();
    written.sort_unstable();
    sent.sort_unstable();
    assert_eq!(written, sent);

    intake.process.terminate();
    let said = intake.process.wait(Duration::from_secs(30)).ok();
    assert!(said.stderr.contains("conflicting=1") && said.stderr.contains(&format!("written={}", 1 + events.len())), "{}", said.told());
    for log in files_below(&home.logs()) {
        let log = String::from_utf8_lossy(&fs::read(&log).unwrap()).into_owned();
        assert!([TOKEN, PASSWORD, PLANTED, GOOD].iter().all(|secret| !log.contains(secret)), "{log}");
    }
}
