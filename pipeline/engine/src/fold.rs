//! Folding the old records of a chain into its anchor: the effects, in one order.
//!
//! 1. the register of each day that the records touch, whole;
//! 2. the anchor, created if absent: from here on readers begin behind it;
//! 3. the records it covers go, oldest first; then older anchors and registers that no row names any more.
//!
//! | crash | left behind | what follows |
//! |---|---|---|
//! | before 2 | registers that no anchor names | the next fold writes the same bytes, or clears them away |
//! | within 3 | records that the anchor covers | no reader looks at them; [`sweep`] clears them away |
//!
//! Two owners may fold at once: an anchor is a function of the records it covers, so both write the same one or one that
//! reaches further, and readers take the furthest. Nothing is deleted before an anchor that covers it is there. Oldest first
//! matters to [`crate::chain::append`], by which an owner that slept learns that the chain was folded past it.

use crate::bounds::FOLDED_MEANWHILE_TRIES_MAX;
use crate::chain::{self, Link, damaged};
use crate::layout;
use crate::port::{Actor, Created, PortError, Store};
use crate::writer::put;
use bytes::Bytes;
use serde::Serialize;
use teachback_core::checkpoint::FileNote;
use teachback_core::checkpoint::anchor::{ANCHOR_VERSION, Anchor, Entry, Folded, FoldedDay};

/// The anchor in force: the one that reaches furthest.
///
/// # Errors
/// When the store fails or the anchor is damaged.
pub fn newest(store: &dyn Store, shard: u32) -> Result<Option<Anchor>, PortError> {
    for _ in 0..FOLDED_MEANWHILE_TRIES_MAX {
        let Some(through) = numbers(store, &layout::anchors(shard))?.into_iter().max() else { return Ok(None) };
        // An anchor that went while we looked has given way to one that reaches further.
        if let Some(anchor) = read_anchor(store, shard, through)? {
            return Ok(Some(anchor));
        }
    }
    Err(PortError::new(Actor::External, format!("{} changes faster than it can be read; try again", layout::anchors(shard))))
}

/// What the folded records of a day vouch for; `None` when the register is not there.
///
/// # Errors
/// When the store fails or the register is not what its anchor says.
pub fn register(store: &dyn Store, note: &FileNote) -> Result<Option<Vec<Entry>>, PortError> {
    let Some(bytes) = chain::noted(store, note)? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|cause| damaged(&note.path, &cause.to_string()))
}

/// Every file of a shard that its chain vouches for, folded records included, in the order of the log.
///
/// # Errors
/// When the store fails, or anchor, register or record is damaged.
pub fn vouched_files(store: &dyn Store, shard: u32) -> Result<Vec<FileNote>, PortError> {
    'folded_meanwhile: for _ in 0..FOLDED_MEANWHILE_TRIES_MAX {
        let anchor = newest(store, shard)?;
        let mut files = Vec::new();
        for note in anchor.iter().flat_map(|anchor| &anchor.days).filter_map(|day| day.register.as_ref()) {
            match register(store, note)? {
                Some(entries) => files.extend(entries.into_iter().flat_map(|entry| entry.files)),
                None if newest(store, shard)? == anchor => return Err(damaged(&note.path, "it is missing")),
                None => continue 'folded_meanwhile,
            }
        }
        let mut epoch = anchor.as_ref().map_or(0, |anchor| anchor.through + 1);
        while let Some(link) = chain::read(store, shard, epoch)? {
            files.extend(link.record.files);
            epoch += 1;
        }
        if newest(store, shard)? == anchor {
            return Ok(files);
        }
    }
    Err(PortError::new(Actor::External, format!("the chain of shard {shard:02} is folded faster than it can be read; try again")))
}

