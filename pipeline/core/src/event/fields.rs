//! The data fields of canonical events, listed once.
//!
//! The list makes the struct, the decoder, the encoder, the lake's columns and the JSON Schemas, so they cannot drift.
//! A field that is absent or `null` is `None`. A known field of another JSON type is an error; an unknown field is
//! counted and skipped within the depth limit.

use super::name_index::NameIndex;
use super::plain::Scalar;
use crate::limits::{JSON_DEPTH_MAX, STRING_BYTES_MAX};
use crate::table::Cell;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// The JSON shape of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A string that names something: no control characters, no parent paths.
    Identifier,
    /// Any string.
    Text,
    /// A finite number.
    Number,
    /// A whole number from 0 to 2^53.
    Integer,
    /// True or false.
    Flag,
    /// A JSON array, read by [`super::outline`].
    Outline,
}

macro_rules! rust_type {
    (Identifier, $lt:lifetime) => { Option<Cow<$lt, str>> };
    (Text, $lt:lifetime) => { Option<Cow<$lt, str>> };
    (Number, $lt:lifetime) => { Option<f64> };
    (Integer, $lt:lifetime) => { Option<u64> };
    (Flag, $lt:lifetime) => { Option<bool> };
    (Outline, $lt:lifetime) => { Option<&$lt RawValue> };
}
macro_rules! read_value {
    (Identifier, $map:ident) => {
        $map.next_value_seed(OptionalText)?
    };
    (Text, $map:ident) => {
        $map.next_value_seed(OptionalText)?
    };
    (Number, $map:ident) => {
        $map.next_value::<Option<f64>>()?
    };
    (Integer, $map:ident) => {
        $map.next_value::<Option<u64>>()?
    };
    (Flag, $map:ident) => {
        $map.next_value::<Option<bool>>()?
    };
    (Outline, $map:ident) => {
        $map.next_value::<Option<&'de RawValue>>()?
    };
}

macro_rules! plain_value {
    (Identifier, $scalar:ident) => {
        $scalar.into_text()?
    };
    (Text, $scalar:ident) => {
        $scalar.into_text()?
    };
    (Number, $scalar:ident) => {
        $scalar.into_number()?
    };
    (Integer, $scalar:ident) => {
        $scalar.into_integer()?
    };
    (Flag, $scalar:ident) => {
        $scalar.into_flag()?
    };
    // An outline is nested, so no plain value is one.
    (Outline, $scalar:ident) => {
        None?
    };
}

macro_rules! cell {
    (Identifier, $value:ident) => {
        Cell::Text($value)
    };
    (Text, $value:ident) => {
        Cell::Text($value)
    };
    (Number, $value:ident) => {
        Cell::Number(*$value)
    };
    (Integer, $value:ident) => {
        Cell::from(*$value)
    };
    (Flag, $value:ident) => {
        Cell::Flag(*$value)
    };
    (Outline, $value:ident) => {
        Cell::Text($value.get())
    };
}

macro_rules! fields {
    ($($(#[doc = $doc:literal])* $name:ident: $shape:ident,)*) => {
        /// The `data` of an event.
        #[derive(Debug, Clone, Default)]
        pub struct Data<'a> { $($(#[doc = $doc])* pub $name: rust_type!($shape, 'a),)* }

        /// A data field, by name.
        #[allow(non_camel_case_types, reason = "each variant is spelled as the JSON field it names")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Field { $($(#[doc = $doc])* $name,)* }

        impl Field {
            /// Every field, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The JSON name.
            #[must_use]
            pub fn name(self) -> &'static str { match self { $(Self::$name => stringify!($name),)* } }

            /// The field with this JSON name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                static NAMES: NameIndex = NameIndex::new(&[$(stringify!($name),)*]);
                NAMES.find(name).map(|place| Self::ALL[place])
            }

            /// The JSON shape.
            #[must_use]
            pub fn shape(self) -> Shape { match self { $(Self::$name => Shape::$shape,)* } }

            /// What the field means, for schemas and manuals.
            #[must_use]
            pub fn meaning(self) -> &'static str { match self { $(Self::$name => concat!($($doc,)*).trim_ascii(),)* } }

            /// Whether the event carries the field.
            #[must_use]
            pub fn is_present(self, data: &Data<'_>) -> bool { match self { $(Self::$name => data.$name.is_some(),)* } }
        }

        impl<'a> Data<'a> {
            /// Sets a field to a plain value; `None` when the field's type is another.
            pub(super) fn set_plain(&mut self, field: Field, scalar: Scalar<'a>) -> Option<()> {
                match field { $(Field::$name => self.$name = plain_value!($shape, scalar),)* }
                Some(())
            }
        }

        impl Data<'_> {
            /// Gives every field that is present, as a cell of a table.
            pub fn cells<'b>(&'b self, mut each: impl FnMut(Field, Cell<'b>)) {
                $(if let Some(value) = &self.$name { each(Field::$name, cell!($shape, value)); })*
            }
        }

        impl PartialEq for Data<'_> {
            fn eq(&self, other: &Self) -> bool { true $(&& same(&self.$name, &other.$name))* }
        }

        impl Serialize for Data<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(None)?;
                $(if let Some(value) = &self.$name { map.serialize_entry(stringify!($name), value)?; })*
                map.end()
            }
        }

        impl<'de> Visitor<'de> for DataVisitor {
            type Value = (Box<Data<'de>>, u32);

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result { out.write_str("an object of event fields") }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut data = Box::<Data<'de>>::default();
                let mut unknown_fields = 0;
                while let Some(field) = map.next_key_seed(FieldName)? {
                    match field {
                        $(Some(Field::$name) => data.$name = read_value!($shape, map),)*
                        None => {
                            map.next_value_seed(Skip { depth: 2 })?;
                            unknown_fields += 1;
                        }
                    }
                }
                Ok((data, unknown_fields))
            }
        }
    };
}

