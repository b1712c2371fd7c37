//! How many learners had met an entity by a day, from the told cells: the evidence that there was at a discovery.

use super::discovery::{Entity, Part};
use std::collections::{BTreeSet, HashMap};
use teachback_core::decide::Told;
use teachback_core::evidence::CourseEvidence;
use teachback_core::time::Day;

/// Learners by entity and evidence day.
#[derive(Debug, Default)]
pub struct Exposure<'a> {
    /// Sorted by day.
    learners: HashMap<Entity<'a>, Vec<(Day, u32)>>,
    courses: BTreeSet<&'a str>,
}

/// How many entities a world has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Size {
    /// Courses that told anything.
    pub courses: u32,
    /// Items that were answered.
    pub items: u32,
    /// Spans that were entered.
    pub spans: u32,
    /// Modules that were come to.
    pub modules: u32,
    /// Contents that failed, by class of client.
    pub openings: u32,
}

impl<'a> Exposure<'a> {
    /// Of everything told. Openings count as the course told them last.
    #[must_use]
    pub fn new(told: &'a [Told]) -> Self {
        let mut exposure = Self::default();
        let mut latest: HashMap<&str, &CourseEvidence> = HashMap::new();
        for course in told.iter().flat_map(|told| &told.courses) {
            latest.insert(&course.course, course);
            exposure.add(course);
        }
        for course in latest.values() {
            for cell in course.openings.iter().filter(|cell| !cell.content.is_empty()) {
                exposure.meet(&course.course, Part::Opening { content: &cell.content, client: &cell.client }, cell.day, cell.opened);
            }
        }
        for days in exposure.learners.values_mut() {
            days.sort_unstable();
            days.dedup_by(|later, earlier| {
                let same = later.0 == earlier.0;
                earlier.1 += if same { later.1 } else { 0 };
                same
            });
        }
        exposure
    }

    fn add(&mut self, course: &'a CourseEvidence) {
        self.courses.insert(&course.course);
        for cell in &course.items {
            self.meet(&course.course, Part::Item { assessment: &cell.assessment, item: &cell.item }, cell.day, cell.learners);
        }
        for cell in &course.spans {
            self.meet(&course.course, Part::Span { content: &cell.content, span: cell.span }, cell.day, cell.entered);
        }
        for cell in &course.places {
            self.meet(&course.course, Part::Module(&cell.module), cell.day, cell.arrived);
        }
    }

    fn meet(&mut self, course: &'a str, part: Part<'a>, day: Day, learners: u32) {
        self.learners.entry(Entity { course, part }).or_default().push((day, learners));
    }

    /// Learners of the days from `since` to `through`.
    #[must_use]
    pub fn learners(&self, entity: Entity<'_>, since: Option<Day>, through: Day) -> u32 {
        let counted = |day: Day| since.is_none_or(|since| day >= since) && day <= through;
        self.days(entity).iter().filter(|(day, _)| counted(*day)).map(|(_, learners)| learners).sum()
    }

    /// Learners who started a recording on the days from `since` to `through`: those in its most entered span.
    #[must_use]
    pub fn starters(&self, course: &str, content: &str, since: Option<Day>, through: Day) -> u32 {
        let of_span = |span| self.learners(Entity { course, part: Part::Span { content, span } }, since, through);
        (0..teachback_core::evidence::SPANS_MAX).map(of_span).max().unwrap_or_default()
    }

    /// The first day on which anybody met an entity.
    #[must_use]
    pub fn first_day(&self, entity: Entity<'_>) -> Option<Day> {
        self.days(entity).first().map(|(day, _)| *day)
    }

    fn days<'b>(&'b self, entity: Entity<'b>) -> &'b [(Day, u32)] {
        self.learners.get(&entity).map_or(&[], Vec::as_slice)
    }

    /// How many entities there are.
    #[must_use]
    pub fn size(&self) -> Size {
        let mut size = Size { courses: self.courses.len() as u32, ..Size::default() };
        for entity in self.learners.keys() {
            match entity.part {
                Part::Item { .. } => size.items += 1,
                Part::Span { .. } => size.spans += 1,
                Part::Module(_) => size.modules += 1,
                Part::Opening { .. } => size.openings += 1,
                Part::Course | Part::Provider(_) | Part::Recording { .. } => {}
            }
        }
        size
    }
}
