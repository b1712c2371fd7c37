//! `run`: wires a log to a warehouse and measures it, as a service or to the end of what is there. With `[[sources]]` it also
//! routes: in service side by side, and to the end first.

mod log;

use super::ticker;
use crate::cli;
use crate::failure::Failure;
use crate::intake::{self, CheckedIntake, Intake};
use crate::routing::{self, Ticks, Until};
use crate::settings::{Checked, Input, RoutePlan, Settings};
use crate::{key, shutdown, warehouse};
use indicatif::{ProgressBar, ProgressStyle};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;
use teachback_connectors::clock::SystemClock;
use teachback_connectors::kafka::{KafkaFeedback, KafkaSettings, KafkaSignalSink};
use teachback_connectors::ndjson_feedback::FileFeedback;
use teachback_connectors::ndjson_sink::FileSignalSink;
use teachback_connectors::parquet::ParquetFormat;
use teachback_core::checkpoint::{LOGIC_VERSION, Terms};
use teachback_core::shard::Rules;
use teachback_engine::coordinator::{Crew, Ended};
use teachback_engine::port::{Clock, FeedbackSource, PortError, SignalSink, Store};
use teachback_engine::publisher::Publisher;
use teachback_engine::run_end;
use teachback_engine::runner::Context;
use teachback_engine::worker::{Command, News, Worker};

