//! `[[sources]]` and `[route]`: the doors by which foreign messages come in, and where their events go.

use super::Settings;
use crate::failure::Failure;
use crate::time_zone;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use teachback_connectors::kafka::KafkaSettings;
use teachback_core::event::validate::is_identifier;
use teachback_core::partitioner::Partitioner;
use teachback_core::time::EventTime;
use teachback_formats::route::{Aliases, Format, Ownership, Router, Source};

/// One door, as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceSettings {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) format: Format,
    #[serde(default)]
    pub(crate) topics: Vec<String>,
    pub(crate) provider: Option<String>,
    pub(crate) learner_space: Option<String>,
    #[serde(default = "utc")]
    pub(crate) time_zone: String,
    #[serde(default)]
    pub(crate) owns: Vec<OwnsSettings>,
}

fn utc() -> String {
    "Z".to_owned()
}

/// A group of facts: its name, or its name with a provider and a time.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "the name of a group of facts, or { group, provider, from, until }")]
pub(crate) enum OwnsSettings {
    Group(String),
    Some(OwnsSome),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnsSome {
    group: String,
    provider: Option<String>,
    from: Option<String>,
    until: Option<String>,
}

/// What all sources have in common, as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RouteSettings {
    pub(crate) to: Option<String>,
    pub(crate) dead_letters: Option<String>,
    pub(crate) group: String,
    pub(crate) aliases: Option<PathBuf>,
    pub(crate) aliases_topic: Option<String>,
    pub(crate) inside_run: bool,
}

impl Default for RouteSettings {
    fn default() -> Self {
        Self { to: None, dead_letters: None, group: "teachback-route".to_owned(), aliases: None, aliases_topic: None, inside_run: true }
    }
}

/// Where the identity alias map is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AliasPlan {
    /// There is none.
    None,
    /// In a CSV table, which is read at the start.
    Table(PathBuf),
    /// In a compacted topic, which is read to its end at the start and then followed.
    Topic(KafkaSettings),
}

/// Settings of route that can be relied on.
#[derive(Debug, Clone)]
pub(crate) struct RoutePlan {
    /// The topic of canonical events, and how the brokers are reached; its group is route's.
    pub(crate) to: KafkaSettings,
    /// The topic of dead letters.
    pub(crate) dead_letters: String,
    /// How a key chooses its partition in the topic of canonical events.
    pub(crate) partitioner: Partitioner,
    /// The sources.
    pub(crate) sources: Vec<Source>,
    /// The source of each topic that is read.
    pub(crate) topics: BTreeMap<String, String>,
    /// Where the identity alias map is.
    pub(crate) aliases: AliasPlan,
    /// Where the pseudonym key is.
    pub(crate) pseudonym_key_file: Option<PathBuf>,
    /// Whether `run` does the work of route, too.
    pub(crate) inside_run: bool,
}

impl RoutePlan {
    /// The router of these settings. An alias map in a topic is empty yet.
    pub(crate) fn router(&self) -> Result<Router, Failure> {
        let aliases = match &self.aliases {
            AliasPlan::None | AliasPlan::Topic(_) => Aliases::default(),
            AliasPlan::Table(file) => {
                let table = std::fs::read(file).map_err(|error| Failure::new(format!("{}: {error}", file.display()), "mend `aliases` in [route]"))?;
                Aliases::read(&table).map_err(|error| Failure::new(format!("{}: {error}", file.display()), "mend the line; the map is read at the start"))?
            }
        };
        Router::new(self.sources.iter().cloned(), aliases).map_err(|error| Failure::new(error, "mend `owns` of the [[sources]]"))
    }
}

impl RouteSettings {
    /// Where the alias map is, with Kafka reached as for the events.
    fn alias_plan(&self, kafka: &KafkaSettings) -> Result<AliasPlan, Failure> {
        match (&self.aliases, &self.aliases_topic) {
            (None, None) => Ok(AliasPlan::None),
            (Some(file), None) => Ok(AliasPlan::Table(file.clone())),
            (None, Some(topic)) => {
                let kafka = kafka.with_topic(topic);
                kafka.check()?;
                Ok(AliasPlan::Topic(kafka))
            }
            (Some(_), Some(_)) => Err(Failure::new("[route] has `aliases` and `aliases_topic`", "a route has one alias map; give one of them")),
        }
    }
}

