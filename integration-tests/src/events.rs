//! Canonical events of small invented courses: seeded, and no relative of the product's own simulator.
//!
//! Each learner is walked through a course (videos, a quiz, the next module) until he leaves or finishes; then all
//! events are put in order of time. Some defects are planted so that there is something to signal:
//!
//! | course | defect |
//! |---|---|
//! | 0 | half the viewers leave video `m1-v2` between 120 s and 150 s |
//! | 1 | item `m1-i3` is keyed to a wrong option; hardly anyone gets item `m1-i5` right |
//! | 2 | page `m1-p1` fails on every other opening by `ios` |
//! | 3 | half the learners leave after module 2 |

use serde_json::{Map, Value, json};

/// Milliseconds in a day.
pub const DAY_MS: i64 = 86_400_000;
/// Displacement that still counts as "within the default horizon of 24 h".
const HORIZON_MS: u64 = DAY_MS as u64 - 1_000;
const MODULES: usize = 4;
const ITEMS: usize = 6;
const OPTIONS: [&str; 4] = ["a", "b", "c", "d"];

/// One event, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The course run: `subject`, and the key in Kafka.
    pub course: String,
    /// Event time, milliseconds since 1970.
    pub time_ms: i64,
    /// The CloudEvent in structured JSON.
    pub body: Vec<u8>,
}

impl Event {
    /// Whether its type is `learning.<kind>.v1`.
    #[must_use]
    pub fn is(&self, kind: &str) -> bool {
        let name = format!("\"type\":\"learning.{kind}.v1\"");
        self.body.windows(name.len()).any(|part| part == name.as_bytes())
    }
}

/// What is to be invented.
#[derive(Debug, Clone, Copy)]
pub struct World {
    /// Same seed, same events.
    pub seed: u64,
    /// Number of course runs.
    pub courses: usize,
    /// Learners of each.
    pub learners: usize,
    /// First instant, milliseconds since 1970.
    pub start_ms: i64,
    /// Days from the first event to the last.
    pub days: i64,
}

impl World {
    /// A world of ten days that began on Monday, 6 January 2025.
    #[must_use]
    pub fn past(seed: u64, courses: usize, learners: usize) -> Self {
        Self { seed, courses, learners, start_ms: 1_736_121_600_000, days: 10 }
    }

    /// A world of `days` days that ended a minute before `now_ms`, for a service that runs now.
    #[must_use]
    pub fn recent(seed: u64, courses: usize, learners: usize, days: i64, now_ms: i64) -> Self {
        Self { seed, courses, learners, start_ms: now_ms - 60_000 - days * DAY_MS, days }
    }

    /// The name of a course run.
    #[must_use]
    pub fn course(number: usize) -> String {
        format!("course-v1:Org{}+C{number}+2025", number % 3)
    }

    /// How a platform would name a learner.
    #[must_use]
    pub fn learner(course: usize, number: usize) -> String {
        format!("learner-{course}-{number}@example.org")
    }

    /// All events in order of time.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        let mut happened = Vec::new();
        for course in 0..self.courses {
            happened.push(outline(course, self.start_ms));
            for number in 0..self.learners {
                let rng = Rng::new(self.seed ^ Rng::mix((course as u64) << 32 | number as u64));
                let mut walk = Walk::new(self, course, number, rng);
                walk.through_the_course();
                happened.append(&mut walk.happened);
            }
        }
        let end_ms = self.start_ms + self.days * DAY_MS;
        happened.retain(|fact| fact.time_ms < end_ms);
        happened.sort_by_key(|fact| fact.time_ms); // stable: what happened at one instant keeps its order
        happened.into_iter().enumerate().map(|(number, fact)| fact.into_event(self.seed, number)).collect()
    }
}

struct Fact {
    course: usize,
    time_ms: i64,
    kind: &'static str,
    data: Map<String, Value>,
}

