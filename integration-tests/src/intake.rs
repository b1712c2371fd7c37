//! A running HTTP intake over a real Kafka or over files, and what its clients send.

use crate::broker::Broker;
use crate::http::{self, Answer};
use crate::service::{Home, Running};
use crate::wait;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

/// The bearer token of the credential `moodle`.
pub const TOKEN: &str = "bearer-token-planted-0123456789";
/// The user of the credential `player`.
pub const USER: &str = "player";
/// The password of the credential `player`.
pub const PASSWORD: &str = "basic-password-planted-0123456789";

/// The provider that `moodle` sends for: that of the first course of a [`crate::events::World`].
pub const PROVIDER: &str = "org-0";

/// A started intake; killed when dropped.
#[derive(Debug)]
pub struct Intake {
    /// The process.
    pub process: Running,
}

/// What does not change when an intake is started again.
#[derive(Debug)]
pub struct Place<'a> {
    home: &'a Home,
    /// `host:port`.
    pub address: String,
    /// The topic of statements.
    pub statements: String,
    /// The topic of events.
    pub events: String,
    /// The section `[intake]` of a configuration.
    pub section: String,
    config: String,
}

impl<'a> Place<'a> {
    /// A place for an intake: a free port, topics of its own that the intake is to make, two credentials of the source `lms`.
    ///
    /// # Panics
    /// When its files cannot be written.
    #[must_use]
    pub fn new(home: &'a Home, broker: &Broker, prefix: &str) -> Self {
        Self::with(home, &format!("[kafka]\nbrokers = \"{}\"", broker.bootstrap()), prefix, "")
    }

    /// The same without Kafka: records go to files below a directory.
    ///
    /// # Panics
    /// As [`Self::new`].
    #[must_use]
    pub fn in_files(home: &'a Home, directory: &Path) -> Self {
        Self::with(home, "", "none", &format!("directory = \"{}\"", directory.display()))
    }

    fn with(home: &'a Home, kafka: &str, prefix: &str, more: &str) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let (token, password) = (home.path("token"), home.path("password"));
        fs::write(&token, format!("{TOKEN}\n")).unwrap();
        fs::write(&password, format!("{PASSWORD}\n")).unwrap();
        let section = format!(
            "[intake]\nlisten = \"{address}\"\ntopic_prefix = \"{prefix}\"\n{more}\n\n\
             [[intake.credentials]]\nname = \"moodle\"\nsource = \"lms\"\nprovider = \"{PROVIDER}\"\ntoken_file = \"{}\"\n\n\
             [[intake.credentials]]\nname = \"player\"\nsource = \"lms\"\nuser = \"{USER}\"\npassword_file = \"{}\"\n",
            token.display(),
            password.display()
        );
        let config = home.path("intake.toml");
        fs::write(&config, format!("{kafka}\n\n{section}")).unwrap();
        let (statements, events) = (format!("{prefix}.in.xapi"), format!("{prefix}.in.events"));
        Self { home, address, statements, events, section, config: config.display().to_string() }
    }

    /// Starts the intake in a process of its own and waits until it answers.
    ///
    /// # Panics
    /// When it ends instead.
    #[must_use]
    pub fn start(&self) -> Intake {
        self.answers(self.home.start(["intake", "--config", &self.config]))
    }

    /// Waits until the intake in a process answers.
    ///
    /// # Panics
    /// When the process ends instead.
    #[must_use]
    pub fn answers(&self, mut process: Running) -> Intake {
        wait::until("the intake", Duration::from_secs(60), || {
            assert!(!process.ended(), "the intake ended");
            http::ask(&self.address, "GET /health", &[], b"").ok()
        });
        Intake { process }
    }

    /// Posts statements with the credential `moodle`.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn post_statements(&self, body: &[u8]) -> std::io::Result<Answer> {
        let authorization = format!("Bearer {TOKEN}");
        let headers = [("authorization", authorization.as_str()), ("content-type", "application/json"), ("x-experience-api-version", "1.0.3")];
        http::ask(&self.address, "POST /xapi/statements", &headers, body)
    }

    /// Posts events with the credential `moodle`.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn post_events(&self, content_type: &str, body: &[u8]) -> std::io::Result<Answer> {
        let authorization = format!("Bearer {TOKEN}");
        http::ask(&self.address, "POST /events", &[("authorization", authorization.as_str()), ("content-type", content_type)], body)
    }
}

/// A statement of a learner about a question.
#[must_use]
pub fn statement(id: &str, learner: &str, question: &str) -> String {
    format!(
        r#"{{"id":"{id}","actor":{{"account":{{"homePage":"https://lms.example.org","name":"{learner}"}}}},"verb":{{"id":"http://adlnet.gov/expapi/verbs/answered"}},"object":{{"id":"https://lms.example.org/q/{question}"}},"timestamp":"2026-11-20T10:00:00Z"}}"#
    )
}
