//! The extensions that the mapping knows, by their IRIs, in one visitor for result, context and definition.
//!
//! An extension may hold any JSON; one of another type than expected is ignored, as an LRS would.

use super::statement::Agent;
use super::text::{Scalar, Text};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Open edX writes its extensions below `…/openedx/extension/` and `…/openedx/extensions/`.
const OPEN_EDX: &str = "https://w3id.org/xapi/openedx/extension";

/// What is known of an `extensions` object.
#[derive(Debug, Default)]
pub(super) struct Extensions<'a> {
    /// Position in the recording, seconds.
    pub(super) time: Option<f64>,
    /// Position before a jump, seconds.
    pub(super) time_from: Option<f64>,
    /// Position after a jump, seconds.
    pub(super) time_to: Option<f64>,
    /// Length of the recording, seconds.
    pub(super) length: Option<f64>,
    /// The browser of the learner.
    pub(super) user_agent: Option<Text<'a>>,
    /// The learner's visit.
    pub(super) session: Option<Text<'a>>,
    /// Progress in percent (cmi5).
    pub(super) progress_percent: Option<f64>,
    /// Why a requirement was waived (cmi5).
    pub(super) reason: Option<Text<'a>>,
    /// Number of the attempt (Open edX).
    pub(super) attempt: Option<f64>,
    /// How long the attempt took, seconds (Open edX).
    pub(super) duration_s: Option<f64>,
    /// Enrolment mode (Open edX).
    pub(super) mode: Option<Text<'a>>,
    /// The rating of a rated feedback item (Moodle).
    pub(super) rating: Option<f64>,
    /// The learner for whom the actor acted (Moodle).
    pub(super) on_behalf_of: Option<&'a RawValue>,
    /// Whether the actor acted as somebody else (Moodle's "log in as").
    pub(super) acting_as_another: bool,
    /// Whether Open edX wrote it.
    pub(super) open_edx: bool,
    /// Whether Moodle's plugin wrote it.
    pub(super) moodle: bool,
}

impl<'a> Extensions<'a> {
    /// The learner for whom the actor acted.
    pub(super) fn learner_acted_for(&self) -> Option<Agent<'a>> {
        serde_json::from_str(self.on_behalf_of?.get()).ok()
    }
}

impl<'a> Deserialize<'a> for Extensions<'a> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ExtensionsVisitor)
    }
}

struct ExtensionsVisitor;

impl<'a> Visitor<'a> for ExtensionsVisitor {
    type Value = Extensions<'a>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object of extensions")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut known = Extensions::default();
        while let Some(iri) = map.next_key::<Text<'a>>()? {
            known.open_edx |= iri.starts_with(OPEN_EDX);
            match &*iri {
                "https://w3id.org/xapi/video/extensions/time" => known.time = number(&mut map)?,
                "https://w3id.org/xapi/video/extensions/time-from" => known.time_from = number(&mut map)?,
                "https://w3id.org/xapi/video/extensions/time-to" => known.time_to = number(&mut map)?,
                "https://w3id.org/xapi/video/extensions/length" => known.length = number(&mut map)?,
                "https://w3id.org/xapi/video/extensions/user-agent" => known.user_agent = text(&mut map)?,
                "https://w3id.org/xapi/openedx/extension/session-id"
                | "https://w3id.org/xapi/openedx/extensions/session-id"
                | "https://w3id.org/xapi/video/extensions/session-id"
                | "https://w3id.org/xapi/cmi5/context/extensions/sessionid" => known.session = text(&mut map)?.or(known.session),
                "https://w3id.org/xapi/cmi5/result/extensions/progress" => known.progress_percent = number(&mut map)?,
                "https://w3id.org/xapi/cmi5/result/extensions/reason" => known.reason = text(&mut map)?,
                "http://id.tincanapi.com/extension/attempt-id" => known.attempt = number(&mut map)?,
                "http://id.tincanapi.com/extension/duration" => known.duration_s = number(&mut map)?,
                "https://w3id.org/xapi/acrossx/extensions/type" => known.mode = text(&mut map)?,
                "http://learninglocker.net/xapi/moodle/feedback_item_rating" => known.rating = number(&mut map)?,
                "https://yetanalytics.com/profiles/prepositions/concepts/context-extensions/for" => known.on_behalf_of = Some(map.next_value()?),
                "https://yetanalytics.com/profiles/prepositions/concepts/context-extensions/as" => {
                    map.next_value::<IgnoredAny>()?;
                    known.acting_as_another = true;
                }
                "http://lrs.learninglocker.net/define/extensions/info" => {
                    known.moodle = map.next_value::<&'a RawValue>()?.get().contains("moodle-logstore_xapi");
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(known)
    }
}

fn number<'a, A: MapAccess<'a>>(map: &mut A) -> Result<Option<f64>, A::Error> {
    Ok(map.next_value::<Scalar<'a>>()?.number())
}

fn text<'a, A: MapAccess<'a>>(map: &mut A) -> Result<Option<Text<'a>>, A::Error> {
    Ok(map.next_value::<Scalar<'a>>()?.text())
}
