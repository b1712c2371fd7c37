//! No raw learner id passes the decoder: not into a table, the lake, the state, a signal or a log, nor as a plain digest.

use integration_tests::broker::Broker;
use integration_tests::events::{Event, World};
use integration_tests::producer::{self, Message};
use integration_tests::readers::Readers;
use integration_tests::service::{Home, Source};
use serde_json::{Value, json};
use std::fs;

const PLANTED: [&str; 5] =
    ["planted.late@example.org", "planted.rejected@example.org", "planted.key@example.org", "planted.staff@example.org", "planted.binary@example.org"];

#[test]
fn no_raw_learner_id_leaks() {
    let Some(readers) = Readers::shared() else { return };
    let Some(broker) = Broker::shared() else { return };
    let topic = broker.create_log("leaks", 2);
    let signals_topic = broker.create_topic("leaks-signals", 1, &[]);
    let events = World::past(23, 4, 150).events();
    producer::send_events(broker, &topic, &events);
    producer::send(broker, &topic, planted(&events));
    let home = Home::new();
    let warehouse = home.warehouse("leaks");
    let source = Source::Topic { bootstrap: broker.bootstrap(), topic: &topic, group: "leaks", signals_topic: Some(&signals_topic) };
    warehouse.run_to_end(&source, &[]);

    let input = home.path("leaks.ndjson");
    let lines: Vec<u8> = events.iter().flat_map(|event| event.body.iter().copied().chain(*b"\n")).collect();
    fs::write(&input, lines).unwrap();
    let of_file = home.warehouse("leaks-of-file");
    of_file.run_to_end(&Source::File(&input), &[]);

    // What people ask for goes into the searched logs as well.
    for words in [&["rejected", "list"][..], &["signals"], &["tables"], &["audit"]] {
        let _said = warehouse.command(words, &[]).ok();
    }
    let outgoing = home.path("outgoing");
    fs::create_dir(&outgoing).unwrap();
    for (number, message) in producer::read_committed(broker, &signals_topic).into_iter().enumerate() {
        let headers = message.headers.into_iter().flat_map(|(name, value)| [name.into_bytes(), value]);
        let parts: Vec<Vec<u8>> = headers.chain(message.key).chain(message.payload).collect();
        fs::write(outgoing.join(number.to_string()), parts.join(&b'\n')).unwrap();
    }

    let needles = home.path("needles");
    let learners = (0..4).flat_map(|course| [0, 17, 149].map(|number| World::learner(course, number)));
    fs::write(&needles, learners.chain(PLANTED.map(str::to_owned)).collect::<Vec<_>>().join("\n")).unwrap();
    let found = readers.run("search.py", [&needles, &home.path("warehouses"), &home.logs(), &outgoing]);
    assert_eq!(found["hits_total"], 0, "{found}");
    assert!(found["decoded_bytes"].as_u64().unwrap() > 1_000_000, "there was something to search: {found}");

    // The search does find what is there.
    let compressed = home.path("compressed");
    fs::create_dir(&compressed).unwrap();
    // Long enough that the frame itself does not show the word.
    let text = (0..2000).map(|number| format!("{number} ")).collect::<String>() + PLANTED[0];
    fs::write(compressed.join("frame"), [&b"head"[..], &zstd::encode_all(text.as_bytes(), 1).unwrap()].concat()).unwrap();
    let control = readers.run("search.py", [&needles, &compressed]);
    assert_eq!(control["hits_total"], 1, "{control}");
}

/// Learners in every place where an event is not simply accepted.
fn planted(events: &[Event]) -> Vec<Message> {
    let [late, rejected, key, staff, binary] = PLANTED;
    let (oldest, newest) = (events.iter().find(|event| event.is("enrollment.created")).unwrap(), &events[events.len() - 1]);
    let with = |event: &Event, id: &str, learner: &str| {
        let mut body: Value = serde_json::from_slice(&event.body).unwrap();
        body["id"] = json!(id);
        body["data"]["learner"] = json!(learner);
        body
    };
    let message = |event: &Event, body: &Value| Message::new(event.course.as_str(), serde_json::to_vec(body).unwrap());

    let mut of_staff = with(newest, "planted-staff", staff);
    of_staff["data"]["actor_role"] = json!("staff");
    let mut wrong_type = with(newest, "planted-rejected", rejected);
    wrong_type["data"]["module"] = json!([rejected]);
    let cut_short = format!("{{\"data\":{{\"learner\":\"{rejected}\",\"x\":");
    let attribute = |name: &str, value: &Value| (format!("ce_{name}"), value.as_str().unwrap_or_default().as_bytes().to_vec());
    let in_headers = with(newest, "planted-binary", binary);
    let headers = ["specversion", "id", "source", "type", "time", "subject"].map(|name| attribute(name, &in_headers[name])).to_vec();
    vec![
        message(oldest, &with(oldest, "planted-late", late)),
        message(newest, &of_staff),
        message(newest, &wrong_type),
        Message::new(newest.course.as_str(), cut_short),
        Message::new(key, serde_json::to_vec(&with(newest, "planted-key", key)).unwrap()),
        Message { headers, ..Message::new(newest.course.as_str(), serde_json::to_vec(&in_headers["data"]).unwrap()) },
    ]
}
