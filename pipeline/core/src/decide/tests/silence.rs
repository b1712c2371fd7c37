//! Golden cases of what the silence of learners says: where they are seen, where only grades come, where clicks are sampled.

use super::*;

/// A course of eight modules to which 20 learners a day come for 30 days, one module a week each; `silent` says how many of
/// those who do not withdraw fall silent, and `returned` how many had been silent before, by module.
fn eight_modules(seed: u64, withdraw: impl Fn(i32) -> f64, silent: impl Fn(i32) -> f64, returned: impl Fn(i32) -> f64) -> CourseEvidence {
    let mut chance = Chance(seed);
    let mut evidence = course("c1");
    for (module, day) in (0..8).flat_map(|module| (0..30).map(move |day| (module, 7 * module + day))) {
        let withdrew = chance.count(20, withdraw(module));
        let stopped_out = chance.count(20 - withdrew, silent(module));
        let returned = chance.count(20, returned(module));
        evidence.places.push(PlaceCell { stopped_out, returned, ..arrivals(day, module, 20, withdrew) });
    }
    evidence
}

fn walls(evidence: CourseEvidence) -> Vec<(String, String)> {
    let verdict = judge(&[told(120, vec![evidence])], Day(120));
    let walls = verdict.signals.into_iter().filter(|signal| signal.code == Code::Wall && signal.opened.is_some());
    walls.map(|signal| (signal.module.unwrap_or_default(), signal.explanation)).collect()
}

const fn never(_: i32) -> f64 {
    0.0
}

fn at_m3(there: f64, elsewhere: f64) -> impl Fn(i32) -> f64 {
    move |module| if module == 3 { there } else { elsewhere }
}

#[test]
fn silence_is_leaving_where_those_who_stay_are_seen() {
    let found = walls(eight_modules(1, never, at_m3(0.30, 0.06), never));
    assert_eq!(found.iter().map(|(module, _)| module.as_str()).collect::<Vec<_>>(), ["m3"]);
    assert!(!found[0].1.contains("Only withdrawals"), "{}", found[0].1);
    // So is it where some come back.
    let returned = |module| if module < 2 { 0.0 } else { 0.015 };
    assert_eq!(walls(eight_modules(1, never, at_m3(0.30, 0.06), returned)).len(), 1);
}

#[test]
fn where_only_grades_come_withdrawals_alone_make_a_wall() {
    assert_eq!(walls(eight_modules(2, |_| 0.02, at_m3(1.0, 0.6), |_| 0.5)), []);
    let found = walls(eight_modules(2, at_m3(0.25, 0.06), |_| 0.98, |_| 0.9));
    assert_eq!(found.iter().map(|(module, _)| module.as_str()).collect::<Vec<_>>(), ["m3"]);
    assert!(found[0].1.contains(" and 0 went silent") && found[0].1.contains("Only withdrawals are counted here"), "{}", found[0].1);
}

#[test]
fn a_wall_of_silences_that_mostly_end_is_none() {
    // Clicks that are sampled: the first weeks are seen well, later ones hardly, and whoever was silent comes back.
    let silent = at_m3(0.45, 0.12);
    assert_eq!(walls(eight_modules(3, never, &silent, never)).len(), 1, "these silences would make a wall");
    assert_eq!(walls(eight_modules(3, never, &silent, |_| 0.3)), []);
}
