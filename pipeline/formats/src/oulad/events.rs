//! The rows as canonical events, in order of time.
//!
//! Ordering: (time, kind, …) where the kind's rank follows the times of day in the module's table: the outline before
//! enrolments at 00:00, clicks before submissions at 12:00, withdrawals before completions at 23:59:59. Clicks are already
//! sorted; everything else is sorted once and the two are merged.

use super::clicks::ClickRow;
use super::presentations::{AssessmentIndex, PresentationIndex, Presentations};
use super::{Clicks, OuladError, PROVIDER, SOURCE, StudentIndex, Tables};
use crate::event_id::hexadecimal;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::iter::Peekable;
use std::slice;
use teachback_core::event::{Data, Event, EventType, Kind};
use teachback_core::time::{Day, EventTime, HOUR, SECOND};

/// Everything but clicks.
#[derive(Debug, Clone, Copy)]
pub(super) struct DayEvent {
    pub(super) day: Day,
    pub(super) presentation: PresentationIndex,
    /// Absent for the outline, which is about no student.
    pub(super) student: Option<StudentIndex>,
    /// From 1, among rows of the same key.
    pub(super) ordinal: u32,
    pub(super) what: What,
}

/// What happened on the day.
#[derive(Debug, Clone, Copy)]
pub(super) enum What {
    /// The outline was published.
    Published,
    /// The student registered.
    Enrolled {
        /// Prior education.
        stratum: Option<u8>,
        /// The row has no date.
        is_assumed: bool,
    },
    /// Work was handed in, with a mark where there is one.
    Submitted {
        /// The work.
        assessment: AssessmentIndex,
        /// Out of 100.
        mark: Option<f64>,
    },
    /// The student unregistered.
    Withdrew,
    /// The student passed.
    Completed,
}

const NOON: i64 = 12 * HOUR;
const END_OF_DAY: i64 = 24 * HOUR - SECOND;
/// Bytes of the digest in an event id.
const ID_DIGEST_BYTES: usize = 16;
/// Rank of clicks among the kinds of [`What::order`].
const CLICK_RANK: u8 = 2;

impl What {
    /// Time of day and rank at that time.
    fn order(self) -> (i64, u8) {
        match self {
            Self::Published => (0, 0),
            Self::Enrolled { .. } => (0, 1),
            Self::Submitted { .. } => (NOON, CLICK_RANK + 1),
            Self::Withdrew => (END_OF_DAY, 4),
            Self::Completed => (END_OF_DAY, 5),
        }
    }

    fn assessment(self) -> Option<AssessmentIndex> {
        match self {
            Self::Submitted { assessment, .. } => Some(assessment),
            Self::Published | Self::Enrolled { .. } | Self::Withdrew | Self::Completed => None,
        }
    }
}

impl DayEvent {
    fn order(&self) -> (EventTime, u8) {
        let (time_of_day, rank) = self.what.order();
        (self.day.start().plus(time_of_day), rank)
    }
}

fn click_time(row: &ClickRow) -> EventTime {
    row.day.start().plus(NOON)
}

/// Adds the publication of each outline on the day of the course run's first event (day 0 when nothing is earlier), and sorts.
pub(super) fn put_in_order(day_events: &mut Vec<DayEvent>, clicks: &Clicks, presentations: &mut Presentations) -> Result<(), OuladError> {
    presentations.write_outlines()?;
    let mut first_days: BTreeMap<PresentationIndex, Day> = presentations.starts();
    let days_of_clicks = clicks.rows.iter().map(|row| (presentations.get_site(row.site).presentation, row.day));
    for (presentation, day) in day_events.iter().map(|event| (event.presentation, event.day)).chain(days_of_clicks) {
        first_days.entry(presentation).and_modify(|first| *first = day.min(*first)).or_insert(day);
    }
    let published = |(presentation, day)| DayEvent { day, presentation, student: None, ordinal: 1, what: What::Published };
    day_events.extend(first_days.into_iter().map(published));
    day_events.sort_unstable_by_key(|event| (event.order(), event.presentation, event.student, event.what.assessment(), event.ordinal));
    Ok(())
}

/// Both kinds of rows, merged.
pub(super) struct Merged<'a> {
    tables: &'a Tables,
    day_events: Peekable<slice::Iter<'a, DayEvent>>,
    clicks: Peekable<slice::Iter<'a, ClickRow>>,
    /// The last click row's key and its number among rows of that key.
    last_click: Option<(ClickRow, u32)>,
}

impl<'a> Merged<'a> {
    pub(super) fn new(tables: &'a Tables) -> Self {
        Self { tables, day_events: tables.day_events.iter().peekable(), clicks: tables.clicks.rows.iter().peekable(), last_click: None }
    }

