//! An import that was killed and is started again ends with the same content of its target.

use integration_tests::broker::Broker;
use integration_tests::producer;
use integration_tests::service::{Home, Running, Source, assert_same_bytes};
use integration_tests::statements::{id, statement};
use integration_tests::table::{self, AUDIT};
use integration_tests::wait;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

const STATEMENTS: u64 = 150_000;
/// As many events as the product says may be sent again.
const SENT_AGAIN_MAX: u64 = 10_000;
const DEADLINE: Duration = Duration::from_secs(120);

/// An archive in two files.
fn archive(home: &Home) -> PathBuf {
    let folder = home.path("archive");
    fs::create_dir(&folder).unwrap();
    for (name, numbers) in [("a.jsonl.zst", 0..STATEMENTS / 3), ("b.jsonl.zst", STATEMENTS / 3..STATEMENTS)] {
        let mut file = zstd::Encoder::new(fs::File::create(folder.join(name)).unwrap(), 1).unwrap();
        numbers.for_each(|number| writeln!(file, "{}", statement(number)).unwrap());
        file.finish().unwrap();
    }
    folder
}

/// The file of an import's state, once it is there.
fn state_file(state: &Path, name: &str) -> Option<PathBuf> {
    let mut imports = fs::read_dir(state).ok()?;
    imports.find_map(|import| Some(import.ok()?.path().join(name)).filter(|path| path.exists()))
}

/// Kills the import as soon as `look` sees it at some point of its work.
fn kill_at(what: &str, mut import: Running, mut look: impl FnMut() -> bool) {
    wait::until(what, DEADLINE, || (look() || import.ended()).then_some(()));
    assert!(!import.ended(), "it was killed in the middle: {what}");
    import.kill();
}

#[test]
fn into_a_file() {
    let home = Home::new();
    let archive = archive(&home).display().to_string();
    let (out, whole, state) = (home.path("out.ndjson"), home.path("whole.ndjson"), home.path("state"));
    let args = |out: &Path| {
        let words = ["import", "xapi", &archive, "--out", &out.display().to_string(), "--state", &state.display().to_string()];
        words.map(str::to_owned)
    };
    kill_at("reading", home.start(args(&out)), || state_file(&state, "lock").is_some());
    kill_at("writing", home.start(args(&out)), || state_file(&state, "sorted.json").is_some());
    assert!(!out.exists(), "a file appears whole");
    let said = home.run(args(&out)).ok().stderr;
    assert!(said.contains("going on with an import that was not finished"), "{said}");
    let _whole = home.run(args(&whole)).ok();
    assert_same_bytes("killed twice", &fs::read(&whole).unwrap(), &fs::read(&out).unwrap());
    assert_eq!(fs::read_to_string(&out).unwrap().lines().count() as u64, STATEMENTS);
    assert_eq!(fs::read_dir(&state).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn into_a_topic() {
    let Some(broker) = Broker::shared() else { return };
    let topic = broker.create_log("archive-killed", 2);
    let home = Home::new();
    let (archive, state) = (archive(&home).display().to_string(), home.path("state"));
    let args = ["import", "xapi", &archive, "--brokers", broker.bootstrap(), "--topic", &topic, "--state", &state.display().to_string()].map(str::to_owned);
    kill_at("sending", home.start(&args), || {
        let sent = state_file(&state, "sent").and_then(|path| fs::read_to_string(path).ok()).and_then(|text| text.parse::<u64>().ok());
        sent.is_some_and(|sent| sent >= SENT_AGAIN_MAX)
    });
    let _said = home.run(&args).ok();

    let messages = producer::read_committed(broker, &topic);
    let again = messages.len() as u64 - STATEMENTS;
    assert!(again <= SENT_AGAIN_MAX, "it went on from where it was: {again} were sent again");
    let ids: BTreeSet<String> = messages.iter().map(|message| id(std::str::from_utf8(message.payload.as_deref().unwrap()).unwrap())).collect();
    let expected: BTreeSet<String> = (0..STATEMENTS).map(|number| id(&statement(number))).collect();
    assert_eq!(ids, expected);

    let warehouse = home.warehouse("killed");
    warehouse.run_to_end(&Source::Topic { bootstrap: broker.bootstrap(), topic: &topic, group: "killed", signals_topic: None }, &[]);
    let audit = table::rows(&warehouse.export(AUDIT));
    let sums = ["accepted", "duplicate", "late", "rejected"].map(|column| table::sum(&audit, column));
    assert_eq!(sums, [STATEMENTS, again, 0, 0], "accepted, duplicate, late, rejected");
}
