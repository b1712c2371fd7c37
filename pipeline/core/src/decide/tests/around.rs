//! What is said of the questions on a recording and of a module, and of the signals beside a wall.

use super::*;

/// The recordings of [`recordings`] with a bad span that many play again, and a quiz of their module with a hard question
/// among others of the course.
fn replayed() -> CourseEvidence {
    let mut evidence = recordings(5, |_| 3.5, DAYS);
    evidence.spans.iter_mut().filter(|cell| cell.content == "rec" && cell.span == 4).for_each(|cell| cell.replayed = cell.entered * 2 / 5);
    let mut chance = Chance(9);
    evidence.items = item(&mut chance, "planted", Kind::Hard, 0..DAYS, 30);
    for number in 0..5 {
        evidence.items.extend(item(&mut chance, &format!("sound-{number}"), Kind::Sound, 0..DAYS, 15));
    }
    evidence.items.iter_mut().filter(|cell| cell.item != "planted").for_each(|cell| cell.assessment = "final".to_owned());
    evidence
}

fn with_outline(evidence: CourseEvidence, change: impl Fn(&mut outline::Module)) -> CourseEvidence {
    let mut outline = evidence.outline.clone();
    outline.0.iter_mut().for_each(change);
    CourseEvidence { outline, ..evidence }
}

/// First answers to an item, or to all others, and how many are right.
fn answers(evidence: &CourseEvidence, is_asked: impl Fn(&str) -> bool) -> (u64, u64) {
    let asked = evidence.items.iter().filter(|cell| is_asked(&cell.item));
    asked.fold((0, 0), |(n, right), cell| (n + u64::from(cell.learners), right + if cell.right { u64::from(cell.learners) } else { 0 }))
}

fn said(evidence: CourseEvidence, code: Code) -> Signal {
    let verdict = judge(&[told(60, vec![evidence])], THROUGH);
    open(&verdict).into_iter().find(|signal| signal.code == code).unwrap().clone()
}

#[test]
fn a_span_that_is_played_again_before_questions_that_are_failed_is_likely_too_hard() {
    let evidence = replayed();
    let (n, right) = answers(&evidence, |item| item == "planted");
    let signal = said(evidence, Code::SegmentDrop);
    assert_eq!((signal.linked_answers, signal.linked_facility), (Some(n), Some(right as f64 / n as f64)));
    assert!(signal.explanation.contains("Likely it is too hard: 39 % of those who reached it"), "{}", signal.explanation);
    assert!(signal.explanation.contains("Of the 600 first answers to the questions on it, "), "{}", signal.explanation);
    assert!(signal.explanation.contains("Of those to the other questions of the course, "), "{}", signal.explanation);
}

#[test]
fn linked_items_go_before_the_next_assessment_and_where_they_are_not_failed_it_is_hard_to_follow() {
    let linked = with_outline(replayed(), |module| module.contents[0].linked_items = vec!["sound-0".to_owned(), "sound-1".to_owned()]);
    let (n, right) = answers(&linked, |item| ["sound-0", "sound-1"].contains(&item));
    let signal = said(linked, Code::SegmentDrop);
    assert_eq!((n, signal.linked_answers, signal.linked_facility), (600, Some(n), Some(right as f64 / n as f64)));
    assert!(signal.explanation.contains("Likely it is hard to follow"), "{}", signal.explanation);

    let without = with_outline(replayed(), |module| module.assessments.clear());
    let signal = said(without, Code::SegmentDrop);
    assert_eq!((signal.linked_answers, signal.linked_facility), (None, None));
    assert!(signal.explanation.contains("Likely it is hard to follow") && !signal.explanation.contains("questions"), "{}", signal.explanation);
}

#[test]
fn marks_by_a_key_that_is_likely_wrong_say_nothing_of_the_recording() {
    let mut evidence = replayed();
    evidence.items.retain(|cell| cell.item != "planted");
    evidence.items.extend(item(&mut Chance(1), "planted", Kind::Miskeyed, 0..DAYS, 30));
    let verdict = judge(&[told(30, vec![evidence])], THROUGH);
    let codes: Vec<_> = open(&verdict).iter().map(|signal| (signal.code, signal.linked_answers)).collect();
    assert_eq!(codes.len(), 2, "{codes:?}");
    assert!(codes.contains(&(Code::Miskeyed, None)) && codes.contains(&(Code::SegmentDrop, None)), "{codes:?}");
}

#[test]
fn a_wall_names_the_signals_of_its_module_and_how_its_questions_are_answered() {
    let mut evidence = replayed();
    let mut chance = Chance(8);
    for (day, module) in (0..30).flat_map(|day| (0..8).map(move |module| (day, module))) {
        let left = chance.count(20, if module == 1 { 0.3 } else { 0.06 });
        evidence.places.push(arrivals(day, module, 20, left));
    }
    let other = outline::Module { module: "m0".to_owned(), title: None, due: None, contents: Vec::new(), assessments: Vec::new() };
    evidence.outline.0.insert(0, other);
    let (n, right) = answers(&evidence, |item| item == "planted");
    let signal = said(evidence, Code::Wall);
    assert_eq!((signal.module.as_deref(), signal.linked_answers), (Some("m1"), Some(n)));
    assert_eq!(signal.linked_facility, Some(right as f64 / n as f64));
    let open = "Likely part of it: signals open in the same module, I-03 “Base case”, V-01 “Recursion” 01:20–01:40.";
    assert!(signal.explanation.contains(open), "{}", signal.explanation);
    assert!(signal.explanation.contains("Likely it is too hard: of the 600 first answers to its questions, "), "{}", signal.explanation);
}

#[test]
fn what_has_ended_is_said_without_what_stands_around_it() {
    let worse = |day: i32| if (20..60).contains(&day) { 0.4 } else { 3.5 };
    let evidence = CourseEvidence { spans: recordings(6, worse, 100).spans, ..replayed() };
    let verdict = judge(&[told(90, vec![evidence])], Day(60));
    let resolved = verdict.signals.iter().find(|signal| signal.state == State::Resolved).unwrap();
    assert_eq!((resolved.code, resolved.linked_answers, resolved.linked_facility), (Code::SegmentDrop, None, None));
}
