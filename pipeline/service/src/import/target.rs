//! Where imports and replays write to: a file, standard output or a topic.

use crate::cli::EventTarget;
use crate::duration;
use crate::failure::{Failure, system};
use crate::settings::Settings;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use teachback_connectors::kafka::{EventProducer, KafkaSettings, admin};

/// Where to write.
#[derive(Debug)]
pub(crate) enum Target {
    /// A file of lines.
    File(PathBuf),
    /// Standard output.
    Stdout,
    /// A topic, keyed by course, and how late its events may be.
    Kafka(KafkaTarget),
}

/// A topic.
#[derive(Debug)]
pub(crate) struct KafkaTarget {
    pub(super) kafka: KafkaSettings,
    /// Microseconds.
    pub(super) horizon: i64,
}

impl Target {
    /// The target that the flags name. Properties of the Kafka client and the horizon come from the settings.
    pub(crate) fn of(flags: &EventTarget) -> Result<Self, Failure> {
        match (&flags.out, &flags.brokers, &flags.topic) {
            (Some(out), ..) if out.as_os_str() == "-" => Ok(Self::Stdout),
            (Some(out), ..) => Ok(Self::File(out.clone())),
            (None, Some(brokers), Some(topic)) => {
                let settings = Settings::load(flags.config.as_deref())?;
                let kafka = KafkaSettings {
                    brokers: brokers.clone(),
                    topic: topic.clone(),
                    group: "teachback-import".to_owned(),
                    properties: settings.kafka.properties,
                };
                let horizon = duration::parse(&settings.measure.horizon).ok_or_else(|| {
                    Failure::new(format!("horizon = `{}` is no length of time", settings.measure.horizon), "write a whole number and s, m, h or d, e.g. 24h")
                })?;
                Ok(Self::Kafka(KafkaTarget { kafka, horizon: i64::try_from(horizon.as_micros()).unwrap_or(i64::MAX) }))
            }
            (None, ..) => Err(Failure::new("there is nowhere to write to", "give --out FILE, or --brokers and --topic")),
        }
    }

    /// Looks whether it can be written to, before anything else is done: a topic must exist.
    pub(super) fn check(&self) -> Result<(), Failure> {
        match self {
            Self::File(_) | Self::Stdout => {}
            Self::Kafka(target) => {
                admin::partitions(&target.kafka)?;
            }
        }
        Ok(())
    }

    /// How people know it, and what tells it from other targets.
    pub(super) fn name(&self) -> String {
        match self {
            Self::File(out) => std::path::absolute(out).unwrap_or_else(|_| out.clone()).display().to_string(),
            Self::Stdout => "standard output".to_owned(),
            Self::Kafka(target) => format!("topic {} on {}", target.kafka.topic, target.kafka.brokers),
        }
    }

    /// Where there is room for what the import keeps meanwhile: beside the file, else in the current directory.
    pub(super) fn place_beside(&self) -> PathBuf {
        match self {
            Self::File(out) => folder_of(out).to_owned(),
            Self::Stdout | Self::Kafka(_) => PathBuf::from("."),
        }
    }
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes events.
#[derive(Debug)]
pub(crate) enum Writer {
    /// A file that gets its name when it is whole.
    File {
        /// Under another name meanwhile.
        lines: BufWriter<File>,
        part: PathBuf,
        out: PathBuf,
    },
    /// Standard output.
    Stdout(BufWriter<io::Stdout>),
    /// A topic.
    Kafka(Box<EventProducer>),
}

impl Writer {
    /// Opens a target; a topic must exist.
    pub(crate) fn open(target: &Target) -> Result<Self, Failure> {
        match target {
            Target::File(out) => {
                let name = out.file_name().ok_or_else(|| Failure::new(format!("{} is no name of a file", out.display()), "give --out FILE"))?;
                let part = folder_of(out).join(format!(".{}.part", name.to_string_lossy()));
                let lines = BufWriter::new(File::create(&part).map_err(system(format!("writing {}", part.display())))?);
                Ok(Self::File { lines, part, out: out.clone() })
            }
            Target::Stdout => Ok(Self::Stdout(BufWriter::new(io::stdout()))),
            Target::Kafka(KafkaTarget { kafka, .. }) => {
                admin::partitions(kafka)?;
                Ok(Self::Kafka(Box::new(EventProducer::new(kafka)?)))
            }
        }
    }

    /// Writes one event.
    pub(crate) fn write(&mut self, course: &str, line: &str) -> Result<(), Failure> {
        match self {
            Self::File { lines, part, .. } => writeln!(lines, "{line}").map_err(system(format!("writing {}", part.display()))),
            Self::Stdout(lines) => writeln!(lines, "{line}").map_err(system("writing")),
            Self::Kafka(producer) => Ok(producer.send(course, line.as_bytes(), None)?),
        }
    }

    /// Waits until a topic has everything that was written; files are safe only at the end.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        match self {
            Self::File { .. } | Self::Stdout(_) => Ok(()),
            Self::Kafka(producer) => Ok(producer.flush()?),
        }
    }

    /// Makes everything safe; a file gets its name.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        self.flush()?;
        match self {
            Self::File { lines, part, out } => {
                let named = || {
                    let file = lines.into_inner().map_err(io::IntoInnerError::into_error)?;
                    file.sync_all()?;
                    std::fs::rename(&part, &out)
                };
                named().map_err(system(format!("writing {}", out.display())))
            }
            Self::Stdout(mut lines) => lines.flush().map_err(system("writing")),
            Self::Kafka(_) => Ok(()),
        }
    }
}
