//! `check`: is a configuration right, and with `--connect`, do the brokers, the topic and the warehouse agree with it?

use crate::cli::{Check, Run};
use crate::failure::Failure;
use crate::settings::{AliasPlan, Input, Settings};
use crate::{key, warehouse};
use std::process::ExitCode;
use std::time::Duration;
use teachback_connectors::kafka::{KafkaSettings, KafkaSource, admin};
use teachback_core::event::validate::Key;
use teachback_core::partitioner::Partitioner;
use teachback_engine::port::{Partition, ResumeAt, Source};

/// Messages sampled from each partition to see how producers choose partitions.
const SAMPLE: u64 = 200;

pub(crate) fn run(arguments: &Check) -> Result<ExitCode, Failure> {
    let flags = Run { config: Some(arguments.config.clone()), ..Run::default() };
    let settings = Settings::load(flags.config.as_deref())?;
    let route = settings.route(None)?;
    let intake = settings.intake()?;
    let checked = settings.checked(&flags)?;
    println!("✓ {} is right", arguments.config.display());
    if let Some((intake, _)) = intake {
        println!("✓ the intake has {} credentials and their secrets", intake.credentials.len());
    }
    if !arguments.connect {
        return Ok(ExitCode::SUCCESS);
    }
    key::load(checked.pseudonym_key_file.as_deref())?;
    println!("✓ there is a pseudonym key");
    warehouse::open(&checked.warehouse)?;
    println!("✓ the warehouse {} can be written", checked.warehouse.display());
    match &checked.input {
        Input::Files(paths) => match paths.iter().find(|path| path.as_os_str() != "-" && !path.exists()) {
            Some(path) => return Err(Failure::new(format!("{} is not there", path.display()), "mend `paths` in [input]")),
            None => println!("✓ the input is there"),
        },
        Input::Kafka(kafka) => connect(kafka, checked.partitioner)?,
    }
    if let Some(plan) = route {
        for (topic, source) in &plan.topics {
            println!("✓ topic {topic} of source {source} has {} partitions", admin::partitions(&plan.to.with_topic(topic))?);
        }
        if let AliasPlan::Topic(kafka) = &plan.aliases {
            println!("✓ topic {} of aliases has {} partitions", kafka.topic, admin::partitions(kafka)?);
        }
        println!("✓ events of all sources go to {}, dead letters to {}", plan.to.topic, plan.dead_letters);
    }
    Ok(ExitCode::SUCCESS)
}

fn connect(kafka: &KafkaSettings, partitioner: Partitioner) -> Result<(), Failure> {
    let ends = admin::end_offsets(kafka)?;
    let partitions = ends.len() as u32;
    println!("✓ topic {} has {partitions} partitions", kafka.topic);
    let sampled: Vec<(Partition, Option<ResumeAt>, u64)> =
        ends.iter().filter(|end| end.high > end.low).map(|end| (end.partition, Some(end.high.saturating_sub(SAMPLE).max(end.low).into()), end.high)).collect();
    let mut keys: Vec<(u32, Vec<u8>)> = Vec::new();
    let mut source = KafkaSource::bounded(kafka, &sampled)?;
    let (mut without_key, mut ended) = (0_u64, 0);
    while ended < sampled.len() {
        let polled = source.poll(1000, Duration::from_secs(1), &mut |record| match record.key {
            Key::Is(key) => keys.push((record.partition.0, key.to_vec())),
            Key::None | Key::Missing => without_key += 1,
        })?;
        ended = polled.ended.len();
    }
    if keys.is_empty() && without_key == 0 {
        println!("✓ the topic is empty, so the partitioner cannot be told yet");
        return Ok(());
    }
    if without_key > 0 {
        println!("✗ {without_key} of the newest messages have no key; they will be rejected as not_keyed_by_course: key events by their course run");
    }
    let fits = |candidate: Partitioner| keys.iter().all(|(partition, key)| candidate.partition(key, partitions).is_none_or(|expected| expected == *partition));
    if fits(partitioner) {
        println!("✓ {} sampled keys lie where partitioner = {partitioner:?} puts them", keys.len());
        return Ok(());
    }
    let fitting = [Partitioner::Murmur2, Partitioner::Crc32].into_iter().find(|candidate| fits(*candidate));
    let advice = fitting.map_or_else(
        || "no partitioner fits: two producers with two partitioners would split courses; let all use murmur2".to_owned(),
        |fitting| format!("set partitioner = \"{}\" in [kafka]", format!("{fitting:?}").to_lowercase()),
    );
    Err(Failure::new(format!("keys do not lie where partitioner = {partitioner:?} puts them"), advice))
}
