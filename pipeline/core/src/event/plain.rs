//! A scanner for plain events: it reads what nearly every event looks like, several times faster than a general parser.
//!
//! Plain is a structured CloudEvent on one line without escapes, whose numbers have at most 15 digits and no exponent, and
//! which holds nothing nested but `data`. Of anything else, a mistake included, the scanner says `None`, and
//! [`super::decode`] reads the message with the general parser, which alone decides what is refused and why. So the
//! scanner need not know what is wrong with a message; it must only never read one differently. A property test holds it
//! to that.

use super::eight_bytes::find_quote;
use super::fields::{Data, Field};
use crate::limits::STRING_BYTES_MAX;
use std::borrow::Cow;

/// The members of a plain event; `None` where one is absent or `null`.
#[derive(Default)]
pub(super) struct Plain<'a> {
    pub(super) specversion: Option<&'a str>,
    pub(super) id: Option<&'a str>,
    pub(super) source: Option<&'a str>,
    pub(super) type_name: Option<&'a str>,
    pub(super) time: Option<&'a str>,
    pub(super) subject: Option<&'a str>,
    pub(super) data: Box<Data<'a>>,
    pub(super) unknown_fields: u32,
}

/// Scans a message.
pub(super) fn scan(text: &str) -> Option<Plain<'_>> {
    // In one go over all of it, so that the end of a string is the next quote.
    if text.bytes().fold(false, |found, byte| found | (byte == b'\\') | (byte < b' ')) {
        return None;
    }
    let mut scanner = Scanner { text, at: 0 };
    let mut plain = Plain::default();
    let mut has_data = false;
    scanner.members(|scanner, name| {
        let place = match name {
            "specversion" => &mut plain.specversion,
            "id" => &mut plain.id,
            "source" => &mut plain.source,
            "type" => &mut plain.type_name,
            "time" => &mut plain.time,
            "subject" => &mut plain.subject,
            // Of several the last counts: that is left to the general parser.
            "data" if has_data => return None,
            "data" => {
                has_data = true;
                plain.unknown_fields = scanner.data(&mut plain.data)?;
                return Some(());
            }
            _ => return scanner.scalar().map(drop),
        };
        *place = scanner.scalar()?.text()?;
        Some(())
    })?;
    scanner.white_space();
    (scanner.at == text.len()).then_some(plain)
}

/// A value that holds no other.
#[derive(Clone, Copy)]
pub(super) enum Scalar<'a> {
    Null,
    Flag(bool),
    Text(&'a str),
    /// A whole number, not negative.
    Integer(u64),
    Number(f64),
}

impl<'a> Scalar<'a> {
    fn text(self) -> Option<Option<&'a str>> {
        match self {
            Self::Null => Some(None),
            Self::Text(text) => Some(Some(text)),
            _ => None,
        }
    }

    pub(super) fn into_text(self) -> Option<Option<Cow<'a, str>>> {
        self.text().map(|text| text.map(Cow::Borrowed))
    }

    pub(super) fn into_number(self) -> Option<Option<f64>> {
        match self {
            Self::Null => Some(None),
            Self::Integer(value) => Some(Some(value as f64)),
            Self::Number(value) => Some(Some(value)),
            _ => None,
        }
    }

    pub(super) fn into_integer(self) -> Option<Option<u64>> {
        match self {
            Self::Null => Some(None),
            Self::Integer(value) => Some(Some(value)),
            _ => None,
        }
    }

    pub(super) fn into_flag(self) -> Option<Option<bool>> {
        match self {
            Self::Null => Some(None),
            Self::Flag(value) => Some(Some(value)),
            _ => None,
        }
    }
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    /// Fills in the fields of `data`; gives how many members are none of ours.
    fn data(&mut self, data: &mut Data<'a>) -> Option<u32> {
        let mut unknown_fields = 0;
        self.members(|scanner, name| match Field::from_name(name) {
            Some(field) => data.set_plain(field, scanner.scalar()?),
            None => {
                unknown_fields += 1;
                scanner.scalar().map(drop)
            }
        })?;
        Some(unknown_fields)
    }

    /// The members of an object, one after another.
    #[inline]
    fn members(&mut self, mut each: impl FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        self.expect(b'{')?;
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(());
        }
        loop {
            let name = self.string()?;
            self.expect(b':')?;
            each(self, name)?;
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Some(());
                }
                _ => return None,
            }
        }
    }

    fn scalar(&mut self) -> Option<Scalar<'a>> {
        match self.peek()? {
            b'"' => self.string().map(Scalar::Text),
            b'-' | b'0'..=b'9' => self.number(),
            b'n' => self.word("null", Scalar::Null),
            b't' => self.word("true", Scalar::Flag(true)),
            b'f' => self.word("false", Scalar::Flag(false)),
            _ => None,
        }
    }

    fn word(&mut self, word: &str, value: Scalar<'a>) -> Option<Scalar<'a>> {
        self.text.as_bytes()[self.at..].starts_with(word.as_bytes()).then(|| {
            self.at += word.len();
            value
        })
    }

    /// A string; nothing in the text is escaped.
    #[inline]
    fn string(&mut self) -> Option<&'a str> {
        self.expect(b'"')?;
        let length = find_quote(self.text.as_bytes().get(self.at..)?)?;
        if length > STRING_BYTES_MAX {
            return None;
        }
        let string = self.text.get(self.at..self.at + length)?;
        self.at += length + 1;
        Some(string)
    }

    /// A number whose decimal digits and power of ten are exact in an `f64`, so that one division rounds correctly.
    fn number(&mut self) -> Option<Scalar<'a>> {
        let bytes = self.text.as_bytes();
        let negative = bytes[self.at] == b'-';
        let start = self.at + usize::from(negative);
        let (mut value, mut at, mut fraction_digits) = (0_u64, start, None::<u32>);
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'0'..=b'9' => {
                    value = value.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
                    fraction_digits = fraction_digits.map(|digits| digits + 1);
                }
                b'.' if fraction_digits.is_none() && at > start => fraction_digits = Some(0),
                b'.' | b'e' | b'E' => return None,
                _ => break,
            }
            at += 1;
        }
        let whole_digits = at - start - fraction_digits.map_or(0, |digits| digits as usize + 1);
        let leading_zero = whole_digits > 1 && bytes[start] == b'0';
        if whole_digits == 0 || leading_zero || fraction_digits == Some(0) || at - start > 16 {
            return None;
        }
        self.at = at;
        match fraction_digits {
            None if !negative => Some(Scalar::Integer(value)),
            // Minus nought and negative numbers are rare; the general parser knows what they are.
            None => None,
            Some(digits) => {
                let number = value as f64 / 10_f64.powi(digits as i32);
                Some(Scalar::Number(if negative { -number } else { number }))
            }
        }
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// The next byte that is not white space.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        self.white_space();
        self.text.as_bytes().get(self.at).copied()
    }

    /// Steps over white space, of which a text without control characters has one kind.
    #[inline]
    fn white_space(&mut self) {
        while let Some(b' ') = self.text.as_bytes().get(self.at) {
            self.at += 1;
        }
    }
}
