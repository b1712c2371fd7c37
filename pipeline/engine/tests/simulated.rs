//! Two simulated worlds through the whole pipeline, as files of JSON, give what the same worlds give measured in memory:
//! every cell of every cut, and the verdict on them. So scores of worlds in memory are scores of the program.
#![allow(clippy::unwrap_used, reason = "test code: a failed expectation ends the test")]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc;
use teachback_connectors::file::FileLog;
use teachback_connectors::memory::ManualClock;
use teachback_connectors::object::ObjectStoreAdapter;
use teachback_connectors::parquet::ParquetFormat;
use teachback_core::checkpoint::{LOGIC_VERSION, Terms};
use teachback_core::decide::judge;
use teachback_core::event::encode::encode;
use teachback_core::partitioner::Partitioner;
use teachback_core::pseudonym::{Door, PseudonymKey};
use teachback_core::shard::Rules;
use teachback_core::time::{DAY, EventTime};
use teachback_engine::coordinator::{Crew, Ended};
use teachback_engine::decided::{self, Decided};
use teachback_engine::port::{Partition, Store, TableFormat};
use teachback_engine::publisher::Publisher;
use teachback_engine::runner::Context;
use teachback_engine::worker::Worker;
use teachback_simulation::measured::measure;
use teachback_simulation::{Kind, World, simulate};

#[test]
fn a_world_through_the_pipeline_tells_the_cells_of_the_world_in_memory() {
    let worlds = [(Kind::Base, 11, 3, 700), (Kind::Misspecified, 12, 4, 500)];
    for (kind, seed, courses, learners) in worlds {
        let world = World { kind, seed, courses, learners, days: 40, modules: Some(3), ..World::default() };
        let (measured, _) = measure(&world).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("events.ndjson");
        write(&world, &log);
        let Decided { as_of, verdict, told } = through_the_pipeline(&log, world.end().plus(DAY));

        assert!(measured.told.len() > 20, "{kind:?}: {} cuts told anything", measured.told.len());
        assert_eq!(as_of.day(), measured.through);
        assert_eq!(told.iter().map(|told| told.as_of).collect::<Vec<_>>(), measured.told.iter().map(|told| told.as_of).collect::<Vec<_>>());
        for (through, in_memory) in told.iter().zip(&measured.told) {
            assert_eq!(through, in_memory, "{kind:?}: what was told at {}", in_memory.as_of);
        }
        assert_eq!(verdict, judge(&measured.told, measured.through));
    }
}

fn write(world: &World, path: &Path) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    simulate(world, &mut |_, event| writeln!(file, "{}", encode(event)?)).unwrap();
    file.flush().unwrap();
}

/// A bounded run over one file, its warehouse in memory.
fn through_the_pipeline(log: &Path, not_after: EventTime) -> Decided {
    let store: Arc<dyn Store> = Arc::new(ObjectStoreAdapter::memory());
    let format: Arc<dyn TableFormat> = Arc::new(ParquetFormat);
    let clock = Arc::new(ManualClock::at(not_after));
    let source = FileLog::open(&[log.to_path_buf()], None, &[]).unwrap().source(0).unwrap();
    // Another key than in memory: no cell depends on it.
    let key = PseudonymKey::new([1; 32]);
    let (nowhere, _) = mpsc::sync_channel(0);
    let context = Context {
        rules: Rules { horizon: DAY, partitioner: Partitioner::Any, partitions: 1, door: Door::new(&key, "w") },
        terms: Terms {
            logic_version: LOGIC_VERSION,
            partitions: 1,
            partitioner: Partitioner::Any,
            horizon: DAY,
            key_fingerprint: key.fingerprint(),
            lake: false,
            log: "files".to_owned(),
        },
        log: "files".to_owned(),
        attempt: "only".to_owned(),
        // A record every mebibyte, so that many fall between cuts.
        record_offsets_log2: 20,
        reaches: None,
        not_after,
        writer: nowhere,
    };
    let mut publisher = Publisher::new(store.clone(), format.clone(), clock.clone(), None, None, [0]).unwrap();
    let (command, commands) = mpsc::channel();
    let (news, heard) = mpsc::channel();
    let worker = Worker {
        source: Box::new(source),
        store: store.clone(),
        format,
        clock,
        context,
        assigned: vec![Partition(0)],
        batch_records_max: 1000,
        publish_every: None,
        commands,
        news,
        log_marks: None,
        progress: None,
    };
    let crew = Crew::start(vec![worker], vec![command], heard).unwrap();
    let ended = crew.run_to_end(&mut publisher, None, &AtomicBool::new(false)).unwrap();
    assert!(matches!(ended, Ended::At(_)), "{ended:?}");
    decided::newest(store.as_ref()).unwrap().unwrap()
}
