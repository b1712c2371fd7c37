//! An xAPI client library from a package registry, as it is, sends statements to the intake, and they arrive in the tables.

use super::routes::{Door, write_config};
use integration_tests::broker::Broker;
use integration_tests::intake::{PASSWORD, Place, USER};
use integration_tests::python::Python;
use integration_tests::service::Home;
use integration_tests::{or_skip, producer, table};
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
    let questions = [1, 2, 3, 4].map(|number| format!("https://lms.example.org/q/{number}"));
    assert_eq!(sent, questions);
    assert_eq!(told["posted"]["ids"], told["again"]["ids"], "a repeat without an id but with a time is the same statement");
    assert_eq!(statements.len(), 4);
    assert!(statements.values().all(|statement| statement["result"] == json!({"success": true, "response": "a"})));

    let (topic, warehouse) = (broker.create_log("library-events", 2), home.warehouse("library"));
    let config = write_config(&home, "library", broker, &topic, &[Door { name: "lms", format: "xapi", topic: &place.statements, more: "" }], "");
    let path = warehouse.path().display().to_string();
    let _said = home.run(["run", "--config", &config, "--warehouse", &path, "--group", "library", "--until-end"]).ok();
    warehouse.assert_audited();
    let contents = table::rows(&warehouse.export("content_quality"));
    let contents: Vec<_> = contents.iter().map(|row| (&row["course"][..], &row["content"])).collect();
    assert_eq!(contents, questions.each_ref().map(|question| ("https://lms.example.org/course/1", question)));
    let items = table::rows(&warehouse.export("item_quality"));
    let answered: Vec<_> = items.iter().map(|row| (&row["item"], table::count(row, "answers"), table::count(row, "learners_correct"))).collect();
    assert_eq!(answered, questions.each_ref().map(|question| (question, 1, 1)));
}
