//! Settings of Kafka clients: what the user may set, what is fixed, and our defaults.

use crate::limits::{CONSUMER_QUEUE_KIB_MAX, CONSUMER_QUEUE_RECORDS, PRODUCED_RECORD_BYTES_MAX, PRODUCER_QUEUE_KIB_MAX, PRODUCER_QUEUE_RECORDS_MAX};
use rdkafka::ClientConfig;
use std::collections::BTreeMap;
use std::fmt;
use teachback_engine::port::{Actor, PortError};

/// How to reach a topic.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct KafkaSettings {
    /// `host:port` of some brokers, separated by commas.
    pub brokers: String,
    /// The topic.
    pub topic: String,
    /// The consumer group.
    pub group: String,
    /// Further librdkafka properties, passed on as they are.
    pub properties: BTreeMap<String, String>,
}

impl fmt::Debug for KafkaSettings {
    /// Shows the names of properties only: some values are passwords.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let properties: Vec<&String> = self.properties.keys().collect();
        out.debug_struct("KafkaSettings")
            .field("brokers", &self.brokers)
            .field("topic", &self.topic)
            .field("group", &self.group)
            .field("properties", &properties)
            .finish()
    }
}

/// Properties that cannot be set, and why.
const FIXED: &[(&str, &str)] = &[
    ("bootstrap.servers", "the brokers have a setting of their own"),
    ("metadata.broker.list", "the brokers have a setting of their own"),
    ("group.id", "the group has a setting of its own"),
    ("enable.auto.commit", "offsets are committed by checkpoints"),
    ("enable.auto.offset.store", "offsets are committed by checkpoints"),
    ("auto.commit.enable", "offsets are committed by checkpoints"),
    ("auto.offset.reset", "an offset that is out of range must stop the shard, never skip records"),
    ("isolation.level", "aborted transactions must not be counted"),
    ("enable.partition.eof", "the end of the log is known by it"),
    ("check.crcs", "a damaged record must be noticed"),
    ("allow.auto.create.topics", "a mistyped topic must not be made"),
    ("enable.idempotence", "records must not be doubled or reordered"),
    ("enable.gapless.guarantee", "a record that could not be sent must stop the producer"),
    ("acks", "records must be safe when they are confirmed"),
    ("request.required.acks", "records must be safe when they are confirmed"),
    ("partitioner", "a course must stay in one partition"),
    ("transactional.id", "it keeps a second sender out"),
    ("log.queue", "log lines reach our log by it"),
];

/// Beginnings of properties that only consumers know; producers would warn about them.
const CONSUMER_ONLY: &[&str] =
    &["group.", "session.timeout", "heartbeat.", "max.poll", "coordinator.", "partition.assignment", "auto.", "queued.m", "fetch.", "offset.", "consume."];
/// Beginnings of properties that only producers know; consumers would warn about them.
const PRODUCER_ONLY: &[&str] = &[
    "transaction.",
    "queue.buffering",
    "linger.",
    "message.send.max",
    "message.timeout",
    "delivery.timeout",
    "retries",
    "compression.",
    "batch.",
    "sticky.",
    "request.timeout",
];

impl KafkaSettings {
    /// The same settings for another topic.
    #[must_use]
    pub fn with_topic(&self, topic: &str) -> Self {
        Self { topic: topic.to_owned(), ..self.clone() }
    }

    /// Checks the settings without reaching for a broker.
    ///
    /// # Errors
    /// [`Actor::User`], naming the property and what is wrong with it.
    pub fn check(&self) -> Result<(), PortError> {
        let user = |message: String| Err(PortError::new(Actor::User, message));
        for (name, value) in [("brokers", &self.brokers), ("topic", &self.topic), ("group", &self.group)] {
            if value.trim().is_empty() {
                return user(format!("the Kafka setting `{name}` is empty"));
            }
        }
        if let Some((name, why)) = FIXED.iter().find(|(name, _)| self.properties.contains_key(*name)) {
            return user(format!("the Kafka property `{name}` cannot be set: {why}; remove it"));
        }
        for config in [self.consumer_unchecked(), self.producer_unchecked()] {
            if let Err(cause) = config.create_native_config() {
                return Err(refused(cause));
            }
        }
        Ok(())
    }

    /// The configuration of a consumer.
    pub(super) fn consumer(&self) -> Result<ClientConfig, PortError> {
        self.check()?;
        Ok(self.consumer_unchecked())
    }

    /// The configuration of a producer: idempotent, partitioned as Java's default partitioner does.
    pub(super) fn producer(&self) -> Result<ClientConfig, PortError> {
        self.check()?;
        Ok(self.producer_unchecked())
    }

