//! The HTTP intake: xAPI statements and canonical events from clients, raw into the inbox.
//!
//! ```text
//!  client ──HTTP──▶ server ──▶ routes ──▶ statements │ cloud_events ──▶ Inbox ──▶ <prefix>.in.<family>, or files
//!                   bounds     who, quota,  pure: all of them good,      safe, then the answer
//!                              room, body   or none is taken
//! ```
//!
//! Invariants:
//! - An answer of success means that every record of the request is safe. No other answer means that none was written; after
//!   503, and after a connection that broke, some may have been, under the ids that a repeat gives them again.
//! - Requests, connections, bodies, their time and what is remembered are bounded (`limits`).
//! - No secret, no id and no content of a message is logged. Mapping is not done here: `route` reads the inbox.

mod accepted;
mod body;
mod canonical;
mod cloud_events;
mod credentials;
mod limits;
mod problem;
mod quota;
mod remembered;
mod routes;
mod server;
mod settings;
mod statements;
mod tally;
#[cfg(test)]
mod tests;

pub(crate) use settings::{CheckedIntake, Destination, IntakeSettings};

use crate::failure::{Failure, system};
use limits::{REMEMBERED_RECORDS_MAX, WRITERS_MAX};
use quota::Quota;
use remembered::Remembered;
use routes::Desk;
use server::Bounds;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use tally::Tally;
use teachback_connectors::inbox::{FileInbox, Inbox};
use teachback_connectors::kafka::{KafkaInbox, KafkaSettings};
use teachback_engine::port::Clock;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

/// How often counts are logged, if there is something new.
const TALLY_EVERY: Duration = Duration::from_secs(60);

/// How often the flag that asks for an end is looked at.
const STOP_LOOK_EVERY: Duration = Duration::from_millis(50);

/// A running intake.
#[derive(Debug)]
pub(crate) struct Intake {
    thread: JoinHandle<()>,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

/// The inbox that the settings name.
pub(crate) fn inbox(destination: &Destination, kafka: Option<&KafkaSettings>) -> Result<Arc<dyn Inbox>, Failure> {
    match (destination, kafka) {
        (Destination::Files(directory), _) => Ok(Arc::new(FileInbox::new(directory)?)),
        (Destination::Topics { prefix, partitions }, Some(kafka)) => Ok(Arc::new(KafkaInbox::new(kafka, prefix, *partitions)?)),
        (Destination::Topics { .. }, None) => Err(Failure::new("the intake has no place to write to", "give `brokers` in [kafka], or `directory` in [intake]")),
    }
}

/// Starts an intake in a thread of its own. When this returns, it takes requests; it stops when `shutdown` is raised.
pub(crate) fn start(checked: CheckedIntake, inbox: Arc<dyn Inbox>, clock: Arc<dyn Clock>, shutdown: Arc<AtomicBool>) -> Result<Intake, Failure> {
    let CheckedIntake { listen, read_timeout, connections_max, in_flight_kib_max, cors_origins, credentials, destination: _ } = checked;
    let desk = Arc::new(Desk {
        inbox,
        clock,
        quotas: credentials.iter().map(|credential| credential.quota_per_minute.map(|quota| Mutex::new(Quota::new(quota)))).collect(),
        credentials,
        room: Arc::new(Semaphore::new(in_flight_kib_max as usize)),
        remembered: Mutex::new(Remembered::new(REMEMBERED_RECORDS_MAX)),
        tally: Tally::default(),
        read_timeout,
        cors_origins,
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(WRITERS_MAX)
        .thread_name("intake")
        .enable_all()
        .build()
        .map_err(system("starting the intake"))?;
    let listener = runtime.block_on(TcpListener::bind(listen)).map_err(system(format!("listening on {listen}")))?;
    let address = listener.local_addr().map_err(system("asking for the address of the intake"))?;
    let (stop, stopping) = watch::channel(false);
    let bounds = Bounds { connections_max, read_timeout };
    let work = move || {
        runtime.block_on(async {
            tokio::spawn(watch_over(shutdown, stop));
            let tell = tokio::spawn(tell(desk.clone()));
            server::serve(listener, routes::router(desk.clone()), bounds, stopping).await;
            tell.abort();
        });
        desk.tally.log("the intake has stopped");
    };
    let thread = std::thread::Builder::new().name("intake".to_owned()).spawn(work).map_err(system("starting the intake"))?;
    if !address.ip().is_loopback() {
        tracing::warn!(%address, "the intake speaks HTTP without TLS: let a proxy with TLS stand before it");
    }
    let intake = Intake { thread, address };
    tracing::info!(address = %intake.address, "the intake takes statements and events");
    Ok(intake)
}

impl Intake {
    /// Waits until it has stopped and every request that had begun has its answer.
    pub(crate) fn join(self) {
        if self.thread.join().is_err() {
            tracing::error!("the intake died; what it had answered is safe");
        }
    }
}

/// Passes a raised flag on.
async fn watch_over(shutdown: Arc<AtomicBool>, stop: watch::Sender<bool>) {
    while !shutdown.load(Ordering::Relaxed) {
        tokio::time::sleep(STOP_LOOK_EVERY).await;
    }
    stop.send_replace(true);
}

/// Logs the counts now and then.
async fn tell(desk: Arc<Desk>) {
    let mut told = 0;
    loop {
        tokio::time::sleep(TALLY_EVERY).await;
        let sum = desk.tally.sum();
        if sum != told {
            desk.tally.log("the intake goes on");
            told = sum;
        }
    }
}