pub(crate) fn run(arguments: &cli::Run) -> Result<ExitCode, Failure> {
    let shutdown = shutdown::on_request()?;
    let settings = Settings::load(arguments.config.as_deref())?;
    // Files given by flags are read instead of what the configuration says.
    let route = if arguments.input.is_empty() { settings.route(arguments.brokers.as_deref())?.filter(|plan| plan.inside_run) } else { None };
    let intake = settings.intake()?;
    let checked = settings.checked(arguments)?;
    let is_service = matches!(checked.input, Input::Kafka(_)) && !checked.until_end;
    let intake = intake.filter(|_| is_service).map(|intake| start_intake(intake, &shutdown)).transpose()?;
    let ended = match &route {
        None => measure(&checked, &shutdown),
        Some(plan) if checked.until_end => routing::work(plan, Until::End, Ticks::Others, &shutdown).and_then(|()| measure(&checked, &shutdown)),
        Some(plan) => measure_and_route(&checked, plan, &shutdown),
    };
    shutdown.store(true, Ordering::Relaxed);
    if let Some(intake) = intake {
        intake.join();
    }
    match ended? {
        Ended::At(as_of) => tracing::info!(%as_of, warehouse = %checked.warehouse.display(), "read to the end; tables and signals are published"),
        Ended::Empty => tracing::info!("there was nothing to read"),
        Ended::Stopped => tracing::info!("stopped in order; everything read is committed"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Measures and routes side by side. When one of them ends, by failure or as asked, the other stops in order.
fn measure_and_route(checked: &Checked, plan: &RoutePlan, shutdown: &AtomicBool) -> Result<Ended, Failure> {
    std::thread::scope(|threads| {
        let route = threads.spawn(|| {
            let done = routing::work(plan, Until::Stopped, Ticks::Others, shutdown);
            shutdown.store(true, Ordering::Relaxed);
            done
        });
        let measured = measure(checked, shutdown);
        shutdown.store(true, Ordering::Relaxed);
        let routed = route.join().unwrap_or_else(|_| Err(Failure::new("route has failed", "report this")));
        match (measured, routed) {
            (Ok(ended), routed) => routed.map(|()| ended),
            (Err(failure), routed) => {
                // Both are told: one may be why the other ended.
                if let Err(of_route) = routed {
                    of_route.report();
                }
                Err(failure)
            }
        }
    })
}

fn start_intake((checked, kafka): (CheckedIntake, Option<KafkaSettings>), shutdown: &Arc<AtomicBool>) -> Result<Intake, Failure> {
    let inbox = intake::inbox(&checked.destination, kafka.as_ref())?;
    intake::start(checked, inbox, Arc::new(SystemClock::new()), shutdown.clone())
}

/// Measures a log; the command's heart, also used by `demo`.
pub(crate) fn measure(checked: &Checked, shutdown: &AtomicBool) -> Result<Ended, Failure> {
    let key = key::load(checked.pseudonym_key_file.as_deref())?;
    let store = warehouse::open(&checked.warehouse)?;
    let door = warehouse::door(store.as_ref(), &key)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let log = match &checked.input {
        Input::Files(paths) => log::open_files(checked, paths, store.as_ref())?,
        Input::Kafka(kafka) => log::open_topic(checked, kafka, &store)?,
    };
    if !checked.lake {
        tracing::warn!("the lake is off: neither rebuild nor erasure will be possible for this warehouse");
    }
    let horizon = checked.horizon.as_micros() as i64;
    let (nowhere, _) = mpsc::sync_channel(0);
    let context = Context {
        rules: Rules { horizon, partitioner: log.partitioner, partitions: log.partitions, door },
        terms: Terms {
            logic_version: LOGIC_VERSION,
            partitions: log.partitions,
            partitioner: log.partitioner,
            horizon,
            key_fingerprint: key.fingerprint(),
            lake: checked.lake,
            log: log.terms_name,
        },
        log: log.name,
        attempt: warehouse::attempt_id()?,
        record_offsets_log2: log.record_offsets_log2,
        reaches: log.reaches,
        not_after: checked.not_after.unwrap_or_else(|| clock.now()),
        writer: nowhere,
    };
    let sink: Option<Box<dyn SignalSink>> = match (&checked.input, &checked.signals) {
        (Input::Files(_), _) => Some(Box::new(FileSignalSink::new(store.clone()))),
        (Input::Kafka(_), Some(signals)) => Some(Box::new(KafkaSignalSink::new(signals)?)),
        (Input::Kafka(_), None) => None,
    };
    let format = Arc::new(ParquetFormat);
    let feedback = open_feedback(checked, &store)?;
    let mut publisher = Publisher::new(store.clone(), format.clone(), clock.clone(), sink, feedback, 0..log.partitions)?;
    let (news, heard) = mpsc::channel::<News>();
    let bar = progress_bar(log.bounded);
    let (mut workers, mut commands) = (Vec::new(), Vec::new());
    for part in log.parts {
        let (command, orders) = mpsc::channel::<Command>();
        commands.push(command);
        let bar = bar.clone();
        workers.push(Worker {
            source: part.source,
            store: store.clone(),
            format: format.clone(),
            clock: clock.clone(),
            context: context.clone(),
            assigned: part.assigned,
            batch_records_max: checked.batch_events_max,
            publish_every: (!log.bounded).then_some(checked.publish_every),
            commands: orders,
            news: news.clone(),
            log_marks: part.log_marks,
            progress: Some(Box::new(move |records| bar.inc(records as u64))),
        });
    }
    drop(news);
    let crew = Crew::start(workers, commands, heard)?;
    let ended = if log.bounded {
        let ended = crew.run_to_end(&mut publisher, log.reaches, shutdown);
        if let Ok(Ended::At(_) | Ended::Empty) = ended {
            run_end::clear(store.as_ref())?;
        }
        ended
    } else {
        let _ticker = match &checked.input {
            Input::Kafka(kafka) => Some(ticker::start(kafka, clock)?),
            Input::Files(_) => None,
        };
        tracing::info!(warehouse = %checked.warehouse.display(), "measuring; SIGTERM or Ctrl-C stops in order");
        crew.run_service(&mut publisher, shutdown)
    };
    bar.finish_and_clear();
    Ok(ended?)
}

/// Where providers answer; a topic that is not there is nobody's answer.
fn open_feedback(checked: &Checked, store: &Arc<dyn Store>) -> Result<Option<Box<dyn FeedbackSource>>, PortError> {
    Ok(match &checked.feedback {
        None => Some(Box::new(FileFeedback::new(store.clone()))),
        Some(topic) => KafkaFeedback::open(topic)?.map(|topic| Box::new(topic) as Box<dyn FeedbackSource>),
    })
}

/// A bar on a terminal; nothing else where nobody watches.
fn progress_bar(bounded: bool) -> ProgressBar {
    if !bounded {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {human_pos} events  {per_sec}  {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
