//! C-01: a content that fails to open with a class of client.
//!
//! H0: at most 2 % fail, or twice the share of all other openings of the platform. It does not wait for a family's list:
//! it pages at e >= 20 × the contents and client classes of its provider, which bounds the chance that a provider is
//! ever paged for nothing by 1/20.

use super::book::{Book, Cells, Facts, OpeningTarget};
use super::life::{Finding, Life};
use super::margins::{LN_E_ALONE, OPENING, OPENING_LAG_DAYS};
use super::rate::{self, Rate, RateTarget, settle};
use super::signal::{Code, Signal, State};
use super::words;
use crate::time::Day;
use std::collections::{BTreeMap, BTreeSet};

/// All contents and client classes, and what their baselines rest on.
#[derive(Debug)]
pub(super) struct Openings<'a> {
    openings: Vec<Opening<'a>>,
    courses: Vec<Seen<'a>>,
    platform: Counts,
}

#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    opened: u64,
    failed: u64,
}

/// What has been seen of a course: its hypotheses are every content with every class of client.
///
/// Cells name a content only once it has failed, so the contents of the outline count as well.
#[derive(Debug)]
struct Seen<'a> {
    contents: BTreeSet<&'a str>,
    clients: BTreeSet<&'a str>,
}

#[derive(Debug)]
struct Opening<'a> {
    target: OpeningTarget<'a>,
    life: Life,
    rate: Rate,
    counts: Counts,
}

impl<'a> Openings<'a> {
    pub(super) fn new(book: &Book<'a>) -> Self {
        let opening = |target: &OpeningTarget<'a>| {
            let (life, rate, counts) = Default::default();
            Opening { target: *target, life, rate, counts }
        };
        let seen = |facts: &Facts<'a>| Seen { contents: facts.contents().collect(), clients: BTreeSet::new() };
        Self { openings: book.openings.iter().map(opening).collect(), courses: book.courses.iter().map(seen).collect(), platform: Counts::default() }
    }

    /// Judges one decision day.
    pub(super) fn judge(&mut self, day: Day, cells: &Cells<'a>, book: &Book<'a>) {
        if cells.openings.is_empty() {
            return;
        }
        let baselines: Vec<f64> = cells.openings.iter().map(|(_, target, _)| target.map_or(0.0, |target| self.baseline(target))).collect();
        let mut changed = Vec::new();
        for ((course, target, cell), baseline) in cells.openings.iter().zip(baselines) {
            let failed = cell.failed.min(cell.opened);
            let seen = &mut self.courses[*course];
            seen.clients.insert(&cell.client);
            let mut counted = vec![&mut self.platform];
            if let Some(number) = target {
                seen.contents.insert(&cell.content);
                let opening = &mut self.openings[*number];
                opening.rate.observe(cell.opened, failed, baseline, &OPENING);
                opening.life.judge(opening.rate.ln_e(&OPENING), day, day.plus(-OPENING_LAG_DAYS));
                changed.push(*number);
                counted.push(&mut opening.counts);
            }
            for counts in counted {
                counts.opened += u64::from(cell.opened);
                counts.failed += u64::from(failed);
            }
        }
        let hypotheses = self.hypotheses(book);
        for number in changed {
            let opening = &mut self.openings[number];
            let of_provider = hypotheses.get(book.courses[opening.target.course].provider).copied().unwrap_or(1);
            let paged = opening.life.ln_e().is_some_and(|ln_e| ln_e >= LN_E_ALONE + libm::log(of_provider as f64));
            settle(std::slice::from_mut(opening), &[0], &[paged], of_provider, day, book);
        }
    }

    /// The share of failures among all other openings, judged before.
    fn baseline(&self, number: usize) -> f64 {
        let own = self.openings[number].counts;
        (self.platform.failed - own.failed) as f64 / (self.platform.opened - own.opened).max(1) as f64
    }

    /// Hypotheses of each provider.
    fn hypotheses(&self, book: &Book<'a>) -> BTreeMap<&'a str, usize> {
        let mut hypotheses: BTreeMap<&str, usize> = BTreeMap::new();
        for (facts, seen) in book.courses.iter().zip(&self.courses) {
            *hypotheses.entry(facts.provider).or_default() += seen.contents.len() * seen.clients.len();
        }
        hypotheses
    }

    /// All that is to be said.
    pub(super) fn signals(&self, book: &Book<'a>) -> Vec<Signal> {
        rate::signals(&self.openings, book)
    }
}

impl RateTarget for Opening<'_> {
    fn parts(&mut self) -> (&mut Life, &mut Rate) {
        (&mut self.life, &mut self.rate)
    }

    fn life(&self) -> &Life {
        &self.life
    }

    fn course(&self) -> usize {
        self.target.course
    }

    fn signal(&self, facts: &Facts<'_>, state: State) -> Signal {
        let OpeningTarget { content, client, .. } = self.target;
        let (estimate, interval) = self.rate.share();
        let finding = Finding {
            n_learners: self.rate.n,
            estimate,
            interval: (interval.lo, interval.hi),
            baseline: self.rate.baseline,
            words: words::broken(facts.content_name(content), client, &self.rate, &self.life),
            content: Some(content.to_owned()),
            content_version: facts.version(content).map(str::to_owned),
            module: facts.module_of_content(content).map(str::to_owned),
            client: (!client.is_empty()).then(|| client.to_owned()),
            ..Finding::default()
        };
        self.life.signal(facts, Code::Broken, state, finding)
    }
}
