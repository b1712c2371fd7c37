//! On what, and of what, a measurement was made, and how much processor a process has used.

use crate::files::workspace_root;
use serde::{Deserialize, Serialize};
use std::fs;
use std::process::Command;

/// Linux shows processor time in hundredths of a second, whatever its own tick is.
const TICKS_PER_SECOND: f64 = 100.0;

/// The machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Machine {
    /// Cores that this process may use; the broker shares them.
    pub(super) cores: usize,
    pub(super) processor: String,
    pub(super) memory_gib: u64,
}

impl Machine {
    pub(super) fn this_one() -> Self {
        let memory_kib = value_in("/proc/meminfo", "MemTotal").and_then(|value| value.split_whitespace().next()?.parse::<u64>().ok());
        Self {
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            processor: value_in("/proc/cpuinfo", "model name").unwrap_or_else(unknown),
            memory_gib: memory_kib.unwrap_or(0) / (1024 * 1024),
        }
    }
}

/// Seconds of processor that a process has used so far, all its threads together.
pub(super) fn cpu_seconds(pid: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // Behind the name in parentheses, user and system time are the 12th and 13th value.
    let mut ticks = stat.rsplit_once(')')?.1.split_whitespace().skip(11).map(str::parse::<u64>);
    let (user, system) = (ticks.next()?.ok()?, ticks.next()?.ok()?);
    Some((user + system) as f64 / TICKS_PER_SECOND)
}

/// The most memory, KiB, that a process has had so far.
pub(super) fn peak_rss_kib(pid: u32) -> Option<u64> {
    value_in(&format!("/proc/{pid}/status"), "VmHWM")?.strip_suffix("kB")?.trim().parse().ok()
}

/// The versions of what took part.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Versions {
    pub(super) teachback: String,
    pub(super) commit: String,
    pub(super) librdkafka: String,
    pub(super) kafka: String,
    pub(super) rustc: String,
}

impl Versions {
    pub(super) fn of_this_tree() -> Self {
        Self {
            teachback: env!("CARGO_PKG_VERSION").to_owned(),
            commit: said_by("git", &["describe", "--always", "--dirty"]),
            librdkafka: rdkafka::util::get_rdkafka_version().1,
            kafka: kafka().unwrap_or_else(unknown),
            rustc: said_by("rustc", &["--version"]),
        }
    }
}

fn unknown() -> String {
    "unknown".to_owned()
}

/// The value of `name: value` in a file.
fn value_in(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim_start_matches([' ', '\t', ':']).trim().to_owned())
}

fn said_by(program: &str, arguments: &[&str]) -> String {
    let Ok(root) = workspace_root() else { return unknown() };
    match Command::new(program).args(arguments).current_dir(root).output() {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        Ok(_) | Err(_) => unknown(),
    }
}

/// The broker's version, as the tests' pom names it.
fn kafka() -> Option<String> {
    let pom = fs::read_to_string(workspace_root().ok()?.join("integration-tests/kafka/pom.xml")).ok()?;
    let after = pom.split_once("<artifactId>kafka_2.13</artifactId>")?.1.split_once("<version>")?.1;
    Some(after.split_once("</version>")?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_time_of_a_process_is_known() {
        assert!(cpu_seconds(std::process::id()).is_some_and(|seconds| (0.0..1e6).contains(&seconds)));
        assert_eq!(cpu_seconds(u32::MAX), None);
    }
}
