//! What makes a signal one to trust: peers, strata, versions, the flow behind it, and what its provider answers.

use super::*;
use crate::event::validate::Key;
use crate::evidence::{AccountCell, ContentVersion, FlowCell};
use crate::time::Hour;

#[test]
fn a_course_with_many_bots_is_told_and_one_without_is_not() {
    let accounts = |bots: u32| (0..20).map(|day| AccountCell { day: Day(day), judged: 20, bots: if day % 4 == 0 { bots } else { 0 } }).collect();
    let verdict = |bots| judge(&[told(30, vec![CourseEvidence { accounts: accounts(bots), ..course("c1") }])], THROUGH);
    let found = verdict(3);
    let signal = the_open(&found, Code::Bots);
    assert_eq!((signal.n_learners, signal.title.as_str()), (400, "15 accounts of this course are likely bots"));
    assert_eq!(open(&verdict(0)), Vec::<&Signal>::new());
}

/// Forty learners an hour by day and eight by night on some days, less `missing` hours.
fn flow(days: i32, missing: std::ops::Range<i32>) -> Vec<FlowCell> {
    let learners = |hour: i32| if hour.rem_euclid(24) < 8 { 8 } else { 40 };
    (0..24 * days).filter(|hour| !missing.contains(hour)).map(|hour| FlowCell { hour: Hour(hour), learners: learners(hour) }).collect()
}

#[test]
fn an_outage_is_told_while_it_lasts_and_over_when_the_flow_is_back() {
    let verdict = |days, missing, through| judge(&[told(through, vec![CourseEvidence { flow: flow(days, missing), ..course("c1") }])], Day(through));
    // Another course goes on: one hour of it says that time has passed.
    let mut silent = CourseEvidence { flow: flow(20, 470..480), ..course("c1") };
    silent.flow.push(FlowCell { hour: Hour(481), learners: 1 });
    let during = judge(&[told(20, vec![silent])], Day(20));
    let signal = the_open(&during, Code::Flow);
    assert_eq!((signal.provider.as_str(), signal.course.as_str(), signal.state), ("orgx", "", State::Open));
    assert!(signal.title.contains("1970-01-20T14:00"), "{}", signal.title);

    let after = verdict(22, 470..480, 22);
    let over: Vec<_> = after.signals.iter().map(|signal| (signal.code, signal.state, signal.signal_id.clone())).collect();
    assert_eq!(over, [(Code::Flow, State::Resolved, signal.signal_id.clone())], "the same outage");
    assert_eq!(verdict(22, 0..0, 22).signals, []);
}

#[test]
fn a_third_of_the_usual_flow_is_no_outage() {
    let mut dip = CourseEvidence { flow: flow(22, 0..0), ..course("c1") };
    dip.flow.iter_mut().filter(|cell| (450..520).contains(&cell.hour.0)).for_each(|cell| cell.learners /= 3);
    assert_eq!(judge(&[told(22, vec![dip])], Day(22)).signals, []);
}

