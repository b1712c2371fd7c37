//! What the log promises: bytes, order, lateness, repeats, outlines, versions.

use super::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use teachback_core::event::decode::decode;
use teachback_core::event::validate::{Arrival, Key, validate};
use teachback_core::event::{EventType, outline};
use teachback_core::time::{HOUR, MINUTE};

fn hash(world: &World) -> u64 {
    let mut hasher = DefaultHasher::new();
    let (lines, truth) = lines(world);
    lines.hash(&mut hasher);
    serde_json::to_string(&truth).expect("json").hash(&mut hasher);
    hasher.finish()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    for kind in [Kind::Stress, Kind::Misspecified] {
        assert_eq!(hash(&small(kind, 7)), hash(&small(kind, 7)));
        assert_ne!(hash(&small(kind, 7)), hash(&small(kind, 8)));
    }
}

#[test]
fn every_event_is_valid_and_comes_in_order_of_arrival_and_some_come_late() {
    let world = small(Kind::Base, 3);
    let (lines, _) = lines(&world);
    let mut last = EventTime(i64::MIN);
    let (mut late, mut out_of_order, mut beyond_a_day, mut ahead, mut latest) = (0, 0, 0, 0, EventTime(i64::MIN));
    for (arrival, line) in &lines {
        assert!(*arrival >= last, "handed out in order of arrival");
        last = *arrival;
        let event = decode(&[], line.as_bytes()).expect("a good event");
        let event = validate(event, &Arrival { not_after: arrival.plus(4 * MINUTE), key: Key::None }).expect("a valid event");
        assert_eq!(event.unknown_fields, 0);
        assert!(event.time >= world.start && event.time < world.end());
        let delay = arrival.0 - event.time.0;
        late += u32::from(delay > 5 * MINUTE + SKEW_MAX);
        beyond_a_day += u32::from(delay > 24 * HOUR);
        ahead += u32::from(delay < 0);
        out_of_order += u32::from(event.time < latest);
        latest = latest.max(event.time);
    }
    let share = |count: u32| f64::from(count) / lines.len() as f64;
    assert!((0.05..0.09).contains(&share(late)), "late: {}", share(late));
    assert!((0.0006..0.0016).contains(&share(beyond_a_day)), "beyond a day: {}", share(beyond_a_day));
    assert!((0.1..0.4).contains(&share(ahead)), "clocks ahead: {}", share(ahead));
    assert!(share(out_of_order) > 0.1, "out of order: {}", share(out_of_order));
}

#[test]
fn two_in_a_hundred_come_twice_and_a_repeat_is_the_same_event() {
    let (lines, _) = lines(&small(Kind::Base, 3));
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
    assert!((0.018..0.022).contains(&share), "repeats: {share}");
}

#[test]
fn each_course_publishes_its_outline_before_anything_happens_in_it() {
    let mut published = BTreeMap::new();
    let mut types: BTreeMap<&str, u32> = BTreeMap::new();
    let mut enrolled = BTreeSet::new();
    let world = small(Kind::Base, 5);
    simulate(&world, &mut |_, event| {
        let teachback_core::event::Kind::Known(event_type) = event.kind else { panic!("a type of the catalogue") };
        *types.entry(event_type.name()).or_insert(0) += 1;
        if event_type == EventType::CoursePublished {
            published.entry(event.subject.to_string()).or_insert(event.time);
        }
        assert!(published[event.subject.as_ref()] <= event.time, "{} before its outline", event.id);
        if event_type == EventType::EnrollmentCreated {
            assert!(event.data.stratum.is_some_and(|stratum| stratum < 3) && event.data.enrollment_mode.is_some());
            enrolled.insert(event.data.learner.as_ref().map(ToString::to_string));
        }
        Ok(())
    })
    .expect("nothing that fails");
    assert_eq!(published.len(), 7);
    assert!((2000..=2100).contains(&enrolled.len()), "all but those lost while a source was silent: {}", enrolled.len());
    for expected in [
        "content.paused",
        "content.seeked",
        "content.progressed",
        "content.stopped",
        "content.completed",
        "content.failed",
        "assessment.submitted",
        "enrollment.withdrawn",
        "enrollment.completed",
    ] {
        assert!(types.contains_key(format!("learning.{expected}.v1").as_str()), "no {expected}");
    }
}

#[test]
fn answers_are_marked_by_the_key_of_the_outline() {
    let mut keys: HashMap<(String, String), String> = HashMap::new();
    simulate(&small(Kind::Base, 2), &mut |_, event| {
        if let Some(modules) = event.data.modules {
            let outline = outline::parse(modules.get()).expect("an outline");
            for item in outline.modules().iter().flat_map(|module| &module.assessments).flat_map(|assessment| &assessment.items) {
                keys.insert((event.subject.to_string(), item.item.clone()), item.key.clone().expect("a key"));
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
fn a_revision_gives_the_contents_of_its_module_a_new_version_which_later_events_carry() {
    let mut outlines: HashMap<String, Vec<(EventTime, outline::Outline)>> = HashMap::new();
    let (mut before, mut after) = (0, 0);
    let truth = simulate(&small(Kind::Base, 4), &mut |_, event| {
        let of_course = outlines.entry(event.subject.to_string()).or_default();
        if let Some(modules) = event.data.modules {
            of_course.push((event.time, outline::parse(modules.get()).expect("an outline")));
        } else if let (Some(content), Some(version)) = (&event.data.content, &event.data.content_version) {
            let (_, in_force) = of_course.iter().rfind(|(time, _)| *time <= event.time).expect("an outline in force");
            let outlined = in_force.modules().iter().flat_map(|module| &module.contents).find(|outlined| outlined.content == *content).expect("in the outline");
            assert_eq!(outlined.content_version.as_deref(), Some(version.as_ref()));
            *(if version == "1" { &mut before } else { &mut after }) += 1;
        }
        Ok(())
    })
    .expect("nothing that fails");
    let revised: u32 = truth.facts.iter().map(|fact| u32::from(fact.code.starts_with("R-"))).sum();
    let publications: usize = outlines.values().map(Vec::len).sum();
    assert!(revised > 0 && before > 0 && after > 0);
    assert!(publications >= outlines.len() + revised as usize);
}

#[test]
fn nothing_of_a_silent_source_is_kept_but_its_outlines() {
    let world = small(Kind::Base, 6);
    let outage = outage_of(&world).expect("an outage");
    let mut around = 0;
    let truth = simulate(&world, &mut |_, event| {
        let is_outline = event.data.modules.is_some();
        // A learner's clock may be wrong by a few minutes, so the bounds are not sharp in event time.
        let is_inside = event.time > outage.from.plus(SKEW_MAX) && event.time < outage.to.plus(-SKEW_MAX);
        assert!(is_outline || event.source != outage.source || !is_inside, "{} was kept", event.id);
        around += u32::from(event.source == outage.source && (event.time.0 - outage.from.0).abs() < DAY);
        Ok(())
    })
    .expect("nothing that fails");
    assert!(around > 100);
    let fact = truth.facts.iter().find(|fact| fact.code == "X-02" && fact.standing == truth::Standing::Planted).expect("a fact");
    assert_eq!(fact.since, Some(outage.from.day()));
    assert!((18.0..30.0).contains(&fact.effect) && fact.learners_exposed > 0);
}

fn outage_of(world: &World) -> Option<Outage> {
    Outage::of(world, &course::make::courses(world))
}
