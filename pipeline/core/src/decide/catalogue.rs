//! What decide knows of courses besides evidence: how each was described, from which cut on, and names by number.
//!
//! Invariant: a decision day sees a course as it was described at the latest cut up to that day, or first of all; so a
//! corrected outline changes what is said from then on and rewrites nothing.

use crate::event::outline::{Content, Item, Module, Outline};
use crate::evidence::{ContentVersion, CourseEvidence};
use crate::time::Day;
use hashbrown::HashSet;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// All courses ever told of. A course's number is its place; it says nothing about order.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    courses: Vec<Course>,
    numbers: BTreeMap<Arc<str>, u32>,
    words: HashSet<Arc<str>>,
    providers: BTreeMap<Arc<str>, u32>,
}

/// One course and its descriptions, each with the day of its cut, sorted.
#[derive(Debug)]
struct Course {
    name: Arc<str>,
    descriptions: Vec<(Day, Arc<Description>)>,
}

/// By item: place of the module, of the assessment within it, and of the item within that.
type ItemPlaces = BTreeMap<Box<str>, (u32, u32, u32)>;

/// A course as described at one cut.
#[derive(Debug)]
pub(super) struct Description {
    pub(super) course: Arc<str>,
    pub(super) provider: Arc<str>,
    /// A number that is the provider's alone; it says nothing about order.
    pub(super) provider_number: u32,
    pub(super) began: Option<Day>,
    outline: Outline,
    versions: Vec<ContentVersion>,
    /// Place of the module, and place within it.
    contents: BTreeMap<Box<str>, (u32, u32)>,
    /// By assessment.
    items: BTreeMap<Box<str>, ItemPlaces>,
}

impl Catalogue {
    /// Takes how a course is described at a cut; gives its number.
    pub(super) fn describe(&mut self, day: Day, told: &CourseEvidence) -> u32 {
        let number = match self.numbers.get(told.course.as_str()) {
            Some(number) => *number,
            None => {
                let name = self.word(&told.course);
                let number = self.courses.len() as u32;
                self.numbers.insert(Arc::clone(&name), number);
                self.courses.push(Course { name, descriptions: Vec::new() });
                number
            }
        };
        let provider = self.word(&told.provider);
        let next = self.providers.len() as u32;
        let provider_number = *self.providers.entry(Arc::clone(&provider)).or_insert(next);
        let course = &mut self.courses[number as usize];
        let place = course.descriptions.partition_point(|(known, _)| *known <= day);
        let before = place.checked_sub(1).map(|place| &course.descriptions[place]);
        if !before.is_some_and(|(_, description)| description.is_still(told)) {
            let description = Arc::new(Description::new(Arc::clone(&course.name), (provider, provider_number), told));
            match before {
                Some((known, _)) if *known == day => course.descriptions[place - 1].1 = description,
                _ => course.descriptions.insert(place, (day, description)),
            }
        }
        number
    }

    /// A course as decision day `day` sees it.
    pub(super) fn course(&self, number: u32, day: Day) -> &Arc<Description> {
        let descriptions = &self.courses[number as usize].descriptions;
        let place = descriptions.partition_point(|(known, _)| *known <= day);
        &descriptions[place.saturating_sub(1)].1
    }

    /// The number of a course's provider.
    pub(super) fn provider_number(&self, course: u32, day: Day) -> u32 {
        self.course(course, day).provider_number
    }

    /// The name of a course.
    pub(super) fn name(&self, number: u32) -> &Arc<str> {
        &self.courses[number as usize].name
    }

    /// How many courses there are.
    pub(super) fn len(&self) -> usize {
        self.courses.len()
    }

    /// One copy of a text that occurs often.
    pub(super) fn word(&mut self, text: &str) -> Arc<str> {
        Arc::clone(self.words.get_or_insert_with(text, |text| Arc::from(text)))
    }
}

