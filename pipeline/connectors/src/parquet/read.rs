//! Parquet files of ours, read back into [`Rows`].

use ::parquet::arrow::ProjectionMask;
use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use ::parquet::errors::ParquetError;
use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use std::collections::BTreeMap;
use teachback_core::table::{Cell, Kind, Rows, TableContract};
use teachback_engine::port::{Actor, PortError};

/// The rows of a file, by the names of the contract's columns: further columns are ignored, absent ones have no values.
///
/// # Errors
/// When the bytes are no Parquet file, or a column has another type than the contract says.
pub fn read(contract: &'static TableContract, bytes: Bytes) -> Result<Rows, PortError> {
    let builder = open(contract.name, bytes)?;
    let schema = builder.parquet_schema();
    let wanted = contract.columns.iter().map(|column| column.name).filter(|name| schema.columns().iter().any(|column| column.path().string() == **name));
    let mask = ProjectionMask::columns(schema, wanted);
    let mut rows = Rows::new(contract);
    for batch in builder.with_projection(mask).build().map_err(|cause| damaged(contract.name, cause))? {
        append(&mut rows, &batch.map_err(|cause| damaged(contract.name, cause.into()))?)?;
    }
    Ok(rows)
}

/// The notes in a file's footer.
///
/// # Errors
/// When the bytes are no Parquet file.
pub fn notes(bytes: Bytes) -> Result<BTreeMap<String, String>, PortError> {
    let builder = open("any table", bytes)?;
    let pairs = builder.metadata().file_metadata().key_value_metadata();
    Ok(pairs.into_iter().flatten().map(|pair| (pair.key.clone(), pair.value.clone().unwrap_or_default())).collect())
}

fn open(table: &str, bytes: Bytes) -> Result<ParquetRecordBatchReaderBuilder<Bytes>, PortError> {
    ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(|cause| damaged(table, cause))
}

fn damaged(table: &str, cause: ParquetError) -> PortError {
    PortError {
        actor: Actor::Damage,
        message: format!("a Parquet file of {table} cannot be read; it is damaged or not of teachback"),
        cause: Some(Box::new(cause)),
    }
}

/// One column of a batch, as the type that the contract names.
enum Values<'a> {
    Absent,
    Text(&'a arrow::array::StringArray),
    Bytes(&'a arrow::array::BinaryArray),
    Integer(&'a [i64], &'a dyn Array),
    Time(&'a [i64], &'a dyn Array),
    Number(&'a [f64], &'a dyn Array),
    Flag(&'a arrow::array::BooleanArray),
}

impl<'a> Values<'a> {
    fn of(array: &'a dyn Array, kind: Kind) -> Option<Self> {
        match (kind, array.data_type()) {
            (Kind::Text, DataType::Utf8) => Some(Self::Text(array.as_string())),
            (Kind::Bytes, DataType::Binary) => Some(Self::Bytes(array.as_binary())),
            (Kind::Integer, DataType::Int64) => Some(Self::Integer(array.as_primitive::<Int64Type>().values(), array)),
            (Kind::Time, DataType::Timestamp(TimeUnit::Microsecond, _)) => Some(Self::Time(array.as_primitive::<TimestampMicrosecondType>().values(), array)),
            (Kind::Number, DataType::Float64) => Some(Self::Number(array.as_primitive::<Float64Type>().values(), array)),
            (Kind::Flag, DataType::Boolean) => Some(Self::Flag(array.as_boolean())),
            _ => None,
        }
    }

    fn cell(&self, row: usize) -> Cell<'a> {
        match self {
            Self::Absent => Cell::Null,
            Self::Text(array) if array.is_valid(row) => Cell::Text(array.value(row)),
            Self::Bytes(array) if array.is_valid(row) => Cell::Bytes(array.value(row)),
            Self::Integer(values, array) if array.is_valid(row) => Cell::Integer(values[row]),
            Self::Time(values, array) if array.is_valid(row) => Cell::Time(values[row]),
            Self::Number(values, array) if array.is_valid(row) => Cell::Number(values[row]),
            Self::Flag(array) if array.is_valid(row) => Cell::Flag(array.value(row)),
            Self::Text(_) | Self::Bytes(_) | Self::Integer(..) | Self::Time(..) | Self::Number(..) | Self::Flag(_) => Cell::Null,
        }
    }
}

fn append(rows: &mut Rows, batch: &RecordBatch) -> Result<(), PortError> {
    let contract = rows.contract();
    let mut columns = Vec::with_capacity(contract.columns.len());
    for column in contract.columns {
        columns.push(match batch.column_by_name(column.name) {
            None => Values::Absent,
            Some(array) => Values::of(array.as_ref(), column.kind).ok_or_else(|| {
                let found = array.data_type();
                PortError::new(Actor::Damage, format!("column {} of a Parquet file of {} is {found}, expected {:?}", column.name, contract.name, column.kind))
            })?,
        });
    }
    let mut cells = vec![Cell::Null; columns.len()];
    for row in 0..batch.num_rows() {
        for (cell, column) in cells.iter_mut().zip(&columns) {
            *cell = column.cell(row);
        }
        rows.push(&cells);
    }
    Ok(())
}
