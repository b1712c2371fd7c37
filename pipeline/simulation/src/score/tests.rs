//! Golden scores of a world made by hand.

use super::bars::{bars, worlds};
use super::discovery::Part;
use super::report::{ALL, Band, pooled};
use super::*;
use crate::truth::{CourseTruth, Fact};
use serde_json::{Value, json};
use teachback_core::decide::Signal;
use teachback_core::evidence::CourseEvidence;
use teachback_core::time::Day;

/// The day on which learners begin to come: ten a day to every item, a hundred to the recording.
const FIRST: Day = Day(20_000);
const DAYS: i32 = 20;
/// Days that decide waits in the verdict below.
const LAG: i32 = 2;

fn fact(code: &str, standing: &str, effect: f64, about: Value) -> Fact {
    let mut fact = json!({
        "code": code, "course": "C", "standing": standing, "module": "m1", "content": null, "assessment": null, "item": null,
        "span": null, "client": null, "effect": effect, "since": null, "learners_exposed": 200, "description": "",
    });
    about.as_object().unwrap().iter().for_each(|(field, value)| fact[field] = value.clone());
    serde_json::from_value(fact).unwrap()
}

fn truth() -> Truth {
    let item = |item: &str| json!({"assessment": "q", "item": item});
    Truth {
        world: "by hand".to_owned(),
        seed: 1,
        courses: vec![
            CourseTruth { course: "C".to_owned(), provider: "P".to_owned(), learners: 200, is_clean: false },
            CourseTruth { course: "small".to_owned(), provider: "P".to_owned(), learners: 40, is_clean: true },
            CourseTruth { course: "quiet".to_owned(), provider: "P".to_owned(), learners: 40, is_clean: true },
        ],
        facts: vec![
            fact("I-01", "planted", -0.3, item("miskeyed")),
            fact("I-02", "holds", -0.3, item("miskeyed")),
            fact("I-02", "planted", 0.0, item("flat")),
            fact("I-02", "between", 0.08, item("nearly flat")),
            fact("I-03", "planted", 0.2, item("hard")),
            fact("V-01", "planted", 3.5, json!({"content": "v", "span": [2, 10]})),
            fact("R-03", "planted", 0.0, json!({"module": "m2"})),
            fact("R-03", "planted", 0.0, json!({"module": "m3"})),
            fact("X-02", "planted", 1.0, json!({"since": FIRST.plus(8)})),
            fact("X-02", "planted", 1.0, json!({"since": FIRST.plus(8), "course": "small"})),
            fact("Z-99", "planted", 0.0, json!({})),
        ],
    }
}

fn told() -> Vec<Told> {
    let day = |number: i32| {
        let day = FIRST.plus(number);
        let items = ["miskeyed", "flat", "nearly flat", "hard", "clean"]
            .map(|item| json!({"day": day, "stratum": "", "assessment": "q", "item": item, "response": "a", "right": true, "rest_bin": 10, "learners": 10}));
        // Of a hundred who start, ten leave in each span; a recording of 200 s has spans of 20 s.
        let spans: Vec<Value> = (0..10)
            .map(|span| {
                json!({"day": day, "stratum": "", "content": "v", "spans": 10, "length_ms": 200_000, "span": span, "entered": 100 - 10 * span,
                    "dropped": 10, "replayed": 0, "sought_back": 0, "skipped": 0, "paused": 0, "segments": []})
            })
            .collect();
        let course: CourseEvidence = serde_json::from_value(json!({
            "course": "C", "provider": "P", "title": "", "outline": [], "began": null, "versions": [], "active_days": [], "items": items, "quizzes": [], "spans": spans,
            "dwell": [], "places": [], "openings": [], "accounts": [], "flow": [],
        }))
        .unwrap();
        Told { as_of: day.plus(LAG).start(), courses: vec![course] }
    };
    (0..DAYS).map(day).collect()
}

