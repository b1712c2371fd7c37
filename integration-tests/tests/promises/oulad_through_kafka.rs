//! The Open University data set goes through Kafka and comes out as numbers that can be counted in its tables.

use integration_tests::broker::Broker;
use integration_tests::service::{Home, Source};
use integration_tests::table::{self, Row};
use integration_tests::{fixtures, producer, signals};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const GROUP: &str = "oulad";

#[test]
fn oulad_through_kafka() {
    let Some(oulad) = fixtures::folder("oulad") else { return };
    let Some(broker) = Broker::shared() else { return };
    let topic = broker.create_log("oulad", 4);
    let signals_topic = broker.create_topic("oulad-signals", 1, &[]);
    let home = Home::new();
    let warehouse = home.warehouse("oulad");

    let dir = oulad.display().to_string();
    let _imported = home.run(["import", "oulad", &dir, "--brokers", broker.bootstrap(), "--topic", &topic]).ok();
    let source = Source::Topic { bootstrap: broker.bootstrap(), topic: &topic, group: GROUP, signals_topic: Some(&signals_topic) };
    warehouse.run_to_end(&source, &[]);

    assert_eq!(producer::lag(broker, &topic, GROUP), 0);
    warehouse.assert_audited();
    registrations_are_counted(&oulad, &table::rows(&warehouse.export("course_quality")));
    clicks_are_counted(&oulad, &table::rows(&warehouse.export("content_quality")));

    let audit = table::rows(&warehouse.export(table::AUDIT));
    let read = producer::read_committed(broker, &topic).len() as u64;
    let sums = ["read", "accepted", "duplicate", "late", "rejected"].map(|column| table::sum(&audit, column));
    assert_eq!(sums, [read, read, 0, 0, 0], "read, accepted, duplicate, late, rejected");

    let published = signals::published(broker, &signals_topic);
    let listed = warehouse.command(&["signals"], &["--format", "json"]).ok().json_rows();
    let open: BTreeSet<&str> = listed.iter().filter(|signal| signal["state"] == "open").filter_map(|signal| signal["signal_id"].as_str()).collect();
    assert_eq!(published.iter().map(|event| event.signal_id.as_str()).collect::<BTreeSet<_>>(), open);
    assert_eq!(published.len(), open.len(), "each signal once");
    no_wall_in_the_first_weeks(&listed);
}

/// Many leave then for reasons of the calendar, and activity is sampled: neither is a wall, in no presentation.
fn no_wall_in_the_first_weeks(signals: &[Value]) {
    let raised = signals.iter().filter(|signal| signal["code"] == "D-01" && !signal["opened"].is_null());
    let first = raised.filter(|signal| fixtures::OULAD_FIRST_WEEKS.iter().any(|place| signal["module"] == *place));
    assert_eq!(first.collect::<Vec<_>>(), Vec::<&Value>::new());
}

/// A registration without a date counts as well; whoever has a date of leaving has withdrawn.
fn registrations_are_counted(oulad: &Path, rows: &[Row]) {
    let mut enrolled: BTreeMap<[String; 2], u64> = BTreeMap::new();
    let mut withdrew: BTreeMap<[String; 2], u64> = BTreeMap::new();
    for line in table::rows(&fs::read(oulad.join("studentRegistration.csv")).unwrap()) {
        *enrolled.entry(presentation(&line)).or_default() += 1;
        *withdrew.entry(presentation(&line)).or_default() += u64::from(!line["date_unregistration"].is_empty());
    }
    assert!(enrolled.len() > 1, "the fixture has several presentations");
    for (key, expected) in &enrolled {
        let row = rows.iter().find(|row| is_of(row, key)).unwrap_or_else(|| panic!("no course {key:?}"));
        assert_eq!(table::count(row, "learners_enrolled"), *expected, "{key:?}");
        assert_eq!(table::count(row, "learners_withdrew"), withdrew[key], "{key:?}");
    }
    assert_eq!(rows.len(), enrolled.len(), "no other course");
}

fn clicks_are_counted(oulad: &Path, rows: &[Row]) {
    let clicks = ["studentVle.csv", "studentVle.sample.csv"].map(|name| oulad.join(name)).into_iter().find(|path| path.exists()).unwrap();
    let mut expected: BTreeMap<[String; 2], u64> = BTreeMap::new();
    for line in table::rows(&fs::read(clicks).unwrap()) {
        *expected.entry(presentation(&line)).or_default() += table::count(&line, "sum_click");
    }
    assert!(!expected.is_empty());
    for (key, clicks) in &expected {
        let contents: Vec<Row> = rows.iter().filter(|row| is_of(row, key)).cloned().collect();
        assert_eq!(table::sum(&contents, "views"), *clicks, "{key:?}");
    }
    assert_eq!(table::sum(rows, "views"), expected.values().sum::<u64>(), "no view of any other course");
}

fn presentation(line: &Row) -> [String; 2] {
    ["code_module", "code_presentation"].map(|column| line[column].clone())
}

/// Whatever the course run is called, its name holds module and presentation.
fn is_of(row: &Row, presentation: &[String; 2]) -> bool {
    presentation.iter().all(|part| row["course"].contains(part.as_str()))
}
