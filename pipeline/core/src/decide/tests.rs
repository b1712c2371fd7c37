//! Golden cases made by hand: planted defects are found, clean courses raise nothing, and no order shows.

use super::*;
use crate::checkpoint::Ledger;
use crate::event::outline;
use crate::evidence::{ItemCell, OpeningCell, PlaceCell, SpanCell};
use std::collections::{BTreeMap, BTreeSet};

/// A small seeded generator (Knuth's MMIX constants).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn happens(&mut self, probability: f64) -> bool {
        (self.below(1 << 30) as f64) < probability * (1_u64 << 30) as f64
    }

    fn count(&mut self, n: u32, probability: f64) -> u32 {
        (0..n).map(|_| u32::from(self.happens(probability))).sum()
    }
}

/// What kind of item learners meet.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Sound,
    /// Response `c` is right, `a` is marked so.
    Miskeyed,
    Hard,
    Flat,
}

const DAYS: i32 = 20;
const OUTLINE: &str = r#"[{"module":"m1","title":"Week 1","contents":[{"content":"rec","title":"Recursion","content_type":"video"}],
    "assessments":[{"assessment":"quiz","items":[{"item":"planted","title":"Base case","key":"a",
    "options":[{"option":"a","text":"O(1)"},{"option":"b"},{"option":"c","text":"O(n)"},{"option":"d"}]}]}]}]"#;

fn course(name: &str) -> CourseEvidence {
    CourseEvidence {
        course: name.to_owned(),
        provider: "orgx".to_owned(),
        title: "Programming".to_owned(),
        outline: outline::parse(OUTLINE).unwrap(),
        began: None,
        versions: Vec::new(),
        active_days: (0..=120).map(Day).collect(),
        items: Vec::new(),
        quizzes: Vec::new(),
        spans: Vec::new(),
        dwell: Vec::new(),
        places: Vec::new(),
        openings: Vec::new(),
        accounts: Vec::new(),
        flow: Vec::new(),
    }
}

fn told(as_of: i32, courses: Vec<CourseEvidence>) -> Told {
    Told { as_of: Day(as_of).start(), courses }
}

/// The cells of `learners` a day on each of some days who answer an item of four options.
fn item(chance: &mut Chance, name: &str, kind: Kind, days: std::ops::Range<i32>, learners: u32) -> Vec<ItemCell> {
    let mut cells = Vec::new();
    for day in days {
        let mut counts: BTreeMap<(&str, bool, u8), u32> = BTreeMap::new();
        for _ in 0..learners {
            let rest = (chance.below(11) + chance.below(11)) as u8;
            let ability = f64::from(rest) / 20.0;
            let probability = match kind {
                Kind::Sound | Kind::Miskeyed => 0.1 + 0.85 * ability,
                Kind::Hard => 0.05 + 0.1 * ability,
                Kind::Flat => 0.6,
            };
            let true_key = if kind == Kind::Miskeyed { "c" } else { "a" };
            let others: Vec<&str> = ["a", "b", "c", "d"].into_iter().filter(|option| *option != true_key).collect();
            let response = if chance.happens(probability) { true_key } else { others[chance.below(3) as usize] };
            *counts.entry((response, response == "a", rest)).or_default() += 1;
        }
        cells.extend(counts.into_iter().map(|((response, right, rest), learners)| ItemCell {
            day: Day(day),
            stratum: String::new(),
            assessment: "quiz".to_owned(),
            item: name.to_owned(),
            response: response.to_owned(),
            right,
            rest_bin: Some(rest),
            learners,
        }));
    }
    cells
}

fn items(seed: u64, planted: Kind, sound: usize) -> CourseEvidence {
    let mut chance = Chance(seed);
    let mut evidence = course("c1");
    evidence.items = item(&mut chance, "planted", planted, 0..DAYS, 30);
    for number in 0..sound {
        evidence.items.extend(item(&mut chance, &format!("sound-{number}"), Kind::Sound, 0..DAYS, 15));
    }
    evidence
}

