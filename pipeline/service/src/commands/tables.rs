//! `tables`: lists the tables of a warehouse, or shows one.

use super::show;
use crate::cli::{TableFormatName, Tables};
use crate::failure::Failure;
use crate::warehouse;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use serde_json::json;
use std::io::Write;
use std::process::ExitCode;
use teachback_connectors::csv;
use teachback_core::table::TABLES;

/// Rows of a boxed table; more are counted below it.
const ROWS_SHOWN_MAX: usize = 50;

pub(crate) fn run(arguments: &Tables) -> Result<ExitCode, Failure> {
    let store = warehouse::open_existing(&arguments.warehouse)?;
    let mut out = std::io::stdout().lock();
    let printed = match &arguments.table {
        None => {
            let mut listed = Vec::new();
            for table in TABLES {
                listed.push((table, warehouse::newest(store.as_ref(), table)?));
            }
            if arguments.format == TableFormatName::Table {
                let mut boxed = Table::new();
                boxed.load_preset(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic).set_header([
                    "table",
                    "rows",
                    "as of",
                    "one row is",
                ]);
                for (table, newest) in listed {
                    let (rows, as_of) = newest.map_or_else(|| (String::new(), String::new()), |(as_of, rows)| (rows.len().to_string(), as_of.to_string()));
                    boxed.add_row([table.name, &rows, &as_of, table.about]);
                }
                writeln!(out, "{boxed}")
            } else {
                let listed: Vec<_> = listed
                    .into_iter()
                    .map(|(table, newest)| json!({"table": table.name, "rows": newest.as_ref().map(|(_, rows)| rows.len()), "as_of": newest.map(|(as_of, _)| as_of.to_string())}))
                    .collect();
                writeln!(out, "{}", serde_json::Value::Array(listed))
            }
        }
        Some(name) => {
            let (as_of, rows) = warehouse::newest_or_fail(store.as_ref(), warehouse::table_contract(name)?)?;
            match arguments.format {
                TableFormatName::Json => writeln!(out, "{}", show::json(&rows)),
                TableFormatName::Csv => {
                    csv::write(&rows, &mut out)?;
                    Ok(())
                }
                TableFormatName::Table => {
                    let hidden = rows.len().saturating_sub(ROWS_SHOWN_MAX);
                    let rest = if hidden > 0 { format!("{hidden} more rows: --format csv, or `teachback export`\n") } else { String::new() };
                    writeln!(out, "{}\n{rest}as of {as_of}", show::boxed(&rows, None, ROWS_SHOWN_MAX))
                }
            }
        }
    };
    // A reader that stops listening (`| head`) is no failure.
    printed.ok();
    Ok(ExitCode::SUCCESS)
}
