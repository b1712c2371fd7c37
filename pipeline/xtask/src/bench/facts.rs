//! What happens in the bench's courses, as small facts in order of time.
//!
//! 200 course runs, seven days. A learner is enrolled in one or two of them and works through one module a session: a
//! page, two videos with heartbeats, pauses and jumps, mostly a quiz of six items. About a hundred events a learner, so
//! that 5 M events are 50 thousand learners. Whole numbers only, so a seed means the same log everywhere.

use integration_tests::events::Rng;

/// Course runs.
pub(super) const COURSES: u64 = 200;
/// Modules of each.
pub(super) const MODULES: u8 = 8;
/// Videos of a module.
pub(super) const VIDEOS: u8 = 2;
/// Items of a module's quiz.
pub(super) const ITEMS: u8 = 6;
/// Options of an item.
pub(super) const OPTIONS: u8 = 4;
/// Event days.
pub(super) const DAYS: u32 = 7;

const SECOND: u32 = 1_000;
const HOUR: u32 = 3_600 * SECOND;
const DAY: u32 = 24 * HOUR;
/// Tenths of a second between two heartbeats of a player.
const HEARTBEAT: u16 = 900;

/// One event, before it is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fact {
    /// Milliseconds since the first midnight.
    pub(super) at_ms: u32,
    pub(super) learner: u32,
    pub(super) course: u16,
    pub(super) module: u8,
    pub(super) session: u8,
    pub(super) what: What,
}

/// What happened; positions in tenths of a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Published,
    Enrolled,
    Withdrew,
    Viewed,
    Played { video: u8, at: u16 },
    Progressed { video: u8, at: u16 },
    Paused { video: u8, at: u16 },
    Seeked { video: u8, at: u16, to: u16 },
    Stopped { video: u8, at: u16 },
    Completed { video: u8, at: u16 },
    Answered { item: u8, option: u8 },
    Submitted { right: u8 },
}

impl What {
    /// Whether a player tells it.
    pub(super) fn is_video(self) -> bool {
        use What::{Completed, Paused, Played, Progressed, Seeked, Stopped};
        matches!(self, Played { .. } | Progressed { .. } | Paused { .. } | Seeked { .. } | Stopped { .. } | Completed { .. })
    }
}

/// The option that is right.
pub(super) fn key_of(course: u16, module: u8, item: u8) -> u8 {
    ((course + u16::from(module) * 3 + u16::from(item)) % u16::from(OPTIONS)) as u8
}

/// Length of a video in tenths of a second: four to nine minutes.
pub(super) fn length_of(course: u16, module: u8, video: u8) -> u16 {
    2_400 + 300 * ((course + u16::from(module) * 3 + u16::from(video) * 5) % 11)
}

/// The first `count` facts of as many learners as it takes, in order of time, and the number of those learners.
pub(super) fn invent(count: usize, seed: u64) -> (Vec<Fact>, u32) {
    let mut facts: Vec<Fact> = (0..COURSES).map(|course| published(course as u16)).collect();
    facts.reserve_exact(count.saturating_sub(facts.len()) + 4_096);
    let mut learner = 0;
    while facts.len() < count {
        let mut rng = Rng::new(seed ^ Rng::mix(u64::from(learner)));
        let courses = if rng.chance(0.2) { 2 } else { 1 };
        let mut first = None;
        for _ in 0..courses {
            // The lower of two numbers: some courses are large, many are small.
            let course = rng.below(COURSES).min(rng.below(COURSES)) as u16;
            if first.replace(course) != Some(course) {
                Walk::new(learner, course, &mut rng, &mut facts).through_the_course();
            }
        }
        learner += 1;
    }
    facts.truncate(count);
    facts.sort_by_key(|fact| fact.at_ms); // stable: what happened at one instant keeps its order
    (facts, learner)
}

fn published(course: u16) -> Fact {
    Fact { at_ms: 0, learner: 0, course, module: 0, session: 0, what: What::Published }
}

/// One learner on his way through one course.
struct Walk<'a> {
    fact: Fact,
    ability: f64,
    rng: &'a mut Rng,
    facts: &'a mut Vec<Fact>,
}

impl<'a> Walk<'a> {
    fn new(learner: u32, course: u16, rng: &'a mut Rng, facts: &'a mut Vec<Fact>) -> Self {
        let fact = Fact { at_ms: 0, learner, course, module: 0, session: 0, what: What::Enrolled };
        Self { fact, ability: rng.unit(), rng, facts }
    }