/// Recordings of ten spans of 20 s; `worse` multiplies the hazard of span 4 of the first one.
fn recordings(seed: u64, worse: impl Fn(i32) -> f64, days: i32) -> CourseEvidence {
    let mut chance = Chance(seed);
    let mut evidence = course("c1");
    for (day, recording) in (0..days).flat_map(|day| (0..5).map(move |recording| (day, recording))) {
        let mut entered = 60;
        for span in 0..10 {
            let hazard = if span == 0 { 0.08 } else { 0.05 } * if (recording, span) == (0, 4) { worse(day) } else { 1.0 };
            let dropped = chance.count(entered, hazard);
            let content = if recording == 0 { "rec".to_owned() } else { format!("rec-{recording}") };
            let segments = if dropped > 0 { vec![(span * 4 + 2, dropped)] } else { Vec::new() };
            evidence.spans.push(SpanCell {
                day: Day(day),
                stratum: String::new(),
                content,
                spans: 10,
                length_ms: 200_000,
                span,
                entered,
                dropped,
                replayed: 0,
                sought_back: 0,
                skipped: 0,
                paused: 0,
                segments,
            });
            entered -= dropped;
        }
    }
    evidence
}

/// The learners who came to module `m<number>` on a day, and those of them who withdrew.
fn arrivals(day: i32, module: i32, arrived: u32, withdrew: u32) -> PlaceCell {
    PlaceCell { day: Day(day), stratum: String::new(), module: format!("m{module}"), arrived, withdrew, stopped_out: 0, returned: 0 }
}

fn open(verdict: &Verdict) -> Vec<&Signal> {
    verdict.signals.iter().filter(|signal| signal.state == State::Open).collect()
}

#[track_caller]
fn the_open(verdict: &Verdict, code: Code) -> &Signal {
    let open = open(verdict);
    assert_eq!(open.iter().map(|signal| signal.code).collect::<Vec<_>>(), [code], "{open:#?}");
    open[0]
}

const THROUGH: Day = Day(100);

#[test]
fn a_wrong_key_is_found_with_the_response_that_is_right() {
    let verdict = judge(&[told(30, vec![items(1, Kind::Miskeyed, 30)])], THROUGH);
    let signal = the_open(&verdict, Code::Miskeyed);
    assert_eq!((signal.item.as_deref(), signal.response.as_deref(), signal.module.as_deref()), (Some("planted"), Some("c"), Some("m1")));
    assert!(signal.estimate_hi < 0.0 && signal.estimate_lo < signal.estimate, "{signal:#?}");
    assert!(signal.title.contains("“Base case”") && signal.title.contains("O(n)"), "{}", signal.title);
    assert_eq!((signal.n_learners, signal.evidence_through, signal.decided), (600, Day(19), Day(22)));
}

#[test]
fn without_a_key_nothing_is_said_of_it() {
    let mut evidence = items(1, Kind::Miskeyed, 0);
    evidence.outline.0.clear();
    let verdict = judge(&[told(30, vec![evidence.clone()])], THROUGH);
    // The response always marked right is the key.
    assert_eq!(the_open(&verdict, Code::Miskeyed).response.as_deref(), Some("c"));
    evidence.items.iter_mut().filter(|cell| cell.response == "a" && cell.rest_bin == Some(10)).for_each(|cell| cell.right = false);
    let verdict = judge(&[told(30, vec![evidence])], THROUGH);
    assert!(verdict.signals.iter().all(|signal| signal.code != Code::Miskeyed));
}

#[test]
fn an_item_that_hardly_anybody_gets_right_is_found() {
    let verdict = judge(&[told(30, vec![items(2, Kind::Hard, 30)])], THROUGH);
    let signal = the_open(&verdict, Code::TooHard);
    assert!(signal.estimate < 0.2 && (signal.baseline - 0.35).abs() < 1e-12, "{signal:#?}");
}

