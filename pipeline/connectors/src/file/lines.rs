//! One file as lines: decompressed, hashed as it is read, in bounded memory.

use super::find::{Compression, InputFile};
use super::{CurrentMark, FileMark};
use crate::limits::FILE_BUFFER_BYTES;
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use teachback_core::limits::MESSAGE_BYTES_MAX;
use teachback_engine::port::{Actor, PortError};

/// One more byte than a message may have, so that it is refused as too large by whoever decodes it.
const LINE_BYTES_MAX: usize = MESSAGE_BYTES_MAX + 1;

/// Reads a file line by line and keeps the hash of what was read.
pub(super) struct LineReader {
    input: BufReader<Box<dyn Read + Send>>,
    mark: CurrentMark,
    last_byte: u8,
}

impl fmt::Debug for LineReader {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "LineReader({} at {})", self.mark.path, self.mark.length)
    }
}

/// A file whose bytes are counted as they are read.
struct Counted {
    bytes: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// How a line ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// The buffer holds a line.
    Read,
    /// There are no more bytes.
    End,
}

impl LineReader {
    pub(super) fn open(file: &InputFile) -> Result<Self, PortError> {
        Self::open_counted(file, Arc::default())
    }

    /// As [`Self::open`]; `read` grows by the bytes taken from the file as it lies there.
    pub(super) fn open_counted(file: &InputFile, read: Arc<AtomicU64>) -> Result<Self, PortError> {
        let bytes = File::open(&file.path).map_err(|cause| PortError {
            actor: Actor::User,
            message: format!("the input file {} cannot be opened; check that it is there and that you may read it", file.shown),
            cause: Some(Box::new(cause)),
        })?;
        let bytes = Counted { bytes, read };
        let mark = CurrentMark { path: file.shown.clone(), length: 0, hash: Sha256::new() };
        let input: Box<dyn Read + Send> = match file.compression {
            Compression::None => Box::new(bytes),
            Compression::Gzip => Box::new(MultiGzDecoder::new(BufReader::with_capacity(FILE_BUFFER_BYTES, bytes))),
            Compression::Zstd => Box::new(zstd::stream::read::Decoder::new(bytes).map_err(|cause| unreadable(&mark, cause))?),
        };
        Ok(Self { input: BufReader::with_capacity(FILE_BUFFER_BYTES, input), mark, last_byte: b'\n' })
    }

    /// Decompressed bytes read so far.
    pub(super) fn length(&self) -> u64 {
        self.mark.length
    }

    pub(super) fn current(&self) -> &CurrentMark {
        &self.mark
    }

    pub(super) fn mark(&self) -> FileMark {
        self.mark.mark()
    }

    /// Whether no bytes are left.
    pub(super) fn at_end(&mut self) -> Result<bool, PortError> {
        self.input.fill_buf().map(<[u8]>::is_empty).map_err(|cause| unreadable(&self.mark, cause))
    }

    /// Whether the next bytes go on with a line whose beginning was read.
    pub(super) fn is_inside_line(&mut self) -> Result<bool, PortError> {
        if self.last_byte == b'\n' {
            return Ok(false);
        }
        let ahead = self.input.fill_buf().map_err(|cause| unreadable(&self.mark, cause))?;
        Ok(!matches!(ahead, [] | [b'\n', ..] | [b'\r', b'\n', ..] | [b'\r']))
    }

    /// Reads at most `bytes` bytes without looking at them; gives how many there were.
    pub(super) fn skip_hashed(&mut self, bytes: u64) -> Result<u64, PortError> {
        let mut left = bytes;
        while left > 0 {
            let ahead = self.input.fill_buf().map_err(|cause| unreadable(&self.mark, cause))?;
            let take = ahead.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            if take == 0 {
                break;
            }
            self.mark.hash.update(&ahead[..take]);
            self.last_byte = ahead[take - 1];
            self.input.consume(take);
            self.mark.length += take as u64;
            left -= take as u64;
        }
        Ok(bytes - left)
    }

    /// Reads a line into `line`, without its newline. Of a line that is too long only the first bytes are kept.
    pub(super) fn read_line(&mut self, line: &mut Vec<u8>) -> Result<Line, PortError> {
        line.clear();
        // Two more: the carriage return and the newline that are no part of the record.
        let read = self.input.by_ref().take(LINE_BYTES_MAX as u64 + 2).read_until(b'\n', line).map_err(|cause| unreadable(&self.mark, cause))?;
        if read == 0 {
            return Ok(Line::End);
        }
        self.mark.hash.update(&line);
        self.mark.length += read as u64;
        self.last_byte = line.last().copied().unwrap_or(b'\n');
        if self.last_byte != b'\n' {
            self.skip_line()?;
        } else {
            line.pop();
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        line.truncate(LINE_BYTES_MAX);
        Ok(Line::Read)
    }

    /// Everything that is left; `None` when that is more than `bytes_max` bytes.
    pub(super) fn read_whole(mut self, bytes_max: usize) -> Result<Option<Vec<u8>>, PortError> {
        let mut content = Vec::new();
        self.input.by_ref().take(bytes_max as u64 + 1).read_to_end(&mut content).map_err(|cause| unreadable(&self.mark, cause))?;
        Ok((content.len() <= bytes_max).then_some(content))
    }

    /// Reads on to the end of the line, keeping nothing.
    fn skip_line(&mut self) -> Result<(), PortError> {
        loop {
            let ahead = self.input.fill_buf().map_err(|cause| unreadable(&self.mark, cause))?;
            if ahead.is_empty() {
                return Ok(());
            }
            let newline = ahead.iter().position(|byte| *byte == b'\n');
            let take = newline.map_or(ahead.len(), |place| place + 1);
            self.skip_hashed(take as u64)?;
            if newline.is_some() {
                return Ok(());
            }
        }
    }
}

fn unreadable(mark: &CurrentMark, cause: io::Error) -> PortError {
    PortError {
        actor: Actor::Damage,
        message: format!(
            "the input file {} cannot be read beyond byte {} of its (decompressed) content; it is cut off or damaged, put a whole file in its place",
            mark.path, mark.length
        ),
        cause: Some(Box::new(cause)),
    }
}
