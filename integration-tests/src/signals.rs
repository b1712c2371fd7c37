//! What providers receive: the signals in the `course-signals` topic.

use crate::broker::Broker;
use crate::producer::{Received, read_committed};
use serde_json::Value;
use std::collections::BTreeSet;

/// One published signal event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Published {
    /// The CloudEvent's id.
    pub id: String,
    /// The signal that it is about.
    pub signal_id: String,
    /// The signal's state.
    pub state: String,
}

/// The signals that a reader of committed transactions sees, each event once.
///
/// # Panics
/// When an event is there twice or is not keyed by its provider.
#[must_use]
pub fn published(broker: &Broker, topic: &str) -> BTreeSet<Published> {
    let mut seen = BTreeSet::new();
    let mut published = BTreeSet::new();
    for message in read_committed(broker, topic) {
        // Whatever is no signal (a progress record) is the product's own affair.
        let Some((id, data)) = cloud_event(&message).filter(|(_, data)| data["signal_id"].is_string()) else { continue };
        let text = |name: &str| data[name].as_str().unwrap_or_else(|| panic!("{name} of signal event {id}: {data}")).to_owned();
        assert!(seen.insert(id.clone()), "signal event {id} is in {topic} twice");
        assert_eq!(message.key.as_deref(), Some(text("provider").as_bytes()), "key of signal event {id}");
        published.insert(Published { signal_id: text("signal_id"), state: text("state"), id });
    }
    published
}

/// Id and data of a CloudEvent in either mode.
fn cloud_event(message: &Received) -> Option<(String, Value)> {
    let header = |name: &str| message.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let body: Value = serde_json::from_slice(message.payload.as_deref()?).ok()?;
    if let Some(id) = header("ce_id") {
        return Some((String::from_utf8_lossy(id).into_owned(), body));
    }
    Some((body["id"].as_str()?.to_owned(), body["data"].clone()))
}
