//! A provider answers its signals, in a topic or in the file of a warehouse, and the next verdict says so; it answers for
//! nobody else.

use integration_tests::broker::Broker;
use integration_tests::events::{DAY_MS, Event, World};
use integration_tests::producer::{self, Message};
use integration_tests::service::{Home, Source, Warehouse};
use integration_tests::signals;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// The first days of a world in which there is something to signal, and the last two.
fn world() -> (Vec<Event>, Vec<Event>) {
    let world = World::past(5, 4, 200);
    world.events().into_iter().partition(|event| event.time_ms < world.start_ms + (world.days - 2) * DAY_MS)
}

/// State and provider of each signal, by its id.
fn states(warehouse: &Warehouse<'_>) -> BTreeMap<String, (String, String)> {
    let rows = warehouse.command(&["signals"], &["--format", "json"]).ok().json_rows();
    let text = |row: &serde_json::Value, name: &str| row[name].as_str().unwrap().to_owned();
    rows.iter().map(|row| (text(row, "signal_id"), (text(row, "state"), text(row, "provider")))).collect()
}

/// The open signals, each with its provider.
fn open(warehouse: &Warehouse<'_>) -> Vec<(String, String)> {
    states(warehouse).into_iter().filter(|(_, (state, _))| state == "open").map(|(id, (_, provider))| (id, provider)).collect()
}

fn answer(kind: &str, signal_id: &str, provider: &str) -> String {
    let data = json!({ "signal_id": signal_id, "provider": provider });
    let kind = format!("teachback.feedback.{kind}.v1");
    json!({ "specversion": "1.0", "id": "a-1", "source": "studio", "type": kind, "subject": signal_id, "data": data }).to_string()
}

#[test]
fn providers_answer_signals_in_a_topic() {
    let Some(broker) = Broker::shared() else { return };
    let (topic, signals_topic) = (broker.create_log("answered", 2), broker.create_topic("answered-signals", 1, &[]));
    let feedback_topic = broker.create_topic("answered-feedback", 2, &[]);
    let home = Home::new();
    let warehouse = home.warehouse("answered");
    let source = Source::Topic { bootstrap: broker.bootstrap(), topic: &topic, group: "answered", signals_topic: Some(&signals_topic) };
    let (first, rest) = world();
    producer::send_events(broker, &topic, &first);
    warehouse.run_to_end(&source, &["--feedback-topic", &feedback_topic]);

    let open = open(&warehouse);
    let [(seen, provider), (unwanted, other), (foreign, _), ..] = &open[..] else { panic!("three open signals: {open:?}") };
    let answers = [
        Message::new(provider.as_str(), answer("acknowledged", seen, provider)),
        Message::new(other.as_str(), answer("dismissed", unwanted, other)),
        Message::new("stranger", answer("dismissed", foreign, "stranger")),
        Message::new("stranger", answer("dismissed", foreign, provider)),
        Message { payload: None, ..Message::new("stranger", "") },
        Message::new("stranger", "not json"),
    ];
    producer::send(broker, &feedback_topic, answers);
    producer::send_events(broker, &topic, &rest);
    let outcome = warehouse.run_to_end(&source, &["--feedback-topic", &feedback_topic]);

    let states = states(&warehouse);
    let state = |id: &str| states[id].0.as_str();
    assert_eq!((state(seen), state(unwanted), state(foreign)), ("acknowledged", "dismissed", "open"), "{}", outcome.told());
    for (id, words) in [(seen, ["acknowledged", "open"]), (unwanted, ["dismissed", "open"])] {
        let events = signals::published(broker, &signals_topic).into_iter().filter(|event| event.signal_id == *id);
        let told: BTreeSet<String> = events.map(|event| event.state).collect();
        assert_eq!(told, words.map(str::to_owned).into(), "what was told of {id}");
    }
    assert!(!outcome.told().contains("stranger"), "no word of a message is logged");
    warehouse.assert_audited();
}

#[test]
fn where_there_is_no_topic_nobody_is_heard_and_that_is_said() {
    let Some(broker) = Broker::shared() else { return };
    let topic = broker.create_log("unanswered", 1);
    producer::send_events(broker, &topic, &world().0);
    let home = Home::new();
    let warehouse = home.warehouse("unanswered");
    let source = Source::Topic { bootstrap: broker.bootstrap(), topic: &topic, group: "unanswered", signals_topic: None };
    let outcome = warehouse.run_to_end(&source, &["--feedback-topic", "nobody-made-this"]);
    assert_eq!(outcome.told().matches("no feedback is read").count(), 1, "{}", outcome.told());
    assert!(!open(&warehouse).is_empty());
}

#[test]
fn providers_answer_signals_in_a_file() {
    let home = Home::new();
    let (input, warehouse) = (home.path("events.ndjson"), home.warehouse("file"));
    let lines = |events: &[Event]| events.iter().flat_map(|event| [event.body.as_slice(), b"\n"].concat()).collect::<Vec<u8>>();
    let (first, rest) = world();
    fs::write(&input, lines(&first)).unwrap();
    warehouse.run_to_end(&Source::File(&input), &[]);

    let (id, provider) = open(&warehouse).swap_remove(0);
    fs::write(warehouse.path().join("signal-feedback.ndjson"), answer("acknowledged", &id, &provider) + "\n").unwrap();
    warehouse.run_to_end(&Source::File(&input), &[]);
    assert_eq!(states(&warehouse)[&id].0, "open", "feedback alone makes no verdict");
    fs::write(&input, lines(&[first, rest].concat())).unwrap();
    warehouse.run_to_end(&Source::File(&input), &[]);
    assert_eq!(states(&warehouse)[&id].0, "acknowledged");
}
