//! The one place where paths of the warehouse are made. No part of a path comes from an event.

use teachback_core::time::{Day, EventTime};

/// The newest snapshot's time, one line.
pub const LATEST: &str = "tables/LATEST";
/// DuckDB views on the newest snapshot.
pub const VIEWS: &str = "tables/views.sql";
/// Identity of the warehouse, made once.
pub const WAREHOUSE: &str = "_teachback/warehouse.json";
/// The end that an unfinished bounded run reads to.
pub const RUN_END: &str = "_teachback/until-end.json";
/// Snapshots that are visible, with where each shard stood.
pub const PUBLISHED: &str = "_teachback/published";

/// A commit record.
#[must_use]
pub fn record(shard: u32, epoch: u64) -> String {
    format!("{}/{epoch:016}.json", records(shard))
}

/// The folder of a shard's records.
#[must_use]
pub fn records(shard: u32) -> String {
    format!("_teachback/checkpoints/{shard:02}")
}

/// The folder of a shard's anchors.
#[must_use]
pub fn anchors(shard: u32) -> String {
    format!("_teachback/anchors/{shard:02}")
}

/// The anchor that stands for all records of a shard up to one.
#[must_use]
pub fn anchor(shard: u32, through: u64) -> String {
    format!("{}/{through:016}.json", anchors(shard))
}

/// The folder of a shard's registers.
#[must_use]
pub fn registers(shard: u32) -> String {
    format!("_teachback/registers/{shard:02}")
}

/// What the folded records of a day vouch for, up to the last that vouches for anything.
#[must_use]
pub fn register(shard: u32, day: Day, last: u64) -> String {
    format!("{}/{day}-{last:016}.json", registers(shard))
}

/// A segment of a state image.
#[must_use]
pub fn image_segment(shard: u32, epoch: u64) -> String {
    format!("{}/{epoch:016}.image", image_segments(shard))
}

/// The folder of a shard's state image.
#[must_use]
pub fn image_segments(shard: u32) -> String {
    format!("_teachback/state/{shard:02}")
}

/// The folder of a shard's part of a snapshot before it is visible.
#[must_use]
pub fn staged_folder(as_of: EventTime, shard: u32) -> String {
    format!("_teachback/staged/{as_of}/{shard:02}")
}

/// A shard's part of a table before it is visible.
#[must_use]
pub fn staged(as_of: EventTime, shard: u32, table: &str, ending: &str) -> String {
    format!("{}/{table}.{ending}", staged_folder(as_of, shard))
}

/// Decide's and the publisher's own tables before they are visible.
#[must_use]
pub fn staged_by_publisher(as_of: EventTime, table: &str, ending: &str) -> String {
    format!("_teachback/staged/{as_of}/decide/{table}.{ending}")
}

/// Everything staged for a snapshot.
#[must_use]
pub fn staged_snapshot(as_of: EventTime) -> String {
    format!("_teachback/staged/{as_of}")
}

/// Evidence told at a cut.
#[must_use]
pub fn evidence(day: Day, shard: u32, epoch: u64) -> String {
    format!("_teachback/cells/{day}/shard-{shard:02}-{epoch:016}.postcard.zst")
}

/// A file of accepted and late events.
#[must_use]
pub fn lake_events(day: Day, shard: u32, from: u64, to: u64, ending: &str) -> String {
    format!("lake/events/date={day}/shard-{shard:02}-{from}-{to}.{ending}")
}

/// A file of refused messages.
#[must_use]
pub fn lake_rejected(day: Day, shard: u32, from: u64, to: u64, ending: &str) -> String {
    format!("lake/rejected/date={day}/shard-{shard:02}-{from}-{to}.{ending}")
}

/// A table's snapshot.
#[must_use]
pub fn snapshot(table: &str, as_of: EventTime) -> String {
    format!("tables/{table}/as_of={as_of}")
}

/// The name of a shard's file within a snapshot.
#[must_use]
pub fn part(shard: u32, ending: &str) -> String {
    format!("shard-{shard:02}.{ending}")
}

/// A record of what was published.
#[must_use]
pub fn published(as_of: EventTime) -> String {
    format!("{PUBLISHED}/{as_of}.json")
}

/// The verdict of decide at a snapshot.
#[must_use]
pub fn verdict(as_of: EventTime) -> String {
    format!("_teachback/decide/{as_of}.json.zst")
}

/// The grounds of the verdict at a snapshot.
#[must_use]
pub fn grounds(as_of: EventTime) -> String {
    format!("_teachback/decide/{as_of}.json")
}

/// What providers have been told, as of a verdict.
#[must_use]
pub fn said(as_of: EventTime) -> String {
    format!("_teachback/decide/said-{as_of}.json.zst")
}