#[test]
fn an_item_that_does_not_tell_learners_apart_is_found() {
    let mut evidence = items(3, Kind::Flat, 30);
    evidence.items.extend(item(&mut Chance(4), "planted", Kind::Flat, 20..80, 60));
    let verdict = judge(&[told(90, vec![evidence])], THROUGH);
    let signal = the_open(&verdict, Code::NotDiscriminating);
    assert!(signal.estimate_lo < signal.estimate && signal.estimate_hi < 0.1, "{signal:#?}");
}

#[test]
fn clean_items_raise_nothing() {
    for seed in 0..5 {
        let mut chance = Chance(seed);
        let mut evidence = course("c1");
        for number in 0..200 {
            evidence.items.extend(item(&mut chance, &format!("sound-{number}"), Kind::Sound, 0..DAYS, 15));
        }
        let verdict = judge(&[told(30, vec![evidence])], THROUGH);
        assert_eq!(open(&verdict), Vec::<&Signal>::new());
    }
}

#[test]
fn a_span_that_loses_three_and_a_half_times_as_many_is_found_with_its_peak() {
    let verdict = judge(&[told(30, vec![recordings(5, |_| 3.5, DAYS)])], THROUGH);
    let signal = the_open(&verdict, Code::SegmentDrop);
    assert_eq!((signal.content.as_deref(), signal.segment), (Some("rec"), Some(18)));
    assert!(signal.title.contains("“Recursion” between 01:20 and 01:40"), "{}", signal.title);
    assert!(signal.baseline > 0.03 && signal.baseline < 0.08, "{signal:#?}");
}

#[test]
fn clean_recordings_raise_nothing_and_a_lone_one_is_not_judged() {
    for seed in 0..10 {
        let verdict = judge(&[told(30, vec![recordings(seed, |_| 1.0, DAYS)])], THROUGH);
        assert_eq!(open(&verdict), Vec::<&Signal>::new());
    }
    let mut alone = recordings(5, |_| 3.5, DAYS);
    alone.spans.retain(|cell| cell.content == "rec" && (2..6).contains(&cell.span));
    let verdict = judge(&[told(30, vec![alone])], THROUGH);
    let said: Vec<_> = verdict.signals.iter().map(|signal| (signal.state, signal.tier, signal.span.as_deref())).collect();
    assert_eq!(said, [(State::Watch, Tier::Insufficient, Some("4/10"))]);
    assert!(verdict.signals[0].explanation.contains("nothing comparable"), "{}", verdict.signals[0].explanation);
}

#[test]
fn what_later_learners_clear_is_resolved_and_comes_back_as_the_next_generation() {
    let worse = |day: i32| if (20..60).contains(&day) { 0.4 } else { 3.5 };
    let early = judge(&[told(90, vec![recordings(6, worse, 100)])], Day(60));
    let resolved: Vec<&Signal> = early.signals.iter().filter(|signal| signal.state == State::Resolved).collect();
    assert_eq!((resolved.len(), open(&early).len()), (1, 0), "{:#?}", early.signals);
    assert!(resolved[0].opened < Some(resolved[0].decided));

    let late = judge(&[told(90, vec![recordings(6, worse, 100)])], Day(120));
    let again = the_open(&late, Code::SegmentDrop);
    assert_ne!(again.signal_id, resolved[0].signal_id);
    assert!(again.opened > Some(resolved[0].decided) && again.n_learners < 60 * 80);
    assert!(late.signals.contains(resolved[0]), "what has ended is not rewritten");
    assert!(late.signals.windows(2).all(|pair| pair[0].signal_id < pair[1].signal_id), "each id once, in order");
    let kinds: Vec<String> = changes(Some(&early), &late, &Ledger::default()).iter().map(kind).collect();
    assert_eq!(kinds, ["teachback.signal.opened.v1"]);
}

