//! `demo`: simulated courses with planted defects, measured from a file log, and what was found of them.

use super::run::measure;
use super::signals::sentences;
use crate::cli::{Demo, Run};
use crate::failure::{Failure, system};
use crate::settings::Settings;
use crate::warehouse;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use teachback_core::event::encode::encode;
use teachback_core::table::{Cell, Rows, contracts};
use teachback_engine::coordinator::Ended;
use teachback_simulation::{Defect, Truth, World, simulate};

/// Written first, so that a later demo knows the directory as its own.
const MARKER: &str = "teachback-demo.json";
/// Signals shown at the end.
const SIGNALS_SHOWN: usize = 4;

pub(crate) fn run(arguments: &Demo) -> Result<ExitCode, Failure> {
    let directory = arguments.dir.clone().unwrap_or_else(|| "teachback-demo".into());
    prepare(&directory)?;
    let world = World { learners: arguments.learners, seed: arguments.seed, ..World::default() };
    println!("Simulating {} courses with {} learners over {} days …", world.courses, world.learners, world.days);
    let log = directory.join("events.ndjson");
    let (events, truth) = write_log(&world, &log)?;
    println!("{events} events in {}", log.display());
    let warehouse = directory.join("warehouse");
    let flags = Run {
        input: vec![log],
        warehouse: Some(warehouse.clone()),
        not_after: Some(world.end().plus(teachback_core::time::DAY).to_string()),
        until_end: true,
        ..Run::default()
    };
    let checked = Settings::default().checked(&flags)?;
    if measure(&checked, &AtomicBool::new(false))? == Ended::Stopped {
        return Ok(ExitCode::FAILURE);
    }
    let store = warehouse::open_existing(&warehouse)?;
    let (_, signals) = warehouse::newest_or_fail(store.as_ref(), &contracts::SIGNALS)?;
    println!("\nThe strongest signals\n\n{}", sentences(&signals, SIGNALS_SHOWN));
    println!("{}", compare(&truth, &signals));
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

fn write_log(world: &World, path: &Path) -> Result<(u64, Truth), Failure> {
    let doing = || system(format!("writing {}", path.display()));
    let mut file = BufWriter::new(File::create(path).map_err(doing())?);
    let mut events = 0;
    let truth = simulate(world, &mut |_, event| {
        events += 1;
        let line = encode(event)?;
        writeln!(file, "{line}")
    })
    .map_err(doing())?;
    file.flush().map_err(doing())?;
    let json = serde_json::to_string_pretty(&truth).map_err(|error| Failure::new(error, "report this"))?;
    std::fs::write(path.with_file_name("truth.json"), json).map_err(doing())?;
    Ok((events, truth))
}

/// The planted defects, found and missed, and signals about nothing planted.
fn compare(truth: &Truth, signals: &Rows) -> String {
    let column = |name: &str| contracts::SIGNALS.columns.iter().position(|column| column.name == name).unwrap_or_default();
    let cell = |row: usize, name: &str| match signals.cell(row, column(name)) {
        Cell::Text(text) => text.to_owned(),
        _ => String::new(),
    };
    let raised: Vec<usize> = (0..signals.len()).filter(|row| cell(*row, "state") != "watch" && cell(*row, "state") != "superseded").collect();
    let matches = |row: usize, defect: &Defect| {
        let same = |name: &str, planted: &Option<String>| planted.as_ref().is_none_or(|planted| cell(row, name) == *planted);
        let inside = match (defect.span, signals.cell(row, column("segment"))) {
            (Some((start, end)), Cell::Integer(segment)) => (segment as f64 + 1.0) * 5.0 > start && (segment as f64) * 5.0 <= end,
            _ => true,
        };
        cell(row, "code") == defect.code
            && cell(row, "course") == defect.course
            && same("content", &defect.content)
            && same("item", &defect.item)
            && inside
            && (defect.content.is_some() || defect.item.is_some() || same("module", &defect.module))
    };
    let mut text = String::from("Planted defects\n\n");
    for defect in &truth.defects {
        let found = raised.iter().any(|row| matches(*row, defect));
        text.push_str(&format!("  {} {}  {}\n", if found { "✓ found " } else { "✗ missed" }, defect.code, defect.description));
    }
    let unplanted = raised.iter().filter(|row| !truth.defects.iter().any(|defect| matches(**row, defect))).count();
    text.push_str(&format!("\n  {unplanted} of {} signals are about nothing that was planted\n", raised.len()));
    text
}
