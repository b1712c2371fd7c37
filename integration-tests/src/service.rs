//! The binary under test: run to the end, started and stopped, and asked for its tables.

use crate::cache::workspace;
use crate::table::{AUDIT, TABLES};
use crate::wait;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// How long any one command may take before it counts as hung.
const RUN_DEADLINE: Duration = Duration::from_secs(300);

/// One user's home: every command run from it uses the same pseudonym key, none the developer's own settings.
#[derive(Debug)]
pub struct Home {
    dir: TempDir,
    runs: AtomicU32,
}

impl Home {
    /// An empty home.
    ///
    /// # Panics
    /// When there is no room for it.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "it makes a directory")]
    pub fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("teachback-test-").tempdir().unwrap();
        fs::create_dir(dir.path().join("logs")).unwrap();
        fs::create_dir(dir.path().join("warehouses")).unwrap();
        Self { dir, runs: AtomicU32::new(0) }
    }

    /// A place for a file or directory of the test.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The warehouse called `name`.
    pub fn warehouse(&self, name: &str) -> Warehouse<'_> {
        Warehouse { home: self, path: self.path("warehouses").join(name) }
    }

    /// What all commands printed, one file for each stream.
    pub fn logs(&self) -> PathBuf {
        self.path("logs")
    }

    /// Runs the binary to its end.
    ///
    /// # Panics
    /// When it hangs.
    pub fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Outcome {
        self.start(args).wait(RUN_DEADLINE)
    }

    /// Starts the binary.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Running {
        let number = self.runs.fetch_add(1, Ordering::Relaxed);
        let log = |stream: &str| self.logs().join(format!("{number:04}.{stream}"));
        let mut command = Command::new(binary());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TEACHBACK_")) {
            command.env_remove(name);
        }
        command.args(args).env("HOME", self.dir.path()).env("NO_COLOR", "1");
        for (name, folder) in [("XDG_CONFIG_HOME", "config"), ("XDG_DATA_HOME", "data"), ("XDG_STATE_HOME", "state")] {
            command.env(name, self.path(folder));
        }
        let (stdout, stderr) = (log("stdout"), log("stderr"));
        command.stdin(Stdio::null()).stdout(File::create(&stdout).unwrap()).stderr(File::create(&stderr).unwrap());
        let line = format!("{command:?}");
        let child = command.spawn().unwrap_or_else(|error| panic!("{line}: {error}"));
        Running { child, line, stdout, stderr }
    }
}

/// A started binary; killed when dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    line: String,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Running {
    /// Whether it has ended.
    pub fn ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Whether it has logged a text.
    pub fn said(&self, what: &str) -> bool {
        text(&self.stderr).contains(what)
    }

    /// Waits up to `deadline` for its end.
    pub fn ends_within(&mut self, deadline: Duration) -> bool {
        wait::exit_of(&mut self.child, deadline).is_some()
    }

    /// Asks it to stop (SIGTERM).
    ///
    /// # Panics
    /// When the signal cannot be sent.
    pub fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success(), "SIGTERM to {}", self.child.id());
    }

    /// Ends it at once (SIGKILL) and reaps it.
    ///
    /// # Panics
    /// When that fails.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it is still running at the deadline; it is killed then.
    pub fn wait(mut self, deadline: Duration) -> Outcome {
        let status = wait::exit_of(&mut self.child, deadline);
        let outcome =
            Outcome { line: std::mem::take(&mut self.line), status: status.unwrap_or_default(), stdout: text(&self.stdout), stderr: text(&self.stderr) };
        assert!(status.is_some(), "still running after {deadline:?}: {}", outcome.told());
        outcome
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Only a failing test leaves it running; an error here means that it has ended.
        if self.child.kill().is_ok() {
            self.child.wait().ok();
        }
    }
}

fn text(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()
}

/// How a command ended.
#[derive(Debug)]
pub struct Outcome {
    line: String,
    /// Exit status.
    pub status: ExitStatus,
    /// What it printed.
    pub stdout: String,
    /// What it logged.
    pub stderr: String,
}

impl Outcome {
    /// The same, when it ended with 0.
    ///
    /// # Panics
    /// With everything it said, when it did not.
    #[must_use]
    pub fn ok(self) -> Self {
        assert!(self.status.success(), "{}", self.told());
        self
    }

    /// Everything that helps to understand a failure.
    #[must_use]
    pub fn told(&self) -> String {
        format!("{}\n{}\n--- stdout\n{}\n--- stderr\n{}", self.line, self.status, self.stdout, self.stderr)
    }

    /// Standard output as a list of JSON values: the elements of one array, or one value a line.
    ///
    /// # Panics
    /// When it is neither.
    #[must_use]
    pub fn json_rows(&self) -> Vec<serde_json::Value> {
        let values = serde_json::Deserializer::from_str(&self.stdout).into_iter::<serde_json::Value>();
        let mut values: Vec<_> = values.collect::<Result<_, _>>().unwrap_or_else(|error| panic!("not JSON: {error}\n{}", self.told()));
        match values.as_mut_slice() {
            [serde_json::Value::Array(rows)] => std::mem::take(rows),
            _ => values,
        }
    }
}

/// Exports of all tables, by table name.
pub type Exports = BTreeMap<&'static str, Vec<u8>>;

/// A warehouse and what is asked of it.
#[derive(Debug, Clone)]
pub struct Warehouse<'a> {
    home: &'a Home,
    path: PathBuf,
}

