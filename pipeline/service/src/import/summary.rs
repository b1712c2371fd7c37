//! What an import read and what became of it, for people.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use teachback_connectors::file::LinePlace;
use teachback_core::event::Event;
use teachback_core::limits::UNKNOWN_NAMES_MAX;
use teachback_core::refusal::Refusal;
use teachback_core::time::EventTime;
use teachback_formats::mapping::LeftOut;

/// Places kept of one reason to refuse.
const PLACES_MAX: usize = 3;
/// Under which names beyond [`UNKNOWN_NAMES_MAX`] are counted together.
const OTHER: &str = "other names";

/// Refused records of one reason.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Refused {
    count: u64,
    /// The first ones: file, line, and the field it is about.
    places: Vec<String>,
}

/// Counts of an import.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Summary {
    /// Lines that are not empty, or outlines.
    pub(super) records: u64,
    events: BTreeMap<String, u64>,
    left_out: BTreeMap<String, u64>,
    refused: BTreeMap<String, Refused>,
    first: Option<EventTime>,
    last: Option<EventTime>,
}

impl Summary {
    pub(super) fn event(&mut self, event: &Event<'_>) {
        count(&mut self.events, event.kind.name());
        self.first = Some(self.first.map_or(event.time, |first| first.min(event.time)));
        self.last = self.last.max(Some(event.time));
    }

    pub(super) fn left_out(&mut self, left_out: &LeftOut) {
        let name = match left_out {
            LeftOut::Unmapped { name } => format!("not mapped: {name}"),
            LeftOut::TwinIgnored { name } => format!("said by another event: {name}"),
            LeftOut::Partial { name, missing } => format!("lacks {missing}: {name}"),
        };
        count(&mut self.left_out, &name);
    }

    pub(super) fn refused(&mut self, refusal: &Refusal, place: LinePlace<'_>) {
        let refused = self.refused.entry(refusal.reason.code().to_owned()).or_default();
        refused.count += 1;
        if refused.places.len() < PLACES_MAX {
            refused.places.push(format!("{} line {} ({})", place.file, place.line, refusal.place));
        }
    }
}

fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    if let Some(known) = counts.get_mut(name) {
        *known += 1;
        return;
    }
    let name = if counts.len() < UNKNOWN_NAMES_MAX { name } else { OTHER };
    *counts.entry(name.to_owned()).or_default() += 1;
}

impl fmt::Display for Summary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sum = |counts: &BTreeMap<String, u64>| counts.values().sum::<u64>();
        writeln!(out, "records read: {}", self.records)?;
        writeln!(out, "events written: {}", sum(&self.events))?;
        if let (Some(first), Some(last)) = (self.first, self.last) {
            writeln!(out, "  from {first} to {last}")?;
        }
        for (name, count) in &self.events {
            writeln!(out, "  {count:>10}  {name}")?;
        }
        writeln!(out, "left out: {}", sum(&self.left_out))?;
        for (name, count) in &self.left_out {
            writeln!(out, "  {count:>10}  {name}")?;
        }
        write!(out, "records refused: {}", self.refused.values().map(|refused| refused.count).sum::<u64>())?;
        for (reason, refused) in &self.refused {
            write!(out, "\n  {:>10}  {reason}, first at {}", refused.count, refused.places.join("; "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use teachback_core::event::decode::decode;
    use teachback_core::refusal::Reason;

    #[test]
    fn everything_is_counted_by_name_and_the_first_places_are_kept() {
        let mut summary = Summary { records: 9, ..Summary::default() };
        for time in ["2026-01-06T00:00:00Z", "2026-01-05T00:00:00Z"] {
            let json = format!(r#"{{"specversion":"1.0","id":"e","source":"lms","type":"learning.content.viewed.v1","time":"{time}","subject":"C1"}}"#);
            summary.event(&decode(&[], json.as_bytes()).expect("an event"));
        }
        summary.left_out(&LeftOut::Unmapped { name: "downloaded video".into() });
        summary.left_out(&LeftOut::TwinIgnored { name: "problem_check".into() });
        summary.left_out(&LeftOut::Partial { name: "evaluated problem".into(), missing: "item" });
        for line in 1..=4 {
            summary.refused(&Refusal::new(Reason::BadJson, format!("column {line}")), LinePlace { file: "a.json", line });
        }
        let expected = "records read: 9\nevents written: 2\n  from 2026-01-05T00:00:00Z to 2026-01-06T00:00:00Z\n           2  learning.content.viewed.v1\n\
                        left out: 3\n           1  lacks item: evaluated problem\n           1  not mapped: downloaded video\n           1  said by another event: problem_check\n\
                        records refused: 4\n           4  bad_json, first at a.json line 1 (column 1); a.json line 2 (column 2); a.json line 3 (column 3)";
        assert_eq!(summary.to_string(), expected);
    }

    #[test]
    fn names_are_bounded() {
        let mut summary = Summary::default();
        for number in 0..2 * UNKNOWN_NAMES_MAX {
            summary.left_out(&LeftOut::Unmapped { name: number.to_string().into() });
        }
        assert_eq!(summary.left_out.len(), UNKNOWN_NAMES_MAX + 1);
        assert_eq!(summary.left_out[OTHER], UNKNOWN_NAMES_MAX as u64);
    }
}
