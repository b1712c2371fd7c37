//! Openings of contents with classes of client, of open days too: what cannot be opened must be mended today.
//!
//! Each day of openings is judged on the day after. What is told of a day grows while its events come in, and a content is
//! named only once it has failed; so the whole past is judged anew at each cut, by what was told last. C-01 waits for no
//! family's list: it pages at e >= 20 × the contents and client classes of its provider, which bounds the chance that a
//! provider is ever paged for nothing by 1/20.

use super::agenda::Retold;
use super::around::Around;
use super::catalogue::Catalogue;
use super::family::Budget;
use super::life::{About, Life};
use super::margins::OPENING_LAG_DAYS;
use super::rate::{self, Baseline, Rate, RateTarget};
use super::rules::broken;
use super::signal::{Signal, State, Tier};
use super::strata::Counts;
use crate::evidence::OpeningCell;
use crate::time::Day;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The chance at most that a provider is ever paged for nothing.
pub(super) const ALPHA: f64 = 0.05;

/// A content with a class of client: course, content, client.
type Key = (Arc<str>, Arc<str>, Arc<str>);

/// All contents and client classes, and what their baselines rest on.
#[derive(Debug, Default)]
pub(super) struct Openings {
    numbers: BTreeMap<Key, u32>,
    openings: Vec<Opening>,
    courses: Vec<Course>,
    platform: Counts,
}

/// What has been seen of a course: its hypotheses are every content with every class of client.
#[derive(Debug, Default)]
struct Course {
    contents: BTreeSet<Arc<str>>,
    clients: BTreeSet<Arc<str>>,
}

/// One content with one class of client.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) content: Arc<str>,
    pub(super) client: Arc<str>,
    course: u32,
    pub(super) life: Life,
    pub(super) rate: Rate,
    pub(super) evidence_day: Day,
    counts: Counts,
}

impl Openings {
    /// Judges every day that is over by a decision day, from the first, by what was told last.
    pub(super) fn judged(through: Day, told: &Retold<Vec<OpeningCell>>, catalogue: &mut Catalogue) -> Self {
        let mut openings = Self::default();
        openings.courses.resize_with(catalogue.len(), Course::default);
        let mut days: BTreeMap<Day, Vec<(u32, &OpeningCell)>> = BTreeMap::new();
        for (course, cells) in told.by(through) {
            for cell in cells.iter().filter(|cell| cell.day.plus(OPENING_LAG_DAYS) <= through) {
                days.entry(cell.day).or_default().push((course, cell));
            }
        }
        for (evidence_day, cells) in days {
            let day = evidence_day.plus(OPENING_LAG_DAYS);
            openings.judge_day(day, evidence_day, &cells, catalogue);
            openings.expire(day, catalogue);
        }
        openings.expire(through, catalogue);
        openings
    }

    fn judge_day(&mut self, day: Day, evidence_day: Day, cells: &[(u32, &OpeningCell)], catalogue: &mut Catalogue) {
        let targets: Vec<Option<(u32, Baseline)>> = cells
            .iter()
            .map(|(course, cell)| {
                let target = (!cell.content.is_empty()).then(|| self.number(*course, cell, catalogue));
                target.map(|number| (number, self.baseline(number)))
            })
            .collect();
        let mut changed = Vec::new();
        for ((course, cell), target) in cells.iter().zip(targets) {
            let counts = Counts { n: u64::from(cell.opened), events: u64::from(cell.failed.min(cell.opened)) };
            let client = catalogue.word(&cell.client);
            self.courses[*course as usize].clients.insert(client);
            self.platform.add(counts);
            if let Some((number, baseline)) = target {
                let opening = &mut self.openings[number as usize];
                opening.rate.observe(day, counts.n, counts.events, baseline, &broken::MARGIN);
                opening.evidence_day = evidence_day;
                opening.counts.add(counts);
                changed.push(number);
            }
        }
        self.page(day, &changed, catalogue);
    }

    fn page(&mut self, day: Day, changed: &[u32], catalogue: &mut Catalogue) {
        if changed.is_empty() {
            return;
        }
        let hypotheses = self.hypotheses(day, catalogue);
        for number in changed {
            let opening = &mut self.openings[*number as usize];
            let about = Arc::clone(catalogue.course(opening.course, day));
            let evidence_day = opening.evidence_day;
            opening.weigh(&broken::MARGIN, None, day, evidence_day);
            let of_provider = Budget { hypotheses: hypotheses.get(&about.provider_number).copied().unwrap_or(1), alpha: ALPHA };
            opening.resolve(&about, of_provider, day);
            if opening.life.ln_e().is_some_and(|ln_e| ln_e >= of_provider.ln_e_alone()) {
                opening.open(Tier::Certified, of_provider, day);
            }
        }
    }

    fn number(&mut self, course: u32, cell: &OpeningCell, catalogue: &mut Catalogue) -> u32 {
        let (content, client) = (catalogue.word(&cell.content), catalogue.word(&cell.client));
        let key = (Arc::clone(catalogue.name(course)), Arc::clone(&content), Arc::clone(&client));
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        let number = self.openings.len() as u32;
        self.courses[course as usize].contents.insert(Arc::clone(&content));
        self.numbers.insert(key, number);
        let (life, rate, counts) = Default::default();
        self.openings.push(Opening { content, client, course, life, rate, evidence_day: Day::default(), counts });
        number
    }

    /// The share of failures among all other openings of the days before.
    fn baseline(&self, number: u32) -> Baseline {
        let own = self.openings[number as usize].counts;
        let others = self.platform.without(own);
        let share = others.events as f64 / others.n.max(1) as f64;
        Baseline { share, crude: share }
    }

    /// Hypotheses of each provider. Cells name a content only once it has failed, so the contents of the outline count as
    /// well.
    fn hypotheses(&self, day: Day, catalogue: &Catalogue) -> BTreeMap<u32, usize> {
        let mut hypotheses: BTreeMap<u32, usize> = BTreeMap::new();
        for (number, course) in self.courses.iter().enumerate() {
            let about = catalogue.course(number as u32, day);
            let outlined = about.contents().filter(|content| !course.contents.contains(*content)).count();
            *hypotheses.entry(about.provider_number).or_default() += (outlined + course.contents.len()) * course.clients.len();
        }
        hypotheses
    }

    /// Ends what has gone stale by a day.
    fn expire(&mut self, day: Day, catalogue: &Catalogue) {
        let courses: Vec<u32> = self.openings.iter().map(|opening| opening.course).collect();
        rate::expire(&mut self.openings, day, |number, day| Arc::clone(catalogue.course(courses[number as usize], day)));
    }

    /// All that is to be said.
    pub(super) fn signals(&self, day: Day, catalogue: &Catalogue) -> Vec<Signal> {
        rate::signals(&self.openings, |number| Arc::clone(catalogue.course(self.openings[number as usize].course, day)), Around::default())
    }
}

impl RateTarget for Opening {
    fn parts(&mut self) -> (&mut Life, &mut Rate) {
        (&mut self.life, &mut self.rate)
    }

    fn life(&self) -> &Life {
        &self.life
    }

    fn signal(&self, about: &About, _: Around<'_>, state: State) -> Signal {
        broken::signal(self, about, state)
    }
}
