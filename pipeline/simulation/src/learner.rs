//! One learner's way through a course: when he comes, how far he gets, and whether he leaves.
//!
//! Laws: whether a learner leaves in a module is drawn when he comes to it,
//! `logit p = module − 0.5 motivation − 0.3 ability + 1.2 [failed the last quiz]`; one who leaves does so after at least one step of
//! the module, 40 % by withdrawing within days and the others in silence. One who stays is never away longer than
//! [`GAP_DAYS_MAX`], so that silence of ten days means what the product takes it for.

use crate::World;
use crate::course::{CLIENT_SHARES, Course};
use crate::happening::{Happening, What};
use crate::random::{Random, logistic};
use crate::session::Session;
use teachback_core::time::{DAY, EventTime, HOUR, MINUTE, SECOND};

/// Longest time between two sessions of a learner who stays.
const GAP_DAYS_MAX: f64 = 7.0;
/// Share of leavers who say so.
const WITHDRAWING_SHARE: f64 = 0.4;
/// Share of learners who enrol within two days of the launch.
const LAUNCH_SHARE: f64 = 0.6;
/// Weight of each UTC hour for the start of a session.
const HOUR_WEIGHTS: [f64; 24] = [1.0, 0.6, 0.4, 0.3, 0.3, 0.5, 1.0, 2.0, 3.0, 4.0, 4.5, 4.5, 4.5, 4.5, 4.5, 4.5, 5.0, 5.5, 6.0, 7.0, 7.0, 6.0, 4.0, 2.0];
/// Share of weekend sessions that are put off by a day.
const WEEKEND_REST: f64 = 0.35;
const REASONS: [&str; 5] = ["no_time", "too_hard", "not_relevant", "technical", "other"];
const REASON_WEIGHTS: [f64; 5] = [4.0, 2.0, 2.0, 0.5, 1.5];
/// At a wall, time is what is short.
const WALL_REASON_WEIGHTS: [f64; 5] = [8.0, 2.0, 0.5, 0.2, 0.8];

/// One learner.
#[derive(Debug)]
pub(crate) struct Learner {
    pub(crate) number: u32,
    /// Place of his course.
    pub(crate) course: usize,
    /// Client class.
    pub(crate) client: usize,
    /// Prior-ability class as the platform knows it: 0, 1 or 2.
    pub(crate) stratum: u8,
    pub(crate) is_verified: bool,
    /// When he acts next.
    pub(crate) next: EventTime,
    /// Whether he will act again.
    pub(crate) is_in_course: bool,
    /// Numbers of the planted defects that he met.
    pub(crate) met: Vec<u16>,
    pub(crate) ability: f64,
    pub(crate) motivation: f64,
    pub(crate) random: Random,
    /// Happenings so far.
    pub(crate) happenings: u32,
    phase: Phase,
    /// Days between sessions.
    pace_days: f64,
    sessions: u16,
    module: usize,
    /// Steps done of the module.
    steps_done: usize,
    /// Steps of this module after which he leaves.
    leaves_after: Option<usize>,
    has_failed_last_quiz: bool,
}

/// Where a learner is in his course.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// Place of the module in the course.
    pub(crate) module: u16,
    /// Place of the next step in the module: contents in order, then the quiz.
    pub(crate) step: u16,
}

/// What the learner does when he acts next.
#[derive(Debug, Clone, Copy)]
enum Phase {
    /// He enrols.
    Enrolling,
    /// He studies for a session.
    Studying,
    /// He has stopped and now says so.
    Withdrawing { reason: &'static str },
}

impl Learner {
    pub(crate) fn new(number: u32, place: usize, course: &Course, world: &World, mut random: Random) -> Self {
        let own = random.normal(0.0, 1.0);
        let ability = course.mean_ability + own;
        let motivation = 0.3 * own + 0.954 * random.normal(0.0, 1.0);
        let launch_days = f64::from(world.days / 3).min(18.0);
        let enrol_day = if random.chance(LAUNCH_SHARE) { random.between(0.0, 2.0) } else { random.exponential(5.0).min(launch_days) };
        let client = random.weighted(&CLIENT_SHARES);
        let prior = ability + random.normal(0.0, 0.5);
        let stratum = if prior < -0.5 { 0 } else { 1 + u8::from(prior > 0.5) };
        let mut learner = Self {
            number,
            course: place,
            client,
            stratum,
            is_verified: random.chance(0.4),
            next: world.start,
            is_in_course: true,
            met: Vec::new(),
            ability,
            motivation,
            pace_days: random.log_normal(2.0, 0.25) * libm::exp(-0.1 * motivation),
            random,
            happenings: 0,
            phase: Phase::Enrolling,
            sessions: 0,
            module: 0,
            steps_done: 0,
            leaves_after: None,
            has_failed_last_quiz: false,
        };
        learner.next = learner.moment_of_day(world.start.plus(enrol_day as i64 * DAY)).max(world.start.plus(MINUTE));
        learner
    }

