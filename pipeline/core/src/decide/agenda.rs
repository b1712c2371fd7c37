//! What is to be judged on which decision day: every cell under its day and target, names become numbers.
//!
//! A day is judged once everything that could still arrive for it is late.
//!
//! Invariant: whatever order cells are told in, a target's cells of a day are the same set, and sums over them are of
//! integers. Targets have numbers by arrival; [`Targets::in_order`] gives the order of their names.

use super::catalogue::Catalogue;
use super::margins::{BOT_STRATUM, CLOSING_DAYS, PLACE_CLOSING_DAYS};
use crate::evidence::{AccountCell, CourseEvidence, FlowCell, ItemCell, OpeningCell, PlaceCell};
use crate::time::Day;
use std::collections::BTreeMap;
use std::sync::Arc;

/// An item of a course: assessment, item.
type ItemName = (Arc<str>, Arc<str>);
/// An item: course, assessment, item.
pub(super) type ItemKey = (Arc<str>, Arc<str>, Arc<str>);
/// A span of a recording: course, content, number of spans, span.
pub(super) type SpanKey = (Arc<str>, Arc<str>, u32, u32);
/// A module: course, module.
pub(super) type PlaceKey = (Arc<str>, Arc<str>);

/// Targets of one kind, each with its course.
#[derive(Debug)]
pub(super) struct Targets<K> {
    numbers: BTreeMap<K, u32>,
    courses: Vec<u32>,
    keys: Vec<K>,
}

impl<K> Default for Targets<K> {
    fn default() -> Self {
        Self { numbers: BTreeMap::new(), courses: Vec::new(), keys: Vec::new() }
    }
}

impl<K: Ord + Clone> Targets<K> {
    fn number(&mut self, course: u32, key: K) -> u32 {
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        let number = self.keys.len() as u32;
        self.numbers.insert(key.clone(), number);
        self.keys.push(key);
        self.courses.push(course);
        number
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The name of a target.
    pub(super) fn key(&self, number: u32) -> &K {
        &self.keys[number as usize]
    }

    /// The course of a target.
    pub(super) fn course(&self, number: u32) -> u32 {
        self.courses[number as usize]
    }

    /// Each target once, in order of name.
    pub(super) fn in_order(&self) -> impl Iterator<Item = u32> + Clone {
        self.numbers.values().copied()
    }
}

/// A name that begins with that of a course.
pub(super) trait OfCourse: Ord + Clone {
    /// The course.
    fn course(&self) -> &Arc<str>;
    /// A name before all others of a course.
    fn first_of(course: &Arc<str>) -> Self;
}

impl OfCourse for ItemKey {
    fn course(&self) -> &Arc<str> {
        &self.0
    }

    fn first_of(course: &Arc<str>) -> Self {
        (Arc::clone(course), Arc::from(""), Arc::from(""))
    }
}

impl OfCourse for SpanKey {
    fn course(&self) -> &Arc<str> {
        &self.0
    }

