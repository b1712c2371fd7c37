//! [`Event`] to the bytes of a structured CloudEvent, the inverse of [`super::decode`].
//!
//! Used by importers, the simulator and the router; measure itself never writes events.

use super::{Data, Event};
use crate::time::EventTime;
use serde::Serialize;

#[derive(Serialize)]
struct Structured<'a> {
    specversion: &'static str,
    id: &'a str,
    source: &'a str,
    #[serde(rename = "type")]
    type_name: &'a str,
    time: String,
    subject: &'a str,
    datacontenttype: &'static str,
    data: &'a Data<'a>,
}

/// The event as one line of JSON without a line end.
///
/// # Errors
/// When a number of the event is not finite.
pub fn encode(event: &Event<'_>) -> Result<String, serde_json::Error> {
    let time: EventTime = event.time;
    serde_json::to_string(&Structured {
        specversion: "1.0",
        id: &event.id,
        source: &event.source,
        type_name: event.kind.name(),
        time: time.to_string(),
        subject: &event.subject,
        datacontenttype: "application/json",
        data: &event.data,
    })
}

#[cfg(test)]
mod tests {
    use super::super::decode::decode;
    use super::super::{EventType, Kind};
    use super::*;

    #[test]
    fn what_is_written_reads_back_equal() {
        let event = Event {
            id: "e\"1".into(),
            source: "lms".into(),
            kind: Kind::Known(EventType::ItemAnswered),
            time: EventTime::parse("2026-01-05T08:00:00.25Z").expect("a time"),
            subject: "course-v1:OrgX+C1+2026".into(),
            data: Box::new(Data { learner: Some("ann".into()), item: Some("i1".into()), score: Some(0.5), attempt: Some(2), ..Data::default() }),
            unknown_fields: 0,
        };
        let json = encode(&event).expect("finite numbers");
        assert_eq!(decode(&[], json.as_bytes()).expect("good event"), event);
    }
}
