//! [`Rows`] as Arrow arrays: one copy of each buffer, no work for each value.

use arrow::array::{ArrayRef, BinaryArray, BooleanArray, BooleanBufferBuilder, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{ArrowNativeType, DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use std::sync::Arc;
use teachback_core::table::rows::Values;
use teachback_core::table::{Column, Kind, Rows, TableContract};

/// The Arrow schema of a table.
pub(super) fn schema(contract: &TableContract) -> SchemaRef {
    let fields: Vec<Field> =
        contract.columns.iter().map(|column| Field::new(column.name, data_type(column.kind), !contract.key.contains(&column.name))).collect();
    Arc::new(Schema::new(fields))
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text => DataType::Utf8,
        Kind::Integer => DataType::Int64,
        Kind::Number => DataType::Float64,
        Kind::Flag => DataType::Boolean,
        // Without a zone, meaning UTC: with one, readers shift what they show, and DuckDB's Python client asks for pytz.
        Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, None),
        Kind::Bytes => DataType::Binary,
    }
}

/// Rows as one batch of the schema.
pub(super) fn batch(schema: SchemaRef, rows: &Rows) -> Result<RecordBatch, ArrowError> {
    let columns = rows.columns().iter().zip(rows.contract().columns).map(|(column, contract)| array(column, contract.kind, rows.len()));
    RecordBatch::try_new(schema, columns.collect::<Result<_, _>>()?)
}

/// A column as an array of so many rows; behind its end it has no value.
fn array(column: &Column, kind: Kind, rows: usize) -> Result<ArrayRef, ArrowError> {
    let complete = column.valid.len() == rows && !column.valid.contains(&false);
    let nulls = (!complete).then(|| NullBuffer::from(flags(&column.valid, rows)));
    Ok(match (&column.values, kind) {
        (Values::Variable { bytes, ends }, kind) => {
            let ends = OffsetBuffer::new(padded(ends, rows + 1, bytes.len() as i32));
            let bytes = Buffer::from_slice_ref(bytes);
            if kind == Kind::Text { Arc::new(StringArray::try_new(ends, bytes, nulls)?) } else { Arc::new(BinaryArray::try_new(ends, bytes, nulls)?) }
        }
        (Values::Integers(values), Kind::Time) => Arc::new(TimestampMicrosecondArray::try_new(padded(values, rows, 0), nulls)?),
        (Values::Integers(values), _) => Arc::new(Int64Array::try_new(padded(values, rows, 0), nulls)?),
        (Values::Numbers(values), _) => Arc::new(Float64Array::try_new(padded(values, rows, 0.0), nulls)?),
        (Values::Flags(values), _) => Arc::new(BooleanArray::new(flags(values, rows), nulls)),
    })
}

/// A copy of so many values, the missing ones filled in.
fn padded<T: ArrowNativeType>(values: &[T], length: usize, missing: T) -> ScalarBuffer<T> {
    let mut copy = Vec::with_capacity(length);
    copy.extend_from_slice(values);
    copy.resize(length, missing);
    ScalarBuffer::from(copy)
}

/// So many flags, the missing ones unset.
fn flags(flags: &[bool], length: usize) -> BooleanBuffer {
    let mut bits = BooleanBufferBuilder::new(length);
    bits.append_slice(flags);
    bits.append_n(length - flags.len(), false);
    bits.finish()
}
