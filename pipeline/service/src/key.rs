//! Where the pseudonym key comes from: a file, the environment, or one made once in the user's configuration directory.

use crate::failure::{Failure, system};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use teachback_core::pseudonym::PseudonymKey;

const VARIABLE: &str = "TEACHBACK_PSEUDONYM_KEY";

/// The key: from the file named, else from `TEACHBACK_PSEUDONYM_KEY`, else the one in the user's configuration directory,
/// which is made with a warning when it is not there.
pub(crate) fn load(file: Option<&Path>) -> Result<PseudonymKey, Failure> {
    if let Some(file) = file {
        return read(file);
    }
    if let Ok(text) = std::env::var(VARIABLE) {
        return PseudonymKey::from_hex(&text)
            .ok_or_else(|| Failure::new(format!("{VARIABLE} is no key"), "a key is 64 hexadecimal digits, e.g. from `openssl rand -hex 32`"));
    }
    let file = default_file()?;
    if file.exists() { read(&file) } else { make(&file) }
}

fn read(file: &Path) -> Result<PseudonymKey, Failure> {
    let text = std::fs::read_to_string(file).map_err(system(format!("reading the pseudonym key {}", file.display())))?;
    PseudonymKey::from_hex(&text)
        .ok_or_else(|| Failure::new(format!("{} holds no key", file.display()), "a key is 64 hexadecimal digits, e.g. from `openssl rand -hex 32`"))
}

fn default_file() -> Result<PathBuf, Failure> {
    let directory = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".config")));
    let directory = directory.ok_or_else(|| Failure::new("there is no home directory for the pseudonym key", "give --pseudonym-key-file"))?;
    Ok(directory.join("teachback").join("pseudonym.key"))
}

fn make(file: &Path) -> Result<PseudonymKey, Failure> {
    let mut bytes = [0; 32];
    #[expect(clippy::disallowed_methods, reason = "the one place where chance enters: a new key")]
    getrandom::fill(&mut bytes).map_err(|error| Failure::new(format!("the system gave no random bytes: {error}"), "give --pseudonym-key-file"))?;
    let key = PseudonymKey::new(bytes);
    if let Some(directory) = file.parent() {
        std::fs::create_dir_all(directory).map_err(system(format!("making {}", directory.display())))?;
    }
    let opened = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    match opened {
        Ok(mut opened) => {
            opened.write_all(key.to_hex().as_bytes()).and_then(|()| opened.sync_all()).map_err(system(format!("writing {}", file.display())))?;
            tracing::warn!(file = %file.display(), "no pseudonym key was given, so one was made; keep it safe: without it learners cannot be told to be the same again");
            Ok(key)
        }
        // Another process was quicker: its key holds.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => read(file),
        Err(error) => Err(system(format!("writing {}", file.display()))(error)),
    }
}