/// Folds the given records, which follow the anchor, and gives the anchor in force afterwards: the new one, or one that
/// another owner made meanwhile and that reaches further.
///
/// # Errors
/// When the store fails, or the chain is not whole: then nothing is folded.
pub fn fold(store: &dyn Store, shard: u32, before: Option<&Anchor>, links: &[Link]) -> Result<Option<Anchor>, PortError> {
    let records = links.iter().map(|link| (&link.record, link.hash.as_str()));
    let broken = |cause| PortError::new(Actor::Damage, format!("the chain of shard {shard:02} is not whole: {cause}; run `teachback audit`"));
    let Some(Folded { mut anchor, added }) = Anchor::fold(before, records).map_err(broken)? else { return Ok(None) };
    for (day, added) in added {
        let Some(row) = anchor.days.iter().find(|row| row.day == day) else { continue };
        let mut entries = match &row.register {
            None => Vec::new(),
            Some(note) => match register(store, note)? {
                Some(entries) => entries,
                // Another owner folded further and cleared it away.
                None => match newest(store, shard)?.filter(|newest| newest.through > anchor.through) {
                    Some(further) => return Ok(Some(further)),
                    None => return Err(damaged(&note.path, "it is missing")),
                },
            },
        };
        entries.extend(added);
        let Some(last) = entries.last() else { continue };
        let note = put(store, layout::register(shard, day, last.epoch), json(&entries)?)?;
        anchor.note_register(day, note);
    }
    let made = store.create(&layout::anchor(shard, anchor.through), json(&anchor)?)?;
    if made == Created::Exists && read_anchor(store, shard, anchor.through)?.is_some_and(|other| other != anchor) {
        return Err(damaged(&layout::anchor(shard, anchor.through), "it is not what the records say that it covers"));
    }
    tracing::info!(shard, through = anchor.through, records = links.len(), "old records folded into the anchor");
    sweep(store, &anchor)?;
    Ok(Some(anchor))
}

/// Clears away what an anchor has replaced: records it covers, oldest first, older anchors, registers of its time that it
/// does not name.
///
/// # Errors
/// When the store fails.
pub fn sweep(store: &dyn Store, anchor: &Anchor) -> Result<(), PortError> {
    let (shard, through) = (anchor.shard, anchor.through);
    for epoch in numbers(store, &layout::records(shard))?.into_iter().filter(|epoch| *epoch <= through) {
        store.delete(&layout::record(shard, epoch))?;
    }
    for older in numbers(store, &layout::anchors(shard))?.into_iter().filter(|older| *older < through) {
        store.delete(&layout::anchor(shard, older))?;
    }
    for entry in store.list(&layout::registers(shard))? {
        let is_named = |day: &FoldedDay| day.register.as_ref().is_some_and(|note| note.path == entry.path);
        // One that reaches further belongs to an anchor that does so too.
        let is_of_our_time = entry.path.strip_suffix(".json").and_then(|stem| stem.rsplit('-').next()?.parse::<u64>().ok()).is_some_and(|last| last <= through);
        if is_of_our_time && !anchor.days.iter().any(is_named) {
            store.delete(&entry.path)?;
        }
    }
    Ok(())
}

fn read_anchor(store: &dyn Store, shard: u32, through: u64) -> Result<Option<Anchor>, PortError> {
    let path = layout::anchor(shard, through);
    let Some(bytes) = store.get(&path)? else { return Ok(None) };
    let anchor: Anchor = serde_json::from_slice(&bytes).map_err(|cause| damaged(&path, &cause.to_string()))?;
    if (anchor.version, anchor.shard, anchor.through) != (ANCHOR_VERSION, shard, through) {
        return Err(damaged(&path, "it is of another version, shard or number"));
    }
    Ok(Some(anchor))
}

/// The numbers of the files of a folder, ascending.
fn numbers(store: &dyn Store, folder: &str) -> Result<Vec<u64>, PortError> {
    let mut numbers: Vec<u64> = store.list(folder)?.iter().filter_map(|entry| chain::number_of(&entry.path)).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// JSON without spaces: the same content gives the same bytes.
fn json(content: &impl Serialize) -> Result<Bytes, PortError> {
    serde_json::to_vec(content).map(Bytes::from).map_err(|cause| PortError::external("an anchor cannot be written as JSON", cause))
}
