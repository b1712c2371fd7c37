//! Folding: joins an admitted event into what is known of its course and learner.
//!
//! Every write here is a join (earliest, latest, union, count of distinct events), so folding a set of events gives the
//! same state in any order. A property test holds it to that.

use super::learner::{Answer, Enrollment, Learner, MARK_SCALE, Mark, Opening, earlier, later};
use super::names::ItemName;
use super::playback::{Action, Point};
use super::time_bins::{RESPONSE_MS_MAX, STAY_MS_MAX, measured_ms};
use super::{Admitted, Course, HourCounts, Stamp};
use crate::event::validate::ValidEvent;
use crate::event::{Data, EventType, Kind, outline};
use crate::pseudonym::Door;
use crate::time::{EventTime, Hour};

/// Stands for the session of an event that names none.
const NO_SESSION: u64 = 0;

/// What an event about a content refers to, by number.
#[derive(Clone, Copy)]
struct Place {
    content: u32,
    module: Option<u32>,
    session: u64,
}

impl Course {
    /// Joins an event that was admitted. Raw ids of learners and sessions stay with the door and never enter the state.
    pub fn fold(&mut self, event: &ValidEvent<'_>, door: &Door, admitted: Admitted) {
        let stamp = admitted.stamp;
        let data = &event.data;
        if let Some(provider) = data.provider.as_deref() {
            self.provider.join_text(stamp, provider);
        }
        let Kind::Known(event_type) = event.kind else {
            self.hour(event.time.hour()).events += 1;
            return;
        };
        let counts = self.hour(event.time.hour());
        counts.events += 1;
        counts.enrolled += u64::from(event_type == EventType::EnrollmentCreated);
        counts.withdrew += u64::from(event_type == EventType::EnrollmentWithdrawn);
        if event_type == EventType::CoursePublished {
            self.publish(data, stamp);
        }
        if let Some(learner) = admitted.learner.filter(|_| event.is_of_learner()) {
            self.fold_learner(event_type, event, door, admitted, learner as usize);
        }
    }

    fn publish(&mut self, data: &Data<'_>, stamp: Stamp) {
        if let Some(outline) = data.modules.and_then(|modules| outline::parse(modules.get())) {
            // An outline that is not in force any more, or not yet, had versions too.
            for content in outline.modules().iter().flat_map(|module| &module.contents) {
                let Some(version) = content.content_version.as_deref() else { continue };
                let words = &mut self.names.words;
                let version = words.number(version);
                let kept = version.is_some_and(|version| self.outlined_versions.see(&content.content, version, stamp.time, words));
                self.overflow += u64::from(!kept);
            }
            self.outline.join(stamp, outline);
        }
        if let Some(title) = data.title.as_deref() {
            self.title.join_text(stamp, title);
        }
    }

    fn hour(&mut self, hour: Hour) -> &mut HourCounts {
        let place = match self.hours.last() {
            Some((last, _)) if *last == hour => self.hours.len() - 1,
            _ => self.hours.binary_search_by_key(&hour, |(hour, _)| *hour).unwrap_or_else(|place| {
                self.hours.insert(place, (hour, HourCounts::default()));
                place
            }),
        };
        &mut self.hours[place].1
    }

    fn fold_learner(&mut self, event_type: EventType, event: &ValidEvent<'_>, door: &Door, admitted: Admitted, learner: usize) {
        let stamp = admitted.stamp;
        let data = &event.data;
        let content = data.content.as_deref().map(|name| self.names.contents.number(name));
        let facts = content.flatten().and_then(|content| self.contents.get(content as usize));
        let usual_module = facts.and_then(|facts| facts.module.get()).copied();
        let module = data.module.as_deref().map(|name| self.names.modules.number_like(usual_module, name));
        if content == Some(None) || module == Some(None) {
            self.overflow += 1;
            return;
        }
        let (content, module) = (content.flatten(), module.flatten());
        let known = &mut self.learners[learner];
        known.events += 1;
        if event_type.is_activity() {
            earlier(&mut known.first_activity, event.time);
            // The hour of the last activity is there already.
            let came = known.last_activity.map(EventTime::hour) != Some(event.time.hour()) && add_hour(known, event.time.hour());
            later(&mut known.last_activity, event.time);
            if let Some(content) = content {
                known.last_content.join(stamp, content);
            }
            if let Some(module) = module {
                match known.modules.binary_search_by_key(&module, |(module, _)| *module) {
                    Ok(place) => known.modules[place].1 = known.modules[place].1.min(event.time),
                    Err(place) => known.modules.insert(place, (module, event.time)),
                }
            }
            if came {
                self.hour(event.time.hour()).active += 1;
            }
        }
        match event_type {
            EventType::ContentViewed
            | EventType::ContentPlayed
            | EventType::ContentPaused
            | EventType::ContentSeeked
            | EventType::ContentProgressed
            | EventType::ContentStopped
            | EventType::ContentCompleted
            | EventType::ContentFailed => {
                if let Some(content) = content {
                    let session = data.session.as_deref().map_or(NO_SESSION, |session| door.session_fingerprint(session));
                    self.fold_content(event_type, event, admitted, learner, Place { content, module, session });
                }
            }
            EventType::ItemShown | EventType::ItemAnswered | EventType::ItemGraded | EventType::ItemHinted | EventType::ItemRevealed => {
                self.fold_item(event_type, data, stamp, learner);
            }
            EventType::AssessmentStarted | EventType::AssessmentSubmitted | EventType::AssessmentGraded => {
                self.fold_assessment(event_type, data, stamp, learner)
            }
            EventType::EnrollmentCreated | EventType::EnrollmentChanged | EventType::EnrollmentWithdrawn | EventType::EnrollmentCompleted => {
                self.fold_enrollment(event_type, data, stamp, learner);
            }
            EventType::FeedbackRated => {
                if let Some(rating) = data.rating {
                    self.learners[learner].rating.join(stamp, fixed(rating));
                }
            }
            EventType::ContentDownloaded
            | EventType::FeedbackCommented
            | EventType::LiveJoined
            | EventType::LiveLeft
            | EventType::LiveInteracted
            | EventType::SearchPerformed
            | EventType::StatementVoided
            | EventType::CoursePublished
            | EventType::ClockTick => {}
        }
    }

