//! The signals of a world with planted defects and an outage are the same bytes over 1, 4 and 16 partitions, X-02 aside: that one
//! is about hours that are still open, so it may show where a cut fell.

use integration_tests::broker::Broker;
use integration_tests::producer::{self, Message};
use integration_tests::service::{Home, Source, assert_same_bytes};
use integration_tests::table;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

const WORLD: [&str; 12] = ["--world", "base", "--courses", "12", "--learners", "3000", "--days", "45", "--modules", "4", "--seed", "5"];
const FLOW: &str = "X-02";

/// What was said of one world: the lines of the table, and the published events by their id.
#[derive(Debug)]
struct Said {
    table: String,
    published: BTreeMap<String, Vec<u8>>,
    codes: BTreeSet<String>,
}

#[test]
fn worlds_over_partitions_give_the_same_signals() {
    let Some(broker) = Broker::shared() else { return };
    let home = Home::new();
    let out = home.path("world");
    let simulated = ["simulate", "--out", out.to_str().unwrap()].into_iter().chain(WORLD);
    let _said = home.run(simulated).ok();
    let events = events(&fs::read_to_string(out.join("events.ndjson")).unwrap());

    let expected = said(broker, &home, 1, &events);
    assert!(expected.codes.len() > 3 && expected.codes.contains(FLOW), "what was planted, and the outage, are told: {:?}", expected.codes);
    assert!(!expected.published.is_empty());
    for partitions in [4, 16] {
        let found = said(broker, &home, partitions, &events);
        let what = format!("{partitions} partitions");
        assert_same_bytes(&format!("{what}: table signals"), expected.table.as_bytes(), found.table.as_bytes());
        assert_eq!(expected.published.keys().collect::<Vec<_>>(), found.published.keys().collect::<Vec<_>>(), "{what}: published");
        for (id, bytes) in &expected.published {
            assert_same_bytes(&format!("{what}: published {id}"), bytes, &found.published[id]);
        }
    }
}

/// The lines of a log, in order of arrival, keyed by course.
fn events(log: &str) -> Vec<Message> {
    let course = |line: &str| serde_json::from_str::<Value>(line).unwrap()["subject"].as_str().unwrap().to_owned();
    log.lines().map(|line| Message::new(course(line), line)).collect()
}

fn said(broker: &Broker, home: &Home, partitions: i32, events: &[Message]) -> Said {
    let name = format!("world-{partitions}");
    let topic = broker.create_log(&name, partitions);
    let signals_topic = broker.create_topic(&format!("{name}-signals"), 1, &[]);
    producer::send(broker, &topic, events.iter().cloned());
    let warehouse = home.warehouse(&name);
    let source = Source::Topic { bootstrap: broker.bootstrap(), topic: &topic, group: &name, signals_topic: Some(&signals_topic) };
    warehouse.run_to_end(&source, &[]);
    warehouse.assert_audited();

    let csv = warehouse.export("signals");
    let codes = table::rows(&csv).iter().map(|row| row["code"].clone()).collect();
    let is_compared = |line: &&str| !line.split(',').any(|field| field == FLOW);
    let table = String::from_utf8(csv).unwrap().lines().filter(is_compared).map(|line| format!("{line}\n")).collect();
    let mut published = BTreeMap::new();
    for payload in producer::read_committed(broker, &signals_topic).into_iter().filter_map(|message| message.payload) {
        let event: Value = serde_json::from_slice(&payload).unwrap();
        if event["data"]["signal_id"].is_string() && event["data"]["code"] != FLOW {
            published.insert(event["id"].as_str().unwrap().to_owned(), payload);
        }
    }
    Said { table, published, codes }
}
