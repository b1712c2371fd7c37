//! The door for identities: learner ids become pseudonyms, refused bytes are sealed, and nothing else sees the key.
//!
//! - pseudonym: first 128 bits of HMAC-SHA256(key, space ‖ 0x00 ‖ learner). The same person in two identity spaces has
//!   two pseudonyms.
//! - sealing: AES-256-GCM-SIV under a key derived by HKDF-SHA256 from the pseudonym key and the warehouse id; the place
//!   of the message is associated data and gives the nonce, so the same message at the same place seals to the same bytes.
//! - digest: HMAC-SHA256 under a third derived key instead of a plain hash, which could be guessed.

use crate::limits::SEALED_BYTES_MAX;
use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use rapidhash::v3::{RapidSecrets, rapidhash_v3_seeded};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::fmt;

type HmacSha256 = Hmac<Sha256>;

/// A learner, as everything behind the door knows him.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Pseudonym(pub u128);

impl fmt::Display for Pseudonym {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:032x}", self.0)
    }
}
impl fmt::Debug for Pseudonym {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}")
    }
}

/// The pseudonym key: 32 secret bytes. `Debug` never shows them.
#[derive(Clone)]
pub struct PseudonymKey([u8; 32]);

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PseudonymKey(secret)")
    }
}

impl PseudonymKey {
    /// A key from its bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads a key as written by [`Self::to_hex`]: 64 hexadecimal digits, white space around them ignored.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        let mut bytes = [0; 32];
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// The key as 64 hexadecimal digits, for the key file.
    #[must_use]
    pub fn to_hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// A value that tells whether two runs used the same key, and nothing else about it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let tag = mac(&self.0, &[b"teachback key fingerprint"]);
        tag[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Makes pseudonyms and seals bytes for one warehouse.
#[derive(Clone)]
pub struct Door {
    pseudonyms: HmacSha256,
    digests: HmacSha256,
    cipher: Aes256GcmSiv,
    fingerprints: RapidSecrets,
    second_fingerprints: RapidSecrets,
}

impl fmt::Debug for Door {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Door(secret)")
    }
}

/// The sealed bytes cannot be opened: another key or warehouse, or they were changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("sealed bytes do not open with this pseudonym key")]
pub struct CannotOpen;

impl Door {
    /// The door of a warehouse.
    #[must_use]
    pub fn new(key: &PseudonymKey, warehouse_id: &str) -> Self {
        let derive = |purpose: &str| {
            let mut bytes = [0; 32];
            // HKDF fails only for outputs beyond 8,160 bytes.
            let expanded = Hkdf::<Sha256>::new(Some(warehouse_id.as_bytes()), &key.0).expand(purpose.as_bytes(), &mut bytes);
            debug_assert!(expanded.is_ok());
            bytes
        };
        let secrets = |purpose: &str| {
            let mut first = [0; 8];
            first.copy_from_slice(&derive(purpose)[..8]);
            RapidSecrets::seed(u64::from_le_bytes(first))
        };
        Self {
            pseudonyms: keyed(&key.0),
            digests: keyed(&derive("teachback digest")),
            cipher: Aes256GcmSiv::new(&derive("teachback sealed").into()),
            fingerprints: secrets("teachback dedupe"),
            second_fingerprints: secrets("teachback lake id"),
        }
    }

    /// The pseudonym of a learner in an identity space.
    #[must_use]
    pub fn pseudonym(&self, space: &str, learner: &str) -> Pseudonym {
        let mut mac = self.pseudonyms.clone();
        mac.update(space.as_bytes());
        mac.update(&[0]);
        mac.update(learner.as_bytes());
        let tag: [u8; 32] = mac.finalize().into_bytes().into();
        let mut first = [0; 16];
        first.copy_from_slice(&tag[..16]);
        Pseudonym(u128::from_be_bytes(first))
    }

    /// The key of the fingerprints by which repeats are recognised.
    #[must_use]
    pub fn fingerprint_secrets(&self) -> &RapidSecrets {
        &self.fingerprints
    }

    /// A 128-bit fingerprint of an event id that only holders of the key can compute. For recognising an id, not for secrecy
    /// against somebody who has the key.
    #[must_use]
    pub fn fingerprint(&self, id: &str) -> u128 {
        let [first, second] = [&self.fingerprints, &self.second_fingerprints].map(|secrets| u128::from(rapidhash_v3_seeded(id.as_bytes(), secrets)));
        first << 64 | second
    }

