//! Python with pinned packages from PyPI: what nobody here wrote, driven by the scripts of a folder.

use crate::cache;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A Python with the packages of one folder's `requirements.txt`.
#[derive(Debug)]
pub struct Python {
    python: PathBuf,
    scripts: PathBuf,
}

impl Python {
    /// The environment of a folder of this package, installed once.
    ///
    /// # Errors
    /// What is missing on this machine, or what pip said.
    pub fn of(folder: &str) -> Result<Self, String> {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let requirements = scripts.join("requirements.txt");
        let pinned = std::fs::read_to_string(&requirements).map_err(|error| format!("{}: {error}", requirements.display()))?;
        let versions: Vec<String> = pinned.split_whitespace().map(|line| line.replace("==", "-")).collect();
        let venv = cache::once(&format!("{folder}-{}", versions.join("-")), |dir| {
            let base = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
            run(Command::new(base).args(["-m", "venv"]).arg(dir))?;
            let mut pip = Command::new(python_in(dir));
            pip.args(["-m", "pip", "install", "-q", "--disable-pip-version-check", "--only-binary", ":all:", "-r"]);
            run(pip.arg(&requirements)).map(|_| ())
        })?;
        Ok(Self { python: python_in(&venv), scripts })
    }

    /// Runs a script of the folder and gives the JSON object that it prints.
    ///
    /// # Panics
    /// With what the script says, when it fails.
    pub fn run<S: AsRef<OsStr>>(&self, script: &str, args: impl IntoIterator<Item = S>) -> serde_json::Value {
        let output = run(Command::new(&self.python).arg(self.scripts.join(script)).args(args)).unwrap_or_else(|error| panic!("{error}"));
        serde_json::from_str(&output).unwrap_or_else(|error| panic!("{script} printed no JSON ({error}): {output}"))
    }
}

fn python_in(venv: &Path) -> PathBuf {
    venv.join("bin/python")
}

fn run(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(stdout);
    }
    Err(format!("{command:?}: {}\n{stdout}{}", output.status, String::from_utf8_lossy(&output.stderr)))
}
