//! Providers answer signals: the next verdict says so, and a verdict that is judged again hears no more than the first time.

use crate::failing_store::FailingStore;
use crate::stand::{MONDAY, Stand, copy, memory};
use std::sync::Arc;
use std::time::Duration;
use teachback_connectors::memory::{ManualClock, MemoryLog, MemoryRecord, MemorySignals};
use teachback_connectors::parquet::{self, ParquetFormat};
use teachback_core::table::{Cell, Rows, contracts};
use teachback_core::time::{EventTime, HOUR, SECOND};
use teachback_engine::grounds::Grounds;
use teachback_engine::layout;
use teachback_engine::port::{Partition, Store};
use teachback_engine::publisher::Publisher;

/// Longer than a verdict waits for a newer one.
const QUIET: Duration = Duration::from_secs(6);

/// The midnight that ends a day, counted from the first.
fn midnight(day: i32) -> EventTime {
    MONDAY.plus(day + 1).start()
}

/// A course in which a recording opens for nobody with the app; its signals, and what its provider answers.
struct Course {
    store: Arc<dyn Store>,
    clock: ManualClock,
    stand: Stand,
    signals: MemorySignals,
    feedback: MemoryLog,
    publisher: Publisher,
}

impl Course {
    /// The first day is over and published: a signal is open and told.
    fn with_an_open_signal() -> Self {
        let (store, clock) = (memory(), ManualClock::at(MONDAY.start()));
        let mut stand = Stand::open(&store, &clock, "first");
        for learner in 0..40_i64 {
            let time = MONDAY.start().plus(6 * HOUR + learner * SECOND);
            stand.happen(time, "learning.content.viewed.v1", &format!(r#""learner":"w-{learner}","content":"text","client":"web""#));
            stand.happen(time, "learning.content.failed.v1", &format!(r#""learner":"a-{learner}","content":"rec","client":"app","error_code":"404""#));
        }
        stand.live_an_hour(MONDAY, 18);
        let (signals, feedback) = (MemorySignals::default(), MemoryLog::new("feedback", 2));
        let publisher = publisher(&store, &clock, &signals, &feedback);
        let mut course = Self { store, clock, stand, signals, feedback, publisher };
        course.publish(0);
        assert_eq!(course.told(), ["opened"]);
        course
    }

    /// The next day begins, so this one is over; everything is published and told.
    fn publish(&mut self, day: i32) {
        self.stand.live_a_day(MONDAY.plus(day + 1));
        self.publisher.round().unwrap();
        self.clock.advance(QUIET);
        self.publisher.round().unwrap();
    }

    fn signal_id(&self) -> String {
        let event: serde_json::Value = serde_json::from_str(&self.signals.events()[0].body).unwrap();
        event["data"]["signal_id"].as_str().unwrap().to_owned()
    }

    /// Somebody answers the signal, by the key of another or of his own.
    fn answer(&self, response: &str, provider: &str, key: &str) {
        append(&self.feedback, &self.signal_id(), response, provider, key);
    }

    /// What was told of the signal so far: the last word of each event's type before its version.
    fn told(&self) -> Vec<String> {
        let word = |body: String| {
            let event: serde_json::Value = serde_json::from_str(&body).unwrap();
            event["type"].as_str().unwrap().split('.').nth(2).unwrap().to_owned()
        };
        self.signals.events().into_iter().map(|event| word(event.body)).collect()
    }

    /// The state of the signal in the table of a snapshot.
    fn state(&self, as_of: EventTime) -> String {
        let mut rows = Rows::new(&contracts::SIGNALS);
        for entry in self.store.list(&layout::snapshot("signals", as_of)).unwrap() {
            rows.append(&parquet::read(&contracts::SIGNALS, self.store.get(&entry.path).unwrap().unwrap()).unwrap());
        }
        let column = |name: &str| contracts::SIGNALS.columns.iter().position(|column| column.name == name).unwrap();
        let text = |row: usize, name: &str| if let Cell::Text(text) = rows.cell(row, column(name)) { text.to_owned() } else { panic!("{name}") };
        let row = (0..rows.len()).find(|row| text(*row, "signal_id") == self.signal_id()).unwrap();
        text(row, "state")
    }
}

fn publisher(store: &Arc<dyn Store>, clock: &ManualClock, signals: &MemorySignals, feedback: &MemoryLog) -> Publisher {
    let (sink, source) = (Box::new(signals.clone()), Box::new(feedback.clone()));
    Publisher::new(store.clone(), Arc::new(ParquetFormat), Arc::new(clock.clone()), Some(sink), Some(source), [0]).unwrap()
}

fn append(feedback: &MemoryLog, signal_id: &str, response: &str, provider: &str, key: &str) {
    let kind = format!("teachback.feedback.{response}.v1");
    let body = format!(
        r#"{{"specversion":"1.0","id":"a","source":"studio","type":"{kind}","subject":"{signal_id}","data":{{"signal_id":"{signal_id}","provider":"{provider}"}}}}"#
    );
    feedback.append(Partition(1), MemoryRecord { key: Some(key.into()), body: body.into(), ..MemoryRecord::default() });
}

#[test]
fn an_answer_is_told_with_the_next_verdict() {
    for response in ["acknowledged", "dismissed"] {
        let mut course = Course::with_an_open_signal();
        course.answer(response, "orgx", "orgx");
        course.clock.advance(QUIET);
        course.publisher.round().unwrap();
        assert_eq!(course.told(), ["opened"], "feedback alone makes no verdict");
        course.publish(1);
        assert_eq!(course.told(), ["opened", response]);
        assert_eq!((course.state(midnight(0)), course.state(midnight(1))), ("open".to_owned(), response.to_owned()));
        course.publish(2);
        assert_eq!(course.told(), ["opened", response], "it is told once");
        assert_eq!(course.state(midnight(2)), response, "it holds");
    }
}

#[test]
fn the_latest_answer_holds() {
    let mut course = Course::with_an_open_signal();
    course.answer("dismissed", "orgx", "orgx");
    course.publish(1);
    course.answer("acknowledged", "orgx", "orgx");
    course.publish(2);
    assert_eq!(course.told(), ["opened", "dismissed", "acknowledged"]);
}

#[test]
fn nobody_answers_for_another_provider() {
    let mut course = Course::with_an_open_signal();
    course.answer("dismissed", "orgy", "orgy");
    course.answer("dismissed", "orgx", "orgy");
    for body in ["", "not json", "{}"] {
        course.feedback.append(Partition(0), MemoryRecord { key: Some(b"orgx".to_vec()), body: body.into(), ..MemoryRecord::default() });
    }
    course.publish(1);
    assert_eq!((course.told(), course.state(midnight(1))), (vec!["opened".to_owned()], "open".to_owned()));
    course.answer("acknowledged", "orgx", "orgx");
    course.publish(2);
    assert_eq!(course.state(midnight(2)), "acknowledged", "what nobody could hear stops nothing");
}

#[test]
fn grounds_say_what_a_verdict_rests_on() {
    let mut course = Course::with_an_open_signal();
    course.answer("acknowledged", "orgx", "orgx");
    course.publish(1);
    let grounds: Vec<Grounds> =
        (0..2).map(|day| serde_json::from_slice(&course.store.get(&layout::grounds(midnight(day))).unwrap().unwrap()).unwrap()).collect();
    assert_eq!(grounds[0].feedback, [].into());
    assert_eq!(grounds[1].feedback, [(Partition(1), 1)].into());
    assert!(grounds[0].shards[&0] < grounds[1].shards[&0]);
    assert_eq!(grounds[1].versions.rules["C-01"], "2");
}

/// The publisher dies after each of its effects in turn, and a later answer comes before the next one goes on. Where the
/// grounds were noted, the verdict is the one that they name; else it hears the later answer, too.
#[test]
fn a_verdict_that_is_judged_again_hears_no_more_than_the_first_time() {
    let mut course = Course::with_an_open_signal();
    course.answer("acknowledged", "orgx", "orgx");
    course.stand.live_a_day(MONDAY.plus(2));
    let (before, as_of) = (copy(course.store.as_ref()), midnight(1));
    let verdict = |store: &Arc<dyn Store>, feedback: &MemoryLog| {
        publisher(store, &course.clock, &MemorySignals::default(), feedback).round().unwrap();
        store.get(&layout::verdict(as_of)).unwrap().unwrap()
    };
    let first = verdict(&copy(before.as_ref()), &course.feedback);
    let later = MemoryLog::new("feedback", 2);
    append(&later, &course.signal_id(), "acknowledged", "orgx", "orgx");
    append(&later, &course.signal_id(), "dismissed", "orgx", "orgx");
    let second = verdict(&copy(before.as_ref()), &later);
    assert_ne!(first, second);
    let (mut crashes, mut noted) = (0, 0);
    loop {
        let store = copy(before.as_ref());
        let failing = Arc::new(FailingStore::after(crashes, store.clone()));
        let dying: Arc<dyn Store> = failing.clone();
        let done = publisher(&dying, &course.clock, &MemorySignals::default(), &course.feedback).round();
        let is_noted = store.get(&layout::grounds(as_of)).unwrap().is_some();
        assert_eq!(verdict(&store, &later), if is_noted { first.clone() } else { second.clone() }, "after {crashes} effects");
        noted += u32::from(is_noted);
        if !failing.has_failed() {
            done.unwrap();
            break;
        }
        crashes += 1;
    }
    assert!(crashes > 10 && noted > 5, "{crashes} crashes, {noted} of them after the grounds were noted");
}
