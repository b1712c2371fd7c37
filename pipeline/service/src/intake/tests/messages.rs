//! What is taken, what is refused, and what is written.

use super::client::Request;
use super::{EVENT, STATEMENT, running, settings};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::Write;
use teachback_connectors::inbox::Family;

const ID: &str = "7ccf2d21-1bce-4d6c-9a4c-5d4e9e6c8f01";
const POST: &str = "POST /xapi/statements";

fn with_id(id: &str, response: &str) -> String {
    format!(r#"{{"id":"{id}","result":{{"response":"{response}"}},{}"#, &STATEMENT[1..])
}

#[test]
fn statements_are_written_with_their_scope_and_answered_with_their_ids() {
    let running = running(settings());
    let answer = running.ask(&Request::statements(POST, format!("[{},{STATEMENT}]", with_id(ID, "a"))));
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("x-experience-api-version"), Some("1.0.3"));
    let ids = answer.json();
    assert_eq!(ids[0], ID);
    let records = running.inbox.records();
    assert!(records.iter().all(|record| (record.family, record.source.as_str(), record.credential.as_str()) == (Family::Xapi, "lms", "moodle")));
    let made = format!(r#"{{"id":{},{}"#, ids[1], &STATEMENT[1..]);
    assert_eq!(running.written(), [with_id(ID, "a"), made]);

    let by_basic = "Basic YW5uOmEtcGFzc3dvcmQtbG9uZy1lbm91Z2g=";
    let put = Request::statements(&format!("PUT /xapi/statements?statementId={}", ID.replace('7', "8")), STATEMENT).with("authorization", by_basic);
    let answer = running.ask(&put);
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert_eq!(running.inbox.records().pop().map(|record| record.credential).as_deref(), Some("player"));
}

#[test]
fn one_bad_statement_keeps_the_whole_batch_out() {
    let running = running(settings());
    let answer = running.ask(&Request::statements(POST, format!(r#"[{},{{"actor":{{"mbox":"mailto:bob@example.org"}}}}]"#, with_id(ID, "a"))));
    assert_eq!(answer.status, 400);
    let error = &answer.json()["error"];
    assert!(error["pointer"].as_str().is_some_and(|pointer| pointer.starts_with("/1")), "{error}");
    assert!(error["reason"].as_str().is_some_and(|reason| !reason.is_empty() && !reason.contains("bob")), "{error}");
    assert_eq!(running.written(), [""; 0]);
}

#[test]
fn a_repeat_is_fine_and_a_conflict_is_refused() {
    let running = running(settings());
    for _ in 0..2 {
        let answer = running.ask(&Request::statements(POST, with_id(ID, "a")));
        assert_eq!((answer.status, answer.json()), (200, json!([ID])));
    }
    let other_case = with_id(&ID.to_uppercase(), "b");
    let answer = running.ask(&Request::statements(POST, format!("[{STATEMENT},{other_case}]")));
    assert_eq!((answer.status, answer.json()["error"]["pointer"].as_str()), (409, Some("/1/id")));
    assert_eq!(running.written(), [with_id(ID, "a")]);
}

#[test]
fn headers_are_those_of_xapi() {
    let running = running(settings());
    let good = Request::statements(POST, STATEMENT);
    for version in ["", "0.95", "1.1.0", "3.0.0"] {
        assert_eq!(running.ask(&good.clone().with("x-experience-api-version", version)).status, 400, "{version}");
    }
    let in_v2 = running.ask(&good.clone().with("x-experience-api-version", "2.0.0"));
    assert_eq!((in_v2.status, in_v2.header("x-experience-api-version")), (200, Some("2.0.0")));
    assert_eq!(running.ask(&good.clone().with("content-type", "text/plain")).status, 400);
    assert_eq!(running.ask(&good.clone().with("content-type", "application/json; charset=utf-8")).status, 200);
    assert_eq!(running.ask(&good.clone().with("content-encoding", "br")).status, 415);
    assert_eq!(running.ask(&Request::statements("POST /xapi/statements?statementId=x", STATEMENT)).status, 400);
    assert_eq!(running.ask(&Request::statements("PUT /xapi/statements", STATEMENT)).status, 400);
}

#[test]
fn only_known_credentials_send_and_anybody_asks_what_this_is() {
    let running = running(settings());
    for authorization in ["", "Bearer wrong", "Basic YW5uOndyb25n", "Digest x"] {
        let answer = running.ask(&Request::statements(POST, STATEMENT).with("authorization", authorization));
        assert_eq!(answer.status, 401, "{authorization}");
        assert!(answer.header("www-authenticate").is_some());
        assert_eq!(running.ask(&Request::events("application/cloudevents+json", EVENT).with("authorization", authorization)).status, 401);
    }
    assert_eq!(running.written(), [""; 0]);
    let get = |path: &str| running.ask(&Request::new(&format!("GET {path}"), ""));
    assert_eq!(get("/xapi/about").json()["version"], json!(["1.0.3", "2.0.0"]));
    assert_eq!(get("/health").json(), json!({"status": "ok"}));
    assert_eq!(get("/xapi/activities/state").status, 404);
    let reading = get("/xapi/statements");
    assert_eq!((reading.status, reading.header("allow")), (405, Some("POST, PUT")));
}

#[test]
fn events_come_one_by_one_or_in_batches() {
    let running = running(settings());
    let second = EVENT.replace("e1", "e2");
    let one = running.ask(&Request::events("application/cloudevents+json; charset=utf-8", EVENT));
    assert_eq!((one.status, one.json()), (200, json!({"accepted": 1})));
    let batch = running.ask(&Request::events("application/cloudevents-batch+json", format!("[{EVENT},{second}]")));
    assert_eq!((batch.status, batch.json()), (200, json!({"accepted": 2})));
    assert_eq!(running.written(), [EVENT, second.as_str()], "the first is not written again");
    let bad = running.ask(&Request::events("application/cloudevents-batch+json", format!("[{},{{}}]", EVENT.replace("e1", "e3"))));
    assert_eq!((bad.status, bad.json()["error"]["pointer"].as_str()), (400, Some("/1")));
    let conflict = running.ask(&Request::events("application/cloudevents+json", EVENT.replace("1.5", "2.5")));
    assert_eq!(conflict.status, 409);
    let other =
        running.ask(&Request::events("application/cloudevents+json", EVENT.replace("e1", "e4").replace("\"learner\"", "\"provider\":\"OrgY\",\"learner\"")));
    assert_eq!(other.status, 403);
    assert_eq!(running.ask(&Request::events("application/json", EVENT)).status, 415);
    assert_eq!(running.written().len(), 2);
}

#[test]
fn packed_statements_are_unpacked() {
    let running = running(settings());
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(with_id(ID, "a").as_bytes()).expect("memory");
    let gzip = Request::statements(POST, gzip.finish().expect("memory")).with("content-encoding", "gzip");
    assert_eq!(running.ask(&gzip).status, 200);
    let parts = format!("--b\r\nContent-Type: application/json\r\n\r\n{}\r\n--b\r\nContent-Type: text/plain\r\n\r\nsecret\r\n--b--\r\n", with_id(ID, "a"));
    let parts = Request::statements(POST, parts).with("content-type", "multipart/mixed; boundary=b");
    let answer = running.ask(&parts);
    assert_eq!((answer.status, answer.json()), (200, json!([ID])));
    assert_eq!(running.written(), [with_id(ID, "a")]);
    assert_eq!(running.ask(&parts.with("content-type", "multipart/mixed")).status, 400);
}

#[test]
fn browsers_of_known_origins_may_send() {
    let running = running(settings());
    let ask = |origin: &str| {
        let request = Request::new("OPTIONS /xapi/statements", "").with("origin", origin).with("access-control-request-method", "POST");
        running.ask(&request.with("access-control-request-headers", "authorization,content-type,x-experience-api-version"))
    };
    let known = ask("https://player.example.org");
    assert_eq!((known.status, known.header("access-control-allow-origin")), (200, Some("https://player.example.org")));
    assert!(known.header("access-control-allow-headers").is_some_and(|headers| headers.contains("x-experience-api-version")));
    assert_eq!(ask("https://evil.example.org").header("access-control-allow-origin"), None);
}

#[test]
fn the_description_names_what_is_served() {
    let running = running(settings());
    let description = running.ask(&Request::new("GET /openapi.json", "")).json();
    let paths = description["paths"].as_object().expect("paths");
    for (path, operations) in paths {
        for method in operations.as_object().expect("operations").keys().filter(|name| *name != "parameters") {
            let status = running.ask(&Request::new(&format!("{} {path}", method.to_uppercase()), "")).status;
            assert!(![404, 405].contains(&status), "{method} {path}: {status}");
            let described = &operations[method]["responses"];
            assert!(described.get(status.to_string()).is_some(), "{method} {path}: {status} is not described");
        }
    }
    let served: Vec<&str> = paths.keys().map(String::as_str).collect();
    assert_eq!(served, ["/events", "/health", "/openapi.json", "/xapi/about", "/xapi/statements"]);
    assert_eq!(description["openapi"], Value::from("3.1.0"));
}
