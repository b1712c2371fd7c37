//! xAPI statements as they come in: checked by the standard, and given an id where they have none.

use super::accepted::{Accepted, Shape, Twins, take_apart, without_twins};
use super::canonical::{Uuid, canonical, fingerprint, id_of, uuid_text};
use super::problem::Problem;
use serde_json::Value;
use teachback_formats::xapi::lrs::{Version, validate};

/// What an LRS sets: two copies of one statement may differ in it (xAPI 1.0.3, Data 2.3.1). The id is compared apart.
const NOT_COMPARED: [&str; 4] = ["authority", "id", "stored", "version"];

/// How statements were sent.
#[derive(Debug, Clone, Copy)]
pub(super) enum Method<'a> {
    /// POST: one or an array, with or without ids.
    Post,
    /// PUT: one, under this id.
    Put(&'a str),
}

/// Who sent statements, under which edition of the standard.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) version: Version,
    pub(super) source: &'a str,
    pub(super) credential: &'a str,
}

/// The statements of a body. `random` gives bytes for the id of a statement without id and time.
///
/// # Errors
/// The first thing that is wrong with any of them.
pub(super) fn read(
    body: &[u8],
    method: Method<'_>,
    context: &Context<'_>,
    mut random: impl FnMut() -> Result<Uuid, Problem>,
) -> Result<Vec<Accepted>, Problem> {
    let shape = match method {
        Method::Post => Shape::Any,
        Method::Put(asked) if !is_uuid(asked) => return Err(Problem::bad("statementId is no UUID")),
        Method::Put(_) => Shape::One,
    };
    let mut records = Vec::new();
    for (pointer, text) in take_apart(body, shape)? {
        let statement: Value =
            serde_json::from_str(text).map_err(|error| Problem::bad(format!("not JSON at line {} column {}", error.line(), error.column())).at(&pointer))?;
        validate(&statement, context.version).map_err(|fault| Problem::bad(fault.problem).at(format!("{pointer}{}", fault.pointer)))?;
        let own_id = statement.get("id").and_then(Value::as_str);
        let (id, bytes) = match (own_id, method) {
            (Some(own), Method::Put(asked)) if !own.eq_ignore_ascii_case(asked) => {
                return Err(Problem::bad("not the statementId of the request").at(format!("{pointer}/id")));
            }
            (Some(own), _) => (own.to_owned(), text.as_bytes().to_vec()),
            (None, Method::Put(asked)) => (asked.to_owned(), with_id(text, asked)),
            (None, Method::Post) => {
                let id = if statement.get("timestamp").is_some() { id_of(context.credential, &statement) } else { random()? };
                let id = uuid_text(&id);
                let bytes = with_id(text, &id);
                (id, bytes)
            }
        };
        records.push(Accepted {
            identity: fingerprint(&["xapi", context.source, &id.to_ascii_lowercase()]),
            content: fingerprint(&[&canonical(&statement, &NOT_COMPARED)]),
            id,
            bytes,
        });
    }
    without_twins(records, Twins::Refused)
}

fn is_uuid(text: &str) -> bool {
    let is_in_place = |(place, byte): (usize, u8)| if matches!(place, 8 | 13 | 18 | 23) { byte == b'-' } else { byte.is_ascii_hexdigit() };
    text.len() == 36 && text.bytes().enumerate().all(is_in_place)
}

