//! The Open University Learning Analytics Dataset (OULAD): seven CSV tables of day-grained records, made canonical events.
//!
//! Complete or sampled tables are read: for each table `<name>.csv` is tried first, then `<name>.sample.csv`.
//! Columns are found by name, in any order; quotes are optional; an empty field and `?` are missing values.
//!
//! # Mapping
//!
//! The course run is `<code_module>-<code_presentation>`, e.g. `AAA-2013J`. A presentation `B` starts on 1 February and `J` on
//! 1 October of its year; that is day 0. OULAD knows days only, so each kind of event has a fixed time of day (UTC) which keeps
//! the order in which things can happen within a day:
//!
//! | table row | event | time of day | marked |
//! |---|---|---|---|
//! | courses, vle, assessments | `course.published`, once per presentation, on the day of its first event, at the latest on day 0 | 00:00:00 | `date_only` |
//! | studentRegistration | `enrollment.created`; without a date on day 0 | 00:00:00 | `date_only`, without a date `assumed_utc` |
//! | studentVle | `content.viewed`, `count` = `sum_click` | 12:00:00 | `date_only` |
//! | studentAssessment | `assessment.submitted`, with the score where there is one | 12:00:00 | `date_only` |
//! | studentRegistration with `date_unregistration` | `enrollment.withdrawn` | 23:59:59 | `date_only` |
//! | studentInfo with `Pass` or `Distinction` | `enrollment.completed`, on day `module_presentation_length` | 23:59:59 | `assumed_utc` |
//!
//! `assumed_utc` is the one quality of the catalogue that says "a part of this time is an assumption, not a report"; `ingest`
//! would say that it is the time of reception. A learner without a registration date who left before day 0 is therefore enrolled
//! after he withdrew: both rows stand as they are in the data.
//!
//! - An event id is a digest of the table's name, the row's natural key and the row's number among rows of that key. It does not
//!   depend on the order of rows, nor on which other rows are there, so a sample and the complete table agree on their ids.
//! - A repeated student-site-day row is data: its number keeps its id apart.
//! - A banked score was earned in an earlier run and is no event of this one; it is counted.
//! - Of studentInfo only `highest_education` (as `stratum`, 0 to 4) and `final_result` are read.
//! - A row whose student, site or presentation no other table knows is counted in the [`Summary`] and still written
//!   where its time can be told; see there.
//!
//! # Outline
//!
//! Places of the outline are weeks: `week-NN` for sites with `week_from` and for assessments by their due date (week 1 is days 0
//! to 6; an exam without a date is due on the last day). All sites without a week are in one module `anytime`, which stands
//! *first*: how far a learner came is the furthest module with activity, and a site that is open all year must never be the
//! furthest. The type of a site stays in `content_type`.
//!
//! # Memory
//!
//! A studentVle row takes 16 bytes and is the only thing kept of it. With 9.8 million such rows the import peaked at 165 MB.

mod clicks;
mod error;
mod events;
mod learners;
mod presentations;
mod submissions;
mod summary;
mod table;
#[cfg(test)]
mod tests;

pub use error::OuladError;
pub use summary::Summary;

use clicks::Clicks;
use events::DayEvent;
use presentations::Presentations;
use std::collections::HashMap;
use std::io;
use submissions::Submissions;
use table::{Opener, Table};
use teachback_core::event::Event;

/// The value of `source` on every event.
pub const SOURCE: &str = "oulad";
/// The value of `provider` on every event.
pub const PROVIDER: &str = "open-university";

/// A student of the data set, by place in [`Students`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct StudentIndex(u32);

/// Student ids, each stored once.
#[derive(Debug, Default)]
struct Students {
    ids: Vec<Box<str>>,
    by_id: HashMap<Box<str>, StudentIndex>,
}

impl Students {
    fn intern(&mut self, id: &str) -> StudentIndex {
        if let Some(&index) = self.by_id.get(id) {
            return index;
        }
        let index = StudentIndex(self.ids.len() as u32);
        self.ids.push(id.into());
        self.by_id.insert(id.into(), index);
        index
    }

    fn id(&self, index: StudentIndex) -> &str {
        &self.ids[index.0 as usize]
    }
}

/// The data set in memory, ready to be written as events.
#[derive(Debug)]
pub struct Tables {
    presentations: Presentations,
    students: Students,
    clicks: Clicks,
    day_events: Vec<DayEvent>,
    summary: Summary,
}

impl Tables {
    /// Reads the tables; `open` gives a reader for a file name, or `None` where there is no such file.
    ///
    /// `studentVle` and `studentAssessment` may be absent; the other five tables may not.
    ///
    /// # Errors
    /// A table that is absent or unreadable, or the first field that cannot be what its column says, with its place.
    pub fn read(mut open: impl FnMut(&str) -> io::Result<Option<Box<dyn io::Read>>>) -> Result<Self, OuladError> {
        let open: &mut Opener<'_> = &mut open;
        let mut summary = Summary::default();
        let mut students = Students::default();
        let mut presentations = Presentations::default();
        presentations.read_courses(Table::required("courses", open)?)?;
        presentations.read_sites(Table::required("vle", open)?, &mut summary)?;
        presentations.read_assessments(Table::required("assessments", open)?, &mut summary)?;
        let info = learners::read_info(Table::required("studentInfo", open)?, &mut presentations, &mut students, &mut summary)?;
        let registrations = learners::read_registrations(Table::required("studentRegistration", open)?, &mut presentations, &mut students, &mut summary)?;
        let submissions = match Table::optional("studentAssessment", open)? {
            Some(table) => submissions::read(table, &presentations, &mut students, &registrations, &mut summary)?,
            None => Submissions::default(),
        };
        let clicks = match Table::optional("studentVle", open)? {
            Some(table) => clicks::read(table, &mut presentations, &mut students, &registrations, &mut summary)?,
            None => Clicks::default(),
        };
        let mut day_events = Vec::new();
        learners::events(&registrations, &info, &presentations, &mut day_events, &mut summary);
        submissions.events(&presentations, &mut day_events);
        events::put_in_order(&mut day_events, &clicks, &mut presentations)?;
        Ok(Self { presentations, students, clicks, day_events, summary })
    }

    /// What was read, and what had no place among the events.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Every event, in order of (time, kind, course run, student, key of the row).
    pub fn events(&self) -> impl Iterator<Item = Event<'_>> {
        events::Merged::new(self)
    }
}