impl Fact {
    fn into_event(self, seed: u64, number: usize) -> Event {
        let Self { course, time_ms, kind, mut data } = self;
        data.insert("provider".into(), json!(format!("org-{}", course % 3)));
        let course = World::course(course);
        let time = jiff::Timestamp::from_millisecond(time_ms).unwrap();
        let body = json!({
            "specversion": "1.0",
            "id": format!("{:016x}", Rng::mix(seed.wrapping_add(number as u64))),
            "source": "https://lms.example.org",
            "type": format!("learning.{kind}.v1"),
            "time": format!("{time:.3}"),
            "subject": course,
            "datacontenttype": "application/json",
            "data": data,
        });
        Event { course, time_ms, body: serde_json::to_vec(&body).unwrap() }
    }
}

fn outline(course: usize, time_ms: i64) -> Fact {
    let option = |name: &str| json!({ "option": name });
    let item = |module: usize, item: usize| {
        json!({ "item": format!("m{module}-i{item}"), "key": key_of(module, item), "max_score": 1.0,
                "options": OPTIONS.map(option) })
    };
    let module = |module: usize| {
        json!({
            "module": format!("m{module}"),
            "contents": [
                { "content": format!("m{module}-p1"), "content_type": "page", "words": 600 },
                { "content": format!("m{module}-v1"), "content_type": "video", "length_s": length_s(module, 1) },
                { "content": format!("m{module}-v2"), "content_type": "video", "length_s": length_s(module, 2) },
            ],
            "assessments": [
                { "assessment": format!("m{module}-quiz"), "items": (1..=ITEMS).map(|number| item(module, number)).collect::<Vec<_>>() },
            ],
        })
    };
    let modules: Vec<Value> = (1..=MODULES).map(module).collect();
    Fact { course, time_ms, kind: "course.published", data: object(json!({ "modules": modules })) }
}

fn key_of(module: usize, item: usize) -> &'static str {
    OPTIONS[(module + item) % OPTIONS.len()]
}

fn length_s(module: usize, video: usize) -> f64 {
    240.0 + 30.0 * ((module * 3 + video * 5) % 7) as f64
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}

/// One learner on his way through one course.
struct Walk<'a> {
    world: &'a World,
    course: usize,
    number: usize,
    ability: f64,
    client: &'static str,
    session: u32,
    module: usize,
    now_ms: i64,
    rng: Rng,
    happened: Vec<Fact>,
}

impl<'a> Walk<'a> {
    fn new(world: &'a World, course: usize, number: usize, mut rng: Rng) -> Self {
        let now_ms = world.start_ms + 1_000 + rng.below(2 * DAY_MS as u64) as i64;
        let client = ["web", "ios", "android"][rng.below(3) as usize];
        Self { world, course, number, ability: rng.unit(), client, session: 0, module: 0, now_ms, rng, happened: Vec::new() }
    }

    fn through_the_course(&mut self) {
        let mode = if self.rng.chance(0.3) { "verified" } else { "audit" };
        self.tell("enrollment.created", json!({ "enrollment_mode": mode }));
        let pace_ms = self.world.days * DAY_MS / (MODULES as i64 + 2);
        for module in 1..=MODULES {
            self.module = module;
            self.session += 1;
            self.rest(60 * 60);
            self.page();
            self.video(1);
            self.video(2);
            self.quiz(1);
            let wall = self.course % 4 == 3 && module == 2;
            if self.rng.chance(if wall { 0.5 } else { 0.08 }) {
                return self.leave();
            }
            self.now_ms += pace_ms / 2 + self.rng.below(pace_ms as u64) as i64;
        }
        self.tell("enrollment.completed", json!({}));
    }

    fn leave(&mut self) {
        if self.rng.chance(0.6) {
            self.rest(3_600);
            let reason = ["too_hard", "no_time", "other"][self.rng.below(3) as usize];
            self.tell("enrollment.withdrawn", json!({ "reason": reason }));
        }
    }

