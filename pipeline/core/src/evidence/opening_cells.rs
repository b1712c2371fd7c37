//! Openings: whether contents open at all, by class of client.

use super::OpeningCell;
use crate::course::Course;
use crate::time::Day;
use std::collections::BTreeMap;

impl Course {
    pub(super) fn opening_cells(&self) -> Vec<OpeningCell> {
        let failing: Vec<bool> = self.contents.iter().map(|facts| facts.failures > 0).collect();
        let mut cells: BTreeMap<(&str, &str, Day), (u32, u32)> = BTreeMap::new();
        for (content, state) in self.learners.iter().flat_map(|learner| &learner.contents) {
            let name = if failing.get(*content as usize).copied().unwrap_or_default() { self.names.contents.text(*content) } else { "" };
            for opening in &state.openings {
                let counts = cells.entry((name, self.names.words.text(opening.client), opening.first.time.day())).or_default();
                counts.0 += 1;
                counts.1 += u32::from(opening.failed);
            }
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