    fn first_of(course: &Arc<str>) -> Self {
        (Arc::clone(course), Arc::from(""), 0, 0)
    }
}

impl<K: OfCourse> Targets<K> {
    /// The targets of a course in order of name.
    pub(super) fn of_course(&self, course: &Arc<str>) -> impl Iterator<Item = (u32, &K)> {
        self.numbers.range(K::first_of(course)..).take_while(move |(key, _)| key.course() == course).map(|(key, number)| (*number, key))
    }
}

/// Learners who gave one response to an item.
#[derive(Debug)]
pub(super) struct Answers {
    pub(super) day: Day,
    pub(super) response: Arc<str>,
    pub(super) right: bool,
    pub(super) rest_bin: Option<u8>,
    pub(super) learners: u32,
}

/// Learners of one stratum in one span.
#[derive(Debug)]
pub(super) struct Passage {
    pub(super) day: Day,
    pub(super) stratum: Arc<str>,
    pub(super) length_ms: u32,
    pub(super) entered: u32,
    pub(super) dropped: u32,
    pub(super) replayed: u32,
    pub(super) sought_back: u32,
    pub(super) segments: Vec<(u32, u32)>,
}

/// Learners of one stratum who came to one place.
#[derive(Debug)]
pub(super) struct Arrivals {
    pub(super) day: Day,
    pub(super) stratum: Arc<str>,
    pub(super) arrived: u32,
    pub(super) withdrew: u32,
    pub(super) stopped_out: u32,
    pub(super) returned: u32,
    /// Whether those who stopped out are taken to have left; see `silence`.
    pub(super) silence_counts: bool,
}

/// All that is judged on one day.
#[derive(Debug, Default)]
pub(super) struct Today {
    pub(super) items: Vec<(u32, Answers)>,
    pub(super) spans: Vec<(u32, Passage)>,
    pub(super) places: Vec<(u32, Arrivals)>,
    /// By course.
    pub(super) accounts: Vec<(u32, AccountCell)>,
}

impl Arrivals {
    /// Learners who left.
    pub(super) fn left(&self) -> u64 {
        u64::from(self.withdrew) + if self.silence_counts { u64::from(self.stopped_out) } else { 0 }
    }
}

/// What a course tells anew as a whole at each cut, by course: the days of the cuts, and what was told there.
#[derive(Debug)]
pub(super) struct Retold<T>(BTreeMap<u32, Vec<(Day, T)>>);

impl<T> Default for Retold<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Retold<T> {
    fn tell(&mut self, course: u32, day: Day, told: T) {
        let known = self.0.entry(course).or_default();
        let place = known.partition_point(|(known, _)| *known <= day);
        known.insert(place, (day, told));
    }

    /// Forgets what newer cuts up to a day have replaced, and gives what each course had told by then.
    fn through(&mut self, day: Day) {
        for known in self.0.values_mut() {
            let newest = known.partition_point(|(known, _)| *known <= day);
            known.drain(..newest.saturating_sub(1));
        }
    }

    /// What each course had told by a day; call [`Self::through`] first.
    pub(super) fn by(&self, day: Day) -> impl Iterator<Item = (u32, &T)> {
        self.0.iter().filter_map(move |(course, known)| known.first().filter(|(known, _)| *known <= day).map(|(_, told)| (*course, told)))
    }
}

/// What is still to be judged, and the names of all targets.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    days: BTreeMap<Day, Today>,
    pub(super) openings: Retold<Vec<OpeningCell>>,
    pub(super) flow: Retold<Vec<FlowCell>>,
    pub(super) item_targets: Targets<ItemKey>,
    pub(super) span_targets: Targets<SpanKey>,
    pub(super) place_targets: Targets<PlaceKey>,
}

impl Agenda {
    /// The first decision day of the cells that a course tells at the cut of a day.
    pub(super) fn first_day(cut: Day, told: &CourseEvidence) -> Option<Day> {
        let closing = |evidence_day, days| decision_day(evidence_day, days, &told.active_days, cut);
        let items = told.items.iter().map(|cell| closing(cell.day, CLOSING_DAYS));
        let spans = told.spans.iter().map(|cell| closing(cell.day, CLOSING_DAYS));
        let places = told.places.iter().map(|cell| closing(cell.day, PLACE_CLOSING_DAYS));
        let accounts = told.accounts.iter().map(|cell| closing(cell.day, CLOSING_DAYS));
        items.chain(spans).chain(places).chain(accounts).min()
    }

