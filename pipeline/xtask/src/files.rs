//! Where the workspace lies and which files belong to it.

use crate::Failure;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the workspace manifest.
pub(crate) fn workspace_root() -> Result<PathBuf, Failure> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = package.ancestors().find(|folder| folder.join("Cargo.lock").is_file());
    Ok(root.ok_or("no folder above xtask holds Cargo.lock")?.to_path_buf())
}

/// The files that git tracks or would track, relative to the root, in byte order.
pub(crate) fn tracked(root: &Path) -> Result<Vec<String>, Failure> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("git ls-files: {error}"))?;
    if !output.status.success() {
        return Err(format!("git ls-files: {}", String::from_utf8_lossy(&output.stderr).trim()).into());
    }
    let mut paths: Vec<String> =
        output.stdout.split(|byte| *byte == 0).filter(|path| !path.is_empty()).map(|path| String::from_utf8_lossy(path).into_owned()).collect();
    paths.sort();
    paths.dedup();
    paths.retain(|path| root.join(path).is_file());
    Ok(paths)
}
