//! The item family: three rules on the same learners, one signal an item.
//!
//! A wrong key makes an item look hard and without discrimination, so I-01 goes before I-03, and that before I-02: what
//! is open gives way to a rule before it, and what comes after it stays silent.

use super::book::{Book, Cells, Facts, ItemTarget};
use super::item_flat;
use super::item_hard;
use super::item_miskeyed;
use super::life::{Finding, Life, raised};
use super::margins::{ITEM_REST_MIN, LAG_DAYS, LN_E_ALONE};
use super::signal::{Code, Signal, State};
use super::tally::Tally;
use super::words;
use crate::event::outline;
use crate::time::Day;
use std::borrow::Cow;

/// The rules, the first first.
const RULES: [Code; 3] = [Code::Miskeyed, Code::TooHard, Code::NotDiscriminating];

/// The family of all items.
#[derive(Debug)]
pub(super) struct Items<'a> {
    items: Vec<Item<'a>>,
}

#[derive(Debug)]
struct Item<'a> {
    target: ItemTarget<'a>,
    outlined: Option<&'a outline::Item>,
    /// All that was ever told.
    tally: Tally<'a>,
    rules: [Rule<'a>; 3],
}

/// One rule about one item.
#[derive(Debug, Default)]
struct Rule<'a> {
    life: Life,
    /// The tally when this generation began; `None` for the first.
    begun: Option<Tally<'a>>,
    /// The tally when its signal opened.
    opened: Option<Tally<'a>>,
}

impl<'a> Items<'a> {
    pub(super) fn new(book: &Book<'a>) -> Self {
        let item = |target: &ItemTarget<'a>| Item {
            target: *target,
            outlined: book.courses[target.course].item(target.assessment, target.item),
            tally: Tally::default(),
            rules: Default::default(),
        };
        Self { items: book.items.iter().map(item).collect() }
    }

    /// Judges one decision day.
    pub(super) fn judge(&mut self, day: Day, cells: &Cells<'a>, book: &Book<'a>) {
        if cells.items.is_empty() {
            return;
        }
        let mut changed: Vec<usize> = cells.items.iter().map(|(item, _)| *item).collect();
        changed.sort_unstable();
        changed.dedup();
        for (item, cell) in &cells.items {
            self.items[*item].tally.add(cell);
        }
        for item in &changed {
            self.items[*item].weigh(day);
        }
        let (raised, hypotheses) = raised(self.items.iter().flat_map(|item| &item.rules).map(|rule| &rule.life));
        for item in changed {
            let item = &mut self.items[item];
            item.rules.iter_mut().for_each(|rule| rule.life.note_family(hypotheses));
            item.resolve(day, &book.courses[item.target.course]);
        }
        for (item, raised) in self.items.iter_mut().zip(raised.chunks(RULES.len())) {
            if raised.contains(&true) {
                item.open(raised, hypotheses, day, &book.courses[item.target.course]);
            }
        }
    }

    /// All that is to be said: what ended, what is open, and else the first rule that is striking.
    pub(super) fn signals(&self, book: &Book<'a>) -> Vec<Signal> {
        let mut signals = Vec::new();
        for item in &self.items {
            let facts = &book.courses[item.target.course];
            item.rules.iter().for_each(|rule| signals.extend_from_slice(rule.life.ended()));
            let open = item.rules.iter().position(|rule| rule.life.is_open());
            let striking = || item.rules.iter().position(|rule| rule.life.is_striking());
            let said = open.map(|rule| (rule, State::Open)).or_else(|| striking().map(|rule| (rule, State::Watch)));
            signals.extend(said.and_then(|(rule, state)| item.signal(rule, facts, state)));
        }
        signals
    }
}

impl<'a> Item<'a> {
    /// Takes the evidence of each rule as it stands.
    fn weigh(&mut self, day: Day) {
        for (place, code) in RULES.into_iter().enumerate() {
            let tally = self.of_generation(place);
            let ln_e = match code {
                Code::Miskeyed => self.key().and_then(|key| item_miskeyed::evidence(&tally, key)).map(|found| found.ln_e),
                Code::TooHard => item_hard::evidence(&tally, self.margin()).map(|found| found.ln_e),
                Code::NotDiscriminating | Code::SegmentDrop | Code::Wall | Code::Broken => item_flat::evidence(&tally).map(|found| found.ln_e),
            };
            self.rules[place].life.judge(ln_e, day, day.plus(-LAG_DAYS));
        }
    }

