//! The rows of the table: columns found by name, fields read with their place.
//!
//! Invariants: fields are trimmed and an empty one is absent; what is read fits into an outline.

use super::{LIST_SEPARATOR, OutlineError, What};
use teachback_core::limits::{IDENTIFIER_BYTES_MAX, POSITION_SECONDS_MAX, SCORE_MAX};
use teachback_core::time::{Day, EventTime};

/// Longest text of a field, bytes.
const TEXT_BYTES_MAX: usize = 4096;
/// Most words of a content.
const WORDS_MAX: u32 = u32::MAX;

/// Every column that is read; the second of a pair is another name of the first.
const COLUMNS: [&str; 21] = [
    "course",
    "module",
    "module_title",
    "due",
    "kind",
    "id",
    "content",
    "title",
    "content_title",
    "content_type",
    "length_s",
    "words",
    "content_version",
    "linked_items",
    "assessment",
    "key",
    "options",
    "max_score",
    "course_title",
    "course_version",
    "provider",
];

/// What a row describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A content.
    Content,
    /// An assessment.
    Assessment,
    /// A question of an assessment.
    Item,
}

/// A table that is being read.
pub(super) struct Rows<'t> {
    reader: csv::Reader<&'t [u8]>,
    columns: Vec<(&'static str, usize)>,
    record: csv::StringRecord,
}

impl<'t> Rows<'t> {
    /// Reads the first line.
    pub(super) fn new(table: &'t [u8]) -> Result<Self, OutlineError> {
        let table = table.strip_prefix("\u{feff}".as_bytes()).unwrap_or(table);
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(table);
        let header = reader.headers().map_err(explain)?;
        let mut columns = Vec::new();
        for column in COLUMNS {
            let mut places = header.iter().enumerate().filter(|(_, name)| *name == column).map(|(place, _)| place);
            columns.extend(places.next().map(|place| (column, place)));
            if places.next().is_some() {
                return Err(OutlineError::ColumnTwice { column });
            }
        }
        for column in ["course", "module"] {
            if !columns.iter().any(|(name, _)| *name == column) {
                return Err(OutlineError::NoColumn { column });
            }
        }
        Ok(Self { reader, columns, record: csv::StringRecord::new() })
    }

    /// The next row.
    pub(super) fn next(&mut self) -> Result<Option<Row<'_>>, OutlineError> {
        let is_row = self.reader.read_record(&mut self.record).map_err(explain)?;
        if !is_row {
            return Ok(None);
        }
        let row = Row { record: &self.record, columns: &self.columns };
        match self.columns.iter().find(|(column, _)| row.text(column).is_some_and(|text| text.len() > TEXT_BYTES_MAX)) {
            Some((column, _)) => Err(row.bad(column, What::TooLong)),
            None => Ok(Some(row)),
        }
    }
}

fn explain(error: csv::Error) -> OutlineError {
    let line = error.position().map_or(1, csv::Position::line);
    let expected = match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "expected UTF-8 text".to_owned(),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => format!("expected {expected_len} fields as in the first line, found {len}"),
        _ => "expected a line of comma-separated fields".to_owned(),
    };
    OutlineError::BadLine { line, expected }
}

/// One row.
#[derive(Debug)]
pub(super) struct Row<'a> {
    record: &'a csv::StringRecord,
    columns: &'a [(&'static str, usize)],
}

impl<'a> Row<'a> {
    /// The text of a field, if it is there.
    pub(super) fn text(&self, column: &str) -> Option<&'a str> {
        let place = self.columns.iter().find(|(name, _)| *name == column)?.1;
        self.record.get(place).filter(|text| !text.is_empty())
    }

    /// An id that must be there.
    pub(super) fn id(&self, column: &'static str) -> Result<&'a str, OutlineError> {
        self.optional_id(column)?.ok_or_else(|| self.bad(column, What::Empty))
    }

    /// An id, if it is there.
    pub(super) fn optional_id(&self, column: &'static str) -> Result<Option<&'a str>, OutlineError> {
        self.text(column).map(|id| self.safe(column, id)).transpose()
    }

    /// A list of ids.
    pub(super) fn ids(&self, column: &'static str) -> Result<Vec<String>, OutlineError> {
        self.list(column).map(|id| self.safe(column, id).map(str::to_owned)).collect()
    }

    /// The entries of a list that are not empty.
    pub(super) fn list(&self, column: &str) -> impl Iterator<Item = &'a str> {
        self.text(column).unwrap_or_default().split(LIST_SEPARATOR).map(str::trim).filter(|entry| !entry.is_empty())
    }

    /// The id of what the row describes, with its column; `None` for a module alone.
    pub(super) fn subject(&self) -> Result<Option<(&'static str, &'a str)>, OutlineError> {
        for column in ["id", "content"] {
            if let Some(id) = self.optional_id(column)? {
                return Ok(Some((column, id)));
            }
        }
        Ok(None)
    }

    /// The title of what the row describes.
    pub(super) fn title(&self) -> Option<&'a str> {
        self.text("title").or_else(|| self.text("content_title"))
    }

    /// The kind of what the row describes.
    pub(super) fn kind(&self) -> Result<Kind, OutlineError> {
        match self.text("kind") {
            None | Some("content") => Ok(Kind::Content),
            Some("assessment") => Ok(Kind::Assessment),
            Some("item") => Ok(Kind::Item),
            Some(_) => Err(self.bad("kind", What::Kind)),
        }
    }

    /// A length in seconds, if it is there.
    pub(super) fn length(&self, column: &'static str) -> Result<Option<f64>, OutlineError> {
        self.number(column, POSITION_SECONDS_MAX)
    }

    /// A score, if it is there.
    pub(super) fn score(&self, column: &'static str) -> Result<Option<f64>, OutlineError> {
        self.number(column, SCORE_MAX)
    }

    /// A count, if it is there.
    pub(super) fn count(&self, column: &'static str) -> Result<Option<u64>, OutlineError> {
        let count = self.text(column).map(|text| text.parse::<u32>().map_err(|_| self.bad(column, What::Count(WORDS_MAX))));
        count.transpose().map(|count| count.map(u64::from))
    }

    /// When something is due, as RFC 3339; a day is its end.
    pub(super) fn due(&self, column: &'static str) -> Result<Option<String>, OutlineError> {
        let Some(text) = self.text(column) else { return Ok(None) };
        let time = Day::parse(text).map(|day| day.end()).or_else(|| EventTime::parse(text));
        time.map(|time| Some(time.to_string())).ok_or_else(|| self.bad(column, What::Time))
    }

    /// The error for a field.
    pub(super) fn bad(&self, column: &'static str, what: What) -> OutlineError {
        OutlineError::BadField { line: self.line(), column, what }
    }

    /// The line of the row, from 1.
    pub(super) fn line(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line)
    }

    fn number(&self, column: &'static str, max: f64) -> Result<Option<f64>, OutlineError> {
        let Some(text) = self.text(column) else { return Ok(None) };
        let number = text.parse().ok().filter(|number| (0.0..=max).contains(number));
        number.map(Some).ok_or_else(|| self.bad(column, What::Number(max as u32)))
    }

    /// The rule of core for identifiers.
    fn safe(&self, column: &'static str, id: &'a str) -> Result<&'a str, OutlineError> {
        let is_bad = id.len() > IDENTIFIER_BYTES_MAX || id.contains(char::is_control) || id == ".." || id.contains("../") || id.contains("..\\");
        if is_bad { Err(self.bad(column, What::BadId)) } else { Ok(id) }
    }
}
