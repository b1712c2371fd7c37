//! `export`: one table as one plain file, rows sorted by key. The same content gives the same bytes.

use crate::cli::Export;
use crate::failure::Failure;
use crate::warehouse;
use std::process::ExitCode;
use teachback_connectors::csv;
use teachback_connectors::parquet::ParquetFormat;
use teachback_engine::writer::encode;

pub(crate) fn run(arguments: &Export) -> Result<ExitCode, Failure> {
    let store = warehouse::open_existing(&arguments.warehouse)?;
    let (_, rows) = warehouse::newest_or_fail(store.as_ref(), warehouse::table_contract(&arguments.table)?)?;
    let bytes = match arguments.out.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => {
            let mut bytes = Vec::new();
            csv::write(&rows, &mut bytes)?;
            bytes
        }
        Some("parquet") => encode(&ParquetFormat, rows.contract(), [&rows], &[])?.to_vec(),
        _ => return Err(Failure::new(format!("{} ends in neither .csv nor .parquet", arguments.out.display()), "name the file table.parquet or table.csv")),
    };
    warehouse::write_file(&arguments.out, &bytes)?;
    tracing::info!(rows = rows.len(), file = %arguments.out.display(), "exported");
    Ok(ExitCode::SUCCESS)
}
