//! One process takes over HTTP, routes and measures: what was posted to it stands in its tables, and an outline that was posted is
//! the outline in force.

use super::routes::{Door, write_config};
use integration_tests::broker::Broker;
use integration_tests::intake::{PROVIDER, Place};
use integration_tests::service::Home;
use integration_tests::statements::statement_at;
use integration_tests::table::{self, Row};
use integration_tests::{producer, wait};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::fs;
use std::time::Duration;

const COURSE: &str = "course-v1:Org0+API+2026";
const LEARNERS: usize = 40;
const STATEMENTS: u64 = 200;
const BATCH: &str = "application/cloudevents-batch+json";

fn event(id: &str, kind: &str, time: Timestamp, data: &Value) -> Value {
    json!({"specversion": "1.0", "id": id, "source": "lms", "type": format!("learning.{kind}.v1"), "time": time.to_string(), "subject": COURSE, "data": data})
}

/// An outline with a video and a question, of whose answers one is right.
fn outline(id: &str, provider: &str, key: &str, time: Timestamp) -> Value {
    let options = ["a", "b", "c"].map(|option| json!({ "option": option }));
    let item = json!({"item": "i1", "key": key, "max_score": 1.0, "options": options});
    let contents = json!([{"content": "v1", "content_type": "video", "length_s": 600.0}]);
    let module = json!({"module": "m1", "contents": contents, "assessments": [{"assessment": "q1", "items": [item]}]});
    event(id, "course.published", time, &json!({"provider": provider, "modules": [module]}))
}

/// What learners do with what the outline names.
fn acts(time: Timestamp) -> Vec<Value> {
    let of = |number: usize| {
        let learner = format!("learner-{number}");
        let answered = json!({"provider": PROVIDER, "learner": learner, "assessment": "q1", "item": "i1", "attempt": 1, "response": "b"});
        let played = json!({"provider": PROVIDER, "learner": learner, "content": "v1", "position_s": 0.5});
        [event(&format!("answered-{number}"), "item.answered", time, &answered), event(&format!("played-{number}"), "content.played", time, &played)]
    };
    (0..LEARNERS).flat_map(of).collect()
}

fn post(place: &Place<'_>, events: &[Value]) -> u16 {
    place.post_events(BATCH, &serde_json::to_vec(events).unwrap()).unwrap().status
}

fn rows_of(export: &[u8]) -> Vec<Row> {
    table::rows(export).into_iter().filter(|row| row["course"] == COURSE).collect()
}

#[test]
fn the_intake_runs_inside_run() {
    let Some(broker) = Broker::shared() else { return };
    let home = Home::new();
    let (topic, place, warehouse) = (broker.create_log("inside-events", 2), Place::new(&home, broker, "inside"), home.warehouse("inside"));
    let doors = [
        Door { name: "lms", format: "auto", topic: &place.statements, more: "" },
        Door { name: "lms-events", format: "canonical", topic: &place.events, more: "" },
    ];
    let config = write_config(&home, "inside", broker, &topic, &doors, "");
    fs::write(&config, format!("{}\n{}", fs::read_to_string(&config).unwrap(), place.section)).unwrap();
    let path = warehouse.path().display().to_string();
    let run = |more: &[&str]| {
        [&["run", "--config", &config, "--warehouse", &path, "--group", "inside"], more].concat().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let mut service = place.answers(home.start(run(&["--publish-every", "1s"]))).process;

    let time = Timestamp::now().checked_sub(SignedDuration::from_mins(30)).unwrap();
    let later = time.checked_add(SignedDuration::from_mins(10)).unwrap();
    let mut broken = outline("broken", PROVIDER, "b", time);
    broken["data"]["modules"][0]["assessments"][0]["items"][0]["max_score"] = json!("one");
    assert_eq!(post(&place, &[broken]), 400, "an outline is checked before it is taken");
    assert_eq!(post(&place, &[outline("foreign", "org-1", "b", time)]), 403, "and is of the provider that sends it");
    let first = outline("first", PROVIDER, "a", time);
    assert_eq!(place.post_events("application/cloudevents+json", first.to_string().as_bytes()).unwrap().status, 200);
    assert_eq!(post(&place, &acts(time)), 200);
    assert_eq!(post(&place, &[outline("second", PROVIDER, "b", later)]), 200);
    let statements: Vec<Value> = (0..STATEMENTS).map(|number| statement_at(number, &time.to_string())).collect();
    for some in statements.chunks(50) {
        assert_eq!(place.post_statements(&serde_json::to_vec(some).unwrap()).unwrap().status, 200);
    }

    wait::until("everything routed and measured, and something published", Duration::from_secs(60), || {
        assert!(!service.ended(), "the service ended");
        let waits = |topic, group| producer::lag(broker, topic, group) > 0;
        let published = warehouse.path().join("tables/LATEST").exists();
        (published && !waits(&place.statements, "route-inside") && !waits(&place.events, "route-inside") && !waits(&topic, "inside")).then_some(())
    });
    service.terminate();
    let said = service.wait(Duration::from_secs(30)).ok();
    assert!(said.stderr.contains("the intake has stopped"), "{}", said.told());
    let _said = home.run(run(&["--until-end"])).ok();
    warehouse.assert_audited();

    let audit = table::rows(&warehouse.export(table::AUDIT));
    let sums = ["accepted", "duplicate", "late", "rejected"].map(|column| table::sum(&audit, column));
    assert_eq!(sums, [2 + 2 * LEARNERS as u64 + STATEMENTS, 0, 0, 0], "accepted, duplicate, late, rejected");
    let contents = rows_of(&warehouse.export("content_quality"));
    let found: Vec<[&str; 3]> = contents.iter().map(|row| ["content", "module", "views"].map(|column| row[column].as_str())).collect();
    assert_eq!(found, [["v1", "m1", LEARNERS.to_string().as_str()]], "the module is what the outline says");
    let options = rows_of(&warehouse.export("item_options"));
    let keys: Vec<&str> = options.iter().filter(|row| row["is_key"] == "true").map(|row| row["option"].as_str()).collect();
    assert_eq!(keys, ["b"], "the later outline is in force");
    let other: Vec<Row> = table::rows(&warehouse.export("content_quality")).into_iter().filter(|row| row["course"] != COURSE).collect();
    assert_eq!(table::sum(&other, "views"), STATEMENTS);
}