    fn click(&mut self, row: &ClickRow) -> Event<'a> {
        let same_key = |last: &ClickRow| (last.day, last.site, last.student) == (row.day, row.site, row.student);
        let ordinal = self.last_click.filter(|(last, _)| same_key(last)).map_or(1, |(_, ordinal)| ordinal + 1);
        self.last_click = Some((*row, ordinal));
        let site = self.tables.presentations.get_site(row.site);
        let run = self.tables.presentations.get(site.presentation);
        let student = self.tables.students.id(row.student);
        let data = Data {
            learner: Some(student.into()),
            content: Some(site.id.as_str().into()),
            content_type: site.listed.as_ref().and_then(|listed| listed.activity_type.as_deref()).map(Into::into),
            module: site.listed.as_ref().map(|listed| listed.module.as_str().into()),
            count: Some(u64::from(row.clicks)),
            ..Data::default()
        };
        let id = row_id("studentVle", &format!("{}:{student}:{}:{}:{ordinal}", run.subject, site.id, row.day.0 - run.start.0));
        event(EventType::ContentViewed, id, click_time(row), &run.subject, "date_only", data)
    }

    fn day_event(&self, planned: &DayEvent) -> Event<'a> {
        let run = self.tables.presentations.get(planned.presentation);
        let subject = run.subject.as_str();
        let (time, _) = planned.order();
        let student = planned.student.map_or("", |student| self.tables.students.id(student));
        let of_learner = Data { learner: planned.student.map(|_| student.into()), ..Data::default() };
        let ordinal = planned.ordinal;
        match planned.what {
            What::Published => {
                let data = Data { title: Some(subject.into()), modules: run.outline.as_deref(), ..Data::default() };
                event(EventType::CoursePublished, format!("courses:{subject}"), time, subject, "date_only", data)
            }
            What::Enrolled { stratum, is_assumed } => {
                let quality = if is_assumed { "assumed_utc" } else { "date_only" };
                let data = Data { stratum: stratum.map(u64::from), ..of_learner };
                event(EventType::EnrollmentCreated, row_id("registration", &format!("{subject}:{student}:{ordinal}")), time, subject, quality, data)
            }
            What::Withdrew => event(
                EventType::EnrollmentWithdrawn,
                row_id("unregistration", &format!("{subject}:{student}:{ordinal}")),
                time,
                subject,
                "date_only",
                of_learner,
            ),
            What::Completed => {
                event(EventType::EnrollmentCompleted, row_id("result", &format!("{subject}:{student}")), time, subject, "assumed_utc", of_learner)
            }
            What::Submitted { assessment, mark } => {
                let assessment = self.tables.presentations.get_assessment(assessment);
                let data = Data {
                    assessment: Some(assessment.id.as_str().into()),
                    module: Some(assessment.module.as_str().into()),
                    score: mark,
                    max_score: mark.map(|_| 100.0),
                    ..of_learner
                };
                // The date is when the student handed in, so this is his activity; the mark comes along.
                event(
                    EventType::AssessmentSubmitted,
                    row_id("studentAssessment", &format!("{}:{student}:{ordinal}", assessment.id)),
                    time,
                    subject,
                    "date_only",
                    data,
                )
            }
        }
    }
}

impl<'a> Iterator for Merged<'a> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        let next_click = self.clicks.peek().map(|row| (click_time(row), CLICK_RANK));
        let next_day_event = self.day_events.peek().map(|planned| planned.order());
        let is_click = match (next_click, next_day_event) {
            (Some(click), Some(planned)) => click < planned,
            (click, _) => click.is_some(),
        };
        if is_click { self.clicks.next().map(|row| self.click(row)) } else { self.day_events.next().map(|planned| self.day_event(planned)) }
    }
}

/// The id of a row's event: the table and 128 bits of a digest of the row's key, so that the student's number does not stand in it.
fn row_id(table: &str, key: &str) -> String {
    let digest = Sha256::new().chain_update(table).chain_update(":").chain_update(key).finalize();
    format!("{table}-{}", hexadecimal(&digest[..ID_DIGEST_BYTES]))
}

fn event<'a>(event_type: EventType, id: String, time: EventTime, subject: &'a str, time_quality: &'static str, data: Data<'a>) -> Event<'a> {
    Event {
        id: id.into(),
        source: SOURCE.into(),
        kind: Kind::Known(event_type),
        time,
        subject: subject.into(),
        data: Box::new(Data { provider: Some(PROVIDER.into()), time_quality: Some(time_quality.into()), ..data }),
        unknown_fields: 0,
    }
}
