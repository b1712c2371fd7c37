//! Dwell: how long learners stayed at a content when they first met it.
//!
//! Two things say so, and neither can be had from the other, so each is counted for itself:
//! - *sittings*: from the first to the last point of the first sitting at a recording (play, pause, seek, heartbeat, stop). It is
//!   told on the evidence day of the sitting. One point alone says nothing.
//! - *reported*: the longest `duration_s` among the content's events of the UTC day on which the learner first met it, failures
//!   apart, for platforms that report a time on page; it is told on that day. The longest and not the sum, because platforms
//!   repeat the time so far. Without such a field nothing is known of a page: the time to the next click is no reading time.

use super::due::{Due, DueSitting};
use super::strata::{Stratum, StratumNames};
use super::{DwellCell, STAY_MS_MAX};
use crate::course::Course;
use crate::course::time_bins::{NO_TIME, time_bin};
use crate::time::Day;
use std::collections::BTreeMap;

#[derive(Debug, Default)]
struct Counts {
    sittings: BTreeMap<u8, u32>,
    reported: BTreeMap<u8, u32>,
}

impl Course {
    pub(super) fn dwell_cells(&self, due: &Due) -> Vec<DwellCell> {
        let mut counted: BTreeMap<(Day, Stratum, u32), Counts> = BTreeMap::new();
        let mut counts = |day: Day, learner: usize, content: u32, count: &mut dyn FnMut(&mut Counts)| {
            let stratum = Stratum::of(self, &self.learners[learner], day, day);
            count(counted.entry((day, stratum, content)).or_default());
        };
        for sitting in &due.sittings {
            let bin = self.sitting_bin(*sitting);
            if bin != NO_TIME {
                let (content, _) = &self.learners[sitting.learner].contents[sitting.place];
                counts(sitting.day(), sitting.learner, *content, &mut |counts| *counts.sittings.entry(bin).or_default() += 1);
            }
        }
        for stay in &due.stays {
            let (content, state) = &self.learners[stay.learner].contents[stay.place];
            counts(stay.day, stay.learner, *content, &mut |counts| *counts.reported.entry(state.stay_bin).or_default() += 1);
        }
        let strata = StratumNames::new(self, counted.keys().map(|(_, stratum, _)| *stratum));
        let cell = |((day, stratum, content), counts): ((Day, Stratum, u32), Counts)| DwellCell {
            day,
            stratum: strata.get(stratum).to_owned(),
            content: self.names.contents.text(content).to_owned(),
            sittings: counts.sittings.into_iter().collect(),
            reported: counts.reported.into_iter().collect(),
        };
        let mut cells: Vec<DwellCell> = counted.into_iter().map(cell).collect();
        cells.sort_unstable();
        cells
    }

    /// How long a first sitting lasted, as its bin.
    fn sitting_bin(&self, sitting: DueSitting) -> u8 {
        let (_, state) = &self.learners[sitting.learner].contents[sitting.place];
        let first = state.playback.as_ref().and_then(|playback| playback.points_through(sitting.end).map(|point| point.time).min());
        let ms = first.map_or(0, |first| (sitting.end.0 - first.0) / 1000);
        u64::try_from(ms).ok().filter(|ms| *ms <= STAY_MS_MAX).map_or(NO_TIME, time_bin)
    }
}
