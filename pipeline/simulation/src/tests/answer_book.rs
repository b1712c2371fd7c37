//! What the answer book promises: it agrees with what is seen in the log, and clean means clean.

use super::*;
use crate::course::item::Fault;
use crate::course::{ContentKind, Peak};
use crate::true_items::Learners;
use crate::truth::Standing;
use std::collections::{HashMap, HashSet};
use teachback_core::event::EventType;
use teachback_core::evidence::spans;

/// The courses of a world, with what is planted.
fn courses(world: &World) -> Vec<Course> {
    let mut courses = course::make::courses(world);
    for (place, course) in courses.iter_mut().enumerate() {
        plant::plant(world, place, course);
        if world.kind == Kind::Stress {
            true_items::bring_near_margins(world, course, &mut Random::of(world.seed, Stream::NearMargins(place as u32)));
        }
    }
    courses
}

#[test]
fn what_is_planted_is_planted_as_often_as_the_laws_say() {
    let courses = courses(&World { courses: 300, learners: 79_350, ..World::default() });
    let large = || courses.iter().filter(|course| course.size >= 50);
    let modules = || large().flat_map(|course| &course.modules);
    let items: Vec<Option<Fault>> = modules().flat_map(|module| &module.quiz.items).map(|item| item.fault).collect();
    let share = |count: usize, of: usize| count as f64 / of as f64;
    let of_items = |is: fn(&Fault) -> bool| share(items.iter().flatten().filter(|fault| is(fault)).count(), items.len());
    for (name, found) in [
        ("mis-keyed", of_items(|fault| *fault == Fault::MisKeyed)),
        ("not discriminating", of_items(|fault| matches!(fault, Fault::NotDiscriminating(_)))),
        ("too hard", of_items(|fault| *fault == Fault::TooHard)),
    ] {
        assert!((0.017..0.023).contains(&found), "{name}: {found}");
    }
    let videos = modules().flat_map(|module| &module.contents).filter_map(|content| match &content.kind {
        ContentKind::Video(video) => Some(video),
        ContentKind::Page { .. } => None,
    });
    let peaks: Vec<Option<Peak>> = videos.flat_map(|video| &video.spans).map(|span| span.peak).collect();
    for peak in [Peak::Confusing(2.5), Peak::Confusing(3.5)] {
        let found = share(peaks.iter().filter(|found| **found == Some(peak)).count(), peaks.len());
        assert!((0.012..0.018).contains(&found), "{peak:?}: {found}");
    }
    let found = share(peaks.iter().filter(|found| **found == Some(Peak::WorthAnotherLook)).count(), peaks.len());
    assert!((0.027..0.033).contains(&found), "worth another look: {found}");
    let contents: Vec<bool> = modules().flat_map(|module| &module.contents).map(|content| content.broken.is_some()).collect();
    let found = share(contents.iter().filter(|broken| **broken).count(), contents.len());
    assert!((0.007..0.013).contains(&found), "broken: {found}");
    let found = share(modules().filter(|module| module.wall.is_some()).count(), modules().count());
    assert!((0.01..0.03).contains(&found), "walls: {found}");
    assert!(courses.iter().filter(|course| course.size < 50).all(Course::is_clean));
    assert!(courses.iter().filter(|course| course.size < 50).count() >= 60);
}

#[test]
fn in_a_clean_world_nothing_is_planted_and_no_item_lies_beyond_a_margin() {
    let truth = truth(&World { courses: 12, learners: 2000, ..small(Kind::Clean, 1) });
    assert!(truth.courses.iter().all(|course| course.is_clean));
    assert!(truth.facts.iter().all(|fact| fact.standing == Standing::Between), "{:?}", truth.facts);
    let items: Vec<_> = truth.facts.iter().filter(|fact| fact.code.starts_with('I')).collect();
    assert!(items.is_empty(), "{items:?}");
}

