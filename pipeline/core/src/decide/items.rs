//! The item family: three rules on the same learners, one signal an item.
//!
//! A wrong key makes an item look hard and without discrimination, so I-01 goes before I-03, and that before I-02: what
//! is open gives way to a rule before it, and what comes after it stays silent. Which items are raised, the family
//! decides; under which of the three rules, the first one whose own evidence is striking. A corrected key is another question:
//! what was open ends as superseded, and evidence begins anew.

use super::agenda::ItemKey;
use super::agenda::{Answers, Targets};
use super::catalogue::{Catalogue, Description};
use super::family::{Budget, Family, raise};
use super::life::{Finding, Lack, Life, Weighed};
use super::margins::{ITEM_LEARNERS_MIN, LN_E_ALONE};
use super::messages;
use super::pool::Pool;
use super::rules::{miskeyed, not_discriminating, too_hard};
use super::signal::{Code, Signal, State, Tier};
use super::strata::Counts;
use super::tally::Tally;
use crate::event::outline;
use crate::time::Day;
use std::borrow::Cow;
use std::sync::Arc;

/// A rule about items.
#[derive(Debug)]
pub(super) struct ItemRule {
    /// Its code.
    pub(super) code: Code,
    /// How the items share the weight of the rule in the family.
    pub(super) share: Share,
    /// The effects of its pool.
    pub(super) pool: fn() -> Option<Pool>,
    /// Its evidence; `None` below the smallest samples of its statistic.
    pub(super) weigh: fn(&Evidence<'_>) -> Option<Weighed>,
    /// ln of the e-value that the learners since the opening clear the item.
    pub(super) cleared: fn(&Evidence<'_>) -> f64,
    /// What it finds.
    pub(super) find: fn(&Evidence<'_>) -> Option<Finding>,
}

/// How the items share the weight that a rule has in the family: as much as there are items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// Equal parts: it can be raised with few learners too.
    Equal,
    /// By learners: with few of them nothing can be raised anyway, so they take no budget from those with many.
    ByLearners,
}

/// The rules, the first first.
const RULES: [&ItemRule; 3] = [&miskeyed::RULE, &too_hard::RULE, &not_discriminating::RULE];
/// Place of I-01 among them.
const MISKEYED: usize = 0;

/// What a rule looks at.
#[derive(Debug)]
pub(super) struct Evidence<'a> {
    pub(super) tally: &'a Tally,
    pub(super) item: &'a str,
    outlined: Option<&'a outline::Item>,
    /// The key as the item's whole past shows it, where the outline has none.
    usual_key: Option<&'a str>,
}

impl<'a> Evidence<'a> {
    /// The key: the outline's, or the one response always marked right. None where more than one response can be given.
    pub(super) fn key(&self) -> Option<&'a str> {
        let options = self.outlined.map_or(&[][..], |item| &item.options);
        let is_multiple = !options.is_empty() && self.tally.given().any(|given| options.iter().all(|option| option.option != given));
        let key = self.outlined.and_then(|item| item.key.as_deref()).or(self.usual_key);
        key.filter(|_| !is_multiple)
    }

    /// Options of the outline, or else the responses that were given.
    pub(super) fn options(&self) -> usize {
        let outlined = self.outlined.map_or(0, |item| item.options.len());
        if outlined >= 2 { outlined } else { self.tally.distinct() }
    }

    /// What people call the item.
    pub(super) fn name(&self) -> &'a str {
        self.outlined.and_then(|item| item.title.as_deref()).unwrap_or(self.item)
    }

    /// A response as people know it: its text where the outline has one.
    pub(super) fn response(&self, response: &str) -> String {
        let text = self.outlined.and_then(|item| item.options.iter().find(|option| option.option == response)).and_then(|option| option.text.as_deref());
        match text {
            Some(text) => messages::say("option", &[("option", response.to_owned()), ("text", text.to_owned())]),
            None => messages::say("option_without_text", &[("option", response.to_owned())]),
        }
    }
}

/// The family of all items.
#[derive(Debug)]
pub(super) struct Items {
    items: Vec<Item>,
    pools: [Option<Pool>; 3],
}

