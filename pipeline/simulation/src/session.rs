//! What a learner does within a session: opens pages, watches recordings, answers a quiz.
//!
//! Each span of a recording has a hazard of its own; learners who leave a recording go on with the next step. Playing ends
//! with a pause or stop event in all cases but a failure to open, so every played stretch can be paired. Nobody pauses, jumps or
//! leaves within a second of the bounds of a span, so which span that was does not hang on rounding. Some wrong answers
//! are tried a second time; the first one is what counts.

use crate::course::item::{Item, OPTIONS};
use crate::course::{Content, ContentKind, Module, Video};
use crate::happening::{Happening, What};
use crate::learner::Learner;
use crate::met::ModuleMet;
use crate::true_items::rapid_share;
use teachback_core::time::EventTime;

/// Share of contents that are passed over.
const SKIPPED_SHARE: f64 = 0.05;
/// Share of openings of any content on any client that fail.
const FAILING_SHARE: f64 = 0.003;
/// Share of learners who try again after a failure.
const REOPEN_SHARE: f64 = 0.5;
/// Share of spans in which the learner pauses and goes on.
const PAUSE_SHARE: f64 = 0.04;
/// Share of spans that are played again, and how many times as often those with a peak are.
const REPLAY_SHARE: f64 = 0.02;
const PEAK_TIMES: f64 = 3.0;
/// Share of spans from which the learner jumps over the next.
const JUMP_SHARE: f64 = 0.008;
/// Distance from the bounds of a span, seconds.
const CLEAR_OF_BOUNDS_S: f64 = 1.0;
/// Seconds of playing from one heartbeat to the next. Coarse on purpose: heartbeats add volume, and hardly any evidence.
const HEARTBEAT_S: f64 = 120.0;
/// Greatest probability of leaving in a span, frailty included.
const HAZARD_MAX: f64 = 0.9;
/// Share of wrong answers that are tried again.
const RETRY_SHARE: f64 = 0.3;
/// Median time to answer an item of difficulty 0 by a learner of ability 0, seconds, and the spread of its logarithm.
const ANSWER_SECONDS: (f64, f64) = (25.0, 0.5);
/// Least and greatest time to answer, seconds.
const ANSWER_SECONDS_BOUNDS: (f64, f64) = (3.0, 120.0);
/// Reading speed, words a second.
const WORDS_PER_SECOND: f64 = 3.5;
/// Share of first attempts right below which a quiz is failed.
const PASS_SHARE: f64 = 0.5;
/// How many times faster than others bots play recordings and read.
const BOT_SPEED: f64 = 16.0;

/// A session under way.
#[derive(Debug)]
pub(crate) struct Session<'a> {
    pub(crate) learner: &'a mut Learner,
    pub(crate) clock: EventTime,
    number: u16,
    met: &'a mut ModuleMet,
    out: &'a mut Vec<Happening>,
}

/// A recording being played.
#[derive(Debug, Clone, Copy)]
struct Playing {
    content: u16,
    /// Position, seconds.
    at: f64,
    /// Seconds played since the last heartbeat.
    since_heartbeat: f64,
}

impl<'a> Session<'a> {
    pub(crate) fn new(learner: &'a mut Learner, number: u16, clock: EventTime, met: &'a mut ModuleMet, out: &'a mut Vec<Happening>) -> Self {
        Self { learner, clock, number, met, out }
    }

    /// Studies the next content of the module, or passes over it.
    pub(crate) fn study_content(&mut self, module: &Module) {
        let step = self.learner.place_in_module().step;
        let content = &module.contents[usize::from(step)];
        // The first content of a module is always opened: it is how a learner is seen to come to the module.
        if step > 0 && !self.learner.is_bot && self.learner.random.chance(SKIPPED_SHARE) {
            return;
        }
        if self.open(content, step) {
            match &content.kind {
                ContentKind::Page { words } => {
                    self.note(What::Viewed { content: step });
                    let seconds = *words as f64 / WORDS_PER_SECOND / self.speed();
                    self.pass(0.3 * seconds, 1.5 * seconds);
                }
                ContentKind::Video(video) => self.watch(video, step),
            }
        }
        self.pass(5.0, 60.0);
    }

    /// Takes the quiz; gives whether it was failed.
    pub(crate) fn take_quiz(&mut self, module: &Module) -> bool {
        self.note(What::QuizStarted);
        let mut right = 0;
        for (place, item) in module.quiz.items.iter().enumerate() {
            self.met.answered[place] += 1;
            let first = self.answer(place, item, None);
            if first == item.key {
                right += 1;
            } else if !self.learner.is_bot && self.learner.random.chance(RETRY_SHARE) {
                self.answer(place, item, Some(first));
            }
        }
        self.pass(2.0, 10.0);
        self.note(What::QuizSubmitted);
        f64::from(right) < PASS_SHARE * module.quiz.items.len() as f64
    }

    /// Opens the content, with a second try if need be; gives whether it opened.
    fn open(&mut self, content: &Content, place: u16) -> bool {
        let broken = content.broken.filter(|broken| broken.client == self.learner.client && broken.since <= self.clock.day());
        self.met.contents[usize::from(place)].opened_broken += u32::from(broken.is_some());
        let (share, error_code) = broken.map_or((FAILING_SHARE, "network"), |broken| (broken.share, "render_error"));
        for _ in 0..2 {
            if !self.learner.random.chance(share) {
                return true;
            }
            self.note(What::Failed { content: place, error_code });
            if !self.learner.random.chance(REOPEN_SHARE) {
                return false;
            }
            self.pass(5.0, 60.0);
        }
        false
    }

