//! Tables as Parquet.
//!
//! The bytes of a file are a function of its rows and notes alone: rows are cut into batches of one fixed size whatever
//! calls brought them, row groups have one fixed size, nothing carries a time or a version of a library, and notes keep
//! their order. Columns of the key are required, all others optional.

mod arrays;
mod read;

pub use read::{notes, read};

use crate::limits::{PARQUET_BATCH_ROWS, PARQUET_GROUP_ROWS};
use crate::parquet::arrays::{batch, schema};
use ::parquet::arrow::ArrowWriter;
use ::parquet::arrow::arrow_writer::ArrowWriterOptions;
use ::parquet::basic::{Compression, Encoding, ZstdLevel};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties};
use ::parquet::schema::types::ColumnPath;
use arrow::compute::BatchCoalescer;
use arrow::error::ArrowError;
use bytes::Bytes;
use std::fmt;
use teachback_core::table::{ColumnContract, Kind, Rows, TableContract};
use teachback_engine::port::{Actor, PortError, TableFile, TableFormat};

/// Compression level; higher ones cost several times the time for a few per cent.
pub const ZSTD_LEVEL: i32 = 1;
/// Written into every file in place of a library's name and version.
const CREATED_BY: &str = "teachback";

/// Writes tables as Parquet, zstd-compressed but for random bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct ParquetFormat;

impl TableFormat for ParquetFormat {
    fn ending(&self) -> &'static str {
        "parquet"
    }

    fn begin(&self, contract: &'static TableContract, notes: &[(String, String)]) -> Result<Box<dyn TableFile>, PortError> {
        let schema = schema(contract);
        let options = ArrowWriterOptions::new().with_properties(properties(contract, notes)?).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(Vec::new(), schema.clone(), options).map_err(|cause| refused(contract, cause))?;
        Ok(Box::new(ParquetFile { contract, writer, batches: BatchCoalescer::new(schema, PARQUET_BATCH_ROWS) }))
    }
}

struct ParquetFile {
    contract: &'static TableContract,
    writer: ArrowWriter<Vec<u8>>,
    batches: BatchCoalescer,
}

impl fmt::Debug for ParquetFile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "ParquetFile({})", self.contract.name)
    }
}

impl ParquetFile {
    fn write_completed(&mut self) -> Result<(), PortError> {
        while let Some(batch) = self.batches.next_completed_batch() {
            self.writer.write(&batch).map_err(|cause| refused(self.contract, cause))?;
        }
        Ok(())
    }
}

impl TableFile for ParquetFile {
    fn write(&mut self, rows: &Rows) -> Result<(), PortError> {
        if rows.contract().name != self.contract.name {
            let message = format!("rows of {} do not belong into a file of {}", rows.contract().name, self.contract.name);
            return Err(PortError::new(Actor::Damage, message));
        }
        if rows.is_empty() {
            return Ok(());
        }
        let contract = self.contract;
        let batch = batch(self.batches.schema(), rows).map_err(|cause| refused(contract, cause))?;
        if rows.len() == PARQUET_BATCH_ROWS && self.batches.is_empty() {
            // It is what would be cut from it, so nothing need be copied together.
            return self.writer.write(&batch).map_err(|cause| refused(contract, cause));
        }
        self.batches.push_batch(batch).map_err(|cause| refused(contract, cause))?;
        self.write_completed()
    }

    fn finish(mut self: Box<Self>) -> Result<Bytes, PortError> {
        let contract = self.contract;
        self.batches.finish_buffered_batch().map_err(|cause| refused(contract, cause))?;
        self.write_completed()?;
        self.writer.into_inner().map(Bytes::from).map_err(|cause| refused(contract, cause))
    }
}

fn properties(contract: &TableContract, notes: &[(String, String)]) -> Result<WriterProperties, PortError> {
    let level = ZstdLevel::try_new(ZSTD_LEVEL).map_err(|cause| refused(contract, cause))?;
    let notes = notes.iter().map(|(name, value)| KeyValue::new(name.clone(), value.clone())).collect();
    let mut properties = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(PARQUET_GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_key_value_metadata(Some(notes));
    for column in contract.columns {
        let path = || ColumnPath::from(column.name);
        if ascends(column) {
            properties = properties.set_column_dictionary_enabled(path(), false).set_column_encoding(path(), Encoding::DELTA_BINARY_PACKED);
        } else if !repeats(column) {
            properties = properties.set_column_dictionary_enabled(path(), false);
        }
        if is_random(column) {
            // Lengths are packed apart from the bytes; those of fingerprints are all the same.
            properties = properties.set_column_compression(path(), Compression::UNCOMPRESSED);
            properties = properties.set_column_encoding(path(), Encoding::DELTA_LENGTH_BYTE_ARRAY);
        }
        if !narrows(contract, column) {
            properties = properties.set_column_statistics_enabled(path(), EnabledStatistics::None);
        }
    }
    Ok(properties.build())
}

/// Whether a value lies near the one before it, so that only differences are written.
fn ascends(column: &ColumnContract) -> bool {
    column.kind == Kind::Time || (column.kind == Kind::Integer && column.name == "offset")
}

/// Whether a dictionary is worth trying: values of a column that names each row, or of bytes, hardly repeat.
fn repeats(column: &ColumnContract) -> bool {
    !matches!(column.name, "id" | "digest") && !is_random(column)
}

/// Whether values are ciphertext or keyed fingerprints, which no compression makes smaller.
fn is_random(column: &ColumnContract) -> bool {
    column.kind == Kind::Bytes
}

/// Whether the least and greatest value of a page help to leave it out: of texts only those that rows are ordered or
/// searched by. For the others each value would be compared for nothing.
fn narrows(contract: &TableContract, column: &ColumnContract) -> bool {
    !matches!(column.kind, Kind::Text | Kind::Bytes) || contract.key.contains(&column.name) || matches!(column.name, "course" | "type")
}

/// The encoder refuses only what our own code did wrong: a key without a value, or text that is not UTF-8.
fn refused(contract: &TableContract, cause: impl Into<Refused>) -> PortError {
    let cause: Refused = cause.into();
    PortError { actor: Actor::Damage, message: format!("rows of table {} cannot be encoded as Parquet", contract.name), cause: Some(cause.0) }
}

struct Refused(Box<dyn std::error::Error + Send + Sync>);

impl From<ArrowError> for Refused {
    fn from(cause: ArrowError) -> Self {
        Self(Box::new(cause))
    }
}

impl From<ParquetError> for Refused {
    fn from(cause: ParquetError) -> Self {
        Self(Box::new(cause))
    }
}

#[cfg(test)]
mod tests;
