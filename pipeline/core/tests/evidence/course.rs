//! A course run under test: events by what a person did and when, with a cut at each midnight as the engine takes it.

use teachback_core::event::decode::Headers;
use teachback_core::event::validate::Key;
use teachback_core::evidence::CourseEvidence;
use teachback_core::partitioner::Partitioner;
use teachback_core::pseudonym::{Door, PseudonymKey};
use teachback_core::shard::{Message, Outcome, Rules, Shard};
use teachback_core::time::{DAY, Day, EventTime, HOUR, MINUTE, SECOND};

/// The first day of the course: 2026-01-05.
pub(crate) const FIRST: Day = Day(20_458);

/// A moment of the course: day from 0, hour, minute, second.
pub(crate) fn at(day: i64, hour: i64, minute: i64, second: i64) -> EventTime {
    FIRST.start().plus(day * DAY + hour * HOUR + minute * MINUTE + second * SECOND)
}

pub(crate) struct Course {
    shard: Shard,
    rules: Rules,
    events: u32,
    pub(crate) told: Vec<CourseEvidence>,
}

impl Course {
    pub(crate) fn new() -> Self {
        let rules = Rules { horizon: 24 * HOUR, partitioner: Partitioner::Any, partitions: 1, door: Door::new(&PseudonymKey::new([5; 32]), "w") };
        Self { shard: Shard::default(), rules, events: 0, told: Vec::new() }
    }

    /// Something that happened; `data` as the members of a JSON object.
    pub(crate) fn event(&mut self, time: EventTime, what: &str, data: &str) {
        self.events += 1;
        let body = body(self.events, time, what, data);
        assert_eq!(self.take(&body), Outcome::Accepted, "{body}");
    }

    /// Takes a message as it is, with the cut before it where one is due.
    pub(crate) fn take(&mut self, body: &str) -> Outcome {
        let message =
            Message { partition: 0, received: EventTime(i64::MAX), received_is_ceiling: true, key: Key::None, headers: Headers::none(), body: body.as_bytes() };
        let event = Shard::read(&message, &self.rules).expect("a good event");
        if let Some((_, last)) = self.shard.cut_due(&event, &self.rules) {
            self.tell();
            self.shard.cut_taken(last);
        }
        self.shard.take(&event, &message, &self.rules).outcome
    }

    /// Tells what there is to tell, as at a cut.
    pub(crate) fn tell(&mut self) {
        self.told.extend(self.shard.tell(&self.rules));
    }

    /// Lets time pass to a day: three learners are seen then, and again a day later, who do nothing else.
    pub(crate) fn pass_to(&mut self, day: i64) {
        for body in passing(day) {
            self.take(&body);
        }
        self.tell();
    }
}

/// An event as a message.
pub(crate) fn body(number: u32, time: EventTime, what: &str, data: &str) -> String {
    format!(r#"{{"specversion":"1.0","id":"e{number}","source":"lms","type":"learning.{what}.v1","time":"{time}","subject":"C","data":{{{data}}}}}"#)
}

/// What three learners do who come by on a day and the next.
pub(crate) fn passing(day: i64) -> Vec<String> {
    let seen = |(later, who): (i64, u32)| {
        body(1_000_000 + 10 * day as u32 + 3 * later as u32 + who, at(day + later, 12, 0, 0), "live.joined", &format!(r#""learner":"passer{who}""#))
    };
    [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)].map(seen).into()
}
