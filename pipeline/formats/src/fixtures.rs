//! Where tests find files of other projects, whose licences keep them out of this repository.

use std::path::{Path, PathBuf};

/// The folder `name` of the fixtures, under `TEACHBACK_FIXTURES` or beside the workspace, or `None` with the reason printed where
/// it is not there; in CI it must be.
pub(crate) fn folder(name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let folder = std::env::var_os("TEACHBACK_FIXTURES").map_or(beside, PathBuf::from).join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "CI is set and there are no fixtures {name}: set TEACHBACK_FIXTURES");
    println!("skipped: no fixtures {name}; set TEACHBACK_FIXTURES to their directory");
    None
}

/// The files of a folder with their names, in order of name.
pub(crate) fn files(folder: &Path) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file())
        .map(|path| (path.file_name().expect("a name").to_string_lossy().into_owned(), std::fs::read_to_string(&path).expect("text")))
        .collect();
    files.sort();
    files
}
