//! Archives of platforms become a log in order of event time: nothing is lost, and the numbers are those of the files.

use integration_tests::broker::Broker;
use integration_tests::readers::Readers;
use integration_tests::service::{Home, Source, assert_same_bytes};
use integration_tests::statements::{id, ids, statement};
use integration_tests::table::{self, AUDIT};
use integration_tests::{fixtures, producer};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;

/// Statements of the FUN fixture.
const STATEMENTS: usize = 13_173;

/// Events by video and type, counted in the statements themselves.
fn expected(statements: &[&str]) -> BTreeMap<(String, String), u64> {
    let mut expected = BTreeMap::new();
    for line in statements {
        let statement: Value = serde_json::from_str(line).unwrap();
        let verb = statement["verb"]["id"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let what = match verb.as_str() {
            "initialized" => "viewed",
            "interacted" => "progressed",
            "terminated" => "stopped",
            "played" | "paused" | "seeked" | "completed" | "downloaded" => &verb,
            other => panic!("a verb that this test does not know: {other}"),
        };
        let video = statement["object"]["id"].as_str().unwrap().to_owned();
        *expected.entry((video, format!("learning.content.{what}.v1"))).or_default() += 1;
    }
    expected
}

#[test]
fn video_statements_in_random_order_are_all_counted() {
    let Some(folder) = fixtures::folder("xapi/ralph") else { return };
    let (Some(broker), Some(readers)) = (Broker::shared(), Readers::shared()) else { return };
    let topic = broker.create_log("archive-fun", 4);
    let home = Home::new();
    let import = |topic: &str| {
        let archive = folder.display().to_string();
        let state = home.path("state").display().to_string();
        home.run(["import", "xapi", &archive, "--source", "fun", "--brokers", broker.bootstrap(), "--topic", topic, "--state", &state])
    };
    let said = import(&topic).ok().stderr;
    let text = fixtures::video_statements(&folder);
    let statements: Vec<&str> = text.lines().collect();
    assert_eq!(statements.len(), STATEMENTS);
    assert!(said.contains(&format!("records read: {STATEMENTS}\n")) && said.contains("records refused: 0"), "{said}");
    assert_eq!(fs::read_dir(home.path("state")).unwrap().count(), 0, "nothing is left behind");

    let expected = expected(&statements);
    let events: u64 = expected.values().sum();
    let warehouse = home.warehouse("fun");
    warehouse.run_to_end(&Source::Topic { bootstrap: broker.bootstrap(), topic: &topic, group: "fun", signals_topic: None }, &[]);
    warehouse.assert_audited();
    let audit = table::rows(&warehouse.export(AUDIT));
    let sums = ["read", "accepted", "duplicate", "late", "rejected"].map(|column| table::sum(&audit, column));
    assert_eq!(sums, [events, events, 0, 0, 0], "read, accepted, duplicate, late, rejected");

    let lake = readers.run("lake_counts.py", [warehouse.path()]);
    let mut found = BTreeMap::new();
    for row in lake["events"].as_array().unwrap() {
        let text = |at: usize| row[at].as_str().unwrap().to_owned();
        assert_eq!(row[2], false, "late: {row}");
        found.insert((text(0), text(1)), row[3].as_u64().unwrap());
    }
    assert_eq!(found, expected);
    assert_eq!(lake["identities"], events);

    // The topic is further on now than the archive's beginning.
    let again = import(&topic);
    // The message is wrapped for a terminal.
    let said = again.stderr.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!again.status.success() && said.contains("already further on"), "{}", again.told());
    assert_eq!(producer::read_committed(broker, &topic).len() as u64, events, "nothing was written");
}

