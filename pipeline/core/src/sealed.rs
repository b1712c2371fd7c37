//! A refused message as it is kept: its bytes and headers sealed, each bound to the message's place, and a digest of its bytes.
//!
//! Measure keeps such in the lake, route in its topic of dead letters. Of bytes and headers at most [`SEALED_BYTES_MAX`] each are
//! kept; headers beyond it are cut in the middle of their JSON, and none of them can be read any more.
//!
//! [`SEALED_BYTES_MAX`]: crate::limits::SEALED_BYTES_MAX

use crate::event::decode::Header;
use crate::pseudonym::{CannotOpen, Door};

/// A message, sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedMessage {
    /// Its bytes.
    pub body: Vec<u8>,
    /// Its headers as JSON; `None` when it had none.
    pub headers: Option<Vec<u8>>,
    /// HMAC-SHA256 of all its bytes, as 64 hexadecimal digits.
    pub digest: String,
}

/// A message, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedMessage {
    /// The bytes that were kept.
    pub body: Vec<u8>,
    /// The headers, by name; what was no UTF-8 in them is replaced.
    pub headers: Vec<(String, String)>,
    /// Whether bytes beyond those, or the headers, are lost.
    pub cut: bool,
}

impl SealedMessage {
    /// Seals a message for its place.
    #[must_use]
    pub fn new(door: &Door, place: &str, headers: &[Header<'_>], body: &[u8]) -> Self {
        let headers: Vec<(&str, String)> = headers.iter().map(|(name, value)| (*name, String::from_utf8_lossy(value).into_owned())).collect();
        let headers = (!headers.is_empty()).then(|| door.seal(&place_of_headers(place), &serde_json::to_vec(&headers).unwrap_or_default()));
        Self { body: door.seal(place, body), headers, digest: door.digest(body) }
    }
}

impl OpenedMessage {
    /// Opens what was sealed of a message of `length` bytes.
    ///
    /// # Errors
    /// When the key, the place or the bytes are not those that were sealed.
    pub fn new(door: &Door, place: &str, body: &[u8], headers: Option<&[u8]>, length: usize) -> Result<Self, CannotOpen> {
        let body = door.open(place, body)?;
        let headers = headers.map(|headers| door.open(&place_of_headers(place), headers)).transpose()?;
        let read = headers.map_or(Some(Vec::new()), |headers| serde_json::from_slice(&headers).ok());
        Ok(Self { cut: body.len() < length || read.is_none(), body, headers: read.unwrap_or_default() })
    }

    /// The headers as formats take them.
    #[must_use]
    pub fn headers(&self) -> Vec<Header<'_>> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect()
    }
}

fn place_of_headers(place: &str) -> String {
    format!("{place}/headers")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::SEALED_BYTES_MAX;
    use crate::pseudonym::PseudonymKey;

    const PLACE: &str = "log/3/7";

    fn door() -> Door {
        Door::new(&PseudonymKey::new([1; 32]), "warehouse")
    }

    fn reopened(headers: &[Header<'_>], body: &[u8]) -> OpenedMessage {
        let sealed = SealedMessage::new(&door(), PLACE, headers, body);
        assert_eq!(sealed.headers.is_some(), !headers.is_empty());
        OpenedMessage::new(&door(), PLACE, &sealed.body, sealed.headers.as_deref(), body.len()).expect("opens")
    }

    #[test]
    fn what_was_sealed_comes_back_with_its_headers() {
        let headers: [Header<'_>; 2] = [("ce_id", b"1"), ("odd", b"\xff")];
        let opened = reopened(&headers, b"\0any bytes\xff");
        assert_eq!((opened.body.as_slice(), opened.cut), (&b"\0any bytes\xff"[..], false));
        assert_eq!(opened.headers(), [("ce_id", &b"1"[..]), ("odd", "\u{fffd}".as_bytes())]);
        assert_eq!(reopened(&[], b""), OpenedMessage { body: Vec::new(), headers: Vec::new(), cut: false });
    }

    #[test]
    fn what_is_lost_is_told() {
        let long = vec![b'x'; SEALED_BYTES_MAX + 1];
        let opened = reopened(&[], &long);
        assert_eq!((opened.body.len(), opened.cut), (SEALED_BYTES_MAX, true));
        let opened = reopened(&[("long", &long)], b"x");
        assert_eq!((opened.headers().len(), opened.cut), (0, true), "none of the headers can be read");
    }

    #[test]
    fn it_opens_at_its_place_only_and_a_body_is_no_header() {
        let sealed = SealedMessage::new(&door(), PLACE, &[("name", b"value")], b"body");
        let headers = sealed.headers.as_deref();
        assert_eq!(OpenedMessage::new(&door(), "log/3/8", &sealed.body, headers, 4), Err(CannotOpen));
        assert_eq!(OpenedMessage::new(&door(), PLACE, &sealed.body, Some(&sealed.body), 4), Err(CannotOpen));
        assert_eq!(OpenedMessage::new(&door(), PLACE, b"", headers, 4), Err(CannotOpen));
        assert!(!sealed.digest.is_empty() && sealed.digest != SealedMessage::new(&door(), PLACE, &[], b"other").digest);
    }
}
