//! Play, pause and seek points of one learner and recording, and the viewings that follow from them.
//!
//! Points are kept as a sorted set per (source, session); viewings are a function of that set, so arrival order does not
//! matter. The pairing is that of edX Insights (`UserVideoViewingTask`): a viewing runs from play to the next pause, stop
//! or seek; a play after a seek begins where the seek went; a play without an end is dropped by the next play. Heartbeats
//! (`content.progressed`), which Insights does not know, end one viewing and begin the next at the same place.
//!
//! Once nothing older can be accepted, points are *settled*: turned into viewings and forgotten. Settling changes no
//! number, because the state of the pairing is carried over.

use super::learner::push_exact;
use crate::limits::UNSETTLED_POINTS_MAX;
use crate::time::{EventTime, MINUTE};
use serde::{Deserialize, Serialize};

/// Viewings shorter than this are dropped, as in Insights.
const VIEWING_MS_MIN: u32 = 250;
/// A viewing may end this much after the reported length, as in Insights.
const END_SLACK_MS: u32 = 1000;
/// A learner's sitting at a recording is over after this much silence.
pub const SITTING_IDLE: i64 = 30 * MINUTE;

/// What a point means for the pairing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Action {
    /// Playing begins.
    Play,
    /// Still playing.
    Progress,
    /// Playing ends, for now.
    Pause,
    /// Playing ends (stop, or completed with a position).
    End,
    /// A jump.
    Seek,
}

/// One point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Point {
    /// When.
    pub time: EventTime,
    /// Settles the order of points of one moment; two that agree in everything are one.
    pub tie: u32,
    /// What.
    pub action: Action,
    /// Position, milliseconds.
    pub at_ms: u32,
    /// Where a jump went, milliseconds.
    pub to_ms: u32,
}

/// One stretch of a recording that was played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewing {
    /// Its start in the recording, milliseconds.
    pub start_ms: u32,
    /// Its end in the recording, milliseconds.
    pub end_ms: u32,
    /// When it ended.
    pub ended: EventTime,
}

/// The state of the pairing between two points.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Pairing {
    playing_from_ms: Option<u32>,
    sought_to_ms: Option<u32>,
}