    /// Puts what a course told at the cut of a day under the days on which it is judged. Likely bots take no part.
    pub(super) fn tell(&mut self, catalogue: &mut Catalogue, day: Day, course: u32, told: CourseEvidence) {
        let name = Arc::clone(catalogue.name(course));
        // What is known of open days is looked at on the day of the cut, whatever else there is.
        self.days.entry(day).or_default();
        self.openings.tell(course, day, told.openings);
        self.flow.tell(course, day, told.flow);
        let decided = |evidence_day, days| decision_day(evidence_day, days, &told.active_days, day);
        self.tell_items(catalogue, &name, course, told.items, |evidence_day| decided(evidence_day, CLOSING_DAYS));
        for cell in told.spans.into_iter().filter(|cell| cell.stratum != BOT_STRATUM) {
            let target = self.span_targets.number(course, (Arc::clone(&name), catalogue.word(&cell.content), cell.spans, cell.span));
            let passage = Passage {
                day: cell.day,
                stratum: catalogue.word(&cell.stratum),
                length_ms: cell.length_ms,
                entered: cell.entered,
                dropped: cell.dropped.min(cell.entered),
                replayed: cell.replayed.min(cell.entered),
                sought_back: cell.sought_back.min(cell.entered),
                segments: cell.segments,
            };
            self.days.entry(decided(cell.day, CLOSING_DAYS)).or_default().spans.push((target, passage));
        }
        for cell in told.places.into_iter().filter(|cell| cell.stratum != BOT_STRATUM) {
            let target = self.place_targets.number(course, (Arc::clone(&name), catalogue.word(&cell.module)));
            let stratum = catalogue.word(&cell.stratum);
            let PlaceCell { day, arrived, withdrew, stopped_out, returned, .. } = cell;
            let arrivals = Arrivals { day, stratum, arrived, withdrew, stopped_out, returned, silence_counts: false };
            self.days.entry(decided(cell.day, PLACE_CLOSING_DAYS)).or_default().places.push((target, arrivals));
        }
        for cell in told.accounts {
            self.days.entry(decided(cell.day, CLOSING_DAYS)).or_default().accounts.push((course, cell));
        }
    }

    fn tell_items(&mut self, catalogue: &mut Catalogue, name: &Arc<str>, course: u32, cells: Vec<ItemCell>, decided: impl Fn(Day) -> Day) {
        let mut previous: Option<(ItemName, u32)> = None;
        for cell in cells.into_iter().filter(|cell| cell.stratum != BOT_STRATUM) {
            // An item has many cells a day, one after another.
            let known = previous.as_ref().filter(|((assessment, item), _)| **assessment == *cell.assessment && **item == *cell.item);
            let target = match known {
                Some((_, target)) => *target,
                None => {
                    let (assessment, item) = (catalogue.word(&cell.assessment), catalogue.word(&cell.item));
                    let target = self.item_targets.number(course, (Arc::clone(name), Arc::clone(&assessment), Arc::clone(&item)));
                    previous = Some(((assessment, item), target));
                    target
                }
            };
            let answers =
                Answers { day: cell.day, response: catalogue.word(&cell.response), right: cell.right, rest_bin: cell.rest_bin, learners: cell.learners };
            self.days.entry(decided(cell.day)).or_default().items.push((target, answers));
        }
    }

    /// Forgets what was told anew by a day.
    pub(super) fn retold_through(&mut self, day: Day) {
        self.openings.through(day);
        self.flow.through(day);
    }

    /// Takes the next day up to `through` off the list.
    pub(super) fn next(&mut self, through: Day) -> Option<(Day, Today)> {
        let day = self.days.first_key_value().map(|(day, _)| *day).filter(|day| *day <= through)?;
        self.retold_through(day);
        self.days.remove(&day).map(|today| (day, today))
    }
}

/// The day on which an evidence day is judged: the one after the first event that closed it, so that it does not depend on
/// where in the log a cut fell; of a course without such an event, which a tick has closed, the day of the cut.
fn decision_day(evidence_day: Day, closing_days: i32, active_days: &[Day], cut: Day) -> Day {
    let closed = evidence_day.plus(closing_days);
    let place = active_days.partition_point(|day| *day < closed);
    active_days.get(place).map_or(cut, |day| day.plus(1).min(cut))
}