impl Description {
    fn new(course: Arc<str>, (provider, provider_number): (Arc<str>, u32), told: &CourseEvidence) -> Self {
        let mut contents = BTreeMap::new();
        let mut items: BTreeMap<Box<str>, ItemPlaces> = BTreeMap::new();
        for (module, entry) in told.outline.modules().iter().enumerate() {
            for (place, content) in entry.contents.iter().enumerate() {
                contents.insert(content.content.as_str().into(), (module as u32, place as u32));
            }
            for (assessment, entry) in entry.assessments.iter().enumerate() {
                let places = items.entry(entry.assessment.as_str().into()).or_default();
                for (item, known) in entry.items.iter().enumerate() {
                    places.insert(known.item.as_str().into(), (module as u32, assessment as u32, item as u32));
                }
            }
        }
        Self { course, provider, provider_number, began: told.began, outline: told.outline.clone(), versions: told.versions.clone(), contents, items }
    }

    fn is_still(&self, told: &CourseEvidence) -> bool {
        *self.provider == *told.provider && self.began == told.began && self.outline == told.outline && self.versions == told.versions
    }

    /// The contents of the outline.
    pub(super) fn contents(&self) -> impl Iterator<Item = &str> {
        self.contents.keys().map(AsRef::as_ref)
    }

    /// The item as the outline has it, with its module.
    pub(super) fn item(&self, assessment: &str, item: &str) -> Option<(&Module, &Item)> {
        let (module, in_module, in_assessment) = *self.items.get(assessment)?.get(item)?;
        let module = self.outline.modules().get(module as usize)?;
        Some((module, module.assessments.get(in_module as usize)?.items.get(in_assessment as usize)?))
    }

    /// The content as the outline has it, with its module.
    pub(super) fn content(&self, content: &str) -> Option<(&Module, &Content)> {
        let (module, place) = *self.contents.get(content)?;
        let module = self.outline.modules().get(module as usize)?;
        Some((module, module.contents.get(place as usize)?))
    }

    /// The module as the outline has it.
    pub(super) fn module(&self, module: &str) -> Option<&Module> {
        self.outline.modules().iter().find(|entry| entry.module == module)
    }

    /// What people call an item.
    pub(super) fn item_name<'a>(&'a self, assessment: &str, item: &'a str) -> &'a str {
        self.item(assessment, item).and_then(|(_, entry)| entry.title.as_deref()).unwrap_or(item)
    }

    /// The module of a content.
    pub(super) fn module_of_content(&self, content: &str) -> Option<&str> {
        self.content(content).map(|(module, _)| module.module.as_str())
    }

    /// What people call a content.
    pub(super) fn content_name<'a>(&'a self, content: &'a str) -> &'a str {
        self.content(content).and_then(|(_, entry)| entry.title.as_deref()).unwrap_or(content)
    }

    /// What people call a module.
    pub(super) fn module_name<'a>(&'a self, module: &'a str) -> &'a str {
        self.module(module).and_then(|entry| entry.title.as_deref()).unwrap_or(module)
    }

    /// Whether a module is the first of the outline.
    pub(super) fn is_first_module(&self, module: &str) -> bool {
        self.outline.modules().first().is_some_and(|first| first.module == module)
    }

    /// The version of a content in force on a day.
    pub(super) fn version(&self, content: &str, day: Day) -> Option<&str> {
        self.versions_of(content).take_while(|version| version.since <= day).last().map(|version| version.version.as_str())
    }

    /// The days on which a content was revised: those of all its versions but the first.
    pub(super) fn content_revisions(&self, content: &str) -> impl Iterator<Item = Day> {
        self.versions_of(content).skip(1).map(|version| version.since)
    }

    /// The days on which any content of a module was revised.
    pub(super) fn module_revisions(&self, module: &str) -> BTreeSet<Day> {
        let contents = self.outline.modules().iter().filter(|entry| entry.module == module).flat_map(|entry| &entry.contents);
        contents.flat_map(|content| self.content_revisions(&content.content)).collect()
    }

    /// Every revision of a content of the outline: its module, the content, the day.
    pub(super) fn revisions(&self) -> impl Iterator<Item = (&str, &str, Day)> {
        self.outline.modules().iter().flat_map(move |module| {
            let revised = move |content| self.content_revisions(content).map(move |day| (module.module.as_str(), content, day));
            module.contents.iter().flat_map(move |content| revised(content.content.as_str()))
        })
    }

    fn versions_of(&self, content: &str) -> impl Iterator<Item = &ContentVersion> {
        let first = self.versions.partition_point(|version| version.content.as_str() < content);
        self.versions[first..].iter().take_while(move |version| version.content == content)
    }
}
