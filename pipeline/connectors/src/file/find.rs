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

/// One file of the log.
#[derive(Debug, Clone)]
pub(super) struct InputFile {
    pub(super) path: PathBuf,
    /// How people know it; never an absolute path.
    pub(super) shown: String,
    pub(super) compression: Compression,
}

/// The files behind the paths, in byte order of their absolute paths, each once.
pub(super) fn find(paths: &[PathBuf], spooled: Option<&Path>) -> Result<Vec<InputFile>, PortError> {
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
            search(&absolute, &shown, 0, &mut files).map_err(not_there)?;
            if files.len() == before {
                let message = format!("there are no .ndjson, .jsonl or .json files (or .gz, .zst of them) in {}", path.display());
                return Err(PortError::new(Actor::User, message));
            }
        } else {
            let compression = ending(&shown).unwrap_or(Compression::None);
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

fn search(folder: &Path, shown: &str, depth: u32, files: &mut Vec<InputFile>) -> io::Result<()> {
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
            search(&path, &shown, depth + 1, files)?;
        } else if let Some(compression) = ending(&name) {
            files.push(InputFile { path, shown, compression });
        }
    }
    Ok(())
}

/// How a file of this name is compressed; `None` when its name is not that of an input.
fn ending(name: &str) -> Option<Compression> {
    let name = name.to_ascii_lowercase();
    let (stem, compression) = match name.rsplit_once('.') {
        Some((stem, "gz")) => (stem, Compression::Gzip),
        Some((stem, "zst")) => (stem, Compression::Zstd),
        Some(_) | None => (name.as_str(), Compression::None),
    };
    let is_lines = [".ndjson", ".jsonl", ".json"].iter().any(|ending| stem.ends_with(ending));
    is_lines.then_some(compression)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_say_what_is_read_and_how() {
        assert_eq!(ending("a.ndjson"), Some(Compression::None));
        assert_eq!(ending("a.JSONL.GZ"), Some(Compression::Gzip));
        assert_eq!(ending("a.json.zst"), Some(Compression::Zstd));
        assert_eq!(ending("a.csv"), None);
        assert_eq!(ending("a.gz"), None);
    }
}
