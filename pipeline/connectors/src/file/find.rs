//! Which files an input consists of, and in which order.

use crate::limits::INPUT_DEPTH_MAX;
use std::io;
use std::path::{Path, PathBuf};
use teachback_engine::port::{Actor, PortError};

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    /// Not at all.
    None,
    /// Gzip, also of several members.
    Gzip,
    /// Zstandard, also of several frames.
    Zstd,
}

/// Which files of a directory are looked for, by the endings of their names; `.gz` or `.zst` may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// Newline-delimited JSON: `.ndjson`, `.jsonl`, `.json`.
    Lines,
    /// Logs as a platform rotates them: as [`Names::Lines`], also `.log`, and `.log` with a date or number behind it.
    Logs,
    /// Tables: `.csv`.
    Tables,
}

impl Names {
    /// Whether a name, its compression taken off, is looked for.
    fn holds(self, stem: &str) -> bool {
        let is_lines = [".ndjson", ".jsonl", ".json"].iter().any(|ending| stem.ends_with(ending));
        match self {
            Self::Lines => is_lines,
            Self::Logs => is_lines || stem.ends_with(".log") || is_rotated(stem),
            Self::Tables => stem.ends_with(".csv"),
        }
    }

    /// The endings, for people.
    fn shown(self) -> &'static str {
        match self {
            Self::Lines => ".ndjson, .jsonl or .json",
            Self::Logs => ".log, .ndjson, .jsonl or .json",
            Self::Tables => ".csv",
        }
    }
}

/// Whether the name ends in `.log` and what rotation puts behind it: a date or a number, so no other kind of file.
fn is_rotated(stem: &str) -> bool {
    let behind = stem.rsplit_once(".log").map(|(_, behind)| behind).and_then(|behind| behind.strip_prefix(['-', '.']));
    behind.is_some_and(|behind| behind.starts_with(|first: char| first.is_ascii_digit()) && behind.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'))
}

/// One file of the log.
#[derive(Debug, Clone)]
pub(super) struct InputFile {
    pub(super) path: PathBuf,
    /// How people know it; never an absolute path.
    pub(super) shown: String,
    pub(super) compression: Compression,
}

/// The files behind the paths, in byte order of their absolute paths, each once.
pub(super) fn find(paths: &[PathBuf], names: Names, spooled: Option<&Path>) -> Result<Vec<InputFile>, PortError> {
    let mut files = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            let spooled = spooled.ok_or_else(|| PortError::new(Actor::User, "standard input (`-`) was not kept in a file; this is a fault of the caller"))?;
            files.push(InputFile { path: spooled.to_owned(), shown: "-".to_owned(), compression: Compression::None });
            continue;
        }
        let not_there = |cause: io::Error| PortError {
            actor: Actor::User,
            message: format!("the input {} cannot be opened; give a file or directory that you may read", path.display()),
            cause: Some(Box::new(cause)),
        };
        let absolute = path.canonicalize().map_err(not_there)?;
        let shown = base_name(&absolute);
        if absolute.is_dir() {
            let before = files.len();
            search(&absolute, &shown, names, 0, &mut files).map_err(not_there)?;
            if files.len() == before {
                let message = format!("there are no {} files (or .gz, .zst of them) in {}", names.shown(), path.display());
                return Err(PortError::new(Actor::User, message));
            }
        } else {
            let compression = split(&shown.to_ascii_lowercase()).1;
            files.push(InputFile { path: absolute, shown, compression });
        }
    }
    files.sort_by(|left, right| place(left).cmp(&place(right)));
    files.dedup_by(|left, right| left.path == right.path);
    Ok(files)
}

/// Standard input comes last, wherever it is kept.
fn place(file: &InputFile) -> (bool, &[u8]) {
    (file.shown == "-", file.path.as_os_str().as_encoded_bytes())
}

/// The name of the whole log: the names of its inputs.
pub(super) fn name(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths.iter().map(|path| base_name(path)).collect();
    names.join(",")
}

fn base_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn search(folder: &Path, shown: &str, names: Names, depth: u32, files: &mut Vec<InputFile>) -> io::Result<()> {
    if depth > INPUT_DEPTH_MAX {
        return Err(io::Error::other(format!("directories are nested deeper than {INPUT_DEPTH_MAX} at {shown}")));
    }
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let (path, shown) = (entry.path(), format!("{shown}/{name}"));
        if path.is_dir() {
            search(&path, &shown, names, depth + 1, files)?;
        } else if let Some(compression) = ending(&name, names) {
            files.push(InputFile { path, shown, compression });
        }
    }
    Ok(())
}

/// How a file of this name is compressed; `None` when its name is not looked for.
fn ending(name: &str, names: Names) -> Option<Compression> {
    let name = name.to_ascii_lowercase();
    let (stem, compression) = split(&name);
    names.holds(stem).then_some(compression)
}

/// A name in small letters without the ending that tells its compression.
fn split(name: &str) -> (&str, Compression) {
    match name.rsplit_once('.') {
        Some((stem, "gz")) => (stem, Compression::Gzip),
        Some((stem, "zst")) => (stem, Compression::Zstd),
        Some(_) | None => (name, Compression::None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_say_what_is_read_and_how() {
        assert_eq!(ending("a.ndjson", Names::Lines), Some(Compression::None));
        assert_eq!(ending("a.JSONL.GZ", Names::Lines), Some(Compression::Gzip));
        assert_eq!(ending("a.json.zst", Names::Lines), Some(Compression::Zstd));
        assert_eq!(ending("a.csv", Names::Lines), None);
        assert_eq!(ending("a.gz", Names::Lines), None);
        assert_eq!(ending("tracking.log-20160101-1451606400.gz", Names::Lines), None);
    }

    #[test]
    fn rotated_logs_are_logs_and_only_tables_are_tables() {
        assert_eq!(ending("tracking.log", Names::Logs), Some(Compression::None));
        assert_eq!(ending("tracking.log-20160101-1451606400.gz", Names::Logs), Some(Compression::Gzip));
        assert_eq!(ending("tracking.log.3.zst", Names::Logs), Some(Compression::Zstd));
        assert_eq!(ending("statements.jsonl", Names::Logs), Some(Compression::None));
        assert_eq!(ending("tracking.log-20160101.gz.gpg", Names::Logs), None);
        assert_eq!(ending("catalogue.txt", Names::Logs), None);
        assert_eq!((ending("outline.csv.gz", Names::Tables), ending("outline.json", Names::Tables)), (Some(Compression::Gzip), None));
    }
}
