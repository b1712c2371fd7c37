//! studentVle: daily click totals of a student on a site, by far the largest table.
//!
//! Invariants: 16 bytes a row; rows are sorted by (day, site, student, clicks), so the number of a repeated row within its key
//! depends on the set of rows and never on their order in the file. A site belongs to one presentation.

use super::learners::Registrations;
use super::presentations::{PresentationColumns, Presentations, SiteIndex};
use super::table::Table;
use super::{OuladError, StudentIndex, Students, Summary};
use teachback_core::time::Day;

/// One row. The order of the fields is the order of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ClickRow {
    pub(super) day: Day,
    pub(super) site: SiteIndex,
    pub(super) student: StudentIndex,
    pub(super) clicks: u32,
}

/// All rows, sorted.
#[derive(Debug, Default)]
pub(super) struct Clicks {
    pub(super) rows: Vec<ClickRow>,
}

pub(super) fn read(
    table: Table,
    presentations: &mut Presentations,
    students: &mut Students,
    registrations: &Registrations,
    summary: &mut Summary,
) -> Result<Clicks, OuladError> {
    let columns = PresentationColumns::of(&table)?;
    let (student, site, date, clicks) = (table.column("id_student")?, table.column("id_site")?, table.column("date")?, table.column("sum_click")?);
    let mut rows = Vec::new();
    table.for_each(|row| {
        let day = row.day(date)?.ok_or_else(|| row.bad(date, "a day from the start of the presentation, the field is empty"))?;
        let count = row.count(clicks)?.ok_or_else(|| row.bad(clicks, "a number of clicks, the field is empty"))?;
        let (student, site) = (row.id(student)?, row.id(site)?);
        summary.click_rows += 1;
        if let Some(presentation) = presentations.of_row(&row, columns, summary)? {
            let (student, site) = (students.intern(student), presentations.site(presentation, site));
            summary.clicks += u64::from(count);
            summary.unknown_sites += u64::from(presentations.get_site(site).listed.is_none());
            summary.unknown_registrations += u64::from(!registrations.hold(presentation, student));
            rows.push(ClickRow { day: presentations.get(presentation).start.plus(day), site, student, clicks: count });
        }
        Ok(())
    })?;
    rows.sort_unstable();
    Ok(Clicks { rows })
}
