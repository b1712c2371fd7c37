//! Two doors tell the same enrolments, and learners have two names: each fact counts once, each learner is one; and nothing
//! about a learner stands anywhere but, by its right, in the topic of events.

use super::routes::{Door, route_to_end, write_config};
use integration_tests::broker::Broker;
use integration_tests::producer::{self, Message};
use integration_tests::readers::Readers;
use integration_tests::service::{Home, Source};
use integration_tests::{table, wait};
use serde_json::{Value, json};
use std::fs;
use std::time::Duration;

const LEARNERS: u64 = 40;
const COURSE: &str = "course-v1:OrgX+C1+2026";

fn mail(number: u64) -> String {
    format!("planted.learner{number}@example.org")
}

/// Enrolment by the tracking log, under a number.
fn enrolled(number: u64) -> Message {
    let body = json!({
        "name": "edx.course.enrollment.activated", "event_type": "edx.course.enrollment.activated", "event_source": "server",
        "time": "2026-01-05T08:00:00+00:00", "context": {"course_id": COURSE, "user_id": number, "org_id": "OrgX", "path": format!("/planted/path/{number}")},
        "event": {"course_id": COURSE, "user_id": number, "mode": "audit"},
    });
    Message::new(format!("{number}"), body.to_string())
}

/// The same and a video, by xAPI, under an address.
fn stated(number: u64, verb: &str, object: Value, extension: Value) -> Message {
    let body = json!({
        "id": format!("{:08x}-0000-4000-8000-{:012x}", verb.len(), number),
        "actor": {"mbox": format!("mailto:{}", mail(number))},
        "verb": {"id": verb}, "object": object, "result": {"extensions": extension},
        "context": {"contextActivities": {"grouping": [{"id": COURSE, "definition": {"type": "http://adlnet.gov/expapi/activities/course"}}]}},
        "timestamp": "2026-01-05T08:00:00Z",
    });
    Message::new(mail(number), body.to_string())
}

fn statements() -> Vec<Message> {
    let course = json!({"id": COURSE, "definition": {"type": "http://adlnet.gov/expapi/activities/course"}});
    let video = json!({"id": "https://lms.example.org/v1", "definition": {"type": "https://w3id.org/xapi/video/activity-type/video"}});
    let enrolled = (1..=LEARNERS).map(|number| stated(number, "http://adlnet.gov/expapi/verbs/registered", course.clone(), json!({})));
    let played = (1..=LEARNERS)
        .map(|number| stated(number, "https://w3id.org/xapi/video/verbs/played", video.clone(), json!({"https://w3id.org/xapi/video/extensions/time": 3.5})));
    enrolled.chain(played).collect()
}

/// What cannot be mapped, with learners in it.
fn refused_and_unmapped() -> Vec<Message> {
    let strange = stated(1, "https://verbs.example.org/planted.learner1@example.org/planted/path/1", json!({"id": "https://x.example.org/y"}), json!({}));
    let untimely = json!({"id": "3f0e7a57-0000-4000-8000-000000000001", "actor": {"mbox": format!("mailto:{}", mail(2))}, "verb": {"id": "http://adlnet.gov/expapi/verbs/experienced"},
        "object": {"id": "https://lms.example.org/p1"}, "timestamp": mail(2)});
    vec![
        strange,
        Message::new(mail(2), untimely.to_string()),
        Message { headers: vec![("x-learner".to_owned(), mail(3).into_bytes())], ..Message::new("k", format!("{{{} /planted/path/3", mail(3))) },
    ]
}

/// What `doctor` says of these sources: all learners that act are enrolled, and what is lacking is named.
fn doctor_sees_it(home: &Home, config: &str) {
    let said = home.run(["doctor", "--config", config, "--format", "json"]).ok().json_rows().remove(0);
    let [log, lrs] = [0, 1].map(|place| &said["sources"][place]);
    assert_eq!((log["source"].as_str(), log["messages"].as_u64(), log["events"].as_u64()), (Some("log"), Some(LEARNERS), Some(LEARNERS)));
    let sums = ["messages", "mapped", "nothing", "dead", "other_door", "aliased"].map(|field| lrs[field].as_u64().unwrap());
    assert_eq!(sums, [2 * LEARNERS + 3, LEARNERS, LEARNERS + 1, 2, LEARNERS, LEARNERS], "{lrs}");
    assert_eq!((lrs["share_with_learner"].as_f64(), lrs["share_with_course"].as_f64(), &lrs["hint"]), (Some(1.0), Some(1.0), &Value::Null));
    assert_eq!(lrs["unmapped"].as_array().unwrap().len(), 1);
    let pair = &said["acting_and_enrolled"][0];
    assert_eq!((pair["acting"].as_str(), pair["enrolled"].as_str(), pair["share"].as_f64()), (Some("lrs"), Some("log"), Some(1.0)));
    let empty: Vec<&str> = said["stay_empty"].as_array().unwrap().iter().filter_map(|row| row["name"].as_str()).collect();
    assert!(empty.contains(&"item_quality") && empty.contains(&"C-01") && !empty.contains(&"content_quality"), "{empty:?}");
}

