//! `kill -9` at any moment changes nothing that anyone can see afterwards.
//!
//! `TEACHBACK_TEST_KILLS` raises the number of kills, `TEACHBACK_TEST_SEED` moves them.

use integration_tests::broker::Broker;
use integration_tests::events::{Rng, World};
use integration_tests::producer;
use integration_tests::service::{Exports, Home, Source, Warehouse, assert_same_bytes, assert_same_exports};
use integration_tests::signals::{self, Published};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// All that a run leaves behind, the history of its epochs aside.
struct Left {
    exports: Exports,
    day_cuts: BTreeMap<String, Vec<u8>>,
    published: BTreeSet<Published>,
}

#[test]
fn killed_anywhere_exports_are_identical() {
    let Some(broker) = Broker::shared() else { return };
    let kills = number("TEACHBACK_TEST_KILLS", 20);
    let seed = number("TEACHBACK_TEST_SEED", 20_250_106);
    eprintln!("{kills} kills, TEACHBACK_TEST_SEED={seed}");
    let topic = broker.create_log("killed", 4);
    producer::send_events(broker, &topic, &World::past(3, 8, 200).events());
    let home = Home::new();

    let undisturbed = home.warehouse("undisturbed");
    let signals_topic = broker.create_topic("killed-signals", 1, &[]);
    let begin = Instant::now();
    undisturbed.run_to_end(&source(broker, &topic, "undisturbed", &signals_topic), &[]);
    let usual = begin.elapsed();
    let expected = left(broker, &undisturbed, &signals_topic);
    assert!(!expected.published.is_empty(), "the planted defects give signals");

    let mut rng = Rng::new(seed);
    let mut delivered = 0;
    for round in 0.. {
        if delivered >= kills {
            break;
        }
        let name = format!("killed-{round}");
        let warehouse = home.warehouse(&name);
        let signals_topic = broker.create_topic("killed-signals", 1, &[]);
        let source = source(broker, &topic, &name, &signals_topic);
        let killed = run_through_kills(&home, &warehouse, &source, &mut rng, usual, kills - delivered);
        delivered += killed;
        assert!(round < kills || delivered > 0, "a run of {usual:?} is too short to be killed");

        let what = format!("round {round}, killed {killed} times");
        let found = left(broker, &warehouse, &signals_topic);
        assert_same_exports(&what, &expected.exports, &found.exports);
        assert_eq!(expected.day_cuts.keys().collect::<Vec<_>>(), found.day_cuts.keys().collect::<Vec<_>>(), "{what}: snapshots of midnights");
        for (name, bytes) in &expected.day_cuts {
            assert_same_bytes(&format!("{what}: {name}"), bytes, &found.day_cuts[name]);
        }
        assert_eq!(expected.published, found.published, "{what}: signals");
        warehouse.assert_audited();
    }
}

/// Starts the run again after each kill until it ends by itself, or until it has been killed `most` times and is then
/// left alone; gives the number of kills.
fn run_through_kills(home: &Home, warehouse: &Warehouse<'_>, source: &Source<'_>, rng: &mut Rng, usual: Duration, most: u64) -> u64 {
    let mut args = warehouse.run_args(source, &[]);
    args.push("--until-end".to_owned());
    for killed in 0..most {
        let moment = Duration::from_micros(rng.below(usual.as_micros() as u64));
        let mut running = home.start(&args);
        if running.ends_within(moment) {
            let _said = running.wait(Duration::ZERO).ok();
            return killed;
        }
        running.kill();
    }
    let _said = home.run(&args).ok();
    most
}

fn left(broker: &Broker, warehouse: &Warehouse<'_>, signals_topic: &str) -> Left {
    Left { exports: warehouse.exports(), day_cuts: warehouse.day_cuts(), published: signals::published(broker, signals_topic) }
}

fn source<'a>(broker: &'a Broker, topic: &'a str, group: &'a str, signals_topic: &'a str) -> Source<'a> {
    Source::Topic { bootstrap: broker.bootstrap(), topic, group, signals_topic: Some(signals_topic) }
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{variable} is {text:?}")))
}
