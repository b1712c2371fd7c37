//! `cargo xtask bench-route`: how fast xAPI statements become canonical events, held against consuming the same bytes and parsing
//! them into a JSON value.
//!
//! ```text
//!  statements ──▶ broker ──┬─▶ (b) consume + serde_json::Value      in this process, one thread
//!  (made here)             └─▶ (c) teachback route --until-end      a child process, one thread that maps; it writes the events back
//! ```
//! Both are measured in turn, several times; start-up, connecting and the last flush are in (c). The medians are printed.

use super::clock::Stopwatch;
use super::consume::{consumer, from_the_beginning};
use super::{again_in_release, build};
use crate::Failure;
use crate::files::workspace_root;
use integration_tests::broker::Broker;
use integration_tests::producer::{self, Message};
use integration_tests::service::Home;
use rdkafka::consumer::Consumer;
use rdkafka::message::Message as _;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

const POLL: Duration = Duration::from_secs(10);
/// The bar of (c), as a share of (b).
const SHARE_MIN: f64 = 0.35;
/// Statements handed to the producer at once.
const CHUNK: usize = 50_000;

/// How the bench is run.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Statements in the topic.
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    statements: usize,
    /// Partitions of both topics.
    #[arg(long, value_name = "N", default_value_t = 4)]
    partitions: i32,
    /// How often each is measured.
    #[arg(long, value_name = "N", default_value_t = 3)]
    repetitions: usize,
    /// Measure the binary at this path as it is, instead of a release build; this process is then to be built like it.
    #[arg(long, value_name = "FILE")]
    binary: Option<std::path::PathBuf>,
}

/// Measures and prints.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let binary = match &options.binary {
        Some(binary) => binary.clone(),
        None => {
            let root = workspace_root()?;
            let release = build(&root)?;
            if cfg!(debug_assertions) {
                return again_in_release(&root, &release);
            }
            release.join("teachback")
        }
    };
    let broker = Broker::start()?;
    let topic = broker.create_log("bench-raw", options.partitions);
    for start in (0..options.statements).step_by(CHUNK) {
        let end = (start + CHUNK).min(options.statements);
        producer::send(&broker, &topic, (start..end).map(|number| Message::new(format!("{}", number % 997), statement(number))));
    }
    let (mut parsed, mut routed) = (Vec::new(), Vec::new());
    for repetition in 1..=options.repetitions.max(1) {
        parsed.push(consume_and_parse(&broker, &topic, options)?);
        routed.push(route(&binary, &broker, &topic, options, repetition)?);
        eprintln!("  {repetition}/{}  (b) {:.2} s  (c) {:.2} s", options.repetitions, parsed[repetition - 1], routed[repetition - 1]);
    }
    let rate = |seconds: &mut Vec<f64>| options.statements as f64 / median(seconds);
    let (parsed, routed) = (rate(&mut parsed), rate(&mut routed));
    let share = routed / parsed;
    println!("(b) consume, parse into a value   {parsed:>10.0} statements/s\n(c) teachback route               {routed:>10.0} statements/s");
    println!("(c) / (b) = {share:.2}, at least {SHARE_MIN} is asked: {}", if share >= SHARE_MIN { "met" } else { "missed" });
    Ok(())
}

fn median(seconds: &mut [f64]) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

/// A statement as a video player sends it, about 1 KiB.
fn statement(number: usize) -> String {
    let (verb, time) = [("played", "time"), ("paused", "time"), ("seeked", "time-to")][number % 3];
    let (course, learner, video, position) = (number % 40, number * 7 % 20_011, number % 300, number % 600);
    let (minute, second) = (number / 60 % 60, number % 60);
    format!(
        r#"{{"id":"{number:08x}-1f2e-4d3c-8b4a-5968778695a4","actor":{{"objectType":"Agent","account":{{"name":"{learner:08}-c572-4972-b957-927cecf9d70d","homePage":"https://lms.example.org"}}}},"verb":{{"id":"https://w3id.org/xapi/video/verbs/{verb}","display":{{"en-US":"{verb}"}}}},"object":{{"id":"https://lms.example.org/xblock/block-v1:OrgX+C{course}+2026+type@video+block@{video:032x}","objectType":"Activity","definition":{{"type":"https://w3id.org/xapi/video/activity-type/video","name":{{"en-US":"A video of the course, number {video}"}}}}}},"result":{{"extensions":{{"https://w3id.org/xapi/video/extensions/time-from":1.25,"https://w3id.org/xapi/video/extensions/{time}":{position}.5}}}},"context":{{"registration":"{learner:08x}-0000-4000-8000-000000000001","extensions":{{"https://w3id.org/xapi/video/extensions/length":900,"https://w3id.org/xapi/video/extensions/session-id":"{learner:08x}-5ede-5dff-8f07-0fabb988b4d1"}},"contextActivities":{{"category":[{{"id":"https://w3id.org/xapi/video"}}],"parent":[{{"id":"course-v1:OrgX+C{course}+2026","objectType":"Activity","definition":{{"type":"http://adlnet.gov/expapi/activities/course"}}}}]}}}},"timestamp":"2026-01-05T08:{minute:02}:{second:02}.839754+00:00"}}"#
    )
}

/// (b): seconds until every statement is a value, once.
fn consume_and_parse(broker: &Broker, topic: &str, options: &Options) -> Result<f64, Failure> {
    let consumer = consumer(broker.client())?;
    let assignment = from_the_beginning(topic, 0..options.partitions)?;
    let watch = Stopwatch::start();
    consumer.assign(&assignment)?;
    for _ in 0..options.statements {
        let message = consumer.poll(POLL).ok_or_else(|| format!("nothing came for {POLL:?}"))??;
        let value: serde_json::Value = serde_json::from_slice(message.payload().unwrap_or_default())?;
        black_box(&value);
    }
    Ok(watch.seconds())
}

/// (c): seconds of a whole run of route, into a topic of its own.
fn route(binary: &Path, broker: &Broker, topic: &str, options: &Options, repetition: usize) -> Result<f64, Failure> {
    let to = broker.create_log("bench-routed", options.partitions);
    let home = Home::new();
    let config = home.path("route.toml");
    let text = format!(
        "[kafka]\nbrokers = \"{}\"\ntopic = \"{to}\"\n[route]\ngroup = \"bench-{repetition}\"\n[[sources]]\nname = \"lrs\"\nformat = \"xapi\"\ntopics = [\"{topic}\"]\n",
        broker.bootstrap()
    );
    std::fs::write(&config, text)?;
    let mut command = super::service::teachback(binary, &home.path("home"));
    command.arg("route").arg("--config").arg(&config).arg("--until-end");
    let watch = Stopwatch::start();
    let output = command.output()?;
    let seconds = watch.seconds();
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || !said.contains(&format!("mapped={}", options.statements)) {
        return Err(format!("teachback route did not map all of {}, so its time is no measure:\n{said}", options.statements).into());
    }
    Ok(seconds)
}