#[test]
fn a_corrected_key_resolves_an_item() {
    let mut evidence = items(1, Kind::Miskeyed, 0);
    evidence.items.extend(item(&mut Chance(7), "planted", Kind::Sound, 20..60, 15));
    let verdict = judge(&[told(90, vec![evidence])], THROUGH);
    let mut states: Vec<_> = verdict.signals.iter().map(|signal| (signal.code, signal.state)).collect();
    states.sort_unstable();
    // A wrong key makes an item look hard: that is what is seen first.
    assert_eq!(states, [(Code::Miskeyed, State::Resolved), (Code::TooHard, State::Superseded)]);
}

#[test]
fn a_wall_is_found_and_its_neighbours_are_not() {
    let mut chance = Chance(8);
    let mut evidence = course("c1");
    for (day, module) in (0..30).flat_map(|day| (0..8).map(move |module| (day, module))) {
        let left = chance.count(20, if module == 3 { 0.25 } else { 0.06 });
        let (withdrew, stopped_out) = (left / 2, left - left / 2);
        evidence.places.push(PlaceCell { stopped_out, ..arrivals(day, module, 20, withdrew) });
    }
    let verdict = judge(&[told(60, vec![evidence])], THROUGH);
    let signal = the_open(&verdict, Code::Wall);
    assert_eq!((signal.module.as_deref(), signal.evidence_through, signal.decided), (Some("m3"), Day(29), Day(46)));
}

#[test]
fn broken_content_is_paged_on_the_next_day() {
    let mut evidence = course("c1");
    let opening =
        |content: &str, client: &str, opened, failed| OpeningCell { content: content.to_owned(), client: client.to_owned(), day: Day(3), opened, failed };
    evidence.openings = vec![opening("", "web", 500, 0), opening("rec", "web", 200, 1), opening("rec", "app", 12, 9), opening("m", "app", 9, 9)];
    let verdict = judge(&[told(4, vec![evidence])], Day(4));
    let signal = the_open(&verdict, Code::Broken);
    assert_eq!((signal.content.as_deref(), signal.client.as_deref(), signal.opened), (Some("rec"), Some("app"), Some(Day(4))));
    assert_eq!(signal.hypotheses, 4);
}

#[test]
fn neither_order_nor_cuts_nor_shards_nor_repeats_show() {
    let (mut one, mut two) = (items(1, Kind::Miskeyed, 5), recordings(5, |_| 3.5, DAYS));
    two.course = "c2".to_owned();
    let whole = judge(&[told(30, vec![one.clone(), two.clone()])], THROUGH);
    assert_eq!(open(&whole).len(), 2);
    let late = |cells: &mut Vec<ItemCell>| cells.extract_if(.., |cell| cell.day >= Day(10)).collect::<Vec<_>>();
    let second = CourseEvidence { items: late(&mut one.items), ..one.clone() };
    let parts = [told(12, vec![one]), told(30, vec![second]), told(30, vec![two])];
    assert_eq!(judge(&parts, THROUGH), whole);
    assert_eq!(judge(parts.iter().rev().chain(&parts), THROUGH), whole);
}

#[test]
fn the_lists_of_earlier_days_are_those_of_verdicts_through_earlier_days() {
    let evidence = [told(30, vec![items(1, Kind::Miskeyed, 5)])];
    let opened = the_open(&judge(&evidence, THROUGH), Code::Miskeyed).opened.unwrap();
    assert!(open(&judge(&evidence, opened.plus(-1))).iter().all(|signal| signal.code != Code::Miskeyed));
    let then = judge(&evidence, opened);
    assert_eq!((the_open(&then, Code::Miskeyed).opened, the_open(&then, Code::Miskeyed).decided), (Some(opened), opened));
}

