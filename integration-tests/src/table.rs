//! The published tables as the contract names them, and their exports read as text.

use std::collections::BTreeMap;

/// A published table.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// The columns that readers may rely on; a table may have more.
    pub columns: &'static [&'static str],
}

/// Every table of the contract.
pub const TABLES: &[Table] = &[
    Table {
        name: "course_quality",
        columns: &[
            "course",
            "provider",
            "learners_enrolled",
            "learners_active",
            "learners_withdrew",
            "learners_stopped_out",
            "learners_completed",
            "withdrawal_rate",
        ],
    },
    Table {
        name: "content_quality",
        columns: &["course", "content", "content_type", "module", "views", "learners_started", "learners_completed", "learners_dropped", "completion_rate"],
    },
    Table {
        name: "content_segments",
        columns: &["course", "content", "segment", "start_s", "end_s", "views", "learners_entered", "learners_dropped", "drop_rate"],
    },
    Table {
        name: "item_quality",
        columns: &[
            "course",
            "assessment",
            "item",
            "learners_answered",
            "learners_correct",
            "facility",
            "discrimination_item_rest",
            "discrimination_item_total",
            "discrimination_d27",
            "discriminative_efficiency",
        ],
    },
    Table { name: "item_options", columns: &["course", "item", "option", "is_key", "learners_chose", "mean_rest_score"] },
    Table {
        name: "assessment_quality",
        columns: &["course", "assessment", "learners_submitted", "mean_score", "sd_score", "skewness", "kurtosis", "alpha", "error_ratio", "standard_error"],
    },
    Table { name: "dropout", columns: &["course", "axis", "place", "learners_at_risk", "learners_withdrew", "learners_stopped_out", "hazard", "survival"] },
    Table { name: "course_activity", columns: &["course", "hour", "events", "learners_active", "enrolled", "withdrew"] },
    Table { name: "learner_course", columns: &["course", "learner"] },
    Table {
        name: "signals",
        columns: &[
            "signal_id",
            "code",
            "state",
            "provider",
            "course",
            "content",
            "item",
            "segment",
            "n_learners",
            "estimate",
            "baseline",
            "log10_e",
            "tier",
            "title",
            "explanation",
            "action",
            "rule_version",
            "content_version",
        ],
    },
    Table { name: AUDIT, columns: &["shard", "epoch", "read", "accepted", "duplicate", "late", "rejected"] },
];

/// The one table that tells how the work was cut into epochs; comparisons of two runs leave it aside.
pub const AUDIT: &str = "pipeline_audit";

/// One row of an export, by column name.
pub type Row = BTreeMap<String, String>;

/// The rows of a CSV export.
///
/// # Panics
/// When it is no CSV with a header.
#[must_use]
pub fn rows(export: &[u8]) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(export);
    reader.deserialize().collect::<Result<_, _>>().unwrap()
}

/// A whole number in a row.
///
/// # Panics
/// When the column is missing or holds something else.
#[must_use]
pub fn count(row: &Row, column: &str) -> u64 {
    let text = row.get(column).unwrap_or_else(|| panic!("no column {column} in {row:?}"));
    text.parse().unwrap_or_else(|_| panic!("{column} is {text:?}"))
}

/// The sum of a column.
#[must_use]
pub fn sum(rows: &[Row], column: &str) -> u64 {
    rows.iter().map(|row| count(row, column)).sum()
}
