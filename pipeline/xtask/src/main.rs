//! Tasks of the workspace: `cargo xtask check` before every commit, `cargo xtask generate` after a change of a contract.

mod check;
mod files;
mod generate;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// What a task ends with when it fails: a sentence for the person who ran it.
type Failure = Box<dyn std::error::Error>;

#[derive(Debug, Parser)]
#[command(name = "xtask", about = "Tasks of the teachback workspace")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Writes the files that are made from the Rust code: schemas and table pages.
    Generate {
        /// Writes nothing; fails and lists the files that differ.
        #[arg(long)]
        check: bool,
    },
    /// Everything that must hold before a commit; stops at the first failure.
    Check,
    /// The rules of the house that no other tool knows.
    Tidy,
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::Generate { check: true } => generate::check(),
        Task::Generate { check: false } => generate::write(),
        Task::Check => check::run(),
        Task::Tidy => check::tidy::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}