    /// Acts at `next`, adds what happens to `out`, and sets when he acts again.
    pub(crate) fn act(&mut self, course: &Course, out: &mut Vec<Happening>) {
        match self.phase {
            Phase::Enrolling => {
                self.note(What::Enrolled, None, out);
                self.phase = Phase::Studying;
                let wait = self.random.exponential(0.7);
                self.next = if wait < 0.5 { self.next.plus(5 * MINUTE) } else { self.moment_of_day(self.next.plus((wait.ceil() as i64).min(4) * DAY)) };
            }
            Phase::Withdrawing { reason } => {
                self.note(What::Withdrew { reason }, None, out);
                self.is_in_course = false;
            }
            Phase::Studying => self.study(course, out),
        }
    }

    /// Notes that the learner met a planted defect.
    pub(crate) fn meet(&mut self, defect: u16) {
        if !self.met.contains(&defect) {
            self.met.push(defect);
        }
    }

    /// Where he is.
    pub(crate) fn place_in_module(&self) -> Place {
        Place { module: self.module as u16, step: self.steps_done as u16 }
    }

    fn study(&mut self, course: &Course, out: &mut Vec<Happening>) {
        self.sessions += 1;
        let mut budget = 2 + self.random.below(4);
        let number = self.sessions;
        let mut clock = self.next;
        while budget > 0 {
            let module = &course.modules[self.module];
            if self.steps_done == 0 {
                self.come_to(course);
            }
            let mut session = Session::new(self, number, clock, out);
            match module.contents.get(usize::from(session.learner.place_in_module().step)) {
                Some(_) => session.study_content(module),
                None => {
                    let has_failed = session.take_quiz(module);
                    session.learner.has_failed_last_quiz = has_failed;
                }
            }
            clock = session.clock;
            self.steps_done += 1;
            budget -= 1;
            if self.leaves_after == Some(self.steps_done) {
                return self.leave(course, clock);
            }
            if self.steps_done == module.steps() {
                (self.module, self.steps_done) = (self.module + 1, 0);
                if self.module == course.modules.len() {
                    self.module -= 1;
                    self.next = clock;
                    self.note(What::Finished, None, out);
                    self.is_in_course = false;
                    return;
                }
                budget = 0;
            }
        }
        let gap = (self.pace_days * self.random.log_normal(1.0, 0.35)).round().clamp(1.0, GAP_DAYS_MAX - 1.0);
        self.next = self.moment_of_day(self.next.plus(gap as i64 * DAY)).max(clock.plus(HOUR));
    }

    /// Comes to the next module: meets its wall, if any, and whether he will leave in it is decided.
    fn come_to(&mut self, course: &Course) {
        let module = &course.modules[self.module];
        if let Some(defect) = module.wall {
            self.meet(defect);
        }
        let failed = if self.has_failed_last_quiz { 1.2 } else { 0.0 };
        let hazard = logistic(module.hazard_logit - 0.5 * self.motivation - 0.3 * self.ability + failed);
        let is_last = self.module + 1 == course.modules.len();
        let steps = module.steps() - usize::from(is_last);
        self.leaves_after = self.random.chance(hazard).then(|| 1 + self.random.below(steps));
    }

    fn leave(&mut self, course: &Course, clock: EventTime) {
        if !self.random.chance(WITHDRAWING_SHARE) {
            self.is_in_course = false;
            return;
        }
        let weights = if course.modules[self.module].wall.is_some() { WALL_REASON_WEIGHTS } else { REASON_WEIGHTS };
        self.phase = Phase::Withdrawing { reason: REASONS[self.random.weighted(&weights)] };
        let days = self.random.between(0.2, 4.0);
        self.next = clock.plus((days * DAY as f64) as i64);
    }

    /// A moment on that day as learners choose it: evenings rather than nights, and sometimes Monday rather than the weekend.
    fn moment_of_day(&mut self, day: EventTime) -> EventTime {
        let day = day.day();
        let is_weekend = (day.0 + 3).rem_euclid(7) >= 5;
        let day = if is_weekend && self.random.chance(WEEKEND_REST) { day.plus(1) } else { day };
        let hour = self.random.weighted(&HOUR_WEIGHTS) as i64;
        day.start().plus(hour * HOUR + self.random.below(3600) as i64 * SECOND)
    }

    fn note(&mut self, what: What, session: Option<u16>, out: &mut Vec<Happening>) {
        out.push(Happening { time: self.next, learner: self.number, number: self.happenings, session, module: self.module as u16, what });
        self.happenings += 1;
    }
}
