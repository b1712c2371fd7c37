//! What a sample of events says about the tables and signals to come: the pure half of `doctor`.
//!
//! It looks at events as route would send them, so aliases and owners are in force. No id is ever given out: only shares.

use std::collections::{BTreeMap, BTreeSet};
use teachback_core::event::decode::decode;
use teachback_core::event::{Event, EventType, Kind, PLATFORM_PREFIX};
use teachback_core::limits::CLOCK_AHEAD_SECONDS_MAX;
use teachback_core::time::{EventTime, SECOND};

/// Events of a source whose times are held against their receipt.
pub const FIRST_EVENTS: u64 = 1_000;

/// A learner in a course: course, identity space, id.
type Membership = (String, String, String);

/// What was seen of one source.
#[derive(Debug, Clone, Default)]
pub struct SourceFacts {
    /// Events looked at.
    pub events: u64,
    /// Of those, events with a learner.
    pub with_learner: u64,
    /// Events of a course run, not of a platform.
    pub with_course: u64,
    /// Events whose time is exact: neither a bare date, nor of reception, nor of an assumed zone.
    pub with_exact_time: u64,
    /// Events among the first [`FIRST_EVENTS`].
    pub first: u64,
    /// Of those, events more than five minutes ahead of their receipt: measure would refuse them as `clock_wild`.
    pub first_ahead: u64,
    /// Learners who did something, by course.
    acting: BTreeSet<Membership>,
    /// Learners who were enrolled, by course.
    enrolled: BTreeSet<Membership>,
}

impl SourceFacts {
    /// Whether times look like local times taken for UTC: more than half of the first ones lie in the future.
    #[must_use]
    pub fn suspects_time_zone(&self) -> bool {
        self.first_ahead * 2 > self.first
    }
}

/// How many of those who act are known to be enrolled, for two sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// The source that tells what learners do.
    pub acting: String,
    /// The source that tells who is enrolled.
    pub enrolled: String,
    /// Learners, each once in each course, who act.
    pub learners_acting: u64,
    /// Of those, learners whom the other source enrols in the same course.
    pub learners_enrolled: u64,
}

/// A table or signal that will stay empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Empty {
    /// `table` or `signal`.
    pub kind: &'static str,
    /// Its name or code.
    pub name: &'static str,
    /// What was not seen.
    pub lacks: &'static str,
}

/// What all sources together bring of course runs.
#[derive(Debug, Clone, Default)]
struct Brought {
    types: BTreeSet<EventType>,
    learner: bool,
    activity: bool,
    marked: bool,
    marked_in_assessment: bool,
    response: bool,
    length: bool,
    place: bool,
}

/// A sample of events, source by source.
#[derive(Debug, Clone, Default)]
pub struct Diagnosis {
    sources: BTreeMap<String, SourceFacts>,
    brought: Brought,
}

impl Diagnosis {
    /// Looks at an event that route would send, as JSON, and when its message was received.
    pub fn take(&mut self, source: &str, received: EventTime, json: &str) {
        let Ok(event) = decode(&[], json.as_bytes()) else {
            debug_assert!(false, "route sends canonical events only");
            return;
        };
        let facts = self.sources.entry(source.to_owned()).or_default();
        facts.take(&event, received);
        if !event.subject.starts_with(PLATFORM_PREFIX) {
            self.brought.take(&event);
        }
    }

    /// What was seen of each source that had events.
    #[must_use]
    pub fn sources(&self) -> &BTreeMap<String, SourceFacts> {
        &self.sources
    }

    /// Each pair of a source that tells of deeds and one that enrols.
    #[must_use]
    pub fn overlaps(&self) -> Vec<Overlap> {
        let mut overlaps = Vec::new();
        for (acting, doing) in self.sources.iter().filter(|(_, facts)| !facts.acting.is_empty()) {
            for (enrolled, enrolling) in self.sources.iter().filter(|(_, facts)| !facts.enrolled.is_empty()) {
                overlaps.push(Overlap {
                    acting: acting.clone(),
                    enrolled: enrolled.clone(),
                    learners_acting: doing.acting.len() as u64,
                    learners_enrolled: doing.acting.intersection(&enrolling.enrolled).count() as u64,
                });
            }
        }
        overlaps
    }

