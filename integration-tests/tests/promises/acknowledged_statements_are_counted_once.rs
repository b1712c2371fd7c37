//! Each statement that the HTTP intake has acknowledged is in exactly one place: accepted, late, rejected or unmapped; though intake
//! and `run` are killed again and again under load and clients send again. The tables tell what the clients did.

use super::routes::{Door, write_config};
use integration_tests::broker::Broker;
use integration_tests::intake::Place;
use integration_tests::readers::Readers;
use integration_tests::service::{Home, Running, Warehouse};
use integration_tests::table::{self, AUDIT, Row};
use integration_tests::{producer, wait};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

const CLIENTS: usize = 4;
/// Rounds in which both processes are killed; in one more `run` is asked to stop.
const KILLS: usize = 2;
/// Requests of each client in a round.
const ROUND: usize = 60;
/// At every so many requests a client takes the answer to one of the round before for lost and sends that again. An intake that
/// was killed since knows nothing of it and writes it again.
const SENT_AGAIN: usize = 9;
const DEADLINE: Duration = Duration::from_secs(45);
const HOST: &str = "https://lms.example.org";
const GROUP: &str = "once";
const ROUTE_GROUP: &str = "route-once";

/// What is to become of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Accepted,
    Late,
    Rejected,
    Unmapped,
}

/// A statement that was acknowledged.
#[derive(Debug, Clone)]
struct Sent {
    id: String,
    fate: Fate,
    course: String,
    /// The content of its event.
    content: String,
    /// The type of its event; empty where it has none.
    event: &'static str,
}

/// The statements of a request, as they are accounted for and as they are sent. Learners play, pause, seek, answer and share; the
/// last act is days old or lies in the future.
fn request(client: usize, number: usize, start: Timestamp) -> (Vec<Sent>, Vec<Value>) {
    let course = format!("{HOST}/course/{}", client % 3);
    let time = start.saturating_add(SignedDuration::from_millis(100 * number as i64)).unwrap();
    let (video, question) = (format!("{HOST}/video/{}", number % 5), format!("{HOST}/q/{}", number % 3));
    let hours = |hours| time.saturating_add(SignedDuration::from_hours(hours)).unwrap();
    // The first request, of several learners, has set the course's clock by then.
    let (odd_fate, odd_time) = if number % 2 == 1 { (Fate::Late, hours(-72)) } else { (Fate::Rejected, hours(24)) };
    let odd = format!("{HOST}/video/{odd_fate:?}");
    let acts = [
        ("https://w3id.org/xapi/video/verbs/played", &video, "learning.content.played.v1", Fate::Accepted, time),
        ("https://w3id.org/xapi/video/verbs/paused", &video, "learning.content.paused.v1", Fate::Accepted, time),
        ("https://w3id.org/xapi/video/verbs/seeked", &video, "learning.content.seeked.v1", Fate::Accepted, time),
        ("http://adlnet.gov/expapi/verbs/answered", &question, "learning.item.answered.v1", Fate::Accepted, time),
        ("http://adlnet.gov/expapi/verbs/shared", &video, "", Fate::Unmapped, time),
        ("https://w3id.org/xapi/video/verbs/played", &odd, "learning.content.played.v1", odd_fate, odd_time),
    ];
    let statements = acts.into_iter().enumerate().map(|(place, (verb, object, event, fate, time))| {
        let id = format!("{client:08x}-{place:04x}-4000-8000-{number:012x}");
        let is_question = *object == question;
        let object_type = if is_question { "http://adlnet.gov/expapi/activities/question" } else { "https://w3id.org/xapi/video/activity-type/video" };
        let extensions = ["time", "time-from", "time-to"].map(|name| (format!("https://w3id.org/xapi/video/extensions/{name}"), json!(place as f64 + 0.5)));
        let statement = json!({
            "id": id,
            "actor": {"account": {"homePage": HOST, "name": format!("learner-{client}-{}", (number + place) % 11)}},
            "verb": {"id": verb},
            "object": {"id": object, "definition": {"type": object_type}},
            "result": {"success": !number.is_multiple_of(4), "response": "a", "extensions": BTreeMap::from(extensions)},
            "context": {"contextActivities": {"grouping": [{"id": course, "definition": {"type": "http://adlnet.gov/expapi/activities/course"}}]}},
            "timestamp": time.to_string(),
        });
        (Sent { id, fate, course: course.clone(), content: object.clone(), event }, statement)
    });
    statements.unzip()
}

/// Sends requests as far as they are released; gives what was acknowledged.
fn send_all(place: &Place<'_>, client: usize, start: Timestamp, released: &AtomicUsize, answered: &AtomicUsize) -> Vec<Sent> {
    let mut acknowledged = Vec::new();
    for number in 0..(KILLS + 1) * ROUND {
        wait::until("a further round", DEADLINE, || (number < released.load(Ordering::Relaxed)).then_some(()));
        acknowledged.extend(send(place, client, number, start));
        if number >= ROUND && number.is_multiple_of(SENT_AGAIN) {
            send(place, client, number - ROUND, start);
        }
        answered.fetch_add(1, Ordering::Relaxed);
    }
    acknowledged
}

