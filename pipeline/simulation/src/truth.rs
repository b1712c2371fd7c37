//! What is true of a simulated world: the answer book that the scorer reads and the pipeline never does.
//!
//! Only what a signal could rightly say is listed. An entity about which nothing is listed is clean: whatever is said of it is
//! false.

use serde::{Deserialize, Serialize};
use teachback_core::time::Day;

/// The answer book of one world.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// The kind of world.
    pub world: String,
    /// Its seed.
    pub seed: u64,
    /// Every course, in order of its subject.
    pub courses: Vec<CourseTruth>,
    /// Everything that a signal could rightly say, sorted by course and code.
    pub facts: Vec<Fact>,
}

/// A course of the world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CourseTruth {
    /// The course run.
    pub course: String,
    /// Who can improve it.
    pub provider: String,
    /// Learners who enrolled.
    pub learners: u32,
    /// Whether nothing was planted in it.
    pub is_clean: bool,
}

/// How what a signal would say stands to the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Planted: it counts for power, and to say it is right.
    Planted,
    /// It holds as well, without having been planted under this code: to say it is right, not to say it is no miss.
    Holds,
    /// The true effect lies between the margin and what is planted: it counts neither way.
    Between,
}

/// One thing that a signal could rightly say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// Code of the signal, e.g. `I-01`.
    pub code: String,
    /// The course run.
    pub course: String,
    /// How it stands.
    pub standing: Standing,
    /// Place in the outline.
    pub module: Option<String>,
    /// The content, for V, C and R codes.
    pub content: Option<String>,
    /// The assessment, for I codes.
    pub assessment: Option<String>,
    /// The item, for I codes.
    pub item: Option<String>,
    /// Number of the span of a recording from 0, and how many it has, for V-01.
    pub span: Option<(u32, u32)>,
    /// The client class, for C-01.
    pub client: Option<String>,
    /// The true effect in the rule's own unit: a correlation, a share, a ratio to the expected hazard, a difference of shares.
    pub effect: f64,
    /// The share that is usual there, where `effect` compares with one: of those who leave, or of openings that fail.
    pub usual: Option<f64>,
    /// The first day on which it holds; `None` for all of them.
    pub since: Option<Day>,
    /// Learners who met it: answered the item, entered the span, opened the content on that client, came to the module.
    pub learners_exposed: u32,
    /// In one sentence.
    pub description: String,
}
