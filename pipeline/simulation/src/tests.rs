//! Promises of the simulator: the same bytes for a seed, only valid events, bounded lateness, repeats, and defects that are met.

use super::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use teachback_core::event::decode::decode;
use teachback_core::event::encode::encode;
use teachback_core::event::validate::{Arrival, Key, validate};
use teachback_core::event::{EventType, Kind};
use teachback_core::time::HOUR;

/// A world small enough for a test, yet with every defect.
fn small(seed: u64) -> World {
    World { courses: 3, learners: 600, days: 40, seed, ..World::default() }
}

/// Every arrival with its line, and the truth.
fn lines(world: &World) -> (Vec<(EventTime, String)>, Truth) {
    let mut lines = Vec::new();
    let truth = simulate(world, &mut |arrival, event| {
        lines.push((arrival, encode(event).map_err(io::Error::other)?));
        Ok(())
    });
    (lines, truth.expect("nothing that fails"))
}

fn hash(world: &World) -> u64 {
    let mut hasher = DefaultHasher::new();
    lines(world).0.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    assert_eq!(hash(&small(7)), hash(&small(7)));
    assert_ne!(hash(&small(7)), hash(&small(8)));
}

#[test]
fn every_event_is_valid_and_arrives_in_order_within_a_day_of_its_time() {
    let world = small(3);
    let (lines, _) = lines(&world);
    let mut last = EventTime(i64::MIN);
    let (mut late, mut out_of_order, mut latest) = (0, 0, EventTime(i64::MIN));
    for (arrival, line) in &lines {
        assert!(*arrival >= last, "handed out in order of arrival");
        last = *arrival;
        let event = decode(&[], line.as_bytes()).expect("a good event");
        let event = validate(event, &Arrival { not_after: *arrival, key: Key::None }).expect("a valid event");
        assert_eq!(event.unknown_fields, 0);
        assert!(event.time >= world.start && event.time < world.end());
        let delay = arrival.0 - event.time.0;
        assert!((0..24 * HOUR).contains(&delay), "delayed by {delay} µs");
        late += u32::from(delay > 60_000_000);
        out_of_order += u32::from(event.time < latest);
        latest = latest.max(event.time);
    }
    let share = |count: u32| f64::from(count) / lines.len() as f64;
    assert!((0.08..0.14).contains(&share(late)), "late: {}", share(late));
    assert!(share(out_of_order) > 0.1, "out of order: {}", share(out_of_order));
}

#[test]
fn two_in_a_hundred_come_twice_and_a_repeat_is_the_same_event() {
    let (lines, _) = lines(&small(3));
    let mut seen: HashMap<String, &String> = HashMap::new();
    let mut repeats = 0;
    for (_, line) in &lines {
        let event = decode(&[], line.as_bytes()).expect("a good event");
        if let Some(first) = seen.insert(format!("{} {}", event.source, event.id), line) {
            assert_eq!(first, line);
            repeats += 1;
        }
    }
    let share = f64::from(repeats) / seen.len() as f64;
    assert!((0.017..0.023).contains(&share), "repeats: {share}");
}

#[test]
fn each_course_publishes_its_outline_before_anything_happens_in_it() {
    let mut published = BTreeSet::new();
    let mut types: BTreeMap<&str, u32> = BTreeMap::new();
    let world = small(5);
    simulate(&world, &mut |_, event| {
        let Kind::Known(event_type) = event.kind else { panic!("a type of the catalogue") };
        *types.entry(event_type.name()).or_insert(0) += 1;
        if event_type == EventType::CoursePublished {
            published.insert(event.subject.to_string());
        }
        assert!(published.contains(event.subject.as_ref()), "{} before its outline", event.id);
        Ok(())
    })
    .expect("nothing that fails");
    assert_eq!(published.len(), 3);
    assert_eq!(types["learning.enrollment.created.v1"].abs_diff(600) / 30, 0, "one enrolment a learner, some of them twice");
    for expected in
        ["content.paused", "content.seeked", "content.stopped", "content.completed", "content.failed", "enrollment.withdrawn", "enrollment.completed"]
    {
        assert!(types.contains_key(format!("learning.{expected}.v1").as_str()), "no {expected}");
    }
}

#[test]
fn one_defect_of_each_code_is_planted_and_hundreds_meet_it_in_the_default_world() {
    let truth = simulate(&World::default(), &mut |_, _| Ok(())).expect("nothing that fails");
    let codes: BTreeSet<&str> = truth.defects.iter().map(|defect| defect.code.as_str()).collect();
    assert_eq!(codes.into_iter().collect::<Vec<_>>(), ["C-01", "D-01", "I-01", "I-02", "I-03", "V-01"]);
    for defect in &truth.defects {
        assert!(defect.learners_exposed >= 500, "{defect:?}");
    }
}

#[test]
fn a_mis_keyed_item_is_marked_by_the_key_of_the_outline() {
    let world = small(2);
    let mut keys: HashMap<(String, String), String> = HashMap::new();
    simulate(&world, &mut |_, event| {
        if let Some(modules) = event.data.modules {
            for module in teachback_core::event::outline::parse(modules.get()).expect("an outline") {
                for item in module.assessments.into_iter().flat_map(|assessment| assessment.items) {
                    keys.insert((event.subject.to_string(), item.item), item.key.expect("a key"));
                }
            }
        }
        if let (Some(item), Some(response)) = (&event.data.item, &event.data.response) {
            let is_key = keys[&(event.subject.to_string(), item.to_string())] == response.as_ref();
            assert_eq!(event.data.outcome.as_deref(), Some(if is_key { "right" } else { "wrong" }));
        }
        Ok(())
    })
    .expect("nothing that fails");
}

#[test]
fn worlds_of_any_size_hold_together() {
    for (courses, learners) in [(0, 0), (1, 0), (1, 1), (2, 5), (3, 7), (40, 300)] {
        let world = World { courses, learners, days: 20, seed: 1, ..World::default() };
        simulate(&world, &mut |_, _| Ok(())).expect("nothing that fails");
    }
}
