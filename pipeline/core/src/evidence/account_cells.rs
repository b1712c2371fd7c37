//! Accounts: those judged on each day, and the likely bots among them.

use super::AccountCell;
use crate::course::Course;
use crate::course::account::GUESS;
use crate::event::outline::Outline;
use crate::time::{Day, EventTime};
use std::collections::BTreeMap;

impl Course {
    /// Judges the accounts that have answers enough by the close of the days that are closed.
    pub(super) fn close_accounts(&mut self, closed: EventTime) -> Vec<AccountCell> {
        let (through, guess) = (closed.day().plus(-1), self.guess());
        let mut counts: BTreeMap<Day, (u32, u32)> = BTreeMap::new();
        for (day, bot) in self.learners.iter_mut().filter_map(|learner| learner.account.close(through, guess)) {
            let (judged, bots) = counts.entry(day).or_default();
            *judged += 1;
            *bots += u32::from(bot);
        }
        counts.into_iter().map(|(day, (judged, bots))| AccountCell { day, judged, bots }).collect()
    }

    /// The chance of a right answer by guessing, over the items of the outline whose options it names.
    fn guess(&self) -> f64 {
        let assessments = self.outline.get().into_iter().flat_map(Outline::modules).flat_map(|module| &module.assessments);
        let items = assessments.flat_map(|assessment| &assessment.items);
        let (sum, known) =
            items.filter(|item| item.options.len() > 1).fold((0.0, 0_u32), |(sum, known), item| (sum + 1.0 / item.options.len() as f64, known + 1));
        if known == 0 { GUESS } else { sum / f64::from(known) }
    }
}
