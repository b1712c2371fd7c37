//! One CSV table: columns found by name, fields read with their place, so that every error can name it.
//!
//! Invariants: a field is trimmed, and an empty one and `?` are missing; a whole number may be written `19.0`, as exports of
//! data frames do.

use super::OuladError;
use std::io;

/// Opens a file of the data set by name; `None` where there is none.
pub(super) type Opener<'a> = dyn FnMut(&str) -> io::Result<Option<Box<dyn io::Read>>> + 'a;

/// Days before or after the start of a presentation that are believed.
const DAYS_FROM_START_MAX: i64 = 10_000;
/// Bytes read at once.
const READ_BUFFER_BYTES: usize = 256 * 1024;

/// A table that is being read.
pub(super) struct Table {
    file: String,
    reader: csv::Reader<Box<dyn io::Read>>,
    header: Vec<String>,
}

/// A column, by its name and place in this file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    name: &'static str,
    place: usize,
}

/// The record that was read last.
#[derive(Debug)]
pub(super) struct Row<'a> {
    file: &'a str,
    record: &'a csv::StringRecord,
}

impl Table {
    /// Opens a table that must be there, complete or sampled.
    pub(super) fn required(table: &'static str, open: &mut Opener<'_>) -> Result<Self, OuladError> {
        Self::optional(table, open)?.ok_or(OuladError::Missing { table })
    }

    /// Opens a table, complete or sampled, if it is there.
    pub(super) fn optional(table: &'static str, open: &mut Opener<'_>) -> Result<Option<Self>, OuladError> {
        for file in [format!("{table}.csv"), format!("{table}.sample.csv")] {
            match open(&file) {
                Ok(Some(bytes)) => return Self::start(file, bytes).map(Some),
                Ok(None) => {}
                Err(source) => return Err(OuladError::Unreadable { file, source }),
            }
        }
        Ok(None)
    }

    fn start(file: String, bytes: Box<dyn io::Read>) -> Result<Self, OuladError> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).buffer_capacity(READ_BUFFER_BYTES).from_reader(bytes);
        let header = match reader.headers() {
            Ok(header) => header.iter().map(|name| name.trim_start_matches('\u{feff}').trim_matches('"').to_owned()).collect(),
            Err(error) => return Err(explain(&file, error)),
        };
        Ok(Self { file, reader, header })
    }

    /// The place of a column.
    pub(super) fn column(&self, name: &'static str) -> Result<Column, OuladError> {
        let place = self.header.iter().position(|column| column == name);
        place.map(|place| Column { name, place }).ok_or_else(|| OuladError::NoColumn { file: self.file.clone(), column: name })
    }

    /// Hands every record to `each`, in the order of the file.
    pub(super) fn for_each(mut self, mut each: impl FnMut(Row<'_>) -> Result<(), OuladError>) -> Result<(), OuladError> {
        let mut record = csv::StringRecord::new();
        loop {
            match self.reader.read_record(&mut record) {
                Ok(true) => each(Row { file: &self.file, record: &record })?,
                Ok(false) => return Ok(()),
                Err(error) => return Err(explain(&self.file, error)),
            }
        }
    }
}

fn explain(file: &str, error: csv::Error) -> OuladError {
    let line = error.position().map_or(1, csv::Position::line);
    let file = file.to_owned();
    let bad_line = |file, expected| OuladError::BadLine { file, line, expected };
    match error.into_kind() {
        csv::ErrorKind::Io(source) => OuladError::Unreadable { file, source },
        csv::ErrorKind::Utf8 { .. } => bad_line(file, "expected UTF-8 text".to_owned()),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => bad_line(file, format!("expected {expected_len} fields as in the first line, found {len}")),
        _ => bad_line(file, "expected a line of comma-separated fields".to_owned()),
    }
}

impl<'a> Row<'a> {
    /// The text of a field, if it is there.
    pub(super) fn text(&self, column: Column) -> Option<&'a str> {
        self.record.get(column.place).filter(|text| !text.is_empty() && *text != "?")
    }

    /// The text of a field that must be there.
    pub(super) fn id(&self, column: Column) -> Result<&'a str, OuladError> {
        self.text(column).ok_or_else(|| self.bad(column, "an id, the field is empty"))
    }

    /// A day from the start of the presentation, if it is there.
    pub(super) fn day(&self, column: Column) -> Result<Option<i32>, OuladError> {
        let expected = "a whole number of days from the start of the presentation, between -10000 and 10000";
        let day = self.whole(column, expected)?;
        match day {
            Some(day) if day.abs() > DAYS_FROM_START_MAX => Err(self.bad(column, expected)),
            Some(day) => Ok(Some(day as i32)),
            None => Ok(None),
        }
    }

    /// A count, if it is there.
    pub(super) fn count(&self, column: Column) -> Result<Option<u32>, OuladError> {
        let expected = "a whole number from 0 to 4294967295";
        let count = self.whole(column, expected)?;
        count.map(|count| u32::try_from(count).map_err(|_| self.bad(column, expected))).transpose()
    }

    /// A mark out of 100, if it is there.
    pub(super) fn mark(&self, column: Column) -> Result<Option<f64>, OuladError> {
        let Some(text) = self.text(column) else { return Ok(None) };
        let mark = text.parse().ok().filter(|mark| (0.0..=100.0).contains(mark));
        mark.map(Some).ok_or_else(|| self.bad(column, "a mark from 0 to 100, or nothing"))
    }

    /// The error for a field that cannot be what its column says.
    pub(super) fn bad(&self, column: Column, expected: &'static str) -> OuladError {
        let line = self.record.position().map_or(0, csv::Position::line);
        OuladError::BadField { file: self.file.to_owned(), line, column: column.name, expected }
    }

    fn whole(&self, column: Column, expected: &'static str) -> Result<Option<i64>, OuladError> {
        let Some(text) = self.text(column) else { return Ok(None) };
        let digits = text.strip_suffix(".0").unwrap_or(text);
        digits.parse().map(Some).map_err(|_| self.bad(column, expected))
    }
}
