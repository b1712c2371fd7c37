//! A real Apache Kafka: one node that is broker and controller, on free ports, in a directory of its own.
//!
//! The jars come from Maven Central once (`kafka/pom.xml` says which). The Java process hangs on a pipe held by the
//! test process, so it also ends when the test process is killed; [`Broker`]'s drop ends it and waits. A test with a broker of
//! its own can stop it and start it again.

use crate::cache;
use crate::wait;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaErrorCode;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// How long the broker may take until it answers.
const START_DEADLINE: Duration = Duration::from_secs(90);
/// Another process may take a free port before the broker does.
const START_ATTEMPTS: u32 = 3;
/// Any 16 bytes in base64 without padding.
const CLUSTER_ID: &str = "dGVhY2hiYWNrdGVzdHMwMA";

/// Settings of a canonical log.
const LOG: &[(&str, &str)] = &[("message.timestamp.type", "LogAppendTime")];
/// The settings, in a broker's directory.
const PROPERTIES: &str = "server.properties";
/// In a broker's directory: it is to be started again.
const STAYS: &str = "stays";

/// Runs `"$@"` until it ends or standard input closes, then removes the directory `$BROKER_DIR`, unless it stays.
const KEEPER: &str = r#"
exec 3<&0 2>/dev/null
"$@" </dev/null >>"$BROKER_DIR/console.log" 2>&1 3<&- &
broker=$!
echo $broker
{ cat; kill -9 $broker; } <&3 >/dev/null &
keeper=$!
wait $broker
kill $keeper
[ -e "$BROKER_DIR/stays" ] || rm -rf "$BROKER_DIR"
"#;

/// A running broker.
#[derive(Debug)]
pub struct Broker {
    keeper: Child,
    pid: u32,
    dir: PathBuf,
    bootstrap: String,
    topics: AtomicU32,
}