fn kind(event: &SignalEvent) -> String {
    let body: serde_json::Value = serde_json::from_str(&event.body).unwrap();
    assert_eq!((body["specversion"].as_str(), body["id"].as_str(), body["source"].as_str()), (Some("1.0"), Some(event.id.as_str()), Some("teachback/decide")));
    assert_eq!(body["data"]["provider"], event.provider);
    assert_eq!(body["subject"], body["data"]["course"]);
    body["type"].as_str().unwrap().to_owned()
}

#[test]
fn only_news_is_told() {
    let evidence = [told(30, vec![items(1, Kind::Miskeyed, 5), CourseEvidence { course: "c2".to_owned(), ..recordings(5, |_| 3.5, DAYS) }])];
    let now = judge(&evidence, THROUGH);
    let first = changes(None, &now, &Ledger::default());
    assert_eq!(first.iter().map(kind).collect::<Vec<_>>(), ["teachback.signal.opened.v1"; 2]);
    assert_eq!(first.iter().map(|event| &event.id).collect::<BTreeSet<_>>().len(), 2);
    assert_eq!(changes(Some(&now), &now, &Ledger::default()), []);
    assert_eq!(changes(Some(&said(None, &now)), &now, &Ledger::default()), []);
    let gone = changes(Some(&now), &Verdict { through: THROUGH, signals: Vec::new() }, &Ledger::default());
    assert_eq!(gone.iter().map(kind).collect::<Vec<_>>(), ["teachback.signal.data_corrected.v1"; 2]);
}

#[test]
fn slow_growth_is_told_once_it_adds_up() {
    let evidence = [told(30, vec![items(1, Kind::Miskeyed, 5)])];
    let mut so_far: Option<Verdict> = None;
    let (mut kinds, mut ids) = (Vec::new(), BTreeSet::new());
    for day in 0..40 {
        let now = judge(&evidence, Day(day));
        for event in changes(so_far.as_ref(), &now, &Ledger::default()) {
            kinds.push(kind(&event));
            assert!(ids.insert(event.id), "an id is told once");
        }
        so_far = Some(said(so_far.as_ref(), &now));
    }
    assert_eq!(kinds[0], "teachback.signal.opened.v1");
    let count = |what: &str| kinds.iter().filter(|kind| kind.contains(what)).count();
    // I-03 first, which gives way to I-01.
    assert_eq!((count("opened"), count("superseded")), (2, 1), "{kinds:?}");
    assert!((1..20).contains(&count("updated")) && count("updated") + 3 == kinds.len(), "{kinds:?}");
}

#[test]
fn a_verdict_fills_its_table_and_reads_what_it_writes() {
    let now = judge(&[told(30, vec![items(1, Kind::Miskeyed, 5)])], THROUGH);
    let rows = rows(&now);
    assert_eq!(rows.len(), now.signals.len());
    for (place, column) in rows.contract().columns.iter().enumerate() {
        let empty = [
            "content",
            "segment",
            "span",
            "content_version",
            "client",
            "ratio_crude",
            "ratio_adjusted",
            "learners_needed",
            "estimate_shrunk",
            "lfdr",
            "linked_facility",
            "linked_answers",
        ]
        .contains(&column.name);
        assert_eq!(rows.cell(0, place) == crate::table::Cell::Null, empty, "{}", column.name);
    }
    let read: Verdict = serde_json::from_str(&serde_json::to_string(&now).unwrap()).unwrap();
    assert_eq!(read, now);
}

#[test]
fn what_is_written_meets_the_schema() {
    let schema: serde_json::Value = serde_json::from_str(include_str!("../../../../schemas/signals/v1/signal.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for event in changes(None, &judge(&[told(30, vec![items(1, Kind::Miskeyed, 5)])], THROUGH), &Ledger::default()) {
        let body: serde_json::Value = serde_json::from_str(&event.body).unwrap();
        let missing: Vec<String> = schema.iter_errors(&body).map(|error| error.to_string()).collect();
        assert_eq!(missing, Vec::<String>::new());
    }
}

mod around;
mod silence;
mod trust;