#[derive(Debug, Default)]
struct Item {
    course: u32,
    /// The latest day of its evidence.
    evidence_day: Day,
    /// All that was ever told.
    tally: Tally,
    /// The key of the outline when it was last judged.
    key: Option<Arc<str>>,
    rules: [Trial; 3],
}

/// One rule about one item.
#[derive(Debug, Default)]
struct Trial {
    life: Life,
    /// The tally when this generation began; `None` for the first.
    begun: Option<Box<Tally>>,
    /// The tally when its signal opened.
    opened: Option<Box<Tally>>,
}

impl Default for Items {
    fn default() -> Self {
        Self { items: Vec::new(), pools: RULES.map(|rule| (rule.pool)()) }
    }
}

impl Items {
    /// Judges one decision day.
    pub(super) fn judge(&mut self, day: Day, cells: &[(u32, Answers)], targets: &Targets<ItemKey>, catalogue: &mut Catalogue) {
        if cells.is_empty() {
            return;
        }
        let known = self.items.len()..targets.len();
        self.items.extend(known.map(|number| Item { course: targets.course(number as u32), ..Item::default() }));
        let refitted = self.refit(day, targets, catalogue);
        let mut changed: Vec<u32> = cells.iter().map(|(item, _)| *item).collect();
        changed.sort_unstable();
        changed.dedup();
        for (item, answers) in cells {
            let item = &mut self.items[*item as usize];
            item.tally.add(answers);
            item.evidence_day = item.evidence_day.max(answers.day);
        }
        for number in &changed {
            let (_, assessment, name) = targets.key(*number);
            let item = &mut self.items[*number as usize];
            let about = Arc::clone(catalogue.course(item.course, day));
            let outlined = about.item(assessment, name).map(|(_, item)| item);
            let key = outlined.and_then(|item| item.key.as_deref()).map(|key| catalogue.word(key));
            item.take_key(key, day, &about, assessment, name);
            item.weigh(&self.pools, day, outlined, name);
        }
        for (place, _) in refitted.iter().enumerate().filter(|(_, refitted)| **refitted) {
            let pool = self.pools[place].as_ref();
            self.items.iter_mut().for_each(|item| item.rules[place].life.judge(pool));
        }
        let weights = self.weights();
        let lives =
            self.items.iter().enumerate().flat_map(|(number, item)| {
                item.rules.iter().zip(&weights).map(move |(rule, weight)| (number as u32, &rule.life, weight(rule.life.learners())))
            });
        let raised = raise(Family::Items, lives);
        for number in changed {
            let (_, assessment, name) = targets.key(number);
            let item = &mut self.items[number as usize];
            item.rules.iter_mut().for_each(|rule| rule.life.note_budget(raised.budget));
            let about = Arc::clone(catalogue.course(item.course, day));
            item.resolve(day, &about, assessment, name);
        }
        for (number, tiers) in raised.tiers.chunks(RULES.len()).enumerate() {
            let is_open = self.items[number].rules.iter().any(|rule| rule.life.is_open());
            if is_open || tiers.iter().any(Option::is_some) {
                let (_, assessment, name) = targets.key(number as u32);
                let item = &mut self.items[number];
                let about = Arc::clone(catalogue.course(item.course, day));
                item.open(tiers, raised.budget, day, &about, assessment, name);
            }
        }
    }

    /// The weight of an item with so many learners, by rule; over the items judged by a rule the mean is 1.
    fn weights(&self) -> [impl Fn(u64) -> f64 + use<>; RULES.len()] {
        [0, 1, 2].map(|place| {
            let mean = (RULES[place].share == Share::ByLearners).then(|| self.mean_learners(place));
            move |learners| mean.map_or(1.0, |mean| learners as f64 / mean)
        })
    }

    /// Learners of the items judged by a rule, in the mean.
    fn mean_learners(&self, place: usize) -> f64 {
        let judged = self.items.iter().map(|item| &item.rules[place].life).filter(|life| life.ln_e().is_some());
        let (items, learners) = judged.fold((0, 0), |(items, learners), life| (items + 1, learners + life.learners()));
        learners as f64 / f64::from(items.max(1))
    }

