//! Course runs: when a presentation starts, its sites and assessments, and the outline made of them.
//!
//! Invariants: sites are known per presentation; a presentation that courses.csv does not list exists as soon as a row names it
//! and its code tells the start, but publishes no length. Order within the outline depends on the data only: weeks ascending,
//! sites and assessments in the order of their files.

use super::table::{Column, Row, Table};
use super::{OuladError, Summary};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, HashMap};
use teachback_core::event::outline;
use teachback_core::time::{Day, SECOND};

/// A presentation, by place in [`Presentations`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct PresentationIndex(pub(super) u16);

/// A site of a presentation, by place in [`Presentations`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SiteIndex(pub(super) u32);

/// An assessment, by place in [`Presentations`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct AssessmentIndex(pub(super) u32);

/// Module of the sites without a week.
const ANYTIME: &str = "anytime";
/// Seconds from midnight to the last second of the day, when things are due.
const END_OF_DAY_SECONDS: i64 = 86_399;

/// One course run.
#[derive(Debug)]
pub(super) struct Presentation {
    /// `<code_module>-<code_presentation>`.
    pub(super) subject: String,
    /// Day 0.
    pub(super) start: Day,
    /// `module_presentation_length`, absent when courses.csv does not list it.
    pub(super) length_days: Option<i32>,
    /// Its outline, made once all its events are known.
    pub(super) outline: Option<Box<RawValue>>,
}

/// One site of one presentation.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) presentation: PresentationIndex,
    pub(super) id: String,
    /// Absent when vle.csv does not list the site.
    pub(super) listed: Option<ListedSite>,
}

/// What vle.csv says of a site.
#[derive(Debug)]
pub(super) struct ListedSite {
    pub(super) activity_type: Option<String>,
    pub(super) module: String,
}

/// One assessment.
#[derive(Debug)]
pub(super) struct Assessment {
    pub(super) presentation: PresentationIndex,
    pub(super) id: String,
    pub(super) assessment_type: Option<String>,
    /// Day on which it is due.
    pub(super) due: Option<i32>,
    pub(super) module: String,
}

/// All course runs with their sites and assessments.
#[derive(Debug, Default)]
pub(super) struct Presentations {
    all: Vec<Presentation>,
    sites: Vec<Site>,
    assessments: Vec<Assessment>,
    by_code: HashMap<String, HashMap<String, PresentationIndex>>,
    sites_by_id: HashMap<PresentationIndex, HashMap<String, SiteIndex>>,
    assessments_by_id: HashMap<String, AssessmentIndex>,
}

/// The two columns that name a presentation.
#[derive(Debug, Clone, Copy)]
pub(super) struct PresentationColumns {
    module: Column,
    presentation: Column,
}

impl PresentationColumns {
    pub(super) fn of(table: &Table) -> Result<Self, OuladError> {
        Ok(Self { module: table.column("code_module")?, presentation: table.column("code_presentation")? })
    }
}

impl Presentations {
    pub(super) fn read_courses(&mut self, table: Table) -> Result<(), OuladError> {
        let columns = PresentationColumns::of(&table)?;
        let length = table.column("module_presentation_length")?;
        table.for_each(|row| {
            let (module, presentation) = (row.id(columns.module)?, row.id(columns.presentation)?);
            let expected = "a year and B (February) or J (October), such as 2013J";
            let start = start_of(presentation).ok_or_else(|| row.bad(columns.presentation, expected))?;
            let length_days = row.day(length)?.ok_or_else(|| row.bad(length, "a number of days, the field is empty"))?;
            let index = self.add(module, presentation, start).ok_or_else(|| row.bad(columns.presentation, "at most 65535 presentations"))?;
            self.all[usize::from(index.0)].length_days = Some(length_days);
            Ok(())
        })
    }

    pub(super) fn read_sites(&mut self, table: Table, summary: &mut Summary) -> Result<(), OuladError> {
        let columns = PresentationColumns::of(&table)?;
        let (id, activity_type, week) = (table.column("id_site")?, table.column("activity_type")?, table.column("week_from")?);
        table.for_each(|row| {
            let week = row.day(week)?;
            if let Some(presentation) = self.of_row(&row, columns, summary)? {
                let site = self.site(presentation, row.id(id)?);
                let module = week.map_or_else(|| ANYTIME.to_owned(), week_module);
                self.sites[site.0 as usize].listed = Some(ListedSite { activity_type: row.text(activity_type).map(str::to_owned), module });
            }
            Ok(())
        })
    }

    pub(super) fn read_assessments(&mut self, table: Table, summary: &mut Summary) -> Result<(), OuladError> {
        let columns = PresentationColumns::of(&table)?;
        let (id, assessment_type, date) = (table.column("id_assessment")?, table.column("assessment_type")?, table.column("date")?);
        table.for_each(|row| {
            let date = row.day(date)?;
            if let Some(presentation) = self.of_row(&row, columns, summary)? {
                if self.assessment(row.id(id)?).is_some() {
                    return Err(row.bad(id, "an id that no earlier line has"));
                }
                let due = date.or(self.get(presentation).length_days);
                let index = AssessmentIndex(self.assessments.len() as u32);
                self.assessments.push(Assessment {
                    presentation,
                    id: row.id(id)?.to_owned(),
                    assessment_type: row.text(assessment_type).map(str::to_owned),
                    due,
                    module: due.map_or_else(|| ANYTIME.to_owned(), |day| week_module(week_of(day))),
                });
                self.assessments_by_id.insert(row.id(id)?.to_owned(), index);
            }
            Ok(())
        })
    }