impl Pairing {
    /// Takes the next point; gives the viewing that it ends.
    fn step(&mut self, point: &Point) -> Option<Viewing> {
        let started = self.playing_from_ms;
        let ended = |start_ms| Viewing { start_ms, end_ms: point.at_ms, ended: point.time };
        match point.action {
            Action::Play => {
                self.playing_from_ms = Some(self.sought_to_ms.take().unwrap_or(point.at_ms));
                None
            }
            Action::Progress => {
                self.playing_from_ms = Some(point.at_ms);
                self.sought_to_ms = None;
                started.map(ended)
            }
            Action::Pause | Action::End => {
                self.playing_from_ms = None;
                if started.is_some() {
                    self.sought_to_ms = None;
                }
                started.map(ended)
            }
            Action::Seek => {
                self.playing_from_ms = None;
                if started.is_some() {
                    self.sought_to_ms = Some(point.to_ms);
                }
                started.map(ended)
            }
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Session {
    source: u16,
    name: u64,
    pairing: Pairing,
    points: Vec<Point>,
}

/// Everything known of one learner's playing of one recording.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Playback {
    settled: Vec<Viewing>,
    sessions: Vec<Session>,
}

impl Playback {
    /// Adds a point of a session.
    pub fn add(&mut self, source: u16, session: u64, point: Point) {
        let place = match self.sessions.iter().rposition(|known| known.source == source && known.name == session) {
            Some(place) => place,
            None => {
                push_exact(&mut self.sessions, Session { source, name: session, pairing: Pairing::default(), points: Vec::new() });
                self.sessions.len() - 1
            }
        };
        let points = &mut self.sessions[place].points;
        if points.last().is_none_or(|last| *last < point) {
            points.push(point);
        } else if let Err(at) = points.binary_search(&point) {
            points.insert(at, point);
        }
        if self.sessions[place].points.len() > UNSETTLED_POINTS_MAX {
            let half = self.sessions[place].points[UNSETTLED_POINTS_MAX / 2].time;
            Self::settle_session(&mut self.sessions[place], &mut self.settled, half);
        }
    }

    /// Every viewing, in no stated order. `length_ms` 0 means unknown.
    pub fn viewings(&self, length_ms: u32, mut each: impl FnMut(Viewing)) {
        let counts = |viewing: &Viewing| {
            viewing.end_ms >= viewing.start_ms.saturating_add(VIEWING_MS_MIN) && (length_ms == 0 || viewing.end_ms <= length_ms.saturating_add(END_SLACK_MS))
        };
        self.settled.iter().filter(|viewing| counts(viewing)).for_each(|viewing| each(*viewing));
        for session in &self.sessions {
            let mut pairing = session.pairing;
            session.points.iter().filter_map(|point| pairing.step(point)).filter(counts).for_each(&mut each);
        }
    }

    /// The last point of the first sitting among the points that are not settled: behind it 30 minutes without any.
    #[must_use]
    pub fn first_sitting_end(&self) -> Option<EventTime> {
        match self.sessions.as_slice() {
            [session] => sitting_end(session.points.iter().map(|point| point.time)),
            sessions => {
                let mut times: Vec<EventTime> = sessions.iter().flat_map(|session| session.points.iter().map(|point| point.time)).collect();
                times.sort_unstable();
                sitting_end(times.into_iter())
            }
        }
    }

    /// Every point up to a moment that is not settled, in no stated order.
    pub fn points_through(&self, moment: EventTime) -> impl Iterator<Item = &Point> {
        self.sessions.iter().flat_map(move |session| session.points.iter().take_while(move |point| point.time <= moment))
    }

    /// Whether everything is settled and no viewing is open.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.sessions.is_empty()
    }

    /// Settles every point older than its source's bound. Called only once the first sitting was given as evidence.
    pub fn settle(&mut self, bound: impl Fn(u16) -> EventTime) {
        for session in &mut self.sessions {
            Self::settle_session(session, &mut self.settled, bound(session.source));
        }
        self.sessions.retain(|session| !session.points.is_empty() || session.pairing != Pairing::default());
    }

    fn settle_session(session: &mut Session, settled: &mut Vec<Viewing>, bound: EventTime) {
        let old = session.points.partition_point(|point| point.time < bound);
        for point in session.points.drain(..old) {
            settled.extend(session.pairing.step(&point));
        }
    }
}

/// Where sorted times first pause for longer than a sitting may.
fn sitting_end(times: impl Iterator<Item = EventTime>) -> Option<EventTime> {
    let mut end: Option<EventTime> = None;
    for time in times {
        if end.is_some_and(|end| time.0 - end.0 > SITTING_IDLE) {
            break;
        }
        end = Some(time);
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point(second: i64, action: Action, at_s: u32, to_s: u32) -> Point {
        Point { time: EventTime(second * 1_000_000), tie: second as u32, action, at_ms: at_s * 1000, to_ms: to_s * 1000 }
    }

    fn viewings(points: &[Point], length_ms: u32) -> Vec<(u32, u32)> {
        let mut playback = Playback::default();
        points.iter().for_each(|point| playback.add(0, 0, *point));
        let mut viewings = Vec::new();
        playback.viewings(length_ms, |viewing| viewings.push((viewing.start_ms / 1000, viewing.end_ms / 1000)));
        viewings.sort_unstable();
        viewings
    }

    #[test]
    fn pairs_as_insights_does() {
        let day = [
            point(0, Action::Play, 0, 0),
            point(10, Action::Seek, 10, 60),
            point(11, Action::Play, 10, 0),
            point(30, Action::End, 79, 0),
            point(40, Action::End, 90, 0),
            point(50, Action::Play, 100, 0),
            point(60, Action::Play, 120, 0),
            point(70, Action::End, 130, 0),
        ];
        assert_eq!(viewings(&day, 0), [(0, 10), (60, 79), (120, 130)]);
        assert_eq!(viewings(&day, 100_000), [(0, 10), (60, 79)]);
    }

    proptest! {
        #[test]
        fn order_of_arrival_and_settling_change_nothing(
            seeds in proptest::collection::vec((0_u8..5, 0_u32..100, 0_u32..100), 1..40),
            swaps in proptest::collection::vec((0_usize..40, 0_usize..40), 0..40),
            settle_at in 0_usize..40,
        ) {
            let points: Vec<Point> = seeds.iter().enumerate().map(|(second, (action, at, to))| {
                let action = [Action::Play, Action::Progress, Action::Pause, Action::End, Action::Seek][usize::from(*action)];
                point(second as i64, action, *at, *to)
            }).collect();
            let expected = viewings(&points, 0);
            let mut shuffled = points.clone();
            for (left, right) in swaps {
                if left < shuffled.len() && right < shuffled.len() { shuffled.swap(left, right); }
            }
            prop_assert_eq!(viewings(&shuffled, 0), expected.clone());

            let mut playback = Playback::default();
            for (place, point) in points.iter().enumerate() {
                if place == settle_at {
                    playback.settle(|_| EventTime(place as i64 * 1_000_000));
                }
                playback.add(0, 0, *point);
            }
            let mut seen = Vec::new();
            playback.viewings(0, |viewing| seen.push((viewing.start_ms / 1000, viewing.end_ms / 1000)));
            seen.sort_unstable();
            prop_assert_eq!(seen, expected);
        }
    }
}