    fn watch(&mut self, video: &Video, content: u16) {
        let mut playing = Playing { content, at: 0.0, since_heartbeat: 0.0 };
        self.note(What::Played { content, at: 0.0 });
        if self.learner.is_bot {
            self.watch_as_a_bot(video, &mut playing);
        } else if !self.watch_as_a_human(video, &mut playing) {
            let stops = self.learner.random.chance(0.4);
            let at = playing.at as f32;
            self.note(if stops { What::Stopped { content, at } } else { What::Paused { content, at } });
            return;
        }
        self.note(What::Stopped { content, at: video.length_s as f32 });
        self.note(What::Completed { content });
    }

    fn watch_as_a_bot(&mut self, video: &Video, playing: &mut Playing) {
        self.met.contents[usize::from(playing.content)].spans.iter_mut().for_each(|span| span.entered += 1);
        self.play(playing, video.length_s);
    }

    /// Plays span after span; gives whether the end was reached.
    fn watch_as_a_human(&mut self, video: &Video, playing: &mut Playing) -> bool {
        let mut number = 0;
        while let Some(span) = video.spans.get(number) {
            let (from, to) = video.bounds(number);
            let middle = (from + to) / 2.0;
            let hazard = (span.hazard * self.learner.frailty).min(HAZARD_MAX);
            let met = &mut self.met.contents[usize::from(playing.content)].spans[number];
            met.entered += 1;
            met.hazard += hazard;
            if self.learner.random.chance(hazard) {
                let at = self.learner.random.between(from + CLEAR_OF_BOUNDS_S, to - CLEAR_OF_BOUNDS_S);
                self.play(playing, at);
                return false;
            }
            if self.learner.random.chance(PAUSE_SHARE) {
                let at = self.learner.random.between(from + CLEAR_OF_BOUNDS_S, middle);
                self.play(playing, at);
                self.pause(playing);
            }
            let replay = if span.peak.is_some() { PEAK_TIMES * REPLAY_SHARE } else { REPLAY_SHARE };
            if self.learner.random.chance(replay) {
                self.play_and_jump(playing, (middle, to), from);
            }
            number += 1;
            if number + 1 < video.spans.len() && self.learner.random.chance(JUMP_SHARE) {
                number += 1;
                self.play_and_jump(playing, (middle, to), video.bounds(number).0);
            } else {
                self.play(playing, to);
            }
        }
        true
    }

    fn pause(&mut self, playing: &mut Playing) {
        let (content, at) = (playing.content, playing.at as f32);
        self.note(What::Paused { content, at });
        self.pass(10.0, 240.0);
        self.note(What::Played { content, at });
    }

    /// Plays to somewhere in the rest of the span, and jumps to the beginning of one.
    fn play_and_jump(&mut self, playing: &mut Playing, rest: (f64, f64), begin: f64) {
        let leaves_at = self.learner.random.between(rest.0, rest.1 - CLEAR_OF_BOUNDS_S);
        self.play(playing, leaves_at);
        let (content, from) = (playing.content, playing.at as f32);
        playing.at = begin + CLEAR_OF_BOUNDS_S / 2.0;
        self.note(What::Seeked { content, from, to: playing.at as f32 });
        self.pass(0.1, 1.0);
        self.note(What::Played { content, at: playing.at as f32 });
    }

    /// Plays to a position, with heartbeats; a position that is passed already stays.
    fn play(&mut self, playing: &mut Playing, to: f64) {
        while playing.at < to {
            let until_heartbeat = HEARTBEAT_S - playing.since_heartbeat;
            let stretch = until_heartbeat.min(to - playing.at);
            let seconds = stretch / self.speed();
            self.pass(seconds, seconds + 0.1);
            playing.at += stretch;
            playing.since_heartbeat += stretch;
            if stretch == until_heartbeat {
                playing.since_heartbeat = 0.0;
                self.note(What::Progressed { content: playing.content, at: playing.at as f32 });
            } else {
                playing.at = to;
            }
        }
    }

    /// Answers an item, and gives the option chosen. `tried` is the option that was marked wrong before.
    fn answer(&mut self, place: usize, item: &Item, tried: Option<usize>) -> usize {
        let learner = &mut *self.learner;
        let (seconds, option) = if learner.is_bot {
            (learner.bot_seconds(), learner.random.below(OPTIONS.len()))
        } else if learner.random.chance(rapid_share(learner.motivation)) {
            (learner.random.between(0.8, 2.5), learner.random.below(OPTIONS.len()))
        } else {
            let median = ANSWER_SECONDS.0 * libm::exp(0.15 * (item.difficulty.min(2.0) - learner.abilities[item.ability]));
            let seconds = learner.random.log_normal(median, ANSWER_SECONDS.1).clamp(ANSWER_SECONDS_BOUNDS.0, ANSWER_SECONDS_BOUNDS.1);
            (seconds, item.choose(learner.abilities, tried, &mut learner.random))
        };
        self.pass(seconds, seconds + 2.0);
        let attempt = 1 + u8::from(tried.is_some());
        self.note(What::Answered { item: place as u16, option: option as u8, attempt, tenths_of_second: (seconds * 10.0) as u32 });
        option
    }

    /// How many times faster than others.
    fn speed(&self) -> f64 {
        if self.learner.is_bot { BOT_SPEED } else { 1.0 }
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