    fn page(&mut self) {
        let page = json!({ "content": self.place("p1"), "content_type": "page" });
        let breaks = self.course % 4 == 2 && self.module == 1 && self.client == "ios";
        if breaks && self.rng.chance(0.5) {
            let mut failed = object(page);
            failed.insert("error_code".into(), json!("http-500"));
            return self.tell("content.failed", Value::Object(failed));
        }
        self.tell("content.viewed", page);
    }

    fn video(&mut self, number: usize) {
        let length = length_s(self.module, number);
        let end = self.leaves_at(number, length);
        self.play("played", number, 0.0, None);
        let mut at = 0.0;
        if self.rng.chance(0.3) && end > 60.0 {
            let pause = self.within(at, end);
            at = self.watch(at, pause);
            self.play("paused", number, at, None);
            self.rest(60);
            self.play("played", number, at, None);
        }
        if self.rng.chance(0.2) && end > at + 20.0 {
            let jump = self.within(at, end);
            at = self.watch(at, jump);
            let back = seconds((at - 30.0).max(0.0));
            self.play("seeked", number, at, Some(back));
            at = back;
        }
        at = self.watch(at, end);
        self.play("stopped", number, at, None);
        if at >= length {
            self.play("completed", number, at, None);
        }
    }

    /// The second at which the learner stops watching.
    fn leaves_at(&mut self, number: usize, length: f64) -> f64 {
        let defect = self.course.is_multiple_of(4) && self.module == 1 && number == 2;
        if defect && self.rng.chance(0.5) {
            return self.within(120.0, 150.0);
        }
        if self.rng.chance(0.15) { self.within(1.0, length) } else { length }
    }

    fn quiz(&mut self, attempt: u32) {
        let assessment = self.place("quiz");
        let mut total = 0.0;
        for item in 1..=ITEMS {
            self.rest(90);
            let key = key_of(self.module, item);
            let response = self.response(item, key);
            let right = response == key;
            total += f64::from(u8::from(right));
            self.tell(
                "item.answered",
                json!({
                    "assessment": assessment, "item": self.place(&format!("i{item}")), "attempt": attempt, "response": response,
                    "outcome": if right { "right" } else { "wrong" }, "score": f64::from(u8::from(right)), "max_score": 1.0,
                }),
            );
        }
        self.tell("assessment.submitted", json!({ "assessment": assessment, "attempt": attempt, "score": total, "max_score": ITEMS as f64 }));
        if attempt == 1 && total < 3.0 && self.rng.chance(0.5) {
            self.rest(600);
            self.quiz(2);
        }
    }

