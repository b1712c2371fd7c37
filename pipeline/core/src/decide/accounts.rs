//! Accounts of a course: how many of those judged are likely bots.
//!
//! Measure judges each account once and keeps likely bots in a stratum of their own, which no other rule counts. What is
//! judged here is whether a course has so many of them that somebody should know.

use super::around::Around;
use super::catalogue::Catalogue;
use super::family::Raised;
use super::life::{About, Life};
use super::margins::Baselines;
use super::rate::{self, Baseline, Rate, RateTarget, settle};
use super::rules::bots;
use super::signal::{Signal, State};
use crate::evidence::AccountCell;
use crate::time::Day;
use std::sync::Arc;

/// The accounts of all courses, by number of the course.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    courses: Vec<Account>,
}

/// The accounts of one course.
#[derive(Debug, Default)]
pub(super) struct Account {
    pub(super) life: Life,
    pub(super) rate: Rate,
    evidence_day: Day,
}

impl Accounts {
    /// Counts and weighs the accounts of one decision day; gives the courses that changed.
    pub(super) fn weigh(&mut self, day: Day, mut cells: Vec<(u32, AccountCell)>, catalogue: &Catalogue, baselines: &Baselines) -> Vec<u32> {
        cells.sort_unstable();
        self.courses.resize_with(catalogue.len(), Account::default);
        let expected = Baseline { share: baselines.bot_share, crude: baselines.bot_share };
        let mut changed = Vec::new();
        for (course, cell) in cells {
            let account = &mut self.courses[course as usize];
            account.evidence_day = account.evidence_day.max(cell.day);
            account.rate.observe(day, u64::from(cell.judged), u64::from(cell.bots), expected, &bots::MARGIN);
            changed.push(course);
        }
        changed.dedup();
        for course in &changed {
            let account = &mut self.courses[*course as usize];
            let evidence_day = account.evidence_day;
            account.weigh(&bots::MARGIN, None, day, evidence_day);
        }
        changed
    }

    /// The lives of all courses' accounts.
    pub(super) fn lives(&self) -> impl Iterator<Item = &Life> {
        self.courses.iter().map(|account| &account.life)
    }

    /// Resolves and opens.
    pub(super) fn settle(&mut self, day: Day, changed: &[u32], raised: &Raised, catalogue: &Catalogue) {
        settle(&mut self.courses, changed, raised, day, |course| Arc::clone(catalogue.course(course, day)));
    }

    /// Ends what has gone stale by a day.
    pub(super) fn expire(&mut self, day: Day, catalogue: &Catalogue) {
        rate::expire(&mut self.courses, day, |course, day| Arc::clone(catalogue.course(course, day)));
    }

    /// All that is to be said.
    pub(super) fn signals(&self, day: Day, catalogue: &Catalogue) -> Vec<Signal> {
        rate::signals(&self.courses, |course| Arc::clone(catalogue.course(course, day)), Around::default())
    }
}

impl RateTarget for Account {
    fn parts(&mut self) -> (&mut Life, &mut Rate) {
        (&mut self.life, &mut self.rate)
    }

    fn life(&self) -> &Life {
        &self.life
    }

    fn signal(&self, about: &About, _: Around<'_>, state: State) -> Signal {
        bots::signal(self, about, state)
    }
}
