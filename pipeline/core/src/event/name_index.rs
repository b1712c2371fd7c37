//! A closed list of names, found in one step: a perfect hash, worked out by the compiler.
//!
//! Every message names a dozen fields out of forty; comparing each with the list one by one was a tenth of decoding.

const SLOTS: usize = 512;
const EMPTY: u8 = u8::MAX;
/// Bytes of a name that are hashed, spread evenly over it.
const HASHED_BYTES: usize = 6;

/// Finds names of a list of at most 255. Where the list has no perfect hash of this form, the program does not compile.
pub(super) struct NameIndex {
    names: &'static [&'static str],
    multiplier: u32,
    slots: [u8; SLOTS],
}

impl NameIndex {
    pub(super) const fn new(names: &'static [&'static str]) -> Self {
        assert!(names.len() < EMPTY as usize);
        let mut multiplier = 1;
        loop {
            if let Some(slots) = place_all(names, multiplier) {
                return Self { names, multiplier, slots };
            }
            multiplier += 2;
            assert!(multiplier < 20_001, "two names agree in length and in all bytes that are hashed");
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

/// Length and [`HASHED_BYTES`] of the name.
#[inline]
const fn slot(name: &[u8], multiplier: u32) -> usize {
    let length = name.len();
    if length == 0 {
        return 0;
    }
    let mut hash = length as u32;
    let mut step = 0;
    while step < HASHED_BYTES {
        hash = hash.wrapping_mul(multiplier).wrapping_add(name[(length - 1) * step / (HASHED_BYTES - 1)] as u32);
        step += 1;
    }
    ((hash ^ (hash >> 9)) as usize) % SLOTS
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
