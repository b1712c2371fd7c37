//! Ids seen, as keyed 64-bit fingerprints, for as long as their time could still be accepted.
//!
//! A repeat carries the time of its original, so once the bound has passed that time the repeat is late and the
//! fingerprint can go. Among n ids alive at once in one source of one course the chance that a new id is taken for a
//! repeat is n / 2^64: one event in 10^11 at n = 10^8.

use crate::time::{EventTime, Hour};
use hashbrown::HashMap;
use rapidhash::v3::{RapidSecrets, rapidhash_v3_seeded};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

/// The ids of one source.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Fingerprints {
    /// Fingerprint of the id → a check of time and body.
    checks: HashMap<u64, u32>,
    /// The fingerprints by hour of event time, so that an hour is forgotten at once.
    hours: BTreeMap<Hour, Vec<u64>>,
}

impl Fingerprints {
    /// Takes note of an id.
    pub fn see(&mut self, id: &str, time: EventTime, body: &[u8], secrets: &RapidSecrets) -> Seen {
        let fingerprint = rapidhash_v3_seeded(id.as_bytes(), secrets);
        let check = (rapidhash_v3_seeded(body, secrets) ^ time.0 as u64) as u32;
        match self.checks.entry(fingerprint) {
            hashbrown::hash_map::Entry::Occupied(entry) if *entry.get() == check => Seen::Again,
            hashbrown::hash_map::Entry::Occupied(_) => Seen::Conflict,
            hashbrown::hash_map::Entry::Vacant(entry) => {
                entry.insert(check);
                self.hours.entry(time.hour()).or_default().push(fingerprint);
                Seen::New
            }
        }
    }

    /// Forgets whole hours that end at or before the bound.
    pub fn forget_before(&mut self, bound: EventTime) {
        while let Some(entry) = self.hours.first_entry()
            && *entry.key() < bound.hour()
        {
            for fingerprint in entry.remove() {
                self.checks.remove(&fingerprint);
            }
        }
    }

    /// How many ids are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.checks.len()
    }

    /// Whether none is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.checks.is_empty()
    }
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
        assert_eq!(seen.len(), 1);
        seen.forget_before(EventTime(6 * HOUR));
        assert!(seen.is_empty());
    }
}
