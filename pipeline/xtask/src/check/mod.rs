//! `cargo xtask check`: everything that must hold before a commit, in order, ended by the first failure.

pub(crate) mod tidy;

use crate::files::workspace_root;
use crate::{Failure, generate, score};
use std::path::Path;
use std::process::Command;

enum Work {
    /// A cargo command, with the flags that rustdoc gets.
    Cargo { arguments: &'static [&'static str], rustdoc_flags: Option<&'static str> },
    /// A task of our own.
    Own(fn() -> Result<(), Failure>),
}

struct Step {
    heading: &'static str,
    work: Work,
}

const fn cargo(heading: &'static str, arguments: &'static [&'static str]) -> Step {
    Step { heading, work: Work::Cargo { arguments, rustdoc_flags: None } }
}

/// Cheap steps first. The tests come last and nothing is printed after them: their closing lines are what a reader of
/// the log (and CI) looks for.
const STEPS: &[Step] = &[
    cargo("cargo fmt --check", &["fmt", "--all", "--check"]),
    Step { heading: "xtask tidy", work: Work::Own(tidy::run) },
    Step { heading: "xtask generate --check", work: Work::Own(generate::check) },
    cargo("cargo clippy", &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]),
    Step { heading: "cargo doc", work: Work::Cargo { arguments: &["doc", "--workspace", "--no-deps", "--locked"], rustdoc_flags: Some("-D warnings") } },
    Step { heading: "xtask score --smoke", work: Work::Own(score::run_smoke) },
    cargo("cargo build", &["build", "--locked", "-p", "teachback"]),
    cargo("cargo test", &["test", "--workspace", "--locked"]),
];

/// Runs every step; the error names the one that failed.
pub(crate) fn run() -> Result<(), Failure> {
    let root = workspace_root()?;
    for (number, step) in STEPS.iter().enumerate() {
        println!("\n== {}/{}  {} ==", number + 1, STEPS.len(), step.heading);
        perform(&step.work, &root).map_err(|failure| format!("{} failed: {failure}", step.heading))?;
    }
    Ok(())
}

fn perform(work: &Work, root: &Path) -> Result<(), Failure> {
    match work {
        Work::Own(task) => task(),
        Work::Cargo { arguments, rustdoc_flags } => {
            let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
            let mut command = Command::new(program);
            command.args(*arguments).current_dir(root);
            if let Some(flags) = rustdoc_flags {
                command.env("RUSTDOCFLAGS", flags);
            }
            let status = command.status()?;
            if status.success() { Ok(()) } else { Err(status.to_string().into()) }
        }
    }
}
