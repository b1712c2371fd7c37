//! [`Rows`] as Arrow arrays: one copy of each buffer, no work for each value.

use arrow::array::{ArrayRef, BinaryArray, BooleanArray, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray, new_null_array};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use std::sync::Arc;
use teachback_core::table::rows::Values;
use teachback_core::table::{Column, ColumnContract, Kind, Rows, TableContract};

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

/// Complete rows as one batch of the schema.
pub(super) fn batch(schema: SchemaRef, rows: &Rows) -> Result<RecordBatch, ArrowError> {
    let array = |(column, contract): (&Column, &ColumnContract)| {
        if column.valid.is_empty() { Ok(new_null_array(&data_type(contract.kind), rows.len())) } else { array(column, contract.kind) }
    };
    let columns = rows.columns().iter().zip(rows.contract().columns).map(array);
    RecordBatch::try_new(schema, columns.collect::<Result<_, _>>()?)
}

fn array(column: &Column, kind: Kind) -> Result<ArrayRef, ArrowError> {
    let nulls = column.valid.contains(&false).then(|| NullBuffer::from(BooleanBuffer::from(column.valid.as_slice())));
    Ok(match (&column.values, kind) {
        (Values::Variable { bytes, ends }, kind) => {
            let ends = OffsetBuffer::new(ScalarBuffer::from(Buffer::from_slice_ref(ends)));
            let bytes = Buffer::from_slice_ref(bytes);
            if kind == Kind::Text { Arc::new(StringArray::try_new(ends, bytes, nulls)?) } else { Arc::new(BinaryArray::try_new(ends, bytes, nulls)?) }
        }
        (Values::Integers(values), kind) => {
            let values = ScalarBuffer::from(Buffer::from_slice_ref(values));
            if kind == Kind::Time { Arc::new(TimestampMicrosecondArray::try_new(values, nulls)?) } else { Arc::new(Int64Array::try_new(values, nulls)?) }
        }
        (Values::Numbers(values), _) => Arc::new(Float64Array::try_new(ScalarBuffer::from(Buffer::from_slice_ref(values)), nulls)?),
        (Values::Flags(values), _) => Arc::new(BooleanArray::new(BooleanBuffer::from(values.as_slice()), nulls)),
    })
}
