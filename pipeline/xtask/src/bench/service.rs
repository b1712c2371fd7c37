//! (c): `teachback run` to the end of the topic, as a child process with a warehouse of its own.

use super::THREADS;
use super::clock::Stopwatch;
use super::machine::{cpu_seconds, peak_rss_kib};
use super::report::Sample;
use crate::Failure;
use integration_tests::broker::Broker;
use integration_tests::service::files_below;
use integration_tests::wait;
use serde::Deserialize;
use std::collections::HashSet;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// What the service logs when it knows where the log ends, and when it is done.
const BEGINS: &str = "reading to the end as it is now";
const ENDS: &str = "read to the end;";

/// What is run, and against what.
#[derive(Debug)]
pub(super) struct Setup<'a> {
    pub(super) binary: &'a Path,
    pub(super) broker: &'a Broker,
    pub(super) topic: &'a str,
    /// Events in the topic.
    pub(super) events: u64,
    /// Longest time a run may take.
    pub(super) deadline: Duration,
}

/// Runs the service once; `more` are further arguments.
pub(super) fn run(setup: &Setup<'_>, more: &[&str]) -> Result<Sample, Failure> {
    let home = tempfile::Builder::new().prefix("teachback-bench-").tempdir()?;
    let (warehouse, log) = (home.path().join("warehouse"), home.path().join("log"));
    let mut command = teachback(setup.binary, home.path());
    command.args(["run", "--brokers", setup.broker.bootstrap(), "--topic", setup.topic, "--group", "teachback-bench", "--until-end"]);
    command.args(["--threads", &THREADS.to_string(), "--warehouse"]).arg(&warehouse).args(more);
    command.stdout(Stdio::null()).stderr(File::create(&log)?);

    let watch = Stopwatch::start();
    let mut child = command.spawn().map_err(|error| format!("{}: {error}", setup.binary.display()))?;
    let (mut peak_kib, mut cpu_s) = (0, None);
    let status = wait::within(setup.deadline, || {
        peak_kib = peak_rss_kib(child.id()).unwrap_or(0).max(peak_kib);
        cpu_s = cpu_seconds(child.id()).or(cpu_s);
        child.try_wait().transpose()
    });
    let wall_s = watch.seconds();
    let said = fs::read_to_string(&log)?;
    ended_well(&mut child, status, &said)?;
    let written_bytes = bytes_below(&warehouse)?;
    let accepted = accepted(setup.binary, home.path(), &warehouse)?;
    if accepted != setup.events {
        return Err(format!("the service accepted {accepted} of {} events, so its time is no measure", setup.events).into());
    }
    Ok(Sample { wall_s, own_s: own_seconds(&said), cpu_s, peak_rss_bytes: Some(peak_kib * 1024), written_bytes: Some(written_bytes) })
}

/// The binary in surroundings of its own, with a fixed key.
pub(super) fn teachback(binary: &Path, home: &Path) -> Command {
    let mut command = Command::new(binary);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TEACHBACK_")) {
        command.env_remove(name);
    }
    command.env("HOME", home).env("NO_COLOR", "1").env("TEACHBACK_PSEUDONYM_KEY", "5a".repeat(32)).stdin(Stdio::null());
    command
}

/// How many events were counted, by the service's own ledger.
fn accepted(binary: &Path, home: &Path, warehouse: &Path) -> Result<u64, Failure> {
    let output = teachback(binary, home).args(["tables", "pipeline_audit", "--format", "json", "--warehouse"]).arg(warehouse).output()?;
    if !output.status.success() {
        return Err(format!("teachback tables: {}", String::from_utf8_lossy(&output.stderr).trim()).into());
    }
    let epochs: Vec<Epoch> = serde_json::from_slice(&output.stdout)?;
    Ok(epochs.iter().map(|epoch| epoch.accepted).sum())
}

/// A row of `pipeline_audit`.
#[derive(Debug, Deserialize)]
struct Epoch {
    accepted: u64,
}

fn ended_well(child: &mut Child, status: Option<std::io::Result<ExitStatus>>, said: &str) -> Result<(), Failure> {
    let why = match status.transpose()? {
        Some(status) if status.success() => return Ok(()),
        Some(status) => status.to_string(),
        None => {
            child.kill()?;
            child.wait()?;
            "it took too long and was stopped; give it more --seconds".to_owned()
        }
    };
    let lines: Vec<&str> = said.lines().collect();
    Err(format!("teachback run: {why}\n{}", lines[lines.len().saturating_sub(20)..].join("\n")).into())
}

/// Seconds between the service's own lines: start-up, connecting and shutdown are not in them.
fn own_seconds(said: &str) -> Option<f64> {
    let time_of = |words: &str| -> Option<jiff::Timestamp> { said.lines().find(|line| line.contains(words))?.split_whitespace().next()?.parse().ok() };
    Some(time_of(ENDS)?.duration_since(time_of(BEGINS)?).as_secs_f64())
}

/// Size of all files; a file of several names counts once.
fn bytes_below(dir: &Path) -> Result<u64, Failure> {
    let (mut bytes, mut seen) = (0, HashSet::new());
    for file in files_below(dir) {
        let metadata = fs::metadata(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        if seen.insert((metadata.dev(), metadata.ino())) {
            bytes += metadata.len();
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_its_own_is_read_from_the_log_of_a_run() {
        let said = "2026-11-21T11:00:00.250000Z  INFO reading to the end as it is now topic=\"t\" records=5\n\
                    2026-11-21T11:00:02.750000Z  INFO read to the end; tables and signals are published as_of=x\n";
        assert_eq!(own_seconds(said), Some(2.5));
        assert_eq!(own_seconds("nothing of the kind"), None);
    }
}
