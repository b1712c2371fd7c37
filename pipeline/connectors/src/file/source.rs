//! [`FileSource`]: the files of a log, read record by record.

use super::find::InputFile;
use super::lines::{Line, LineReader};
use super::{CurrentMark, FileMark, Marks};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use teachback_core::event::decode::Headers;
use teachback_core::event::validate::Key;
use teachback_engine::port::{Actor, Partition, Polled, PortError, Record, Source};

/// The one partition of a file log.
pub(super) const PARTITION: Partition = Partition(0);

/// Reads the records of a [`super::FileLog`]. Never live: it ends where the files end.
///
/// Its partition is assigned from the beginning, so it announces no [`teachback_engine::port::Change`].
#[derive(Debug)]
pub struct FileSource {
    files: Arc<[InputFile]>,
    name: String,
    shared: Arc<Mutex<Marks>>,
    /// Marks of the files that are behind the reader.
    finished: Vec<FileMark>,
    /// How many of them the log knows; `None` before the first poll, when it shows what was recorded.
    published: Option<usize>,
    next_file: usize,
    reader: Option<LineReader>,
    /// Position in the concatenation at which the current file begins.
    base: u64,
    line: Vec<u8>,
}

impl FileSource {
    pub(super) fn open(files: Arc<[InputFile]>, name: String, shared: Arc<Mutex<Marks>>, from: u64) -> Result<Self, PortError> {
        let mut source = Self { files, name, shared, finished: Vec::new(), published: None, next_file: 0, reader: None, base: 0, line: Vec::new() };
        let mut left = from;
        while left > 0 {
            let Some(reader) = source.reader()? else {
                let message = format!("the input {} ends {left} bytes before position {from}, up to which it was read before; put the files back", source.name);
                return Err(PortError::new(Actor::Damage, message));
            };
            left -= reader.skip_hashed(left)?;
            if left > 0 {
                source.leave_file();
            }
        }
        Ok(source)
    }

    /// What has been read so far of each file, for the commit record.
    #[must_use]
    pub fn marks(&self) -> Vec<FileMark> {
        Marks { finished: self.finished.clone(), current: self.current() }.list()
    }

    fn current(&self) -> Option<CurrentMark> {
        self.reader.as_ref().map(|reader| reader.current().clone())
    }

    /// Tells the log how far this source has read.
    fn publish_marks(&mut self) {
        let mut marks = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.published.unwrap_or(0);
        marks.finished.truncate(known);
        marks.finished.extend_from_slice(&self.finished[known..]);
        marks.current = self.current();
        self.published = Some(self.finished.len());
    }

    /// The reader of the file at hand, or of the next one; `None` behind the last.
    fn reader(&mut self) -> Result<Option<&mut LineReader>, PortError> {
        if self.reader.is_none() {
            let Some(file) = self.files.get(self.next_file) else { return Ok(None) };
            self.reader = Some(LineReader::open(file)?);
            self.next_file += 1;
        }
        Ok(self.reader.as_mut())
    }

    fn leave_file(&mut self) {
        if let Some(reader) = self.reader.take() {
            self.base += reader.length();
            if reader.length() > 0 {
                self.finished.push(reader.mark());
            }
        }
    }
}

impl Source for FileSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn poll(&mut self, records_max: usize, _wait: Duration, handle: &mut dyn FnMut(&Record<'_>)) -> Result<Polled, PortError> {
        let mut polled = Polled::default();
        let mut line = std::mem::take(&mut self.line);
        while polled.records < records_max {
            let base = self.base;
            if self.reader()?.is_none() {
                polled.caught_up = true;
                break;
            }
            let is_last = self.next_file >= self.files.len();
            let Some(reader) = self.reader.as_mut() else { break };
            let offset = base + reader.length();
            match reader.read_line(&mut line)? {
                Line::Read if line.trim_ascii().is_empty() => {}
                Line::Read => {
                    let next = base + reader.length();
                    handle(&Record { partition: PARTITION, offset, next, received: None, key: Key::None, headers: Headers::none(), body: &line });
                    polled.records += 1;
                }
                // The last file stays open, so that its mark stays the current one.
                Line::End if is_last => {
                    polled.caught_up = true;
                    break;
                }
                Line::End => self.leave_file(),
            }
        }
        self.line = line;
        if polled.caught_up {
            polled.ended.push(PARTITION);
        }
        self.publish_marks();
        Ok(polled)
    }

    fn note_committed(&mut self, _positions: &[(Partition, u64)]) -> Result<(), PortError> {
        Ok(())
    }
}
