//! studentRegistration and studentInfo: who joined, who left, who finished, and the prior-education stratum.
//!
//! Invariant: `highest_education` and `final_result` are the only fields of studentInfo that are read.

use super::events::{DayEvent, What};
use super::presentations::{PresentationColumns, PresentationIndex, Presentations};
use super::table::Table;
use super::{OuladError, StudentIndex, Students, Summary};
use std::collections::HashMap;

type Key = (PresentationIndex, StudentIndex);

/// What studentInfo says of one student in one presentation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Info {
    stratum: Option<u8>,
    passed: bool,
}

/// One row of studentRegistration.
#[derive(Debug, Clone, Copy)]
struct Registration {
    key: Key,
    registered: Option<i32>,
    unregistered: Option<i32>,
}

/// All rows of studentRegistration, in the order of the file.
#[derive(Debug, Default)]
pub(super) struct Registrations {
    rows: Vec<Registration>,
    /// How often each key occurs.
    repeats: HashMap<Key, u32>,
}

impl Registrations {
    /// Whether the student is registered in the presentation.
    pub(super) fn hold(&self, presentation: PresentationIndex, student: StudentIndex) -> bool {
        self.repeats.contains_key(&(presentation, student))
    }
}

pub(super) fn read_info(
    table: Table,
    presentations: &mut Presentations,
    students: &mut Students,
    summary: &mut Summary,
) -> Result<HashMap<Key, Info>, OuladError> {
    let columns = PresentationColumns::of(&table)?;
    let (id, education, result) = (table.column("id_student")?, table.column("highest_education")?, table.column("final_result")?);
    let mut info = HashMap::new();
    table.for_each(|row| {
        let student = row.id(id)?;
        if let Some(presentation) = presentations.of_row(&row, columns, summary)? {
            let stratum = row.text(education).and_then(stratum_of);
            summary.unknown_education += u64::from(stratum.is_none());
            let passed = matches!(row.text(result), Some("Pass" | "Distinction"));
            info.insert((presentation, students.intern(student)), Info { stratum, passed });
        }
        Ok(())
    })?;
    Ok(info)
}

pub(super) fn read_registrations(
    table: Table,
    presentations: &mut Presentations,
    students: &mut Students,
    summary: &mut Summary,
) -> Result<Registrations, OuladError> {
    let columns = PresentationColumns::of(&table)?;
    let (id, registered, unregistered) = (table.column("id_student")?, table.column("date_registration")?, table.column("date_unregistration")?);
    let mut registrations = Registrations::default();
    table.for_each(|row| {
        let (student, registered, unregistered) = (row.id(id)?, row.day(registered)?, row.day(unregistered)?);
        summary.registrations += 1;
        if let Some(presentation) = presentations.of_row(&row, columns, summary)? {
            let key = (presentation, students.intern(student));
            summary.registrations_without_date += u64::from(registered.is_none());
            summary.withdrawals += u64::from(unregistered.is_some());
            *registrations.repeats.entry(key).or_insert(0) += 1;
            registrations.rows.push(Registration { key, registered, unregistered });
        }
        Ok(())
    })?;
    Ok(registrations)
}

/// Adds the enrolments, withdrawals and completions.
pub(super) fn events(registrations: &Registrations, info: &HashMap<Key, Info>, presentations: &Presentations, out: &mut Vec<DayEvent>, summary: &mut Summary) {
    let mut ordinals: HashMap<Key, u32> = HashMap::new();
    for Registration { key, registered, unregistered } in &registrations.rows {
        let (presentation, student) = *key;
        let start = presentations.get(presentation).start;
        let ordinal = if registrations.repeats[key] == 1 { 1 } else { *ordinals.entry(*key).and_modify(|last| *last += 1).or_insert(1) };
        let stratum = info.get(key).and_then(|info| info.stratum);
        let enrolled = What::Enrolled { stratum, is_assumed: registered.is_none() };
        out.push(DayEvent { day: start.plus(registered.unwrap_or(0)), presentation, student: Some(student), ordinal, what: enrolled });
        if let Some(day) = unregistered {
            out.push(DayEvent { day: start.plus(*day), presentation, student: Some(student), ordinal, what: What::Withdrew });
        }
    }
    for (&(presentation, student), _) in info.iter().filter(|(_, info)| info.passed) {
        let run = presentations.get(presentation);
        match run.length_days {
            Some(length) => {
                summary.completions += 1;
                out.push(DayEvent { day: run.start.plus(length), presentation, student: Some(student), ordinal: 1, what: What::Completed });
            }
            None => summary.completions_without_length += 1,
        }
    }
}

/// Prior education as a class; the scale is OULAD's own.
fn stratum_of(highest_education: &str) -> Option<u8> {
    match highest_education {
        "No Formal quals" => Some(0),
        "Lower Than A Level" => Some(1),
        "A Level or Equivalent" => Some(2),
        "HE Qualification" => Some(3),
        "Post Graduate Qualification" => Some(4),
        _ => None,
    }
}
