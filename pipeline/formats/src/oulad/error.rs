//! Why the tables could not be read. Every variant names the file, and where there is one the line and the column.
//!
//! No value of a field is repeated in an error, because a misplaced column may hold personal data.

use std::io;

/// A data set that cannot be imported as it is.
#[derive(Debug, thiserror::Error)]
pub enum OuladError {
    /// A table that the import needs is absent.
    #[error("{table}.csv is missing (and so is {table}.sample.csv): put the table into the directory that is imported")]
    Missing {
        /// Name of the table.
        table: &'static str,
    },
    /// The file could not be opened or read.
    #[error("{file}: cannot be read: {source}")]
    Unreadable {
        /// Name of the file.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// The first line lacks a column.
    #[error("{file}, line 1: there is no column `{column}`: the first line must name it")]
    NoColumn {
        /// Name of the file.
        file: String,
        /// The column.
        column: &'static str,
    },
    /// A line is no CSV record of the width of the first line, or is no UTF-8.
    #[error("{file}, line {line}: {expected}")]
    BadLine {
        /// Name of the file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// What would be right.
        expected: String,
    },
    /// A field does not hold what its column says.
    #[error("{file}, line {line}, column `{column}`: expected {expected}")]
    BadField {
        /// Name of the file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// The column.
        column: &'static str,
        /// What would be right.
        expected: &'static str,
    },
    /// The outline of a presentation cannot be written as JSON.
    #[error("the outline of {subject} cannot be written: {source}")]
    Outline {
        /// The course run.
        subject: String,
        /// What the encoder said.
        source: serde_json::Error,
    },
}