#[test]
fn small_courses_are_clean() {
    let truth = truth(&World { courses: 20, learners: 2500, days: 30, modules: Some(3), ..World::default() });
    let small: HashSet<&str> = truth.courses.iter().filter(|course| course.learners < 50).map(|course| course.course.as_str()).collect();
    assert!(small.len() >= 5);
    assert!(truth.courses.iter().all(|course| course.is_clean || course.learners >= 50));
    let of_small: Vec<_> = truth.facts.iter().filter(|fact| small.contains(fact.course.as_str())).collect();
    assert!(of_small.iter().all(|fact| fact.standing == Standing::Between), "{of_small:?}");
}

#[test]
fn a_stress_world_has_three_in_ten_clean_items_that_barely_discriminate() {
    let world = small(Kind::Stress, 1);
    let (mut near, mut clean) = (0, 0);
    for course in courses(&world) {
        let learners = Learners::of(world.kind, course.mean_ability);
        for module in &course.modules {
            for (item, truly) in module.quiz.items.iter().zip(learners.items(&module.quiz)) {
                clean += u32::from(item.fault.is_none());
                near += u32::from(item.fault.is_none() && (0.10..0.14).contains(&truly.item_rest));
            }
        }
    }
    let share = f64::from(near) / f64::from(clean);
    assert!((0.27..0.34).contains(&share), "near the margin: {share}");
}

/// Facilities and item-rest correlations as the log shows them, over all items of a world that enough learners answered, against
/// the true ones: mean deviation of each.
fn deviations(world: &World) -> (f64, f64) {
    let mut marks: HashMap<(String, String), HashMap<String, HashMap<String, f64>>> = HashMap::new();
    simulate(world, &mut |_, event| {
        let data = &event.data;
        if let (Some(assessment), Some(item), Some(learner), Some(score), Some(1)) = (&data.assessment, &data.item, &data.learner, data.score, data.attempt) {
            let quiz = marks.entry((event.subject.to_string(), assessment.to_string())).or_default();
            quiz.entry(learner.to_string()).or_default().insert(item.to_string(), score);
        }
        Ok(())
    })
    .expect("nothing that fails");
    let (mut facilities, mut item_rests, mut items) = (0.0, 0.0, 0.0);
    for course in courses(world) {
        let learners = Learners::of(world.kind, course.mean_ability);
        for module in &course.modules {
            let Some(quiz) = marks.get(&(course.subject.clone(), module.quiz.id.clone())).filter(|quiz| quiz.len() >= 200) else { continue };
            for (item, truly) in module.quiz.items.iter().zip(learners.items(&module.quiz)) {
                let pairs: Vec<(f64, f64)> = quiz.values().filter_map(|answers| Some((*answers.get(&item.id)?, answers.values().sum::<f64>()))).collect();
                let (facility, item_rest) = seen(&pairs);
                facilities += facility - truly.facility;
                item_rests += item_rest - truly.item_rest;
                items += 1.0;
            }
        }
    }
    assert!(items >= 50.0, "only {items} items with enough learners");
    (facilities / items, item_rests / items)
}

/// Share right and item-rest correlation of (mark, total).
fn seen(pairs: &[(f64, f64)]) -> (f64, f64) {
    let n = pairs.len() as f64;
    let mean = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
    let (mark, rest) = (mean(&|pair| pair.0), mean(&|pair| pair.1 - pair.0));
    let covariance = mean(&|pair| (pair.0 - mark) * (pair.1 - pair.0 - rest));
    let spread = (mean(&|pair| (pair.0 - mark).powi(2)) * mean(&|pair| (pair.1 - pair.0 - rest).powi(2))).sqrt();
    (mark, if spread > 0.0 { covariance / spread } else { 0.0 })
}

#[test]
fn true_facilities_and_correlations_are_those_of_the_log() {
    // The items of a revised world are those of base.
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Revised) {
        let (facility, item_rest) = deviations(&small(kind, 9));
        // Those who come to a quiz are a little abler than those who enrol, and bots answer at random.
        assert!(facility.abs() < 0.02, "{kind:?}: facilities deviate by {facility} in the mean");
        assert!(item_rest.abs() < 0.02, "{kind:?}: correlations deviate by {item_rest} in the mean");
    }
}