    /// Which tables and signals will stay empty if what comes is like the sample, and why.
    #[must_use]
    pub fn empty(&self) -> Vec<Empty> {
        let brought = &self.brought;
        let has = |wanted: &[EventType]| wanted.iter().any(|event_type| brought.types.contains(event_type));
        // A playing that nothing ends is no viewing.
        let ends = [EventType::ContentPaused, EventType::ContentStopped, EventType::ContentSeeked, EventType::ContentProgressed, EventType::ContentCompleted];
        let viewed = has(&[EventType::ContentPlayed]) && has(&ends);
        let content = has(&[
            EventType::ContentViewed,
            EventType::ContentPlayed,
            EventType::ContentPaused,
            EventType::ContentSeeked,
            EventType::ContentProgressed,
            EventType::ContentStopped,
            EventType::ContentCompleted,
            EventType::ContentFailed,
        ]);
        let handed_in = has(&[EventType::AssessmentSubmitted, EventType::AssessmentGraded]);
        let enrolled = has(&[EventType::EnrollmentCreated]);
        let of_course = !brought.types.is_empty();
        [
            ("table", "course_quality", of_course, "events of a course run"),
            ("table", "course_activity", of_course, "events of a course run"),
            ("table", "learner_course", brought.learner, "events with a learner"),
            ("table", "content_quality", content, "content.* events"),
            ("table", "content_segments", viewed, "content.played, and content.paused, stopped, seeked or progressed to end it"),
            ("table", "item_quality", brought.marked, "item.answered or item.graded with outcome or score"),
            ("table", "item_options", brought.marked && brought.response, "item.answered with outcome or score, and response"),
            (
                "table",
                "assessment_quality",
                brought.marked_in_assessment || handed_in,
                "items answered in an assessment, assessment.submitted or assessment.graded",
            ),
            ("table", "dropout", brought.learner && (enrolled || brought.activity), "learners who are enrolled or do something"),
            ("signal", "V-01", viewed && brought.length, "what content_segments needs, with the length of the recording (content_length_s, or an outline)"),
            ("signal", "I-01", brought.marked_in_assessment && brought.response, "item.answered in an assessment with outcome or score, and response"),
            ("signal", "I-02", brought.marked_in_assessment, "item.answered in an assessment with outcome or score"),
            ("signal", "I-03", brought.marked_in_assessment, "item.answered in an assessment with outcome or score"),
            ("signal", "D-01", brought.activity && brought.place, "an outline (course.published), or module on events"),
            ("signal", "C-01", has(&[EventType::ContentFailed]), "content.failed events"),
        ]
        .into_iter()
        .filter(|(_, _, brought, _)| !brought)
        .map(|(kind, name, _, lacks)| Empty { kind, name, lacks })
        .collect()
    }
}

impl SourceFacts {
    fn take(&mut self, event: &Event<'_>, received: EventTime) {
        self.events += 1;
        let of_course = !event.subject.starts_with(PLATFORM_PREFIX);
        self.with_course += u64::from(of_course);
        self.with_learner += u64::from(event.data.learner.is_some());
        self.with_exact_time += u64::from(event.data.time_quality.as_deref().is_none_or(|quality| quality == "exact"));
        if self.first < FIRST_EVENTS {
            self.first += 1;
            self.first_ahead += u64::from(event.time > received.plus(CLOCK_AHEAD_SECONDS_MAX * SECOND));
        }
        let (Some(learner), Kind::Known(event_type), true) = (event.data.learner.as_deref(), &event.kind, of_course) else { return };
        if event.data.actor_role.as_deref().is_some_and(|role| role != "learner") {
            return;
        }
        let member = || (event.subject.to_string(), event.data.learner_space.as_deref().unwrap_or_default().to_owned(), learner.to_owned());
        if event_type.is_activity() {
            self.acting.insert(member());
        }
        if *event_type == EventType::EnrollmentCreated {
            self.enrolled.insert(member());
        }
    }
}

