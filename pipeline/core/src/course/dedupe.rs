//! Ids seen, as keyed 64-bit fingerprints, for as long as their time could still be accepted.
//!
//! A repeat carries the time of its original, so once the bound has passed that time the repeat is late and the
//! fingerprint can go. Among n ids alive at once in one source of one course the chance that a new id is taken for a
//! repeat is n / 2^64: one event in 10^11 at n = 10^8.

use crate::time::{EventTime, Hour};
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use rapidhash::v3::{RapidSecrets, rapidhash_v3_seeded};
use serde::{Deserialize, Serialize};

/// Whether an id was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// For the first time.
    New,
    /// Before, with the same content.
    Again,
    /// Before, with another time or body.
    Conflict,
}

/// What is noted of an id.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Note {
    /// Tells another time or body.
    check: u32,
    /// Hour of its event time.
    hour: Hour,
}

/// The ids of one source.
///
/// An id behind the floor counts as forgotten at once; its room is taken back when the table would otherwise grow. So
/// forgetting costs a look at each id now and then, in the order of memory, and no list by time.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Fingerprints {
    notes: HashMap<u64, Note>,
    floor: Option<Hour>,
    /// The floor when room was last taken back.
    swept: Option<Hour>,
}

impl Fingerprints {
    /// Takes note of an id.
    pub fn see(&mut self, id: &str, time: EventTime, body: &[u8], secrets: &RapidSecrets) -> Seen {
        let fingerprint = rapidhash_v3_seeded(id.as_bytes(), secrets);
        let check = (rapidhash_v3_seeded(body, secrets) ^ time.0 as u64) as u32;
        let note = Note { check, hour: time.hour() };
        if self.notes.len() == self.notes.capacity() && self.swept != self.floor {
            let floor = self.floor;
            self.notes.retain(|_, note| is_live(note, floor));
            self.swept = floor;
        }
        match self.notes.entry(fingerprint) {
            Entry::Occupied(entry) if is_live(entry.get(), self.floor) => {
                if entry.get().check == check {
                    Seen::Again
                } else {
                    Seen::Conflict
                }
            }
            Entry::Occupied(mut entry) => {
                entry.insert(note);
                Seen::New
            }
            Entry::Vacant(entry) => {
                entry.insert(note);
                Seen::New
            }
        }
    }

    /// Forgets whole hours that end at or before the bound.
    pub fn forget_before(&mut self, bound: EventTime) {
        self.floor = self.floor.max(Some(bound.hour()));
    }
}

fn is_live(note: &Note, floor: Option<Hour>) -> bool {
    floor.is_none_or(|floor| note.hour >= floor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::HOUR;

    #[test]
    fn a_repeat_is_told_from_a_conflict_and_forgotten_with_its_hour() {
        let mut seen = Fingerprints::default();
        let secrets = RapidSecrets::seed(7);
        let time = EventTime(5 * HOUR);
        assert_eq!(seen.see("e1", time, b"body", &secrets), Seen::New);
        assert_eq!(seen.see("e1", time, b"body", &secrets), Seen::Again);
        assert_eq!(seen.see("e1", time, b"other", &secrets), Seen::Conflict);
        seen.forget_before(EventTime(6 * HOUR - 1));
        assert_eq!(seen.see("e1", time, b"body", &secrets), Seen::Again);
        seen.forget_before(EventTime(6 * HOUR));
        assert_eq!(seen.see("e1", EventTime(6 * HOUR), b"other", &secrets), Seen::New);
    }

    #[test]
    fn room_is_taken_back() {
        let mut seen = Fingerprints::default();
        let secrets = RapidSecrets::seed(7);
        for number in 0..100_000_i64 {
            let time = EventTime(number * HOUR / 100);
            seen.see(&number.to_string(), time, b"", &secrets);
            seen.forget_before(time.plus(-HOUR));
        }
        assert!(seen.notes.capacity() < 1_000, "{}", seen.notes.capacity());
    }
}
