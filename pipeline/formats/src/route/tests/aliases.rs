//! The alias map: what it joins, and what it refuses.

use super::super::{AliasChange, AliasFault, AliasRecordFault, Aliases, Format};
use super::{ENROLLED, PLAYED, Router, VIEWED, events, route, router, source};
use serde_json::Value;

const HEAD: &str = "space,id,alias_space,alias_id\n";

fn learner(event: &Value) -> (String, String) {
    ["learner_space", "learner"].map(|field| event["data"][field].as_str().unwrap_or_default().to_owned()).into()
}

#[test]
fn a_number_and_a_uuid_become_one_learner() {
    let sources = [source("lms", Format::Auto)];
    let mut plain = router(&sources, "");
    let numbered = learner(&events(&route(&mut plain, "lms", ENROLLED))[0]);
    let named = learner(&events(&route(&mut plain, "lms", PLAYED))[0]);
    assert_ne!(numbered, named);
    let map = format!("{HEAD}{},{},{},{}\n", numbered.0, numbered.1, named.0, named.1);
    let mut joined = router(&sources, &map);
    for body in [ENROLLED, PLAYED] {
        assert_eq!(learner(&events(&route(&mut joined, "lms", body))[0]), numbered);
    }
    assert_eq!(joined.counts()["lms"].aliased, 1);
}

#[test]
fn a_canonical_event_is_renamed_and_keeps_the_rest() {
    let mut router = router(&[source("own", Format::Canonical)], &format!("{HEAD}sis,007,own,ann\n"));
    let event = events(&route(&mut router, "own", VIEWED)).remove(0);
    assert_eq!(learner(&event), ("sis".to_owned(), "007".to_owned()));
    let mut expected: Value = serde_json::from_str(VIEWED).expect("JSON");
    (expected["data"]["learner_space"], expected["data"]["learner"]) = ("sis".into(), "007".into());
    assert_eq!(event, expected);
}

#[test]
fn aliases_of_aliases_end_at_one_learner_in_any_order_of_rows() {
    let rows = ["a,1,b,2", "b,2,c,3", "c,3,d,4"];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let map = format!("{HEAD}{}\n", order.map(|row| rows[row]).join("\n"));
        let body = VIEWED.replace(r#""ann""#, r#""4""#).replace(r#""learner_space":"own""#, r#""learner_space":"d""#);
        let mut router = router(&[source("own", Format::Canonical)], &map);
        assert_eq!(learner(&events(&route(&mut router, "own", &body))[0]), ("a".to_owned(), "1".to_owned()));
    }
}

#[test]
fn columns_are_found_by_name_and_a_repeated_row_is_no_fault() {
    let map = Aliases::read("\u{feff}alias_id,note,id,space,alias_space\nann,x,7,sis,own\nann,y,7,sis,own\n".as_bytes()).expect("a map");
    assert_eq!((map.len(), map.is_empty()), (1, false));
}

#[test]
fn a_bad_map_is_refused_with_line_and_column_and_no_value() {
    let long = "x".repeat(2000);
    for (rows, said) in [
        ("s,1,s,1\n", "line 2, column `alias_id`: following this alias leads back to it"),
        ("x,9,y,8\na,1,b,2\nb,2,a,1\n", "line 3, column `alias_id`: following this alias leads back to it"),
        ("a,1,b,2\na,3,b,2\n", "line 3, column `alias_id`: this alias stands for another learner in an earlier line"),
        ("a,,b,2\n", "line 2, column `id`: it is empty"),
        ("a,1,b,2\na,1,b,\n", "line 3, column `alias_id`: it is empty"),
        ("a,1,../b,2\n", "line 2, column `alias_space`: it is longer than 1,024 bytes, or holds control characters or a path to a parent"),
        (&format!("{long},1,b,2\n"), "line 2, column `space`: it is longer than 1,024 bytes, or holds control characters or a path to a parent"),
        ("a,1,b\n", "line 2: not as many fields as the first line has, or no UTF-8"),
    ] {
        let error = Aliases::read(format!("{HEAD}{rows}").as_bytes()).expect_err("must be refused");
        assert_eq!(error.to_string(), said, "{rows}");
    }
    let error = Aliases::read(b"space,id,alias\n").expect_err("no column");
    assert_eq!(error.to_string(), "line 1: there is no column `alias_space`; the first line must be space,id,alias_space,alias_id");
}

/// A record of the topic: the alias, and whom it stands for.
fn record(alias: [&str; 2], learner: [&str; 2]) -> (String, String) {
    let [key, value] = [["alias_space", "alias_id"], ["space", "id"]];
    let object = |names: [&str; 2], values: [&str; 2]| serde_json::json!({ names[0]: values[0], names[1]: values[1] }).to_string();
    (object(key, alias), object(value, learner))
}

