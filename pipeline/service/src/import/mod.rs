//! Archives into a log: read, sorted by event time over all files, written.
//!
//! ```text
//!  files ──read──▶ Gathered ──sorted runs, summary──▶ State (a directory) ──merge──▶ target::Writer ──▶ file or topic
//!                                                       ▲ how far it is ────────────────┘
//! ```
//!
//! Invariants:
//! - The same files and flags give the same events in the same order, whatever the bounds and however often the import was killed.
//! - A file appears whole under its name, or not at all. Into a topic each event is written at least once, with the same id.
//! - Memory is that of the sort ([`teachback_connectors::sort`]), one entry for each course, and the names in the summary, which are bounded.
//! - Nothing is written into a topic whose courses are already further on ([`ahead`]).
//!
//! What lies in the state directory is not yet behind the door: it is readable by its owner only, and removed at the end.

mod ahead;
mod progress;
mod state;
mod summary;
pub(crate) mod target;

pub(crate) use progress::Progress;

use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use state::State;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use summary::Summary;
use target::{Target, Writer};
use teachback_connectors::file::{Archive, LinePlace};
use teachback_connectors::sort::{Entry, Runs, SortBounds, Sorter};
use teachback_core::event::Event;
use teachback_core::event::encode::encode;
use teachback_core::refusal::Refusal;
use teachback_core::time::EventTime;
use teachback_formats::mapping::{LeftOut, PLATFORM_PREFIX};

/// Events written into a topic between two notes of how far the import is; as many may be written again after a crash.
const EVENTS_PER_NOTE: u64 = 10_000;

/// Everything that was read, sorted and on disk.
#[derive(Debug, Serialize, Deserialize)]
struct Sorted {
    runs: Runs,
    summary: Summary,
    /// When the first event of each course happened; platforms are no courses, and a time before 2000 is none.
    first: BTreeMap<String, EventTime>,
}

/// Takes what is read.
#[derive(Debug)]
pub(crate) struct Gathered {
    sorter: Sorter,
    summary: Summary,
    first: BTreeMap<String, EventTime>,
}

impl Gathered {
    fn new(directory: &Path) -> Self {
        Self { sorter: Sorter::new(directory, SortBounds::default()), summary: Summary::default(), first: BTreeMap::new() }
    }

    /// A record was read.
    pub(crate) fn read(&mut self) {
        self.summary.records += 1;
    }

    /// Takes an event.
    pub(crate) fn event(&mut self, event: &Event<'_>) -> Result<(), Failure> {
        self.summary.event(event);
        if event.time >= EventTime::YEAR_2000 && !event.subject.starts_with(PLATFORM_PREFIX) {
            if let Some(first) = self.first.get_mut(&*event.subject) {
                *first = event.time.min(*first);
            } else {
                self.first.insert(event.subject.to_string(), event.time);
            }
        }
        self.sorter.push(&Entry { time: event.time, key: &event.subject, body: &json_line(event)? })?;
        Ok(())
    }

    /// Takes note of what became no event.
    pub(crate) fn left_out(&mut self, left_out: &LeftOut) {
        self.summary.left_out(left_out);
    }

    /// Takes note of a record that was refused.
    pub(crate) fn refused(&mut self, refusal: &Refusal, place: LinePlace<'_>) {
        self.summary.refused(refusal, place);
    }

    fn finish(self) -> Result<Sorted, Failure> {
        Ok(Sorted { runs: self.sorter.finish()?, summary: self.summary, first: self.first })
    }
}

/// An event as one line.
pub(crate) fn json_line(event: &Event<'_>) -> Result<String, Failure> {
    encode(event).map_err(|error| Failure::new(format!("an event cannot be written as JSON: {error}"), "report this"))
}

/// Runs an import: reads the archive with `read`, unless a killed import has done so, and writes it to its target.
/// `terms` is all that events depend on beside the files.
pub(crate) fn run(
    archive: &Archive,
    terms: &[&str],
    target: &Target,
    directory: Option<&Path>,
    read: impl FnOnce(&mut Gathered) -> Result<(), Failure>,
) -> Result<ExitCode, Failure> {
    target.check()?;
    let name = target.name();
    let fingerprint = archive.fingerprint(&[terms, &[name.as_str()]].concat());
    let state = State::open(&directory.map_or_else(|| target.place_beside(), Path::to_owned), &fingerprint)?;
    let sorted: Sorted = match state.sorted()? {
        Some(sorted) => {
            tracing::info!(state = %state.directory().display(), "going on with an import that was not finished");
            sorted
        }
        None => {
            let mut gathered = Gathered::new(state.directory());
            read(&mut gathered)?;
            let sorted = gathered.finish()?;
            state.keep_sorted(&sorted)?;
            sorted
        }
    };
    write(&sorted, target, &state)?;
    state.remove()?;
    tracing::info!(events = sorted.runs.entries, to = name, "imported\n{}", sorted.summary);
    Ok(ExitCode::SUCCESS)
}

fn write(sorted: &Sorted, target: &Target, state: &State) -> Result<(), Failure> {
    let sent = match target {
        Target::File(_) | Target::Stdout => 0,
        Target::Kafka(target) => match state.sent()? {
            Some(sent) => sent,
            None => {
                ahead::refuse(target, &sorted.first)?;
                state.keep_sent(0)?;
                0
            }
        },
    };
    let mut writer = Writer::open(target)?;
    let mut merge = sorted.runs.merge(state.directory())?;
    let progress = Progress::new("written", sorted.runs.entries);
    let mut done = 0_u64;
    while let Some(entry) = merge.next()? {
        done += 1;
        if done <= sent {
            continue;
        }
        writer.write(entry.key, entry.body)?;
        if done.is_multiple_of(EVENTS_PER_NOTE) {
            progress.reached(done);
            if matches!(target, Target::Kafka(_)) {
                writer.flush()?;
                state.keep_sent(done)?;
            }
        }
    }
    progress.finish();
    writer.finish()
}