    fn consumer_unchecked(&self) -> ClientConfig {
        let mut config = self.client();
        config.set("group.id", &self.group);
        // A full queue is asked again after 10 ms, not after a second: that is a factor of five in reading a long log.
        config
            .set("queued.max.messages.kbytes", CONSUMER_QUEUE_KIB_MAX.to_string())
            .set("queued.min.messages", CONSUMER_QUEUE_RECORDS.to_string())
            .set("fetch.queue.backoff.ms", "10");
        if self.properties.get("group.protocol").is_none_or(|protocol| protocol != "consumer") {
            config.set("partition.assignment.strategy", "cooperative-sticky");
        }
        self.pass_on(&mut config, PRODUCER_ONLY);
        config
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "error")
            .set("isolation.level", "read_committed")
            .set("enable.partition.eof", "true")
            .set("check.crcs", "true")
            .set("allow.auto.create.topics", "false");
        config
    }

    fn producer_unchecked(&self) -> ClientConfig {
        let mut config = self.client();
        config
            .set("queue.buffering.max.kbytes", PRODUCER_QUEUE_KIB_MAX.to_string())
            .set("queue.buffering.max.messages", PRODUCER_QUEUE_RECORDS_MAX.to_string())
            .set("message.max.bytes", PRODUCED_RECORD_BYTES_MAX.to_string())
            .set("linger.ms", "20")
            .set("batch.num.messages", "50000")
            .set("compression.codec", "lz4");
        self.pass_on(&mut config, CONSUMER_ONLY);
        config.set("enable.idempotence", "true").set("partitioner", "murmur2_random");
        config
    }

    fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers).set("client.id", "teachback");
        config.set("log.connection.close", "false").set("socket.keepalive.enable", "true");
        config
    }

    fn pass_on(&self, config: &mut ClientConfig, of_others: &[&str]) {
        for (name, value) in &self.properties {
            if !of_others.iter().any(|beginning| name.starts_with(beginning)) {
                config.set(name, value);
            }
        }
    }
}

/// librdkafka's own words name the property and the allowed values; the value itself may be a secret and is left out.
pub(super) fn refused(cause: rdkafka::error::KafkaError) -> PortError {
    let message = match &cause {
        rdkafka::error::KafkaError::ClientConfig(_, description, property, _) => format!("the Kafka property `{property}` is not accepted: {description}"),
        _ => "the Kafka properties are not accepted; check them against librdkafka's CONFIGURATION.md".to_owned(),
    };
    PortError { actor: Actor::User, message, cause: Some(Box::new(cause)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(properties: &[(&str, &str)]) -> KafkaSettings {
        let properties = properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        KafkaSettings { brokers: "localhost:9092".to_owned(), topic: "t".to_owned(), group: "g".to_owned(), properties }
    }

    #[test]
    fn what_correctness_rests_on_cannot_be_set_and_the_error_says_which() {
        for (name, why) in FIXED {
            let error = settings(&[(name, "x")]).check().expect_err("is fixed");
            assert_eq!(error.actor, Actor::User);
            assert!(error.message.contains(name) && error.message.contains(why), "{}", error.message);
        }
    }

    #[test]
    fn everything_else_passes_through_and_beats_our_defaults() {
        let consumer = settings(&[("fetch.queue.backoff.ms", "25"), ("security.protocol", "SASL_SSL"), ("linger.ms", "7")]).consumer().expect("is fine");
        assert_eq!(consumer.get("fetch.queue.backoff.ms"), Some("25"));
        assert_eq!(consumer.get("security.protocol"), Some("SASL_SSL"));
        assert_eq!(consumer.get("linger.ms"), None, "a consumer does not know it");
        assert_eq!(consumer.get("auto.offset.reset"), Some("error"));
        let producer = settings(&[("linger.ms", "7"), ("session.timeout.ms", "9000")]).producer().expect("is fine");
        assert_eq!((producer.get("linger.ms"), producer.get("session.timeout.ms")), (Some("7"), None));
    }

    #[test]
    fn the_newer_group_protocol_has_no_assignment_strategy() {
        let consumer = settings(&[("group.protocol", "consumer")]).consumer().expect("is fine");
        assert_eq!(consumer.get("partition.assignment.strategy"), None);
        assert_eq!(settings(&[]).consumer().expect("is fine").get("partition.assignment.strategy"), Some("cooperative-sticky"));
    }

    #[test]
    fn unknown_properties_and_bad_values_are_named_without_their_values() {
        for (name, value) in [("no.such.property", "hidden"), ("fetch.queue.backoff.ms", "hidden")] {
            let error = settings(&[(name, value)]).check().expect_err("is refused");
            assert!(error.message.contains(name) && !error.message.contains("hidden"), "{}", error.message);
        }
        assert!(settings(&[]).with_topic(" ").check().expect_err("is empty").message.contains("topic"));
    }

    #[test]
    fn secrets_are_not_shown() {
        let shown = format!("{:?}", settings(&[("sasl.password", "hidden")]));
        assert!(shown.contains("sasl.password") && !shown.contains("hidden"));
    }
}