fn signal(code: &str, course: &str, opened: Option<i32>, about: Value) -> Signal {
    let decided = FIRST.plus(DAYS - 1 + LAG);
    let mut signal = json!({
        "generation": 1, "is_simpson": false, "signal_id": format!("{code} {about} {opened:?}"), "code": code, "state": if opened.is_some() { "open" } else { "watch" }, "provider": "P",
        "course": course, "n_learners": 200, "estimate": 0.0, "estimate_lo": 0.0, "estimate_hi": 0.0, "baseline": 0.0, "log10_e": 3.0,
        "tier": "CERTIFIED", "title": "", "explanation": "", "action": "", "rule_version": "1", "opened": opened.map(|day| FIRST.plus(day)),
        "decided": decided, "hypotheses": 5, "evidence_through": decided.plus(-LAG),
    });
    about.as_object().unwrap().iter().for_each(|(field, value)| signal[field] = value.clone());
    serde_json::from_value(signal).unwrap()
}

fn verdict() -> Verdict {
    let item = |item: &str| json!({"assessment": "q", "item": item});
    let signals = vec![
        signal("I-01", "C", Some(11), item("miskeyed")),
        signal("I-01", "C", Some(15), item("miskeyed")),
        signal("I-03", "C", Some(9), item("flat")),
        signal("I-02", "C", Some(9), item("nearly flat")),
        signal("I-03", "C", Some(9), item("clean")),
        signal("I-03", "C", None, item("hard")),
        signal("V-01", "C", Some(5), json!({"content": "v", "span": "2/10"})),
        signal("X-02", "", Some(4), json!({})),
        signal("X-02", "", Some(12), json!({})),
        signal("D-01", "small", Some(5), json!({"module": "m1"})),
        signal("D-01", "C", Some(5), json!({})),
    ];
    Verdict { through: FIRST.plus(DAYS + LAG), signals }
}

fn scored() -> Score {
    score(&truth(), &verdict(), &told())
}

#[test]
fn every_discovery_is_counted_once_and_rightly() {
    let score = scored();
    let ours = &score.rules[0];
    let counts = |right, other_code, between, wrong| Discoveries { right, other_code, between, wrong };
    let expected = [
        ("D-01", counts(0, 0, 0, 1)),
        ("I-01", counts(1, 0, 0, 0)),
        ("I-02", counts(0, 0, 1, 0)),
        ("I-03", counts(0, 1, 0, 1)),
        ("V-01", counts(1, 0, 0, 0)),
        ("X-02", counts(1, 0, 0, 1)),
    ];
    assert_eq!(ours.discoveries, expected.map(|(code, counts)| (code.to_owned(), counts)).into());
    assert_eq!(ours.false_ones, ["X-02 all courses of P on 2024-10-08", "D-01 small m1 on 2024-10-09", "I-03 C q clean on 2024-10-13"]);
    assert_eq!(score.pushed, BTreeMap::from([(Family::Items, 4), (Family::Spans, 1), (Family::Places, 1), (Family::Data, 1)]));
    assert_eq!((score.clean_small_courses, score.clean_small_courses_pushed), (2, 1));
    assert_eq!((score.nameless_signals, score.unknown_facts), (1, 1));
    assert_eq!(score.size, Size { courses: 1, items: 5, spans: 10, modules: 0, openings: 0 });
    // Of the seven discoveries that count three are wrong; with the wrong code four.
    let all = ours.discoveries.values().fold(Discoveries::default(), |sum, found| sum.and(*found));
    assert_eq!((all.false_share(), all.false_share_by_code()), (3.0 / 7.0, 4.0 / 7.0));
}

#[test]
fn what_was_planted_is_found_with_the_learners_it_took() {
    let score = scored();
    let found = |code: &str, effect: f64| {
        let outcome = score.rules[0].outcomes.iter().find(|outcome| outcome.code == code && outcome.effect == effect).unwrap();
        (outcome.starters, outcome.found)
    };
    // Raised on the 12th day, on the evidence of the first ten.
    assert_eq!(found("I-01", -0.3), (None, Some(Found { right_code: true, learners_judged: 100, learners_met: 120, days: 11 })));
    assert_eq!(found("I-02", 0.0), (None, Some(Found { right_code: false, learners_judged: 80, learners_met: 100, days: 9 })));
    assert_eq!(found("I-03", 0.2), (None, None));
    assert_eq!(found("V-01", 3.5), (Some(2000), Some(Found { right_code: true, learners_judged: 400, learners_met: 600, days: 5 })));
    assert_eq!(found("R-03", 0.0), (None, None));
    // The outage befell two courses of one provider, and what was said before it has not found it.
    let outages: Vec<&Outcome> = score.rules[0].outcomes.iter().filter(|outcome| outcome.code == "X-02").collect();
    assert_eq!(outages.iter().map(|outcome| outcome.found.map(|found| found.days)).collect::<Vec<_>>(), [Some(4)]);
}

