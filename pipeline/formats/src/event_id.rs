//! Ids of events from sources that give none: 128 bits of a SHA-256 over the parts that make the event.

use sha2::{Digest, Sha256};

/// Bytes of the digest in an id.
const ID_BYTES: usize = 16;

/// Takes the parts of an id. Each goes in with its length before it, so that no two lists of parts read alike.
#[derive(Debug, Clone, Default)]
pub(crate) struct IdDigest(Sha256);

impl IdDigest {
    /// Takes one more part.
    pub(crate) fn add(&mut self, part: &str) {
        self.0.update((part.len() as u64).to_be_bytes());
        self.0.update(part);
    }

    /// The id, in hexadecimal digits.
    pub(crate) fn finish(self) -> String {
        hexadecimal(&self.0.finalize()[..ID_BYTES])
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_letters_in_other_parts_are_another_id() {
        let id = |parts: &[&str]| {
            let mut digest = IdDigest::default();
            parts.iter().for_each(|part| digest.add(part));
            digest.finish()
        };
        assert_eq!(id(&["ab", "c"]), id(&["ab", "c"]));
        assert_ne!(id(&["ab", "c"]), id(&["a", "bc"]));
        assert_ne!(id(&["ab", "c"]), id(&["ab", "c", ""]));
        // SHA-256 of nothing begins so (FIPS 180-4).
        assert_eq!(id(&[]), "e3b0c44298fc1c149afbf4c8996fb924");
    }
}
