//! An xAPI client library from a package registry, as it is, sends statements to the intake, and they are in the topic.

use integration_tests::broker::Broker;
use integration_tests::intake::{PASSWORD, Place, USER};
use integration_tests::python::Python;
use integration_tests::service::Home;
use integration_tests::{or_skip, producer};
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[test]
fn an_xapi_library_sends_statements() {
    let Some(clients) = or_skip("Python with the xAPI library tincan", Python::of("clients")) else { return };
    let Some(broker) = Broker::shared() else { return };
    let home = Home::new();
    let place = Place::new(&home, broker, "library");
    let _intake = place.start();
    let told = clients.run("send_statements.py", [&format!("http://{}/xapi/", place.address), USER, PASSWORD]);
    let statuses = ["posted", "put", "batch", "again", "refused"].map(|name| told[name]["status"].as_u64().unwrap());
    assert_eq!(statuses, [200, 204, 200, 200, 401], "{told}");

    let statements: BTreeMap<String, Value> = producer::read_committed(broker, &place.statements)
        .into_iter()
        .map(|message| serde_json::from_slice::<Value>(&message.payload.unwrap()).unwrap())
        .map(|statement| (statement["id"].as_str().unwrap().to_owned(), statement))
        .collect();
    let question = |id: &Value| statements[id.as_str().unwrap()]["object"]["id"].as_str().unwrap().to_owned();
    let ids = |name: &str| told[name]["ids"].as_array().unwrap().clone();
    let sent: Vec<String> = ["posted", "put", "batch"].into_iter().flat_map(ids).map(|id| question(&id)).collect();
    assert_eq!(sent, [1, 2, 3, 4].map(|number| format!("https://lms.example.org/q/{number}")));
    assert_eq!(told["posted"]["ids"], told["again"]["ids"], "a repeat without an id but with a time is the same statement");
    assert_eq!(statements.len(), 4);
    assert!(statements.values().all(|statement| statement["result"] == json!({"success": true, "response": "a"})));
}
