//! A platform's own messages, through their topic and route, into the tables: nothing lost, nothing twice, and a replay
//! changes no byte.

use super::routes::{Door, route_to_end, write_config};
use integration_tests::broker::Broker;
use integration_tests::producer::{self, Message};
use integration_tests::service::{Home, Source, Warehouse, assert_same_exports, files_below};
use integration_tests::{fixtures, statements, table, wait};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
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

/// A platform with a topic of its own, whose messages are routed and measured.
struct Platform<'a> {
    broker: &'a Broker,
    home: &'a Home,
    name: &'a str,
    /// Its messages.
    raw: String,
    /// Their events.
    topic: String,
    config: String,
    warehouse: Warehouse<'a>,
}

impl<'a> Platform<'a> {
    /// A platform whose format is told from each message.
    fn new(broker: &'a Broker, home: &'a Home, name: &'a str) -> Self {
        let (topic, raw) = (broker.create_log(&format!("{name}-events"), 4), broker.create_log(&format!("{name}-raw"), 3));
        let config = write_config(home, name, broker, &topic, &[Door { name, format: "auto", topic: &raw, more: "" }], "");
        Self { broker, home, name, raw, topic, config, warehouse: home.warehouse(name) }
    }

    fn send(&self, messages: &[Vec<u8>]) {
        producer::send(self.broker, &self.raw, messages.iter().enumerate().map(|(place, body)| Message::new(format!("k{}", place % 17), body.as_slice())));
    }

    /// Sends messages, routes them and measures their events; gives what route said.
    fn measure(&self, messages: &[Vec<u8>]) -> String {
        self.send(messages);
        let said = route_to_end(self.home, &self.config).stderr;
        assert_eq!(producer::lag(self.broker, &self.raw, &format!("route-{}", self.name)), 0);
        let source = Source::Topic { bootstrap: self.broker.bootstrap(), topic: &self.topic, group: self.name, signals_topic: None };
        self.warehouse.run_to_end(&source, &[]);
        self.warehouse.assert_audited();
        said
    }

    /// What was measured sent again, routed and measured by one `run`: each id comes as often once more, and no table changes.
    fn assert_a_replay_changes_nothing(&self, messages: &[Vec<u8>]) {
        let (exports, before) = (self.warehouse.exports(), ids(self.broker, &self.topic));
        self.send(messages);
        let path = self.warehouse.path().display().to_string();
        let again = self.home.run(["run", "--config", &self.config, "--warehouse", &path, "--group", self.name, "--until-end"]).ok();
        assert!(again.stderr.contains(&format!("messages={}", messages.len())), "run routes what is new, once: {}", again.stderr);
        assert_same_exports("a replay", &exports, &self.warehouse.exports());
        let twice: BTreeMap<String, usize> = before.into_iter().map(|(id, count)| (id, 2 * count)).collect();
        assert!(ids(self.broker, &self.topic) == twice, "the same ids");
        self.warehouse.assert_audited();
    }

    /// Sums of columns of the audit: read, accepted, late, duplicate, rejected.
    fn audited(&self) -> [u64; 5] {
        let audit = table::rows(&self.warehouse.export(table::AUDIT));
        ["read", "accepted", "late", "duplicate", "rejected"].map(|column| table::sum(&audit, column))
    }
}

#[test]
fn raw_statements_are_all_accounted_for_and_a_replay_changes_nothing() {
    let Some(folder) = fixtures::folder("xapi/ralph") else { return };
    let Some(broker) = Broker::shared() else { return };
    let text = fixtures::video_statements(&folder);
    let mapped = text.lines().count() as u64;
    assert_eq!(mapped, 13_173);
    // And what a platform also sends, and what nobody can read.
    let strange = ["{not json", r#"{"actor":{},"verb":{"id":""},"object":{}}"#];
    let messages: Vec<Vec<u8>> = text.lines().chain(strange).map(|line| line.as_bytes().to_vec()).collect();

    let home = Home::new();
    let platform = Platform::new(broker, &home, "fun");
    let said = platform.measure(&messages);
    assert!(said.contains("messages=13175") && said.contains("dead=2") && said.contains("unmapped=0"), "{said}");
    let routed = producer::read_committed(broker, &platform.topic);
    let distinct = ids(broker, &platform.topic).len();
    assert_eq!([routed.len() as u64, distinct as u64], [mapped; 2], "one event for each statement, as each has a canonical form");
    let [read, accepted, late, duplicate, rejected] = platform.audited();
    assert_eq!([read, accepted + late, duplicate, rejected], [mapped, mapped, 0, 0], "read, accepted + late, duplicate, rejected");
    let by_key: BTreeSet<Vec<u8>> = routed.iter().filter_map(|message| message.key.clone()).collect();
    assert_eq!(table::rows(&platform.warehouse.export("course_quality")).len(), by_key.len(), "each course has its row");
    platform.assert_a_replay_changes_nothing(&messages);
}

#[test]
fn raw_tracking_logs_have_the_ids_of_their_archive_and_a_replay_changes_nothing() {
    let Some(folder) = fixtures::folder("openedx-tracking/eap/input") else { return };
    let Some(broker) = Broker::shared() else { return };
    let home = Home::new();
    let platform = Platform::new(broker, &home, "edx");
    let mut messages = Vec::new();
    for log in files_below(&folder) {
        let bytes = fs::read(log).unwrap();
        messages.extend(bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).map(<[u8]>::to_vec));
    }
    assert!(messages.len() > 1_000, "{} lines", messages.len());
    let said = platform.measure(&messages);
    assert!(said.contains(&format!("messages={}", messages.len())), "{said}");

    // By archive the same source gives the same events.
    let out = home.path("archive.ndjson");
    let archive = folder.display().to_string();
    let _said = home.run(["import", "openedx-logs", &archive, "--source", platform.name, "--out", &out.display().to_string()]).ok();
    let archived = statements::ids(&fs::read(&out).unwrap());
    let routed = ids(broker, &platform.topic);
    assert!(archived.len() > 500 && routed.keys().eq(&archived), "{} by archive, {} by route", archived.len(), routed.len());

    let [read, accepted, late, duplicate, rejected] = platform.audited();
    assert_eq!(read, routed.values().sum::<usize>() as u64);
    assert_eq!([read, 0], [accepted + late + duplicate, rejected], "read = accepted + late + duplicate, none rejected");
    assert!(accepted > 0);
    platform.assert_a_replay_changes_nothing(&messages);
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
