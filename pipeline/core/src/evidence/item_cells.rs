//! Items: how learners answered in their first attempt, by how well they did on the other items.

use super::attempts::{Answered, share};
use super::strata::{Stratum, StratumNames};
use super::{ItemCell, REST_BINS};
use crate::course::Course;
use crate::time::Day;
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// For rest scores, shares of a mark are added in billionths.
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

/// Learners, counted by number; names come in once a cell, for learners are many and cells are few.
#[derive(Debug, Default)]
pub(super) struct ItemCounts(HashMap<Numbers, u32>);

impl ItemCounts {
    /// Counts a learner's first attempt; items without a mark are no part of it.
    pub(super) fn add(&mut self, day: Day, stratum: Stratum, answered: &[Answered]) {
        let marked = || answered.iter().filter_map(|answer| Some((answer, answer.mark?)));
        let (items, total) = marked().fold((0, 0), |(items, total), (_, mark)| (items + 1, total + share(mark, SHARE_SCALE)));
        for (answer, mark) in marked() {
            let rest_bin = (items > 1).then(|| rest_bin(total - share(mark, SHARE_SCALE), items - 1));
            let numbers = Numbers { day, stratum, item: answer.item, response: answer.response, right: mark.is_full(), rest_bin };
            *self.0.entry(numbers).or_default() += 1;
        }
    }

    pub(super) fn cells(self, course: &Course) -> Vec<ItemCell> {
        let strata = StratumNames::new(course, self.0.keys().map(|numbers| numbers.stratum));
        let mut cells: BTreeMap<Named<'_>, u32> = BTreeMap::new();
        for (Numbers { day, stratum, item, response, right, rest_bin }, learners) in self.0 {
            let (assessment, item) = course.item_name(item);
            let response = response.map_or("", |response| course.names.words.text(response));
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
}

/// The bin of a sum of shares of so many items, rounded.
fn rest_bin(sum: u64, items: u64) -> u8 {
    ((2 * sum * u64::from(REST_BINS) + items * SHARE_SCALE) / (2 * items * SHARE_SCALE)) as u8
}
