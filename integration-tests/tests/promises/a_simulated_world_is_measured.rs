//! A simulated world is the same bytes for a seed, is never written over another, and is measured without a refusal.

use integration_tests::service::{Home, Outcome, Source, assert_same_bytes};
use integration_tests::table;
use std::fs;
use std::path::Path;

fn simulate(home: &Home, out: &Path, seed: &str) -> Outcome {
    let out = out.to_str().unwrap();
    home.run(["simulate", "--out", out, "--courses", "3", "--learners", "300", "--days", "20", "--modules", "3", "--world", "stress", "--seed", seed])
}

#[test]
fn a_simulated_world_is_measured() {
    let home = Home::new();
    let [first, again, other] = ["first", "again", "other"].map(|name| home.path(name));
    for (out, seed) in [(&first, "7"), (&again, "7"), (&other, "8")] {
        let _said = simulate(&home, out, seed).ok();
    }
    for name in ["events.ndjson", "truth.json"] {
        let [first, again, other] = [&first, &again, &other].map(|out| fs::read(out.join(name)).unwrap());
        assert_same_bytes(name, &first, &again);
        assert!(first != other, "{name}: another seed gives another world");
    }

    let events = fs::read_to_string(first.join("events.ndjson")).unwrap();
    let refused = simulate(&home, &first, "8");
    assert!(!refused.status.success() && refused.stderr.contains("events.ndjson is there already"), "{}", refused.told());
    assert_eq!(fs::read_to_string(first.join("events.ndjson")).unwrap(), events, "what was there stays");

    let warehouse = home.warehouse("simulated");
    warehouse.run_to_end(&Source::File(&first.join("events.ndjson")), &["--not-after", "2027-01-01T00:00:00Z"]);
    let audit = table::rows(&warehouse.export(table::AUDIT));
    assert_eq!(table::sum(&audit, "read") as usize, events.lines().count());
    assert_eq!(table::sum(&audit, "rejected"), 0);
    assert!(table::sum(&audit, "late") > 0 && table::sum(&audit, "duplicate") > 0);
}
