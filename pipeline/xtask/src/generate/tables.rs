//! `schemas/tables/<table>.md`: one page per published table, and a README that lists them.

use super::Made;
use teachback_core::table::{ColumnContract, Kind, TABLES, TableContract};

pub(super) const FOLDER: &str = "schemas/tables";
pub(super) const SUFFIX: &str = ".md";

const GENERATED_BY: &str = "<!-- Made by `cargo xtask generate` from pipeline/core/src/table/contracts.rs; edit that file. -->";

/// The pages of all tables and their list.
pub(super) fn pages() -> Vec<Made> {
    let pages = TABLES.iter().map(|table| Made { path: format!("{FOLDER}/{}{SUFFIX}", table.name), text: page(table) });
    std::iter::once(Made { path: format!("{FOLDER}/README.md"), text: list() }).chain(pages).collect()
}

fn list() -> String {
    let mut text = format!(
        "{GENERATED_BY}\n\n# Tables\n\n\
         Each table is a row of snapshots, `tables/<table>/as_of=<time>/…parquet` (zstd). A snapshot appears whole, holds each key once\n\
         and never changes; `tables/LATEST` names the newest, `tables/views.sql` has a DuckDB view on each table. `as_of` is a column\n\
         of the folder names, so a trend is a plain query over all snapshots.\n\n\
         These names are a contract: columns are added, never renamed and never given another meaning. A rate stands between `_lo`\n\
         and `_hi`, the ends of its interval, and beside the number of learners it is made of. A number that cannot be worked out\n\
         (nothing to divide by, no key known) is null, never 0 and never NaN.\n\n\
         | table | one row is | key |\n|---|---|---|\n"
    );
    for table in TABLES {
        text += &format!("| [`{0}`]({0}.md) | {1} | {2} |\n", table.name, cell(table.about), key(table));
    }
    text
}

fn page(table: &TableContract) -> String {
    let mut text = format!(
        "{GENERATED_BY}\n\n# {}\n\n{}\n\nKey: {}. Rows are unique and sorted by it.\n\n\
         | column | type | unit | meaning and formula | source |\n|---|---|---|---|---|\n",
        table.name,
        table.about,
        key(table)
    );
    for column in table.columns {
        text += &row(column);
    }
    text
}

fn row(column: &ColumnContract) -> String {
    format!("| `{}` | {} | {} | {} | {} |\n", column.name, parquet_type(column.kind), cell(column.unit), cell(column.meaning), cell(column.source))
}

fn key(table: &TableContract) -> String {
    table.key.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The type as a reader of Parquet sees it.
fn parquet_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "string",
        Kind::Integer => "int64",
        Kind::Number => "double",
        Kind::Flag => "boolean",
        Kind::Time => "timestamp (µs, UTC)",
        Kind::Bytes => "binary",
    }
}

/// Text that stays in its cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_a_page_and_every_key_is_a_column() {
        assert_eq!(pages().len(), TABLES.len() + 1);
        for table in TABLES {
            for name in table.key {
                assert!(table.columns.iter().any(|column| column.name == *name), "{}.{name}", table.name);
            }
        }
    }

    #[test]
    fn a_bar_does_not_break_a_row() {
        let column = ColumnContract::plain("x", Kind::Number, "|a|");
        assert_eq!(row(&column), "| `x` | double |  | \\|a\\| |  |\n");
    }
}
