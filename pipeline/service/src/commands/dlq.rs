//! `dlq list|show|replay`: what route refused, why, and again once the cause is mended.

use super::route::plan;
use crate::cli::{DlqList, DlqReplay, DlqShow, ListFormat};
use crate::failure::{Failure, system};
use crate::key;
use crate::routing::dead_letter::{self, DeadLetter};
use crate::routing::{alias_topic, newest};
use crate::settings::RoutePlan;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use teachback_connectors::kafka::{EventProducer, admin};
use teachback_core::time::EventTime;
use teachback_formats::route::Message;

/// Newest dead letters that are looked at.
const LETTERS_MAX: u64 = 100_000;

/// Hands the dead letters to `handle` in the order in which they were written; gives how many records were none.
fn each(plan: &RoutePlan, reason: Option<&str>, handle: &mut dyn FnMut(DeadLetter) -> Result<(), Failure>) -> Result<u64, Failure> {
    let (mut strange, mut failure) = (0, None);
    newest::read(&plan.to.with_topic(&plan.dead_letters), LETTERS_MAX, &mut |record| match serde_json::from_slice::<DeadLetter>(record.body) {
        Ok(letter) if failure.is_none() && reason.is_none_or(|reason| reason == letter.reason) => failure = handle(letter).err(),
        Ok(_) => {}
        Err(_) => strange += 1,
    })?;
    failure.map_or(Ok(strange), Err)
}

pub(crate) fn list(arguments: &DlqList) -> Result<ExitCode, Failure> {
    let plan = plan(&arguments.config)?;
    // By place: what was routed again after a crash lies there twice.
    let mut letters: BTreeMap<(String, u32, u64), DeadLetter> = BTreeMap::new();
    let strange = each(&plan, arguments.reason.as_deref(), &mut |letter| {
        letters.insert((letter.topic.clone(), letter.partition, letter.offset), letter);
        Ok(())
    })?;
    if strange > 0 {
        tracing::warn!(records = strange, topic = plan.dead_letters, "records that are no dead letters were passed over");
    }
    let mut out = std::io::stdout().lock();
    let printed = match arguments.format {
        ListFormat::Json => {
            let row = |letter: &DeadLetter| {
                json!({
                    "source": letter.source, "topic": letter.topic, "partition": letter.partition, "offset": letter.offset, "received": letter.received,
                    "reason": letter.reason, "place": letter.place, "length": letter.length, "digest": letter.digest,
                })
            };
            writeln!(out, "{}", Value::Array(letters.values().map(row).collect()))
        }
        ListFormat::Table => {
            let mut table = Table::new();
            table.load_preset(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
            table.set_header(["source", "topic", "partition", "offset", "received", "reason", "place", "length"]);
            for letter in letters.values() {
                let (partition, offset, length) = (letter.partition.to_string(), letter.offset.to_string(), letter.length.to_string());
                table.add_row([&letter.source, &letter.topic, &partition, &offset, &letter.received, &letter.reason, &letter.place, &length]);
            }
            writeln!(out, "{table}\n{} refused messages", letters.len())
        }
    };
    // A reader that stops listening (`| head`) is no failure.
    printed.ok();
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn show(arguments: &DlqShow) -> Result<ExitCode, Failure> {
    let plan = plan(&arguments.config)?;
    let mut found = None;
    each(&plan, None, &mut |letter| {
        if (letter.topic.as_str(), letter.partition, letter.offset) == (arguments.topic.as_str(), arguments.partition, arguments.offset) {
            found = Some(letter);
        }
        Ok(())
    })?;
    let letter = found.ok_or_else(|| {
        Failure::new(
            format!("nothing was refused in {} at partition {}, offset {}", arguments.topic, arguments.partition, arguments.offset),
            "`teachback dlq list` shows the places",
        )
    })?;
    let opened = letter.open(&dead_letter::door(&key::load(plan.pseudonym_key_file.as_deref())?))?;
    let mut out = std::io::stdout().lock();
    let mut lines = vec![format!("reason: {} ({})", letter.reason, letter.place), format!("source: {}", letter.source)];
    lines.extend(opened.headers.iter().map(|(name, value)| format!("{name}: {value}")));
    lines.push(String::from_utf8_lossy(&opened.body).into_owned());
    for line in lines {
        // Escaped, so that no control character of the message reaches the terminal.
        let shown: String =
            line.chars().flat_map(|char| if char.is_control() && char != '\n' { char.escape_default().collect() } else { vec![char] }).collect();
        writeln!(out, "{shown}").map_err(system("writing"))?;
    }
    if opened.cut {
        writeln!(out, "[kept are the first {} of {} bytes; headers beyond 64 KiB are not kept]", opened.body.len(), letter.length)
            .map_err(system("writing"))?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn replay(arguments: &DlqReplay) -> Result<ExitCode, Failure> {
    let plan = plan(&arguments.config)?;
    let door = dead_letter::door(&key::load(plan.pseudonym_key_file.as_deref())?);
    let (mut router, _aliases) = alias_topic::router(&plan, &AtomicBool::new(false))?;
    let mut out: Outlet = match &arguments.out {
        None => Outlet::Topic(EventProducer::new(&plan.to)?, admin::partitions(&plan.to)?),
        Some(out) if out.as_os_str() == "-" => Outlet::File(Box::new(std::io::stdout().lock())),
        Some(out) => Outlet::File(Box::new(std::fs::File::create(out).map_err(system(format!("writing {}", out.display())))?)),
    };
    let (mut events, mut left) = (0_u64, 0_u64);
    each(&plan, arguments.reason.as_deref(), &mut |letter| {
        let opened = letter.open(&door)?;
        let received = EventTime::parse(&letter.received);
        let Some(received) = received.filter(|_| !opened.cut) else {
            left += 1;
            return Ok(());
        };
        // The letter's source is the one in force: if the settings do not know it, its topic's settings are used.
        let source = plan.topics.get(&letter.topic).filter(|_| !plan.sources.iter().any(|source| source.name == letter.source)).unwrap_or(&letter.source);
        let routed = router.route(&Message { source, headers: &opened.headers(), body: &opened.body, received });
        left += u64::from(routed.dead.is_some());
        events += routed.out.len() as u64;
        for event in &routed.out {
            match &mut out {
                Outlet::Topic(producer, partitions) => {
                    producer.send(&event.key, event.json.as_bytes(), plan.partitioner.partition(event.key.as_bytes(), *partitions))?;
                }
                Outlet::File(file) => writeln!(file, "{}", event.json).map_err(system("writing"))?,
            }
        }
        Ok(())
    })?;
    match &mut out {
        Outlet::Topic(producer, _) => producer.flush()?,
        Outlet::File(file) => file.flush().map_err(system("writing"))?,
    }
    tracing::info!(events, left, "replayed; what is left is refused still, or was cut");
    Ok(ExitCode::SUCCESS)
}

/// Where replayed events go.
enum Outlet {
    Topic(EventProducer, u32),
    File(Box<dyn Write>),
}
