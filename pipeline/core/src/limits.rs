//! Every bound of the pure domain, with its unit in its name. A bound that is reached is counted, never silent.

/// Largest message that is decoded; a larger one is rejected as `too_large`.
pub const MESSAGE_BYTES_MAX: usize = 1024 * 1024;
/// Deepest JSON nesting that is read; the envelope is level 1.
pub const JSON_DEPTH_MAX: usize = 32;
/// Longest string of any field.
pub const STRING_BYTES_MAX: usize = 64 * 1024;
/// Longest identifier (course, learner, content, item …).
pub const IDENTIFIER_BYTES_MAX: usize = 1024;
/// Rejected bytes kept per message; the true length is kept beside them.
pub const SEALED_BYTES_MAX: usize = 64 * 1024;
/// Sources of one course that have a clock of their own; further ones share the last clock.
pub const SOURCES_PER_COURSE_MAX: usize = 64;
/// Event times beyond a gap that one source keeps while it waits for a third learner; the oldest go first.
pub const PENDING_TIMES_PER_SOURCE_MAX: usize = 4096;
/// Learners who must have been seen beyond a gap before a clock crosses it.
pub const LEARNERS_TO_CROSS_GAP: usize = 3;
/// Largest position or length in a recording, ten hours as in edX Insights.
pub const POSITION_SECONDS_MAX: f64 = 36_000.0;
/// Largest score of one item or assessment.
pub const SCORE_MAX: f64 = 1_000_000.0;
/// Seconds by which an event may be ahead of the time at which the log received it.
pub const CLOCK_AHEAD_SECONDS_MAX: i64 = 300;
/// Modules in one outline.
pub const OUTLINE_MODULES_MAX: usize = 2_000;
/// Contents and items in one outline.
pub const OUTLINE_ENTRIES_MAX: usize = 50_000;
/// Distinct contents, items, assessments, options and clients of one course; further ones are counted as overflow and not folded.
pub const NAMES_PER_COURSE_MAX: usize = 200_000;
/// Play, pause and seek points of one learner and content that are not settled yet; the oldest settle first.
pub const UNSETTLED_POINTS_MAX: usize = 4_096;
/// Versions of one content that are kept, those seen first; further ones are counted as overflow.
pub const VERSIONS_PER_CONTENT_MAX: usize = 16;
/// Things that enrolment events said of one learner's mode and class and that are kept, the latest; others count as overflow.
pub const STRATUM_CHANGES_MAX: usize = 64;
/// Longest enrolment mode that makes a stratum; whoever has a longer one is counted with those of no mode.
pub const STRATUM_MODE_BYTES_MAX: usize = 64;
/// Hours of a course's activity that are told at a time, the latest: 35 days.
pub const FLOW_HOURS_MAX: usize = 35 * 24;
/// Distinct unknown event types counted by name; the rest are counted together.
pub const UNKNOWN_NAMES_MAX: usize = 2_000;
/// Largest message of the topic of feedback; a larger one is not heard.
pub const FEEDBACK_BYTES_MAX: usize = 16 * 1024;
