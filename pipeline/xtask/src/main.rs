//! Tasks of the workspace: `cargo xtask check` before every commit, `cargo xtask generate` after a change of a contract,
//! `cargo xtask bench` to know how fast it is, `cargo xtask score` to know how often it is right, `cargo xtask oulad-report`
//! what it says of real courses.

mod bench;
mod check;
mod files;
mod generate;
mod oulad;
mod score;
mod svg;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Scoring worlds allocates as much as it computes.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
    /// How fast a log is measured, held against how fast it can be read; needs Java 17 and Maven.
    Bench(bench::Options),
    /// How fast xAPI statements become canonical events, held against consuming and parsing them; needs Java 17 and Maven.
    BenchRoute(bench::route::Options),
    /// How often signals are right, and what they miss, in simulated worlds whose defects are known.
    Score(score::Options),
    /// What is signalled on the Open University's data, and whether it holds in the next presentation; needs the fixture.
    OuladReport,
    /// How long decide takes for a cut at which a million hypotheses have news, and in how much memory.
    BenchDecide(bench::decide::Options),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::Generate { check: true } => generate::check(),
        Task::Generate { check: false } => generate::write(),
        Task::Check => check::run(),
        Task::Tidy => check::tidy::run(),
        Task::Bench(options) => bench::run(&options),
        Task::BenchRoute(options) => bench::route::run(&options),
        Task::Score(options) => score::run(&options),
        Task::OuladReport => oulad::run(),
        Task::BenchDecide(options) => bench::decide::run(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}