#[test]
fn tracking_logs_are_measured_as_they_are_counted() {
    let Some(folder) = fixtures::folder("openedx-tracking/eap/input") else { return };
    let home = Home::new();
    let out = home.path("openedx.ndjson");
    let said = home.run(["import", "openedx-logs", &folder.display().to_string(), "--out", &out.display().to_string()]).ok().stderr;
    let lines: Vec<Value> = fs::read_to_string(&out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(said.contains(&format!("events written: {}\n", lines.len())), "{said}");
    assert!(lines.len() > 500, "{} events", lines.len());
    let times: Vec<&str> = lines.iter().map(|event| event["time"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by_key(|time| time.parse::<jiff::Timestamp>().unwrap()), "sorted over all files");

    // Each event once, as the platform may log a line twice; what staff do is no learner's.
    let (mut ids, mut viewed, mut played) = (BTreeSet::new(), BTreeMap::new(), BTreeMap::new());
    for event in lines.iter().filter(|event| ids.insert(event["id"].as_str().unwrap())) {
        let data = &event["data"];
        let counts: &mut BTreeMap<_, u64> = match event["type"].as_str().unwrap() {
            "learning.content.viewed.v1" => &mut viewed,
            "learning.content.played.v1" => &mut played,
            _ => continue,
        };
        if data["learner"].is_string() && data["actor_role"].as_str().is_none_or(|role| role == "learner") {
            let content = [&event["subject"], &data["content"]].map(|id| id.as_str().unwrap().to_owned());
            *counts.entry(content).or_default() += 1;
        }
    }
    let warehouse = home.warehouse("openedx");
    warehouse.run_to_end(&Source::File(&out), &[]);
    let audit = table::rows(&warehouse.export(AUDIT));
    let [read, accepted, duplicate, late, rejected] = ["read", "accepted", "duplicate", "late", "rejected"].map(|column| table::sum(&audit, column));
    assert_eq!(read, lines.len() as u64);
    assert_eq!((accepted + late + rejected, duplicate), (ids.len() as u64, read - ids.len() as u64));
    assert_eq!((late, rejected), (0, 0));

    // A recording without views of its own shows its plays.
    let mut expected = played;
    expected.extend(viewed);
    let contents = table::rows(&warehouse.export("content_quality"));
    let mut found = BTreeMap::new();
    for row in contents.iter().filter(|row| table::count(row, "views") > 0) {
        found.insert(["course", "content"].map(|column| row[column].clone()), table::count(row, "views"));
    }
    assert!(!expected.is_empty());
    assert_eq!(found, expected);
}

#[test]
fn a_mixed_directory_gives_the_same_bytes_each_time() {
    let home = Home::new();
    let archive = home.path("archive");
    fs::create_dir_all(archive.join("old")).unwrap();
    let made: Vec<String> = (0..300).map(statement).collect();
    let text = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes();
    fs::write(archive.join("c.jsonl"), text(&made[..100])).unwrap();
    fs::write(archive.join("old/a.json.zst"), zstd::encode_all(&text(&made[100..200])[..], 3).unwrap()).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&text(&made[200..])).unwrap();
    let untimed = made[0].rsplit_once(",\"timestamp\"").unwrap().0;
    writeln!(gzip, "no statement\n{untimed}}}").unwrap();
    fs::write(archive.join("old/b.ndjson.gz"), gzip.finish().unwrap()).unwrap();

    let import = |out: &str| {
        let path = home.path(out);
        let outcome = home.run(["import", "xapi", &archive.display().to_string(), "--out", &path.display().to_string()]).ok();
        (fs::read(path).unwrap(), outcome.stderr)
    };
    let (first, said) = import("first.ndjson");
    assert!(said.contains("records read: 302\n") && said.contains("events written: 300\n"), "{said}");
    assert!(said.contains("1  bad_json, first at archive/old/b.ndjson.gz line 101"), "{said}");
    assert!(said.contains("1  missing_field, first at archive/old/b.ndjson.gz line 102 (time)"), "{said}");
    assert_same_bytes("a second import", &first, &import("second.ndjson").0);
    let printed = home.run(["import", "xapi", &archive.display().to_string(), "--out", "-", "--state", &home.path("s").display().to_string()]).ok();
    assert_same_bytes("standard output", &first, printed.stdout.as_bytes());
    let ids: BTreeSet<String> = ids(&first);
    assert_eq!(ids, made.iter().map(|line| id(line)).collect());
}

#[test]
fn an_outline_is_published_at_the_time_it_came_into_force() {
    let home = Home::new();
    let (table, out) = (home.path("outline.csv"), home.path("outline.ndjson"));
    let outline = "course,module,kind,id,title,content_type,length_s,key,options,max_score\n\
                   C1,m1,content,v1,The median,video,300,,,\nC1,m1,assessment,q1,Quiz 1,,,,,\nC1,m1,item,q1-1,Which is robust?,,,median,mean|median,1\n\
                   C2,m1,content,p1,Means,page,,,,\n";
    fs::write(&table, outline).unwrap();
    let import = || home.run(["import", "outline", &table.display().to_string(), "--at", "2026-01-05T00:00:00Z", "--out", &out.display().to_string()]);
    let said = import().ok().stderr;
    assert!(said.contains("records read: 2\n") && said.contains("2  learning.course.published.v1"), "{said}");
    let events: Vec<Value> = fs::read_to_string(&out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told = events.iter().map(|event| [&event["subject"], &event["time"], &event["source"]].map(|text| text.as_str().unwrap()));
    assert_eq!(told.collect::<Vec<_>>(), [["C1", "2026-01-05T00:00:00Z", "outline"], ["C2", "2026-01-05T00:00:00Z", "outline"]]);
    assert_eq!(events[0]["data"]["modules"][0]["contents"][0]["content"], "v1");

    fs::write(&table, outline.replace("300", "three hundred")).unwrap();
    let refused = import();
    assert!(!refused.status.success() && refused.stderr.contains("line 2"), "{}", refused.told());
}