    /// Ends what the learners since its opening have cleared.
    fn resolve(&mut self, day: Day, facts: &Facts<'_>) {
        for (place, code) in RULES.into_iter().enumerate() {
            let Some(opened) = &self.rules[place].opened else { continue };
            let later = self.tally.since(opened);
            let ln_e = match code {
                Code::Miskeyed => item_miskeyed::reverse_ln_e(&later),
                Code::TooHard => item_hard::reverse_ln_e(&later, self.margin()),
                Code::NotDiscriminating | Code::SegmentDrop | Code::Wall | Code::Broken => item_flat::reverse_ln_e(&later),
            };
            if ln_e >= LN_E_ALONE {
                self.end(place, State::Resolved, day, facts);
            }
        }
    }

    /// Opens the first rule that is raised, unless one before it is open; what is open after it gives way.
    fn open(&mut self, raised: &[bool], hypotheses: usize, day: Day, facts: &Facts<'_>) {
        let can_open = |place: &usize| raised[*place] && self.rules[*place].life.ln_e().is_some();
        let Some(first) = (0..RULES.len()).find(|place| self.rules[*place].life.is_open() || can_open(place)) else { return };
        if self.rules[first].life.is_open() {
            return;
        }
        self.rules[first].life.open(day, hypotheses);
        self.rules[first].opened = Some(self.tally.clone());
        for place in first + 1..RULES.len() {
            if self.rules[place].life.is_open() {
                self.end(place, State::Superseded, day, facts);
            }
        }
    }

    fn end(&mut self, place: usize, state: State, day: Day, facts: &Facts<'_>) {
        let ended = self.signal(place, facts, state);
        let rule = &mut self.rules[place];
        if let Some(ended) = ended {
            rule.life.end(ended, day);
        }
        rule.opened = None;
        rule.begun = Some(self.tally.clone());
    }

    /// The learners that the present generation of a rule rests on.
    fn of_generation(&self, place: usize) -> Cow<'_, Tally<'a>> {
        match &self.rules[place].begun {
            Some(begun) => Cow::Owned(self.tally.since(begun)),
            None => Cow::Borrowed(&self.tally),
        }
    }

    /// The key: the outline's, or the one response always marked right.
    fn key(&self) -> Option<&'a str> {
        self.outlined.and_then(|item| item.key.as_deref()).or_else(|| self.tally.always_right())
    }

    fn guessing(&self) -> f64 {
        item_hard::guessing(self.outlined.map_or(0, |item| item.options.len()), self.tally.distinct())
    }

    fn margin(&self) -> f64 {
        item_hard::margin(self.guessing())
    }

    /// What one rule says; `None` where its samples are too small.
    fn signal(&self, place: usize, facts: &Facts<'_>, state: State) -> Option<Signal> {
        let ItemTarget { assessment, item, .. } = self.target;
        let tally = self.of_generation(place);
        let life = &self.rules[place].life;
        let name = self.outlined.and_then(|item| item.title.as_deref()).unwrap_or(item);
        let found = match RULES[place] {
            Code::Miskeyed => {
                let key = self.key()?;
                let found = item_miskeyed::evidence(&tally, key)?;
                Finding {
                    n_learners: tally.by_mark().iter().map(|moments| moments.n).sum(),
                    estimate: found.right_minus_wrong.estimate,
                    interval: found.right_minus_wrong.interval(),
                    baseline: 0.0,
                    words: words::miskeyed(name, &self.response(key), &self.response(found.suspect.0), &found, life),
                    response: Some(found.suspect.0.to_owned()),
                    ..Finding::default()
                }
            }
            Code::TooHard => {
                let found = item_hard::evidence(&tally, self.margin())?;
                Finding {
                    n_learners: tally.learners,
                    estimate: found.facility,
                    interval: found.interval,
                    baseline: self.margin(),
                    words: words::too_hard(name, tally.learners, &found, self.guessing(), self.margin(), life),
                    ..Finding::default()
                }
            }
            Code::NotDiscriminating | Code::SegmentDrop | Code::Wall | Code::Broken => {
                let found = item_flat::evidence(&tally)?;
                let n_learners = tally.by_mark().iter().map(|moments| moments.n).sum();
                Finding {
                    n_learners,
                    estimate: found.item_rest,
                    interval: found.interval,
                    baseline: ITEM_REST_MIN,
                    words: words::not_discriminating(name, n_learners, &found, life),
                    ..Finding::default()
                }
            }
        };
        let mut found = Finding {
            assessment: Some(assessment.to_owned()),
            item: Some(item.to_owned()),
            module: facts.module_of_item(assessment, item).map(str::to_owned),
            ..found
        };
        let others = (0..RULES.len()).filter(|other| *other != place && self.rules[*other].life.is_striking());
        found.words.mention(others.map(|other| RULES[other]));
        Some(life.signal(facts, RULES[place], state, found))
    }

    /// A response as people know it: its text where the outline has one.
    fn response(&self, response: &str) -> String {
        let text = self.outlined.and_then(|item| item.options.iter().find(|option| option.option == response)).and_then(|option| option.text.as_deref());
        text.map_or_else(|| words::quoted(response), |text| words::option(response, text))
    }
}
