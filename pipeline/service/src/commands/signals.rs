//! `signals`: what course teams should look at, strongest first.

use super::show;
use crate::cli::{ListFormat, Signals};
use crate::failure::Failure;
use crate::warehouse;
use std::io::Write;
use std::process::ExitCode;
use teachback_core::table::{Cell, Rows, contracts};

pub(crate) fn run(arguments: &Signals) -> Result<ExitCode, Failure> {
    let store = warehouse::open_existing(&arguments.warehouse)?;
    let (as_of, rows) = warehouse::newest_or_fail(store.as_ref(), &contracts::SIGNALS)?;
    let mut out = std::io::stdout().lock();
    let printed = match arguments.format {
        ListFormat::Json => writeln!(out, "{}", show::json(&rows)),
        ListFormat::Table => writeln!(out, "{}as of {as_of}", sentences(&rows, usize::MAX)),
    };
    // A reader that stops listening (`| head`) is no failure.
    printed.ok();
    Ok(ExitCode::SUCCESS)
}

/// The strongest signals as sentences, open ones first.
pub(crate) fn sentences(rows: &Rows, signals_max: usize) -> String {
    let column = |name: &str| rows.contract().columns.iter().position(|column| column.name == name).unwrap_or_default();
    let (code, state, title, explanation, action, strength, course, tier) =
        (column("code"), column("state"), column("title"), column("explanation"), column("action"), column("log10_e"), column("course"), column("tier"));
    let rank = |row: usize| match (rows.cell(row, state), rows.cell(row, strength)) {
        (Cell::Text("open"), Cell::Number(e)) => (0, -e),
        (_, Cell::Number(e)) => (1, -e),
        _ => (2, 0.0),
    };
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|left, right| rank(*left).0.cmp(&rank(*right).0).then(rank(*left).1.total_cmp(&rank(*right).1)));
    let text = |row: usize, column: usize| show::text(rows.cell(row, column));
    let mut sentences = String::new();
    for row in order.into_iter().take(signals_max) {
        sentences.push_str(&format!(
            "{}  {}  [{}, {}, {}]\n      {}\n      → {}\n\n",
            text(row, code),
            text(row, title),
            text(row, course),
            text(row, state),
            text(row, tier),
            text(row, explanation),
            text(row, action)
        ));
    }
    if rows.is_empty() {
        sentences.push_str("No signal: nothing is certain enough to be said.\n");
    }
    sentences
}
