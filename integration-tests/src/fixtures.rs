//! Where the real-data fixtures are: the only place that knows.

use crate::cache::workspace;
use std::path::PathBuf;

/// The folder `name` of the fixtures: under `TEACHBACK_FIXTURES`, else beside the workspace in `shared/fixtures`.
#[must_use]
pub fn folder(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("TEACHBACK_FIXTURES").map_or_else(|| workspace().join("../shared/fixtures"), PathBuf::from);
    let folder = root.join(name);
    let found = if folder.is_dir() { Ok(folder) } else { Err(format!("no folder {}; set TEACHBACK_FIXTURES", folder.display())) };
    crate::or_skip(&format!("fixture {name}"), found)
}
