//! Old records of a chain are folded: their number stays bounded, and the audit still vouches for every file and number.

use integration_tests::service::{Home, Source, Warehouse, files_below};
use integration_tests::table;
use serde_json::json;
use std::fmt::Write;
use std::fs;

/// Midnight of 2025-01-06, and the days of the first run and of the second.
const BEGIN: i64 = 1_736_121_600;
const DAYS: [i64; 2] = [260, 20];
/// Records that stay: what `pipeline_audit` shows one by one, the last record of the run and the takeover of the next.
const RECORDS_MAX: usize = 130;
/// Records that are not worth a new anchor yet.
const WAITING_MAX: usize = 64;

#[test]
fn a_long_run_keeps_few_records() {
    let home = Home::new();
    let input = home.path("long.ndjson");
    let warehouse = home.warehouse("long");
    fs::write(&input, days(0, DAYS[0])).unwrap();
    warehouse.run_to_end(&Source::File(&input), &[]);
    assert_eq!(judge(&warehouse, DAYS[0]), 0, "the snapshot of the end is taken before records are folded");

    let rest = days(DAYS[0], DAYS[0] + DAYS[1]);
    fs::write(&input, [fs::read_to_string(&input).unwrap(), rest].concat()).unwrap();
    for _ in 0..3 {
        // The second and third time there is nothing new.
        warehouse.run_to_end(&Source::File(&input), &[]);
        let folded = judge(&warehouse, DAYS[0] + DAYS[1]);
        assert!(folded as i64 > DAYS[0] - RECORDS_MAX as i64, "{folded} days folded");
    }

    // The oldest records are long gone, yet a file they vouched for cannot change unnoticed.
    let lake = files_below(&warehouse.path().join("lake/events"));
    let bytes = fs::read(&lake[0]).unwrap();
    for harm in [Some(&bytes[1..]), None] {
        match harm {
            Some(bytes) => fs::write(&lake[0], bytes).unwrap(),
            None => fs::remove_file(&lake[0]).unwrap(),
        }
        let outcome = warehouse.command(&["audit"], &[]);
        assert!(!outcome.status.success() && outcome.stdout.contains("lake/events/date=2025-01-06/"), "{}", outcome.told());
    }
}

/// The audit finds nothing wrong, the records are few, and every event stands in one row of `pipeline_audit`; gives the
/// number of its rows that stand for a day.
fn judge(warehouse: &Warehouse<'_>, days: i64) -> usize {
    warehouse.assert_audited();
    let records = files_below(&warehouse.path().join("_teachback/checkpoints")).len();
    assert!(records <= RECORDS_MAX + WAITING_MAX, "{records} records");
    let audit = table::rows(&warehouse.export(table::AUDIT));
    assert_eq!([table::sum(&audit, "accepted"), table::sum(&audit, "rejected")].map(|sum| sum as i64), [days * 2, days / 10]);
    let rejected = warehouse.command(&["rejected", "list"], &["--format", "json"]).ok().json_rows();
    assert_eq!(rejected.len() as i64, days / 10, "refused messages of folded records are listed, too");
    audit.iter().filter(|row| row["kind"] == "day").count()
}

/// Two enrolments on each day, and on every tenth a line that is no event.
fn days(from: i64, to: i64) -> String {
    let mut lines = String::new();
    for day in from..to {
        for hour in [6, 18] {
            let time = jiff::Timestamp::from_second(BEGIN + day * 86_400 + hour * 3600).unwrap();
            let event = json!({
                "specversion": "1.0", "id": format!("{day}-{hour}"), "source": "https://lms.example.org", "subject": "course-v1:Org+Long+2025",
                "type": "learning.enrollment.created.v1", "time": time.to_string(), "data": {"learner": format!("learner-{day}-{hour}")},
            });
            writeln!(lines, "{event}").unwrap();
        }
        if day % 10 == 9 {
            lines.push_str("no event\n");
        }
    }
    lines
}
