//! Scalar JSON values whose type platforms do not keep to: ids as numbers or strings, numbers as strings, `""` for nothing.
//!
//! Invariant: no JSON value is an error here. What cannot be what the field says is read as absent, and the mapping names what
//! it then lacks.

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A string, or a whole number as its digits; borrowed where the JSON has no escapes. Empty text is absent.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Text<'a>(Option<Cow<'a, str>>);

impl<'a> Text<'a> {
    /// The text, if there is any.
    pub(super) fn get(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| !text.is_empty())
    }

    /// The text as it was written, the empty one included.
    pub(super) fn into_inner(self) -> Option<Cow<'a, str>> {
        self.0
    }
}

/// A finite number, or a string that spells one.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Number(Option<f64>);

impl Number {
    /// The number, if there is one.
    pub(super) fn get(self) -> Option<f64> {
        self.0
    }

    /// The number as a count from 1, if it is one that events may carry.
    pub(super) fn count(self) -> Option<u64> {
        self.0.filter(|number| (1.0..=f64::from(u32::MAX)).contains(number) && number.fract() == 0.0).map(|number| number as u64)
    }
}

/// What a scalar may be made of; each method gives what a JSON value of that type stands for.
trait Scalar<'de>: Sized + Default {
    fn borrowed(text: &'de str) -> Self;
    fn owned(text: &str) -> Self;
    fn whole(number: i128) -> Self;
    fn fraction(number: f64) -> Self;
}

impl<'de> Scalar<'de> for Text<'de> {
    fn borrowed(text: &'de str) -> Self {
        Self(Some(Cow::Borrowed(text)))
    }
    fn owned(text: &str) -> Self {
        Self(Some(Cow::Owned(text.to_owned())))
    }
    fn whole(number: i128) -> Self {
        Self(Some(Cow::Owned(number.to_string())))
    }
    fn fraction(_: f64) -> Self {
        Self(None)
    }
}

impl<'de> Scalar<'de> for Number {
    fn borrowed(text: &'de str) -> Self {
        Self::owned(text)
    }
    fn owned(text: &str) -> Self {
        Self(text.trim().parse().ok().filter(|number: &f64| number.is_finite()))
    }
    fn whole(number: i128) -> Self {
        Self(Some(number as f64))
    }
    fn fraction(number: f64) -> Self {
        Self(Some(number).filter(|number| number.is_finite()))
    }
}

struct AnyValue<T>(std::marker::PhantomData<T>);

impl<'de, T: Scalar<'de>> Visitor<'de> for AnyValue<T> {
    type Value = T;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("any value")
    }
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<T, E> {
        Ok(T::borrowed(text))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Ok(T::owned(text))
    }
    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        Ok(T::whole(number.into()))
    }
    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        Ok(T::whole(number.into()))
    }
    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        Ok(T::fraction(number))
    }
    fn visit_bool<E: Error>(self, _: bool) -> Result<T, E> {
        Ok(T::default())
    }
    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Ok(T::default())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<T, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(T::default())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(T::default())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue::<Text<'de>>(std::marker::PhantomData))
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue::<Self>(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_json_value_is_read_and_the_useless_ones_are_absent() {
        let text = |json: &str| serde_json::from_str::<Text<'_>>(json).expect("any value").get().map(str::to_owned);
        assert_eq!(text(r#""a\u0041""#).as_deref(), Some("aA"));
        assert_eq!(text("17").as_deref(), Some("17"));
        for json in [r#""""#, "null", "true", "1.5", "[1,[2]]", r#"{"a":{}}"#] {
            assert_eq!(text(json), None, "{json}");
        }
        let number = |json: &str| serde_json::from_str::<Number>(json).expect("any value").get();
        assert_eq!((number("1.5"), number("-2"), number(r#"" 1.25""#)), (Some(1.5), Some(-2.0), Some(1.25)));
        for json in [r#""""#, r#""fast""#, r#""inf""#, "null", "false", "[]", "{}"] {
            assert_eq!(number(json), None, "{json}");
        }
        let count = |json: &str| serde_json::from_str::<Number>(json).expect("any value").count();
        assert_eq!((count("3"), count("0"), count("1.5"), count("4294967296")), (Some(3), None, None, None));
    }
}
