//! A refused message as it lies in the topic of dead letters: why and where in plain words, its bytes and headers sealed.
//!
//! One JSON object a record, keyed by the message's place. A message that is routed again after a crash may lie there twice,
//! under the same key.

use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use teachback_core::pseudonym::{Door, PseudonymKey};
use teachback_core::refusal::Refusal;
use teachback_core::sealed::{OpenedMessage, SealedMessage};
use teachback_engine::port::Record;
use teachback_engine::runner::place;
use teachback_formats::route::Message;

/// What dead letters are sealed for, in place of a warehouse: they open wherever the key is.
const SEALED_FOR: &str = "dead letters";

/// The door that seals and opens dead letters.
pub(crate) fn door(key: &PseudonymKey) -> Door {
    Door::new(key, SEALED_FOR)
}

/// A refused message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeadLetter {
    /// The code of the reason.
    pub(crate) reason: String,
    /// The part of the message that is wrong; never a value.
    pub(crate) place: String,
    /// The source.
    pub(crate) source: String,
    /// The topic it lay in.
    pub(crate) topic: String,
    /// Its partition.
    pub(crate) partition: u32,
    /// Its offset.
    pub(crate) offset: u64,
    /// When it was received, RFC 3339.
    pub(crate) received: String,
    /// Its true length in bytes; at most 64 KiB of it are kept.
    pub(crate) length: usize,
    /// HMAC-SHA256 of its bytes, hexadecimal.
    pub(crate) digest: String,
    /// Its bytes, sealed, hexadecimal.
    pub(crate) sealed: String,
    /// Its headers as JSON, sealed, hexadecimal; empty when it had none.
    pub(crate) sealed_headers: String,
}

impl DeadLetter {
    /// The letter of a refused message.
    pub(crate) fn new(door: &Door, topic: &str, record: &Record<'_>, message: &Message<'_>, refusal: &Refusal) -> Self {
        let at = place(topic, record.partition.0, record.offset);
        let sealed = SealedMessage::new(door, &at, &record.headers.fetch(), record.body);
        Self {
            reason: refusal.reason.code().to_owned(),
            place: refusal.place.clone(),
            source: message.effective_source().to_owned(),
            topic: topic.to_owned(),
            partition: record.partition.0,
            offset: record.offset,
            received: message.effective_received().to_string(),
            length: record.body.len(),
            sealed: hex(&sealed.body),
            sealed_headers: sealed.headers.as_deref().map(hex).unwrap_or_default(),
            digest: sealed.digest,
        }
    }

    /// The key of its record.
    pub(crate) fn key(&self) -> String {
        place(&self.topic, self.partition, self.offset)
    }

    /// Its record.
    pub(crate) fn json(&self) -> Result<String, Failure> {
        serde_json::to_string(self).map_err(|error| Failure::new(format!("a dead letter cannot be written: {error}"), "report this"))
    }

    /// Opens it.
    pub(crate) fn open(&self, door: &Door) -> Result<OpenedMessage, Failure> {
        let at = self.key();
        let opened = || {
            let body = unhex(&self.sealed)?;
            let headers = if self.sealed_headers.is_empty() { None } else { Some(unhex(&self.sealed_headers)?) };
            OpenedMessage::new(door, &at, &body, headers.as_deref(), self.length).ok()
        };
        opened().ok_or_else(|| Failure::new(format!("the message at {at} does not open"), "give the pseudonym key that route worked with"))
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]).map(char::from).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| if let [high, low] = pair { Some(digit(*high)? << 4 | digit(*low)?) } else { None }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use teachback_core::event::decode::{Header, Headers};
    use teachback_core::event::validate::Key;
    use teachback_core::refusal::Reason;
    use teachback_core::time::EventTime;
    use teachback_engine::port::Partition;

    fn letter(body: &[u8], headers: &[Header<'_>]) -> DeadLetter {
        let fetch = || headers.to_vec();
        let record =
            Record { partition: Partition(3), offset: 7, next: 8, received: Some(EventTime(0)), key: Key::Missing, headers: Headers::new(&fetch), body };
        let message = Message { source: "lms", headers, body, received: EventTime(0) };
        DeadLetter::new(&door(&PseudonymKey::new([1; 32])), "in", &record, &message, &Refusal::new(Reason::BadJson, "line 1 column 2"))
    }

    #[test]
    fn it_tells_why_and_where_and_hides_the_rest() {
        let letter = letter(b"{ann@example.org", &[("teachback-source", b"app"), ("x", b"ann")]);
        let json = letter.json().expect("JSON");
        assert!(!json.contains("ann"), "{json}");
        assert_eq!((letter.key().as_str(), letter.source.as_str(), letter.length), ("in/3/7", "app", 16));
        assert_eq!(serde_json::from_str::<DeadLetter>(&json).expect("JSON"), letter);
        let opened = letter.open(&door(&PseudonymKey::new([1; 32]))).expect("opens");
        assert_eq!(opened.body, b"{ann@example.org");
        assert_eq!(opened.headers(), [("teachback-source", &b"app"[..]), ("x", b"ann")]);
        assert!(letter.open(&door(&PseudonymKey::new([2; 32]))).is_err(), "another key");
    }

    #[test]
    fn a_long_message_is_cut_and_says_so_and_a_changed_letter_does_not_open() {
        let long = letter(&vec![b'x'; 100_000], &[]);
        let opened = long.open(&door(&PseudonymKey::new([1; 32]))).expect("opens");
        assert_eq!((opened.body.len(), opened.cut, long.length), (65_536, true, 100_000));
        let opened = letter(b"x", &[("long", &[b'x'; 100_000])]).open(&door(&PseudonymKey::new([1; 32]))).expect("opens");
        assert_eq!((opened.body.as_slice(), opened.headers.len(), opened.cut), (&b"x"[..], 0, true));
        for sealed in ["", "0", "zz", "00ff"] {
            assert!(DeadLetter { sealed: sealed.to_owned(), ..long.clone() }.open(&door(&PseudonymKey::new([1; 32]))).is_err());
        }
    }
}