impl Warehouse<'_> {
    /// Its directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Arguments of `teachback run` over a topic into this warehouse, `more` at the end.
    #[must_use]
    pub fn run_args(&self, source: &Source<'_>, more: &[&str]) -> Vec<String> {
        let mut args: Vec<String> = vec!["run".into()];
        let mut option = |name: &str, value: &str| args.extend([name.to_owned(), value.to_owned()]);
        match source {
            Source::Topic { bootstrap, topic, group, signals_topic } => {
                option("--brokers", bootstrap);
                option("--topic", topic);
                option("--group", group);
                if let Some(signals_topic) = signals_topic {
                    option("--signals-topic", signals_topic);
                }
            }
            Source::File(path) => option("--input", &path.display().to_string()),
        }
        option("--warehouse", &self.path.display().to_string());
        args.extend(more.iter().map(|&arg| arg.to_owned()));
        args
    }

    /// Reads what is there, publishes and ends.
    ///
    /// # Panics
    /// When it does not end with 0.
    pub fn run_to_end(&self, source: &Source<'_>, more: &[&str]) -> Outcome {
        let mut args = self.run_args(source, more);
        args.push("--until-end".into());
        self.home.run(args).ok()
    }

    /// Runs a command that takes `--warehouse`.
    pub fn command(&self, words: &[&str], more: &[&str]) -> Outcome {
        let path = self.path.display().to_string();
        self.home.run(words.iter().copied().chain(["--warehouse", &path]).chain(more.iter().copied()))
    }

    /// The auditor finds nothing wrong.
    ///
    /// # Panics
    /// With what it found.
    pub fn assert_audited(&self) {
        let _said = self.command(&["audit"], &[]).ok();
    }

    /// One table as CSV.
    ///
    /// # Panics
    /// When it cannot be exported.
    #[must_use]
    pub fn export(&self, table: &str) -> Vec<u8> {
        let out = self.home.path(&format!("export-{}.csv", self.home.runs.load(Ordering::Relaxed)));
        let _said = self.command(&["export"], &["--table", table, "--out", &out.display().to_string()]).ok();
        let bytes = fs::read(&out).unwrap();
        fs::remove_file(&out).unwrap();
        bytes
    }

    /// Every table as CSV.
    #[must_use]
    pub fn exports(&self) -> Exports {
        TABLES.iter().map(|table| (table.name, self.export(table.name))).collect()
    }

    /// The files of all snapshots taken at a midnight, by path, `pipeline_audit` aside.
    ///
    /// # Panics
    /// When the warehouse has none: a comparison of nothing with nothing would always hold.
    #[must_use]
    pub fn day_cuts(&self) -> BTreeMap<String, Vec<u8>> {
        let tables = self.path.join("tables");
        let mut cuts = BTreeMap::new();
        for file in files_below(&tables) {
            let name = file.strip_prefix(&tables).unwrap().to_string_lossy().into_owned();
            let midnight = ["T00:00:00Z/", "T00%3A00%3A00Z/"].iter().any(|end| name.contains(end));
            if midnight && !name.starts_with(AUDIT) {
                cuts.insert(name, fs::read(&file).unwrap());
            }
        }
        assert!(!cuts.is_empty(), "no snapshot of a midnight in {}", tables.display());
        cuts
    }
}

/// What `teachback run` reads.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// A Kafka topic.
    Topic {
        /// Where the broker is.
        bootstrap: &'a str,
        /// The canonical log.
        topic: &'a str,
        /// Consumer group.
        group: &'a str,
        /// Where signals go.
        signals_topic: Option<&'a str>,
    },
    /// A file or directory.
    File(&'a Path),
}

/// Two sets of exports hold the same bytes, `pipeline_audit` aside.
///
/// # Panics
/// With the table and its first line that differs.
pub fn assert_same_exports(what: &str, left: &Exports, right: &Exports) {
    assert!(left.keys().eq(right.keys()), "{what}: not the same tables");
    for (table, bytes) in left.iter().filter(|(table, _)| **table != AUDIT) {
        assert_same_bytes(&format!("{what}: table {table}"), bytes, &right[table]);
    }
}

/// Two files hold the same bytes.
///
/// # Panics
/// With the first line that differs.
pub fn assert_same_bytes(what: &str, left: &[u8], right: &[u8]) {
    if left == right {
        return;
    }
    let (left, right) = (String::from_utf8_lossy(left), String::from_utf8_lossy(right));
    let (mut lines, mut others) = (left.lines(), right.lines());
    for number in 1.. {
        let (line, other) = (lines.next(), others.next());
        assert!(line == other && line.is_some(), "{what} differs in line {number}:\n  {line:?}\n  {other:?}");
    }
}

/// Every file below a directory, in order of path.
///
/// # Panics
/// When it cannot be read, other than by a file that goes away meanwhile.
#[must_use]
pub fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        let Ok(entries) = fs::read_dir(&dir) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { files.push(path) }
        }
    }
    files.sort_unstable();
    files
}

/// The binary: `TEACHBACK_BIN`, else the one beside the test, built when it is not there.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(path) = std::env::var_os("TEACHBACK_BIN") {
            return PathBuf::from(path);
        }
        let profile_dir = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().to_owned();
        let path = profile_dir.join("teachback");
        if !path.exists() {
            let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
            build.args(["build", "--quiet", "-p", "teachback"]).current_dir(workspace());
            if profile_dir.ends_with("release") {
                build.arg("--release");
            }
            assert!(build.status().unwrap().success(), "{build:?}");
        }
        assert!(path.exists(), "no binary {}; set TEACHBACK_BIN", path.display());
        path
    })
}
