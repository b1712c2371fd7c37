//! What was told, in order: courses as last described, and every cell under its decision day and target.

use super::Told;
use super::margins::{LAG_DAYS, OPENING_LAG_DAYS, PLACE_LAG_DAYS};
use crate::event::outline::{Assessment, Content, Item, Module};
use crate::evidence::{CourseEvidence, ItemCell, OpeningCell, PlaceCell, SpanCell};
use crate::time::Day;
use std::collections::BTreeMap;

/// Everything told, ready to be judged day by day. Targets are numbers into the lists.
#[derive(Debug, Default)]
pub(super) struct Book<'a> {
    pub(super) courses: Vec<Facts<'a>>,
    pub(super) items: Vec<ItemTarget<'a>>,
    pub(super) spans: Vec<SpanTarget<'a>>,
    pub(super) places: Vec<PlaceTarget<'a>>,
    pub(super) openings: Vec<OpeningTarget<'a>>,
    pub(super) days: BTreeMap<Day, Cells<'a>>,
}

/// The cells judged on one decision day, in the order of courses and, within a course, of cells.
#[derive(Debug, Default)]
pub(super) struct Cells<'a> {
    pub(super) items: Vec<(usize, &'a ItemCell)>,
    pub(super) spans: Vec<(usize, &'a SpanCell)>,
    pub(super) places: Vec<(usize, &'a PlaceCell)>,
    /// With the course, and the target where the content has ever failed.
    pub(super) openings: Vec<(usize, Option<usize>, &'a OpeningCell)>,
}

/// One item.
#[derive(Debug, Clone, Copy)]
pub(super) struct ItemTarget<'a> {
    pub(super) course: usize,
    pub(super) assessment: &'a str,
    pub(super) item: &'a str,
}

/// One span of a recording that has a number of spans.
#[derive(Debug, Clone, Copy)]
pub(super) struct SpanTarget<'a> {
    pub(super) course: usize,
    pub(super) content: &'a str,
    pub(super) spans: u32,
    pub(super) span: u32,
}

/// One module.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlaceTarget<'a> {
    pub(super) course: usize,
    pub(super) module: &'a str,
}

/// One content with one class of client.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpeningTarget<'a> {
    pub(super) course: usize,
    pub(super) content: &'a str,
    pub(super) client: &'a str,
}

/// A course as last described.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    pub(super) course: &'a str,
    pub(super) provider: &'a str,
    /// Latest version of each content.
    versions: BTreeMap<&'a str, &'a str>,
    modules: BTreeMap<&'a str, &'a Module>,
    contents: BTreeMap<&'a str, (&'a Module, &'a Content)>,
    items: BTreeMap<(&'a str, &'a str), (&'a Module, &'a Item)>,
}

impl<'a> Facts<'a> {
    fn new(latest: &'a CourseEvidence) -> Self {
        let modules = || latest.outline.iter();
        let assessments = |module: &'a Module| module.assessments.iter().map(move |assessment| (module, assessment));
        let items = |(module, assessment): (&'a Module, &'a Assessment)| {
            assessment.items.iter().map(move |item| ((assessment.assessment.as_str(), item.item.as_str()), (module, item)))
        };
        Self {
            course: &latest.course,
            provider: &latest.provider,
            // They are sorted by the day since when they hold, so the last stays.
            versions: latest.versions.iter().map(|one| (one.content.as_str(), one.version.as_str())).collect(),
            modules: modules().map(|module| (module.module.as_str(), module)).collect(),
            contents: modules().flat_map(|module| module.contents.iter().map(move |content| (content.content.as_str(), (module, content)))).collect(),
            items: modules().flat_map(assessments).flat_map(items).collect(),
        }
    }

    /// The contents of the outline.
    pub(super) fn contents(&self) -> impl Iterator<Item = &'a str> {
        self.contents.keys().copied()
    }

    /// The item as the outline has it.
    pub(super) fn item(&self, assessment: &str, item: &str) -> Option<&'a Item> {
        self.items.get(&(assessment, item)).map(|(_, item)| *item)
    }

    /// The module of an item.
    pub(super) fn module_of_item(&self, assessment: &str, item: &str) -> Option<&'a str> {
        self.items.get(&(assessment, item)).map(|(module, _)| module.module.as_str())
    }

    /// The module of a content.
    pub(super) fn module_of_content(&self, content: &str) -> Option<&'a str> {
        self.contents.get(content).map(|(module, _)| module.module.as_str())
    }

    /// What people call a content.
    pub(super) fn content_name<'b>(&'b self, content: &'b str) -> &'b str {
        self.contents.get(content).and_then(|(_, entry)| entry.title.as_deref()).unwrap_or(content)
    }

    /// What people call a module.
    pub(super) fn module_name<'b>(&'b self, module: &'b str) -> &'b str {
        self.modules.get(module).and_then(|entry| entry.title.as_deref()).unwrap_or(module)
    }

    /// Latest version of a content.
    pub(super) fn version(&self, content: &str) -> Option<&'a str> {
        self.versions.get(content).copied()
    }
}

