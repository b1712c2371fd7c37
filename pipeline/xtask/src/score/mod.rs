//! `cargo xtask score`: simulated worlds in memory, measured, judged, and scored against what is true of them.
//!
//! ```text
//!  worlds (kind, seed) ──2 threads──▶ measure ▶ judge ▶ score ──▶ report of each kind ──▶ bars, signals.json, signals.svg
//! ```
//! Seeds 1 to 99 are for looking and tuning; the bars are read off seeds from 1000 on, which `--bars` takes, and only that
//! writes the committed result.

mod figure;
mod smoke;
mod table;
mod worlds;

use crate::Failure;
use crate::bench::{again_in_release, build_release, clock};
use crate::files::workspace_root;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use teachback_core::decide::judge;
use teachback_simulation::World;
use teachback_simulation::measured::measure;
use teachback_simulation::score::bars::{Bar, bars};
use teachback_simulation::score::coverage::{Coverage, coverage};
use teachback_simulation::score::report::{WorldReport, pooled};
use teachback_simulation::score::{Score, score};
use worlds::Kind;

/// Worlds at work at one time.
const THREADS: usize = 2;
/// The first seed that nothing was ever tuned on.
const BARS_FIRST_SEED: u64 = 1000;
/// Coverage of exact intervals: the probability, runs, and looks at each.
const COVERAGE: (f64, u32, u32) = (0.3, 2000, 2000);

/// How worlds are scored.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// A small base world and a small clean one, and what can be demanded of them; a minute at most.
    #[arg(long, conflicts_with_all = ["bars", "draw"])]
    smoke: bool,
    /// The seeds of the bars; writes signals.json and signals.svg. With --worlds, the others stay as signals.json has them.
    #[arg(long, conflicts_with = "first_seed")]
    bars: bool,
    /// Seeds of each kind of world [default: 20; clean 200, mix-shift 100, small-courses 1].
    #[arg(long, value_name = "N")]
    seeds: Option<u32>,
    /// Seeds of the three worlds of 10,000 items, which take most of the time.
    #[arg(long, value_name = "N")]
    large_seeds: Option<u32>,
    /// The first seed.
    #[arg(long, value_name = "S", default_value_t = 1)]
    first_seed: u64,
    /// Kinds of worlds [default: all].
    #[arg(long, value_enum, value_delimiter = ',')]
    worlds: Vec<Kind>,
    /// Date of the result, YYYY-MM-DD [default: today].
    #[arg(long, value_name = "DATE")]
    date: Option<String>,
    /// Also writes the result to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Only draws the figure again from signals.json.
    #[arg(long)]
    draw: bool,
}

/// Everything that was found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Results {
    /// When.
    pub(crate) date: String,
    /// Of what.
    pub(crate) commit: String,
    /// The first seed of every kind of world.
    pub(crate) first_seed: u64,
    /// The bars, each with whether it is met.
    pub(crate) bars: Vec<Bar>,
    /// Exact intervals.
    pub(crate) coverage: Coverage,
    /// Every number, by kind of world.
    pub(crate) worlds: Vec<WorldReport>,
}

/// Scores, prints, and writes what is to be written.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let root = workspace_root()?;
    let (committed, figure) = (root.join("pipeline/docs/benchmarks/signals.json"), root.join("pipeline/docs/figures/signals.svg"));
    if options.draw {
        return draw(&committed, &figure);
    }
    if options.smoke {
        return smoke::run();
    }
    if cfg!(debug_assertions) {
        return again_in_release(&root, &build_release(&root, &["xtask"])?);
    }
    let results = results(options, &committed)?;
    print!("{}", table::of(&results));
    let mut files: Vec<&Path> = options.json.as_deref().into_iter().collect();
    files.extend(options.bars.then_some(committed.as_path()));
    for file in files {
        fs::write(file, serde_json::to_string_pretty(&results)? + "\n").map_err(|error| format!("{}: {error}", file.display()))?;
        println!("written: {}", file.display());
    }
    if options.bars { draw(&committed, &figure) } else { Ok(()) }
}

/// The smoke size as a step of `cargo xtask check`.
pub(crate) fn run_smoke() -> Result<(), Failure> {
    smoke::run()
}

fn draw(file: &Path, figure: &Path) -> Result<(), Failure> {
    fs::write(figure, figure::of(&committed_results(file)?)?)?;
    println!("written: {}", figure.display());
    Ok(())
}

fn committed_results(file: &Path) -> Result<Results, Failure> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?)
}

fn results(options: &Options, committed: &Path) -> Result<Results, Failure> {
    let first_seed = if options.bars { BARS_FIRST_SEED } else { options.first_seed };
    let kinds = if options.worlds.is_empty() { Kind::ALL.to_vec() } else { options.worlds.clone() };
    let count = |kind: Kind| options.large_seeds.filter(|_| kind.is_large()).or(options.seeds).unwrap_or(kind.seeds());
    let seeds = |kind: Kind| first_seed..first_seed + u64::from(count(kind));
    let jobs: Vec<(Kind, u64)> = kinds.iter().flat_map(|kind| seeds(*kind).map(|seed| (*kind, seed))).collect();
    let scores = scores(&jobs)?;
    let (p, runs, looks) = COVERAGE;
    let coverage = coverage(p, runs, looks, first_seed);
    let mut worlds: Vec<WorldReport> = scores.iter().filter_map(|(kind, scores)| pooled(kind.name(), scores)).collect();
    if options.bars && !options.worlds.is_empty() {
        let known = committed_results(committed)?;
        worlds.extend(known.worlds.into_iter().filter(|world| kinds.iter().all(|kind| kind.name() != world.world)));
        worlds.sort_by_key(|world| Kind::ALL.iter().position(|kind| kind.name() == world.world));
    }
    Ok(Results { date: options.date.clone().unwrap_or_else(clock::today), commit: commit(), first_seed, bars: bars(&worlds, Some(coverage)), coverage, worlds })
}

/// The scores by kind, each in the order of seeds, whichever thread made them.
fn scores(jobs: &[(Kind, u64)]) -> Result<BTreeMap<Kind, Vec<Score>>, Failure> {
    let next = AtomicUsize::new(0);
    let done: Mutex<BTreeMap<usize, Result<Score, String>>> = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some((kind, seed)) = jobs.get(place) else { break };
                    let score = scored(&kind.world(*seed)).map_err(|failure| format!("{} {seed}: {failure}", kind.name()));
                    eprintln!("  {:<14} seed {seed:<6} {}", kind.name(), score.as_ref().map_or_else(String::clone, table::line));
                    if let Ok(mut done) = done.lock() {
                        done.insert(place, score);
                    }
                }
            });
        }
    });
    let done = done.into_inner().map_err(|_| "a scoring thread panicked")?;
    let mut scores: BTreeMap<Kind, Vec<Score>> = BTreeMap::new();
    for (place, score) in done {
        scores.entry(jobs[place].0).or_default().push(score?);
    }
    Ok(scores)
}

/// Simulates, measures, judges and scores one world.
fn scored(world: &World) -> Result<Score, Failure> {
    let (measured, truth) = measure(world)?;
    let verdict = judge(&measured.told, measured.through);
    Ok(score(&truth, &verdict, &measured.told))
}

fn commit() -> String {
    let said = Command::new("git").args(["describe", "--always", "--dirty"]).output().ok().filter(|output| output.status.success());
    said.map_or_else(|| "unknown".to_owned(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