/// Sends a request until it is acknowledged; gives what is in it.
fn send(place: &Place<'_>, client: usize, number: usize, start: Timestamp) -> Vec<Sent> {
    let (sent, statements) = request(client, number, start);
    let body = serde_json::to_vec(&statements).unwrap();
    let answer = wait::until("an acknowledgement", DEADLINE, || {
        // Nobody listens, or the answer broke off: the client cannot know, and tries again.
        let answer = place.post_statements(&body).ok()?;
        assert!([200, 503].contains(&answer.status), "{answer}");
        (answer.status == 200).then_some(answer)
    });
    let told: Vec<String> = serde_json::from_str(&answer.body).unwrap();
    assert!(told.iter().eq(sent.iter().map(|sent| &sent.id)), "{told:?}");
    sent
}

/// `run` as a service that routes and measures, started and killed.
struct Measuring<'a> {
    home: &'a Home,
    warehouse: &'a Warehouse<'a>,
    broker: &'a Broker,
    topic: &'a str,
    config: &'a str,
}

impl Measuring<'_> {
    fn args(&self, more: &[&str]) -> Vec<String> {
        let path = self.warehouse.path().display().to_string();
        [&["run", "--config", self.config, "--warehouse", &path, "--group", GROUP], more].concat().into_iter().map(str::to_owned).collect()
    }

    fn start(&self) -> Running {
        self.home.start(self.args(&["--publish-every", "1s"]))
    }

    /// Waits until all statements are routed and measured, and noted as such.
    fn wait_until_idle(&self, place: &Place<'_>, service: &mut Running) {
        let waits = |topic, group| producer::lag(self.broker, topic, group) > 0;
        wait::until("nothing left to measure", DEADLINE, || {
            assert!(!service.ended(), "run ended");
            (service.said("measuring;") && !waits(&place.statements, ROUTE_GROUP) && !waits(self.topic, GROUP)).then_some(())
        });
    }
}

