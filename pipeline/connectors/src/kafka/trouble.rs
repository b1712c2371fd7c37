//! Errors of librdkafka: which of them pass, and who has to act on the others.

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use teachback_engine::port::{Actor, PortError};

/// What an error of a consumer means for the one who polls.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The client tries again by itself.
    Passing,
    /// The offset to read from is not in the log.
    OutOfRange,
    /// Reading cannot go on.
    Lasting(PortError),
}

/// Judges an error met while reading. Refused credentials last only before a client was connected once: later they are an
/// outage of whatever the brokers ask, and the client tries again.
pub(super) fn judge(error: KafkaError, topic: &str, reason: &str, was_connected: bool) -> Trouble {
    let Some(code) = error.rdkafka_error_code() else { return Trouble::Passing };
    let lasting = |actor, message| Trouble::Lasting(PortError { actor, message, cause: Some(Box::new(error.clone())) });
    match code {
        Code::AutoOffsetReset | Code::OffsetOutOfRange => Trouble::OutOfRange,
        Code::BadMessage | Code::BadCompression | Code::InvalidMessage | Code::InvalidMessageSize | Code::LogTruncation => {
            lasting(Actor::Damage, format!("topic {topic} holds a record that is damaged ({code}: {reason}); restore the topic's log"))
        }
        Code::FencedInstanceId | Code::UnreleasedInstanceId => {
            lasting(Actor::User, format!("another consumer has the same `group.instance.id` ({reason}); give each process its own"))
        }
        _ if matches!(error, KafkaError::MessageConsumptionFatal(_)) => {
            lasting(Actor::External, format!("the Kafka client of topic {topic} has failed for good ({code}: {reason}); start again"))
        }
        _ => match user_fault(code, topic, reason) {
            Some(message) if !was_connected || is_about_topic(code) => lasting(Actor::User, message),
            Some(_) | None => Trouble::Passing,
        },
    }
}

/// An error of a call that was waited for.
pub(super) fn failed(error: KafkaError, what: &str, topic: &str) -> PortError {
    let code = error.rdkafka_error_code();
    let user = code.and_then(|code| user_fault(code, topic, &code.to_string()));
    let (actor, message) = match user {
        Some(message) => (Actor::User, message),
        None => (Actor::External, format!("{what} of topic {topic} failed; check that the brokers can be reached")),
    };
    PortError { actor, message, cause: Some(Box::new(error)) }
}

fn is_about_topic(code: Code) -> bool {
    matches!(code, Code::UnknownTopic | Code::UnknownTopicOrPartition | Code::InvalidTopic)
}

/// What the user has done wrong, if it is that.
fn user_fault(code: Code, topic: &str, reason: &str) -> Option<String> {
    match code {
        Code::UnknownTopic | Code::UnknownTopicOrPartition | Code::UnknownPartition => {
            Some(format!("topic {topic} does not exist on these brokers; create it or name another one"))
        }
        Code::InvalidTopic => Some(format!("`{topic}` is no valid topic name")),
        Code::TopicAuthorizationFailed => Some(format!("these credentials may not use topic {topic}; grant access to it")),
        Code::GroupAuthorizationFailed | Code::ClusterAuthorizationFailed | Code::TransactionalIdAuthorizationFailed => {
            Some(format!("these credentials lack a right ({reason}); grant it for topic {topic}, its group and its transactional id"))
        }
        Code::SaslAuthenticationFailed | Code::Authentication | Code::UnsupportedSASLMechanism | Code::IllegalSASLState => {
            Some(format!("the brokers refuse the credentials ({reason}); check the `sasl.*` properties"))
        }
        Code::SSL => Some(format!("no TLS connection to the brokers ({reason}); check `security.protocol` and the `ssl.*` properties")),
        Code::InvalidGroupId | Code::InconsistentGroupProtocol | Code::InvalidSessionTimeout | Code::UnsupportedAssignor => {
            Some(format!("the brokers refuse the group ({reason}); check its name, and that all its members use the same settings"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_apart_by_who_acts() {
        let judged = |code, connected| judge(KafkaError::MessageConsumption(code), "t", "why", connected);
        assert!(matches!(judged(Code::AllBrokersDown, false), Trouble::Passing));
        assert!(matches!(judged(Code::PollExceeded, true), Trouble::Passing));
        assert!(matches!(judged(Code::AutoOffsetReset, true), Trouble::OutOfRange));
        assert!(matches!(judged(Code::BadMessage, true), Trouble::Lasting(PortError { actor: Actor::Damage, .. })));
        assert!(matches!(judged(Code::UnknownTopicOrPartition, true), Trouble::Lasting(PortError { actor: Actor::User, .. })));
        assert!(matches!(judged(Code::Authentication, false), Trouble::Lasting(PortError { actor: Actor::User, .. })));
        assert!(matches!(judged(Code::Authentication, true), Trouble::Passing), "a running client waits for an outage to end");
        let fatal = judge(KafkaError::MessageConsumptionFatal(Code::Fatal), "t", "why", true);
        assert!(matches!(fatal, Trouble::Lasting(PortError { actor: Actor::External, .. })));
    }
}
