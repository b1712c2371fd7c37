//! A run: sorted entries in one file.
//!
//! A zstd frame with a checksum, of entries: time (8 bytes), length of key and of body (4 bytes each), all little-endian, then key and
//! body. A last entry of time `i64::MAX` without key and body stands for the end, so that a file cut between frames is noticed too.

use super::Entry;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use teachback_core::time::EventTime;
use teachback_engine::port::{Actor, PortError};

/// Fast; runs are read once or twice.
const LEVEL: i32 = 1;
/// Bytes before key and body.
const HEAD_BYTES: usize = 16;
/// Stands for the end of a run.
const END: EventTime = EventTime(i64::MAX);

/// Writes a run.
pub(super) struct RunWriter {
    path: PathBuf,
    output: zstd::stream::write::Encoder<'static, BufWriter<File>>,
}

impl RunWriter {
    pub(super) fn create(path: &Path) -> Result<Self, PortError> {
        let created = File::create(path).and_then(|file| {
            let mut output = zstd::stream::write::Encoder::new(BufWriter::new(file), LEVEL)?;
            output.include_checksum(true)?;
            Ok(output)
        });
        Ok(Self { path: path.to_owned(), output: created.map_err(|cause| unwritable(path, cause))? })
    }

    pub(super) fn write(&mut self, time: EventTime, key: &[u8], body: &[u8]) -> Result<(), PortError> {
        let mut head = [0; HEAD_BYTES];
        head[..8].copy_from_slice(&time.0.to_le_bytes());
        head[8..12].copy_from_slice(&(key.len() as u32).to_le_bytes());
        head[12..].copy_from_slice(&(body.len() as u32).to_le_bytes());
        let written = self.output.write_all(&head).and_then(|()| self.output.write_all(key)).and_then(|()| self.output.write_all(body));
        written.map_err(|cause| unwritable(&self.path, cause))
    }

    /// Ends the run; it is on disk when this returns.
    pub(super) fn finish(mut self) -> Result<(), PortError> {
        self.write(END, b"", b"")?;
        let synced = self.output.finish().and_then(|file| file.into_inner().map_err(io::IntoInnerError::into_error)).and_then(|file| file.sync_all());
        synced.map_err(|cause| unwritable(&self.path, cause))
    }
}

/// Reads a run, one entry at a time.
pub(super) struct RunReader {
    path: PathBuf,
    input: zstd::stream::read::Decoder<'static, BufReader<File>>,
    time: EventTime,
    text: String,
    key_bytes: usize,
}

impl fmt::Debug for RunReader {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "RunReader({} at {})", self.path.display(), self.time)
    }
}

impl RunReader {
    pub(super) fn open(path: &Path) -> Result<Self, PortError> {
        let input = File::open(path).and_then(zstd::stream::read::Decoder::new).map_err(|cause| unreadable(path, cause))?;
        Ok(Self { path: path.to_owned(), input, time: END, text: String::new(), key_bytes: 0 })
    }

    /// Reads the next entry; gives its time, or `None` behind the last.
    pub(super) fn advance(&mut self) -> Result<Option<EventTime>, PortError> {
        self.read_entry().map_err(|cause| unreadable(&self.path, cause))
    }

    fn read_entry(&mut self) -> io::Result<Option<EventTime>> {
        let mut head = [0; HEAD_BYTES];
        self.input.read_exact(&mut head)?;
        let [time @ .., k0, k1, k2, k3, b0, b1, b2, b3] = head;
        self.time = EventTime(i64::from_le_bytes(time));
        let (key_bytes, body_bytes) = (u32::from_le_bytes([k0, k1, k2, k3]), u32::from_le_bytes([b0, b1, b2, b3]));
        if self.time == END && key_bytes == 0 && body_bytes == 0 {
            // Reading to the very end makes the decoder compare the checksum.
            return if self.input.read(&mut head)? == 0 { Ok(None) } else { Err(io::Error::other("bytes behind the end")) };
        }
        self.key_bytes = key_bytes as usize;
        let bytes = u64::from(key_bytes) + u64::from(body_bytes);
        self.text.clear();
        let read = self.input.by_ref().take(bytes).read_to_string(&mut self.text)?;
        if read as u64 == bytes && self.text.is_char_boundary(self.key_bytes) { Ok(Some(self.time)) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    /// The entry that was read last.
    pub(super) fn entry(&self) -> Entry<'_> {
        let (key, body) = self.text.split_at(self.key_bytes);
        Entry { time: self.time, key, body }
    }
}

pub(super) fn unwritable(path: &Path, cause: io::Error) -> PortError {
    PortError::external(format!("the sorted part {} cannot be written; check the space and the rights there", path.display()), cause)
}

fn unreadable(path: &Path, cause: io::Error) -> PortError {
    PortError {
        actor: Actor::Damage,
        message: format!("the sorted part {} is missing, cut off or changed; remove its directory and begin again", path.display()),
        cause: Some(Box::new(cause)),
    }
}
