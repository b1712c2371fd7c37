//! The parts of a statement that the mapping reads, borrowed from the message, and their decoding.
//!
//! Decoding is lenient where an LRS is strict (an unknown property, a missing verb display) and strict where a value would
//! be misread: a known property of another JSON type refuses the message. Extensions may hold anything.

use super::extensions::Extensions;
use super::text::{Flag, TOO_LONG, Text};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor, value};
use std::fmt;
use teachback_core::limits::MESSAGE_BYTES_MAX;
use teachback_core::refusal::{Reason, Refusal};

/// A JSON object of known, optional properties. An array in its place is an error, as is a known property of another
/// type; `null` is absence; of a repeated property the last counts.
macro_rules! object {
    ($(#[doc = $doc:literal])* $name:ident, $visitor:ident { $($field:ident: $type:ty = $key:literal,)* }) => {
        $(#[doc = $doc])*
        #[derive(Debug, Default)]
        pub(super) struct $name<'a> { $(pub(super) $field: Option<$type>,)* }

        struct $visitor;

        impl<'a> Visitor<'a> for $visitor {
            type Value = $name<'a>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result { out.write_str("an object") }

            fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut object = $name::default();
                while let Some(key) = map.next_key::<Text<'a>>()? {
                    match &*key {
                        $($key => object.$field = map.next_value()?,)*
                        _ => { map.next_value::<IgnoredAny>()?; }
                    }
                }
                Ok(object)
            }
        }

        impl<'a> Deserialize<'a> for $name<'a> {
            fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> { deserializer.deserialize_map($visitor) }
        }
    };
}

object! {
    /// A statement.
    Statement, StatementVisitor {
        id: Text<'a> = "id",
        actor: Agent<'a> = "actor",
        verb: Verb<'a> = "verb",
        object: Object<'a> = "object",
        result: Outcome<'a> = "result",
        context: Context<'a> = "context",
        timestamp: Text<'a> = "timestamp",
        stored: Text<'a> = "stored",
    }
}
object! {
    /// An Agent or a Group.
    Agent, AgentVisitor {
        object_type: Text<'a> = "objectType",
        account: Account<'a> = "account",
        mbox: Text<'a> = "mbox",
        mbox_sha1sum: Text<'a> = "mbox_sha1sum",
        openid: Text<'a> = "openid",
        member: Vec<Agent<'a>> = "member",
    }
}
object! {
    /// An account of an Agent.
    Account, AccountVisitor {
        home_page: Text<'a> = "homePage",
        name: Text<'a> = "name",
    }
}
object! {
    /// A verb.
    Verb, VerbVisitor {
        id: Text<'a> = "id",
    }
}
object! {
    /// What the statement is about: an Activity, an Agent, a StatementRef or a SubStatement.
    Object, ObjectVisitor {
        object_type: Text<'a> = "objectType",
        id: Text<'a> = "id",
        definition: Definition<'a> = "definition",
        account: Account<'a> = "account",
        mbox: Text<'a> = "mbox",
        mbox_sha1sum: Text<'a> = "mbox_sha1sum",
        openid: Text<'a> = "openid",
    }
}
object! {
    /// The definition of an Activity.
    Definition, DefinitionVisitor {
        activity_type: Text<'a> = "type",
        interaction_type: Text<'a> = "interactionType",
        extensions: Extensions<'a> = "extensions",
    }
}
object! {
    /// The `result` of a statement.
    Outcome, OutcomeVisitor {
        score: Score = "score",
        success: Flag = "success",
        completion: Flag = "completion",
        response: Text<'a> = "response",
        duration: Text<'a> = "duration",
        extensions: Extensions<'a> = "extensions",
    }
}

/// A score, as the platform gives it.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(super) struct Score {
    pub(super) raw: Option<f64>,
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
    pub(super) scaled: Option<f64>,
}

struct ScoreVisitor;

impl<'a> Visitor<'a> for ScoreVisitor {
    type Value = Score;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a score")
    }
    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Score, A::Error> {
        let mut score = Score::default();
        while let Some(key) = map.next_key::<Text<'a>>()? {
            let place = match &*key {
                "raw" => &mut score.raw,
                "min" => &mut score.min,
                "max" => &mut score.max,
                "scaled" => &mut score.scaled,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *place = map.next_value()?;
        }
        Ok(score)
    }
}

impl<'a> Deserialize<'a> for Score {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ScoreVisitor)
    }
}

object! {
    /// The context of a statement.
    Context, ContextVisitor {
        registration: Text<'a> = "registration",
        instructor: Agent<'a> = "instructor",
        platform: Text<'a> = "platform",
        activities: ContextActivities<'a> = "contextActivities",
        statement: StatementRef<'a> = "statement",
        extensions: Extensions<'a> = "extensions",
    }
}
object! {
    /// A reference to another statement.
    StatementRef, StatementRefVisitor {
        id: Text<'a> = "id",
    }
}
object! {
    /// The activities around the object.
    ContextActivities, ContextActivitiesVisitor {
        parent: Activities<'a> = "parent",
        grouping: Activities<'a> = "grouping",
        category: Activities<'a> = "category",
    }
}

