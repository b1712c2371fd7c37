//! An alias map in a compacted topic is read to its end before anything is routed, and followed from then on. What is wrong in it
//! joins nobody, and no log tells a learner's name.

use super::routes::{Door, write_config};
use integration_tests::broker::Broker;
use integration_tests::producer::{self, Message};
use integration_tests::service::{Home, Source, files_below};
use integration_tests::{table, wait};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

const COURSE: &str = "course-v1:OrgX+C1+2026";
const DEADLINE: Duration = Duration::from_secs(60);

/// A learner, by space and id.
type Learner = (&'static str, &'static str);

const LATER: Learner = ("app", "planted-6");

/// A record: the first is known as the second; without one no longer.
fn alias((alias_space, alias_id): Learner, learner: Option<Learner>) -> Message {
    let key = json!({"alias_space": alias_space, "alias_id": alias_id}).to_string();
    let value = learner.map(|(space, id)| json!({"space": space, "id": id}).to_string());
    Message { payload: value.map(String::into_bytes), ..Message::new(key, "") }
}

fn viewed(number: usize, (space, learner): Learner) -> Message {
    let event = json!({
        "specversion": "1.0", "id": format!("e{number}"), "source": "own", "type": "learning.content.viewed.v1",
        "time": format!("2026-01-05T08:{:02}:00Z", number % 60), "subject": COURSE,
        "data": {"learner_space": space, "learner": learner, "content": "p1"},
    });
    Message::new(COURSE, event.to_string())
}

/// The learner of each event, as space and id, by the event's id.
fn learners(broker: &Broker, topic: &str) -> BTreeMap<String, String> {
    let events = producer::read_committed(broker, topic).into_iter().map(|message| serde_json::from_slice::<Value>(&message.payload.unwrap()).unwrap());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let events = events.filter(|event| event["source"] == "own");
    events.map(|event| (text(&event["id"]), format!("{}/{}", text(&event["data"]["learner_space"]), text(&event["data"]["learner"])))).collect()
}

#[test]
fn aliases_come_from_a_topic() {
    let Some(broker) = Broker::shared() else { return };
    let (topic, raw) = (broker.create_log("aliases-events", 2), broker.create_log("aliases-raw", 1));
    let aliases = broker.create_topic("aliases-map", 2, &[("cleanup.policy", "compact")]);
    let joined = ("app", "planted-1");
    let apart = ("app", "planted-2");
    let records = [
        alias(joined, Some(("sis", "planted-wrong"))),
        alias(joined, Some(("sis", "1"))),
        alias(apart, Some(("sis", "2"))),
        alias(apart, None),
        alias(("app", "planted-3"), Some(joined)),
        alias(("app", "planted-4"), Some(("app", "planted-5"))),
        alias(("app", "planted-5"), Some(("app", "planted-4"))),
        Message::new("planted-key", "planted-value"),
        Message { payload: Some(b"planted-value".to_vec()), ..alias(joined, None) },
    ];
    producer::send(broker, &aliases, records);
    let acting = [joined, apart, ("app", "planted-3"), ("app", "planted-4"), ("app", "planted-5"), LATER, ("sis", "1")];
    producer::send(broker, &raw, acting.into_iter().enumerate().map(|(number, learner)| viewed(number, learner)));

    let home = Home::new();
    let config = write_config(
        &home,
        "aliases",
        broker,
        &topic,
        &[Door { name: "own", format: "canonical", topic: &raw, more: "" }],
        &format!("aliases_topic = \"{aliases}\""),
    );
    let mut service = home.start(["route", "--config", &config]);
    wait::until("everything routed", DEADLINE, || {
        assert!(!service.ended(), "route ended");
        (producer::lag(broker, &raw, "route-aliases") == 0).then_some(())
    });
    let known: Vec<String> = learners(broker, &topic).into_values().collect();
    assert_eq!(known, ["sis/1", "app/planted-2", "sis/1", "app/planted-4", "app/planted-5", "app/planted-6", "sis/1"]);

    // Followed: from some message on the learner has the new name.
    producer::send(broker, &aliases, [alias(LATER, Some(("sis", "6")))]);
    let mut number = acting.len();
    wait::until("the new alias", DEADLINE, || {
        producer::send(broker, &raw, [viewed(number, LATER)]);
        number += 1;
        learners(broker, &topic).values().any(|learner| learner == "sis/6").then_some(())
    });
    service.terminate();
    let said = service.wait(Duration::from_secs(30)).ok();
    assert!(said.stderr.contains("refused=2 in_a_circle=1"), "{}", said.told());

    // All are there by now, also for those who only ask.
    let doctor = home.run(["doctor", "--config", &config, "--format", "json"]).ok().json_rows();
    let counted = ["messages", "aliased"].map(|field| doctor[0]["sources"][0][field].as_u64().unwrap());
    assert_eq!(counted, [number as u64, 2 + 1 + (number - acting.len()) as u64], "{}", doctor[0]);
    for log in files_below(&home.logs()) {
        let log = String::from_utf8_lossy(&fs::read(&log).unwrap()).into_owned();
        assert!(!log.contains("planted"), "{log}");
    }

    let warehouse = home.warehouse("aliases");
    warehouse.run_to_end(&Source::Topic { bootstrap: broker.bootstrap(), topic: &topic, group: "aliases", signals_topic: None }, &[]);
    let learners = table::rows(&warehouse.export("learner_course"));
    let of_course = learners.iter().filter(|row| row["course"] == COURSE).count();
    assert_eq!(of_course, 6, "sis/1, planted-2, -4, -5, -6 before its alias, sis/6");
}
