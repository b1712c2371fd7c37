//! Tables as CSV (RFC 4180, lines ended by LF): a header, then one line for each row.
//!
//! No value is an empty field; empty text is `""`. Times are RFC 3339, numbers the shortest text that reads back to the
//! same number, bytes hexadecimal, flags `true` and `false`.

use std::io::{self, Write};
use teachback_core::table::{Cell, Rows};
use teachback_core::time::EventTime;
use teachback_engine::port::PortError;

/// Writes rows with a header.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(rows: &Rows, out: &mut dyn Write) -> Result<(), PortError> {
    write_lines(rows, out).map_err(|cause| PortError::external(format!("table {} cannot be written as CSV", rows.contract().name), cause))
}

fn write_lines(rows: &Rows, out: &mut dyn Write) -> io::Result<()> {
    let columns = rows.contract().columns;
    for (place, column) in columns.iter().enumerate() {
        separate(place, out)?;
        write_text(column.name, out)?;
    }
    out.write_all(b"\n")?;
    for row in 0..rows.len() {
        for place in 0..columns.len() {
            separate(place, out)?;
            write_cell(rows.cell(row, place), out)?;
        }
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn separate(place: usize, out: &mut dyn Write) -> io::Result<()> {
    if place == 0 { Ok(()) } else { out.write_all(b",") }
}

fn write_cell(cell: Cell<'_>, out: &mut dyn Write) -> io::Result<()> {
    match cell {
        Cell::Null => Ok(()),
        Cell::Text(text) => write_text(text, out),
        Cell::Integer(value) => write!(out, "{value}"),
        Cell::Number(value) => write!(out, "{value:?}"),
        Cell::Flag(value) => write!(out, "{value}"),
        Cell::Time(micros) => write!(out, "{}", EventTime(micros)),
        Cell::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(out, "{byte:02x}")),
    }
}

fn write_text(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let plain = !text.is_empty() && !text.contains([',', '"', '\n', '\r']) && text.trim() == text;
    if plain {
        return out.write_all(text.as_bytes());
    }
    out.write_all(b"\"")?;
    for (place, part) in text.split('"').enumerate() {
        if place > 0 {
            out.write_all(b"\"\"")?;
        }
        out.write_all(part.as_bytes())?;
    }
    out.write_all(b"\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use teachback_core::table::{ColumnContract, Kind, TableContract};

    static SAMPLE: TableContract = TableContract {
        name: "sample",
        about: "A row.",
        key: &[],
        columns: &[
            ColumnContract::plain("text", Kind::Text, ""),
            ColumnContract::plain("number", Kind::Number, ""),
            ColumnContract::plain("at", Kind::Time, ""),
            ColumnContract::plain("flag", Kind::Flag, ""),
            ColumnContract::plain("bytes", Kind::Bytes, ""),
        ],
    };

    #[test]
    fn every_kind_of_value_has_its_form() {
        let mut rows = Rows::new(&SAMPLE);
        rows.push(&[Cell::Text("a, \"b\"\nc"), Cell::Number(0.1), Cell::Time(1_500_000), Cell::Flag(true), Cell::Bytes(&[0, 255])]);
        rows.push(&[Cell::Text(""), Cell::Number(1e300), Cell::Null, Cell::Null, Cell::Null]);
        rows.push(&[Cell::Null, Cell::Number(2.0), Cell::Null, Cell::Flag(false), Cell::Bytes(&[])]);
        let mut out = Vec::new();
        write(&rows, &mut out).expect("writes");
        let expected = "text,number,at,flag,bytes\n\"a, \"\"b\"\"\nc\",0.1,1970-01-01T00:00:01.500Z,true,00ff\n\"\",1e300,,,\n,2.0,,false,\n";
        assert_eq!(String::from_utf8(out).expect("is text"), expected);
    }
}