impl Broker {
    /// Starts a broker and waits until it answers.
    ///
    /// # Errors
    /// What is missing on this machine, or what the broker wrote before it gave up.
    pub fn start() -> Result<Self, String> {
        let jars = jars()?;
        let mut last = String::new();
        for _ in 0..START_ATTEMPTS {
            match Self::start_once(&jars) {
                Ok(broker) => return Ok(broker),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// The broker that the tests of this binary share, or `None` where Java or Maven is missing (see [`crate::or_skip`]).
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Result<Broker, String>> = OnceLock::new();
        crate::or_skip("a Kafka broker", SHARED.get_or_init(Self::start).as_ref().map_err(Clone::clone))
    }

    fn start_once(jars: &Path) -> Result<Self, String> {
        let say = |error: std::io::Error| error.to_string();
        let dir = tempfile::Builder::new().prefix("teachback-kafka-").tempdir().map_err(say)?;
        let (port, controller_port) = free_ports().map_err(say)?;
        let properties = dir.path().join(PROPERTIES);
        fs::write(&properties, server_properties(dir.path(), port, controller_port)).map_err(say)?;

        let mut format = java(jars, dir.path());
        format.args(["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c"]).arg(&properties);
        run_to_end("formatting the broker's storage", &mut format)?;

        let (keeper, pid) = launch(jars, dir.path())?;
        let dir = dir.keep(); // removed by the keeper, which outlives a killed test process
        let mut broker = Self { keeper, pid, dir, bootstrap: format!("127.0.0.1:{port}"), topics: AtomicU32::new(0) };
        broker.wait_until_it_answers()?;
        Ok(broker)
    }

    /// Stops the broker at once, as a crash does. What it has stays, and so does its address.
    ///
    /// # Panics
    /// When it cannot be stopped.
    pub fn stop(&mut self) {
        fs::write(self.dir.join(STAYS), b"").unwrap();
        drop(self.keeper.stdin.take());
        self.keeper.wait().unwrap();
    }

    /// Starts the broker after [`Self::stop`] and waits until it answers.
    ///
    /// # Panics
    /// With what it wrote before it gave up.
    pub fn start_again(&mut self) {
        fs::remove_file(self.dir.join(STAYS)).unwrap();
        (self.keeper, self.pid) = jars().and_then(|jars| launch(&jars, &self.dir)).unwrap();
        self.wait_until_it_answers().unwrap();
    }

    fn wait_until_it_answers(&mut self) -> Result<(), String> {
        let probe: BaseConsumer = self.client().set("log_level", "0").create().map_err(|error| format!("the Kafka client: {error}"))?;
        let mut log = String::new();
        let answered = wait::within(START_DEADLINE, || {
            log = fs::read_to_string(self.dir.join("console.log")).unwrap_or(std::mem::take(&mut log));
            if self.keeper.try_wait().ok().flatten().is_some() {
                return Some(false);
            }
            let metadata = probe.fetch_metadata(None, Duration::from_millis(500)).ok()?;
            (!metadata.brokers().is_empty()).then_some(true)
        });
        match answered {
            Some(true) => Ok(()),
            Some(false) => Err(format!("the broker ended while it started:\n{log}")),
            None => Err(format!("the broker did not answer within {START_DEADLINE:?}:\n{log}")),
        }
    }

    /// Where clients connect.
    #[must_use]
    pub fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// The broker's process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// A client configuration that reaches this broker.
    #[must_use]
    pub fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", &self.bootstrap).set("allow.auto.create.topics", "false");
        client
    }

    /// Creates a topic with a name of its own that begins with `stem`; `configs` are topic settings of Kafka.
    ///
    /// # Panics
    /// When the broker refuses.
    pub fn create_topic(&self, stem: &str, partitions: i32, configs: &[(&str, &str)]) -> String {
        let name = format!("{stem}-{}", self.topics.fetch_add(1, Ordering::Relaxed));
        self.try_to_create(&name, partitions, configs).unwrap_or_else(|error| panic!("creating topic {name}: {error}"));
        name
    }

    fn try_to_create(&self, name: &str, partitions: i32, configs: &[(&str, &str)]) -> Result<(), RDKafkaErrorCode> {
        let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
        let topic = configs.iter().fold(topic, |topic, (key, value)| topic.set(key, value));
        let results = futures::executor::block_on(self.admin().create_topics([&topic], &options())).unwrap();
        results.into_iter().try_for_each(|result| result.map(|_| ()).map_err(|(_, error)| error))
    }

    fn admin(&self) -> AdminClient<DefaultClientContext> {
        self.client().create().unwrap()
    }

    /// Deletes a canonical log and makes another one of the same name, without records.
    ///
    /// # Panics
    /// When the broker refuses.
    pub fn make_log_anew(&self, name: &str, partitions: i32) {
        let deleted = futures::executor::block_on(self.admin().delete_topics(&[name], &options())).unwrap();
        deleted.into_iter().for_each(|result| assert!(result.is_ok(), "deleting topic {name}: {result:?}"));
        wait::until("the topic to be gone and made anew", Duration::from_secs(60), || match self.try_to_create(name, partitions, LOG) {
            Ok(()) => Some(()),
            Err(RDKafkaErrorCode::TopicAlreadyExists) => None,
            Err(error) => panic!("creating topic {name}: {error}"),
        });
    }

    /// Removes all records of a topic, as retention does; its offsets go on.
    ///
    /// # Panics
    /// When the broker refuses.
    pub fn let_records_go(&self, topic: &str, partitions: i32) {
        let mut all = TopicPartitionList::new();
        for partition in 0..partitions {
            all.add_partition_offset(topic, partition, Offset::End).unwrap();
        }
        futures::executor::block_on(self.admin().delete_records(&all, &options())).unwrap();
    }

    /// A canonical log: the broker stamps the time of arrival, as the product asks for.
    pub fn create_log(&self, stem: &str, partitions: i32) -> String {
        self.create_topic(stem, partitions, LOG)
    }
}

fn options() -> AdminOptions {
    AdminOptions::new().operation_timeout(Some(Duration::from_secs(30)))
}

impl Drop for Broker {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take()); // the keeper kills the broker by its pid and ends after it
        if let Err(error) = self.keeper.wait() {
            eprintln!("waiting for broker {}: {error}", self.pid);
        }
        if self.dir.exists()
            && let Err(error) = fs::remove_dir_all(&self.dir)
        {
            eprintln!("removing what a stopped broker left: {error}");
        }
    }
}

