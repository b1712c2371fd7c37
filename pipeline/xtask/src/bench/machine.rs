//! On what, and of what, a measurement was made.

use crate::files::workspace_root;
use serde::{Deserialize, Serialize};
use std::fs;
use std::process::Command;

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
