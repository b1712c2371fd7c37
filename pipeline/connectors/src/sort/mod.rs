//! External merge sort: more entries than fit in memory, put in order of time by way of files on disk.
//!
//! ```text
//!   push ──▶ memory, at most run_bytes ──sorted──▶ run 0 │ run 1 │ … │ run n      (zstd, in a directory of the caller)
//!                                                    └──────┴──merge──┴──▶ entries in order of time
//! ```
//!
//! - Entries of equal time keep the order in which they were pushed, so the same entries give the same order whatever the bounds.
//! - Memory is [`SortBounds`]: the entries of one run while runs are made, a buffer for each merged run afterwards. Of more runs than are
//!   merged at once, neighbours are merged into longer ones first.
//! - A run counts when it is listed in [`Runs`]; a file that a crash left behind is written over or belongs to nobody. A listed run that was cut off
//!   or changed is an error, never a shorter run.

mod merge;
mod run;
#[cfg(test)]
mod tests;

pub use merge::Merge;

use crate::limits::{SORT_MERGED_RUNS_MAX, SORT_RUN_BYTES};
use run::RunWriter;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use teachback_core::time::EventTime;
use teachback_engine::port::{Actor, PortError};

/// How much a sort may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortBounds {
    /// Bytes of entries in memory; one more entry may go beyond.
    pub run_bytes: usize,
    /// Runs that are merged at once, at least 2.
    pub merged_runs_max: usize,
}

impl Default for SortBounds {
    fn default() -> Self {
        Self { run_bytes: SORT_RUN_BYTES, merged_runs_max: SORT_MERGED_RUNS_MAX }
    }
}

/// What is sorted: bytes under a key, at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// By which it is sorted.
    pub time: EventTime,
    /// Carried along.
    pub key: &'a str,
    /// Carried along.
    pub body: &'a str,
}

/// Finished runs, in the order in which entries of equal time follow each other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runs {
    /// Names of the files in the directory of the sort.
    names: Vec<String>,
    /// Entries of all of them.
    pub entries: u64,
}

impl Runs {
    /// Begins to read all entries in order.
    ///
    /// # Errors
    /// When a run cannot be opened or is damaged.
    pub fn merge(&self, directory: &Path) -> Result<Merge, PortError> {
        let paths: Vec<PathBuf> = self.names.iter().map(|name| directory.join(name)).collect();
        Merge::open(&paths)
    }
}

/// Where an entry lies in memory.
#[derive(Debug, Clone, Copy)]
struct Slot {
    time: EventTime,
    start: usize,
    key_bytes: u32,
    body_bytes: u32,
}

/// Takes entries in any order.
#[derive(Debug)]
pub struct Sorter {
    directory: PathBuf,
    bounds: SortBounds,
    /// Key and body of each entry of the run at hand.
    held: Vec<u8>,
    slots: Vec<Slot>,
    names: Vec<String>,
    entries: u64,
    /// Runs begun so far; numbers are not used again.
    begun: u64,
}

impl Sorter {
    /// A sort whose runs are made in `directory`, which must be there.
    #[must_use]
    pub fn new(directory: &Path, bounds: SortBounds) -> Self {
        Self { directory: directory.to_owned(), bounds, held: Vec::new(), slots: Vec::new(), names: Vec::new(), entries: 0, begun: 0 }
    }

    /// Takes an entry.
    ///
    /// # Errors
    /// When a run cannot be written.
    pub fn push(&mut self, entry: &Entry<'_>) -> Result<(), PortError> {
        if self.held.capacity() == 0 {
            // At once, so that growing never holds the entries twice. Untouched pages cost nothing.
            self.held.reserve_exact(self.bounds.run_bytes);
        }
        let lengths = (u32::try_from(entry.key.len()), u32::try_from(entry.body.len()));
        let (Ok(key_bytes), Ok(body_bytes)) = lengths else {
            return Err(PortError::new(Actor::User, "an entry of more than 4 GiB cannot be sorted"));
        };
        let start = self.held.len();
        self.held.reserve_exact(entry.key.len() + entry.body.len());
        self.held.extend_from_slice(entry.key.as_bytes());
        self.held.extend_from_slice(entry.body.as_bytes());
        self.slots.push(Slot { time: entry.time, start, key_bytes, body_bytes });
        self.entries += 1;
        if self.held_bytes() >= self.bounds.run_bytes { self.spill() } else { Ok(()) }
    }

    /// Writes what is left and merges runs until no more are left than are merged at once.
    ///
    /// # Errors
    /// When a run cannot be written, or read again.
    pub fn finish(mut self) -> Result<Runs, PortError> {
        self.spill()?;
        self.held = Vec::new();
        self.slots = Vec::new();
        let at_once = self.bounds.merged_runs_max.max(2);
        while self.names.len() > at_once {
            let mut longer = Vec::new();
            for group in std::mem::take(&mut self.names).chunks(at_once) {
                longer.push(self.merge_group(group)?);
            }
            self.names = longer;
        }
        Ok(Runs { names: self.names, entries: self.entries })
    }

    /// What the entries in memory take.
    fn held_bytes(&self) -> usize {
        self.held.len() + self.slots.len() * size_of::<Slot>()
    }

    fn begin_run(&mut self) -> Result<(String, RunWriter), PortError> {
        let name = format!("run-{:06}.zst", self.begun);
        self.begun += 1;
        let writer = RunWriter::create(&self.directory.join(&name))?;
        Ok((name, writer))
    }

    fn spill(&mut self) -> Result<(), PortError> {
        if self.slots.is_empty() {
            return Ok(());
        }
        let (name, mut writer) = self.begin_run()?;
        // Stable: entries of equal time keep their order.
        self.slots.sort_by_key(|slot| slot.time);
        for slot in &self.slots {
            let middle = slot.start + slot.key_bytes as usize;
            let (key, body) = (&self.held[slot.start..middle], &self.held[middle..middle + slot.body_bytes as usize]);
            writer.write(slot.time, key, body)?;
        }
        writer.finish()?;
        self.names.push(name);
        self.held.clear();
        self.slots.clear();
        Ok(())
    }

    /// Merges neighbouring runs into one and removes them.
    fn merge_group(&mut self, names: &[String]) -> Result<String, PortError> {
        if let [only] = names {
            return Ok(only.clone());
        }
        let paths: Vec<PathBuf> = names.iter().map(|name| self.directory.join(name)).collect();
        let mut merge = Merge::open(&paths)?;
        let (name, mut writer) = self.begin_run()?;
        while let Some(entry) = merge.next()? {
            writer.write(entry.time, entry.key.as_bytes(), entry.body.as_bytes())?;
        }
        writer.finish()?;
        for path in &paths {
            std::fs::remove_file(path).map_err(|cause| run::unwritable(path, cause))?;
        }
        Ok(name)
    }
}