/// Clients send while both processes are killed; then what is still under way is measured.
fn acknowledged_under_kills(place: &Place<'_>, measuring: &Measuring<'_>) -> Vec<Sent> {
    let start = Timestamp::now().saturating_sub(SignedDuration::from_hours(1)).unwrap();
    let (released, answered) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let mut intake = place.start();
    let mut service = measuring.start();
    let acknowledged: Vec<Sent> = thread::scope(|scope| {
        let (released, answered) = (&released, &answered);
        let clients: Vec<_> = (0..CLIENTS).map(|client| scope.spawn(move || send_all(place, client, start, released, answered))).collect();
        let wait_for = |round: usize, part: usize, of: usize| {
            let due = CLIENTS * (round * ROUND + ROUND * part / of);
            wait::until("answers", DEADLINE, || (answered.load(Ordering::Relaxed) >= due).then_some(()));
        };
        for round in 0..KILLS {
            released.store((round + 1) * ROUND, Ordering::Relaxed);
            wait_for(round, 1, 3);
            intake.process.kill();
            intake = place.start();
            wait_for(round, 2, 3);
            service.kill();
            service = measuring.start();
            wait_for(round, 1, 1);
            // The next kill finds something to go on from.
            measuring.wait_until_idle(place, &mut service);
        }
        released.store((KILLS + 1) * ROUND, Ordering::Relaxed);
        wait_for(KILLS, 1, 2);
        service.terminate();
        let _said = service.wait(Duration::from_secs(30)).ok();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    let _said = measuring.home.run(measuring.args(&["--until-end"])).ok();
    acknowledged
}

/// How often each id is in a topic, among the messages of which `is_ours` holds.
fn copies(broker: &Broker, topic: &str, is_ours: impl Fn(&Value) -> bool) -> BTreeMap<String, u64> {
    let mut copies = BTreeMap::new();
    for message in producer::read_committed(broker, topic) {
        let body: Value = serde_json::from_slice(&message.payload.unwrap()).unwrap();
        if is_ours(&body) {
            *copies.entry(body["id"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    copies
}

/// How many of each key.
fn tally<K: Ord>(keys: impl IntoIterator<Item = K>) -> BTreeMap<K, u64> {
    let mut tally = BTreeMap::new();
    keys.into_iter().for_each(|key| *tally.entry(key).or_default() += 1);
    tally
}

/// A column of a table by course and one more column of its key.
fn counts(rows: &[Row], key: &str, column: &str) -> BTreeMap<(String, String), u64> {
    rows.iter().map(|row| ((row["course"].clone(), row[key].clone()), table::count(row, column))).collect()
}

#[test]
fn acknowledged_statements_are_counted_once() {
    let Some(readers) = Readers::shared() else { return };
    let Some(broker) = Broker::shared() else { return };
    let home = Home::new();
    let (topic, warehouse, place) = (broker.create_log("once-events", 3), home.warehouse("once"), Place::new(&home, broker, "once"));
    // A killed member holds the others up until its session ends.
    let session = "[kafka.properties]\n\"session.timeout.ms\" = \"6000\"\n";
    let config = write_config(&home, "once", broker, &topic, &[Door { name: "lms", format: "xapi", topic: &place.statements, more: "" }], session);
    let measuring = Measuring { home: &home, warehouse: &warehouse, broker, topic: &topic, config: &config };
    let acknowledged = acknowledged_under_kills(&place, &measuring);
    warehouse.assert_audited();

    let of = |fates: &[Fate]| acknowledged.iter().filter(|sent| fates.contains(&sent.fate)).collect::<Vec<_>>();
    let ids = |fates: &[Fate]| of(fates).into_iter().map(|sent| sent.id.clone()).collect::<BTreeSet<_>>();
    let [accepted, late, rejected, unmapped] = [Fate::Accepted, Fate::Late, Fate::Rejected, Fate::Unmapped].map(|fate| ids(&[fate]));
    assert_eq!(accepted.len() + late.len() + rejected.len() + unmapped.len(), acknowledged.len(), "clients tell their statements apart");

    // Into the log of statements: all, and what was sent again more than once.
    let raw = copies(broker, &place.statements, |_| true);
    assert!(raw.keys().eq(&ids(&[Fate::Accepted, Fate::Late, Fate::Rejected, Fate::Unmapped])), "nothing but what was acknowledged, and all of it");
    assert!(raw.values().any(|copies| *copies > 1), "a killed intake has forgotten what it wrote");
    let raw_of = |ids: &BTreeSet<String>| ids.iter().map(|id| raw[id]).sum::<u64>();

    // By route: each into an event, or counted by the name of what has no canonical form.
    let doctor = home.run(["doctor", "--config", &config, "--messages", "10000000", "--format", "json"]).ok().json_rows();
    let routed = &doctor[0]["sources"][0];
    assert_eq!(routed["unmapped"], json!([{"name": "shared video", "count": raw_of(&unmapped)}]), "{routed}");
    assert_eq!(routed["mapped"], json!(raw.values().sum::<u64>() - raw_of(&unmapped)), "{routed}");
    assert_eq!((&routed["dead"], &routed["partial"], &routed["twins"]), (&json!(0), &json!([]), &json!([])), "{routed}");
    let events = copies(broker, &topic, |event| event["source"] == "lms");
    assert!(events.keys().eq(&ids(&[Fate::Accepted, Fate::Late, Fate::Rejected])), "an event for each statement that has a canonical form");

    // By measure: accepted once; late or refused as often as it came, which changes no table.
    let audit = table::rows(&warehouse.export(AUDIT));
    let events_of = |ids: &BTreeSet<String>| ids.iter().map(|id| events[id]).sum::<u64>();
    let sums = ["read", "accepted", "duplicate", "conflict", "late", "rejected"].map(|column| table::sum(&audit, column));
    let repeats = events_of(&accepted) - accepted.len() as u64;
    let expected = [events.values().sum(), accepted.len() as u64, repeats, 0, events_of(&late), events_of(&rejected)];
    assert_eq!(sums, expected, "read, accepted, duplicate, conflict, late, rejected");

    // In the lake: the same, by content and type.
    let lake = readers.run("lake_counts.py", [warehouse.path()]);
    let mut found = BTreeMap::new();
    for row in lake["events"].as_array().unwrap() {
        let text = |at: usize| row[at].as_str().unwrap().to_owned();
        found.insert((text(0), text(1), row[2].as_bool().unwrap()), row[3].as_u64().unwrap());
    }
    let mut expected = tally(of(&[Fate::Accepted]).into_iter().map(|sent| (sent.content.clone(), sent.event.to_owned(), false)));
    expected.insert((format!("{HOST}/video/Late"), "learning.content.played.v1".to_owned(), true), events_of(&late));
    assert_eq!(found, expected);
    assert_eq!(lake["identities"], json!(accepted.len() + late.len()), "no event is both accepted and late");

    // In the tables: what the clients did.
    let done =
        |event: &str| tally(of(&[Fate::Accepted]).into_iter().filter(|sent| sent.event == event).map(|sent| (sent.course.clone(), sent.content.clone())));
    let contents = table::rows(&warehouse.export("content_quality"));
    let videos: Vec<Row> = contents.into_iter().filter(|row| row["content"].contains("/video/")).collect();
    assert_eq!(counts(&videos, "content", "views"), done("learning.content.played.v1"));
    assert_eq!(counts(&table::rows(&warehouse.export("item_quality")), "item", "answers"), done("learning.item.answered.v1"));
}
