//! A platform's own statements, through its topic and route, into the tables: nothing lost, nothing twice, and a replay
//! changes no byte.

use super::routes::{Door, route_to_end, write_config};
use flate2::read::GzDecoder;
use integration_tests::broker::Broker;
use integration_tests::producer::{self, Message};
use integration_tests::service::{Home, Source, assert_same_exports};
use integration_tests::{fixtures, table};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;

#[test]
fn raw_statements_are_all_accounted_for_and_a_replay_changes_nothing() {
    let Some(folder) = fixtures::folder("xapi/ralph") else { return };
    let Some(broker) = Broker::shared() else { return };
    let mut text = String::new();
    GzDecoder::new(File::open(folder.join("statements.json.gz")).unwrap()).read_to_string(&mut text).unwrap();
    let statements: Vec<&str> = text.lines().collect();
    let downloads = statements.iter().filter(|line| line.contains("/downloaded\"")).count();
    let mapped = (statements.len() - downloads) as u64;
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
    assert!(said.contains("messages=13175") && said.contains("dead=2") && said.contains(&format!("unmapped={downloads}")), "{said}");
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
    let everything = producer::read_committed(broker, &topic);
    let mut ids: BTreeMap<String, usize> = BTreeMap::new();
    for message in &everything {
        let event: Value = serde_json::from_slice(message.payload.as_deref().unwrap()).unwrap();
        *ids.entry(event["id"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!((ids.len() as u64, ids.values().filter(|count| **count == 2).count() as u64), (mapped, mapped), "each id twice");
    warehouse.assert_audited();
}