    fn through_the_course(&mut self) {
        let mut day = self.up_to(3);
        while day < DAYS && self.fact.module < MODULES {
            self.fact.at_ms = day * DAY + 8 * HOUR + self.up_to(14 * HOUR);
            if self.fact.module == 0 {
                let session_ms = self.fact.at_ms;
                self.fact.at_ms -= self.up_to(2 * HOUR);
                self.tell(What::Enrolled);
                self.fact.at_ms = session_ms;
            }
            self.fact.module += 1;
            self.fact.session += 1;
            self.session();
            if self.rng.chance(0.12) {
                if self.rng.chance(0.5) {
                    self.rest(HOUR / 4);
                    self.tell(What::Withdrew);
                }
                return;
            }
            day += if self.rng.chance(0.7) { 1 } else { 2 };
        }
    }

    fn session(&mut self) {
        self.tell(What::Viewed);
        self.rest(120 * SECOND);
        for video in 1..=VIDEOS {
            self.video(video);
            self.rest(60 * SECOND);
        }
        if self.rng.chance(0.8) {
            self.quiz();
        }
    }

    fn video(&mut self, video: u8) {
        let length = length_of(self.fact.course, self.fact.module, video);
        let end = if self.rng.chance(0.15) { 10 + self.up_to(u32::from(length) - 10) as u16 } else { length };
        self.tell(What::Played { video, at: 0 });
        let mut at = 0;
        if self.rng.chance(0.3) {
            at = self.watch(video, at, self.fact.at_ms as u16 % end);
            self.tell(What::Paused { video, at });
            self.rest(60 * SECOND);
            self.tell(What::Played { video, at });
        }
        if self.rng.chance(0.2) {
            let to = at.saturating_sub(300);
            self.tell(What::Seeked { video, at, to });
            at = to;
        }
        at = self.watch(video, at, end);
        self.tell(What::Stopped { video, at });
        if at == length {
            self.tell(What::Completed { video, at });
        }
    }

    /// Plays on from `from` to `to`, with heartbeats; gives `to`.
    fn watch(&mut self, video: u8, from: u16, to: u16) -> u16 {
        let mut at = from;
        while to - at > HEARTBEAT {
            at += HEARTBEAT;
            self.fact.at_ms += u32::from(HEARTBEAT) * 100;
            self.tell(What::Progressed { video, at });
        }
        self.fact.at_ms += u32::from(to - at) * 100;
        to
    }

    fn quiz(&mut self) {
        let mut right = 0;
        for item in 1..=ITEMS {
            self.rest(60 * SECOND);
            let key = key_of(self.fact.course, self.fact.module, item);
            let knows = self.rng.chance(0.3 + 0.6 * self.ability);
            let option = if knows { key } else { (key + 1 + self.up_to(3) as u8) % OPTIONS };
            right += u8::from(knows);
            self.tell(What::Answered { item, option });
        }
        self.tell(What::Submitted { right });
    }

    fn up_to(&mut self, end: u32) -> u32 {
        self.rng.below(u64::from(end)) as u32
    }

    /// Up to `most_ms` pass.
    fn rest(&mut self, most_ms: u32) {
        self.fact.at_ms += 1 + self.up_to(most_ms);
    }

    fn tell(&mut self, what: What) {
        self.fact.at_ms += 5;
        self.facts.push(Fact { what, ..self.fact });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_in_order_of_time_within_its_days_and_the_same_for_a_seed() {
        let (facts, learners) = invent(50_000, 1);
        assert_eq!(facts.len(), 50_000);
        assert!(facts.is_sorted_by_key(|fact| fact.at_ms));
        assert!(facts.last().is_some_and(|fact| fact.at_ms < DAYS * DAY));
        assert_eq!((facts, learners), invent(50_000, 1));
    }

    #[test]
    fn a_learner_has_about_a_hundred_events_and_most_are_of_videos() {
        let (facts, learners) = invent(200_000, 1);
        let video = facts.iter().filter(|fact| fact.what.is_video()).count();
        assert!((120_000..160_000).contains(&video), "{video}");
        assert!((1_500..2_700).contains(&learners), "{learners}");
    }
}
