//! The flow of events of each provider: hours in which its learners fell silent all at once.
//!
//! Read at every cut, open days included. Known outages are kept: days that overlap one are no evidence about places and
//! spans, for whoever leaves a recording because the platform is down does not leave it because of the recording.

use super::agenda::Retold;
use super::catalogue::Catalogue;
use super::rules::flow::{self, Outage};
use super::signal::Signal;
use crate::evidence::FlowCell;
use crate::time::{Day, Hour};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Outages of every provider, in order of its name and of their beginning.
#[derive(Debug, Default)]
pub(super) struct Flow {
    outages: BTreeMap<Arc<str>, Vec<(Day, Outage)>>,
}

impl Flow {
    /// Looks at the hours told by a decision day.
    pub(super) fn judge(&mut self, day: Day, told: &Retold<Vec<FlowCell>>, catalogue: &Catalogue) {
        let mut learners: BTreeMap<Arc<str>, BTreeMap<Hour, u64>> = BTreeMap::new();
        for (course, cells) in told.by(day) {
            let hours = learners.entry(Arc::clone(&catalogue.course(course, day).provider)).or_default();
            for cell in cells {
                *hours.entry(cell.hour).or_default() += u64::from(cell.learners);
            }
        }
        for (provider, hours) in learners {
            let found = flow::outages(&hours);
            let known = self.outages.entry(provider).or_default();
            for outage in found {
                // The same outage, seen again with more of its hours.
                match known.iter_mut().find(|(_, one)| one.from < outage.to && outage.from < one.to) {
                    Some((_, one)) => {
                        let from = one.from.min(outage.from);
                        *one = outage;
                        one.from = from;
                    }
                    None => known.push((day, outage)),
                }
            }
        }
    }

    /// Whether a provider's events were missing in any hour of a day.
    pub(super) fn is_frozen(&self, provider: &str, day: Day) -> bool {
        let overlaps = |outage: &Outage| outage.from.start() < day.end() && day.start() < outage.to.start();
        self.outages.get(provider).is_some_and(|outages| outages.iter().any(|(_, outage)| overlaps(outage)))
    }

    /// All that is to be said.
    pub(super) fn signals(&self) -> Vec<Signal> {
        let providers = self.outages.iter();
        providers.flat_map(|(provider, outages)| outages.iter().map(move |(opened, outage)| flow::signal(provider, *opened, outage))).collect()
    }
}
