//! Settings: a TOML file, environment variables over it (`TEACHBACK__SECTION__KEY`), flags over both.
//!
//! Unknown keys are refused with their place. [`Settings::checked`] turns the values as written into values that a run
//! can rely on.

mod sources;

use crate::cli::{PartitionerName, Run};
use crate::duration;
use crate::failure::Failure;
use crate::intake::{CheckedIntake, IntakeSettings};
use serde::Deserialize;
pub(crate) use sources::{AliasPlan, RoutePlan};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use teachback_connectors::kafka::KafkaSettings;
use teachback_core::partitioner::Partitioner;
use teachback_core::time::EventTime;
use teachback_engine::bounds::BATCH_RECORDS_MAX;

/// The topic of canonical events where none is named.
const EVENTS_TOPIC: &str = "learning-events";
/// The topic in which providers answer signals where none is named.
const FEEDBACK_TOPIC: &str = "signal-feedback";

/// Settings as written; see `deploy/config/reference.toml` for what each means.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    pub(crate) warehouse: WarehouseSettings,
    pub(crate) input: InputSettings,
    pub(crate) kafka: Kafka,
    pub(crate) measure: MeasureSettings,
    pub(crate) publish: PublishSettings,
    pub(crate) privacy: PrivacySettings,
    pub(crate) sources: Vec<sources::SourceSettings>,
    pub(crate) route: sources::RouteSettings,
    pub(crate) intake: Option<IntakeSettings>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WarehouseSettings {
    pub(crate) directory: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct InputSettings {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) not_after: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Kafka {
    pub(crate) brokers: Option<String>,
    pub(crate) topic: Option<String>,
    pub(crate) group: Option<String>,
    pub(crate) signals_topic: Option<String>,
    pub(crate) feedback_topic: Option<String>,
    pub(crate) partitioner: Partitioner,
    pub(crate) properties: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct MeasureSettings {
    pub(crate) horizon: String,
    pub(crate) threads: Option<usize>,
    pub(crate) batch_events_max: usize,
    pub(crate) lake: bool,
}

impl Default for MeasureSettings {
    fn default() -> Self {
        Self { horizon: "24h".to_owned(), threads: None, batch_events_max: BATCH_RECORDS_MAX, lake: true }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PublishSettings {
    pub(crate) every: String,
}

impl Default for PublishSettings {
    fn default() -> Self {
        Self { every: "5m".to_owned() }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PrivacySettings {
    pub(crate) pseudonym_key_file: Option<PathBuf>,
}

/// Where events come from.
#[derive(Debug, Clone)]
pub(crate) enum Input {
    /// Files or directories, or `-`.
    Files(Vec<PathBuf>),
    /// A topic.
    Kafka(KafkaSettings),
}

/// Settings that a run can rely on.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    pub(crate) warehouse: PathBuf,
    pub(crate) input: Input,
    pub(crate) signals: Option<KafkaSettings>,
    /// Where providers answer; `None` for files.
    pub(crate) feedback: Option<KafkaSettings>,
    pub(crate) partitioner: Partitioner,
    pub(crate) horizon: Duration,
    pub(crate) publish_every: Duration,
    pub(crate) threads: usize,
    pub(crate) batch_events_max: usize,
    pub(crate) lake: bool,
    pub(crate) not_after: Option<EventTime>,
    pub(crate) until_end: bool,
    pub(crate) pseudonym_key_file: Option<PathBuf>,
}

/// A place in a configuration file.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("{message}")]
#[diagnostic(help("deploy/config/reference.toml lists every key with its meaning"))]
struct Misplaced {
    message: String,
    #[source_code]
    text: miette::NamedSource<String>,
    #[label("here")]
    place: Option<miette::SourceSpan>,
}

impl Settings {
    /// Reads a file and lays the environment over it.
    pub(crate) fn load(file: Option<&Path>) -> Result<Self, Failure> {
        let text = match file {
            Some(file) => {
                std::fs::read_to_string(file).map_err(|error| Failure::new(format!("{}: {error}", file.display()), "give the path of a TOML file"))?
            }
            None => String::new(),
        };
        let name = file.map_or_else(|| "settings".to_owned(), |file| file.display().to_string());
        let misplaced = |error: &toml::de::Error| {
            let text = miette::NamedSource::new(&name, text.clone());
            Failure::at(Misplaced { message: error.message().to_owned(), text, place: error.span().map(Into::into) })
        };
        // Read once for its own sake: an error then has its line and column.
        toml::from_str::<Self>(&text).map_err(|error| misplaced(&error))?;
        let mut table: toml::Table = text.parse().map_err(|error: toml::de::Error| misplaced(&error))?;
        for (name, value) in std::env::vars() {
            if let Some(path) = name.strip_prefix("TEACHBACK__") {
                overlay(&mut table, &path.to_ascii_lowercase(), &value);
            }
        }
        table.try_into().map_err(|error: toml::de::Error| {
            Failure::new(format!("environment over {name}: {}", error.message()), "variables are named TEACHBACK__SECTION__KEY")
        })
    }

    /// Lays flags over the settings and checks everything.
    pub(crate) fn checked(self, flags: &Run) -> Result<Checked, Failure> {
        let input = self.input(flags)?;
        let warehouse = flags
            .warehouse
            .clone()
            .or(self.warehouse.directory)
            .ok_or_else(|| Failure::new("there is no warehouse", "give --warehouse DIR, or `directory` in [warehouse]"))?;
        let length = |name: &str, text: &str| {
            duration::parse(text)
                .ok_or_else(|| Failure::new(format!("{name} = `{text}` is no length of time"), "write a whole number and s, m, h or d, e.g. 24h"))
        };
        let not_after = flags.not_after.as_ref().or(self.input.not_after.as_ref());
        let not_after = not_after
            .map(|text| EventTime::parse(text).ok_or_else(|| Failure::new(format!("not_after = `{text}` is no time"), "write it like 2026-11-21T00:00:00Z")))
            .transpose()?;
        let signals_topic = flags.signals_topic.clone().or(self.kafka.signals_topic);
        let signals = match (&input, signals_topic) {
            (Input::Kafka(kafka), Some(topic)) => Some(kafka.with_topic(&topic)),
            (Input::Files(_), Some(_)) => {
                return Err(Failure::new("a signals topic needs Kafka", "file runs write signals.ndjson in the warehouse; leave --signals-topic out"));
            }
            (_, None) => None,
        };
        let feedback_topic = flags.feedback_topic.clone().or(self.kafka.feedback_topic);
        let feedback = match &input {
            Input::Kafka(kafka) => Some(kafka.with_topic(feedback_topic.as_deref().unwrap_or(FEEDBACK_TOPIC))),
            Input::Files(_) if feedback_topic.is_some() => {
                return Err(Failure::new("a feedback topic needs Kafka", "file runs read signal-feedback.ndjson in the warehouse; leave --feedback-topic out"));
            }
            Input::Files(_) => None,
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = flags.threads.or(self.measure.threads).unwrap_or(cores);
        if threads == 0 || self.measure.batch_events_max == 0 {
            return Err(Failure::new("threads and batch_events_max must be at least 1", "leave them out for what suits this machine"));
        }
        Ok(Checked {
            warehouse,
            input,
            signals,
            feedback,
            partitioner: flags.partitioner.map_or(self.kafka.partitioner, |name| match name {
                PartitionerName::Murmur2 => Partitioner::Murmur2,
                PartitionerName::Crc32 => Partitioner::Crc32,
                PartitionerName::Any => Partitioner::Any,
            }),
            horizon: length("horizon", flags.horizon.as_deref().unwrap_or(&self.measure.horizon))?,
            publish_every: length("publish every", flags.publish_every.as_deref().unwrap_or(&self.publish.every))?,
            threads,
            batch_events_max: self.measure.batch_events_max,
            lake: self.measure.lake && !flags.no_lake,
            not_after,
            until_end: flags.until_end,
            pseudonym_key_file: flags.pseudonym_key_file.clone().or(self.privacy.pseudonym_key_file),
        })
    }

    /// The intake, if there is one, and the brokers, if they are named, that it may write to.
    pub(crate) fn intake(&self) -> Result<Option<(CheckedIntake, Option<KafkaSettings>)>, Failure> {
        let Some(intake) = self.intake.clone() else { return Ok(None) };
        let kafka = self.kafka.brokers.clone().map(|brokers| KafkaSettings {
            brokers,
            topic: String::new(),
            group: "teachback-intake".to_owned(),
            properties: self.kafka.properties.clone(),
        });
        Ok(Some((intake.checked()?, kafka)))
    }

    fn input(&self, flags: &Run) -> Result<Input, Failure> {
        let brokers = flags.brokers.clone().or_else(|| self.kafka.brokers.clone());
        let paths = if flags.input.is_empty() { self.input.paths.clone() } else { flags.input.clone() };
        match (brokers, paths.is_empty()) {
            (_, false) if !flags.input.is_empty() => Ok(Input::Files(paths)),
            (Some(_), false) => Err(Failure::new("both files and brokers are given as input", "give one of them")),
            (None, false) => Ok(Input::Files(paths)),
            (None, true) => Err(Failure::new("there is no input", "give --input PATH, or --brokers B --topic T, or a --config that names one")),
            (Some(brokers), true) => {
                let topic = flags.topic.clone().or_else(|| self.kafka.topic.clone()).unwrap_or_else(|| EVENTS_TOPIC.to_owned());
                let group = flags.group.clone().or_else(|| self.kafka.group.clone()).unwrap_or_else(|| "teachback".to_owned());
                let kafka = KafkaSettings { brokers, topic, group, properties: self.kafka.properties.clone() };
                kafka.check()?;
                Ok(Input::Kafka(kafka))
            }
        }
    }
}

/// Puts a variable's value into the table, as the type it looks like; Kafka's own properties stay text as they are.
fn overlay(table: &mut toml::Table, path: &str, value: &str) {
    let Some((section, key)) = path.split_once("__") else { return };
    let section = table.entry(section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    let toml::Value::Table(section) = section else { return };
    if let Some(("properties", property)) = key.split_once("__") {
        // They are written with dots: TEACHBACK__KAFKA__PROPERTIES__SASL_USERNAME is sasl.username.
        let properties = section.entry("properties").or_insert_with(|| toml::Value::Table(toml::Table::new()));
        if let toml::Value::Table(properties) = properties {
            properties.insert(property.replace('_', "."), toml::Value::String(value.to_owned()));
        }
        return;
    }
    let value = match (value.parse::<i64>(), value.parse::<bool>()) {
        (Ok(number), _) => toml::Value::Integer(number),
        (_, Ok(flag)) => toml::Value::Boolean(flag),
        _ => toml::Value::String(value.to_owned()),
    };
    section.insert(key.to_owned(), value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_are_refused_and_the_example_files_are_read() {
        assert!(toml::from_str::<Settings>("[measure]\nhorizont = \"1h\"").is_err());
        for text in [include_str!("../../../deploy/config/minimal.toml"), include_str!("../../../deploy/config/reference.toml")] {
            toml::from_str::<Settings>(text).expect("an example configuration");
        }
    }

    #[test]
    fn the_environment_goes_over_the_file() {
        let mut table: toml::Table = "[measure]\nthreads = 1".parse().expect("toml");
        overlay(&mut table, "measure__threads", "3");
        overlay(&mut table, "kafka__properties__sasl_username", "ann");
        overlay(&mut table, "kafka__properties__sasl_password", "007");
        let settings: Settings = table.try_into().expect("settings");
        assert_eq!(settings.measure.threads, Some(3));
        assert_eq!(settings.kafka.properties["sasl.username"], "ann");
        assert_eq!(settings.kafka.properties["sasl.password"], "007");
    }
}
