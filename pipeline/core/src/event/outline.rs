//! The outline of a course run: ordered modules, their contents and assessments, items with options and key.
//!
//! Carried by `course.published` in `data.modules`. An outline replaces the one before it as a whole; the one in force
//! is the latest by (time, source, id), so it is a join like everything else known of a course.

use crate::limits::{JSON_DEPTH_MAX, OUTLINE_ENTRIES_MAX, OUTLINE_MODULES_MAX};
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One module, in the order in which learners meet it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Module {
    /// Its id.
    pub module: String,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// When it is due, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// Its contents, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<Content>,
    /// Its assessments, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assessments: Vec<Assessment>,
}

/// One content of a module.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Content {
    /// Its id.
    pub content: String,
    /// `video`, `page` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Length of a recording, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_s: Option<f64>,
    /// Words of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<u64>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_version: Option<String>,
    /// Items that practise this content.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub linked_items: Vec<String>,
}

/// One assessment of a module.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Assessment {
    /// Its id.
    pub assessment: String,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its items, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
}

/// One item of an assessment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Item {
    /// Its id.
    pub item: String,
    /// Its title or question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The responses that can be chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<ResponseOption>,
    /// The response that is marked right; absent where there is none or more than one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Highest mark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_score: Option<f64>,
}

/// One response that can be chosen.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ResponseOption {
    /// Its id, as it stands in `response`.
    pub option: String,
    /// Its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl Module {
    /// Every identifier of the module.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let contents = self.contents.iter().flat_map(|content| [&content.content].into_iter().chain(&content.linked_items).chain(&content.content_version));
        let assessments =
            self.assessments.iter().flat_map(|assessment| [&assessment.assessment].into_iter().chain(assessment.items.iter().map(|item| &item.item)));
        [&self.module].into_iter().chain(contents).chain(assessments).map(String::as_str)
    }
}

/// Modules in order.
///
/// In a form for people it is a list of modules, which leave out what has no value. Forms for programs (of ours postcard: state
/// images, evidence) may need every field; there it is the JSON text of that list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outline(pub(crate) Vec<Module>);

impl Outline {
    /// The modules, in the order in which learners meet them.
    #[must_use]
    pub fn modules(&self) -> &[Module] {
        &self.0
    }
}

impl Serialize for Outline {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return self.0.serialize(serializer);
        }
        serde_json::to_string(&self.0).map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Outline {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return Vec::deserialize(deserializer).map(Self);
        }
        serde_json::from_str(&String::deserialize(deserializer)?).map(Self).map_err(D::Error::custom)
    }
}

/// Reads `data.modules`; `None` when it is no outline, too deep or too large.
#[must_use]
pub fn parse(json: &str) -> Option<Outline> {
    if depth(json) + 2 > JSON_DEPTH_MAX {
        return None;
    }
    let Outline(modules) = serde_json::from_str(json).ok()?;
    let entries: usize =
        modules.iter().map(|module| module.contents.len() + module.assessments.iter().map(|assessment| 1 + assessment.items.len()).sum::<usize>()).sum();
    (modules.len() <= OUTLINE_MODULES_MAX && entries <= OUTLINE_ENTRIES_MAX).then_some(Outline(modules))
}

/// Deepest nesting of a JSON text.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let json = r#"[{"module":"m1","contents":[{"content":"v1","length_s":120.0}],"assessments":[{"assessment":"q1","items":[{"item":"i1","options":[{"option":"a"}],"key":"a"}]}]}]"#;
        let outline = parse(json).expect("an outline");
        assert_eq!(serde_json::to_string(&outline).expect("json"), json);
        let packed = postcard::to_stdvec(&(&outline, 7_u8)).expect("packs");
        assert_eq!(postcard::from_bytes::<(Outline, u8)>(&packed).expect("unpacks"), (outline, 7));
    }

    #[test]
    fn refuses_what_is_too_deep_or_no_outline() {
        assert_eq!(parse(&("[".repeat(40) + &"]".repeat(40))), None);
        assert_eq!(parse(r#"[{"title":"no id"}]"#), None);
    }
}
