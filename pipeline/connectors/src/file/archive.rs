//! [`Archive`]: files of a foreign format, read once from their beginning, line by line or whole.

use super::find::{self, InputFile, Names};
use super::lines::{Line, LineReader};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;
use teachback_engine::port::{Actor, PortError};

/// Files found, in byte order of their paths, each once.
#[derive(Debug)]
pub struct Archive {
    files: Vec<InputFile>,
    /// Bytes of each file as it lies there, and when it was last changed, microseconds since 1970.
    stamps: Vec<(u64, u128)>,
}

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinePlace<'a> {
    /// The file's name, with its folder when it was found in a directory.
    pub file: &'a str,
    /// The line, from 1; empty ones count.
    pub line: u64,
}

impl Archive {
    /// Finds the files behind `paths` (files, or directories with files of such names).
    ///
    /// # Errors
    /// [`Actor::User`] when a path is not there or holds no such file.
    pub fn find(paths: &[PathBuf], names: Names) -> Result<Self, PortError> {
        if paths.iter().any(|path| path.as_os_str() == "-") {
            return Err(PortError::new(Actor::User, "an archive cannot be read from standard input (`-`); write it to a file first"));
        }
        let files = find::find(paths, names, None)?;
        let stamps = files.iter().map(stamp).collect::<Result<_, _>>()?;
        Ok(Self { files, stamps })
    }

    /// Bytes of all files as they lie there.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.stamps.iter().map(|(bytes, _)| bytes).sum()
    }

    /// A digest of which files these are (path, size, last change) and of what the caller puts beside it, hexadecimal.
    #[must_use]
    pub fn fingerprint(&self, beside: &[&str]) -> String {
        let mut hash = Sha256::new();
        let mut add = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        beside.iter().for_each(|part| add(part.as_bytes()));
        for (file, (bytes, changed)) in self.files.iter().zip(&self.stamps) {
            add(file.path.as_os_str().as_encoded_bytes());
            add(&bytes.to_le_bytes());
            add(&changed.to_le_bytes());
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Reads all files from the beginning.
    #[must_use]
    pub fn lines(&self) -> ArchiveLines<'_> {
        ArchiveLines { files: self.files.iter(), current: None, read: Arc::default() }
    }

    /// The whole content of each file with its name, decompressed.
    ///
    /// # Errors
    /// [`Actor::User`] for one that cannot be opened or has more than `bytes_max` bytes, [`Actor::Damage`] for one that is cut off.
    pub fn whole(&self, bytes_max: usize) -> impl Iterator<Item = Result<(&str, Vec<u8>), PortError>> {
        self.files.iter().map(move |file| {
            let content = LineReader::open(file)?.read_whole(bytes_max)?;
            let content = content.ok_or_else(|| {
                PortError::new(Actor::User, format!("the input file {} has more than {bytes_max} bytes; divide it into several files", file.shown))
            })?;
            Ok((file.shown.as_str(), content))
        })
    }
}

fn stamp(file: &InputFile) -> Result<(u64, u128), PortError> {
    let unseen = |cause: std::io::Error| PortError {
        actor: Actor::User,
        message: format!("the input file {} cannot be looked at; check that it is there and that you may read it", file.shown),
        cause: Some(Box::new(cause)),
    };
    let metadata = Path::metadata(&file.path).map_err(unseen)?;
    // A file system without such times, or one from before 1970, tells changes by size alone.
    let changed = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Ok((metadata.len(), changed.map_or(0, |since| since.as_micros())))
}

/// Reads the lines of an [`Archive`] in bounded memory.
#[derive(Debug)]
pub struct ArchiveLines<'a> {
    files: std::slice::Iter<'a, InputFile>,
    current: Option<(&'a InputFile, LineReader, u64)>,
    read: Arc<AtomicU64>,
}

impl<'a> ArchiveLines<'a> {
    /// Reads the next line that is not empty, without its newline; `None` behind the last. Of a line longer than a message may be only
    /// the first bytes are kept, one more than allowed.
    ///
    /// # Errors
    /// [`Actor::User`] for a file that cannot be opened, [`Actor::Damage`] for one that is cut off.
    pub fn read(&mut self, line: &mut Vec<u8>) -> Result<Option<LinePlace<'a>>, PortError> {
        loop {
            let (file, reader, number) = match &mut self.current {
                Some(current) => current,
                None => {
                    let Some(file) = self.files.next() else { return Ok(None) };
                    self.current.insert((file, LineReader::open_counted(file, Arc::clone(&self.read))?, 0))
                }
            };
            match reader.read_line(line)? {
                Line::End => self.current = None,
                Line::Read => {
                    *number += 1;
                    if !line.trim_ascii().is_empty() {
                        return Ok(Some(LinePlace { file: &file.shown, line: *number }));
                    }
                }
            }
        }
    }

    /// Bytes taken so far from the files as they lie there.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}
