//! Where the Open edX fixtures are.

use std::path::{Path, PathBuf};

/// The folder of the Open edX logs, or `None` with the reason printed where it is not there; in CI it must be.
pub(super) fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let folder = std::env::var_os("TEACHBACK_FIXTURES").map_or(beside, PathBuf::from).join("openedx-tracking");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "CI is set and there are no fixtures: set TEACHBACK_FIXTURES");
    println!("skipped: no fixtures; set TEACHBACK_FIXTURES to their directory");
    None
}

/// The files of a folder with their names, in order of name.
pub(super) fn files(folder: &Path) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file())
        .map(|path| (path.file_name().expect("a name").to_string_lossy().into_owned(), std::fs::read_to_string(&path).expect("text")))
        .collect();
    files.sort();
    files
}

/// The lines of the raw logs that hold an event, with their file's name.
pub(super) fn log_lines(folder: &Path) -> Vec<(String, String)> {
    let lines = files(&folder.join("eap/input")).into_iter().flat_map(|(name, text)| {
        let lines: Vec<_> = text.lines().map(|line| (name.clone(), line.to_owned())).collect();
        lines
    });
    lines.filter(|(_, line)| line.starts_with('{')).collect()
}
