//! Files as a log: newline-delimited JSON, plain, gzip or zstd, one after another as one partition.
//!
//! ```text
//!   a.ndjson        b.ndjson.gz (decompressed)   dir/c.ndjson.zst (decompressed)
//!   0 ───────▶ 1200 ──────────────────────▶ 5200 ───────────────▶ 7000      offset = byte position in the concatenation
//! ```
//!
//! - Files lie in byte order of their paths; those below a directory are found recursively by their endings (`.ndjson`,
//!   `.jsonl`, `.json`, each also with `.gz` or `.zst`). Hidden files and directories are left out.
//! - A record is a line. The end of a file ends its last line, with or without a newline. Empty lines are no records; a
//!   carriage return before the newline is no part of the record.
//! - A [`FileMark`] for each file says how many bytes were read and their hash. When the log is opened again, those bytes
//!   must still be there: more bytes may only follow the end of the concatenation (the last file grew, or files follow
//!   that sort after it). A last line that had no newline when it was read must not have grown. Only contents are
//!   compared, so moved or renamed files that keep their order are the same log.
//! - Standard input is written to a file first ([`spool`]), so that it can be read again.
//!
//! [`Archive`] reads files of foreign formats the same way, once and from their beginning, for importers.

mod archive;
mod find;
mod lines;
mod source;

pub use archive::{Archive, ArchiveLines, LinePlace};
pub use find::Names;
pub use source::FileSource;

use self::find::InputFile;
use self::lines::LineReader;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use teachback_engine::port::{Actor, PortError};

/// How much of one file was read, and what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileMark {
    /// The file's name, with its folder when it was found in a directory.
    pub path: String,
    /// Decompressed bytes read from its beginning.
    pub length: u64,
    /// SHA-256 of those bytes, hexadecimal.
    pub prefix_sha256: String,
}

/// Input files, checked against what an earlier run recorded of them.
#[derive(Debug, Clone)]
pub struct FileLog {
    files: Arc<[InputFile]>,
    name: String,
    /// What has been read of each file, in order; shared with the sources.
    marks: Arc<Mutex<Marks>>,
}

/// Marks of the files that are behind the reader, and of the one that it is in.
#[derive(Debug, Clone, Default)]
struct Marks {
    finished: Vec<FileMark>,
    current: Option<CurrentMark>,
}

#[derive(Debug, Clone)]
struct CurrentMark {
    path: String,
    length: u64,
    hash: Sha256,
}

impl CurrentMark {
    fn mark(&self) -> FileMark {
        let prefix_sha256 = self.hash.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        FileMark { path: self.path.clone(), length: self.length, prefix_sha256 }
    }
}

impl Marks {
    /// The marks of all files of which anything was read; empty files have none.
    fn list(&self) -> Vec<FileMark> {
        let current = self.current.iter().filter(|current| current.length > 0).map(CurrentMark::mark);
        self.finished.iter().cloned().chain(current).collect()
    }
}

impl FileLog {
    /// Finds the files behind `paths` (files or directories; `-` stands for the file `spooled`) and checks that what was
    /// recorded of them is still there, which reads the recorded part once.
    ///
    /// # Errors
    /// [`Actor::User`] when a path is not there or is no input; [`Actor::Damage`] when recorded bytes changed.
    pub fn open(paths: &[PathBuf], spooled: Option<&Path>, recorded: &[FileMark]) -> Result<Self, PortError> {
        let files = find::find(paths, Names::Lines, spooled)?;
        check(&files, recorded)?;
        let marks = Marks { finished: recorded.to_vec(), current: None };
        Ok(Self { files: files.into(), name: find::name(paths), marks: Arc::new(Mutex::new(marks)) })
    }

    /// A source that reads from a byte position of the concatenation, which must be 0 or the `next` of a record.
    ///
    /// # Errors
    /// [`Actor::Damage`] when the files hold fewer bytes than that.
    pub fn source(&self, from: u64) -> Result<FileSource, PortError> {
        FileSource::open(Arc::clone(&self.files), self.name.clone(), Arc::clone(&self.marks), from)
    }

    /// What has been read so far of each file, for the commit record. Before a source has read anything: what was recorded.
    #[must_use]
    pub fn marks(&self) -> Vec<FileMark> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner).list()
    }
}

/// Compares the beginning of the log with what was recorded of it.
fn check(files: &[InputFile], recorded: &[FileMark]) -> Result<(), PortError> {
    let mut files = files.iter();
    for (place, mark) in recorded.iter().enumerate() {
        let mut behind = None;
        for file in files.by_ref() {
            let mut reader = LineReader::open(file)?;
            if !reader.at_end()? {
                behind = Some((file, reader));
                break;
            }
        }
        let Some((file, mut reader)) = behind else {
            return Err(changed(&mark.path, "it was read before and is no longer among the input"));
        };
        let missing = mark.length - reader.skip_hashed(mark.length)?;
        if missing > 0 {
            return Err(changed(&mark.path, &format!("{missing} of the bytes read before are missing in {}", file.shown)));
        }
        if reader.mark().prefix_sha256 != mark.prefix_sha256 {
            let what =
                if file.shown == mark.path { "bytes that were read before have changed".to_owned() } else { format!("in its place lies {}", file.shown) };
            return Err(changed(&mark.path, &what));
        }
        let is_last = place + 1 == recorded.len();
        if !is_last && !reader.at_end()? {
            return Err(changed(&mark.path, "it has grown, and files after it were read already"));
        }
        if is_last && reader.is_inside_line()? {
            return Err(changed(&mark.path, "its last line had no newline when it was read, and has been continued since"));
        }
    }
    Ok(())
}

fn changed(path: &str, what: &str) -> PortError {
    let message = format!(
        "the input file {path} is not what was read before: {what}. Input may only be appended at the end. \
         Put the file back as it was, or begin a new warehouse with another --warehouse."
    );
    PortError::new(Actor::Damage, message)
}

/// Copies standard input (or any other stream) to a file, so that it can be read as a log.
///
/// # Errors
/// When it cannot be read, or the file cannot be written.
pub fn spool(input: &mut dyn Read, to: &Path) -> Result<u64, PortError> {
    let failed = |cause: std::io::Error| PortError::external(format!("standard input cannot be kept in {}; check its space", to.display()), cause);
    let mut file = std::io::BufWriter::new(std::fs::File::create(to).map_err(failed)?);
    let copied = std::io::copy(input, &mut file).map_err(failed)?;
    file.flush().map_err(failed)?;
    Ok(copied)
}

#[cfg(test)]
mod tests;
