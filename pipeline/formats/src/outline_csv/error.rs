//! Why a table is no outline. Every error about a row names line and column, none repeats a value.

/// A table that cannot be read as outlines.
#[derive(Debug, thiserror::Error)]
pub enum OutlineError {
    /// The first line lacks a column.
    #[error("line 1: there is no column `{column}`: the first line must name it")]
    NoColumn {
        /// The column.
        column: &'static str,
    },
    /// The first line names a column twice.
    #[error("line 1: the column `{column}` is named twice")]
    ColumnTwice {
        /// The column.
        column: &'static str,
    },
    /// A line is no CSV record of the width of the first line, or is no UTF-8.
    #[error("line {line}: {expected}")]
    BadLine {
        /// The line, from 1.
        line: u64,
        /// What would be right.
        expected: String,
    },
    /// A field does not hold what its column says.
    #[error("line {line}, column `{column}`: {what}")]
    BadField {
        /// The line, from 1.
        line: u64,
        /// The column.
        column: &'static str,
        /// What is wrong with it.
        what: What,
    },
    /// An outline is longer than a message may be.
    #[error("line {line}: the outline of this course is longer than {bytes_max} bytes of JSON; shorten titles or leave some away")]
    TooLarge {
        /// The first line of the course.
        line: u64,
        /// The longest that may be.
        bytes_max: usize,
    },
    /// An outline cannot be written as JSON.
    #[error("the outline cannot be written: {source}")]
    Encode {
        /// What the encoder said.
        source: serde_json::Error,
    },
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum What {
    /// It is empty.
    #[error("the field is empty, expected an id")]
    Empty,
    /// It is too long to be an id, or holds a control character or a parent path.
    #[error("expected an id of at most 1024 bytes, without control characters and `../`")]
    BadId,
    /// It is too long.
    #[error("expected a text of at most 4096 bytes")]
    TooLong,
    /// It is none of the kinds.
    #[error("expected `content`, `assessment`, `item` or nothing")]
    Kind,
    /// It is no number in its range.
    #[error("expected a number from 0 to {0}")]
    Number(u32),
    /// It is no whole number in its range.
    #[error("expected a whole number from 0 to {0}")]
    Count(u32),
    /// It is no time.
    #[error("expected a day (2026-03-08) or a time with an offset (2026-03-08T12:00:00Z)")]
    Time,
    /// It stands in the course already.
    #[error("this id stands in the course already")]
    Twice,
    /// There is no assessment for the item.
    #[error("an item needs an assessment in a line above it, or in the column `assessment`")]
    ItemWithoutAssessment,
    /// The key is not among the options.
    #[error("the key is none of the `options`")]
    KeyIsNoOption,
    /// The course has more than an outline may hold.
    #[error("the course has too many {0}")]
    TooMany(&'static str),
}
