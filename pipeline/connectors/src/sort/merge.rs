//! [`Merge`]: several runs as one sequence in order of time.

use super::Entry;
use super::run::RunReader;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::PathBuf;
use teachback_core::time::EventTime;
use teachback_engine::port::PortError;

/// Reads runs in order of time; of equal times the entry of the earlier run comes first.
#[derive(Debug)]
pub struct Merge {
    readers: Vec<RunReader>,
    /// The next entry's time of each run that is not at its end.
    waiting: BinaryHeap<Reverse<(EventTime, usize)>>,
    /// The run whose entry was given last, to be moved on.
    given: Option<usize>,
}

impl Merge {
    pub(super) fn open(paths: &[PathBuf]) -> Result<Self, PortError> {
        let readers = paths.iter().map(|path| RunReader::open(path)).collect::<Result<Vec<_>, _>>()?;
        let mut merge = Self { readers, waiting: BinaryHeap::new(), given: None };
        for run in 0..merge.readers.len() {
            merge.advance(run)?;
        }
        Ok(merge)
    }

    /// The next entry; `None` behind the last.
    ///
    /// # Errors
    /// When a run is cut off or changed.
    #[expect(clippy::should_implement_trait, reason = "an entry borrows from the merge, which an iterator cannot say")]
    pub fn next(&mut self) -> Result<Option<Entry<'_>>, PortError> {
        if let Some(run) = self.given.take() {
            self.advance(run)?;
        }
        let Some(Reverse((_, run))) = self.waiting.pop() else { return Ok(None) };
        self.given = Some(run);
        Ok(Some(self.readers[run].entry()))
    }

    fn advance(&mut self, run: usize) -> Result<(), PortError> {
        if let Some(time) = self.readers[run].advance()? {
            self.waiting.push(Reverse((time, run)));
        }
        Ok(())
    }
}
