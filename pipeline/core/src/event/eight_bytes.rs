//! Looking at a text eight bytes at a time: most of reading an event is looking for the ends of short strings.
//!
//! The tests for a byte within a word are those of "Bit Twiddling Hacks" (S. E. Anderson). Each sets the high bit of a byte
//! that is sought. A borrow may set one too much, but only behind one that is rightly set.

const ONES: u64 = u64::MAX / 255;
const HIGH: u64 = ONES * 128;

/// Where the first quote stands.
#[inline]
pub(super) fn find_quote(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let differing = u64::from_le_bytes(*word) ^ (ONES * u64::from(b'"'));
        let found = differing.wrapping_sub(ONES) & !differing & HIGH;
        if found != 0 {
            return Some(number * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    rest.iter().position(|byte| *byte == b'"').map(|place| words.len() * 8 + place)
}

/// Whether bytes are printable ASCII without a dot, as nearly all identifiers are.
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    let word_is_plain = |word: u64| {
        let control = word.wrapping_sub(ONES * u64::from(b' '));
        let delete = word.wrapping_add(ONES);
        let dot = (word ^ (ONES * u64::from(b'.'))).wrapping_sub(ONES);
        (word | control | delete | dot) & HIGH == 0
    };
    match bytes.last_chunk::<8>() {
        // The last word may overlap the one before.
        Some(last) => bytes.as_chunks::<8>().0.iter().chain([last]).all(|word| word_is_plain(u64::from_le_bytes(*word))),
        None => bytes.iter().all(|byte| matches!(byte, b' '..=b'~') && *byte != b'.'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn eight_bytes_at_a_time_say_what_each_byte_says(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), 30_u8..50, 125_u8..130], 0..40)) {
            prop_assert_eq!(find_quote(&bytes), bytes.iter().position(|byte| *byte == b'"'));
            prop_assert_eq!(is_plain(&bytes), bytes.iter().all(|byte| (b' '..=b'~').contains(byte) && *byte != b'.'));
        }
    }
}
