//! Tests of the Parquet format.

use super::{ParquetFormat, notes, read};
use crate::limits::{PARQUET_BATCH_ROWS, PARQUET_GROUP_ROWS};
use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use bytes::Bytes;
use teachback_core::table::{Cell, ColumnContract, Kind, Rows, TableContract};
use teachback_engine::port::TableFormat;

static SAMPLE: TableContract = TableContract {
    name: "sample",
    about: "A row.",
    key: &["id"],
    columns: &[
        ColumnContract::plain("id", Kind::Text, ""),
        ColumnContract::plain("count", Kind::Integer, ""),
        ColumnContract::plain("rate", Kind::Number, ""),
        ColumnContract::plain("flag", Kind::Flag, ""),
        ColumnContract::plain("at", Kind::Time, ""),
        ColumnContract::plain("sealed", Kind::Bytes, ""),
    ],
};
static GROWN: TableContract = TableContract {
    name: "sample",
    about: "A row of a later version.",
    key: &["id"],
    columns: &[ColumnContract::plain("new", Kind::Number, ""), ColumnContract::plain("id", Kind::Text, ""), ColumnContract::plain("at", Kind::Time, "")],
};
static RETYPED: TableContract = TableContract { name: "sample", about: "Another type.", key: &[], columns: &[ColumnContract::plain("count", Kind::Text, "")] };

fn rows(range: std::ops::Range<i64>) -> Rows {
    let mut rows = Rows::new(&SAMPLE);
    for row in range {
        let id = format!("row-{row}");
        let rate = if row % 3 == 0 { Cell::Null } else { Cell::Number(row as f64 / 7.0) };
        let bytes = row.to_be_bytes();
        let sealed = if row % 5 == 0 { Cell::Null } else { Cell::Bytes(&bytes) };
        rows.push(&[Cell::Text(&id), Cell::Integer(-row), rate, Cell::Flag(row % 2 == 0), Cell::Time(row * 1_000_001), sealed]);
    }
    rows
}

fn write(parts: &[Rows], notes: &[(String, String)]) -> Bytes {
    let mut file = ParquetFormat.begin(&SAMPLE, notes).expect("begins");
    for part in parts {
        file.write(part).expect("writes");
    }
    file.finish().expect("finishes")
}

fn sample_notes() -> Vec<(String, String)> {
    [("shard", "03"), ("clock", "2026-11-21T00:00:00Z"), ("a", "")].map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

#[test]
fn what_is_written_is_read_back() {
    let rows = rows(0..1000);
    let bytes = write(std::slice::from_ref(&rows), &sample_notes());
    let back = read(&SAMPLE, bytes.clone()).expect("reads");
    assert_eq!(back.columns(), rows.columns());
    assert_eq!(notes(bytes).expect("reads").into_iter().collect::<Vec<_>>(), {
        let mut sorted = sample_notes();
        sorted.sort();
        sorted
    });
}

#[test]
fn the_same_rows_give_the_same_bytes_however_they_come() {
    let whole = write(&[rows(0..20_000)], &sample_notes());
    let parts = write(&[rows(0..1), rows(1..1), rows(1..9_000), rows(9_000..20_000)], &sample_notes());
    assert_eq!(whole, parts);
    assert_ne!(whole, write(&[rows(0..20_000)], &[]));
}

#[test]
fn row_groups_have_one_size_and_nothing_names_a_library() {
    let bytes = write(&[rows(0..PARQUET_GROUP_ROWS as i64 + 10)], &sample_notes());
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes.clone()).expect("opens");
    let groups: Vec<i64> = builder.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
    assert_eq!(groups, [PARQUET_GROUP_ROWS as i64, 10]);
    assert_eq!(builder.metadata().file_metadata().created_by(), Some("teachback"));
    let order: Vec<&str> = builder.metadata().file_metadata().key_value_metadata().into_iter().flatten().map(|pair| pair.key.as_str()).collect();
    assert_eq!(order, ["shard", "clock", "a"]);
    assert_eq!(read(&SAMPLE, bytes).expect("reads").len(), PARQUET_GROUP_ROWS + 10);
}

#[test]
fn only_the_key_is_required() {
    let mut file = ParquetFormat.begin(&SAMPLE, &[]).expect("begins");
    let mut keyless = Rows::new(&SAMPLE);
    keyless.push(&[Cell::Null; 6]);
    assert!(file.write(&keyless).is_err());
    let mut only_key = Rows::new(&SAMPLE);
    only_key.push(&[Cell::Text("k"), Cell::Null, Cell::Null, Cell::Null, Cell::Null, Cell::Null]);
    assert_eq!(read(&SAMPLE, write(&[only_key.clone()], &[])).expect("reads").columns(), only_key.columns());
}

/// The rows of [`rows`] given cell by cell, without the empty cells.
fn sparse(range: std::ops::Range<i64>) -> Rows {
    let whole = rows(range);
    let mut few = Rows::new(&SAMPLE);
    for row in 0..whole.len() {
        few.push_some(|set| {
            (0..6).map(|column| (column, whole.cell(row, column))).filter(|(_, cell)| *cell != Cell::Null).for_each(|(column, cell)| set(column, cell))
        });
    }
    few
}

#[test]
fn rows_given_without_their_empty_cells_are_written_the_same() {
    // Row 0 lacks its rate and its bytes, so columns end early.
    for range in [0..1, 0..7, 2..11] {
        assert_eq!(write(&[sparse(range.clone())], &[]), write(&[rows(range)], &[]));
    }
}

#[test]
fn chunks_of_a_batch_give_the_bytes_of_any_other_parts() {
    let batch = PARQUET_BATCH_ROWS as i64;
    let chunks = [sparse(0..batch), sparse(batch..2 * batch), sparse(2 * batch..2 * batch + 1)];
    assert_eq!(write(&chunks, &[]), write(&[rows(0..2 * batch + 1)], &[]));
    assert_eq!(write(&chunks, &[]), write(&[rows(0..5), rows(5..2 * batch + 1)], &[]));
}

#[test]
fn an_empty_table_is_a_file_too() {
    assert_eq!(read(&SAMPLE, write(&[], &[])).expect("reads").len(), 0);
}

#[test]
fn other_versions_are_read_by_name() {
    let back = read(&GROWN, write(&[rows(0..3)], &[])).expect("reads");
    assert_eq!((back.cell(1, 0), back.cell(1, 1), back.cell(1, 2)), (Cell::Null, Cell::Text("row-1"), Cell::Time(1_000_001)));
    assert!(read(&RETYPED, write(&[rows(0..3)], &[])).is_err());
    assert!(read(&SAMPLE, Bytes::from_static(b"PAR1 not a file")).is_err());
}
