//! From evidence cells to signals: which of many hypotheses about courses have enough evidence to be told.
//!
//! ```text
//!  Told (shard, cut) ─┐          decision day D = evidence day + lag, each in turn
//!  Told ──────────────┼─▶ book ─▶ ┌ items     I-01 I-03 I-02 ┐  baselines from days before D
//!  Told ──────────────┘           │ spans     V-01           │  cells of D ─▶ evidence (e-processes)
//!                                 │ places    D-01           │  e-BH over each family ─▶ life ─▶ Verdict
//!                                 └ openings  C-01 (pages)   ┘                                     │
//!                                        course-signals ◀── changes(what was said, verdict) ◀──────┘
//! ```
//!
//! Invariants:
//! - A verdict is a function of the set of told cells and its day; neither shards nor cuts nor their order show in it.
//! - A baseline rests on cells that were judged on earlier days only.
//! - What has ended is never rewritten; the hypothesis goes on as the next generation.
//! - Every number decided by stands in `margins`, every word in `words`.
//!
//! A rule is one file: its null hypothesis, its evidence, what clears it. [`judge`] knows families only.

mod book;
mod item_flat;
mod item_hard;
mod item_miskeyed;
mod items;
mod life;
mod margins;
mod openings;
mod places;
mod rate;
mod signal;
mod spans;
mod tally;
#[cfg(test)]
mod tests;
mod words;

pub use signal::{Code, Signal, SignalEvent, State, Tier, changes, rows, said};

use crate::evidence::CourseEvidence;
use crate::time::{Day, EventTime};
use book::Book;
use items::Items;
use openings::Openings;
use places::Places;
use serde::{Deserialize, Serialize};
use spans::Spans;

/// What one shard told at one cut.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// The cut.
    pub as_of: EventTime,
    /// Courses of the shard with something to tell; a course lives in exactly one shard.
    pub courses: Vec<CourseEvidence>,
}

/// What holds of all courses on one decision day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The last decision day.
    pub through: Day,
    /// The signals, sorted by id.
    pub signals: Vec<Signal>,
}

/// Judges every decision day in turn, through the last.
///
/// Cells judged later than that are left out. How a course is described (outline, provider, versions) and its openings
/// are taken from the latest cut that told of it.
#[must_use]
pub fn judge<'a>(told: impl IntoIterator<Item = &'a Told>, through: Day) -> Verdict {
    let book = Book::new(told);
    let (mut items, mut spans, mut places, mut openings) = (Items::new(&book), Spans::new(&book), Places::new(&book), Openings::new(&book));
    // A day without cells changes nothing.
    for (day, cells) in book.days.range(..=through) {
        items.judge(*day, cells, &book);
        spans.judge(*day, cells, &book);
        places.judge(*day, cells, &book);
        openings.judge(*day, cells, &book);
    }
    let mut signals = [items.signals(&book), spans.signals(&book), places.signals(&book), openings.signals(&book)].concat();
    signals.sort_unstable_by(|left, right| left.signal_id.cmp(&right.signal_id));
    Verdict { through, signals }
}
