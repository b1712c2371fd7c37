//! `rejected list|show|replay`: what was refused, why, and again once the cause is mended.

use super::show;
use crate::cli::{ListFormat, RejectedList, RejectedReplay, RejectedShow};
use crate::failure::{Failure, system};
use crate::{key, warehouse};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use teachback_connectors::kafka::{EventProducer, KafkaSettings};
use teachback_connectors::parquet;
use teachback_core::event::decode::{Header, decode};
use teachback_core::pseudonym::Door;
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

/// A refused message, opened.
struct Opened {
    body: Vec<u8>,
    headers: Vec<(String, String)>,
    truncated: bool,
}

fn open(rows: &Rows, row: usize, door: &Door) -> Result<Opened, Failure> {
    let (Cell::Text(topic), Cell::Integer(partition), Cell::Integer(offset), Cell::Bytes(sealed)) =
        (rows.cell(row, column("topic")), rows.cell(row, column("partition")), rows.cell(row, column("offset")), rows.cell(row, column("sealed")))
    else {
        return Err(Failure::new("a row of lake/rejected lacks its place", "run `teachback audit`"));
    };
    let place = place(topic, partition as u32, offset as u64);
    let closed = |_| Failure::new(format!("the message at {place} does not open"), "give the pseudonym key that this warehouse was made with");
    let body = door.open(&place, sealed).map_err(closed)?;
    let headers = match rows.cell(row, column("headers")) {
        Cell::Bytes(sealed) => serde_json::from_slice(&door.open(&format!("{place}/headers"), sealed).map_err(closed)?).unwrap_or_default(),
        _ => Vec::new(),
    };
    let truncated = rows.cell(row, column("length")) != Cell::Integer(body.len() as i64);
    Ok(Opened { body, headers, truncated })
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
    if opened.truncated {
        writeln!(out, "[only the first {} bytes were kept]", opened.body.len()).map_err(system("writing"))?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn replay(arguments: &RejectedReplay) -> Result<ExitCode, Failure> {
    let store = warehouse::open_existing(&arguments.warehouse)?;
    let rows = all(store.as_ref(), arguments.reason.as_deref())?.sorted_by_key();
    let door = door(store.as_ref(), arguments.pseudonym_key_file.as_deref())?;
    let mut producer = match (&arguments.brokers, &arguments.topic) {
        (Some(brokers), Some(topic)) => Some(EventProducer::new(&KafkaSettings {
            brokers: brokers.clone(),
            topic: topic.clone(),
            group: "teachback-replay".to_owned(),
            ..KafkaSettings::default()
        })?),
        _ => None,
    };
    let mut file: Box<dyn Write> = match &arguments.out {
        Some(out) if out.as_os_str() != "-" => Box::new(std::fs::File::create(out).map_err(system(format!("writing {}", out.display())))?),
        _ => Box::new(std::io::stdout().lock()),
    };
    let (mut written, mut left) = (0_u64, 0_u64);
    for row in 0..rows.len() {
        let opened = open(&rows, row, &door)?;
        let headers: Vec<Header<'_>> = opened.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        // Only what is an event by now, as one line: the rest would be refused again.
        let Ok(event) = decode(&headers, &opened.body) else {
            left += 1;
            continue;
        };
        if opened.truncated {
            left += 1;
            continue;
        }
        let line = teachback_core::event::encode::encode(&event).map_err(|error| Failure::new(error, "report this"))?;
        match &mut producer {
            Some(producer) => producer.send(&event.subject, line.as_bytes(), None)?,
            None => writeln!(file, "{line}").map_err(system("writing"))?,
        }
        written += 1;
    }
    if let Some(producer) = &mut producer {
        producer.flush()?;
    }
    tracing::info!(written, left, "replayed; what is left is no event in any form");
    Ok(ExitCode::SUCCESS)
}