    fn fold_content(&mut self, event_type: EventType, event: &ValidEvent<'_>, admitted: Admitted, learner: usize, place: Place) {
        let Place { content, module, session } = place;
        let (stamp, data) = (admitted.stamp, &event.data);
        if self.contents.len() <= content as usize {
            self.contents.resize_with(content as usize + 1, Default::default);
        }
        let facts = &mut self.contents[content as usize];
        let state = self.learners[learner].content(content);
        let words = &mut self.names.words;
        let content_type = data.content_type.as_deref().and_then(|name| words.number_like(facts.content_type.get().copied(), name));
        let version = data.content_version.as_deref().and_then(|name| words.number_like(facts.version.get().copied(), name));
        let client = words.number_like(state.openings.first().map(|opening| opening.client), data.client.as_deref().unwrap_or_default());
        facts.length_ms = facts.length_ms.max(millis(data.content_length_s.unwrap_or(0.0)));
        join_number(&mut facts.content_type, stamp, content_type);
        join_number(&mut facts.module, stamp, module);
        join_number(&mut facts.version, stamp, version);
        let kept = version.is_none_or(|version| facts.versions.see(version, stamp.time, words));
        self.overflow += u64::from(!kept);
        facts.failures += u64::from(event_type == EventType::ContentFailed);
        facts.completed_by_event |= event_type == EventType::ContentCompleted;
        if let Some(client) = client {
            self.evidence.openings_changed |= state.open(Opening { client, first: stamp, failed: event_type == EventType::ContentFailed });
        }
        if event_type == EventType::ContentFailed {
            state.failures += 1;
            return;
        }
        state.meet(stamp.time, data.duration_s.and_then(|seconds| measured_ms(seconds, STAY_MS_MAX)));
        let action = match event_type {
            EventType::ContentViewed => {
                state.views += data.count.unwrap_or(1);
                None
            }
            EventType::ContentPlayed => {
                state.plays += 1;
                Some(Action::Play)
            }
            EventType::ContentProgressed => Some(Action::Progress),
            EventType::ContentPaused => Some(Action::Pause),
            EventType::ContentStopped => Some(Action::End),
            EventType::ContentSeeked => Some(Action::Seek),
            EventType::ContentCompleted => {
                earlier(&mut state.completed, stamp.time);
                Some(Action::End)
            }
            _ => None,
        };
        if let (Some(action), Some(position)) = (action, data.position_s) {
            let point = Point { time: stamp.time, tie: stamp.tie as u32, action, at_ms: millis(position), to_ms: millis(data.position_to_s.unwrap_or(0.0)) };
            state.playback.get_or_insert_default().add(admitted.source, session, point);
        }
    }