impl Settings {
    /// What route is to do; `None` when there are no `[[sources]]`. A flag's brokers go over those of the file.
    pub(crate) fn route(&self, brokers: Option<&str>) -> Result<Option<RoutePlan>, Failure> {
        if self.sources.is_empty() {
            return Ok(None);
        }
        let brokers = brokers.map(str::to_owned).or_else(|| self.kafka.brokers.clone());
        let brokers = brokers.ok_or_else(|| Failure::new("the [[sources]] need Kafka", "give `brokers` in [kafka]"))?;
        let to = self.route.to.clone().or_else(|| self.kafka.topic.clone()).unwrap_or_else(|| super::EVENTS_TOPIC.to_owned());
        let to = KafkaSettings { brokers, topic: to, group: self.route.group.clone(), properties: self.kafka.properties.clone() };
        to.check()?;
        let dead_letters = self.route.dead_letters.clone().unwrap_or_else(|| format!("{}.dead-letters", to.topic));
        let aliases = self.route.alias_plan(&to)?;
        let (mut sources, mut topics) = (Vec::new(), BTreeMap::new());
        for written in &self.sources {
            let source = written.checked()?;
            if sources.iter().any(|other: &Source| other.name == source.name) {
                return Err(Failure::new(format!("two [[sources]] are called `{}`", source.name), "a source is known by its name; give each its own"));
            }
            for topic in &written.topics {
                if *topic == to.topic || *topic == dead_letters {
                    return Err(Failure::new(format!("source `{}` reads `{topic}`, which route writes", source.name), "name another topic"));
                }
                if matches!(&aliases, AliasPlan::Topic(kafka) if kafka.topic == *topic) {
                    return Err(Failure::new(format!("source `{}` reads `{topic}`, which holds aliases", source.name), "name another topic"));
                }
                if let Some(other) = topics.insert(topic.clone(), source.name.clone()) {
                    return Err(Failure::new(format!("topic `{topic}` is of `{other}` and of `{}`", source.name), "a topic has one source"));
                }
            }
            sources.push(source);
        }
        if topics.is_empty() {
            return Err(Failure::new("no source has a topic", "give `topics` to at least one of the [[sources]]"));
        }
        let plan = RoutePlan {
            to,
            dead_letters,
            partitioner: self.kafka.partitioner,
            sources,
            topics,
            aliases,
            pseudonym_key_file: self.privacy.pseudonym_key_file.clone(),
            inside_run: self.route.inside_run,
        };
        // Owners that disagree are told before anything is read.
        plan.router()?;
        Ok(Some(plan))
    }
}

impl SourceSettings {
    /// The source with everything read and checked.
    fn checked(&self) -> Result<Source, Failure> {
        let fault = |what: String, help: &str| Failure::new(format!("source `{}`: {what}", self.name), help);
        for (key, value) in [("name", Some(&self.name)), ("provider", self.provider.as_ref()), ("learner_space", self.learner_space.as_ref())] {
            if value.is_some_and(|value| !is_identifier(value)) {
                return Err(fault(format!("`{key}` is no identifier"), "give 1 to 1,024 bytes without control characters"));
            }
        }
        let naive_offset_minutes =
            time_zone::parse(&self.time_zone).ok_or_else(|| fault(format!("`{}` is no time zone", self.time_zone), "write an offset: \"Z\", \"+08:00\""))?;
        let owns = self.owns.iter().map(|owns| owns.checked(&fault)).collect::<Result<_, _>>()?;
        Ok(Source {
            name: self.name.clone(),
            format: self.format,
            provider: self.provider.clone(),
            learner_space: self.learner_space.clone(),
            naive_offset_minutes,
            owns,
        })
    }
}

