//! What is known of a content apart from its learners.

use super::Latest;
use super::versions::Versions;
use serde::{Deserialize, Serialize};

/// Facts about one content, joined over its events.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ContentFacts {
    /// Latest type named, by its number in `names.words`.
    pub content_type: Latest<u32>,
    /// Latest module named, by its number in `names.modules`.
    pub module: Latest<u32>,
    /// Latest version named, by its number in `names.words`.
    pub version: Latest<u32>,
    /// Every version named.
    pub versions: Versions,
    /// Longest length reported, milliseconds; 0 when none.
    pub length_ms: u32,
    /// content.failed events.
    pub failures: u64,
    /// Whether any learner ever completed it by an event of its own.
    pub completed_by_event: bool,
}
