//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Learning events in, open quality metrics and improvement signals out.
#[derive(Debug, Parser)]
#[command(name = "teachback", version, about, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Simulate courses with planted defects, measure them, and show what was found. Needs no Kafka.
    Demo(Demo),
    /// Write the events of a simulated world, and the answer book of what can rightly be said of it.
    Simulate(Simulate),
    /// Measure a log: a Kafka topic or files.
    Run(Run),
    /// Turn the messages of the configured sources into canonical events, as a service or to the end of what is there.
    Route(Route),
    /// Look at messages that route refused.
    Dlq {
        #[command(subcommand)]
        command: DlqCommand,
    },
    /// See what the configured sources bring, and which tables and signals will stay empty.
    Doctor(Doctor),
    /// Take xAPI statements and canonical events over HTTP, and keep them for the route.
    Intake(Intake),
    /// Turn another data set into canonical events.
    Import {
        #[command(subcommand)]
        format: ImportFormat,
    },
    /// List the tables of a warehouse, or show one.
    Tables(Tables),
    /// Show the signals of a warehouse.
    Signals(Signals),
    /// Hold the signals of a simulated world against what is true of it.
    Score(Score),
    /// Write one table as a single Parquet or CSV file, rows sorted by key.
    Export(Export),
    /// Recompute every ledger, chain and hash of a warehouse.
    Audit(Audit),
    /// Check a configuration file.
    Check(Check),
    /// Look at refused messages.
    Rejected {
        #[command(subcommand)]
        command: RejectedCommand,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Where to put the log and the warehouse [default: ./teachback-demo].
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Learners over all courses.
    #[arg(long, value_name = "N", default_value_t = 3000)]
    pub(crate) learners: u32,
    /// Seed: the same one gives the same courses.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// Where to put events.ndjson and truth.json; neither may be there yet.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Course runs.
    #[arg(long, value_name = "N", default_value_t = 90)]
    pub(crate) courses: u32,
    /// Learners over all courses; each takes one.
    #[arg(long, value_name = "N", default_value_t = 24_000)]
    pub(crate) learners: u32,
    /// Days from the first outline to the last event.
    #[arg(long, value_name = "D", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3660))]
    pub(crate) days: u32,
    /// Seed: the same one gives the same bytes.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(crate) seed: u64,
    /// What the world is made for.
    #[arg(long, value_enum, default_value_t = WorldName::Base)]
    pub(crate) world: WorldName,
    /// Let the share of learners who audit rise by 25 points from the first enrolments to the last.
    #[arg(long)]
    pub(crate) mix_shift: bool,
    /// Modules of every course [default: 6 to 10].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) modules: Option<u32>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum WorldName {
    /// Everything that can be wrong, as often as the specification says.
    Base,
    /// Like base, with three in ten clean items on the margin of what is acceptable.
    Stress,
    /// Nothing is wrong.
    Clean,
    /// Like base, but learners and items are not what the rules assume.
    Misspecified,
    /// Like base, but every course is of the same size and has a module that is revised.
    Revised,
}

impl From<WorldName> for teachback_simulation::Kind {
    fn from(name: WorldName) -> Self {
        match name {
            WorldName::Base => Self::Base,
            WorldName::Stress => Self::Stress,
            WorldName::Clean => Self::Clean,
            WorldName::Misspecified => Self::Misspecified,
            WorldName::Revised => Self::Revised,
        }
    }
}

