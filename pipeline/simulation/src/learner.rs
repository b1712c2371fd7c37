//! One learner's way through a course: when he comes, how far he gets, and whether he leaves.
//!
//! Whether a learner leaves in a module is drawn when he comes to it ([`crate::leaving`]); one who leaves does so within a few
//! steps, 40 % by withdrawing within days and the others in silence. One who stays is never away longer than [`GAP_DAYS_MAX`],
//! so that silence of ten days means what the product takes it for. All times are those of the learner's own clock.

use crate::course::{CLIENTS, Course, PLANTED_LEARNERS_MIN};
use crate::delivery::skew;
use crate::happening::{Happening, What};
use crate::leaving::{self, TRAITS_CORRELATION, Traits};
use crate::met::Met;
use crate::random::Random;
use crate::session::Session;
use crate::true_items::abilities;
use crate::{Kind, World};
use teachback_core::time::{DAY, EventTime, HOUR, MINUTE, SECOND};

/// Longest time between two sessions of a learner who stays; a weekend may add a day.
const GAP_DAYS_MAX: f64 = 7.0;
/// In the last week, exams make learners come this many times as often.
const EXAM_WEEK: f64 = 2.0;
/// Nobody begins a step this shortly before the end of the world, so every step is whole; none takes as long.
const LAST_STEP: i64 = 2 * HOUR;
/// Share of leavers who say so.
const WITHDRAWING_SHARE: f64 = 0.4;
/// A leaver goes after this many steps of the module at most.
const STEPS_BEFORE_LEAVING: usize = 3;
/// Share of learners who enrol in the first week; the others do evenly until [`ENROLMENT_SHARE`] of the days are over.
const LAUNCH_SHARE: f64 = 0.5;
const ENROLMENT_SHARE: f64 = 0.6;
/// Mean time from launch to enrolment in the first week, days.
const LAUNCH_DAYS: f64 = 2.0;
/// Share of learners who audit; with a shift of the mix it rises by [`MIX_SHIFT`] from the first enrolment to the last.
const AUDIT_SHARE: f64 = 0.6;
const MIX_SHIFT: f64 = 0.25;
/// Share of learners who are bots, where anything is planted.
const BOT_SHARE: f64 = 0.01;
/// Spread of the logarithm of frailty, in a misspecified world.
const FRAILTY_SPREAD: f64 = 0.5;
/// Shares of the client classes.
const CLIENT_SHARES: [f64; CLIENTS.len()] = [0.45, 0.40, 0.15];
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
    /// As the platform names him.
    pub(crate) name: String,
    /// Place of his course.
    pub(crate) course: usize,
    /// Client class.
    pub(crate) client: usize,
    /// Prior-ability class as the platform knows it: 0, 1 or 2.
    pub(crate) stratum: u8,
    pub(crate) is_verified: bool,
    /// Nobody stands behind a bot: it answers at one pace and at random, plays everything at once, and never leaves.
    pub(crate) is_bot: bool,
    /// How far his clock is ahead of true time.
    pub(crate) skew: i64,
    /// Whether anything of him was lost while his source was silent.
    pub(crate) is_silenced: bool,
    /// When he acts next.
    pub(crate) next: EventTime,
    /// Whether he will act again.
    pub(crate) is_in_course: bool,
    pub(crate) abilities: [f64; 2],
    pub(crate) motivation: f64,
    pub(crate) frailty: f64,
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
        let abilities = abilities(world.kind, course.mean_ability, own, random.normal(0.0, 1.0));
        let motivation = TRAITS_CORRELATION * own + (1.0 - TRAITS_CORRELATION * TRAITS_CORRELATION).sqrt() * random.normal(0.0, 1.0);
        let enrolment_days = f64::from(world.days) * ENROLMENT_SHARE;
        let enrol_day =
            if random.chance(LAUNCH_SHARE) { random.exponential(LAUNCH_DAYS).min(7.0) } else { random.between(0.0, enrolment_days) }.min(enrolment_days);
        let shift = if world.mix_shift { MIX_SHIFT * (enrol_day / enrolment_days.max(1.0) - 0.5) } else { 0.0 };
        let prior = abilities[0] + random.normal(0.0, 0.5);
        let mut learner = Self {
            number,
            name: format!("u{number:06}"),
            course: place,
            client: random.weighted(&CLIENT_SHARES),
            // Tertiles of abilities over all courses.
            stratum: if prior < -0.53 { 0 } else { 1 + u8::from(prior > 0.53) },
            is_verified: !random.chance(AUDIT_SHARE + shift),
            is_bot: random.chance(BOT_SHARE) && world.kind != Kind::Clean && course.size >= PLANTED_LEARNERS_MIN,
            skew: skew(&mut random),
            is_silenced: false,
            next: world.start,
            is_in_course: true,
            abilities,
            motivation,
            frailty: if world.kind == Kind::Misspecified { random.log_normal(1.0, FRAILTY_SPREAD) } else { 1.0 },
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
        // Late enough that even a clock that is behind shows a time after the first outline.
        learner.next = learner.moment_of_day(world.start.plus(enrol_day as i64 * DAY)).max(world.start.plus(10 * MINUTE));
        learner
    }

    /// Acts at `next`, adds what happens to `out`, and sets when he acts again.
    pub(crate) fn act(&mut self, world: &World, course: &Course, met: &mut Met, out: &mut Vec<Happening>) {
        match self.phase {
            Phase::Enrolling => {
                self.note(What::Enrolled, None, out);
                met.bots += u32::from(self.is_bot);
                self.phase = Phase::Studying;
                let wait = self.random.exponential(0.7);
                self.next = if wait < 0.5 { self.next.plus(5 * MINUTE) } else { self.moment_of_day(self.next.plus((wait.ceil() as i64).min(4) * DAY)) };
            }
            Phase::Withdrawing { reason } => {
                self.note(What::Withdrew { reason }, None, out);
                self.is_in_course = false;
            }
            Phase::Studying => self.study(world, course, met, out),
        }
    }

    /// Where he is.
    pub(crate) fn place_in_module(&self) -> Place {
        Place { module: self.module as u16, step: self.steps_done as u16 }
    }

    /// Seconds in which a bot answers any item.
    pub(crate) fn bot_seconds(&self) -> f64 {
        f64::from(20 + self.number % 60) / 10.0
    }

    fn study(&mut self, world: &World, course: &Course, met: &mut Met, out: &mut Vec<Happening>) {
        self.sessions += 1;
        let mut budget = 2 + self.random.below(4);
        let number = self.sessions;
        let mut clock = self.next;
        while budget > 0 {
            if clock >= world.end().plus(-LAST_STEP) {
                self.is_in_course = false;
                return;
            }
            let module = &course.modules[self.module];
            if self.steps_done == 0 {
                self.come_to(world, course, clock, met);
            }
            let met = &mut met.modules[self.module];
            let mut session = Session::new(self, number, clock, met, out);
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
        let is_exam_week = clock >= world.end().plus(-7 * DAY);
        let pace = if is_exam_week { self.pace_days / EXAM_WEEK } else { self.pace_days };
        let gap = (pace * self.random.log_normal(1.0, 0.35)).round().clamp(1.0, GAP_DAYS_MAX);
        self.next = self.moment_of_day(self.next.plus(gap as i64 * DAY)).max(clock.plus(HOUR));
    }

    /// Comes to the next module: whether he will leave in it is decided.
    fn come_to(&mut self, world: &World, course: &Course, time: EventTime, met: &mut Met) {
        let module = &course.modules[self.module];
        let met = &mut met.modules[self.module];
        met.arrived += 1;
        met.arrived_revised += u32::from(module.is_revised(time));
        self.leaves_after = None;
        if self.is_bot {
            return;
        }
        let Self { motivation, abilities: [ability, _], is_verified, has_failed_last_quiz, frailty, .. } = *self;
        let logit = Traits { motivation, ability, is_verified, has_failed_last_quiz, frailty }.logit(course, world.start, time);
        let own = leaving::chance(module, logit, time);
        // The last module is no wall, so there is one but for the last itself, of which nothing is said.
        let others = course.modules.iter().enumerate().filter(|(place, other)| *place != self.module && other.wall.is_none());
        let (sum, count) = others.fold((0.0, 0), |(sum, count), (_, other)| (sum + leaving::chance(other, logit, time), count + 1));
        met.own += own;
        met.elsewhere += sum / f64::from(count.max(1));
        met.changed += own - leaving::unrevised(module, logit);
        if self.random.chance(own) {
            let is_last = self.module + 1 == course.modules.len();
            let steps = (module.steps() - usize::from(is_last)).min(STEPS_BEFORE_LEAVING);
            self.leaves_after = Some(1 + self.random.below(steps));
            met.leaving += 1;
        }
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
