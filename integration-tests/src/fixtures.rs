//! Where the real-data fixtures are: the only place that knows.

use crate::cache::workspace;
use flate2::read::GzDecoder;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The folder `name` of the fixtures: under `TEACHBACK_FIXTURES`, else beside the workspace in `shared/fixtures`.
#[must_use]
pub fn folder(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("TEACHBACK_FIXTURES").map_or_else(|| workspace().join("../shared/fixtures"), PathBuf::from);
    let folder = root.join(name);
    let found = if folder.is_dir() { Ok(folder) } else { Err(format!("no folder {}; set TEACHBACK_FIXTURES", folder.display())) };
    crate::or_skip(&format!("fixture {name}"), found)
}

/// Modules of an OULAD presentation that learners come to in its first three weeks, when many leave whatever the course does.
pub const OULAD_FIRST_WEEKS: [&str; 4] = ["anytime", "week-01", "week-02", "week-03"];

/// The xAPI statements of the fixture in `folder` (`xapi/ralph`), one a line, in their random order of time.
///
/// # Panics
/// When they are not there.
#[must_use]
pub fn video_statements(folder: &Path) -> String {
    let mut text = String::new();
    GzDecoder::new(File::open(folder.join("statements.json.gz")).unwrap()).read_to_string(&mut text).unwrap();
    text
}
