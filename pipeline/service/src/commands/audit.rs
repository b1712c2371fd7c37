//! `audit`: recomputes every ledger, chain and hash of a warehouse, and says where anything is off.

use crate::cli::Audit;
use crate::failure::Failure;
use crate::warehouse;
use std::collections::BTreeMap;
use std::process::ExitCode;
use teachback_connectors::parquet;
use teachback_core::checkpoint::anchor::{Anchor, Entry, FoldedDay, Standing};
use teachback_core::checkpoint::{FileNote, Ledger};
use teachback_core::lake;
use teachback_core::table::contract;
use teachback_core::table::contracts::REJECTED;
use teachback_core::time::EventTime;
use teachback_engine::bounds::FOLDED_MEANWHILE_TRIES_MAX;
use teachback_engine::port::{Actor, PortError, Store};
use teachback_engine::publisher::{Published, published};
use teachback_engine::{chain, fold, layout};

pub(crate) fn run(arguments: &Audit) -> Result<ExitCode, Failure> {
    let store = warehouse::open_existing(&arguments.warehouse)?;
    let mut findings = Vec::new();
    let shards = chain::shards(store.as_ref())?;
    let (mut records, mut folded, mut files, mut totals) = (0, 0, 0, Ledger::default());
    for shard in &shards {
        let chain = audit_shard(store.as_ref(), *shard)?;
        records += chain.records;
        folded += chain.folded;
        files += chain.files;
        totals += &chain.totals;
        findings.extend(chain.findings);
    }
    let snapshots = published(store.as_ref())?;
    files += audit_snapshots(store.as_ref(), &snapshots, &mut findings)?;
    println!(
        "{} shards, {records} records and {folded} folded ones, {files} files, {} snapshots\nread {} = accepted {} + duplicate {} + late {} + rejected {}",
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

/// What was found of one shard's chain.
#[derive(Debug, Default)]
struct Chain {
    records: u64,
    folded: u64,
    files: usize,
    totals: Ledger,
    findings: Vec<String>,
}

/// Audits the chain of a shard, from its anchor on; again, when it was folded meanwhile.
fn audit_shard(store: &dyn Store, shard: u32) -> Result<Chain, PortError> {
    let mut anchor = fold::newest(store, shard)?;
    for _ in 0..FOLDED_MEANWHILE_TRIES_MAX {
        let chain = audit_chain(store, shard, anchor.as_ref())?;
        let now = fold::newest(store, shard)?;
        if now == anchor {
            return Ok(chain);
        }
        anchor = now;
    }
    Err(PortError::new(Actor::External, format!("the chain of shard {shard:02} is folded faster than it can be read; try again")))
}

/// Reads a chain from its anchor on; notes broken links, gaps, ledgers that do not balance or add up, and files that are not
/// what was said of them.
fn audit_chain(store: &dyn Store, shard: u32, anchor: Option<&Anchor>) -> Result<Chain, PortError> {
    let mut chain = Chain::default();
    let mut keeps_lake = false;
    let mut standing = Standing::behind(anchor);
    while let Some(link) = chain::read(store, shard, standing.next())? {
        let record = link.record;
        let place = layout::record(shard, record.epoch);
        chain.findings.extend(standing.step(&record, &link.hash).iter().map(|broken| format!("{place}: {broken}")));
        chain.files += audit_files(store, &place, &record.ledger, record.terms.lake, &record.files, &mut chain.findings)?;
        chain.files += audit_evidence(store, record.evidence.as_ref(), &mut chain.findings)?;
        chain.records += 1;
        // The same for a whole chain: its terms never change.
        keeps_lake = record.terms.lake;
    }
    let behind = anchor.map_or(0, |anchor| anchor.through + 1);
    if chain::numbers(store, shard)?.into_iter().filter(|number| *number >= behind).count() as u64 != chain.records {
        chain.findings.push(format!("{}: record {} is missing", layout::records(shard), standing.next()));
    }
    if let Some(anchor) = anchor {
        audit_anchor(store, anchor, keeps_lake, &mut chain)?;
    }
    chain.totals = standing.totals().clone();
    Ok(chain)
}

/// Checks that an anchor's days add up to its totals, and their registers to the days, file by file.
fn audit_anchor(store: &dyn Store, anchor: &Anchor, keeps_lake: bool, chain: &mut Chain) -> Result<(), PortError> {
    let place = layout::anchor(anchor.shard, anchor.through);
    let mut totals = Ledger::default();
    let mut next = 0;
    for row in &anchor.days {
        if row.first != next || row.last < row.first {
            chain.findings.push(format!("{place}: the records of {} do not follow those of the day before", row.day));
        }
        next = row.last + 1;
        totals += &row.ledger;
        for (_, file) in &row.evidence {
            chain.files += audit_evidence(store, Some(file), &mut chain.findings)?;
        }
        let mut counted = Ledger::default();
        for entry in audit_register(store, row, &mut chain.findings)? {
            counted += &entry.ledger;
            let place = format!("folded record {} of shard {:02}", entry.epoch, anchor.shard);
            chain.files += audit_files(store, &place, &entry.ledger, keeps_lake, &entry.files, &mut chain.findings)?;
        }
        if counted != row.ledger || !row.ledger.is_balanced() {
            chain.findings.push(format!("{place}: the ledger of {} is not the sum of its records", row.day));
        }
    }
    if next != anchor.through + 1 || totals != anchor.totals {
        chain.findings.push(format!("{place}: its totals are not the sum of its days"));
    }
    chain.folded = anchor.through + 1;
    Ok(())
}

fn audit_register(store: &dyn Store, row: &FoldedDay, findings: &mut Vec<String>) -> Result<Vec<Entry>, PortError> {
    let Some(note) = &row.register else { return Ok(Vec::new()) };
    match fold::register(store, note) {
        Ok(Some(entries)) => Ok(entries),
        Ok(None) => {
            findings.push(format!("{}: is missing", note.path));
            Ok(Vec::new())
        }
        Err(error) if error.actor == Actor::Damage => {
            findings.push(error.to_string());
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

fn audit_evidence(store: &dyn Store, evidence: Option<&FileNote>, findings: &mut Vec<String>) -> Result<usize, PortError> {
    evidence.map_or(Ok(0), |evidence| whole(store, evidence, findings).map(|_| 1))
}

/// Checks lake and rejected files of a record, and that they hold as many rows as its ledger says.
fn audit_files(store: &dyn Store, place: &str, ledger: &Ledger, keeps_lake: bool, files: &[FileNote], findings: &mut Vec<String>) -> Result<usize, PortError> {
    let mut rows: BTreeMap<&str, u64> = BTreeMap::new();
    for file in files {
        let Some(bytes) = whole(store, file, findings)? else { continue };
        let (kind, contract) = if file.path.starts_with("lake/rejected/") { ("rejected", &REJECTED) } else { ("events", lake::contract()) };
        *rows.entry(kind).or_default() += parquet::read(contract, bytes)?.len() as u64;
    }
    let (events, rejected) = (rows.get("events").copied().unwrap_or_default(), rows.get("rejected").copied().unwrap_or_default());
    if keeps_lake && events != ledger.accepted + ledger.late {
        findings.push(format!("{place}: accepted {} + late {}, but the lake holds {events} events of it", ledger.accepted, ledger.late));
    }
    if rejected != ledger.rejected {
        findings.push(format!("{place}: rejected {}, but lake/rejected holds {rejected} of it", ledger.rejected));
    }
    Ok(files.len())
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