    /// Fits the pools to what was known before this day.
    fn refit(&mut self, day: Day, targets: &Targets<ItemKey>, catalogue: &Catalogue) -> [bool; RULES.len()] {
        let mut refitted = [false; RULES.len()];
        for (place, pool) in self.pools.iter_mut().enumerate() {
            let Some(pool) = pool else { continue };
            let items = targets.in_order().filter_map(|number| self.items.get(number as usize));
            let lives = items.map(|item| (item.course, &item.rules[place].life));
            refitted[place] = pool.learn(lives, |course| catalogue.provider_number(course, day));
        }
        refitted
    }

    /// Ends what has gone stale by a day.
    pub(super) fn expire(&mut self, day: Day, targets: &Targets<ItemKey>, catalogue: &Catalogue) {
        for (number, item) in self.items.iter_mut().enumerate() {
            for place in 0..RULES.len() {
                if let Some(stale) = item.rules[place].life.stale_on().filter(|stale| *stale <= day) {
                    let (_, assessment, name) = targets.key(number as u32);
                    let about = Arc::clone(catalogue.course(item.course, stale));
                    item.end(place, State::Stale, stale, &about, assessment, name);
                }
            }
        }
    }

    /// First answers to an item, and those of them that are right; none where its key is likely wrong.
    pub(super) fn answers(&self, number: u32) -> Counts {
        let item = self.items.get(number as usize).filter(|item| !item.rules[MISKEYED].life.is_open());
        item.map_or(Counts::default(), |item| Counts { n: item.tally.learners, events: item.tally.right })
    }

    /// The rule under which an item has a signal open.
    pub(super) fn open_code(&self, number: u32) -> Option<Code> {
        let open = self.items.get(number as usize)?.rules.iter().position(|rule| rule.life.is_open())?;
        Some(RULES[open].code)
    }

    /// All that is to be said: what ended, what is open, and else the first rule that has something to show.
    pub(super) fn signals(&self, day: Day, targets: &Targets<ItemKey>, catalogue: &Catalogue) -> Vec<Signal> {
        let mut signals = Vec::new();
        for (number, item) in self.items.iter().enumerate() {
            item.rules.iter().for_each(|rule| signals.extend(rule.life.ended().cloned()));
            let open = item.rules.iter().position(|rule| rule.life.is_open());
            let said = open.or_else(|| item.rules.iter().position(|rule| rule.life.is_watched()));
            if let Some(place) = said {
                let (_, assessment, name) = targets.key(number as u32);
                let about = catalogue.course(item.course, day);
                signals.extend(item.rules[place].life.state().and_then(|state| item.signal(place, about, assessment, name, state)));
            }
        }
        signals
    }
}

impl Item {
    /// Notes the key of the outline; another one ends what is open.
    fn take_key(&mut self, key: Option<Arc<str>>, day: Day, about: &Description, assessment: &str, name: &str) {
        let is_corrected = key.is_some() && self.key.is_some() && key != self.key;
        if key.is_some() {
            self.key = key;
        }
        if is_corrected {
            for place in 0..RULES.len() {
                if self.rules[place].life.is_open() {
                    self.end(place, State::Superseded, day, about, assessment, name);
                } else {
                    self.rules[place].begun = Some(Box::new(self.tally.clone()));
                }
            }
        }
    }

    /// Takes the evidence of each rule as it stands.
    fn weigh(&mut self, pools: &[Option<Pool>; 3], day: Day, outlined: Option<&outline::Item>, name: &str) {
        let evidence_day = self.evidence_day;
        for (place, rule) in RULES.into_iter().enumerate() {
            let tally = self.of_generation(place);
            let learners = tally.learners;
            let weighed = (rule.weigh)(&self.evidence(&tally, outlined, name));
            let life = &mut self.rules[place].life;
            match weighed.filter(|_| learners < ITEM_LEARNERS_MIN) {
                Some(weighed) => life.hint(Lack::Learners(weighed), day, evidence_day),
                None => life.weigh(weighed, pools[place].as_ref(), day, evidence_day),
            }
        }
    }

    fn evidence<'a>(&'a self, tally: &'a Tally, outlined: Option<&'a outline::Item>, item: &'a str) -> Evidence<'a> {
        Evidence { tally, item, outlined, usual_key: self.tally.always_right() }
    }