    /// A learner's id within this process: what his pseudonym is looked up by, so that an HMAC is worked out once a learner.
    #[must_use]
    pub(crate) fn learner_fingerprint(&self, space: &str, learner: &str) -> u128 {
        let id = self.fingerprint(learner);
        if space.is_empty() { id } else { id ^ self.fingerprint(space).rotate_left(31) }
    }

    /// A session as states know it. For pairing what one session did, not for secrecy: it never leaves the state image.
    #[must_use]
    pub(crate) fn session_fingerprint(&self, session: &str) -> u64 {
        rapidhash_v3_seeded(session.as_bytes(), &self.second_fingerprints)
    }

    /// A session as the lake knows it: the first 64 bits of its HMAC.
    #[must_use]
    pub fn session_pseudonym(&self, session: &str) -> u64 {
        (self.pseudonym("session", session).0 >> 64) as u64
    }

    /// A digest of bytes that only holders of the key can compute, as 64 hexadecimal digits.
    #[must_use]
    pub fn digest(&self, bytes: &[u8]) -> String {
        let mut mac = self.digests.clone();
        mac.update(bytes);
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Seals at most [`SEALED_BYTES_MAX`] bytes, bound to their place.
    #[must_use]
    pub fn seal(&self, place: &str, bytes: &[u8]) -> Vec<u8> {
        let kept = &bytes[..bytes.len().min(SEALED_BYTES_MAX)];
        let payload = Payload { msg: kept, aad: place.as_bytes() };
        // AES-GCM-SIV fails only for messages beyond 2^36 bytes.
        self.cipher.encrypt(&self.nonce(place), payload).unwrap_or_default()
    }

    /// Opens sealed bytes.
    ///
    /// # Errors
    /// When the key, the place or the bytes are not those that were sealed.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, CannotOpen> {
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        self.cipher.decrypt(&self.nonce(place), payload).map_err(|_| CannotOpen)
    }

    fn nonce(&self, place: &str) -> Nonce {
        let mut mac = self.digests.clone();
        mac.update(b"nonce\0");
        mac.update(place.as_bytes());
        let tag: [u8; 32] = mac.finalize().into_bytes().into();
        let mut nonce = [0; 12];
        nonce.copy_from_slice(&tag[..12]);
        nonce.into()
    }
}

fn keyed(key: &[u8; 32]) -> HmacSha256 {
    // HMAC takes keys of any length.
    <HmacSha256 as Mac>::new_from_slice(key).unwrap_or_else(|_| <HmacSha256 as Mac>::new(&Default::default()))
}

fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = keyed(key);
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pseudonym_is_the_published_construction() {
        // hmac.new(bytes(range(32)), b"edx\x00ann", hashlib.sha256).hexdigest()[:32] in Python
        let key = PseudonymKey::new(std::array::from_fn(|place| place as u8));
        let door = Door::new(&key, "w");
        assert_eq!(door.pseudonym("edx", "ann").to_string(), "97e2091300fb9ef459afadeca8872554");
        assert_ne!(door.pseudonym("", "edx\0ann"), door.pseudonym("edx", "bob"));
    }

    #[test]
    fn sealed_bytes_open_at_their_place_only() {
        let door = Door::new(&PseudonymKey::new([7; 32]), "w");
        let sealed = door.seal("topic/0/42", b"secret");
        assert_eq!(door.open("topic/0/42", &sealed), Ok(b"secret".to_vec()));
        assert_eq!(door.open("topic/0/43", &sealed), Err(CannotOpen));
        assert_eq!(Door::new(&PseudonymKey::new([7; 32]), "other").open("topic/0/42", &sealed), Err(CannotOpen));
        assert_eq!(door.seal("p", &vec![1; SEALED_BYTES_MAX + 5]).len(), SEALED_BYTES_MAX + 16);
    }

    #[test]
    fn key_files_round_trip_and_debug_hides_the_key() {
        let key = PseudonymKey::new([0xab; 32]);
        assert_eq!(PseudonymKey::from_hex(&format!("{}\n", key.to_hex())).expect("a key").to_hex(), key.to_hex());
        assert!(PseudonymKey::from_hex("short").is_none());
        assert!(!format!("{key:?}").contains("ab"));
    }
}
