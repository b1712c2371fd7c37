//! The cases of the ADL conformance suite against the statement validator and against the mapping.

use super::{hints, mapped};
use crate::fixtures::folder;
use crate::xapi::lrs::{Version, validate};
use crate::xapi::map;
use serde_json::{Value, json};
use std::fs;

/// Cases that are judged otherwise than the suite does, each with the reason.
const DIFFERENCES: &[(&str, &str)] = &[];

/// Cases and their number that no difference may exceed.
fn agreement(file: &str, version: Version) {
    let Some(folder) = folder("xapi/lrs-conformance") else { return };
    let text = fs::read_to_string(folder.join(file)).expect("the cases");
    let (mut cases, mut differing) = (0, Vec::new());
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).expect("a case");
        cases += 1;
        let verdict = validate(&case["statement"], version);
        let name = case["case"].as_str().expect("a name").to_owned();
        if verdict.is_ok() != (case["expect"] == "accept") && !DIFFERENCES.iter().any(|(known, _)| *known == name) {
            differing.push(format!("{name} {} {}: {verdict:?}", case["expect"], case["name"]));
        }
        if case["expect"] == "accept" {
            mapped(case["statement"].to_string().as_bytes(), &hints());
        } else {
            // What an LRS refuses may be mapped or refused, but never makes it panic.
            let _taken_or_not = map(case["statement"].to_string().as_bytes(), &hints()).is_ok();
        }
    }
    let named = DIFFERENCES.iter().filter(|(name, _)| text.contains(&format!("\"{name}\""))).count();
    assert!(cases > 500 && named * 100 <= cases, "{named} named differences in {cases} cases");
    assert!(differing.is_empty(), "{} of {cases} cases differ:\n{}", differing.len(), differing.join("\n"));
}

#[test]
fn the_suite_of_1_0_3_agrees() {
    agreement("cases-v1_0_3.jsonl", Version::V1);
}

#[test]
fn the_suite_of_2_0_agrees() {
    agreement("cases-v2_0.jsonl", Version::V2);
}

/// A statement with every property that the standard knows, all of them right.
fn full() -> Value {
    let agent = json!({"objectType": "Agent", "name": "Ann", "account": {"homePage": "https://lms.example.org", "name": "ann"}});
    json!({
        "id": "3f0b7c52-4a5e-4a8f-9d7e-0c1f6f1d2a3b",
        "actor": agent,
        "verb": {"id": "http://adlnet.gov/expapi/verbs/answered", "display": {"en-GB": "answered"}},
        "object": {
            "objectType": "Activity",
            "id": "https://lms.example.org/quiz/1/question/2",
            "definition": {
                "name": {"en": "Two"}, "description": {"en": "What is two?"}, "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
                "moreInfo": "https://lms.example.org/more", "interactionType": "choice", "correctResponsesPattern": ["a"],
                "choices": [{"id": "a", "description": {"en": "2"}}, {"id": "b"}], "extensions": {"https://example.org/x": null}
            }
        },
        "result": {
            "score": {"scaled": 0.5, "raw": 1, "min": 0, "max": 2}, "success": true, "completion": true, "response": "a", "duration": "PT4S",
            "extensions": {}
        },
        "context": {
            "registration": "3f0b7c52-4a5e-4a8f-9d7e-0c1f6f1d2a3c", "instructor": agent, "team": {"objectType": "Group", "member": [agent]},
            "contextActivities": {"parent": {"id": "https://lms.example.org/quiz/1"}, "grouping": [{"id": "https://lms.example.org/course/1"}]},
            "revision": "1", "platform": "LMS", "language": "en", "extensions": {"https://example.org/x": {"a": [null]}},
            "statement": {"objectType": "StatementRef", "id": "3f0b7c52-4a5e-4a8f-9d7e-0c1f6f1d2a3d"}
        },
        "timestamp": "2026-01-05T08:00:00.000Z", "stored": "2026-01-05T08:00:01.000Z", "authority": agent, "version": "1.0.3",
        "attachments": [{
            "usageType": "https://example.org/usage", "display": {"en": "notes"}, "contentType": "text/plain", "length": 3,
            "sha2": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "fileUrl": "https://lms.example.org/notes"
        }]
    })
}

/// Sets the value at a pointer, or removes it.
fn with(pointer: &str, value: Option<Value>) -> Value {
    let mut statement = full();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer below the top");
    let members = statement.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
    match value {
        Some(value) => members.insert(name.to_owned(), value),
        None => members.remove(name),
    };
    statement
}

