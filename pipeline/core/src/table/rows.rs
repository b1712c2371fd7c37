//! Rows of a table, held by column in Arrow's memory layout (offsets and bytes for text, a validity flag per value).

use super::{Kind, TableContract};
use std::cmp::Ordering;

/// One value, as it is pushed into or read from a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// No value.
    Null,
    /// Text.
    Text(&'a str),
    /// An integer.
    Integer(i64),
    /// A number; a number that is not finite is stored as no value.
    Number(f64),
    /// A flag.
    Flag(bool),
    /// Microseconds since the epoch.
    Time(i64),
    /// Bytes.
    Bytes(&'a [u8]),
}

macro_rules! cell_from {
    ($($type:ty => |$value:ident| $cell:expr;)*) => {
        $(impl<'a> From<$type> for Cell<'a> { fn from($value: $type) -> Self { $cell } }
        impl<'a> From<Option<$type>> for Cell<'a> { fn from(value: Option<$type>) -> Self { value.map_or(Cell::Null, |$value| $cell) } })*
    };
}
cell_from! {
    &'a str => |value| Cell::Text(value);
    i64 => |value| Cell::Integer(value);
    u64 => |value| Cell::Integer(i64::try_from(value).unwrap_or(i64::MAX));
    u32 => |value| Cell::Integer(i64::from(value));
    usize => |value| Cell::Integer(i64::try_from(value).unwrap_or(i64::MAX));
    f64 => |value| Cell::Number(value);
    bool => |value| Cell::Flag(value);
    crate::time::EventTime => |value| Cell::Time(value.0);
    &'a [u8] => |value| Cell::Bytes(value);
}

/// One column of values. It may end before the table does: in the rows behind its end it has no value.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Which values are there.
    pub valid: Vec<bool>,
    /// The values; a place without a value holds a zero or an empty text.
    pub values: Values,
}

/// The values of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Text or bytes: `ends[i]` is where value `i` ends in `bytes`.
    Variable {
        /// All values one after another.
        bytes: Vec<u8>,
        /// Offsets, one more than there are values, the first 0.
        ends: Vec<i32>,
    },
    /// Integers and times.
    Integers(Vec<i64>),
    /// Numbers.
    Numbers(Vec<f64>),
    /// Flags.
    Flags(Vec<bool>),
}

impl Column {
    /// No values yet, with room for as many; how long texts will be nobody knows.
    fn with_room(kind: Kind, rows: usize) -> Self {
        let values = match kind {
            Kind::Text | Kind::Bytes => {
                let mut ends = Vec::with_capacity(rows + 1);
                ends.push(0);
                Values::Variable { bytes: Vec::new(), ends }
            }
            Kind::Integer | Kind::Time => Values::Integers(Vec::with_capacity(rows)),
            Kind::Number => Values::Numbers(Vec::with_capacity(rows)),
            Kind::Flag => Values::Flags(Vec::with_capacity(rows)),
        };
        Self { valid: Vec::with_capacity(rows), values }
    }

    #[inline]
    fn push(&mut self, cell: Cell<'_>) {
        let mut valid = true;
        match (&mut self.values, cell) {
            (Values::Variable { bytes, ends }, Cell::Text(text)) => {
                bytes.extend_from_slice(text.as_bytes());
                ends.push(bytes.len() as i32);
            }
            (Values::Variable { bytes, ends }, Cell::Bytes(value)) => {
                bytes.extend_from_slice(value);
                ends.push(bytes.len() as i32);
            }
            (Values::Variable { bytes, ends }, _) => {
                valid = false;
                ends.push(bytes.len() as i32);
            }
            (Values::Integers(values), Cell::Integer(value) | Cell::Time(value)) => values.push(value),
            (Values::Integers(values), _) => {
                valid = false;
                values.push(0);
            }
            (Values::Numbers(values), Cell::Number(value)) if value.is_finite() => values.push(value),
            (Values::Numbers(values), _) => {
                valid = false;
                values.push(0.0);
            }
            (Values::Flags(values), Cell::Flag(value)) => values.push(value),
            (Values::Flags(values), _) => {
                valid = false;
                values.push(false);
            }
        }
        self.valid.push(valid);
    }

