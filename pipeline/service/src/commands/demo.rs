//! `demo`: simulated courses with planted defects, measured from a file log, and what was found of them.

mod comparison;

use super::run::measure;
use super::signals::sentences;
use super::simulate;
use crate::cli::{Demo, Run};
use crate::failure::{Failure, system};
use crate::settings::Settings;
use crate::warehouse;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use teachback_core::table::contracts;
use teachback_engine::coordinator::Ended;
use teachback_simulation::World;

/// Written first, so that a later demo knows the directory as its own.
const MARKER: &str = "teachback-demo.json";
/// Signals shown at the end.
const SIGNALS_SHOWN: usize = 4;

pub(crate) fn run(arguments: &Demo) -> Result<ExitCode, Failure> {
    let directory = arguments.dir.clone().unwrap_or_else(|| "teachback-demo".into());
    prepare(&directory)?;
    let world = World { learners: arguments.learners, seed: arguments.seed, ..World::default() };
    println!("Simulating {} courses with {} learners over {} days …", world.courses, world.learners, world.days);
    let (events, truth) = simulate::write(&world, &directory)?;
    let log = simulate::log(&directory);
    println!("{events} events in {}", log.display());
    let warehouse = directory.join("warehouse");
    let flags = Run { input: vec![log], warehouse: Some(warehouse.clone()), not_after: Some(simulate::not_after(&world)), until_end: true, ..Run::default() };
    let checked = Settings::default().checked(&flags)?;
    if measure(&checked, &AtomicBool::new(false))? == Ended::Stopped {
        return Ok(ExitCode::FAILURE);
    }
    let store = warehouse::open_existing(&warehouse)?;
    let (_, signals) = warehouse::newest_or_fail(store.as_ref(), &contracts::SIGNALS)?;
    let (_, contents) = warehouse::newest_or_fail(store.as_ref(), &contracts::CONTENT_QUALITY)?;
    println!("\nThe strongest signals\n\n{}", sentences(&signals, SIGNALS_SHOWN));
    println!("{}", comparison::text(&truth, &signals, &contents));
    println!("Everything is in {}. Go on with\n", warehouse.display());
    println!("  teachback signals --warehouse {0}\n  teachback tables --warehouse {0} course_quality", warehouse.display());
    println!(
        "  duckdb -init {0}/tables/views.sql -c \"select item, facility, discrimination_item_rest from item_quality order by 3 limit 5\"",
        warehouse.display()
    );
    Ok(ExitCode::SUCCESS)
}

/// Empties a directory of an earlier demo; refuses any other that already has a warehouse.
fn prepare(directory: &Path) -> Result<(), Failure> {
    let doing = || system(format!("preparing {}", directory.display()));
    let marker = directory.join(MARKER);
    let warehouse = directory.join("warehouse");
    if warehouse.exists() {
        if !marker.exists() {
            return Err(Failure::new(format!("{} already holds a warehouse that is not a demo's", directory.display()), "give another --dir"));
        }
        std::fs::remove_dir_all(&warehouse).map_err(doing())?;
    }
    std::fs::create_dir_all(directory).map_err(doing())?;
    std::fs::write(marker, "{\"what\": \"a demo of teachback; the next demo in this directory replaces it\"}\n").map_err(doing())
}