impl OwnsSettings {
    fn checked(&self, fault: &dyn Fn(String, &str) -> Failure) -> Result<Ownership, Failure> {
        let some = match self {
            Self::Group(group) => return Ok(Ownership { group: group.clone(), provider: None, from: None, until: None }),
            Self::Some(some) => some,
        };
        let time = |text: &Option<String>| {
            let parsed = |text: &String| EventTime::parse(text).ok_or_else(|| fault(format!("`{text}` is no time"), "write it like 2026-11-21T00:00:00Z"));
            text.as_ref().map(parsed).transpose()
        };
        Ok(Ownership { group: some.group.clone(), provider: some.provider.clone(), from: time(&some.from)?, until: time(&some.until)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str) -> Result<Option<RoutePlan>, Failure> {
        toml::from_str::<Settings>(text).expect("toml").route(None)
    }

    /// What is wrong, as a person reads it.
    fn said(text: &str) -> String {
        plan(text).expect_err("must be refused").to_string()
    }

    const KAFKA: &str = "[kafka]\nbrokers = \"b:9092\"\n";

    #[test]
    fn a_source_is_read_with_its_defaults() {
        let plan = plan(&format!("{KAFKA}[[sources]]\nname = \"lms\"\ntopics = [\"in\"]")).expect("is right").expect("a plan");
        assert_eq!(plan.sources, [Source { name: "lms".to_owned(), ..Source::default() }]);
        assert_eq!(
            (plan.to.topic.as_str(), plan.dead_letters.as_str(), plan.to.group.as_str()),
            ("learning-events", "learning-events.dead-letters", "teachback-route")
        );
        assert_eq!((plan.topics["in"].as_str(), plan.inside_run), ("lms", true));
        assert!(super::super::Settings::default().route(None).expect("is right").is_none());
    }

    #[test]
    fn everything_about_a_source_can_be_said() {
        let text = format!(
            "{KAFKA}topic = \"log\"\n[route]\ngroup = \"g\"\naliases_topic = \"aliases\"\ninside_run = false\n[[sources]]\nname = \"lms\"\nformat = \"openedx\"\ntopics = [\"a\", \"b\"]\n\
             provider = \"OrgX\"\nlearner_space = \"edx\"\ntime_zone = \"-03:30\"\n\
             owns = [\"enrollment\", {{ group = \"item\", provider = \"OrgX\", from = \"2026-01-01T00:00:00Z\" }}]\n"
        );
        let plan = plan(&text).expect("is right").expect("a plan");
        let source = &plan.sources[0];
        assert_eq!((source.format, source.naive_offset_minutes, source.owns.len()), (Format::OpenEdx, -210, 2));
        assert_eq!(source.hints(EventTime(0)).provider, Some("OrgX"));
        assert_eq!((source.owns[1].provider.as_deref(), source.owns[1].from), (Some("OrgX"), EventTime::parse("2026-01-01T00:00:00Z")));
        assert_eq!((plan.to.topic.as_str(), plan.topics.len(), plan.inside_run), ("log", 2, false));
        assert_eq!(plan.aliases, AliasPlan::Topic(plan.to.with_topic("aliases")));
    }

    #[test]
    fn the_reference_configuration_routes() {
        let plan = plan(include_str!("../../../../deploy/config/reference.toml")).expect("is right").expect("a plan");
        assert_eq!((plan.topics["openedx.tracking"].as_str(), plan.sources[0].owns.len()), ("lms", 1));
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(toml::from_str::<Settings>("[[sources]]\nname = \"a\"\ntopic = \"t\"").is_err(), "an unknown key");
        assert!(toml::from_str::<Settings>("[[sources]]\nname = \"a\"\nformat = \"scorm\"").is_err(), "an unknown format");
        let source = |rest: &str| format!("{KAFKA}[[sources]]\nname = \"a\"\n{rest}\n");
        for (text, what) in [
            ("[[sources]]\nname = \"a\"\ntopics = [\"t\"]".to_owned(), "the [[sources]] need Kafka"),
            (source(""), "no source has a topic"),
            (source("topics = [\"learning-events\"]"), "source `a` reads `learning-events`, which route writes"),
            (source("topics = [\"t\"]\n[[sources]]\nname = \"a\""), "two [[sources]] are called `a`"),
            (source("topics = [\"t\"]\n[[sources]]\nname = \"b\"\ntopics = [\"t\"]"), "topic `t` is of `a` and of `b`"),
            (source("time_zone = \"Europe/Berlin\""), "source `a`: `Europe/Berlin` is no time zone"),
            (source("provider = \"\""), "source `a`: `provider` is no identifier"),
            (source("topics = [\"t\"]\n[route]\naliases = \"a.csv\"\naliases_topic = \"a\""), "[route] has `aliases` and `aliases_topic`"),
            (source("topics = [\"t\"]\n[route]\naliases_topic = \" \""), "the Kafka setting `topic` is empty"),
            (source("topics = [\"t\"]\n[route]\naliases_topic = \"t\""), "source `a` reads `t`, which holds aliases"),
            (source("topics = [\"t\"]\nowns = [\"grades\"]"), "source `a` owns `grades`, which is no group of facts"),
            (source("topics = [\"t\"]\nowns = [{ group = \"item\", from = \"May\" }]"), "source `a`: `May` is no time"),
        ] {
            assert!(said(&text).starts_with(what), "{} instead of {what}", said(&text));
        }
    }
}