    /// Ends what the learners since its opening have cleared.
    fn resolve(&mut self, day: Day, about: &Description, assessment: &str, name: &str) {
        let outlined = about.item(assessment, name).map(|(_, item)| item);
        for (place, rule) in RULES.into_iter().enumerate() {
            let Some(opened) = &self.rules[place].opened else { continue };
            let later = self.tally.since(opened);
            if (rule.cleared)(&self.evidence(&later, outlined, name)) >= LN_E_ALONE {
                self.end(place, State::Resolved, day, about, assessment, name);
            }
        }
    }

    /// Opens the first rule that is raised, or a rule before it that is striking taken alone: that something is wrong with
    /// the item is certain then, and what it is, that rule says better. What is open after it gives way.
    fn open(&mut self, tiers: &[Option<Tier>], budget: Budget, day: Day, about: &Description, assessment: &str, name: &str) {
        let tier = |place: usize| {
            let life = &self.rules[place].life;
            life.open_tier().or(tiers[place].filter(|_| life.ln_e().is_some()))
        };
        let Some((first, tier)) = (0..RULES.len()).find_map(|place| tier(place).map(|tier| (place, tier))) else { return };
        let first = (0..first).find(|place| self.rules[*place].life.is_striking()).unwrap_or(first);
        if self.rules[first].life.is_open() {
            if let Some(tier) = tiers[first] {
                self.rules[first].life.strengthen(tier);
            }
            return;
        }
        self.rules[first].life.open(day, tier, budget);
        self.rules[first].opened = Some(Box::new(self.tally.clone()));
        for place in first + 1..RULES.len() {
            if self.rules[place].life.is_open() {
                self.end(place, State::Superseded, day, about, assessment, name);
            }
        }
    }

    fn end(&mut self, place: usize, state: State, day: Day, about: &Description, assessment: &str, name: &str) {
        let ended = self.signal(place, about, assessment, name, state);
        let trial = &mut self.rules[place];
        if let Some(ended) = ended {
            trial.life.end(ended, day);
        }
        trial.opened = None;
        trial.begun = Some(Box::new(self.tally.clone()));
    }

    /// The learners that the present generation of a rule rests on.
    fn of_generation(&self, place: usize) -> Cow<'_, Tally> {
        match &self.rules[place].begun {
            Some(begun) => Cow::Owned(self.tally.since(begun)),
            None => Cow::Borrowed(&self.tally),
        }
    }

    /// What one rule says; `None` where its samples are too small.
    fn signal(&self, place: usize, about: &Description, assessment: &str, name: &str, state: State) -> Option<Signal> {
        let tally = self.of_generation(place);
        let outlined = about.item(assessment, name);
        let found = (RULES[place].find)(&self.evidence(&tally, outlined.map(|(_, item)| item), name))?;
        let others = (0..RULES.len()).filter(|other| *other != place && self.rules[*other].life.is_watched());
        let seen = |other: usize| messages::say(&format!("{}.seen", RULES[other].code.as_str()), &[]);
        let found = Finding {
            assessment: Some(assessment.to_owned()),
            item: Some(name.to_owned()),
            module: outlined.map(|(module, _)| module.module.clone()),
            remarks: others.map(seen).collect(),
            ..found
        };
        Some(self.rules[place].life.signal(about, RULES[place].code, state, found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::life::Weighed;

    #[test]
    fn a_rule_has_as_much_weight_as_items_and_shares_it_out_equally_or_by_learners() {
        let judged = |learners| {
            let mut item = Item::default();
            for rule in &mut item.rules {
                let weighed = Weighed { learners, ln_e: 0.0, sample: None, is_supported: true, nats_a_learner: 0.0 };
                rule.life.weigh(Some(weighed), None, Day(1), Day(0));
            }
            item
        };
        let items = Items { items: [30, 60, 510].map(judged).into_iter().chain([Item::default()]).collect(), ..Items::default() };
        let [miskeyed, too_hard, not_discriminating] = items.weights();
        for learners in [30, 60, 510] {
            assert_eq!([miskeyed(learners), too_hard(learners)], [1.0, 1.0]);
        }
        // The mean of 30, 60 and 510 is 200.
        assert_eq!([30, 60, 510].map(not_discriminating), [0.15, 0.3, 2.55]);
    }
}
