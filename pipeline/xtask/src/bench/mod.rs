//! `cargo xtask bench`: how fast a log is measured, held against how fast the same machine can read it at all.
//!
//! ```text
//!  facts ──▶ events ──▶ produce ──▶ broker ──┬─▶ (a) consume              in this process, 2 threads
//!  (seeded)  (JSON)     (lz4, by course)     ├─▶ (b) consume + parse      in this process, 2 threads
//!                                            └─▶ (c) teachback run        a child process, 2 threads, with and without lake
//! ```
//! The four are measured in turn, several times over, so that what else the machine does meets them all. Medians go to
//! the table, to `throughput.json` and into the figure that is drawn from it.

pub(crate) mod clock;
mod consume;
pub(crate) mod decide;
mod events;
mod facts;
mod figure;
mod machine;
mod produce;
mod report;
pub(crate) mod route;
mod service;

use crate::Failure;
use crate::files::workspace_root;
use consume::Reading;
use integration_tests::broker::Broker;
use report::{Measured, Report};
use service::Setup;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Threads that read, in this process and in the service.
const THREADS: usize = 2;

/// How the bench is run.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Events in the log.
    #[arg(long, value_name = "N", default_value_t = 5_000_000)]
    events: usize,
    /// Partitions of the topic.
    #[arg(long, value_name = "N", default_value_t = 8)]
    partitions: i32,
    /// How often each of the four is measured.
    #[arg(long, value_name = "N", default_value_t = 3)]
    repetitions: usize,
    /// Longest time one run of the service may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    seconds: u64,
    /// Seed of the events: the same one gives the same log.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Date of the measurement, YYYY-MM-DD [default: today].
    #[arg(long, value_name = "DATE")]
    date: Option<String>,
    /// Where throughput.json and throughput.svg go [default: pipeline/docs/benchmarks].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Only draw the figure again from throughput.json.
    #[arg(long)]
    draw: bool,
}

/// Measures, prints the table and writes the two files.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let root = workspace_root()?;
    let out = options.out.clone().unwrap_or_else(|| root.join("pipeline/docs/benchmarks"));
    if options.draw {
        return figure::draw(&out);
    }
    let release = build(&root)?;
    if cfg!(debug_assertions) {
        return again_in_release(&root, &release);
    }
    let report = measure(options, &release.join("teachback"))?;
    print!("{}", report.table());
    report.write(&out)?;
    figure::draw(&out)?;
    println!("written: {}/throughput.json and throughput.svg", out.display());
    Ok(())
}

/// Builds the two binaries as they are shipped; gives the folder they are in.
fn build(root: &Path) -> Result<PathBuf, Failure> {
    build_release(root, &["teachback", "xtask"])
}

/// Builds binaries of these packages as they are shipped; gives the folder they are in.
pub(crate) fn build_release(root: &Path, packages: &[&str]) -> Result<PathBuf, Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let packages = packages.iter().flat_map(|package| ["-p", package]);
    let status = Command::new(cargo).args(["build", "--release", "--locked"]).args(packages).current_dir(root).status()?;
    if !status.success() {
        return Err(format!("the release build: {status}").into());
    }
    Ok(std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from).join("release"))
}

/// Names the binary that the black-box helpers run.
pub(crate) const BINARY: &str = "TEACHBACK_BIN";

/// Runs this task again in its release build: what (a) and (b) are measured with must be as optimised as what they are
/// compared to, and hundreds of worlds take hours otherwise. The black-box helpers run the service that lies beside it.
pub(crate) fn again_in_release(root: &Path, release: &Path) -> Result<(), Failure> {
    let status = Command::new(release.join("xtask")).args(std::env::args_os().skip(1)).env(BINARY, release.join("teachback")).current_dir(root).status()?;
    if status.success() { Ok(()) } else { Err(format!("the release build of this task: {status}").into()) }
}

fn measure(options: &Options, binary: &Path) -> Result<Report, Failure> {
    eprintln!("starting a broker");
    let broker = Broker::start()?;
    let topic = broker.create_log("bench", options.partitions);
    eprintln!("producing {} events", options.events);
    let log = produce::fill(&broker, &topic, options)?;
    eprintln!("  {:.0} bytes each, {:.0} % video, {} learners, {:.0} events/s", log.mean_bytes(), 100.0 * log.video_share(), log.learners, log.rate());

    let mut measured = [
        Measured::new("bare_consume", "(a) librdkafka, consume only", None),
        Measured::new("consume_parse", "(b) consume, parse, count", None),
        Measured::new("run_no_lake", "(c) teachback run, lake off", Some(0.20)),
        Measured::new("run_default", "(c) teachback run, default", Some(0.12)),
    ];
    let setup = Setup { binary, broker: &broker, topic: &topic, events: log.events, deadline: Duration::from_secs(options.seconds) };
    for repetition in 1..=options.repetitions.max(1) {
        for one in &mut measured {
            let sample = match one.name {
                "bare_consume" => consume::read(&broker, &topic, options.partitions, Reading::Bare)?.checked(&log)?,
                "consume_parse" => consume::read(&broker, &topic, options.partitions, Reading::Parsed)?.checked(&log)?,
                "run_no_lake" => service::run(&setup, &["--no-lake"])?,
                _ => service::run(&setup, &[])?,
            };
            eprintln!("  {repetition}/{} {:<30} {:>7.2} s", options.repetitions, one.title, sample.wall_s);
            one.samples.push(sample);
        }
    }
    Report::new(options, &log, &measured)
}