    /// The presentation that a row names. `None`, counted, when its start cannot be told.
    pub(super) fn of_row(&mut self, row: &Row<'_>, columns: PresentationColumns, summary: &mut Summary) -> Result<Option<PresentationIndex>, OuladError> {
        let (module, presentation) = (row.id(columns.module)?, row.id(columns.presentation)?);
        let known = self.by_code.get(module).and_then(|presentations| presentations.get(presentation)).copied();
        if let Some(index) = known.filter(|&index| self.get(index).length_days.is_some()) {
            return Ok(Some(index));
        }
        summary.unknown_presentations += 1;
        let index = known.or_else(|| self.add(module, presentation, start_of(presentation)?));
        summary.rows_without_start += u64::from(index.is_none());
        Ok(index)
    }

    /// Day 0 of each presentation.
    pub(super) fn starts(&self) -> BTreeMap<PresentationIndex, Day> {
        self.all.iter().enumerate().map(|(place, run)| (PresentationIndex(place as u16), run.start)).collect()
    }

    pub(super) fn get(&self, index: PresentationIndex) -> &Presentation {
        &self.all[usize::from(index.0)]
    }

    /// The site of a presentation with this id, listed or not.
    pub(super) fn site(&mut self, presentation: PresentationIndex, id: &str) -> SiteIndex {
        let sites = self.sites_by_id.entry(presentation).or_default();
        if let Some(&index) = sites.get(id) {
            return index;
        }
        let index = SiteIndex(self.sites.len() as u32);
        sites.insert(id.to_owned(), index);
        self.sites.push(Site { presentation, id: id.to_owned(), listed: None });
        index
    }

    pub(super) fn get_site(&self, index: SiteIndex) -> &Site {
        &self.sites[index.0 as usize]
    }

    pub(super) fn assessment(&self, id: &str) -> Option<AssessmentIndex> {
        self.assessments_by_id.get(id).copied()
    }

    pub(super) fn get_assessment(&self, index: AssessmentIndex) -> &Assessment {
        &self.assessments[index.0 as usize]
    }

    /// Makes the outline of each presentation.
    pub(super) fn write_outlines(&mut self) -> Result<(), OuladError> {
        let mut modules: Vec<BTreeMap<&str, outline::Module>> = vec![BTreeMap::new(); self.all.len()];
        let empty = |module: &str| outline::Module { module: module.to_owned(), title: None, due: None, contents: Vec::new(), assessments: Vec::new() };
        for site in &self.sites {
            let Some(listed) = &site.listed else { continue };
            let module = modules[usize::from(site.presentation.0)].entry(&listed.module).or_insert_with(|| empty(&listed.module));
            module.contents.push(outline::Content { content: site.id.clone(), content_type: listed.activity_type.clone(), ..outline::Content::default() });
        }
        for assessment in &self.assessments {
            let module = modules[usize::from(assessment.presentation.0)].entry(&assessment.module).or_insert_with(|| empty(&assessment.module));
            let start = self.all[usize::from(assessment.presentation.0)].start;
            let due = assessment.due.map(|day| start.plus(day).start().plus(END_OF_DAY_SECONDS * SECOND).to_string());
            module.due = module.due.take().max(due);
            module.assessments.push(outline::Assessment { assessment: assessment.id.clone(), title: assessment.assessment_type.clone(), items: Vec::new() });
        }
        for (presentation, modules) in self.all.iter_mut().zip(modules) {
            let mut modules: Vec<outline::Module> = modules.into_values().collect();
            modules.sort_by_key(|module| place(&module.module));
            let json = serde_json::value::to_raw_value(&modules);
            presentation.outline = Some(json.map_err(|source| OuladError::Outline { subject: presentation.subject.clone(), source })?);
        }
        Ok(())
    }

    /// Adds a presentation; `None` when there are too many.
    fn add(&mut self, module: &str, presentation: &str, start: Day) -> Option<PresentationIndex> {
        let index = PresentationIndex(u16::try_from(self.all.len()).ok()?);
        let named = self.by_code.entry(module.to_owned()).or_default().entry(presentation.to_owned());
        let known = *named.or_insert(index);
        if known == index {
            self.all.push(Presentation { subject: format!("{module}-{presentation}"), start, length_days: None, outline: None });
        }
        Some(known)
    }
}

/// Day 0 of a presentation, by its code.
fn start_of(code_presentation: &str) -> Option<Day> {
    let (year, month) = match code_presentation.split_at_checked(4)? {
        (year, "B") => (year, "02"),
        (year, "J") => (year, "10"),
        _ => return None,
    };
    Day::parse(&format!("{year}-{month}-01"))
}

/// The week of a day; week 1 is days 0 to 6.
fn week_of(day: i32) -> i32 {
    day.div_euclid(7) + 1
}

fn week_module(week: i32) -> String {
    format!("week-{week:02}")
}

/// Where a module stands: `anytime` first, then weeks by number.
fn place(module: &str) -> i32 {
    module.strip_prefix("week-").and_then(|week| week.parse().ok()).unwrap_or(i32::MIN)
}
