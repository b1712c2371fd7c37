//! The tail of what was read: the last message before an offset, by which a log is known again after a restart.
//!
//! A topic that was deleted and made anew under its name counts from 0 again, so offsets alone do not tell it from the old one.
//! Each record therefore notes its tail. Reading goes on at the tail of the state image, where the log still has it, and a
//! replay compares the tail of every record that it passes. All that an event costs is that its bytes are remembered; a
//! digest is worked out once a record.

use crate::port::Record as LogRecord;
use teachback_core::checkpoint::Tail;
use teachback_core::event::decode::Header;
use teachback_core::event::validate::Key;
use teachback_core::pseudonym::Door;
use teachback_core::time::EventTime;

/// The last message that was read.
#[derive(Debug, Default)]
pub(crate) struct LastRead {
    known: Known,
    /// What a digest is made of; room that is used again.
    bytes: Vec<u8>,
}

/// How the last message is known.
#[derive(Debug, Default)]
enum Known {
    /// Nothing was read, or by a version that noted no tail.
    #[default]
    Nothing,
    /// As a record of the chain tells it.
    Recorded(Tail),
    /// As the log has just given it; `bytes` holds the rest.
    Read { offset: u64, received: Option<EventTime> },
}

impl LastRead {
    /// What a record says was read last.
    pub(crate) fn recorded(tail: Option<Tail>) -> Self {
        Self { known: tail.map_or(Known::Nothing, Known::Recorded), bytes: Vec::new() }
    }

    /// Remembers a message with those of its headers that were looked at.
    pub(crate) fn remember(&mut self, message: &LogRecord<'_>, headers: &[Header<'_>]) {
        describe(message, headers, &mut self.bytes);
        self.known = Known::Read { offset: message.offset, received: message.received };
    }

    /// The tail that a record notes now.
    pub(crate) fn tail(&self, door: &Door) -> Option<Tail> {
        match &self.known {
            Known::Nothing => None,
            Known::Recorded(tail) => Some(tail.clone()),
            Known::Read { offset, received } => Some(Tail { offset: *offset, received: *received, digest: door.digest(&self.bytes) }),
        }
    }

    /// Whether a message that was read before is the recorded one, where it stands at that place.
    pub(crate) fn agrees_with(&self, message: &LogRecord<'_>, door: &Door) -> bool {
        match &self.known {
            Known::Recorded(tail) if tail.offset == message.offset => {
                // Its headers were looked at or they were not; that the record does not tell.
                [message.headers.fetch(), Vec::new()].iter().any(|headers| {
                    let mut again = Self::default();
                    again.remember(message, headers);
                    again.tail(door).as_ref() == Some(tail)
                })
            }
            Known::Nothing | Known::Recorded(_) | Known::Read { .. } => true,
        }
    }
}

/// Key, headers and body of a message, so that no two messages give the same bytes.
fn describe(message: &LogRecord<'_>, headers: &[Header<'_>], bytes: &mut Vec<u8>) {
    bytes.clear();
    match message.key {
        Key::None => bytes.push(0),
        Key::Missing => bytes.push(1),
        Key::Is(key) => {
            bytes.push(2);
            add(bytes, key);
        }
    }
    bytes.extend_from_slice(&(headers.len() as u64).to_le_bytes());
    for (name, value) in headers {
        add(bytes, name.as_bytes());
        add(bytes, value);
    }
    bytes.extend_from_slice(message.body);
}

fn add(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
    bytes.extend_from_slice(part);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::Partition;
    use teachback_core::event::decode::Headers;
    use teachback_core::pseudonym::PseudonymKey;

    fn message<'a>(key: Key<'a>, headers: Headers<'a>, body: &'a [u8]) -> LogRecord<'a> {
        LogRecord { partition: Partition(0), offset: 7, next: 8, received: Some(EventTime(5)), key, headers, body }
    }

    #[test]
    fn any_part_of_a_message_that_differs_is_noticed_at_its_place_and_only_there() {
        let door = Door::new(&PseudonymKey::new([1; 32]), "w");
        let header = || vec![("a", &b"b"[..])];
        let header = Headers::new(&header);
        let first = message(Key::Is(b"C1"), header, b"body");
        let mut last = LastRead::default();
        assert_eq!(last.tail(&door), None);
        last.remember(&first, &header.fetch());
        let recorded = LastRead::recorded(last.tail(&door));
        assert_eq!(recorded.tail(&door), last.tail(&door));
        assert!(recorded.agrees_with(&first, &door));

        let moved = || vec![("ab", &b""[..])];
        let others = [
            message(Key::Is(b"C2"), header, b"body"),
            message(Key::Missing, header, b"body"),
            message(Key::Is(b"C1"), Headers::new(&moved), b"body"),
            message(Key::Is(b"C1"), Headers::none(), b"body"),
            message(Key::Is(b"C1"), header, b"bodies"),
            LogRecord { received: Some(EventTime(6)), ..message(Key::Is(b"C1"), header, b"body") },
        ];
        for other in &others {
            assert!(!recorded.agrees_with(other, &door), "{other:?}");
        }
        let elsewhere = LogRecord { offset: 6, ..message(Key::Missing, Headers::none(), b"") };
        assert!(recorded.agrees_with(&elsewhere, &door), "of another place nothing is known");
        last.remember(&first, &[]);
        assert!(LastRead::recorded(last.tail(&door)).agrees_with(&first, &door), "its headers were not looked at then");
        let nothing = LastRead::recorded(None);
        assert!(nothing.agrees_with(&first, &door), "an older version noted no tail");
    }
}