#[test]
fn a_full_statement_is_accepted_and_each_fault_is_named_by_its_place() {
    assert_eq!(validate(&full(), Version::V1), Ok(()));
    assert_eq!(validate(&full(), Version::V2), Ok(()));
    for missing in ["/actor", "/verb", "/object", "/verb/id", "/object/id", "/actor/account/name", "/attachments/0/sha2"] {
        assert_eq!(validate(&with(missing, None), Version::V1).map_err(|fault| fault.pointer), Err(missing.to_owned()), "{missing}");
    }
    let bad = [
        ("/id", json!("3f0b7c52"), "/id"),
        ("/actor/objectType", json!("agent"), "/actor/objectType"),
        ("/actor/mbox", json!("mailto:ann@example.org"), "/actor/mbox"),
        ("/actor/account/homePage", json!("lms"), "/actor/account/homePage"),
        ("/actor/nickname", json!("A"), "/actor"),
        ("/verb/display/nonsense1", json!("x"), "/verb/display"),
        ("/object/definition/interactionType", json!("Choice"), "/object/definition/interactionType"),
        ("/object/definition/choices", json!([{"id": "a"}, {"id": "a"}]), "/object/definition/choices"),
        ("/object/definition/name", Value::Null, "/object/definition/name"),
        ("/result/score/raw", json!(3), "/result/score/raw"),
        ("/result/score/min", json!(2), "/result/score/min"),
        ("/result/score/scaled", json!(1.01), "/result/score/scaled"),
        ("/result/success", json!("true"), "/result/success"),
        ("/result/duration", json!("P4W1D"), "/result/duration"),
        ("/result/extensions/x", json!(1), "/result/extensions"),
        ("/context/contextActivities/parent", json!([{"id": "q"}]), "/context/contextActivities/parent/0/id"),
        ("/context/contextActivities/child", json!([]), "/context/contextActivities"),
        ("/context/team", json!({"objectType": "Group"}), "/context/team/member"),
        ("/context/language", json!("something"), "/context/language"),
        ("/context/statement/id", json!("1"), "/context/statement/id"),
        ("/timestamp", json!("2026-01-05T08:00:00-00:00"), "/timestamp"),
        ("/stored", json!("2026-01-05"), "/stored"),
        ("/version", json!("1.1.0"), "/version"),
        ("/authority", json!({"objectType": "Group", "member": [{"mbox": "mailto:a@b.c"}]}), "/authority/member"),
        ("/attachments/0/length", json!(-1), "/attachments/0/length"),
        ("/extra", json!(1), ""),
    ];
    for (pointer, value, place) in bad {
        assert_eq!(validate(&with(pointer, Some(value)), Version::V1).map_err(|fault| fault.pointer), Err(place.to_owned()), "{pointer}");
    }
}

#[test]
fn the_editions_differ_where_the_standard_does() {
    let agents = json!([{"objectType": "contextAgent", "agent": {"mbox": "mailto:a@b.c"}, "relevantTypes": ["https://example.org/player"]}]);
    let statement = with("/context/contextAgents", Some(agents));
    assert!(validate(&statement, Version::V1).is_err());
    assert_eq!(validate(&statement, Version::V2), Ok(()));
    let second = with("/version", Some(json!("2.0.0")));
    assert!(validate(&second, Version::V1).is_err());
    assert_eq!(validate(&second, Version::V2), Ok(()));
    let naive = with("/timestamp", Some(json!("2026-01-05T08:00:00")));
    assert_eq!(validate(&naive, Version::V1), Ok(()));
    assert!(validate(&naive, Version::V2).is_err());
    assert_eq!(Version::from_name("1.0"), Some(Version::V1));
    assert_eq!(Version::from_name("2.0.1"), Some(Version::V2));
    assert_eq!([Version::from_name("1.1.0"), Version::from_name("1.0.x"), Version::from_name("0.95")], [None; 3]);
}

#[test]
fn a_sub_statement_follows_the_rules_and_holds_no_further_one() {
    let mut inner = full();
    let members = inner.as_object_mut().expect("an object");
    for name in ["id", "stored", "authority", "version"] {
        members.remove(name);
    }
    members.insert("objectType".to_owned(), json!("SubStatement"));
    let mut statement = with("/object", Some(inner.clone()));
    // Revision and platform are for activities only.
    statement["context"].as_object_mut().expect("an object").retain(|name, _| name != "revision" && name != "platform");
    assert_eq!(validate(&statement, Version::V1), Ok(()));
    let mut nested = statement.clone();
    nested["object"]["object"] = inner;
    nested["object"]["context"] = json!({});
    assert_eq!(validate(&nested, Version::V1).map_err(|fault| fault.pointer), Err("/object/object".to_owned()));
    statement["object"]["id"] = json!("3f0b7c52-4a5e-4a8f-9d7e-0c1f6f1d2a3b");
    assert_eq!(validate(&statement, Version::V1).map_err(|fault| fault.pointer), Err("/object".to_owned()));
}