#[test]
fn a_fact_counts_once_and_a_learner_is_one_and_is_found_nowhere() {
    let Some(readers) = Readers::shared() else { return };
    let Some(broker) = Broker::shared() else { return };
    let topic = broker.create_log("doors-events", 2);
    let (log, xapi) = (broker.create_log("doors-log", 1), broker.create_log("doors-xapi", 1));
    let home = Home::new();
    // The spaces are what the formats give; the alias map joins them.
    let spaces = "learner_space = \"openedx\"";
    let doors = [
        Door { name: "log", format: "openedx", topic: &log, more: &format!("{spaces}\nowns = [\"enrollment\"]") },
        Door { name: "lrs", format: "xapi", topic: &xapi, more: "learner_space = \"mail\"" },
    ];
    producer::send(broker, &log, (1..=LEARNERS).map(enrolled));
    producer::send(broker, &xapi, statements());
    producer::send(broker, &xapi, refused_and_unmapped());

    // First without the map, to see under which names learners come.
    let plain = broker.create_log("doors-plain", 1);
    let config = write_config(&home, "plain", broker, &plain, &doors, "");
    route_to_end(&home, &config);
    let names: Vec<Value> = producer::read_committed(broker, &plain)
        .iter()
        .map(|message| serde_json::from_slice::<Value>(message.payload.as_deref().unwrap()).unwrap()["data"].take())
        .filter(|data| data["learner_space"] == "mail")
        .collect();
    let name = |number: u64| names[number as usize - 1]["learner"].as_str().unwrap().to_owned();
    assert_eq!(names.len() as u64, LEARNERS, "the played videos, for the enrolments are the log's to tell");
    let rows: String = (1..=LEARNERS).map(|number| format!("openedx,{number},mail,{}\n", name(number))).collect();
    let map = home.path("aliases.csv");
    fs::write(&map, format!("space,id,alias_space,alias_id\n{rows}")).unwrap();

    let config = write_config(&home, "doors", broker, &topic, &doors, &format!("aliases = \"{}\"", map.display()));
    let mut service = home.start(["route", "--config", &config]);
    wait::until("everything routed", Duration::from_secs(60), || {
        assert!(!service.ended(), "route ended");
        (producer::lag(broker, &log, "route-doors") == 0 && producer::lag(broker, &xapi, "route-doors") == 0).then_some(())
    });
    service.terminate();
    let said = service.wait(Duration::from_secs(20)).ok().stderr;
    assert!(said.contains(&format!("other_door={LEARNERS}")), "{said}");

    let warehouse = home.warehouse("doors");
    warehouse.run_to_end(&Source::Topic { bootstrap: broker.bootstrap(), topic: &topic, group: "doors", signals_topic: None }, &[]);
    let courses = table::rows(&warehouse.export("course_quality"));
    let course = courses.iter().find(|row| row["course"] == COURSE).unwrap();
    let counted = ["learners_enrolled", "learners_active"].map(|column| table::count(course, column));
    assert_eq!(counted, [LEARNERS, LEARNERS]);
    let learners = table::rows(&warehouse.export("learner_course"));
    assert_eq!(learners.iter().filter(|row| row["course"] == COURSE).count() as u64, LEARNERS, "one row a learner");
    let activity = table::rows(&warehouse.export("course_activity"));
    let of_course: Vec<_> = activity.into_iter().filter(|row| row["course"] == COURSE).collect();
    assert_eq!(table::sum(&of_course, "enrolled"), LEARNERS, "each enrolment once");

    let listed = home.run(["dlq", "list", "--config", &config, "--format", "json"]).ok().json_rows();
    let reasons: Vec<&str> = listed.iter().filter_map(|row| row["reason"].as_str()).collect();
    assert_eq!(reasons, ["bad_time", "bad_json"]);
    let _said = home.run(["dlq", "list", "--config", &config]).ok();
    let _said = home.run(["doctor", "--config", &config]).ok();
    doctor_sees_it(&home, &config);

    // Everything that was written, but for the topic of events, which holds what measure is to make pseudonyms of.
    let letters = home.path("letters");
    fs::create_dir(&letters).unwrap();
    for (number, message) in producer::read_committed(broker, &format!("{topic}.dead-letters")).into_iter().enumerate() {
        let payload = message.payload.unwrap();
        let letter: Value = serde_json::from_slice(&payload).unwrap();
        let bytes = |field: &str| {
            let hex = letter[field].as_str().unwrap();
            (0..hex.len() / 2).map(|place| u8::from_str_radix(&hex[2 * place..2 * place + 2], 16).unwrap()).collect::<Vec<u8>>()
        };
        fs::write(letters.join(number.to_string()), [payload.clone(), bytes("sealed"), bytes("sealed_headers"), message.key.unwrap()].join(&b'\n')).unwrap();
    }
    let needles = home.path("needles");
    let names = (1..=LEARNERS).flat_map(|number| [mail(number), name(number), format!("/planted/path/{number}")]);
    fs::write(&needles, names.collect::<Vec<_>>().join("\n")).unwrap();
    let found = readers.run("search.py", [&needles, &home.path("warehouses"), &home.logs(), &letters]);
    assert_eq!(found["hits_total"], 0, "{found}");
    assert!(found["files"].as_u64().unwrap() > 20, "there was something to search: {found}");

    // With the key they open; routed again, what is still refused stays.
    let offset = listed[1]["offset"].to_string();
    let shown = home.run(["dlq", "show", "--config", &config, "--topic", &xapi, "--offset", &offset]).ok().stdout;
    assert!(shown.contains(&mail(3)) && shown.contains("x-learner"), "{shown}");
    let replayed = home.run(["dlq", "replay", "--config", &config, "--out", "-"]).ok();
    assert!(replayed.stdout.is_empty() && replayed.stderr.contains("events=0 left=2"), "{}", replayed.told());
}
