//! What a learner does within a session: opens pages, watches videos, answers a quiz.
//!
//! Laws: each tenth of a video has a hazard of its own; learners who leave a video go on with the next step. Playing ends with a
//! pause or stop event in all cases but a failure to open, so every played stretch can be paired. Items follow the 3PL model with a
//! few rapid guesses; 30 % of wrong answers are tried a second time.

use crate::course::{Content, ContentKind, Item, Module, OPTIONS, VIDEO_PARTS, Video};
use crate::defect::Fault;
use crate::happening::{Happening, What};
use crate::learner::Learner;
use crate::random::logistic;
use teachback_core::time::EventTime;

/// Share of contents that are passed over.
const SKIPPED_SHARE: f64 = 0.05;
/// Share of learners who try again after a failure.
const REOPEN_SHARE: f64 = 0.5;
/// Share of video parts in which the learner pauses and goes on.
const PAUSE_SHARE: f64 = 0.04;
/// Share of video parts after which the learner jumps back to their start; three times that in a confusing part.
const REPLAY_SHARE: f64 = 0.02;
/// Share of video parts that are jumped over.
const JUMP_SHARE: f64 = 0.008;
/// Share of wrong answers that are tried again.
const RETRY_SHARE: f64 = 0.3;
/// Share of quick guesses, and what is added for learners of low motivation.
const RAPID_SHARES: (f64, f64) = (0.02, 0.05);
/// Reading speed, words a second.
const WORDS_PER_SECOND: f64 = 3.5;
/// Change of the probability of a right answer with ability on a non-discriminating item: a shade reversed, so that a world of
/// some thousand learners can tell it from the least discrimination that is still acceptable.
const NOT_DISCRIMINATING_SLOPE: f64 = -0.04;
/// Share of first attempts right below which a quiz is failed.
const PASS_SHARE: f64 = 0.5;

