//! Holds the tables that are made against the names that readers rely on.

use teachback_core::table::{Kind, contract};

/// The first promise: these tables with these columns. More may come; none of these goes.
const PROMISED: &str = "
course_quality      course, provider, learners_enrolled, learners_active, learners_withdrew, learners_stopped_out, learners_completed, withdrawal_rate
content_quality     course, content, content_type, module, views, learners_started, learners_completed, learners_dropped, completion_rate
content_segments    course, content, segment, start_s, end_s, views, learners_entered, learners_dropped, drop_rate
item_quality        course, assessment, item, learners_answered, learners_correct, facility, discrimination_item_rest, discrimination_item_total, discrimination_d27, discriminative_efficiency
item_options        course, item, option, is_key, learners_chose, mean_rest_score
assessment_quality  course, assessment, learners_submitted, mean_score, sd_score, skewness, kurtosis, alpha, error_ratio, standard_error
dropout             course, axis, place, learners_at_risk, learners_withdrew, learners_stopped_out, hazard, survival
course_activity     course, hour, events, learners_active, enrolled, withdrew
signals             signal_id, code, state, provider, course, content, item, segment, n_learners, estimate, baseline, log10_e, tier, title, explanation, action, rule_version, content_version
pipeline_audit      shard, epoch, read, accepted, duplicate, late, rejected
";

/// Rates and correlations that are published with an interval.
const WITH_INTERVAL: &[(&str, &[&str])] = &[
    ("course_quality", &["withdrawal_rate"]),
    ("content_quality", &["completion_rate"]),
    ("content_segments", &["drop_rate"]),
    ("item_quality", &["facility", "discrimination_item_rest"]),
    ("dropout", &["hazard", "survival"]),
    ("signals", &["estimate"]),
];

fn has_column(table: &str, column: &str) -> bool {
    contract(table).is_some_and(|contract| contract.columns.iter().any(|known| known.name == column))
}

#[test]
fn promised_tables_have_their_promised_columns() {
    for line in PROMISED.trim().lines() {
        let (table, columns) = line.split_once(' ').expect("a table and its columns");
        for column in columns.split(',').map(str::trim) {
            assert!(has_column(table, column), "{table}.{column}");
        }
    }
}

#[test]
fn rates_stand_between_the_ends_of_their_intervals() {
    for (table, columns) in WITH_INTERVAL {
        for end in columns.iter().flat_map(|column| [format!("{column}_lo"), format!("{column}_hi")]) {
            assert!(has_column(table, &end), "{table}.{end}");
        }
    }
}

#[test]
fn every_rate_column_has_its_interval() {
    for table in teachback_core::table::TABLES {
        for column in table.columns.iter().filter(|column| column.kind == Kind::Number && column.name.ends_with("_rate")) {
            assert!(has_column(table.name, &format!("{}_lo", column.name)), "{}.{}", table.name, column.name);
            assert!(has_column(table.name, &format!("{}_hi", column.name)), "{}.{}", table.name, column.name);
        }
    }
}
