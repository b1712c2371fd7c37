//! The cells: integer counts of learners, as decide reads them.

use crate::event::outline::Outline;
use crate::time::{Day, Hour};
use serde::{Deserialize, Serialize};

/// Learners of one day who gave one response to one item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ItemCell {
    /// Evidence day.
    pub day: Day,
    /// Stratum of the learners ([`super::strata`]).
    pub stratum: String,
    /// Assessment.
    pub assessment: String,
    /// Item.
    pub item: String,
    /// Response, or empty.
    pub response: String,
    /// Whether it got the full mark.
    pub right: bool,
    /// Rest-score bin; `None` when the learner answered nothing else.
    pub rest_bin: Option<u8>,
    /// Learners.
    pub learners: u32,
}

/// Learners of one day who took one assessment, for the first time.
///
/// Marks x are shares of an item's highest mark in thousandths, 0 where it was left out; T is a learner's sum of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct QuizCell {
    /// Evidence day.
    pub day: Day,
    /// Stratum of the learners ([`super::strata`]).
    pub stratum: String,
    /// Assessment.
    pub assessment: String,
    /// Learners with a mark for any of its items.
    pub learners: u32,
    /// ΣT, ΣT², ΣT³, ΣT⁴.
    pub totals: [u128; 4],
    /// The items that any of them answered, sorted.
    pub items: Vec<QuizItem>,
}

/// One item of an assessment, over the learners of a [`QuizCell`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct QuizItem {
    /// Item.
    pub item: String,
    /// Learners who left it out: they gave no answer within the first attempt at the assessment. Where learners are asked
    /// different items of a pool, those who were never asked it are among them.
    pub omitted: u32,
    /// Σx.
    pub sum: u64,
    /// Σx².
    pub squares: u64,
    /// Σx·T.
    pub products: u64,
    /// Learners by the attempt at which they were right first, up to [`super::ATTEMPTS_MAX`]; 0: not within the first attempt
    /// at the assessment. Those with a mark only.
    pub attempts: Vec<(u8, u32)>,
    /// Learners by the bin of the time that their first answer took ([`super::bin_start_ms`]); those of whom it is known.
    pub response_times: Vec<(u8, u32)>,
}

/// Learners of one day who first met one content, by how long they stayed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DwellCell {
    /// Evidence day.
    pub day: Day,
    /// Stratum of the learners ([`super::strata`]).
    pub stratum: String,
    /// Content.
    pub content: String,
    /// Learners by the bin of the time from the first to the last point of their first sitting ([`super::bin_start_ms`]).
    pub sittings: Vec<(u8, u32)>,
    /// Learners by the bin of the longest stay that an event of their first day at the content reports.
    pub reported: Vec<(u8, u32)>,
}

/// Learners of one day in one span of a recording.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SpanCell {
    /// Evidence day.
    pub day: Day,
    /// Stratum of the learners ([`super::strata`]).
    pub stratum: String,
    /// Content.
    pub content: String,
    /// Spans of the recording.
    pub spans: u32,
    /// Length of the recording, milliseconds.
    pub length_ms: u32,
    /// Span, from 0.
    pub span: u32,
    /// Learners who played any of it in their first sitting.
    pub entered: u32,
    /// Learners whose first sitting ended in it, the recording not completed.
    pub dropped: u32,
    /// Learners who played a second or more of it twice in their first sitting.
    pub replayed: u32,
    /// Learners who sought back from it in their first sitting.
    pub sought_back: u32,
    /// Learners who sought over the whole of it, in one jump, in their first sitting.
    pub skipped: u32,
    /// Learners who paused in it in their first sitting.
    pub paused: u32,
    /// The 5-second segments in which they left, with how many.
    pub segments: Vec<(u32, u32)>,
}

/// Learners of one day who came to one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PlaceCell {
    /// Evidence day.
    pub day: Day,
    /// Stratum of the learners ([`super::strata`]).
    pub stratum: String,
    /// Module.
    pub module: String,
    /// Learners who came.
    pub arrived: u32,
    /// Of those, withdrew before reaching another place, within the window.
    pub withdrew: u32,
    /// Of those, went silent for ten days, beginning within four days, without reaching another place.
    pub stopped_out: u32,
    /// Of those, had been silent for ten days before: they came back.
    pub returned: u32,
}

/// Learners of one day who first opened a content with one class of client; the day may still be open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OpeningCell {
    /// Content; empty for the sum over all contents that never failed.
    pub content: String,
    /// Client class; empty where unknown.
    pub client: String,
    /// Day of the opening.
    pub day: Day,
    /// Learners.
    pub opened: u32,
    /// Of those, learners whose opening failed.
    pub failed: u32,
}

/// Learners of one day who were looked at as accounts, and those that no human seems to stand behind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AccountCell {
    /// The day on which there was enough to judge the account by.
    pub day: Day,
    /// Learners judged.
    pub judged: u32,
    /// Of those, likely bots.
    pub bots: u32,
}

/// Learners active in one hour; the hour is over by the course's time, but what is on its way may still come.
///
/// An hour without activity has no cell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FlowCell {
    /// The hour.
    pub hour: Hour,
    /// Learners with activity in it.
    pub learners: u32,
}

/// A content as it stood from some day on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ContentVersion {
    /// Content.
    pub content: String,
    /// The day on which this version was first seen, in the outline or in an event.
    pub since: Day,
    /// Version.
    pub version: String,
}

/// What one course has to tell at one cut.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CourseEvidence {
    /// Course run.
    pub course: String,
    /// Who can improve it.
    pub provider: String,
    /// Title.
    pub title: String,
    /// The outline in force.
    pub outline: Outline,
    /// The day on which the course began: of its first learner's first activity.
    pub began: Option<Day>,
    /// Every version of every content that has one, first seen in a closed day, sorted; of each content the first 16.
    pub versions: Vec<ContentVersion>,
    /// Days with any event, from the first newly closed day on: they say on which day another one closed.
    pub active_days: Vec<Day>,
    /// Days newly closed.
    pub items: Vec<ItemCell>,
    /// Days newly closed.
    pub quizzes: Vec<QuizCell>,
    /// Days newly closed.
    pub spans: Vec<SpanCell>,
    /// Days newly closed.
    pub dwell: Vec<DwellCell>,
    /// Days newly closed.
    pub places: Vec<PlaceCell>,
    /// All days so far; replaces what the course told before.
    pub openings: Vec<OpeningCell>,
    /// Days newly closed.
    pub accounts: Vec<AccountCell>,
    /// The latest 35 days of hours, sorted; replaces what the course told before.
    pub flow: Vec<FlowCell>,
}