    /// Adds places without a value up to a number of rows.
    fn pad(&mut self, rows: usize) {
        if self.valid.len() >= rows {
            return;
        }
        self.valid.resize(rows, false);
        match &mut self.values {
            Values::Variable { bytes, ends } => ends.resize(rows + 1, bytes.len() as i32),
            Values::Integers(values) => values.resize(rows, 0),
            Values::Numbers(values) => values.resize(rows, 0.0),
            Values::Flags(values) => values.resize(rows, false),
        }
    }

    /// The value at a place, given the column's type.
    #[must_use]
    pub fn cell(&self, row: usize, kind: Kind) -> Cell<'_> {
        if self.valid.get(row) != Some(&true) {
            return Cell::Null;
        }
        match (&self.values, kind) {
            (Values::Variable { bytes, ends }, kind) => {
                let value = &bytes[ends[row] as usize..ends[row + 1] as usize];
                match (kind, std::str::from_utf8(value)) {
                    (Kind::Text, Ok(text)) => Cell::Text(text),
                    _ => Cell::Bytes(value),
                }
            }
            (Values::Integers(values), Kind::Time) => Cell::Time(values[row]),
            (Values::Integers(values), _) => Cell::Integer(values[row]),
            (Values::Numbers(values), _) => Cell::Number(values[row]),
            (Values::Flags(values), _) => Cell::Flag(values[row]),
        }
    }

    /// Bytes held.
    #[must_use]
    pub fn bytes_held(&self) -> usize {
        self.valid.len()
            + match &self.values {
                Values::Variable { bytes, ends } => bytes.len() + 4 * ends.len(),
                Values::Integers(values) => 8 * values.len(),
                Values::Numbers(values) => 8 * values.len(),
                Values::Flags(values) => values.len(),
            }
    }

    fn append(&mut self, other: &Self) {
        self.valid.extend_from_slice(&other.valid);
        match (&mut self.values, &other.values) {
            (Values::Variable { bytes, ends }, Values::Variable { bytes: more, ends: more_ends }) => {
                let base = bytes.len() as i32;
                bytes.extend_from_slice(more);
                ends.extend(more_ends[1..].iter().map(|end| base + end));
            }
            (Values::Integers(values), Values::Integers(more)) => values.extend_from_slice(more),
            (Values::Numbers(values), Values::Numbers(more)) => values.extend_from_slice(more),
            (Values::Flags(values), Values::Flags(more)) => values.extend_from_slice(more),
            _ => debug_assert!(false, "columns of one contract have one type"),
        }
    }
}

/// Rows of one table.
#[derive(Debug, Clone)]
pub struct Rows {
    contract: &'static TableContract,
    columns: Vec<Column>,
}

impl Rows {
    /// No rows yet.
    #[must_use]
    pub fn new(contract: &'static TableContract) -> Self {
        Self::with_room(contract, 0)
    }

    /// No rows yet, with room for as many.
    #[must_use]
    pub fn with_room(contract: &'static TableContract, rows: usize) -> Self {
        Self { contract, columns: contract.columns.iter().map(|column| Column::with_room(column.kind, rows)).collect() }
    }

