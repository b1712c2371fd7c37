//! A closed list of names, found in one step: a perfect hash, worked out by the compiler.
//!
//! Every message names a dozen fields out of forty; comparing each with the list one by one was a tenth of decoding.

/// Slots are numbered by this many bits of the hash, the upper ones.
const SLOT_BITS: u32 = 9;
const SLOTS: usize = 1 << SLOT_BITS;
const EMPTY: u8 = u8::MAX;

/// Finds names of a list of at most 255. Where the list has no perfect hash of this form, the program does not compile.
pub(super) struct NameIndex {
    names: &'static [&'static str],
    multiplier: u32,
    slots: [u8; SLOTS],
}

impl NameIndex {
    pub(super) const fn new(names: &'static [&'static str]) -> Self {
        assert!(names.len() < EMPTY as usize);
        // The golden ratio's share of 2³², and then other odd numbers.
        let mut multiplier = 0x9e37_79b9_u32;
        let mut tries = 0;
        loop {
            if let Some(slots) = place_all(names, multiplier) {
                return Self { names, multiplier, slots };
            }
            multiplier = multiplier.wrapping_add(2);
            tries += 1;
            assert!(tries < 10_000, "two names agree in length and in all bytes that are hashed");
        }
    }

    /// The place of a name in the list.
    #[inline]
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let place = self.slots[slot(name.as_bytes(), self.multiplier)] as usize;
        self.names.get(place).filter(|known| **known == name).map(|_| place)
    }
}

const fn place_all(names: &[&str], multiplier: u32) -> Option<[u8; SLOTS]> {
    let mut slots = [EMPTY; SLOTS];
    let mut place = 0;
    while place < names.len() {
        let slot = slot(names[place].as_bytes(), multiplier);
        if slots[slot] != EMPTY {
            return None;
        }
        slots[slot] = place as u8;
        place += 1;
    }
    Some(slots)
}

/// Hashes the length of a name and three stretches of four bytes: at its beginning, from five eighths on, at its end.
#[inline]
const fn slot(name: &[u8], multiplier: u32) -> usize {
    let length = name.len();
    let mut hash = length as u32;
    if length < 4 {
        let mut at = 0;
        while at < length {
            hash = (hash ^ name[at] as u32).wrapping_mul(multiplier);
            at += 1;
        }
    } else {
        let last = length - 4;
        let middle = if length * 5 / 8 < last { length * 5 / 8 } else { last };
        hash = (hash ^ four_bytes(name, 0)).wrapping_mul(multiplier);
        hash = (hash ^ four_bytes(name, middle)).wrapping_mul(multiplier);
        hash = (hash ^ four_bytes(name, last)).wrapping_mul(multiplier);
    }
    (hash >> (u32::BITS - SLOT_BITS)) as usize
}

#[inline]
const fn four_bytes(name: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([name[at], name[at + 1], name[at + 2], name[at + 3]])
}

#[cfg(test)]
mod tests {
    use super::super::{EventType, fields::Field};

    #[test]
    fn every_name_is_found_and_no_other() {
        for field in Field::ALL {
            assert_eq!(Field::from_name(field.name()), Some(*field));
        }
        for event_type in EventType::ALL {
            assert_eq!(EventType::from_name(event_type.name()), Some(*event_type));
        }
        for other in ["", "x", "scores", "Score", "learning.content.viewed.v2"] {
            assert_eq!((Field::from_name(other), EventType::from_name(other)), (None, None));
        }
    }
}