#[test]
fn learners_exposed_are_those_that_the_log_shows() {
    let world = World { courses: 16, learners: 2400, days: 50, ..small(Kind::Base, 11) };
    let mut met: HashMap<(String, &str, String), HashSet<String>> = HashMap::new();
    let mut note = |course: &str, what, which: String, learner: &str| {
        met.entry((course.to_owned(), what, which)).or_default().insert(learner.to_owned());
    };
    let truth = simulate(&world, &mut |_, event| {
        let (data, course) = (&event.data, event.subject.as_ref());
        let Some(learner) = data.learner.as_deref() else { return Ok(()) };
        if let Some(item) = &data.item {
            note(course, "item", item.to_string(), learner);
        }
        if let Some(module) = &data.module {
            note(course, "module", module.to_string(), learner);
        }
        if let (Some(content), Some(position), Some(length_s)) = (&data.content, data.position_s, data.content_length_s) {
            let count = spans((length_s * 1000.0) as u32);
            let span = |at: f64| ((at * f64::from(count) / length_s) as u32).min(count - 1);
            // A pause, a jump, an end and a beginning are in the span that is played then.
            let is_play = event.kind != teachback_core::event::Kind::Known(EventType::ContentProgressed);
            if is_play {
                note(course, "span", format!("{content} {}", span(position)), learner);
            }
        }
        Ok(())
    })
    .expect("nothing that fails");
    let silent: HashSet<&str> = truth.facts.iter().filter(|fact| fact.code == "X-02").map(|fact| fact.course.as_str()).collect();
    let mut compared = HashMap::new();
    for fact in truth.facts.iter().filter(|fact| !silent.contains(fact.course.as_str()) && fact.since.is_none()) {
        let seen = |what, which: String| met.get(&(fact.course.clone(), what, which)).map_or(0, HashSet::len) as u32;
        match (&fact.code[..1], fact.span) {
            ("I", _) => assert_eq!(fact.learners_exposed, seen("item", fact.item.clone().expect("an item")), "{fact:?}"),
            ("D", _) => assert_eq!(fact.learners_exposed, seen("module", fact.module.clone().expect("a module")), "{fact:?}"),
            // Who only passes through a span leaves no event in it.
            ("V", Some((span, _))) => {
                let content = fact.content.clone().expect("a content");
                assert!(fact.learners_exposed >= seen("span", format!("{content} {span}")), "{fact:?}");
                assert!(fact.learners_exposed <= seen("module", fact.module.clone().expect("a module")), "{fact:?}");
            }
            _ => continue,
        }
        *compared.entry(fact.code.clone()).or_insert(0) += 1;
    }
    assert!(["I-01", "I-02", "I-03", "D-01", "V-01"].iter().all(|code| compared.contains_key(*code)), "{compared:?}");
}

#[test]
fn revisions_do_what_the_answer_book_says() {
    let truth = truth(&World { courses: 24, learners: 9000, modules: Some(6), ..World::default() });
    let of = |code: &str| truth.facts.iter().filter(|fact| fact.code == code).collect::<Vec<_>>();
    let (improved, worsened, same) = (of("R-01"), of("R-02"), of("R-03"));
    assert!(!improved.is_empty() && !worsened.is_empty() && !same.is_empty());
    assert!(improved.iter().all(|fact| (-0.105..-0.08).contains(&fact.effect)), "{improved:?}");
    assert!(worsened.iter().all(|fact| (0.045..0.055).contains(&fact.effect)), "{worsened:?}");
    assert!(same.iter().all(|fact| fact.effect == 0.0), "{same:?}");
    for fact in improved.iter().chain(&worsened) {
        let before = truth.facts.iter().find(|other| other.code == "D-01" && other.course == fact.course && other.module == fact.module);
        assert_eq!(before.map(|before| before.standing), Some(Standing::Holds), "{fact:?}");
    }
}
