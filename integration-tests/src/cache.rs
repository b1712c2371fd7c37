//! Things fetched once and used by every test process: broker jars, the readers' Python environment.
//!
//! An entry is a directory beside a lock file. Whoever holds the lock fills it and then writes the marker; a process
//! that died while filling leaves no marker, and the next one begins again.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

const MARKER: &str = ".complete";

/// The root of the workspace.
#[must_use]
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The entry called `name`, filled by `fill` if nobody has done so yet.
///
/// # Errors
/// What `fill` says, or what the file system says.
pub fn once(name: &str, fill: impl FnOnce(&Path) -> Result<(), String>) -> Result<PathBuf, String> {
    let root = std::env::var_os("TEACHBACK_CACHE").map_or_else(|| workspace().join("target"), PathBuf::from);
    filled(&root, name, fill).map_err(|error| format!("cache entry {name} in {}: {error}", root.display()))
}

fn filled(root: &Path, name: &str, fill: impl FnOnce(&Path) -> Result<(), String>) -> Result<PathBuf, String> {
    let say = |error: std::io::Error| error.to_string();
    fs::create_dir_all(root).map_err(say)?;
    let root = root.canonicalize().map_err(say)?;
    let lock = File::create(root.join(format!("{name}.lock"))).map_err(say)?;
    lock.lock().map_err(say)?;
    let entry = root.join(name);
    if entry.join(MARKER).exists() {
        return Ok(entry);
    }
    if entry.exists() {
        fs::remove_dir_all(&entry).map_err(say)?;
    }
    fs::create_dir(&entry).map_err(say)?;
    fill(&entry)?;
    File::create(entry.join(MARKER)).map_err(say)?;
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_filled_once_and_a_half_filled_one_again() {
        let root = tempfile::tempdir().unwrap();
        let failed = filled(root.path(), "entry", |dir| {
            fs::write(dir.join("half"), b"").unwrap();
            Err("interrupted".to_owned())
        });
        assert_eq!(failed, Err("interrupted".to_owned()));
        let entry = filled(root.path(), "entry", |dir| fs::write(dir.join("whole"), b"").map_err(|error| error.to_string())).unwrap();
        assert!(entry.join("whole").exists() && !entry.join("half").exists());
        filled(root.path(), "entry", |_| panic!("filled twice")).unwrap();
    }
}