#[derive(Debug, Args, Default)]
pub(crate) struct Run {
    /// Configuration file (TOML); flags go over it.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Canonical events: an NDJSON file (.gz, .zst), a directory, or - for standard input. Can be given again.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["brokers", "topic"])]
    pub(crate) input: Vec<PathBuf>,
    /// Kafka brokers, host:port separated by commas.
    #[arg(long, value_name = "B")]
    pub(crate) brokers: Option<String>,
    /// Topic of canonical events.
    #[arg(long, value_name = "T")]
    pub(crate) topic: Option<String>,
    /// Consumer group.
    #[arg(long, value_name = "G")]
    pub(crate) group: Option<String>,
    /// Topic for signals.
    #[arg(long, value_name = "T")]
    pub(crate) signals_topic: Option<String>,
    /// Topic in which providers answer signals, if it is there [default: signal-feedback].
    #[arg(long, value_name = "T")]
    pub(crate) feedback_topic: Option<String>,
    /// The warehouse: a directory, made when it is not there.
    #[arg(long, value_name = "DIR")]
    pub(crate) warehouse: Option<PathBuf>,
    /// How late an event may be and still be counted at once, e.g. 24h.
    #[arg(long, value_name = "TIME")]
    pub(crate) horizon: Option<String>,
    /// How often tables are published while nothing waits, e.g. 5m.
    #[arg(long, value_name = "TIME")]
    pub(crate) publish_every: Option<String>,
    /// How producers choose partitions.
    #[arg(long, value_name = "NAME")]
    pub(crate) partitioner: Option<PartitionerName>,
    /// Files: events later than this (RFC 3339) are clock_wild [default: now].
    #[arg(long, value_name = "TIME")]
    pub(crate) not_after: Option<String>,
    /// Keep no lake: neither rebuild nor erasure are then possible.
    #[arg(long)]
    pub(crate) no_lake: bool,
    /// Read what is there now, publish, and exit.
    #[arg(long)]
    pub(crate) until_end: bool,
    /// Worker threads [default: one a core].
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// File with the pseudonym key: 64 hexadecimal digits.
    #[arg(long, value_name = "FILE")]
    pub(crate) pseudonym_key_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Intake {
    /// Configuration file (TOML) with a section `intake`.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum PartitionerName {
    /// Java clients and most others.
    Murmur2,
    /// librdkafka's default.
    Crc32,
    /// Do not check.
    Any,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportFormat {
    /// The Open University Learning Analytics Dataset: a directory of its CSV tables.
    Oulad(ImportOulad),
    /// Tracking logs of Open edX, sorted by event time over all files.
    OpenedxLogs(ImportArchive),
    /// xAPI statements, one or an array of them a line, sorted by event time over all files.
    Xapi(ImportArchive),
    /// Course outlines: CSV tables of modules, contents, assessments and items.
    Outline(ImportOutline),
}

/// Where an import or a replay writes events to.
#[derive(Debug, Args)]
pub(crate) struct EventTarget {
    /// Write NDJSON here; - is standard output.
    #[arg(long, value_name = "FILE", required_unless_present = "brokers", conflicts_with = "brokers")]
    pub(crate) out: Option<PathBuf>,
    /// Send to Kafka instead, keyed by course.
    #[arg(long, value_name = "B", requires = "topic")]
    pub(crate) brokers: Option<String>,
    /// The topic to send to; it must exist.
    #[arg(long, value_name = "T", requires = "brokers")]
    pub(crate) topic: Option<String>,
    /// Configuration file (TOML) with [kafka.properties] for the brokers, and the horizon.
    #[arg(long, value_name = "FILE", requires = "brokers")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ImportOulad {
    /// Directory with courses.csv, studentVle.csv and the others, complete or sampled.
    pub(crate) dir: PathBuf,
    #[command(flatten)]
    pub(crate) target: EventTarget,
}

/// What all archives have.
#[derive(Debug, Args)]
pub(crate) struct ImportFlags {
    /// Files, plain, .gz or .zst, or directories of them.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The `source` of the events [default: the format's name]. Event ids may depend on it: keep it.
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<String>,
    /// The provider of all events [default: what the records say].
    #[arg(long, value_name = "NAME")]
    pub(crate) provider: Option<String>,
    #[command(flatten)]
    pub(crate) target: EventTarget,
    /// Where sorted parts and the progress of this import are kept meanwhile [default: beside FILE, or ./].
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArchive {
    #[command(flatten)]
    pub(crate) flags: ImportFlags,
    /// The identity space of learners [default: what the format says].
    #[arg(long, value_name = "NAME")]
    pub(crate) learner_space: Option<String>,
    /// Offset from UTC of times that have none, e.g. +08:00.
    #[arg(long, value_name = "OFFSET", default_value = "Z", allow_hyphen_values = true)]
    pub(crate) time_zone: String,
    /// The time of records that have none (RFC 3339) [default: they are refused].
    #[arg(long, value_name = "TIME")]
    pub(crate) received: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ImportOutline {
    #[command(flatten)]
    pub(crate) flags: ImportFlags,
    /// When the outlines came into force (RFC 3339).
    #[arg(long, value_name = "TIME")]
    pub(crate) at: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableFormatName {
    /// A boxed table.
    Table,
    /// One JSON array.
    Json,
    /// CSV.
    Csv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For people.
    Table,
    /// One JSON array.
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Tables {
    /// The warehouse.
    #[arg(long, value_name = "DIR")]
    pub(crate) warehouse: PathBuf,
    /// The table to show; without it the tables are listed.
    pub(crate) table: Option<String>,
    /// How to show it.
    #[arg(long, value_enum, default_value_t = TableFormatName::Table)]
    pub(crate) format: TableFormatName,
}

#[derive(Debug, Args)]
pub(crate) struct Signals {
    /// The warehouse.
    #[arg(long, value_name = "DIR")]
    pub(crate) warehouse: PathBuf,
    /// How to show them.
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    pub(crate) format: ListFormat,
}

#[derive(Debug, Args)]
pub(crate) struct Score {
    /// The warehouse in which a simulated log was measured.
    #[arg(long, value_name = "DIR")]
    pub(crate) warehouse: PathBuf,
    /// The truth file that was written beside the log.
    #[arg(long, value_name = "FILE")]
    pub(crate) truth: PathBuf,
    /// Also write every number to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The warehouse.
    #[arg(long, value_name = "DIR")]
    pub(crate) warehouse: PathBuf,
    /// The table.
    #[arg(long, value_name = "T")]
    pub(crate) table: String,
    /// The file: its ending, .parquet or .csv, says the format.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// The warehouse.
    #[arg(long, value_name = "DIR")]
    pub(crate) warehouse: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// Also reach for the brokers, sample the topic and try the warehouse.
    #[arg(long)]
    pub(crate) connect: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RejectedCommand {
    /// List refused messages with reason and place.
    List(RejectedList),
    /// Show the bytes of one.
    Show(RejectedShow),
    /// Write refused messages out again, for reading once the cause is mended.
    Replay(RejectedReplay),
}

#[derive(Debug, Args)]
pub(crate) struct RejectedList {
    /// The warehouse.
    #[arg(long, value_name = "DIR")]
    pub(crate) warehouse: PathBuf,
    /// Only this reason, e.g. clock_wild.
    #[arg(long, value_name = "R")]
    pub(crate) reason: Option<String>,
    /// How to show them.
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    pub(crate) format: ListFormat,
}

#[derive(Debug, Args)]
pub(crate) struct RejectedShow {
    /// The warehouse.
    #[arg(long, value_name = "DIR")]
    pub(crate) warehouse: PathBuf,
    /// Partition of the message.
    #[arg(long, value_name = "P", default_value_t = 0)]
    pub(crate) partition: u32,
    /// Offset of the message.
    #[arg(long, value_name = "O")]
    pub(crate) offset: u64,
    /// File with the pseudonym key.
    #[arg(long, value_name = "FILE")]
    pub(crate) pseudonym_key_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RejectedReplay {
    /// The warehouse.
    #[arg(long, value_name = "DIR")]
    pub(crate) warehouse: PathBuf,
    /// Only this reason.
    #[arg(long, value_name = "R")]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) target: EventTarget,
    /// File with the pseudonym key.
    #[arg(long, value_name = "FILE")]
    pub(crate) pseudonym_key_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Route {
    /// Configuration file (TOML) with its sources.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// Read what is there now, and exit.
    #[arg(long)]
    pub(crate) until_end: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DlqCommand {
    /// List refused messages with reason and place, newest last.
    List(DlqList),
    /// Show the bytes of one.
    Show(DlqShow),
    /// Route refused messages again, once the cause is mended.
    Replay(DlqReplay),
}

#[derive(Debug, Args)]
pub(crate) struct DlqList {
    /// Configuration file.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// Only this reason, e.g. bad_json.
    #[arg(long, value_name = "R")]
    pub(crate) reason: Option<String>,
    /// How to show them.
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    pub(crate) format: ListFormat,
}

#[derive(Debug, Args)]
pub(crate) struct DlqShow {
    /// Configuration file.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// Topic of the message.
    #[arg(long, value_name = "T")]
    pub(crate) topic: String,
    /// Partition of the message.
    #[arg(long, value_name = "P", default_value_t = 0)]
    pub(crate) partition: u32,
    /// Offset of the message.
    #[arg(long, value_name = "O")]
    pub(crate) offset: u64,
}

#[derive(Debug, Args)]
pub(crate) struct DlqReplay {
    /// Configuration file.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// Only this reason.
    #[arg(long, value_name = "R")]
    pub(crate) reason: Option<String>,
    /// Write NDJSON here instead of sending; - is standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Configuration file (TOML) with its sources.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// Newest messages looked at, of each topic.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub(crate) messages: u64,
    /// How to show it.
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    pub(crate) format: ListFormat,
}