#[test]
fn an_improvement_verified_without_one_is_counted() {
    let truth = truth();
    let said =
        |code, part| Discovery { family: Family::Revisions, entity: Entity { course: "C", part }, code: Some(code), day: FIRST, evidence_through: FIRST };
    let recording = |module| Part::Recording { module, content: "v9" };
    let said = [
        said("R-01", Part::Module("m2")),
        said("R-03", Part::Module("m3")),
        said("R-01", Part::Module("m1")),
        said("R-03", recording("m2")),
        said("R-01", recording("m2")),
    ];
    let answers = Answers::new(&truth);
    assert_eq!(without_effect(&answers, &said), (2, 1));
    let judged = said.each_ref().map(|said| answers.judge(said));
    assert_eq!(judged, [Judgement::False, Judgement::True, Judgement::False, Judgement::True, Judgement::False]);
}

#[test]
fn the_rules_of_others_are_judged_on_the_same_cells() {
    let score = scored();
    assert_eq!(score.rules.len(), 9);
    // Everybody is right with the same rest score: nothing varies, so no rule about items can flag.
    assert!(score.rules[1..6].iter().all(|rule| rule.discoveries.is_empty() && rule.outcomes.len() == 3));
    // 10 leave of 100, 90, … 10 who enter, 100 of 550 in all: 10 of 20 and 10 of 10 are more than twice the mean, 10 of 30 is not.
    let drop_off = &score.rules[6];
    assert_eq!((drop_off.rule.as_str(), drop_off.discoveries["V"].wrong), ("drop-off × 2, n ≥ 30", 2));
    assert_eq!(drop_off.outcomes.iter().map(|outcome| outcome.found).collect::<Vec<_>>(), [None]);
}

#[test]
fn worlds_are_pooled_and_held_against_their_bars() {
    let quiet = score(&truth(), &Verdict { through: FIRST, signals: Vec::new() }, &told());
    let report = pooled(worlds::BASE, &[scored(), quiet]).unwrap();
    let ours = &report.rules[0];
    assert_eq!(ours.families[ALL].false_share.unwrap().value, 3.0 / 14.0);
    assert_eq!(ours.families["I"].false_share.unwrap().value, 1.0 / 6.0);
    let power = |code: &str, learners: Band| ours.power.iter().find(|power| power.code == code && power.learners == learners).unwrap();
    let spans = power("V-01 × 3.5", Band::Many);
    assert_eq!((spans.planted, spans.found.unwrap().value, spans.learners_judged), (2, 0.5, [Some(400), None]));
    let flat = power("I-02", Band::Some);
    assert_eq!((flat.found.unwrap().value, flat.right_code.unwrap().value), (0.5, 0.0));
    let any = report.any_pushed[ALL];
    assert_eq!((any.holding, any.cases), (1, 2));

    let bars = bars(&[report], Some(coverage::Coverage { runs: 2000, looks: 2000, missed: 74 }));
    let bar = |quantity: &str| bars.iter().find(|bar| bar.quantity == quantity).unwrap_or_else(|| panic!("no bar {quantity}"));
    assert!(!bar("ever false among discoveries, all").met);
    assert!(!bar("median starters to detect V-01 × 3.5, >= 600 learners").met);
    // Nothing planted for so many learners: not measured is not met.
    assert_eq!((bar("power I-01, >= 600 learners").value, bar("power I-01, >= 600 learners").met), (None, false));
    assert!(bar("power C-01: never pushed").met);
    assert!(bar("exact intervals that ever miss, 2000 looks").met);
    assert!(bars.iter().all(|bar| bar.world != worlds::STRESS));
}