/// A session under way.
#[derive(Debug)]
pub(crate) struct Session<'a> {
    pub(crate) learner: &'a mut Learner,
    pub(crate) clock: EventTime,
    number: u16,
    out: &'a mut Vec<Happening>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(learner: &'a mut Learner, number: u16, clock: EventTime, out: &'a mut Vec<Happening>) -> Self {
        Self { learner, clock, number, out }
    }

    /// Studies the next content of the module, or passes over it.
    pub(crate) fn study_content(&mut self, module: &Module) {
        let place = self.learner.place_in_module();
        let content = &module.contents[usize::from(place.step)];
        // The first content of a module is always opened: it is how a learner is seen to come to the module.
        if place.step > 0 && self.learner.random.chance(SKIPPED_SHARE) {
            return;
        }
        let mut is_open = self.open(content, place.step);
        if !is_open && self.learner.random.chance(REOPEN_SHARE) {
            self.pass(5.0, 60.0);
            is_open = self.open(content, place.step);
        }
        if is_open {
            match &content.kind {
                ContentKind::Page { words } => {
                    self.note(What::Viewed { content: place.step });
                    let seconds = *words as f64 / WORDS_PER_SECOND;
                    self.pass(0.3 * seconds, 1.5 * seconds);
                }
                ContentKind::Video(video) => self.watch(video, place.step),
            }
        }
        self.pass(5.0, 60.0);
    }

    /// Takes the quiz; gives whether it was failed.
    pub(crate) fn take_quiz(&mut self, module: &Module) -> bool {
        self.note(What::QuizStarted);
        let mut right = 0;
        for (place, item) in module.quiz.items.iter().enumerate() {
            if let Some((defect, _)) = item.fault {
                self.learner.meet(defect);
            }
            let first = self.answer(place, item, None);
            if first == item.key {
                right += 1;
            } else if self.learner.random.chance(RETRY_SHARE) {
                self.answer(place, item, Some(first));
            }
        }
        self.pass(2.0, 10.0);
        self.note(What::QuizSubmitted);
        f64::from(right) < PASS_SHARE * module.quiz.items.len() as f64
    }

    /// Whether the content opens; a failure is noted.
    fn open(&mut self, content: &Content, place: u16) -> bool {
        let client = self.learner.client;
        if let Some((defect, broken_client)) = content.broken
            && client == broken_client
        {
            self.learner.meet(defect);
        }
        let is_broken = content.broken.is_some_and(|(_, broken_client)| client == broken_client);
        let has_failed = self.learner.random.chance(content.failure_shares[client]);
        if has_failed {
            self.note(What::Failed { content: place, error_code: if is_broken { "render_error" } else { "network" } });
        }
        !has_failed
    }

    fn watch(&mut self, video: &Video, content: u16) {
        self.note(What::Played { content, at: 0.0 });
        let mut part = 0;
        while part < VIDEO_PARTS {
            let (from, to) = video.part(part);
            let is_confusing = video.confusing.is_some_and(|(_, confusing)| confusing == part);
            if let Some((defect, _)) = video.confusing.filter(|_| is_confusing) {
                self.learner.meet(defect);
            }
            if self.learner.random.chance(video.hazards[part]) {
                let at = self.learner.random.between(from, to);
                self.play(at - from);
                let stops = self.learner.random.chance(0.4);
                self.note(if stops { What::Stopped { content, at: at as f32 } } else { What::Paused { content, at: at as f32 } });
                return;
            }
            if self.learner.random.chance(PAUSE_SHARE) {
                let at = self.learner.random.between(from, to);
                self.play(at - from);
                self.note(What::Paused { content, at: at as f32 });
                self.pass(10.0, 240.0);
                self.note(What::Played { content, at: at as f32 });
                self.play(to - at);
            } else {
                self.play(to - from);
            }
            let replay = if is_confusing { 3.0 * REPLAY_SHARE } else { REPLAY_SHARE };
            if self.learner.random.chance(replay) {
                self.jump(content, to, from);
                self.play(to - from);
            }
            part += 1;
            if part + 1 < VIDEO_PARTS && self.learner.random.chance(JUMP_SHARE) {
                part += 1;
                self.jump(content, to, video.part(part).0);
            }
        }
        self.note(What::Stopped { content, at: video.length_s as f32 });
        self.note(What::Completed { content });
    }

    fn jump(&mut self, content: u16, from: f64, to: f64) {
        self.note(What::Seeked { content, from: from as f32, to: to as f32 });
        self.pass(0.1, 1.0);
        self.note(What::Played { content, at: to as f32 });
    }

    /// Answers an item, and gives the option chosen. `tried` is the option that was marked wrong before.
    fn answer(&mut self, place: usize, item: &Item, tried: Option<usize>) -> usize {
        let learner = &mut *self.learner;
        let rapid = RAPID_SHARES.0 + if learner.motivation < -1.0 { RAPID_SHARES.1 } else { 0.0 };
        let is_rapid = learner.random.chance(rapid);
        let seconds = if is_rapid {
            learner.random.between(0.8, 2.5)
        } else {
            learner.random.log_normal(25.0 * libm::exp(0.15 * (item.difficulty.min(2.0) - learner.ability)), 0.5).clamp(3.0, 600.0)
        };
        let option = if is_rapid { learner.random.below(OPTIONS.len()) } else { choose(learner, item, tried) };
        self.pass(seconds, seconds + 2.0);
        let attempt = 1 + u8::from(tried.is_some());
        self.note(What::Answered { item: place as u16, option: option as u8, attempt, tenths_of_second: (seconds * 10.0) as u32 });
        option
    }

    fn play(&mut self, seconds: f64) {
        self.pass(seconds, seconds + 0.5);
    }

    /// Lets a uniform number of seconds pass, to the millisecond.
    fn pass(&mut self, low: f64, high: f64) {
        let millis = (self.learner.random.between(low, high) * 1000.0) as i64;
        self.clock = self.clock.plus(millis * 1000);
    }

    fn note(&mut self, what: What) {
        let learner = &mut *self.learner;
        let module = learner.place_in_module().module;
        self.out.push(Happening { time: self.clock, learner: learner.number, number: learner.happenings, session: Some(self.number), module, what });
        learner.happenings += 1;
    }
}

/// The option that a learner who thinks chooses.
fn choose(learner: &mut Learner, item: &Item, tried: Option<usize>) -> usize {
    let knows = match item.fault {
        Some((_, Fault::NotDiscriminating)) => (0.5 + NOT_DISCRIMINATING_SLOPE * learner.ability).clamp(0.3, 0.7),
        Some((_, Fault::MisKeyed | Fault::TooHard)) | None => {
            item.guessing + (1.0 - item.guessing) * logistic(item.discrimination * (learner.ability - item.difficulty))
        }
    };
    let knows = if tried == Some(item.right) { 0.0 } else { knows };
    if learner.random.chance(knows) {
        return item.right;
    }
    let mut attraction = item.attraction;
    if let Some(tried) = tried {
        attraction[tried] = 0.0;
    }
    learner.random.weighted(&attraction)
}
