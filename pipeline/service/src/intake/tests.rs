//! The intake as a client meets it: a real socket, an inbox in memory, a clock moved by hand.

mod client;
mod limits;
mod messages;

use super::settings::{CheckedIntake, Destination};
use super::{Intake, credentials, start};
use client::{Answer, Request};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use teachback_connectors::inbox::MemoryInbox;
use teachback_connectors::memory::ManualClock;
use teachback_core::time::EventTime;

const TOKEN: &str = "a-token-that-is-long-enough";
const STATEMENT: &str = r#"{"actor":{"mbox":"mailto:ann@example.org"},"verb":{"id":"http://adlnet.gov/expapi/verbs/answered"},"object":{"id":"http://example.org/q1"},"timestamp":"2026-11-20T10:00:00Z"}"#;
const EVENT: &str = r#"{"specversion":"1.0","id":"e1","source":"lms","type":"learning.content.played.v1","time":"2026-11-20T10:00:00Z","subject":"C1","data":{"learner":"ann","content":"v1","position_s":1.5}}"#;

/// An intake of a test; it stops when dropped.
struct Running {
    inbox: Arc<MemoryInbox>,
    clock: Arc<ManualClock>,
    shutdown: Arc<AtomicBool>,
    intake: Option<Intake>,
}

fn settings() -> CheckedIntake {
    let credential = |name: &str, secret| credentials::Credential {
        name: name.to_owned(),
        source: "lms".to_owned(),
        provider: Some("OrgX".to_owned()),
        quota_per_minute: (name == "limited").then_some(2),
        secret,
    };
    CheckedIntake {
        listen: "127.0.0.1:0".parse().expect("an address"),
        destination: Destination::Files(PathBuf::new()),
        read_timeout: Duration::from_secs(10),
        connections_max: 16,
        in_flight_kib_max: 8 * 1024,
        cors_origins: vec!["https://player.example.org".parse().expect("an origin")],
        credentials: vec![
            credential("moodle", credentials::Secret::bearer(TOKEN)),
            credential("player", credentials::Secret::basic("ann", "a-password-long-enough")),
            credential("limited", credentials::Secret::bearer("the-token-of-the-limited-one")),
        ],
    }
}

fn running(settings: CheckedIntake) -> Running {
    let (inbox, shutdown) = (Arc::new(MemoryInbox::default()), Arc::new(AtomicBool::new(false)));
    let clock = Arc::new(ManualClock::at(EventTime::parse("2026-11-21T10:00:00Z").expect("a time")));
    let intake = start(settings, inbox.clone(), clock.clone(), shutdown.clone()).expect("starts");
    Running { inbox, clock, shutdown, intake: Some(intake) }
}

impl Running {
    fn ask(&self, request: &Request) -> Answer {
        client::ask(self.intake.as_ref().expect("runs").address, request)
    }

    /// The bodies that were written.
    fn written(&self) -> Vec<String> {
        self.inbox.records().into_iter().map(|record| String::from_utf8(record.body).expect("UTF-8")).collect()
    }

    fn stop(&mut self) {
        self.shutdown.store(true, Ordering::Relaxed);
        if let Some(intake) = self.intake.take() {
            intake.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}
