//! Openings: whether contents open at all, by class of client.

use super::OpeningCell;
use crate::course::Course;
use crate::time::Day;
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// Stands for all contents that never failed.
const NEVER_FAILED: u32 = u32::MAX;

impl Course {
    pub(super) fn opening_cells(&self) -> Vec<OpeningCell> {
        // Counted by number; names come in once a cell, for learners are many and cells are few.
        let failing: Vec<bool> = self.contents.iter().map(|facts| facts.failures > 0).collect();
        let mut counts: HashMap<(u32, u32, Day), (u32, u32)> = HashMap::new();
        for (content, state) in self.learners.iter().flat_map(|learner| &learner.contents) {
            let content = if failing.get(*content as usize).copied().unwrap_or_default() { *content } else { NEVER_FAILED };
            for opening in &state.openings {
                let counts = counts.entry((content, opening.client, opening.first.time.day())).or_default();
                counts.0 += 1;
                counts.1 += u32::from(opening.failed);
            }
        }
        let mut cells: BTreeMap<(&str, &str, Day), (u32, u32)> = BTreeMap::new();
        for ((content, client, day), (opened, failed)) in counts {
            let content = if content == NEVER_FAILED { "" } else { self.names.contents.text(content) };
            let sum = cells.entry((content, self.names.words.text(client), day)).or_default();
            *sum = (sum.0 + opened, sum.1 + failed);
        }
        let cell = |((content, client, day), (opened, failed)): ((&str, &str, Day), (u32, u32))| OpeningCell {
            content: content.to_owned(),
            client: client.to_owned(),
            day,
            opened,
            failed,
        };
        cells.into_iter().map(cell).collect()
    }
}
