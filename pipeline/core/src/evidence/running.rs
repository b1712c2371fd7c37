//! What is told as it stands and not by closed days alone: flow, and versions.

use super::due::is_closed;
use super::{ContentVersion, FlowCell};
use crate::course::{Course, HourCounts};
use crate::limits::{FLOW_HOURS_MAX, VERSIONS_PER_CONTENT_MAX};
use crate::time::{Day, EventTime, Hour};
use std::collections::BTreeMap;

impl Course {
    /// The hours that are over by the course's time, with their counts; of the latest [`FLOW_HOURS_MAX`] only.
    fn hours_passed(&self, time: EventTime) -> &[(Hour, HourCounts)] {
        let now = time.hour();
        let start = self.hours.partition_point(|(hour, _)| hour.0 < now.0 - FLOW_HOURS_MAX as i32);
        let end = self.hours.partition_point(|(hour, _)| *hour < now);
        &self.hours[start..end.max(start)]
    }

    /// Marks the flow as told; gives whether any hour with activity has passed since the last time.
    pub(super) fn mark_flow_told(&mut self, time: EventTime) -> bool {
        let last = self.hours_passed(time).iter().rev().find(|(_, counts)| counts.active > 0).map(|(hour, _)| *hour);
        let new = last > self.evidence.flow;
        self.evidence.flow = self.evidence.flow.max(last);
        new
    }

    /// Days with any event, from a day on; none without one.
    pub(super) fn active_days(&self, from: Option<Day>) -> Vec<Day> {
        let Some(from) = from else { return Vec::new() };
        let start = self.hours.partition_point(|(hour, _)| hour.start() < from.start());
        let mut days: Vec<Day> = self.hours[start..].iter().filter(|(_, counts)| counts.events > 0).map(|(hour, _)| hour.start().day()).collect();
        days.dedup();
        days
    }

    pub(super) fn flow_cells(&self, time: EventTime) -> Vec<FlowCell> {
        let cell = |(hour, counts): &(Hour, HourCounts)| FlowCell { hour: *hour, learners: u32::try_from(counts.active).unwrap_or(u32::MAX) };
        self.hours_passed(time).iter().filter(|(_, counts)| counts.active > 0).map(cell).collect()
    }

    /// Versions first seen in a closed day, by events or in an outline: of no other is it certain when that was.
    pub(super) fn content_versions(&self, closed: EventTime) -> Vec<ContentVersion> {
        let by_events = self.names.contents.iter().map(|(_, name)| &**name).zip(self.contents.iter().map(|facts| &facts.versions));
        let mut first: BTreeMap<(&str, u32), EventTime> = BTreeMap::new();
        for (content, versions) in by_events.chain(self.outlined_versions.iter()) {
            for (version, time) in versions.iter() {
                let seen = first.entry((content, version)).or_insert(time);
                *seen = time.min(*seen);
            }
        }
        let mut order: Vec<(&str, EventTime, &str)> =
            first.into_iter().map(|((content, version), time)| (content, time, self.names.words.text(version))).collect();
        order.sort_unstable();
        let mut versions: Vec<ContentVersion> = order
            .chunk_by(|left, right| left.0 == right.0)
            .flat_map(|content| content.iter().take(VERSIONS_PER_CONTENT_MAX))
            .filter(|(_, time, _)| is_closed(*time, closed))
            .map(|(content, time, version)| ContentVersion { content: (*content).to_owned(), since: time.day(), version: (*version).to_owned() })
            .collect();
        versions.sort_unstable();
        versions
    }
}