impl Brought {
    fn take(&mut self, event: &Event<'_>) {
        let Kind::Known(event_type) = event.kind else { return };
        let data = &event.data;
        self.types.insert(event_type);
        self.learner |= data.learner.is_some();
        self.activity |= event_type.is_activity() && data.learner.is_some();
        let marked = matches!(event_type, EventType::ItemAnswered | EventType::ItemGraded)
            && (data.score.is_some() || data.outcome.as_deref().is_some_and(|outcome| outcome != "ungraded"));
        self.marked |= marked;
        self.marked_in_assessment |= marked && data.assessment.is_some();
        self.response |= event_type == EventType::ItemAnswered && data.response.is_some();
        self.length |= data.content_length_s.is_some() || data.modules.is_some();
        self.place |= data.module.is_some() || data.modules.is_some();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: &str, learner: &str, subject: &str, rest: &str) -> String {
        format!(
            r#"{{"specversion":"1.0","id":"e","source":"s","type":"learning.{kind}.v1","time":"2026-11-20T09:00:00Z","subject":"{subject}","data":{{"learner":"{learner}"{rest}}}}}"#
        )
    }

    fn received(text: &str) -> EventTime {
        EventTime::parse(text).expect("a time")
    }

    fn taken(events: &[(&str, String)]) -> Diagnosis {
        let mut diagnosis = Diagnosis::default();
        for (source, json) in events {
            diagnosis.take(source, received("2026-11-20T09:00:10Z"), json);
        }
        diagnosis
    }

    #[test]
    fn shares_are_counted_by_source() {
        let diagnosis = taken(&[
            ("a", event("content.viewed", "ann", "C1", r#","content":"p""#)),
            ("a", event("content.viewed", "ann", "platform:x", r#","content":"p","time_quality":"ingest""#)),
            ("a", event("search.performed", "", "C1", r#","query":"q""#).replace(r#""learner":"","#, "")),
        ]);
        let facts = &diagnosis.sources()["a"];
        assert_eq!((facts.events, facts.with_learner, facts.with_course, facts.with_exact_time), (3, 2, 2, 2));
    }

    #[test]
    fn who_acts_is_looked_for_among_the_enrolled_of_the_same_course() {
        let view = |learner, course| event("content.viewed", learner, course, r#","content":"p""#);
        let enrol = |learner, course| event("enrollment.created", learner, course, "");
        let diagnosis = taken(&[
            ("log", view("ann", "C1")),
            ("log", view("ann", "C1")),
            ("log", view("bob", "C1")),
            ("log", view("cid", "C2")),
            ("sis", enrol("ann", "C1")),
            ("sis", enrol("cid", "C1")),
        ]);
        let overlap = Overlap { acting: "log".to_owned(), enrolled: "sis".to_owned(), learners_acting: 3, learners_enrolled: 1 };
        assert_eq!(diagnosis.overlaps(), [overlap]);
    }

    #[test]
    fn times_in_the_future_hint_at_the_zone() {
        let mut diagnosis = Diagnosis::default();
        let json = event("content.viewed", "ann", "C1", r#","content":"p""#);
        for received_at in ["2026-11-20T01:00:00Z", "2026-11-20T01:00:00Z", "2026-11-20T09:00:00Z"] {
            diagnosis.take("ahead", received(received_at), &json);
            diagnosis.take("right", received("2026-11-20T08:56:00Z"), &json);
        }
        let suspects = |source: &str| diagnosis.sources()[source].suspects_time_zone();
        assert_eq!((suspects("ahead"), suspects("right")), (true, false));
    }

    #[test]
    fn what_stays_empty_is_said_with_what_is_lacking() {
        let names = |events: &[(&str, String)]| taken(events).empty().iter().map(|empty| empty.name).collect::<Vec<_>>();
        let all = names(&[]);
        assert_eq!(all.len(), 15);
        let played = event("content.played", "ann", "C1", r#","content":"v","position_s":1"#);
        assert_eq!(
            names(&[("a", played.clone())]),
            ["content_segments", "item_quality", "item_options", "assessment_quality", "V-01", "I-01", "I-02", "I-03", "D-01", "C-01"]
        );
        let stopped = event("content.stopped", "ann", "C1", r#","content":"v","position_s":9"#);
        let answered = event("item.answered", "ann", "C1", r#","item":"i","assessment":"q","outcome":"right","response":"b","module":"m""#);
        let failed = event("content.failed", "ann", "C1", r#","content":"v","content_length_s":60"#);
        assert_eq!(names(&[("a", played), ("a", stopped), ("a", answered), ("b", failed)]), Vec::<&str>::new());
        assert_eq!(names(&[("a", event("content.viewed", "ann", "platform:x", r#","content":"p""#))]), all, "a platform fills no table of courses");
    }
}
