//! Bytes of any kind: no panic, and what is taken is canonical.

use super::{assert_canonical, hints};
use crate::xapi::lrs::{Version, validate};
use crate::xapi::map;
use proptest::prelude::*;
use serde_json::Value;
use teachback_core::limits::{MESSAGE_BYTES_MAX, STRING_BYTES_MAX};
use teachback_core::refusal::Reason;

/// Statements of different kinds, as seeds of mutations.
const GOOD: &[&str] = &[
    include_str!("../../../../../schemas/formats/xapi/accepted/video.json"),
    include_str!("../../../../../schemas/formats/xapi/accepted/open_edx-problem_of_two_questions.json"),
    include_str!("../../../../../schemas/formats/xapi/accepted/moodle-quiz_attempt.json"),
    include_str!("../../../../../schemas/formats/xapi/accepted/cmi5.json"),
    include_str!("../../../../../schemas/formats/xapi/accepted/live_session.json"),
];

fn judge(body: &[u8]) {
    if let Ok(mapping) = map(body, &hints()) {
        assert_canonical(&mapping);
    }
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        let _accepted_or_not = validate(&value, Version::V1).is_ok() || validate(&value, Version::V2).is_ok();
    }
}

fn reason(body: &[u8]) -> Reason {
    map(body, &hints()).expect_err("must be refused").reason
}

#[test]
fn garbage_is_refused_with_its_reason() {
    assert_eq!(reason(b""), Reason::EmptyMessage);
    assert_eq!(reason(b" \n"), Reason::EmptyMessage);
    assert_eq!(reason(b"{nonsense"), Reason::BadJson);
    assert_eq!(reason(b"\"text\""), Reason::BadJson);
    assert_eq!(reason(b"{}{}"), Reason::BadJson);
    assert_eq!(reason(b"{\"id\":\"\xff\"}"), Reason::BadUtf8);
    assert_eq!(reason(b"[1]"), Reason::WrongType);
    assert_eq!(reason(br#"{"actor":[]}"#), Reason::WrongType);
    assert_eq!(reason(br#"{"id":12345}"#), Reason::WrongType);
    assert_eq!(reason(b"{}"), Reason::MissingField);
    assert_eq!(reason(&vec![b' '; MESSAGE_BYTES_MAX + 1]), Reason::TooLarge);
    assert_eq!(reason(format!(r#"{{"id":"{}"}}"#, "a".repeat(STRING_BYTES_MAX + 1)).as_bytes()), Reason::StringTooLong);
    assert_eq!(reason(format!(r#"{{"actor":{}1}}"#, r#"{"member":["#.repeat(200)).as_bytes()), Reason::TooDeep);
    assert!(map(b"[]", &hints()).expect("nothing").events.is_empty());
}

#[test]
fn a_deep_value_that_nothing_reads_is_no_trouble() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    judge(format!(r#"{{"actor":{{"mbox":"mailto:a@b.c"}},"verb":{{"id":"v"}},"object":{{"id":"o"}},"attachments":{deep}}}"#).as_bytes());
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        judge(&body);
    }

    #[test]
    fn no_json_like_text_makes_it_panic(body in r#"[\[\]{}",:0-9a-z\\u é-]{0,80}"#) {
        judge(body.as_bytes());
    }

    #[test]
    fn no_damage_to_a_statement_makes_it_panic(seed in 0..GOOD.len(), damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut body = GOOD[seed].as_bytes().to_vec();
        for (at, byte) in damage {
            let at = at.index(body.len());
            body[at] = byte;
        }
        judge(&body);
    }

    #[test]
    fn no_cut_or_doubled_stretch_of_a_statement_makes_it_panic(seed in 0..GOOD.len(), from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>()) {
        let good = GOOD[seed].as_bytes();
        let (from, to) = (from.index(good.len()), to.index(good.len()));
        judge(&[&good[..from], &good[to..]].concat());
    }

    #[test]
    fn no_value_in_place_of_another_makes_it_panic(seed in 0..GOOD.len(), at in any::<prop::sample::Index>(), value in prop::sample::select(vec!["null", "1e308", "-1", "\"\"", "[]", "{}", "true", "\"2026-01-05T08:00:00\"", "\"P1Y\"", "\"../x\"", "\"\\u0000\""])) {
        // A value begins behind a colon; it is cut where its line ends, which is where the examples end it.
        let good = GOOD[seed];
        let colons: Vec<usize> = good.match_indices("\": ").map(|(place, _)| place + 3).collect();
        let start = colons[at.index(colons.len())];
        let line = good[start..].split('\n').next().unwrap_or_default();
        let (line, comma) = line.strip_suffix(',').map_or((line, ""), |line| (line, ","));
        if !line.ends_with(['{', '[']) {
            judge(format!("{}{value}{comma}{}", &good[..start], &good[start + line.len() + comma.len()..]).as_bytes());
        }
    }
}