    fn fold_item(&mut self, event_type: EventType, data: &Data<'_>, stamp: Stamp, learner: usize) {
        let names = &mut self.names;
        let item =
            names.assessments.number(data.assessment.as_deref().unwrap_or_default()).zip(names.item_ids.number(data.item.as_deref().unwrap_or_default()));
        let Some(item) = item.and_then(|(assessment, item)| names.items.number(ItemName { assessment, item })) else {
            self.overflow += 1;
            return;
        };
        let response = data.response.as_deref().and_then(|response| names.words.number(response));
        let mark = mark(data);
        let known = &mut self.learners[learner];
        let response_ms = data.response_time_s.and_then(|seconds| measured_ms(seconds, RESPONSE_MS_MAX));
        if let (EventType::ItemAnswered, Some(ms)) = (event_type, response_ms) {
            known.account.answer(stamp.time.day(), ms, mark.map(Mark::is_full));
        }
        let state = known.item(item);
        match event_type {
            EventType::ItemAnswered => state.answer(Answer { stamp, mark, response }, response_ms),
            EventType::ItemGraded => state.grade(Answer { stamp, mark, response }),
            EventType::ItemHinted => state.hinted = true,
            EventType::ItemRevealed => state.revealed = true,
            _ => {}
        }
    }

    fn fold_assessment(&mut self, event_type: EventType, data: &Data<'_>, stamp: Stamp, learner: usize) {
        let Some(assessment) = data.assessment.as_deref().and_then(|name| self.names.assessments.number(name)) else {
            self.overflow += 1;
            return;
        };
        let state = self.learners[learner].assessment(assessment);
        if event_type == EventType::AssessmentSubmitted {
            earlier(&mut state.submitted, stamp.time);
        }
        if event_type != EventType::AssessmentStarted
            && let Some(mark) = mark(data)
        {
            let grade = Answer { stamp, mark: Some(mark), response: None };
            state.graded = Some(state.graded.map_or((grade, grade), |(first, last)| (first.min(grade), last.max(grade))));
        }
    }

    fn fold_enrollment(&mut self, event_type: EventType, data: &Data<'_>, stamp: Stamp, learner: usize) {
        let words = &mut self.names.words;
        let mode = data.enrollment_mode.as_deref().and_then(|mode| words.number(mode));
        let reason = data.reason.as_deref().and_then(|reason| words.number(reason));
        let known = &mut self.learners[learner];
        earlier(&mut known.enrolled, stamp.time);
        let mode_kept = mode.is_none_or(|mode| known.strata.join_mode(stamp, mode));
        let class_kept = data.stratum.is_none_or(|class| known.strata.join_class(stamp, class as u8));
        self.overflow += u64::from(!(mode_kept && class_kept));
        let enrollment = match event_type {
            EventType::EnrollmentCreated => Enrollment::Enrolled,
            EventType::EnrollmentWithdrawn => Enrollment::Withdrawn,
            EventType::EnrollmentCompleted => Enrollment::Completed,
            _ => return,
        };
        // At one and the same time leaving outranks joining, and finishing outranks both. An enrolment whose time is only
        // assumed undoes nothing: the learner may have left before the assumed day.
        let assumed = enrollment == Enrollment::Enrolled && data.time_quality.as_deref() == Some("assumed_utc");
        let time = if assumed { EventTime(i64::MIN) } else { stamp.time };
        let stamp = Stamp { time, rank: enrollment as u32, ..stamp };
        known.enrollment.join(stamp, enrollment);
        if enrollment == Enrollment::Withdrawn {
            known.reason.join(stamp, reason);
        }
    }
}

fn join_number(held: &mut super::Latest<u32>, stamp: Stamp, number: Option<u32>) {
    if let Some(number) = number {
        held.join(stamp, number);
    }
}

/// Adds an hour of activity; gives whether it is new.
fn add_hour(learner: &mut Learner, hour: Hour) -> bool {
    if learner.hours.last() == Some(&hour) {
        return false;
    }
    let place = learner.hours.binary_search(&hour);
    if let Err(place) = place {
        learner.hours.insert(place, hour);
    }
    place.is_err()
}

/// Seconds as whole milliseconds; positions are at most ten hours.
fn millis(seconds: f64) -> u32 {
    (seconds * 1000.0 + 0.5) as u32
}

fn fixed(value: f64) -> i64 {
    (value * MARK_SCALE as f64 + 0.5) as i64
}

/// The mark of an event: score of max_score, or else what the outcome says; a score above the highest counts as the highest.
fn mark(data: &Data<'_>) -> Option<Mark> {
    let outcome = data.outcome.as_deref();
    if outcome == Some("ungraded") {
        return None;
    }
    let max = data.max_score.map(fixed);
    match (data.score, max, outcome) {
        (_, Some(..=0), _) => None,
        (Some(score), Some(max), _) => Some(Mark { score: fixed(score).min(max), max }),
        (None, max, Some("right")) => Some(Mark { score: max.unwrap_or(MARK_SCALE), max: max.unwrap_or(MARK_SCALE) }),
        (None, max, Some("wrong")) => Some(Mark { score: 0, max: max.unwrap_or(MARK_SCALE) }),
        (Some(_), None, Some("right")) => Some(Mark { score: MARK_SCALE, max: MARK_SCALE }),
        (Some(_), None, Some("wrong")) => Some(Mark { score: 0, max: MARK_SCALE }),
        _ => None,
    }
}