impl<'a> Book<'a> {
    /// Orders what was told. A cell told twice counts once.
    pub(super) fn new(told: impl IntoIterator<Item = &'a Told>) -> Self {
        let mut courses: BTreeMap<&str, Vec<(&'a Told, &'a CourseEvidence)>> = BTreeMap::new();
        for told in told {
            for course in &told.courses {
                courses.entry(&course.course).or_default().push((told, course));
            }
        }
        let mut book = Self::default();
        for told in courses.values() {
            // The rest of the key only settles what cannot be: one course told twice at one cut.
            let key = |(told, course): &&(&'a Told, &'a CourseEvidence)| (told.as_of, &course.provider, &course.title, &course.openings);
            let Some((_, latest)) = told.iter().max_by(|left, right| key(left).cmp(&key(right))) else { continue };
            let course = book.courses.len();
            book.courses.push(Facts::new(latest));
            let evidence = || told.iter().map(|(_, course)| *course);
            book.enter_items(course, sorted(evidence().flat_map(|evidence| &evidence.items)));
            book.enter_spans(course, sorted(evidence().flat_map(|evidence| &evidence.spans)));
            book.enter_places(course, sorted(evidence().flat_map(|evidence| &evidence.places)));
            book.enter_openings(course, sorted(&latest.openings));
        }
        book
    }

    fn enter_items(&mut self, course: usize, cells: Vec<&'a ItemCell>) {
        let mut known = BTreeMap::new();
        let mut previous: Option<((&str, &str), usize)> = None;
        for cell in cells {
            let name = (cell.assessment.as_str(), cell.item.as_str());
            // An item has many cells a day, one after another.
            let target = previous.filter(|(known, _)| *known == name).map_or_else(
                || {
                    *known.entry(name).or_insert_with_key(|(assessment, item)| {
                        self.items.push(ItemTarget { course, assessment, item });
                        self.items.len() - 1
                    })
                },
                |(_, target)| target,
            );
            previous = Some((name, target));
            self.days.entry(cell.day.plus(LAG_DAYS)).or_default().items.push((target, cell));
        }
    }

    fn enter_spans(&mut self, course: usize, cells: Vec<&'a SpanCell>) {
        let mut known = BTreeMap::new();
        for cell in cells {
            let target = *known.entry((cell.content.as_str(), cell.spans, cell.span)).or_insert_with_key(|(content, spans, span)| {
                self.spans.push(SpanTarget { course, content, spans: *spans, span: *span });
                self.spans.len() - 1
            });
            self.days.entry(cell.day.plus(LAG_DAYS)).or_default().spans.push((target, cell));
        }
    }

    fn enter_places(&mut self, course: usize, cells: Vec<&'a PlaceCell>) {
        let mut known = BTreeMap::new();
        for cell in cells {
            let target = *known.entry(cell.module.as_str()).or_insert_with_key(|module| {
                self.places.push(PlaceTarget { course, module });
                self.places.len() - 1
            });
            self.days.entry(cell.day.plus(PLACE_LAG_DAYS)).or_default().places.push((target, cell));
        }
    }

    fn enter_openings(&mut self, course: usize, cells: Vec<&'a OpeningCell>) {
        let mut known = BTreeMap::new();
        for cell in cells {
            let target = (!cell.content.is_empty()).then(|| {
                *known.entry((cell.content.as_str(), cell.client.as_str())).or_insert_with_key(|(content, client)| {
                    self.openings.push(OpeningTarget { course, content, client });
                    self.openings.len() - 1
                })
            });
            self.days.entry(cell.day.plus(OPENING_LAG_DAYS)).or_default().openings.push((course, target, cell));
        }
    }
}

fn sorted<'a, T: Ord>(cells: impl IntoIterator<Item = &'a T>) -> Vec<&'a T> {
    let mut cells: Vec<&T> = cells.into_iter().collect();
    // Each cut tells its cells in order, so this mostly finds sorted runs; the stable sort merges those.
    cells.sort();
    cells.dedup();
    cells
}
