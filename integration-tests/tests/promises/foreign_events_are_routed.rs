//! A platform's own statements, through its topic and route, into the tables: nothing lost, nothing twice, and a replay
//! changes no byte.

use super::routes::{Door, route_to_end, write_config};
use integration_tests::broker::Broker;
use integration_tests::producer::{self, Message};
use integration_tests::service::{Home, Source, assert_same_exports};
use integration_tests::{fixtures, table, wait};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The events of a topic by id, with how often each is there.
fn ids(broker: &Broker, topic: &str) -> BTreeMap<String, usize> {
    let mut ids = BTreeMap::new();
    for message in producer::read_committed(broker, topic) {
        let event: Value = serde_json::from_slice(message.payload.as_deref().unwrap()).unwrap();
        *ids.entry(event["id"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    ids
}

#[test]
fn raw_statements_are_all_accounted_for_and_a_replay_changes_nothing() {
    let Some(folder) = fixtures::folder("xapi/ralph") else { return };
    let Some(broker) = Broker::shared() else { return };
    let text = fixtures::video_statements(&folder);
    let statements: Vec<&str> = text.lines().collect();
    let mapped = statements.len() as u64;
    assert_eq!(statements.len(), 13_173);

    let topic = broker.create_log("fun-events", 4);
    let raw = broker.create_log("fun-raw", 3);
    let home = Home::new();
    let config = write_config(&home, "fun", broker, &topic, &[Door { name: "fun", format: "auto", topic: &raw, more: "" }], "");
    let send = || {
        producer::send(broker, &raw, statements.iter().enumerate().map(|(place, line)| Message::new(format!("k{}", place % 17), *line)));
        // What a platform also sends, and what nobody can read.
        producer::send(broker, &raw, ["{not json", r#"{"actor":{},"verb":{"id":""},"object":{}}"#].map(|body| Message::new("bad", body)));
    };
    send();
    let said = route_to_end(&home, &config).stderr;
    assert!(said.contains("messages=13175") && said.contains("dead=2") && said.contains("unmapped=0"), "{said}");
    assert_eq!(producer::lag(broker, &raw, "route-fun"), 0);

    let source = Source::Topic { bootstrap: broker.bootstrap(), topic: &topic, group: "fun", signals_topic: None };
    let warehouse = home.warehouse("fun");
    warehouse.run_to_end(&source, &[]);
    warehouse.assert_audited();
    let routed = producer::read_committed(broker, &topic);
    assert_eq!(routed.len() as u64, mapped, "one event for each statement that has a canonical form");
    let audit = table::rows(&warehouse.export(table::AUDIT));
    let sums = ["read", "accepted", "late", "duplicate", "rejected"].map(|column| table::sum(&audit, column));
    assert_eq!([sums[0], sums[1] + sums[2], sums[3], sums[4]], [mapped, mapped, 0, 0], "read, accepted + late, duplicate, rejected");
    let by_key: BTreeSet<Vec<u8>> = routed.iter().filter_map(|message| message.key.clone()).collect();
    assert_eq!(table::rows(&warehouse.export("course_quality")).len(), by_key.len(), "each course has its row");

    // The same again: by `run`, which routes first.
    let exports = warehouse.exports();
    send();
    let path = warehouse.path().display().to_string();
    let again = home.run(["run", "--config", &config, "--warehouse", &path, "--group", "fun", "--until-end"]).ok();
    assert!(again.stderr.contains("messages=13175"), "run routes what is new, once: {}", again.stderr);
    assert_same_exports("a replay", &exports, &warehouse.exports());
    let ids = ids(broker, &topic);
    assert_eq!((ids.len() as u64, ids.values().filter(|count| **count == 2).count() as u64), (mapped, mapped), "each id twice");
    warehouse.assert_audited();
}

#[test]
fn a_killed_route_loses_nothing() {
    let Some(folder) = fixtures::folder("xapi/ralph") else { return };
    let Some(broker) = Broker::shared() else { return };
    let text = fixtures::video_statements(&folder);
    let mapped = text.lines().count();
    let (topic, raw) = (broker.create_log("killed-events", 2), broker.create_log("killed-raw", 3));
    producer::send(broker, &raw, text.lines().enumerate().map(|(place, line)| Message::new(format!("k{}", place % 17), line)));
    let home = Home::new();
    // A killed member holds the others up until its session ends.
    let session = "[kafka.properties]\n\"session.timeout.ms\" = \"6000\"\n";
    let config = write_config(&home, "killed", broker, &topic, &[Door { name: "fun", format: "xapi", topic: &raw, more: "" }], session);

    // Killed as soon as it has sent anything, so before all is noted, and again and again: what was sent is sent once more.
    for _ in 0..2 {
        let before = producer::lag(broker, &topic, "nobody");
        let mut service = home.start(["route", "--config", &config]);
        wait::until("events", Duration::from_secs(60), || {
            assert!(!service.ended(), "route ended");
            (producer::lag(broker, &topic, "nobody") > before || producer::lag(broker, &raw, "route-killed") == 0).then_some(())
        });
        service.kill();
    }
    route_to_end(&home, &config);
    let ids = ids(broker, &topic);
    assert_eq!(ids.len(), mapped, "every statement has its event");

    let warehouse = home.warehouse("killed");
    warehouse.run_to_end(&Source::Topic { bootstrap: broker.bootstrap(), topic: &topic, group: "killed", signals_topic: None }, &[]);
    let audit = table::rows(&warehouse.export(table::AUDIT));
    let sums = ["read", "accepted", "duplicate", "late", "rejected"].map(|column| table::sum(&audit, column));
    assert_eq!(sums[0], ids.values().sum::<usize>() as u64, "read");
    assert_eq!((sums[0], sums[4]), (sums[1] + sums[2] + sums[3], 0), "read = accepted + duplicate + late, none rejected");
    warehouse.assert_audited();
}