    fn response(&mut self, item: usize, key: &'static str) -> &'static str {
        let defects = self.course % 4 == 1 && self.module == 1;
        let right = match item {
            3 if defects => 0.7 - 0.65 * self.ability, // the able choose the option that is right in truth
            5 if defects => 0.02,
            _ => 0.3 + 0.6 * self.ability,
        };
        if self.rng.chance(right) {
            return key;
        }
        let wrong: Vec<&str> = OPTIONS.into_iter().filter(|option| *option != key).collect();
        let rival = if item == 3 && defects { 0.9 } else { 0.4 };
        if self.rng.chance(rival) { wrong[0] } else { wrong[self.rng.below(3) as usize] }
    }

    fn play(&mut self, what: &'static str, number: usize, at: f64, to: Option<f64>) {
        let kind = match what {
            "played" => "content.played",
            "paused" => "content.paused",
            "seeked" => "content.seeked",
            "stopped" => "content.stopped",
            _ => "content.completed",
        };
        let mut data = object(json!({
            "content": self.place(&format!("v{number}")), "content_type": "video",
            "content_length_s": length_s(self.module, number), "position_s": at,
        }));
        if let Some(to) = to {
            data.insert("position_to_s".into(), json!(to));
        }
        self.tell(kind, Value::Object(data));
    }

    /// Plays on from `from` to `to`; gives `to`.
    fn watch(&mut self, from: f64, to: f64) -> f64 {
        self.now_ms += ((to - from) * 1_000.0) as i64;
        to
    }

    /// Up to `most_s` seconds pass.
    fn rest(&mut self, most_s: u64) {
        self.now_ms += 1_000 + self.rng.below(most_s * 1_000) as i64;
    }

    fn within(&mut self, from: f64, to: f64) -> f64 {
        seconds(from + self.rng.unit() * (to - from))
    }

    fn place(&self, name: &str) -> String {
        format!("m{}-{name}", self.module)
    }

    fn tell(&mut self, kind: &'static str, data: Value) {
        let mut data = object(data);
        data.insert("learner".into(), json!(World::learner(self.course, self.number)));
        if self.module > 0 {
            data.insert("module".into(), json!(format!("m{}", self.module)));
            data.insert("session".into(), json!(format!("s-{}-{}-{}", self.course, self.number, self.session)));
            data.insert("client".into(), json!(self.client));
        }
        self.now_ms += 5;
        self.happened.push(Fact { course: self.course, time_ms: self.now_ms, kind, data });
    }
}

/// Tenths of a second, as players report.
fn seconds(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// Repeats about `share` of the events (same bytes), each right after its original.
#[must_use]
pub fn duplicate_some(events: &[Event], share: f64, seed: u64) -> Vec<Event> {
    let mut rng = Rng::new(seed);
    let mut repeated = Vec::with_capacity(events.len() * 2);
    for event in events {
        repeated.push(event.clone());
        if rng.chance(share) {
            repeated.push(event.clone());
        }
    }
    repeated
}

/// Another order in which no event stands behind one that is 24 h younger: each is delayed by less than that.
#[must_use]
pub fn shuffle_within_horizon(events: &[Event], seed: u64) -> Vec<Event> {
    let mut rng = Rng::new(seed);
    let mut delayed: Vec<(i64, &Event)> = events.iter().map(|event| (event.time_ms + rng.below(HORIZON_MS) as i64, event)).collect();
    delayed.sort_by_key(|(arrival, _)| *arrival);
    delayed.into_iter().map(|(_, event)| event.clone()).collect()
}

/// SplitMix64: small, seeded, good enough to invent learners.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// A generator that always gives the same numbers for the same seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A one-to-one scrambling of 64 bits.
    #[must_use]
    pub fn mix(value: u64) -> u64 {
        let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        let number = Self::mix(self.0);
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        number % end
    }

    /// A number from 0 to below 1.
    pub fn unit(&mut self) -> f64 {
        self.below(1 << 53) as f64 / (1_u64 << 53) as f64
    }

    /// Whether something of this probability happens.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const SMALL: fn() -> Vec<Event> = || World::past(1, 4, 20).events();

    #[test]
    fn events_are_in_order_of_time_with_unique_ids_and_the_same_for_a_seed() {
        let events = SMALL();
        assert!(events.is_sorted_by_key(|event| event.time_ms));
        let ids: BTreeSet<String> = events.iter().map(|event| field(event, "id")).collect();
        assert_eq!(ids.len(), events.len());
        assert_eq!(events, SMALL());
        assert_ne!(events, World::past(2, 4, 20).events());
        assert_eq!(field(&events[0], "time"), "2025-01-06T00:00:00.000Z");
    }

    #[test]
    fn shuffling_keeps_the_set_and_stays_within_the_horizon() {
        let repeated = duplicate_some(&SMALL(), 0.1, 7);
        let shuffled = shuffle_within_horizon(&repeated, 8);
        let mut youngest = i64::MIN;
        for event in &shuffled {
            youngest = youngest.max(event.time_ms);
            assert!(youngest - event.time_ms < DAY_MS);
        }
        let sorted = |events: &[Event]| {
            let mut bodies: Vec<_> = events.iter().map(|event| event.body.clone()).collect();
            bodies.sort();
            bodies
        };
        assert_ne!(shuffled, repeated);
        assert_eq!(sorted(&shuffled), sorted(&repeated));
    }

    fn field(event: &Event, name: &str) -> String {
        let value: Value = serde_json::from_slice(&event.body).unwrap();
        value[name].as_str().unwrap().to_owned()
    }
}
