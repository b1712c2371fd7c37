//! `audit`: recomputes every ledger, chain and hash of a warehouse, and says where anything is off.

use crate::cli::Audit;
use crate::failure::Failure;
use crate::warehouse;
use std::collections::BTreeMap;
use std::process::ExitCode;
use teachback_connectors::parquet;
use teachback_core::checkpoint::{FileNote, Ledger, Record};
use teachback_core::lake;
use teachback_core::table::contract;
use teachback_core::table::contracts::REJECTED;
use teachback_core::time::EventTime;
use teachback_engine::port::{PortError, Store};
use teachback_engine::publisher::{Published, published};
use teachback_engine::{chain, layout};

pub(crate) fn run(arguments: &Audit) -> Result<ExitCode, Failure> {
    let store = warehouse::open_existing(&arguments.warehouse)?;
    let mut findings = Vec::new();
    let shards = chain::shards(store.as_ref())?;
    let (mut records, mut files, mut totals) = (0, 0, Ledger::default());
    for shard in &shards {
        let chain = audit_chain(store.as_ref(), *shard, &mut findings)?;
        records += chain.len();
        if let Some(tip) = chain.last() {
            totals += &tip.totals;
        }
        for record in &chain {
            files += audit_files(store.as_ref(), record, &mut findings)?;
        }
    }
    let snapshots = published(store.as_ref())?;
    files += audit_snapshots(store.as_ref(), &snapshots, &mut findings)?;
    println!(
        "{} shards, {records} records, {files} files, {} snapshots\nread {} = accepted {} + duplicate {} + late {} + rejected {}",
        shards.len(),
        snapshots.values().filter(|snapshot| !snapshot.deleted).count(),
        totals.read,
        totals.accepted,
        totals.duplicate,
        totals.late,
        totals.rejected
    );
    for finding in &findings {
        println!("✗ {finding}");
    }
    if findings.is_empty() {
        println!("✓ every ledger balances, every chain is whole, every file is what its record says");
        Ok(ExitCode::SUCCESS)
    } else {
        Ok(ExitCode::FAILURE)
    }
}

/// Reads a chain from its beginning; notes broken links, gaps, and ledgers that do not balance or add up.
fn audit_chain(store: &dyn Store, shard: u32, findings: &mut Vec<String>) -> Result<Vec<Record>, PortError> {
    let mut chain: Vec<Record> = Vec::new();
    let (mut hash, mut totals) = (String::new(), Ledger::default());
    while let Some(link) = chain::read(store, shard, chain.len() as u64)? {
        let record = link.record;
        let place = layout::record(shard, record.epoch);
        if record.previous != hash {
            findings.push(format!("{place}: does not follow the record before it"));
        }
        if chain.last().is_some_and(|before| before.to != record.from) {
            findings.push(format!("{place}: begins at {}, not where the record before it ends", record.from));
        }
        if !record.ledger.is_balanced() {
            findings.push(format!("{place}: read {} is not accepted + duplicate + late + rejected", record.ledger.read));
        }
        totals += &record.ledger;
        if totals != record.totals {
            findings.push(format!("{place}: its totals are not the sum of the ledgers so far"));
        }
        hash = link.hash;
        chain.push(record);
    }
    let last = store.list(&layout::records(shard))?.len();
    if last != chain.len() {
        findings.push(format!("{}: record {} is missing", layout::records(shard), chain.len()));
    }
    Ok(chain)
}

/// Checks the lake, rejected and evidence files of a record, and that they hold as many rows as its ledger says.
fn audit_files(store: &dyn Store, record: &Record, findings: &mut Vec<String>) -> Result<usize, PortError> {
    let mut rows: BTreeMap<&str, u64> = BTreeMap::new();
    for file in &record.files {
        let Some(bytes) = whole(store, file, findings)? else { continue };
        let (kind, contract) = if file.path.starts_with("lake/rejected/") { ("rejected", &REJECTED) } else { ("events", lake::contract()) };
        *rows.entry(kind).or_default() += parquet::read(contract, bytes)?.len() as u64;
    }
    if let Some(evidence) = &record.evidence {
        whole(store, evidence, findings)?;
    }
    let ledger = &record.ledger;
    let place = layout::record(record.shard, record.epoch);
    let (events, rejected) = (rows.get("events").copied().unwrap_or_default(), rows.get("rejected").copied().unwrap_or_default());
    if record.terms.lake && events != ledger.accepted + ledger.late {
        findings.push(format!("{place}: accepted {} + late {}, but the lake holds {events} events of it", ledger.accepted, ledger.late));
    }
    if rejected != ledger.rejected {
        findings.push(format!("{place}: rejected {}, but lake/rejected holds {rejected} of it", ledger.rejected));
    }
    Ok(record.files.len() + usize::from(record.evidence.is_some()))
}

/// Checks that every visible snapshot is whole and that `LATEST` names the newest.
fn audit_snapshots(store: &dyn Store, snapshots: &BTreeMap<EventTime, Published>, findings: &mut Vec<String>) -> Result<usize, PortError> {
    let mut files = 0;
    for snapshot in snapshots.values().filter(|snapshot| !snapshot.deleted) {
        for (table, notes) in &snapshot.tables {
            if contract(table).is_none() {
                findings.push(format!("{}: `{table}` is no table of ours", layout::published(snapshot.as_of)));
            }
            for note in notes {
                whole(store, note, findings)?;
                files += 1;
            }
            let found = store.list(&layout::snapshot(table, snapshot.as_of))?.len();
            if found != notes.len() {
                findings.push(format!("{}: holds {found} files, {} were published", layout::snapshot(table, snapshot.as_of), notes.len()));
            }
        }
    }
    let latest = store.get(layout::LATEST)?.map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned());
    let newest = snapshots.keys().next_back().map(ToString::to_string);
    if latest != newest {
        findings.push(format!("{}: names {latest:?}, the newest snapshot is {newest:?}", layout::LATEST));
    }
    Ok(files)
}

/// A file's bytes, when they are those that were noted.
fn whole(store: &dyn Store, note: &FileNote, findings: &mut Vec<String>) -> Result<Option<bytes::Bytes>, PortError> {
    let Some(bytes) = store.get(&note.path)? else {
        findings.push(format!("{}: is missing", note.path));
        return Ok(None);
    };
    if chain::sha256(&bytes) != note.sha256 {
        findings.push(format!("{}: was changed since it was written", note.path));
        return Ok(None);
    }
    Ok(Some(bytes))
}