/// Whom an alias of the space `own` stands for in the end.
fn known_as(aliases: &Aliases, id: &str) -> String {
    let body = VIEWED.replace(r#""ann""#, &format!("{id:?}"));
    let mut router = Router::new([source("own", Format::Canonical)], aliases.clone()).expect("owners agree");
    let (space, id) = learner(&events(&route(&mut router, "own", &body))[0]);
    format!("{space}/{id}")
}

#[test]
fn of_the_records_of_a_topic_the_last_counts_and_one_without_a_value_takes_away() {
    let mut aliases = Aliases::default();
    let take = |aliases: &mut Aliases, alias, learner| {
        let (key, value) = record(alias, learner);
        aliases.take(key.as_bytes(), value.as_bytes()).expect("a good record")
    };
    assert_eq!(take(&mut aliases, ["own", "ann"], ["mail", "ann@example.org"]), AliasChange::Set);
    assert_eq!(known_as(&aliases, "ann"), "mail/ann@example.org");
    assert_eq!(take(&mut aliases, ["own", "ann"], ["sis", "7"]), AliasChange::Set);
    assert_eq!((known_as(&aliases, "ann").as_str(), aliases.len()), ("sis/7", 1));
    assert_eq!(take(&mut aliases, ["sis", "7"], ["", "8"]), AliasChange::Set);
    assert_eq!(known_as(&aliases, "ann"), "/8", "an alias of an alias");
    for (key, left) in
        [(r#"{"alias_space":"sis","alias_id":"7","more":[1]}"#, "sis/7"), (r#"{"alias_id":"ann"}"#, "sis/7"), (&record(["own", "ann"], ["", ""]).0, "own/ann")]
    {
        assert_eq!(aliases.take(key.as_bytes(), b""), Ok(AliasChange::Removed));
        assert_eq!(known_as(&aliases, "ann"), left, "{key}");
    }
    assert!(aliases.is_empty());
}

#[test]
fn who_is_in_a_circle_is_not_joined_until_it_opens() {
    let rows = [(["own", "1"], ["own", "2"]), (["own", "2"], ["own", "3"]), (["own", "3"], ["own", "2"])];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let mut aliases = Aliases::default();
        let changes = order.map(|row| {
            let (key, value) = record(rows[row].0, rows[row].1);
            aliases.take(key.as_bytes(), value.as_bytes()).expect("a good record")
        });
        assert!(changes.contains(&AliasChange::SetInACircle), "{order:?}");
        assert_eq!(["1", "2", "3"].map(|id| known_as(&aliases, id)), ["own/1", "own/2", "own/3"], "{order:?}");
        let (key, value) = record(["own", "3"], ["sis", "7"]);
        assert_eq!(aliases.take(key.as_bytes(), value.as_bytes()), Ok(AliasChange::Set));
        assert_eq!(["1", "2", "3"].map(|id| known_as(&aliases, id)), ["sis/7", "sis/7", "sis/7"], "{order:?}");
    }
}

#[test]
fn a_bad_record_changes_nothing_and_is_told_without_its_values() {
    let mut aliases = Aliases::default();
    let (key, value) = record(["own", "ann"], ["sis", "7"]);
    aliases.take(key.as_bytes(), value.as_bytes()).expect("a good record");
    let field = |name, fault| AliasRecordFault::BadField { name, fault };
    let long = format!(r#"{{"space":"sis","id":"{}"}}"#, "x".repeat(2000));
    for (bad_key, bad_value, fault) in [
        ("", value.as_str(), AliasRecordFault::BadKey),
        ("planted", &value, AliasRecordFault::BadKey),
        (r#"["own","ann"]"#, &value, AliasRecordFault::BadKey),
        (r#"{"alias_space":"own","alias_id":7}"#, &value, AliasRecordFault::BadKey),
        (r#"{"alias_space":"own"}"#, "", AliasRecordFault::BadKey),
        (r#"{"alias_space":"own","alias_id":""}"#, &value, field("alias_id", AliasFault::Empty)),
        (r#"{"alias_space":"../own","alias_id":"ann"}"#, &value, field("alias_space", AliasFault::NoIdentifier)),
        (&key, "planted", AliasRecordFault::BadValue),
        (&key, "null", AliasRecordFault::BadValue),
        (&key, r#"{"space":"sis"}"#, AliasRecordFault::BadValue),
        (&key, &long, field("id", AliasFault::NoIdentifier)),
    ] {
        let error = aliases.take(bad_key.as_bytes(), bad_value.as_bytes()).expect_err("must be refused");
        assert_eq!(error, fault, "{bad_key} {bad_value}");
        assert!(!error.to_string().contains("planted") && !error.to_string().contains("xxx"), "{error}");
    }
    assert_eq!((known_as(&aliases, "ann").as_str(), aliases.len()), ("sis/7", 1));
}
