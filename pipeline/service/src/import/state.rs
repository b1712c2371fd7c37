//! [`State`]: the directory in which an import keeps its sorted runs and how far it is, so that a killed one goes on.
//!
//! | file | what |
//! |---|---|
//! | `lock` | held while an import runs |
//! | `run-*.zst` | sorted runs |
//! | `sorted.json` | everything is read; which runs count, and the summary |
//! | `sent` | how many events, in their order, the topic has for certain |
//!
//! Its name holds a digest of files, flags and target, so another import never takes it for its own. Notes are replaced in one step.

use crate::failure::{Failure, system};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

const SORTED: &str = "sorted.json";
const SENT: &str = "sent";
/// Hexadecimal digits of the digest in the name.
const NAME_DIGITS: usize = 16;

/// The state of one import; nobody else has it open.
#[derive(Debug)]
pub(super) struct State {
    directory: PathBuf,
    _lock: File,
}

impl State {
    /// Opens the state of the import with this digest below `place`, or begins it.
    pub(super) fn open(place: &Path, fingerprint: &str) -> Result<Self, Failure> {
        let directory = place.join(format!(".teachback-import-{}", &fingerprint[..NAME_DIGITS.min(fingerprint.len())]));
        let making = |error| system(format!("making {}", directory.display()))(error);
        DirBuilder::new().recursive(true).mode(0o700).create(&directory).map_err(making)?;
        let lock = File::create(directory.join("lock")).map_err(making)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let message = format!("this import is running already ({} is locked)", directory.display());
                return Err(Failure::new(message, "wait until it has ended"));
            }
            Err(TryLockError::Error(error)) => return Err(making(error)),
        }
        let state = Self { directory, _lock: lock };
        if !state.directory.join(SORTED).exists() {
            state.clear()?;
        }
        Ok(state)
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Removes what an import left that was killed while it read.
    fn clear(&self) -> Result<(), Failure> {
        let clearing = |error| system(format!("clearing {}", self.directory.display()))(error);
        for entry in fs::read_dir(&self.directory).map_err(clearing)? {
            let path = entry.map_err(clearing)?.path();
            if path.file_name().is_some_and(|name| name != "lock") {
                fs::remove_file(&path).map_err(clearing)?;
            }
        }
        Ok(())
    }

    /// What was sorted; `None` when reading has not ended.
    pub(super) fn sorted<T: DeserializeOwned>(&self) -> Result<Option<T>, Failure> {
        let Some(bytes) = self.read(SORTED)? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| self.damaged(SORTED, &error.to_string()))
    }

    pub(super) fn keep_sorted(&self, sorted: &impl Serialize) -> Result<(), Failure> {
        let bytes = serde_json::to_vec(sorted).map_err(|error| Failure::new(error, "report this"))?;
        self.keep(SORTED, &bytes)
    }

    /// How many events the topic has; `None` before the first is sent.
    pub(super) fn sent(&self) -> Result<Option<u64>, Failure> {
        let Some(bytes) = self.read(SENT)? else { return Ok(None) };
        let number = std::str::from_utf8(&bytes).ok().and_then(|text| text.parse().ok());
        number.map(Some).ok_or_else(|| self.damaged(SENT, "it holds no number"))
    }

    pub(super) fn keep_sent(&self, events: u64) -> Result<(), Failure> {
        self.keep(SENT, events.to_string().as_bytes())
    }

    /// Removes everything: the import is done.
    pub(super) fn remove(self) -> Result<(), Failure> {
        fs::remove_dir_all(&self.directory).map_err(system(format!("removing {}", self.directory.display())))
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        match fs::read(self.directory.join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(system(format!("reading {name} in {}", self.directory.display()))(error)),
        }
    }

    fn keep(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let (path, new) = (self.directory.join(name), self.directory.join(format!("{name}.new")));
        let write = || {
            let mut file = File::create(&new)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&new, &path)
        };
        write().map_err(system(format!("writing {}", path.display())))
    }

    fn damaged(&self, name: &str, what: &str) -> Failure {
        Failure::new(
            format!("{name} in {} is damaged: {what}", self.directory.display()),
            "remove the directory and import again, into a topic that has nothing of these files",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_outlive_the_process_and_leftovers_of_reading_do_not() {
        let place = tempfile::tempdir().expect("a directory");
        let state = State::open(place.path(), "0123456789abcdef0123").expect("opens");
        assert!(State::open(place.path(), "0123456789abcdef0123").is_err(), "it is open already");
        fs::write(state.directory().join("run-000000.zst"), "half").expect("writes");
        drop(state);

        let state = State::open(place.path(), "0123456789abcdef0123").expect("opens");
        assert!(!state.directory().join("run-000000.zst").exists(), "reading begins anew");
        assert_eq!((state.sorted::<u64>().expect("reads"), state.sent().expect("reads")), (None, None));
        fs::write(state.directory().join("run-000000.zst"), "whole").expect("writes");
        state.keep_sorted(&7).expect("writes");
        state.keep_sent(20_000).expect("writes");
        drop(state);

        let state = State::open(place.path(), "0123456789abcdef0123").expect("opens");
        assert!(state.directory().join("run-000000.zst").exists());
        assert_eq!((state.sorted::<u64>().expect("reads"), state.sent().expect("reads")), (Some(7), Some(20_000)));
        fs::write(state.directory().join(SENT), "many").expect("writes");
        assert!(state.sent().is_err());
        let directory = state.directory().to_owned();
        state.remove().expect("removes");
        assert!(!directory.exists());
    }
}