/// One activity or several: xAPI 1.0 allows a single object in place of an array.
#[derive(Debug, Default)]
pub(super) struct Activities<'a>(pub(super) Vec<Object<'a>>);

struct ActivitiesVisitor;

impl<'a> Visitor<'a> for ActivitiesVisitor {
    type Value = Activities<'a>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an activity or an array of activities")
    }
    fn visit_map<A: MapAccess<'a>>(self, map: A) -> Result<Self::Value, A::Error> {
        let activity = Object::deserialize(value::MapAccessDeserializer::new(map))?;
        Ok(Activities(vec![activity]))
    }
    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut activities = Vec::with_capacity(2);
        while let Some(activity) = seq.next_element()? {
            activities.push(activity);
        }
        Ok(Activities(activities))
    }
}

impl<'a> Deserialize<'a> for Activities<'a> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ActivitiesVisitor)
    }
}

impl Outcome<'_> {
    /// What it says of success.
    pub(super) fn success(&self) -> Option<bool> {
        self.success.and_then(|flag| flag.0)
    }

    /// What it says of completion.
    pub(super) fn completion(&self) -> Option<bool> {
        self.completion.and_then(|flag| flag.0)
    }
}

impl<'a> Statement<'a> {
    /// The activities that hold the object.
    pub(super) fn parents(&self) -> impl Iterator<Item = &Object<'a>> {
        let activities = self.context.as_ref().and_then(|context| context.activities.as_ref());
        activities.and_then(|activities| activities.parent.as_ref()).into_iter().flat_map(|activities| &activities.0)
    }

    /// The activities around the object, the nearest first: parents, then groupings.
    pub(super) fn around(&self) -> impl Iterator<Item = &Object<'a>> {
        let activities = self.context.as_ref().and_then(|context| context.activities.as_ref());
        let groupings = activities.and_then(|activities| activities.grouping.as_ref());
        self.parents().chain(groupings.into_iter().flat_map(|activities| &activities.0))
    }

    /// The ids of the profiles and categories it belongs to.
    pub(super) fn categories(&self) -> impl Iterator<Item = &str> {
        let activities = self.context.as_ref().and_then(|context| context.activities.as_ref());
        activities
            .and_then(|activities| activities.category.as_ref())
            .into_iter()
            .flat_map(|activities| &activities.0)
            .filter_map(|activity| activity.id.as_deref())
    }

    /// Extensions of the result, then of the context: where a profile says the one, real data use the other too.
    pub(super) fn extensions(&self) -> [Option<&Extensions<'a>>; 2] {
        let of_result = self.result.as_ref().and_then(|result| result.extensions.as_ref());
        [of_result, self.context.as_ref().and_then(|context| context.extensions.as_ref())]
    }

    /// Extensions of the object's definition.
    pub(super) fn definition_extensions(&self) -> Option<&Extensions<'a>> {
        self.object.as_ref()?.definition.as_ref()?.extensions.as_ref()
    }
}

impl<'a> Object<'a> {
    /// The IRI of its type.
    pub(super) fn activity_type(&self) -> Option<&str> {
        self.definition.as_ref()?.activity_type.as_deref()
    }
}

/// The statements of a message: one, or an array of them.
///
/// # Errors
/// A [`Refusal`] that names the reason and the place; no input makes it panic.
pub(super) fn decode(body: &[u8]) -> Result<Vec<Statement<'_>>, Refusal> {
    if body.len() > MESSAGE_BYTES_MAX {
        return Err(Refusal::new(Reason::TooLarge, format!("{} bytes", body.len())));
    }
    let text = std::str::from_utf8(body).map_err(|error| Refusal::new(Reason::BadUtf8, format!("byte {}", error.valid_up_to())))?;
    match text.bytes().find(|byte| !byte.is_ascii_whitespace()) {
        None => Err(Refusal::new(Reason::EmptyMessage, "message")),
        Some(b'{') => serde_json::from_str(text).map(|statement| vec![statement]).map_err(|error| explain(&error)),
        Some(b'[') => serde_json::from_str(text).map_err(|error| explain(&error)),
        Some(_) => Err(Refusal::new(Reason::BadJson, "line 1")),
    }
}

/// Turns a parser's error into a reason; only the place is kept of its text.
pub(super) fn explain(error: &serde_json::Error) -> Refusal {
    let text = error.to_string();
    let reason = if text.starts_with(TOO_LONG) {
        Reason::StringTooLong
    } else if text.starts_with("recursion limit") {
        Reason::TooDeep
    } else if error.is_data() {
        Reason::WrongType
    } else {
        Reason::BadJson
    };
    Refusal::new(reason, format!("line {} column {}", error.line(), error.column()))
}