/// Eight modules that 40 learners come to each day; after day 30 module 3 has a new version and another share that leaves.
fn revised(seed: u64, before: f64, after: f64, all: f64) -> CourseEvidence {
    let mut chance = Chance(seed);
    let mut evidence = course("c1");
    let modules: Vec<String> = (0..8).map(|module| format!(r#"{{"module":"m{module}","contents":[{{"content":"v{module}"}}]}}"#)).collect();
    evidence.outline = outline::parse(&format!("[{}]", modules.join(","))).unwrap();
    let version = |content: &str, since, version: &str| ContentVersion { content: content.to_owned(), since: Day(since), version: version.to_owned() };
    evidence.versions = (0..8).map(|module| version(&format!("v{module}"), 0, "1")).collect();
    evidence.versions.insert(4, version("v3", 30, "2"));
    for (day, module) in (0..60).flat_map(|day| (0..8).map(move |module| (day, module))) {
        let share = if module != 3 {
            all
        } else if day < 30 {
            before
        } else {
            after
        };
        let withdrew = chance.count(40, share);
        evidence.places.push(arrivals(day, module, 40, withdrew));
    }
    evidence
}

fn said_of_revisions(before: f64, after: f64) -> Vec<(Code, State)> {
    let verdict = judge(&[told(80, vec![revised(11, before, after, 0.12)])], THROUGH);
    let of_revisions = verdict.signals.iter().filter(|signal| matches!(signal.code, Code::Improved | Code::Worsened | Code::NoEffect));
    of_revisions.map(|signal| (signal.code, signal.state)).collect()
}

#[test]
fn a_revision_is_judged_against_modules_that_nobody_revised() {
    assert_eq!(said_of_revisions(0.30, 0.10), [(Code::Improved, State::Open)]);
    assert_eq!(said_of_revisions(0.10, 0.25), [(Code::Worsened, State::Watch)], "R-02 is never pushed");
    assert_eq!(said_of_revisions(0.15, 0.15), []);
}

#[test]
fn a_new_version_ends_what_was_said_of_the_old_one() {
    let verdict = judge(&[told(80, vec![revised(12, 0.40, 0.40, 0.08)])], THROUGH);
    let mut walls: Vec<_> = verdict.signals.iter().filter(|signal| signal.code == Code::Wall).map(|signal| (signal.generation, signal.state)).collect();
    walls.sort_unstable();
    assert_eq!(walls, [(1, State::Superseded), (2, State::Open)]);
    assert!(verdict.signals.iter().all(|signal| signal.code != Code::Wall || signal.n_learners <= 30 * 40), "the day of the revision is left out");
}

#[test]
fn only_the_provider_of_a_signal_is_heard() {
    let verdict = judge(&[told(30, vec![items(1, Kind::Miskeyed, 5)])], THROUGH);
    let signal_id = the_open(&verdict, Code::Miskeyed).signal_id.clone();
    let feedback = |provider: &str, response| Feedback { signal_id: signal_id.clone(), provider: provider.to_owned(), response };
    let answered = |feedback: &[Feedback]| {
        let mut answers = Answers::to(&verdict);
        feedback.iter().zip(0..).for_each(|(feedback, offset)| answers.take(Place { partition: 0, offset }, feedback));
        with_feedback(verdict.clone(), &answers)
    };
    let state = |feedback: &[Feedback]| answered(feedback).signals.iter().find(|signal| signal.signal_id == signal_id).map(|signal| signal.state);
    assert_eq!(state(&[feedback("somebody", Response::Dismissed)]), Some(State::Open));
    assert_eq!(state(&[feedback("orgx", Response::Dismissed), feedback("orgx", Response::Acknowledged)]), Some(State::Acknowledged));

    let dismissed = answered(&[feedback("orgx", Response::Dismissed)]);
    let told: Vec<String> = changes(Some(&verdict), &dismissed, &Ledger::default()).iter().map(kind).collect();
    assert_eq!(told, ["teachback.signal.dismissed.v1"]);
    assert_eq!(changes(Some(&dismissed), &dismissed, &Ledger::default()), []);
}

#[test]
fn the_latest_answer_holds_whatever_the_order_of_reading() {
    let verdict = judge(&[told(30, vec![items(1, Kind::Miskeyed, 5)])], THROUGH);
    let signal_id = the_open(&verdict, Code::Miskeyed).signal_id.clone();
    let answer =
        |offset, provider: &str, response| (Place { partition: 0, offset }, Feedback { signal_id: signal_id.clone(), provider: provider.to_owned(), response });
    let mut heard = [
        answer(3, "orgx", Response::Dismissed),
        answer(7, "orgx", Response::Acknowledged),
        answer(9, "somebody", Response::Dismissed),
        (Place { partition: 1, offset: 0 }, Feedback { signal_id: "0".repeat(32), provider: "orgx".to_owned(), response: Response::Dismissed }),
    ];
    for _ in 0..heard.len() {
        heard.rotate_left(1);
        let mut answers = Answers::to(&verdict);
        heard.iter().for_each(|(place, feedback)| answers.take(*place, feedback));
        answers.hear(Place { partition: 2, offset: 0 }, Key::None, b"no answer");
        let unheard = BTreeMap::from([(Unheard::BadJson, 1), (Unheard::OtherProvider, 1)]);
        assert_eq!(answers.heard(), &Heard { answers: 2, beside: 1, unheard });
        let states: Vec<State> =
            with_feedback(verdict.clone(), &answers).signals.iter().filter(|signal| signal.signal_id == signal_id).map(|s| s.state).collect();
        assert_eq!(states, [State::Acknowledged]);
    }
}

#[test]
fn what_nobody_meets_any_more_goes_stale() {
    let evidence = [told(30, vec![recordings(5, |_| 3.5, DAYS)])];
    let opened = the_open(&judge(&evidence, THROUGH), Code::SegmentDrop).decided;
    let stale = judge(&evidence, opened.plus(200));
    let ended: Vec<_> = stale.signals.iter().map(|signal| (signal.code, signal.state)).collect();
    assert!(ended.contains(&(Code::SegmentDrop, State::Stale)), "{ended:?}");
    assert!(open(&stale).is_empty());
}

#[test]
fn many_peers_confirm_what_alone_would_only_be_watched() {
    let mut chance = Chance(21);
    let mut evidence = course("c1");
    for number in 0..300 {
        let kind = if number % 10 == 0 { Kind::Hard } else { Kind::Sound };
        evidence.items.extend(item(&mut chance, &format!("item-{number:03}"), kind, 0..DAYS, 3));
    }
    let verdict = judge(&[told(30, vec![evidence])], THROUGH);
    let is_hard = |signal: &Signal| signal.item.as_deref().is_some_and(|item| item.ends_with('0'));
    let open = open(&verdict);
    assert!(open.iter().all(|signal| is_hard(signal)), "{:#?}", open.iter().find(|signal| !is_hard(signal)));
    let count = |tier| open.iter().filter(|signal| signal.tier == tier).count();
    assert!(count(Tier::Confirmed) > 0 && count(Tier::Confirmed) + count(Tier::Certified) >= 15, "{} and {}", count(Tier::Confirmed), count(Tier::Certified));
    assert!(open.iter().all(|signal| signal.tier == Tier::Certified || signal.lfdr.is_some_and(|lfdr| lfdr < 0.05)));
}

#[test]
fn a_change_in_who_takes_a_course_is_no_wall() {
    let mut chance = Chance(31);
    let mut evidence = course("c1");
    for (day, module) in (0..40).flat_map(|day| (0..8).map(move |module| (day, module))) {
        // Module 5 is met by far more learners who audit, and those leave four times as often everywhere.
        let audit = if module == 5 { 30 } else { 6 };
        for (stratum, arrived, share) in [("audit/", audit, 0.24), ("verified/", 36 - audit, 0.06)] {
            let withdrew = chance.count(arrived, share);
            evidence.places.push(PlaceCell { stratum: stratum.to_owned(), ..arrivals(day, module, arrived, withdrew) });
        }
    }
    let told_with = judge(&[told(80, vec![evidence.clone()])], THROUGH);
    assert_eq!(open(&told_with), Vec::<&Signal>::new());
    evidence.places.iter_mut().for_each(|cell| cell.stratum.clear());
    assert_eq!(the_open(&judge(&[told(80, vec![evidence])], THROUGH), Code::Wall).module.as_deref(), Some("m5"), "without strata it would be one");
}

#[test]
fn a_week_in_which_few_leave_is_not_counted_for_less_twice() {
    // Everywhere a third of what version 0 expects of the first week: the level of the course says so, and the week no more.
    let mut chance = Chance(41);
    let mut evidence = course("c1");
    evidence.began = Some(Day(0));
    for (day, module) in (0..7).flat_map(|day| (0..8).map(move |module| (day, module))) {
        let withdrew = chance.count(100, 0.04);
        evidence.places.push(arrivals(day, module, 100, withdrew));
    }
    let verdict = judge(&[told(80, vec![evidence])], THROUGH);
    assert_eq!(verdict.signals, [], "four in a hundred leave each module");
}

#[test]
fn learners_needed_are_those_of_the_formula() {
    // 3.5 times a hazard of 5 % against 1.5 times: KL(0.175, 0.075) = 0.05389 nats a learner, and ln(10 000/0.01) = 13.816.
    assert_eq!(learners_needed("V-01", 0.05, 0.175, 10_000), Some(257));
    // C-01 pages at e >= 20 x 30: ln 600 = 6.397, KL(0.30, 0.02) = 0.5769; and at ten learners at least.
    assert_eq!(learners_needed("C-01", 0.0, 0.30, 30), Some(12));
    assert_eq!(learners_needed("C-01", 0.0, 0.60, 30), Some(10));
    // R-01: 31 to 19 % against 2 points: ½ 0.10² / (0.2139 + 0.1539) = 0.013594 nats, ln(200/0.01) = 9.903.
    assert_eq!(learners_needed("R-01", 0.31, 0.19, 200), Some(729));
    assert_eq!(learners_needed("D-01", 0.10, 0.14, 50), None, "within the margin");
    assert_eq!(learners_needed("I-01", 0.10, 0.50, 50), None, "no share");
}

#[test]
fn judging_day_by_day_is_judging_at_once() {
    let whole = [told(30, vec![items(1, Kind::Miskeyed, 5), CourseEvidence { course: "c2".to_owned(), ..recordings(5, |_| 3.5, DAYS) }])];
    let mut steady = Judge::default();
    steady.tell(whole[0].clone());
    let last = (0..=100).map(|day| steady.judge(Day(day))).last().unwrap();
    assert_eq!(last, judge(&whole, Day(100)));
    assert!(steady.is_too_late(&whole[0]) && steady.is_ahead_of(Day(99)) && !steady.is_ahead_of(Day(100)));
}

#[test]
fn no_sentence_has_a_gap_left() {
    let verdicts = [
        judge(&[told(30, vec![items(1, Kind::Miskeyed, 5)])], THROUGH),
        judge(&[told(90, vec![recordings(6, |_| 3.5, DAYS)])], THROUGH),
        judge(&[told(80, vec![revised(12, 0.40, 0.10, 0.08)])], THROUGH),
        judge(&[told(22, vec![CourseEvidence { flow: flow(22, 470..480), ..course("c1") }])], Day(22)),
    ];
    for signal in verdicts.iter().flat_map(|verdict| &verdict.signals) {
        for text in [&signal.title, &signal.explanation, &signal.action] {
            assert!(!text.contains(['{', '}']) && !text.contains(".explanation") && text.len() > 20, "{text}");
        }
    }
    let codes: BTreeSet<Code> = verdicts.iter().flat_map(|verdict| &verdict.signals).map(|signal| signal.code).collect();
    assert!(codes.len() >= 5, "{codes:?}");
}
