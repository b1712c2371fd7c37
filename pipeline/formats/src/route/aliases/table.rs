//! The alias map as a CSV table, which is right as a whole or not taken at all.
//!
//! ```text
//! space,id,alias_space,alias_id
//! openedx,42,https://lms.example.org,5ee8c1ad-…
//! ```
//! A row says that `alias_id` in `alias_space` is the learner `id` in `space`. Columns are found by name, in any order.

use super::{ALIASES_MAX, Aliases, Fault, Identity};

const COLUMNS: [&str; 4] = ["space", "id", "alias_space", "alias_id"];

/// A map that cannot be read; names line and column, no value.
#[derive(Debug, thiserror::Error)]
pub enum AliasError {
    /// The first line lacks a column.
    #[error("line 1: there is no column `{0}`; the first line must be space,id,alias_space,alias_id")]
    NoColumn(&'static str),
    /// A line is no CSV of the width of the first.
    #[error("line {line}: not as many fields as the first line has, or no UTF-8")]
    BadLine {
        /// The line, from 1.
        line: u64,
    },
    /// A field is wrong.
    #[error("line {line}, column `{column}`: {fault}")]
    BadField {
        /// The line, from 1.
        line: u64,
        /// The column.
        column: &'static str,
        /// What is wrong.
        fault: Fault,
    },
    /// There are too many.
    #[error("line {line}: more than {ALIASES_MAX} aliases")]
    TooMany {
        /// The line, from 1.
        line: u64,
    },
}

impl Aliases {
    /// Reads a table.
    ///
    /// # Errors
    /// The first line that is wrong.
    pub fn read(table: &[u8]) -> Result<Self, AliasError> {
        let mut aliases = Self::default();
        each_row(table, &mut |line, alias, learner| aliases.add(line, alias, learner))?;
        // Circles are known when all is there.
        each_row(table, &mut |line, alias, _| {
            if aliases.leads_in_a_circle(&alias) { Err(AliasError::BadField { line, column: "alias_id", fault: Fault::Cycle }) } else { Ok(()) }
        })?;
        Ok(aliases)
    }

    fn add(&mut self, line: u64, alias: Identity, learner: Identity) -> Result<(), AliasError> {
        match self.next(&alias.space, &alias.id) {
            Some(known) if *known != learner => Err(AliasError::BadField { line, column: "alias_id", fault: Fault::TwoLearners }),
            Some(_) => Ok(()),
            None if self.count >= ALIASES_MAX => Err(AliasError::TooMany { line }),
            None => {
                self.set(alias, learner);
                Ok(())
            }
        }
    }
}

/// Hands each row to `handle`: its line, the alias, and whom it stands for.
fn each_row(table: &[u8], handle: &mut dyn FnMut(u64, Identity, Identity) -> Result<(), AliasError>) -> Result<(), AliasError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(table);
    let header = reader.headers().map_err(|_| AliasError::BadLine { line: 1 })?.clone();
    let mut places = [0; COLUMNS.len()];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        *place = header.iter().position(|name| name.trim_start_matches('\u{feff}') == column).ok_or(AliasError::NoColumn(column))?;
    }
    let mut record = csv::StringRecord::new();
    loop {
        let line = reader.position().line();
        if !reader.read_record(&mut record).map_err(|_| AliasError::BadLine { line })? {
            return Ok(());
        }
        let line = record.position().map_or(line, csv::Position::line);
        let bad = |(column, fault)| AliasError::BadField { line, column, fault };
        let [space, id, alias_space, alias_id] = places.map(|place| record.get(place).unwrap_or_default());
        let learner = Identity::checked(space, id, ["space", "id"]).map_err(bad)?;
        let alias = Identity::checked(alias_space, alias_id, ["alias_space", "alias_id"]).map_err(bad)?;
        handle(line, alias, learner)?;
    }
}