/// Starts the broker of a formatted directory; gives its keeper and its own process.
fn launch(jars: &Path, dir: &Path) -> Result<(Child, u32), String> {
    let say = |error: std::io::Error| error.to_string();
    let server = java(jars, dir);
    let mut keeper = Command::new("sh");
    keeper.args(["-c", KEEPER, "keeper"]).arg(server.get_program()).args(server.get_args());
    keeper.args(["-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "kafka.Kafka"]).arg(dir.join(PROPERTIES));
    keeper.env("BROKER_DIR", dir).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut keeper = keeper.spawn().map_err(say)?;
    let mut line = String::new();
    if let Some(stdout) = keeper.stdout.take() {
        BufReader::new(stdout).read_line(&mut line).map_err(say)?;
    }
    let pid = line.trim().parse().map_err(|_| format!("the broker's pid is {line:?}"))?;
    Ok((keeper, pid))
}

/// The directory with the jars, fetched once.
fn jars() -> Result<PathBuf, String> {
    let pom = Path::new(env!("CARGO_MANIFEST_DIR")).join("kafka/pom.xml");
    let text = fs::read_to_string(&pom).map_err(|error| format!("{}: {error}", pom.display()))?;
    let version = kafka_version(&text).ok_or("kafka/pom.xml names no version of kafka_2.13")?;
    run_to_end("Java 17", Command::new("java").arg("-version"))?;
    cache::once(&format!("kafka-{version}"), |dir| {
        let mut maven = Command::new("mvn");
        maven.args(["-q", "-B", "-f"]).arg(&pom).arg("dependency:copy-dependencies");
        maven.args(["-DincludeScope=runtime", &format!("-DoutputDirectory={}", dir.display())]);
        run_to_end("fetching the broker's jars with Maven", &mut maven)
    })
}

fn kafka_version(pom: &str) -> Option<&str> {
    let after = pom.split_once("<artifactId>kafka_2.13</artifactId>")?.1;
    after.split_once("<version>")?.1.split_once("</version>").map(|(version, _)| version)
}

fn java(jars: &Path, dir: &Path) -> Command {
    let mut java = Command::new("java");
    java.arg("-cp").arg(jars.join("*"));
    java.arg(format!("-Dorg.slf4j.simpleLogger.logFile={}", dir.join("console.log").display()));
    java.args(["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true"]);
    java
}

fn run_to_end(what: &str, command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{what}: {:?}: {error}", command.get_program()))?;
    if output.status.success() {
        return Ok(());
    }
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(format!("{what}: {}\n{stdout}{stderr}", output.status))
}

fn free_ports() -> std::io::Result<(u16, u16)> {
    let (one, other) = (TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?);
    Ok((one.local_addr()?.port(), other.local_addr()?.port()))
}

fn server_properties(dir: &Path, port: u16, controller_port: u16) -> String {
    let mut text = String::new();
    let settings: &[(&str, String)] = &[
        ("process.roles", "broker,controller".to_owned()),
        ("node.id", "1".to_owned()),
        ("controller.quorum.voters", format!("1@127.0.0.1:{controller_port}")),
        ("listeners", format!("PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}")),
        ("advertised.listeners", format!("PLAINTEXT://127.0.0.1:{port}")),
        ("controller.listener.names", "CONTROLLER".to_owned()),
        ("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT".to_owned()),
        ("inter.broker.listener.name", "PLAINTEXT".to_owned()),
        ("log.dirs", dir.join("data").display().to_string()),
        ("auto.create.topics.enable", "false".to_owned()),
        // Events of past years must not be swept away by age.
        ("log.retention.ms", "-1".to_owned()),
        ("group.initial.rebalance.delay.ms", "0".to_owned()),
        ("offsets.topic.num.partitions", "4".to_owned()),
        ("offsets.topic.replication.factor", "1".to_owned()),
        ("transaction.state.log.num.partitions", "4".to_owned()),
        ("transaction.state.log.replication.factor", "1".to_owned()),
        ("transaction.state.log.min.isr", "1".to_owned()),
        ("share.coordinator.state.topic.replication.factor", "1".to_owned()),
        ("share.coordinator.state.topic.min.isr", "1".to_owned()),
        ("log.cleaner.dedupe.buffer.size", (16 << 20).to_string()),
    ];
    for (key, value) in settings {
        writeln!(text, "{key}={value}").unwrap();
    }
    text
}
