//! Course outlines from a CSV table: one row for each content, assessment or item, in the order in which learners meet them.
//!
//! ```text
//! course,module,module_title,due,kind,id,title,content_type,length_s,key,options,max_score
//! C1,m1,Summaries,2026-03-08,content,v1,The median,video,300,,,
//! C1,m1,,,assessment,q1,Quiz 1,,,,,
//! C1,m1,,,item,q1-1,Which is robust?,,,median,mean|median,1
//! ```
//!
//! Columns are found by name, in any order; unknown ones are ignored.
//!
//! | column | | meaning |
//! |---|---|---|
//! | `course` | required | the course run |
//! | `module` | required | the module of the row; modules stand in the order of their first row |
//! | `id` (or `content`) | | what the row describes; empty for a module that has nothing yet |
//! | `kind` | | `content` (when empty), `assessment`, or `item`: a question of the assessment above it |
//! | `title` (or `content_title`) | | its title |
//! | `module_title`, `due` | | of the module, from the first row that has it; `due` is a day, or a time with an offset |
//! | `content_type`, `length_s`, `words`, `content_version`, `linked_items` | contents | `linked_items` are divided by `|` |
//! | `key`, `options`, `max_score` | items | `options` are divided by `|`; `key` is one of them |
//! | `assessment` | items | the assessment of the item, where it is not the one above |
//! | `course_title`, `course_version`, `provider` | | of the course, from the first row that has it |
//!
//! Each course becomes one `course.published`. Invariants: the same text gives the same events with the same ids; an outline is
//! within the limits of core; an error names line and column and no value.

mod error;
mod rows;
#[cfg(test)]
mod tests;

pub use error::{OutlineError, What};

use crate::event_id::IdDigest;
use crate::mapping::Hints;
use rows::{Kind as RowKind, Row, Rows};
use serde_json::value::RawValue;
use std::collections::{HashMap, HashSet};
use teachback_core::event::outline::{Assessment, Content, Item, Module, ResponseOption};
use teachback_core::event::{Data, Event, EventType, Kind};
use teachback_core::limits::{MESSAGE_BYTES_MAX, OUTLINE_ENTRIES_MAX, OUTLINE_MODULES_MAX};
use teachback_core::time::EventTime;

/// Longest outline, bytes of JSON: what a message may have, less room for the rest of the event.
const OUTLINE_BYTES_MAX: usize = MESSAGE_BYTES_MAX - 64 * 1024;
/// What divides the entries of a list in one field.
const LIST_SEPARATOR: char = '|';

/// The outline of one course, as JSON beside what its event says of the course.
#[derive(Debug)]
pub struct Outline {
    course: String,
    title: Option<String>,
    version: Option<String>,
    provider: Option<String>,
    modules: Box<RawValue>,
}

/// Reads every course of a table, in the order of their first rows.
///
/// # Errors
/// The first line that is no outline, with its line and column.
pub fn read(table: &[u8]) -> Result<Vec<Outline>, OutlineError> {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut rows = Rows::new(table)?;
    while let Some(row) = rows.next()? {
        let course = row.id("course")?;
        let place = *places.entry(course.to_owned()).or_insert_with(|| {
            drafts.push(Draft { course: course.to_owned(), first_line: row.line(), ..Draft::default() });
            drafts.len() - 1
        });
        drafts[place].add(&row)?;
    }
    drafts.into_iter().map(Draft::finish).collect()
}

impl Outline {
    /// The event that publishes the outline, at a time that the caller chooses: when it came into force.
    #[must_use]
    pub fn event<'a>(&'a self, hints: &'a Hints<'_>, time: EventTime) -> Event<'a> {
        let provider = self.provider.as_deref().or(hints.provider);
        Event {
            id: self.event_id(time).into(),
            source: hints.source.into(),
            kind: Kind::Known(EventType::CoursePublished),
            time,
            subject: self.course.as_str().into(),
            data: Box::new(Data {
                provider: provider.map(Into::into),
                course_version: self.version.as_deref().map(Into::into),
                title: self.title.as_deref().map(Into::into),
                modules: Some(&self.modules),
                ..Data::default()
            }),
            unknown_fields: 0,
        }
    }

    /// A digest of the course, the time and the outline: the same outline published again at the same time is the same event.
    fn event_id(&self, time: EventTime) -> String {
        let mut digest = IdDigest::default();
        let (title, version) = (self.title.as_deref().unwrap_or_default(), self.version.as_deref().unwrap_or_default());
        for part in [&self.course, &time.to_string(), title, version, self.modules.get()] {
            digest.add(part);
        }
        format!("outline-{}", digest.finish())
    }
}

