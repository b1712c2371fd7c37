//! `simulate`: the events of a simulated world in a file, and beside it the answer book that the pipeline never reads.

use crate::cli::Simulate;
use crate::failure::{Failure, system};
use crate::import::Progress;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use teachback_core::event::encode::encode;
use teachback_simulation::truth::Truth;
use teachback_simulation::{World, simulate};

/// The log and the answer book, in the directory of a simulation.
const LOG: &str = "events.ndjson";
const TRUTH: &str = "truth.json";

pub(crate) fn run(arguments: &Simulate) -> Result<ExitCode, Failure> {
    let world = World {
        kind: arguments.world.into(),
        courses: arguments.courses,
        learners: arguments.learners,
        days: arguments.days,
        seed: arguments.seed,
        mix_shift: arguments.mix_shift,
        modules: arguments.modules,
        ..World::default()
    };
    for name in [LOG, TRUTH] {
        let path = arguments.out.join(name);
        if path.exists() {
            return Err(Failure::new(format!("{} is there already", path.display()), "give another --out, or remove what is in this one"));
        }
    }
    let (events, truth) = write(&world, &arguments.out)?;
    println!("{events} events of {} courses in {}", truth.courses.len(), arguments.out.join(LOG).display());
    println!("{} facts in {}", truth.facts.len(), arguments.out.join(TRUTH).display());
    println!(
        "Measure them with\n\n  teachback run --until-end --not-after {} --input {} --warehouse DIR",
        not_after(&world),
        arguments.out.join(LOG).display()
    );
    Ok(ExitCode::SUCCESS)
}

/// The `--not-after` under which a log of this world is read: all of it happened before.
pub(crate) fn not_after(world: &World) -> String {
    world.end().to_string()
}

/// The path of the log in the directory of a simulation.
pub(crate) fn log(directory: &Path) -> PathBuf {
    directory.join(LOG)
}

/// Writes log and answer book into a directory; each has its name only when it is whole. Gives the number of events, repeats
/// included, and the answer book.
pub(crate) fn write(world: &World, directory: &Path) -> Result<(u64, Truth), Failure> {
    let doing = |path: &Path| system(format!("writing {}", path.display()));
    fs::create_dir_all(directory).map_err(doing(directory))?;
    let log = log(directory);
    let partial = log.with_extension("partial");
    let mut file = BufWriter::new(File::create(&partial).map_err(doing(&partial))?);
    let progress = Progress::new("simulated", u64::from(world.days));
    let mut events = 0;
    let truth = simulate(world, &mut |arrival, event| {
        events += 1;
        progress.reached(u64::try_from(arrival.day().0 - world.start.day().0).unwrap_or_default().min(u64::from(world.days)));
        writeln!(file, "{}", encode(event)?)
    })
    .map_err(doing(&partial))?;
    file.flush().map_err(doing(&partial))?;
    progress.finish();
    fs::rename(&partial, &log).map_err(doing(&log))?;
    let json = serde_json::to_string_pretty(&truth).map_err(|error| Failure::new(error, "report this"))?;
    let path = directory.join(TRUTH);
    fs::write(&path, json).map_err(doing(&path))?;
    Ok((events, truth))
}