    /// The table's contract.
    #[must_use]
    pub fn contract(&self) -> &'static TableContract {
        self.contract
    }

    /// The columns, in the contract's order.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, |column| column.valid.len())
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a row. A cell of another type than its column is stored as no value; a test of every seal watches for that.
    #[inline]
    pub fn push(&mut self, cells: &[Cell<'_>]) {
        debug_assert_eq!(cells.len(), self.columns.len(), "table {}", self.contract.name);
        let row = self.len();
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.pad(row);
            column.push(*cell);
        }
    }

    /// Adds a row of which only some columns have a value, given in any order; the first column must be among them. The other
    /// columns stay as they are: most of a wide table is empty, and nothing is written for that.
    #[inline]
    pub fn push_some<'a>(&mut self, fill: impl FnOnce(&mut dyn FnMut(usize, Cell<'a>))) {
        let row = self.len();
        fill(&mut |place, cell| {
            let column = &mut self.columns[place];
            column.pad(row);
            column.push(cell);
        });
        debug_assert_eq!(self.len(), row + 1, "table {}: the first column has no value", self.contract.name);
    }

    /// Adds the rows of another part of the same table.
    pub fn append(&mut self, other: &Self) {
        debug_assert_eq!(self.contract.name, other.contract.name);
        let rows = self.len();
        for (column, more) in self.columns.iter_mut().zip(&other.columns) {
            column.pad(rows);
            column.append(more);
        }
    }

    /// The value in a row and column.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        self.columns[column].cell(row, self.contract.columns[column].kind)
    }

    /// Bytes held by all columns.
    #[must_use]
    pub fn bytes_held(&self) -> usize {
        self.columns.iter().map(Column::bytes_held).sum()
    }

    /// The same rows sorted by the table's key.
    #[must_use]
    pub fn sorted_by_key(&self) -> Self {
        let keys: Vec<usize> = self.contract.key.iter().filter_map(|name| self.contract.columns.iter().position(|column| column.name == *name)).collect();
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by(|left, right| {
            keys.iter().map(|key| compare(self.cell(*left, *key), self.cell(*right, *key))).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        });
        let mut sorted = Self::with_room(self.contract, self.len());
        for row in order {
            for (place, column) in sorted.columns.iter_mut().enumerate() {
                column.push(self.cell(row, place));
            }
        }
        sorted
    }
}

/// The order of cells of one column: no value first.
fn compare(left: Cell<'_>, right: Cell<'_>) -> Ordering {
    match (left, right) {
        (Cell::Text(left), Cell::Text(right)) => left.cmp(right),
        (Cell::Integer(left) | Cell::Time(left), Cell::Integer(right) | Cell::Time(right)) => left.cmp(&right),
        (Cell::Number(left), Cell::Number(right)) => left.total_cmp(&right),
        (Cell::Flag(left), Cell::Flag(right)) => left.cmp(&right),
        (Cell::Bytes(left), Cell::Bytes(right)) => left.cmp(right),
        (Cell::Null, Cell::Null) => Ordering::Equal,
        (Cell::Null, _) => Ordering::Less,
        (_, Cell::Null) => Ordering::Greater,
        _ => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::ColumnContract;
    use proptest::prelude::*;

    static SAMPLE: TableContract = TableContract {
        name: "sample",
        about: "A row.",
        key: &["place"],
        columns: &[
            ColumnContract::plain("place", Kind::Integer, ""),
            ColumnContract::plain("text", Kind::Text, ""),
            ColumnContract::plain("number", Kind::Number, ""),
            ColumnContract::plain("flag", Kind::Flag, ""),
        ],
    };

    type Row = (i64, Option<String>, Option<f64>, Option<bool>);

    /// Rows; of each, whether it is given without its empty cells, and whether a new part begins with it.
    fn given() -> impl Strategy<Value = Vec<(Row, bool, bool)>> {
        use proptest::option::weighted;
        let row = (any::<i64>(), weighted(0.3, "[a-z]{0,3}"), weighted(0.1, -9.0..9.0), weighted(0.05, any::<bool>()));
        proptest::collection::vec((row, any::<bool>(), proptest::bool::weighted(0.1)), 0..40)
    }

    fn cells((place, text, number, flag): &Row) -> [Cell<'_>; 4] {
        [(*place).into(), text.as_deref().into(), (*number).into(), (*flag).into()]
    }

    proptest! {
        #[test]
        fn rows_say_what_was_put_into_them_however_it_was_given(given in given()) {
            let (mut all, mut part) = (Rows::new(&SAMPLE), Rows::new(&SAMPLE));
            for (row, sparse, begins) in &given {
                if *begins {
                    all.append(&std::mem::replace(&mut part, Rows::new(&SAMPLE)));
                }
                let cells = cells(row);
                if *sparse {
                    part.push_some(|set| cells.into_iter().enumerate().filter(|(_, cell)| *cell != Cell::Null).for_each(|(place, cell)| set(place, cell)));
                } else {
                    part.push(&cells);
                }
            }
            all.append(&part);
            prop_assert_eq!(all.len(), given.len());
            for (row, (expected, _, _)) in given.iter().enumerate() {
                let found: Vec<Cell<'_>> = (0..4).map(|place| all.cell(row, place)).collect();
                prop_assert_eq!(found, cells(expected));
            }
        }
    }
}
