//! `rejected list|show|replay`: what was refused, why, and again once the cause is mended.

use super::show;
use crate::cli::{ListFormat, RejectedList, RejectedReplay, RejectedShow};
use crate::failure::{Failure, system};
use crate::import::json_line;
use crate::import::target::{Target, Writer};
use crate::{key, warehouse};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use teachback_connectors::parquet;
use teachback_core::event::decode::decode;
use teachback_core::pseudonym::Door;
use teachback_core::sealed::OpenedMessage;
use teachback_core::table::contracts::REJECTED;
use teachback_core::table::{Cell, Rows};
use teachback_engine::port::Store;
use teachback_engine::runner::place;
use teachback_engine::{chain, fold};

/// Every refused message that a record vouches for.
fn all(store: &dyn Store, reason: Option<&str>) -> Result<Rows, Failure> {
    let mut rows = Rows::new(&REJECTED);
    for shard in chain::shards(store)? {
        for file in fold::vouched_files(store, shard)?.iter().filter(|file| file.path.starts_with("lake/rejected/")) {
            let bytes = store.get(&file.path)?.ok_or_else(|| Failure::new(format!("{} is missing", file.path), "run `teachback audit`"))?;
            rows.append(&parquet::read(&REJECTED, bytes)?);
        }
    }
    let Some(reason) = reason else { return Ok(rows) };
    let mut chosen = Rows::new(&REJECTED);
    for row in 0..rows.len() {
        if rows.cell(row, column("reason")) == Cell::Text(reason) {
            let cells: Vec<Cell<'_>> = (0..rows.columns().len()).map(|column| rows.cell(row, column)).collect();
            chosen.push(&cells);
        }
    }
    Ok(chosen)
}

fn column(name: &str) -> usize {
    REJECTED.columns.iter().position(|column| column.name == name).unwrap_or_default()
}

pub(crate) fn list(arguments: &RejectedList) -> Result<ExitCode, Failure> {
    let store = warehouse::open_existing(&arguments.warehouse)?;
    let rows = all(store.as_ref(), arguments.reason.as_deref())?.sorted_by_key();
    let mut out = std::io::stdout().lock();
    let printed = match arguments.format {
        ListFormat::Json => writeln!(out, "{}", show::json(&rows)),
        ListFormat::Table => {
            let columns = ["topic", "partition", "offset", "received", "reason", "place", "length"];
            writeln!(out, "{}\n{} refused messages", show::boxed(&rows, Some(&columns), 1000), rows.len())
        }
    };
    // A reader that stops listening (`| head`) is no failure.
    printed.ok();
    Ok(ExitCode::SUCCESS)
}

/// Opens a refused message.
fn open(rows: &Rows, row: usize, door: &Door) -> Result<OpenedMessage, Failure> {
    let cell = |name: &str| rows.cell(row, column(name));
    let (Cell::Text(topic), Cell::Integer(partition), Cell::Integer(offset), Cell::Integer(length), Cell::Bytes(sealed)) =
        (cell("topic"), cell("partition"), cell("offset"), cell("length"), cell("sealed"))
    else {
        return Err(Failure::new("a row of lake/rejected lacks its place", "run `teachback audit`"));
    };
    let headers = if let Cell::Bytes(sealed) = cell("headers") { Some(sealed) } else { None };
    let place = place(topic, partition as u32, offset as u64);
    OpenedMessage::new(door, &place, sealed, headers, usize::try_from(length).unwrap_or(usize::MAX))
        .map_err(|_| Failure::new(format!("the message at {place} does not open"), "give the pseudonym key that this warehouse was made with"))
}

fn door(store: &dyn Store, file: Option<&Path>) -> Result<Door, Failure> {
    warehouse::door(store, &key::load(file)?)
}

pub(crate) fn show(arguments: &RejectedShow) -> Result<ExitCode, Failure> {
    let store = warehouse::open_existing(&arguments.warehouse)?;
    let rows = all(store.as_ref(), None)?;
    let at = (Cell::Integer(i64::from(arguments.partition)), Cell::Integer(arguments.offset as i64));
    let row = (0..rows.len()).find(|row| (rows.cell(*row, column("partition")), rows.cell(*row, column("offset"))) == at).ok_or_else(|| {
        Failure::new(
            format!("nothing was refused at partition {}, offset {}", arguments.partition, arguments.offset),
            "`teachback rejected list` shows the places",
        )
    })?;
    let opened = open(&rows, row, &door(store.as_ref(), arguments.pseudonym_key_file.as_deref())?)?;
    let mut out = std::io::stdout().lock();
    for (name, value) in &opened.headers {
        writeln!(out, "{name}: {value}").map_err(system("writing"))?;
    }
    // Escaped, so that no control character of the message reaches the terminal.
    let shown: String = String::from_utf8_lossy(&opened.body)
        .chars()
        .flat_map(|char| if char.is_control() && char != '\n' { char.escape_default().collect() } else { vec![char] })
        .collect();
    writeln!(out, "{shown}").map_err(system("writing"))?;
    if opened.cut {
        writeln!(out, "[only the first {} bytes were kept; headers beyond 64 KiB are not kept]", opened.body.len()).map_err(system("writing"))?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn replay(arguments: &RejectedReplay) -> Result<ExitCode, Failure> {
    let store = warehouse::open_existing(&arguments.warehouse)?;
    let rows = all(store.as_ref(), arguments.reason.as_deref())?.sorted_by_key();
    let door = door(store.as_ref(), arguments.pseudonym_key_file.as_deref())?;
    let mut writer = Writer::open(&Target::of(&arguments.target)?)?;
    let (mut written, mut left) = (0_u64, 0_u64);
    for row in 0..rows.len() {
        let opened = open(&rows, row, &door)?;
        // Only what is an event by now, as one line: the rest would be refused again.
        match decode(&opened.headers(), &opened.body) {
            Ok(event) if !opened.cut => {
                writer.write(&event.subject, &json_line(&event)?)?;
                written += 1;
            }
            Ok(_) | Err(_) => left += 1,
        }
    }
    writer.finish()?;
    tracing::info!(written, left, "replayed; what is left is no event in any form");
    Ok(ExitCode::SUCCESS)
}
