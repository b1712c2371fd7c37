//! Two doors for the same facts: one of them counts.

use super::super::{Aliases, Format, Ownership, Router, Source};
use super::{ENROLLED, PLAYED, VIEWED, route, router, source};
use teachback_core::time::EventTime;

fn owning(name: &str, format: Format, owns: &[Ownership]) -> Source {
    Source { owns: owns.to_vec(), ..source(name, format) }
}

fn group(group: &str) -> Ownership {
    Ownership { group: group.to_owned(), provider: None, from: None, until: None }
}

fn time(text: &str) -> Option<EventTime> {
    Some(EventTime::parse(text).expect("a time"))
}

#[test]
fn only_the_owner_tells_and_the_other_is_counted() {
    let sources = [owning("log", Format::OpenEdx, &[group("enrollment")]), owning("xapi", Format::Xapi, &[group("content")]), source("auto", Format::Auto)];
    let mut router = router(&sources, "");
    assert_eq!(route(&mut router, "log", ENROLLED).out.len(), 1);
    assert_eq!(route(&mut router, "auto", ENROLLED).out.len(), 0);
    assert_eq!(route(&mut router, "xapi", PLAYED).out.len(), 1);
    assert_eq!(route(&mut router, "auto", VIEWED).out.len(), 0, "canonical events have an owner, too");
    let counts = &router.counts()["auto"];
    assert_eq!((counts.messages, counts.nothing, counts.other_door, counts.events), (2, 2, 2, 0));
}

#[test]
fn ownership_goes_from_one_door_to_the_next_at_a_moment() {
    let until = Ownership { until: time("2026-11-20T00:00:00Z"), ..group("enrollment") };
    let from = Ownership { from: time("2026-11-20T00:00:00Z"), ..group("enrollment") };
    let mut router = router(&[owning("old", Format::OpenEdx, &[until]), owning("new", Format::OpenEdx, &[from])], "");
    let later = ENROLLED.replace("2026-11-19T08:00:00+00:00", "2026-11-20T00:00:00+00:00");
    assert_eq!(["old", "new"].map(|source| route(&mut router, source, ENROLLED).out.len()), [1, 0]);
    assert_eq!(["old", "new"].map(|source| route(&mut router, source, &later).out.len()), [0, 1]);
}

#[test]
fn what_is_said_of_a_provider_goes_before_what_is_said_of_all() {
    let of_org = Ownership { provider: Some("OrgX".to_owned()), ..group("enrollment") };
    let mut router = router(&[owning("all", Format::OpenEdx, &[group("enrollment")]), owning("orgx", Format::OpenEdx, &[of_org])], "");
    let elsewhere = ENROLLED.replace("OrgX", "OrgY");
    assert_eq!(["all", "orgx"].map(|source| route(&mut router, source, ENROLLED).out.len()), [0, 1]);
    assert_eq!(["all", "orgx"].map(|source| route(&mut router, source, &elsewhere).out.len()), [1, 0]);
}

#[test]
fn what_nobody_owns_at_that_time_anybody_tells() {
    let past = Ownership { until: time("2020-01-01T00:00:00Z"), ..group("enrollment") };
    let mut router = router(&[owning("old", Format::OpenEdx, &[past]), source("new", Format::OpenEdx)], "");
    assert_eq!(["old", "new"].map(|source| route(&mut router, source, ENROLLED).out.len()), [1, 1]);
}

#[test]
fn settings_that_give_facts_to_two_or_to_none_are_refused() {
    let half = Ownership { until: time("2026-01-02T00:00:00Z"), ..group("item") };
    let other_half = Ownership { from: time("2026-01-01T00:00:00Z"), ..group("item") };
    let backwards = Ownership { from: time("2026-01-02T00:00:00Z"), until: time("2026-01-01T00:00:00Z"), ..group("item") };
    for (sources, said) in [
        (
            vec![owning("a", Format::Auto, &[half]), owning("b", Format::Auto, &[other_half])],
            "sources `a` and `b` both own `item` of all providers at the same time: one of them may tell it",
        ),
        (
            vec![owning("a", Format::Auto, &[group("items")])],
            "source `a` owns `items`, which is no group of facts; those are content, assessment, item, enrollment, course, feedback, live, search, statement",
        ),
        (vec![owning("a", Format::Auto, &[backwards])], "source `a` owns `item` until a time that is not after `from`"),
    ] {
        assert_eq!(Router::new(sources, Aliases::default()).expect_err("must be refused").to_string(), said);
    }
}

#[test]
fn every_event_type_but_the_tick_is_of_a_group() {
    for event_type in teachback_core::event::EventType::ALL {
        let group = event_type.name().split('.').nth(1).expect("a group");
        assert_eq!(super::super::FACT_GROUPS.contains(&group), group != "clock", "{group}");
    }
}