/// A course whose rows are being read.
#[derive(Debug, Default)]
struct Draft {
    course: String,
    first_line: u64,
    title: Option<String>,
    version: Option<String>,
    provider: Option<String>,
    modules: Vec<Module>,
    module_places: HashMap<String, usize>,
    /// The contents seen; each stands once in a course. A problem may be a content and an assessment.
    contents: HashSet<String>,
    /// The assessments seen, each with its module and its place there.
    assessments: HashMap<String, (usize, usize)>,
    /// The items seen, by assessment.
    items: HashSet<(String, String)>,
    /// Place of the assessment that the next items belong to.
    assessment: Option<(usize, usize)>,
    entries: usize,
}

impl Draft {
    fn add(&mut self, row: &Row<'_>) -> Result<(), OutlineError> {
        set_once(&mut self.title, row.text("course_title"));
        set_once(&mut self.version, row.optional_id("course_version")?);
        set_once(&mut self.provider, row.optional_id("provider")?);
        let module = row.id("module")?;
        let place = match self.module_places.get(module) {
            Some(place) => *place,
            None => self.add_module(module, row)?,
        };
        set_once(&mut self.modules[place].title, row.text("module_title"));
        set_once(&mut self.modules[place].due, row.due("due")?.as_deref());
        let Some((column, id)) = row.subject()? else { return Ok(()) };
        self.count_entry(row)?;
        match row.kind()? {
            RowKind::Content => {
                if !self.contents.insert(id.to_owned()) {
                    return Err(row.bad(column, What::Twice));
                }
                self.assessment = None;
                self.modules[place].contents.push(Content {
                    content: id.to_owned(),
                    content_type: row.text("content_type").map(str::to_owned),
                    title: row.title().map(str::to_owned),
                    length_s: row.length("length_s")?,
                    words: row.count("words")?,
                    content_version: row.optional_id("content_version")?.map(str::to_owned),
                    linked_items: row.ids("linked_items")?,
                });
            }
            RowKind::Assessment => {
                if self.assessments.contains_key(id) {
                    return Err(row.bad(column, What::Twice));
                }
                self.add_assessment(place, id, row.title());
            }
            RowKind::Item => self.add_item(place, column, id, row)?,
        }
        Ok(())
    }

    fn add_module(&mut self, module: &str, row: &Row<'_>) -> Result<usize, OutlineError> {
        if self.modules.len() == OUTLINE_MODULES_MAX {
            return Err(row.bad("module", What::TooMany("modules")));
        }
        let place = self.modules.len();
        self.modules.push(Module { module: module.to_owned(), title: None, due: None, contents: Vec::new(), assessments: Vec::new() });
        self.module_places.insert(module.to_owned(), place);
        Ok(place)
    }

    fn add_assessment(&mut self, module: usize, id: &str, title: Option<&str>) {
        let place = (module, self.modules[module].assessments.len());
        self.assessment = Some(place);
        self.assessments.insert(id.to_owned(), place);
        self.modules[module].assessments.push(Assessment { assessment: id.to_owned(), title: title.map(str::to_owned), items: Vec::new() });
    }

    fn add_item(&mut self, module: usize, column: &'static str, id: &str, row: &Row<'_>) -> Result<(), OutlineError> {
        if let Some(named) = row.optional_id("assessment")? {
            match self.assessments.get(named) {
                Some(place) => self.assessment = Some(*place),
                None => {
                    self.count_entry(row)?;
                    self.add_assessment(module, named, None);
                }
            }
        }
        let (module, assessment) = self.assessment.ok_or_else(|| row.bad("kind", What::ItemWithoutAssessment))?;
        let assessment = &mut self.modules[module].assessments[assessment];
        if !self.items.insert((assessment.assessment.clone(), id.to_owned())) {
            return Err(row.bad(column, What::Twice));
        }
        let options: Vec<ResponseOption> = row.list("options").map(|option| ResponseOption { option: option.to_owned(), text: None }).collect();
        let key = row.text("key").map(str::to_owned);
        if !options.is_empty() && key.as_ref().is_some_and(|key| !options.iter().any(|option| option.option == *key)) {
            return Err(row.bad("key", What::KeyIsNoOption));
        }
        assessment.items.push(Item { item: id.to_owned(), title: row.title().map(str::to_owned), options, key, max_score: row.score("max_score")? });
        Ok(())
    }

    fn count_entry(&mut self, row: &Row<'_>) -> Result<(), OutlineError> {
        self.entries += 1;
        if self.entries > OUTLINE_ENTRIES_MAX { Err(row.bad("id", What::TooMany("contents, assessments and items"))) } else { Ok(()) }
    }

    fn finish(self) -> Result<Outline, OutlineError> {
        let modules = serde_json::value::to_raw_value(&self.modules).map_err(|source| OutlineError::Encode { source })?;
        if modules.get().len() > OUTLINE_BYTES_MAX {
            return Err(OutlineError::TooLarge { line: self.first_line, bytes_max: OUTLINE_BYTES_MAX });
        }
        Ok(Outline { course: self.course, title: self.title, version: self.version, provider: self.provider, modules })
    }
}

fn set_once(held: &mut Option<String>, text: Option<&str>) {
    if held.is_none() {
        *held = text.map(str::to_owned);
    }
}
