//! One spelling for equal JSON, and what is made from it: ids of statements without one, and digests to compare contents.

use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// The namespace of URLs (RFC 9562 §6.6).
const NAMESPACE_URL: [u8; 16] = [0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8];
/// What stands before a credential's name in the name of its namespace.
const CREDENTIAL_URN: &str = "urn:teachback:credential:";

/// A UUID.
pub(super) type Uuid = [u8; 16];
/// The first half of a SHA-256.
pub(super) type Fingerprint = [u8; 16];

/// JSON without spaces, the members of each object in byte order of their names, those of the top named in `leave_out`
/// left out.
pub(super) fn canonical(value: &Value, leave_out: &[&str]) -> String {
    let mut text = String::new();
    write(&mut text, value, leave_out);
    text
}

fn write(text: &mut String, value: &Value, leave_out: &[&str]) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().filter(|(name, _)| !leave_out.contains(&name.as_str())).collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (place, (name, value)) in members.into_iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(text, value, &[]);
            }
            text.push('}');
        }
        Value::Array(elements) => {
            text.push('[');
            for (place, element) in elements.iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                write(text, element, &[]);
            }
            text.push(']');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

/// The id of a statement that has none but a timestamp: the same statement of the same credential gets the same id.
pub(super) fn id_of(credential: &str, statement: &Value) -> Uuid {
    let namespace = uuid5(&NAMESPACE_URL, format!("{CREDENTIAL_URN}{credential}").as_bytes());
    uuid5(&namespace, canonical(statement, &[]).as_bytes())
}

/// A name-based UUID (RFC 9562 §5.5).
fn uuid5(namespace: &Uuid, name: &[u8]) -> Uuid {
    let digest = Sha1::new().chain_update(namespace).chain_update(name).finalize();
    let mut uuid = [0; 16];
    uuid.copy_from_slice(&digest[..16]);
    marked(uuid, 5)
}

/// A random UUID (RFC 9562 §5.4) of random bytes.
pub(super) fn uuid4(random: [u8; 16]) -> Uuid {
    marked(random, 4)
}

fn marked(mut uuid: Uuid, version: u8) -> Uuid {
    uuid[6] = uuid[6] & 0x0f | version << 4;
    uuid[8] = uuid[8] & 0x3f | 0x80;
    uuid
}

/// A UUID as text.
pub(super) fn uuid_text(uuid: &Uuid) -> String {
    let mut text = String::with_capacity(36);
    for (place, byte) in uuid.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for nibble in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(nibble), 16));
        }
    }
    text
}

/// A fingerprint of parts, told apart from the same bytes cut elsewhere.
pub(super) fn fingerprint(parts: &[&str]) -> Fingerprint {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    let mut fingerprint = [0; 16];
    fingerprint.copy_from_slice(&digest.finalize()[..16]);
    fingerprint
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn equal_json_has_one_spelling() {
        let one: Value = serde_json::from_str(r#"{ "b": [1, {"y":2,"x":"é\u0041"}], "a": null, "stored": 1 }"#).expect("JSON");
        assert_eq!(canonical(&one, &["stored"]), r#"{"a":null,"b":[1,{"x":"éA","y":2}]}"#);
        assert_eq!(canonical(&json!({"a": {"stored": 1}}), &["stored"]), r#"{"a":{"stored":1}}"#, "left out at the top only");
    }

    /// Python: `uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, "urn:teachback:credential:moodle"), '{"a":1,"b":"x"}')`.
    #[test]
    fn an_id_is_what_another_implementation_makes_of_the_same_name() {
        assert_eq!(uuid_text(&uuid5(&NAMESPACE_URL, b"python.org")), "7af94e2b-4dd9-50f0-9c9a-8a48519bdef0");
        assert_eq!(uuid_text(&id_of("moodle", &json!({"b": "x", "a": 1}))), "03da90fd-d5f8-5ddb-aab1-35918997af5c");
    }

    #[test]
    fn a_random_id_is_marked_as_one() {
        assert_eq!(uuid_text(&uuid4([0xff; 16])), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