fields! {
    /// Who can improve the course.
    provider: Identifier,
    /// Version of the outline in force.
    course_version: Identifier,
    /// The learner, as the platform names him; pseudonymised on entry.
    learner: Identifier,
    /// The identity space of `learner`; empty where the platform has one.
    learner_space: Identifier,
    /// `learner` (default), `staff`, `instructor` or `admin`; only learners enter learner metrics.
    actor_role: Text,
    /// The learner's session at the source.
    session: Identifier,
    /// `exact` (default), `date_only`, `assumed_utc` or `ingest`; only `exact` feeds rules about timing.
    time_quality: Text,
    /// Place in the outline.
    module: Identifier,
    /// The content.
    content: Identifier,
    /// `video`, `page`, `file`, `forum` …
    content_type: Text,
    /// Version of the content.
    content_version: Identifier,
    /// Client class, e.g. `web`, `ios`, `android`.
    client: Text,
    /// What went wrong, for `content.failed`.
    error_code: Text,
    /// Position in the recording, seconds.
    position_s: Number,
    /// Position after a jump, seconds.
    position_to_s: Number,
    /// Length of the recording, seconds.
    content_length_s: Number,
    /// How long it took, seconds.
    duration_s: Number,
    /// Views that this event stands for, where a source reports totals; 1 when absent.
    count: Integer,
    /// The assessment.
    assessment: Identifier,
    /// The item.
    item: Identifier,
    /// Number of the attempt, from 1.
    attempt: Integer,
    /// The response: the option chosen, or the answer given.
    response: Text,
    /// `right`, `wrong`, `partial` or `ungraded`.
    outcome: Text,
    /// Raw score minus the lowest possible.
    score: Number,
    /// Highest possible minus lowest possible score.
    max_score: Number,
    /// Seconds from item shown to answer.
    response_time_s: Number,
    /// The order in which the options stood.
    options_order: Text,
    /// `audit`, `verified` …
    enrollment_mode: Text,
    /// Prior-ability class 0 to 7 from the platform.
    stratum: Integer,
    /// Group for fairness checks, only where allow-listed.
    group: Text,
    /// Why the learner left.
    reason: Text,
    /// A rating.
    rating: Number,
    /// A comment.
    text: Text,
    /// Whether the rater took the course.
    rater_verified: Flag,
    /// Age of the rater's account, days.
    account_age_days: Integer,
    /// What was searched for.
    query: Text,
    /// How many results the search gave.
    result_count: Integer,
    /// The event id that is withdrawn.
    voided_id: Identifier,
    /// Title of the course run.
    title: Text,
    /// The ordered modules of the outline.
    modules: Outline,
}

fn same<T: SameAs>(left: &T, right: &T) -> bool {
    left.same_as(right)
}

trait SameAs {
    fn same_as(&self, other: &Self) -> bool;
}
macro_rules! same_as_eq {
    ($($type:ty),*) => { $(impl SameAs for Option<$type> { fn same_as(&self, other: &Self) -> bool { self == other } })* };
}
same_as_eq!(Cow<'_, str>, f64, u64, bool);
impl SameAs for Option<&RawValue> {
    fn same_as(&self, other: &Self) -> bool {
        self.map(RawValue::get) == other.map(RawValue::get)
    }
}

/// Reads `data`; gives the fields and the number of unknown ones.
pub(super) struct DataSeed;
struct DataVisitor;

impl<'de> DeserializeSeed<'de> for DataSeed {
    type Value = (Box<Data<'de>>, u32);
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(DataVisitor)
    }
}

/// The name of a member; `None` where it is none of the fields.
struct FieldName;

impl<'de> DeserializeSeed<'de> for FieldName {
    type Value = Option<Field>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for FieldName {
    type Value = Option<Field>;
    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a field name")
    }
    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Self::Value, E> {
        within_limit(name)?;
        Ok(Field::from_name(name))
    }
}

/// Message prefixes by which the decoder tells limits from wrong types.
pub(super) const TOO_LONG: &str = "string_too_long";
pub(super) const TOO_DEEP: &str = "too_deep";

/// A string or `null`, borrowed where it has no escapes, within the length limit.
pub(super) struct OptionalText;

impl<'de> DeserializeSeed<'de> for OptionalText {
    type Value = Option<Cow<'de, str>>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for OptionalText {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a string")
    }
    fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        within_limit(text)?;
        Ok(Some(Cow::Borrowed(text)))
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        within_limit(text)?;
        Ok(Some(Cow::Owned(text.to_owned())))
    }
    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

pub(super) fn within_limit<E: serde::de::Error>(text: &str) -> Result<(), E> {
    if text.len() > STRING_BYTES_MAX { Err(E::custom(TOO_LONG)) } else { Ok(()) }
}

/// Skips a value, refusing to go deeper than the limit.
pub(super) struct Skip {
    /// The level of the object that holds the value.
    pub(super) depth: usize,
}

impl<'de> DeserializeSeed<'de> for Skip {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Skip {
    fn deeper<E: serde::de::Error>(&self) -> Result<usize, E> {
        if self.depth >= JSON_DEPTH_MAX { Err(E::custom(TOO_DEEP)) } else { Ok(self.depth + 1) }
    }
}

impl<'de> Visitor<'de> for Skip {
    type Value = ();
    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("any value")
    }
    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        within_limit(text)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let depth = self.deeper::<A::Error>()?;
        while seq.next_element_seed(Skip { depth })?.is_some() {}
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let depth = self.deeper::<A::Error>()?;
        while map.next_key::<IgnoredAny>()?.is_some() {
            map.next_value_seed(Skip { depth }).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}
