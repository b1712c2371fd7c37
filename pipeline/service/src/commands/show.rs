//! Rows for people and for programs: boxed tables and JSON.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use serde_json::{Map, Value};
use teachback_core::table::{Cell, Rows};
use teachback_core::time::EventTime;

/// Rows as a boxed table; at most `rows_max` of them.
pub(crate) fn boxed(rows: &Rows, columns: Option<&[&str]>, rows_max: usize) -> Table {
    let chosen: Vec<usize> = match columns {
        None => (0..rows.contract().columns.len()).collect(),
        Some(names) => names.iter().filter_map(|name| rows.contract().columns.iter().position(|column| column.name == *name)).collect(),
    };
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(chosen.iter().map(|column| rows.contract().columns[*column].name));
    for row in 0..rows.len().min(rows_max) {
        table.add_row(chosen.iter().map(|column| text(rows.cell(row, *column))));
    }
    table
}

/// A cell for people: numbers to four places, control characters shown as such.
pub(crate) fn text(cell: Cell<'_>) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Text(text) => text.chars().flat_map(|char| if char.is_control() { char.escape_default().collect::<Vec<_>>() } else { vec![char] }).collect(),
        Cell::Integer(value) => value.to_string(),
        Cell::Number(value) => format!("{value:.4}").trim_end_matches('0').trim_end_matches('.').to_owned(),
        Cell::Flag(value) => value.to_string(),
        Cell::Time(micros) => EventTime(micros).to_string(),
        Cell::Bytes(bytes) => format!("{} bytes", bytes.len()),
    }
}

/// Rows as a JSON array of objects; values of bytes columns are left out.
pub(crate) fn json(rows: &Rows) -> Value {
    let object = |row: usize| {
        let cells = rows.contract().columns.iter().enumerate().filter_map(|(place, column)| {
            let value = match rows.cell(row, place) {
                Cell::Null => Value::Null,
                Cell::Text(text) => Value::from(text),
                Cell::Integer(value) => Value::from(value),
                Cell::Number(value) => Value::from(value),
                Cell::Flag(value) => Value::from(value),
                Cell::Time(micros) => Value::from(EventTime(micros).to_string()),
                Cell::Bytes(_) => return None,
            };
            Some((column.name.to_owned(), value))
        });
        Value::Object(cells.collect::<Map<_, _>>())
    };
    Value::Array((0..rows.len()).map(object).collect())
}
