//! Tables: their contracts (name, key, columns, formulas) and their rows, held by column.
//!
//! [`contracts`] lists every published table once; the Parquet schema, the pages in `schemas/tables/` and the command
//! line are made from it. [`Rows`] is what seals produce: columns in the memory layout of Arrow, so that an adapter can
//! hand them to a Parquet writer without touching each value.

pub mod contracts;
pub mod rows;

pub use contracts::{TABLES, contract};
pub use rows::{Cell, Column, Rows};

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text.
    Text,
    /// Signed 64-bit integer.
    Integer,
    /// 64-bit float; never NaN or infinite.
    Number,
    /// True or false.
    Flag,
    /// Microseconds since the epoch, UTC.
    Time,
    /// Bytes.
    Bytes,
}

/// One column of a table.
#[derive(Debug, Clone, Copy)]
pub struct ColumnContract {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Its unit, or empty.
    pub unit: &'static str,
    /// What it means, with its formula.
    pub meaning: &'static str,
    /// Where the formula comes from, or empty.
    pub source: &'static str,
}

impl ColumnContract {
    /// A column that has neither a unit nor a formula.
    #[must_use]
    pub const fn plain(name: &'static str, kind: Kind, meaning: &'static str) -> Self {
        Self { name, kind, unit: "", meaning, source: "" }
    }
}

/// One table.
#[derive(Debug, Clone, Copy)]
pub struct TableContract {
    /// Its name, also its folder.
    pub name: &'static str,
    /// What one row is.
    pub about: &'static str,
    /// The leading columns that name a row; rows are unique and sorted by them.
    pub key: &'static [&'static str],
    /// Its columns in order.
    pub columns: &'static [ColumnContract],
}