/// The text of a statement, which is an object with members, with its id as the first of them.
fn with_id(text: &str, id: &str) -> Vec<u8> {
    let rest = text.split_once('{').map_or("", |(_, rest)| rest);
    format!("{{\"id\":\"{id}\",{rest}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: &str = "7CCF2D21-1BCE-4D6C-9A4C-5D4E9E6C8F01";
    const BODY: &str =
        r#""actor":{"mbox":"mailto:ann@example.org"},"verb":{"id":"http://adlnet.gov/expapi/verbs/answered"},"object":{"id":"http://example.org/q1"}"#;

    fn context() -> Context<'static> {
        Context { version: Version::V1, source: "lms", credential: "moodle" }
    }

    fn post(body: &str) -> Result<Vec<Accepted>, Problem> {
        read(body.as_bytes(), Method::Post, &context(), || Ok([7; 16]))
    }

    #[test]
    fn a_statement_with_an_id_is_kept_byte_for_byte() {
        let text = format!("{{ \"id\":\"{ID}\",\n{BODY} }}");
        let records = post(&format!(" [{text}]\n")).expect("is good");
        assert_eq!((records[0].id.as_str(), records[0].bytes.as_slice()), (ID, text.as_bytes()));
    }

    #[test]
    fn without_an_id_it_gets_one_as_its_first_member_the_same_for_the_same_if_it_has_a_time() {
        let timed = format!(r#"{{"timestamp":"2026-11-21T10:00:00Z",{BODY}}}"#);
        let one = post(&timed).expect("is good").remove(0);
        let again = post(&format!(r#"{{{BODY}, "timestamp" : "2026-11-21T10:00:00Z"}}"#)).expect("is good").remove(0);
        assert_eq!((&one.id, one.identity, one.content), (&again.id, again.identity, again.content));
        assert_eq!(one.bytes, format!(r#"{{"id":"{}",{}"#, one.id, &timed[1..]).into_bytes());
        let other = Context { credential: "other", ..context() };
        assert_ne!(read(timed.as_bytes(), Method::Post, &other, || Ok([7; 16])).expect("is good")[0].id, one.id);
        assert_eq!(post(&format!("{{{BODY}}}")).expect("is good")[0].id, uuid_text(&[7; 16]));
    }

    #[test]
    fn what_a_store_adds_makes_no_other_content_and_an_answer_does() {
        let said = |more: &str| post(&format!(r#"{{"id":"{ID}",{BODY}{more}}}"#)).expect("is good").remove(0);
        let plain = said("");
        assert_eq!(said(r#","stored":"2026-11-21T10:00:00Z","version":"1.0.0""#).content, plain.content);
        let answered = said(r#","result":{"response":"a"}"#);
        assert_ne!(answered.content, plain.content);
        assert_eq!(answered.identity, plain.identity);
    }

    #[test]
    fn one_bad_statement_refuses_all_with_its_place() {
        let good = format!(r#"{{"id":"{ID}",{BODY}}}"#);
        let refused = |body: &str| {
            let problem = post(body).expect_err("is refused");
            (problem.status.as_u16(), problem.pointer)
        };
        assert_eq!(refused(&format!(r#"[{good},{{"actor":{{}}}}]"#)).0, 400);
        assert!(refused(&format!(r#"[{good},{{"actor":{{}}}}]"#)).1.is_some_and(|pointer| pointer.starts_with("/1")));
        assert_eq!(refused(&format!("[{good},{}]", good.to_ascii_lowercase())), (400, Some("/1/id".to_owned())), "one id twice");
        assert_eq!(refused(&format!("[{good},3]")), (400, Some("/1".to_owned())));
        assert_eq!(refused("{"), (400, None));
        assert_eq!(refused(&format!(r#"{{"id":"{ID}",{BODY},"result":{{"response":"{}"}}}}"#, "a".repeat(1 << 20))).0, 413);
    }

    #[test]
    fn a_put_is_one_statement_under_the_id_asked_for() {
        let put = |body: &str| read(body.as_bytes(), Method::Put(ID), &context(), || Ok([7; 16]));
        assert_eq!(put(&format!("{{{BODY}}}")).expect("is good")[0].bytes, format!(r#"{{"id":"{ID}",{BODY}}}"#).into_bytes());
        assert!(put(&format!(r#"{{"id":"{}",{BODY}}}"#, ID.to_ascii_lowercase())).is_ok());
        assert_eq!(put(&format!(r#"{{"id":"{}",{BODY}}}"#, ID.replace('7', "8"))).expect_err("another id").pointer.as_deref(), Some("/id"));
        assert!(put(&format!("[{{{BODY}}}]")).is_err());
        assert!(read(format!("{{{BODY}}}").as_bytes(), Method::Put("\",\"x\":\""), &context(), || Ok([7; 16])).is_err(), "no UUID");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _refused_or_not = read(&body, Method::Post, &context(), || Ok([7; 16])).is_ok();
        }

        #[test]
        fn no_damage_to_a_statement_makes_it_panic(at in 0..BODY.len(), byte in any::<u8>()) {
            let mut body = format!("[{{{BODY}}}]").into_bytes();
            body[at] = byte;
            let _refused_or_not = read(&body, Method::Post, &context(), || Ok([7; 16])).is_ok();
        }
    }
}
