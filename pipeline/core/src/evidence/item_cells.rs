//! Items: how learners answered in their first attempt, by how well they did on the other items.

use super::due::{DueAttempt, items_of};
use super::strata::{Stratum, StratumNames};
use super::{ItemCell, REST_BINS};
use crate::course::Course;
use crate::course::learner::Mark;
use crate::time::Day;
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// Shares of a mark are added in billionths, so that their sum does not depend on the order of items.
const SHARE_SCALE: u64 = 1_000_000_000;

/// What tells item cells apart, by the course's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Numbers {
    day: Day,
    stratum: Stratum,
    item: u32,
    response: Option<u32>,
    right: bool,
    rest_bin: Option<u8>,
}

/// The same by names: day, stratum, assessment, item, response, right, rest-score bin.
type Named<'a> = (Day, &'a str, &'a str, &'a str, &'a str, bool, Option<u8>);

impl Course {
    pub(super) fn item_cells(&self, due: &[DueAttempt]) -> Vec<ItemCell> {
        // Counted by number; names come in once a cell, for learners are many and cells are few.
        let mut counts: HashMap<Numbers, u32> = HashMap::new();
        let mut answered: Vec<(u32, Mark, Option<u32>)> = Vec::new();
        for attempt in due {
            let learner = &self.learners[attempt.learner];
            answered.clear();
            answered.extend(
                items_of(learner, &self.names, attempt.assessment)
                    .filter(|(_, state)| state.first_time().is_some_and(|time| time <= attempt.entry))
                    .filter_map(|(item, state)| Some((item, state.first_mark()?, state.first.and_then(|answer| answer.response)))),
            );
            let day = attempt.entry.day();
            let stratum = Stratum::of(self, learner, day, day);
            let total: u64 = answered.iter().map(|(_, mark, _)| share(*mark)).sum();
            let others = answered.len().saturating_sub(1) as u64;
            for (item, mark, response) in &answered {
                let rest_bin = (others > 0).then(|| rest_bin(total - share(*mark), others));
                *counts.entry(Numbers { day, stratum, item: *item, response: *response, right: mark.is_full(), rest_bin }).or_default() += 1;
            }
        }
        let strata = StratumNames::new(self, counts.keys().map(|numbers| numbers.stratum));
        let mut cells: BTreeMap<Named<'_>, u32> = BTreeMap::new();
        for (Numbers { day, stratum, item, response, right, rest_bin }, learners) in counts {
            let (assessment, item) = self.item_name(item);
            let response = response.map_or("", |response| self.names.words.text(response));
            *cells.entry((day, strata.get(stratum), assessment, item, response, right, rest_bin)).or_default() += learners;
        }
        let cell = |((day, stratum, assessment, item, response, right, rest_bin), learners): (Named<'_>, u32)| ItemCell {
            day,
            stratum: stratum.to_owned(),
            assessment: assessment.to_owned(),
            item: item.to_owned(),
            response: response.to_owned(),
            right,
            rest_bin,
            learners,
        };
        cells.into_iter().map(cell).collect()
    }

    fn item_name(&self, item: u32) -> (&str, &str) {
        self.names.items.get(item).map_or(("", ""), |name| (self.names.assessments.text(name.assessment), self.names.item_ids.text(name.item)))
    }
}

/// The share of the highest mark, of [`SHARE_SCALE`], rounded.
fn share(mark: Mark) -> u64 {
    let (score, max) = (u128::from(mark.score.unsigned_abs()), u128::from(mark.max.unsigned_abs()));
    ((2 * score * u128::from(SHARE_SCALE) + max) / (2 * max)) as u64
}

/// The bin of a sum of shares of so many items, rounded.
fn rest_bin(sum: u64, items: u64) -> u8 {
    ((2 * sum * u64::from(REST_BINS) + items * SHARE_SCALE) / (2 * items * SHARE_SCALE)) as u8
}
