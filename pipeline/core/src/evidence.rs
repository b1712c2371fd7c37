//! Evidence cells: what measure tells decide about a day, once, in integers.
//!
//! The unit is a learner's first exposure. Each has one *evidence day*, the UTC day on which the learner entered the
//! trial, and a day is told only when everything that could still arrive for it is late (course time minus the horizon
//! lies behind it). So cells are a function of the set of accepted events, are given once and never change.
//!
//! | family | enters the trial | tells |
//! |---|---|---|
//! | item | first attempt handed in, or 48 h after the last answer | response, right or wrong, rest-score bin |
//! | span | first sitting at a recording over (30 min idle) | spans entered, the span of leaving |
//! | place | first arrival at a module | whether the learner was gone within the window |
//! | opening | first opening of a content with a class of client | whether it failed (open days too: it must be quick) |

use crate::course::Course;
use crate::course::learner::{Enrollment, Learner, Mark};
use crate::course::playback::SITTING_IDLE;
use crate::event::outline::Module;
use crate::seal::{ASSESSMENT_IDLE, Places, STOP_OUT_IDLE};
use crate::time::{DAY, Day, EventTime, HOUR, Hour};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Rest scores are told in bins 0 to 20 of the share of the other items' marks.
pub const REST_BINS: u32 = 20;
/// A span is a tenth of a recording, but at least this long.
pub const SPAN_S_MIN: u32 = 15;
/// Spans of a recording at most.
pub const SPANS_MAX: u32 = 10;
/// Leaving a place must begin within this time of arrival.
pub const PLACE_LEAVE: i64 = 4 * DAY;
/// After arrival at a place the outcome is known this much later.
pub const PLACE_WINDOW: i64 = PLACE_LEAVE + STOP_OUT_IDLE;

/// Learners of one day who gave one response to one item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ItemCell {
    /// Evidence day.
    pub day: Day,
    /// Stratum of the learners.
    pub stratum: String,
    /// Assessment.
    pub assessment: String,
    /// Item.
    pub item: String,
    /// Response, or empty.
    pub response: String,
    /// Whether it got the full mark.
    pub right: bool,
    /// Rest-score bin; `None` when the learner answered nothing else.
    pub rest_bin: Option<u8>,
    /// Learners.
    pub learners: u32,
}

/// Learners of one day in one span of a recording.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SpanCell {
    /// Evidence day.
    pub day: Day,
    /// Stratum of the learners.
    pub stratum: String,
    /// Content.
    pub content: String,
    /// Spans of the recording.
    pub spans: u32,
    /// Length of the recording, milliseconds.
    pub length_ms: u32,
    /// Span, from 0.
    pub span: u32,
    /// Learners who played any of it in their first sitting.
    pub entered: u32,
    /// Learners whose first sitting ended in it, the recording not completed.
    pub dropped: u32,
    /// Learners who played any of it twice in their first sitting.
    pub replayed: u32,
    /// Learners who sought back from it in their first sitting.
    pub sought_back: u32,
    /// Learners who sought over the whole of it in their first sitting.
    pub skipped: u32,
    /// Learners who paused in it in their first sitting.
    pub paused: u32,
    /// The 5-second segments in which they left, with how many.
    pub segments: Vec<(u32, u32)>,
}

/// Learners of one day who came to one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PlaceCell {
    /// Evidence day.
    pub day: Day,
    /// Stratum of the learners.
    pub stratum: String,
    /// Module.
    pub module: String,
    /// Learners who came.
    pub arrived: u32,
    /// Of those, withdrew before reaching another place, within the window.
    pub withdrew: u32,
    /// Of those, went silent for ten days, beginning within four days, without reaching another place.
    pub stopped_out: u32,
}

/// Learners of one day who first opened a content with one class of client; the day may still be open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OpeningCell {
    /// Content; empty for the sum over all contents that never failed.
    pub content: String,
    /// Client class; empty where unknown.
    pub client: String,
    /// Day of the opening.
    pub day: Day,
    /// Learners.
    pub opened: u32,
    /// Of those, learners whose opening failed.
    pub failed: u32,
}

/// Learners of one day who were looked at as accounts, and those that no human seems to stand behind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AccountCell {
    /// The day on which there was enough to judge the account by.
    pub day: Day,
    /// Learners judged.
    pub judged: u32,
    /// Of those, likely bots.
    pub bots: u32,
}

/// Learners active in one hour; the hour is over by the course's clock, but what is late may still come.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FlowCell {
    /// The hour.
    pub hour: Hour,
    /// Learners with activity in it.
    pub learners: u32,
}

/// A content as it stood from some day on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ContentVersion {
    /// Content.
    pub content: String,
    /// The day on which this version was first seen, in the outline or in an event.
    pub since: Day,
    /// Version.
    pub version: String,
}

/// What one course has to tell at one cut.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CourseEvidence {
    /// Course run.
    pub course: String,
    /// Who can improve it.
    pub provider: String,
    /// Title.
    pub title: String,
    /// The outline in force.
    pub outline: Vec<Module>,
    /// The day on which the course began: of its first learner's first activity.
    pub began: Option<Day>,
    /// Every version of every content that has one, sorted.
    pub versions: Vec<ContentVersion>,
    /// Days newly closed.
    pub items: Vec<ItemCell>,
    /// Days newly closed.
    pub spans: Vec<SpanCell>,
    /// Days newly closed.
    pub places: Vec<PlaceCell>,
    /// All days so far; replaces what the course told before.
    pub openings: Vec<OpeningCell>,
    /// Days newly closed.
    pub accounts: Vec<AccountCell>,
    /// All hours so far; replaces what the course told before.
    pub flow: Vec<FlowCell>,
}

/// The same by the course's numbers: day, item, response, right, rest-score bin.
type ItemNumbers = (Day, u32, Option<u32>, bool, Option<u8>);
/// What tells item cells apart: day, assessment, item, response, right, rest-score bin.
type ItemKey<'a> = (Day, &'a str, &'a str, &'a str, bool, Option<u8>);
/// Learners who entered a span, who left in it, and in which of its segments.
type SpanCounts = (u32, u32, BTreeMap<u32, u32>);

impl Course {
    /// Tells the days that have closed since the last call, and settles what no longer can change.
    ///
    /// Gives `None` when there is nothing to tell. Changes the state, so replay must call it at the same cuts.
    pub fn tell_evidence(&mut self, live_tick: Option<EventTime>, horizon: i64) -> Option<CourseEvidence> {
        let time = self.time(live_tick, horizon)?;
        let closed = time.plus(-horizon);
        let due = Due::of(self, closed);
        let (items, spans, openings, places) = {
            let placing = Places::new(self);
            (self.item_cells(&due.attempts), self.span_cells(&placing, &due.sittings), self.opening_cells(), self.place_cells(&placing, closed))
        };
        self.mark_told(&due, closed, horizon);
        let found = !items.is_empty() || !spans.is_empty() || !places.is_empty() || openings.iter().any(|cell| cell.failed > 0);
        // A platform is no course that a team could improve: what happens there is settled, and nobody is told.
        let any = found && !self.is_platform();
        any.then(|| CourseEvidence {
            course: self.id.to_string(),
            provider: self.provider.get().map(|provider| provider.to_string()).unwrap_or_default(),
            title: self.title.get().map(|title| title.to_string()).unwrap_or_default(),
            outline: self.outline.get().cloned().unwrap_or_default(),
            began: self.learners.iter().filter_map(|learner| learner.first_activity).min().map(EventTime::day),
            versions: self.content_versions(),
            items,
            spans,
            places,
            openings,
            accounts: Vec::new(),
            flow: Vec::new(),
        })
    }

    fn content_versions(&self) -> Vec<ContentVersion> {
        let latest = |content: u32| {
            let version = &self.contents.get(content as usize)?.version;
            Some((version.time()?.day(), self.names.words.text(*version.get()?).to_owned()))
        };
        let version = |(content, name): (u32, &str)| latest(content).map(|(since, version)| ContentVersion { content: name.to_owned(), since, version });
        let mut versions: Vec<ContentVersion> = self.names.contents.iter().filter_map(|(content, name)| version((content, name))).collect();
        versions.sort_unstable();
        versions
    }

    /// Marks as told what is due, and settles playing that has been told.
    fn mark_told(&mut self, due: &Due, closed: EventTime, horizon: i64) {
        for attempt in &due.attempts {
            self.learners[attempt.learner].assessment(attempt.assessment).evidence_given = true;
        }
        for sitting in &due.sittings {
            self.learners[sitting.learner].contents[sitting.place].1.evidence_given = true;
        }
        let bounds: Vec<EventTime> = (0..self.source_count()).map(|source| self.bound_at(source, closed, horizon)).collect();
        for (_, state) in self.learners.iter_mut().flat_map(|learner| &mut learner.contents).filter(|(_, state)| state.evidence_given) {
            if let Some(playback) = state.playback.as_mut().filter(|playback| !playback.is_settled()) {
                playback.settle(|source| bounds.get(usize::from(source)).copied().unwrap_or(EventTime(i64::MIN)));
            }
        }
        let through = closed.plus(-PLACE_WINDOW).day().plus(-1);
        self.evidence.places = Some(self.evidence.places.map_or(through, |told| told.max(through)));
    }

    fn item_cells(&self, due: &[DueAttempt]) -> Vec<ItemCell> {
        // Counted by number; names come in once a cell, for learners are many and cells are few.
        let mut counts: HashMap<ItemNumbers, u32> = HashMap::new();
        let mut answered: Vec<(u32, Mark, Option<u32>)> = Vec::new();
        for attempt in due {
            answered.clear();
            answered.extend(
                items_of(&self.learners[attempt.learner], &self.names, attempt.assessment)
                    .filter(|(_, state)| state.first_time().is_some_and(|time| time <= attempt.entry))
                    .filter_map(|(item, state)| Some((item, state.first_mark()?, state.first.and_then(|answer| answer.response)))),
            );
            let total: f64 = answered.iter().map(|(_, mark, _)| mark.fraction()).sum();
            let others = answered.len().saturating_sub(1);
            for (item, mark, response) in &answered {
                let rest_bin = (others > 0).then(|| ((total - mark.fraction()) / others as f64 * f64::from(REST_BINS) + 0.5) as u8);
                *counts.entry((attempt.entry.day(), *item, *response, mark.is_full(), rest_bin)).or_default() += 1;
            }
        }
        let mut cells: BTreeMap<ItemKey<'_>, u32> = BTreeMap::new();
        for ((day, item, response, right, rest_bin), learners) in counts {
            let (assessment, item) = self.item_name(item);
            let response = response.map_or("", |response| self.names.words.text(response));
            *cells.entry((day, assessment, item, response, right, rest_bin)).or_default() += learners;
        }
        let cell = |((day, assessment, item, response, right, rest_bin), learners): (ItemKey<'_>, u32)| ItemCell {
            day,
            stratum: String::new(),
            assessment: assessment.to_owned(),
            item: item.to_owned(),
            response: response.to_owned(),
            right,
            rest_bin,
            learners,
        };
        cells.into_iter().map(cell).collect()
    }

    fn item_name(&self, item: u32) -> (&str, &str) {
        self.names.items.get(item).map_or(("", ""), |name| (self.names.assessments.text(name.assessment), self.names.item_ids.text(name.item)))
    }

    fn span_cells(&self, placing: &Places<'_>, due: &[DueSitting]) -> Vec<SpanCell> {
        let lengths = placing.lengths_ms(self);
        // Entered, dropped, and dropped by segment, for each day, content and span.
        let mut cells: BTreeMap<(Day, u32, u32), SpanCounts> = BTreeMap::new();
        for DueSitting { learner, place, end } in due.iter().copied() {
            let (content, state) = &self.learners[learner].contents[place];
            let Some(playback) = &state.playback else { continue };
            let length_ms = lengths[*content as usize];
            let spans = spans(length_ms);
            if spans == 0 {
                continue;
            }
            let span = |ms: u32| (u64::from(ms) * u64::from(spans) / u64::from(length_ms)).min(u64::from(spans) - 1) as u32;
            let (mut entered, mut furthest) = (vec![false; spans as usize], None::<u32>);
            playback.viewings(length_ms, |viewing| {
                if viewing.ended <= end {
                    (span(viewing.start_ms)..=span(viewing.end_ms)).for_each(|span| entered[span as usize] = true);
                    furthest = furthest.max(Some(viewing.end_ms));
                }
            });
            let Some(furthest) = furthest else { continue };
            let seen_to_end = state.completed.is_some_and(|completed| completed <= end)
                || crate::seal::complete_end_s(length_ms).is_some_and(|complete| furthest / 1000 >= complete);
            let day = end.plus(SITTING_IDLE).day();
            for number in (0..spans).filter(|span| entered[*span as usize]) {
                let counts = cells.entry((day, *content, number)).or_default();
                counts.0 += 1;
                if number == span(furthest) && !seen_to_end {
                    counts.1 += 1;
                    *counts.2.entry(furthest / 1000 / crate::seal::SEGMENT_S).or_default() += 1;
                }
            }
        }
        let mut cells: Vec<SpanCell> = cells
            .into_iter()
            .map(|((day, content, span), (entered, dropped, segments))| {
                let length_ms = lengths[content as usize];
                let content = self.names.contents.text(content).to_owned();
                SpanCell {
                    day,
                    stratum: String::new(),
                    content,
                    spans: spans(length_ms),
                    length_ms,
                    span,
                    entered,
                    dropped,
                    replayed: 0,
                    sought_back: 0,
                    skipped: 0,
                    paused: 0,
                    segments: segments.into_iter().collect(),
                }
            })
            .collect();
        cells.sort_unstable();
        cells
    }

    fn place_cells(&self, placing: &Places<'_>, closed: EventTime) -> Vec<PlaceCell> {
        let through = closed.plus(-PLACE_WINDOW).day().plus(-1);
        let told = self.evidence.places.unwrap_or(Day(i32::MIN));
        if through <= told {
            return Vec::new();
        }
        // Leaving after the last place of the outline is finishing, not dropping out.
        let last = placing.outlined.checked_sub(1).map(|last| last as u32);
        let mut cells: BTreeMap<(Day, &str), (u32, u32, u32)> = BTreeMap::new();
        let mut arrivals = Vec::new();
        for learner in &self.learners {
            arrivals.clear();
            placing.arrivals(learner, &mut arrivals);
            for (place, arrived) in &arrivals {
                if arrived.day() <= told || arrived.day() > through || Some(*place) == last {
                    continue;
                }
                let moved_on = arrivals.iter().any(|(other, time)| other != place && time > arrived && *time <= arrived.plus(PLACE_WINDOW));
                let counts = cells.entry((arrived.day(), placing.module(*place))).or_default();
                counts.0 += 1;
                match leaving(learner, *arrived).filter(|_| !moved_on) {
                    Some(Enrollment::Withdrawn) => counts.1 += 1,
                    Some(_) => counts.2 += 1,
                    None => {}
                }
            }
        }
        cells
            .into_iter()
            .map(|((day, module), (arrived, withdrew, stopped_out))| PlaceCell {
                day,
                stratum: String::new(),
                module: module.to_owned(),
                arrived,
                withdrew,
                stopped_out,
            })
            .collect()
    }

    fn opening_cells(&self) -> Vec<OpeningCell> {
        let failing: Vec<bool> = self.contents.iter().map(|facts| facts.failures > 0).collect();
        let mut cells: BTreeMap<(&str, &str, Day), (u32, u32)> = BTreeMap::new();
        for (content, state) in self.learners.iter().flat_map(|learner| &learner.contents) {
            let name = if failing.get(*content as usize).copied().unwrap_or_default() { self.names.contents.text(*content) } else { "" };
            for opening in &state.openings {
                let counts = cells.entry((name, self.names.words.text(opening.client), opening.first.time.day())).or_default();
                counts.0 += 1;
                counts.1 += u32::from(opening.failed);
            }
        }
        let cell = |((content, client, day), (opened, failed)): ((&str, &str, Day), (u32, u32))| OpeningCell {
            content: content.to_owned(),
            client: client.to_owned(),
            day,
            opened,
            failed,
        };
        cells.into_iter().map(cell).collect()
    }
}

/// Whether everything of the day of a moment is closed.
fn is_closed(moment: EventTime, closed: EventTime) -> bool {
    moment.day().end() <= closed
}

/// Spans of a recording; 0 when its length is unknown.
#[must_use]
pub fn spans(length_ms: u32) -> u32 {
    if length_ms == 0 { 0 } else { (length_ms / 1000 / SPAN_S_MIN).clamp(1, SPANS_MAX) }
}

fn items_of<'a>(
    learner: &'a Learner,
    names: &'a crate::course::names::Names,
    assessment: u32,
) -> impl Iterator<Item = (u32, &'a crate::course::learner::ItemState)> {
    learner.items.iter().filter(move |(item, _)| names.items.get(*item).is_some_and(|name| name.assessment == assessment)).map(|(item, state)| (*item, state))
}

/// When a learner's first attempt at an assessment is over: handed in, or 48 hours after the last answer before a pause.
fn entry_time(learner: &Learner, names: &crate::course::names::Names, assessment: u32) -> Option<EventTime> {
    let mut times: Vec<EventTime> = items_of(learner, names, assessment).filter_map(|(_, state)| state.first_time()).collect();
    times.sort_unstable();
    let gap = times.windows(2).position(|pair| pair[1].0 - pair[0].0 > ASSESSMENT_IDLE);
    let idle = gap.map(|place| times[place]).or_else(|| times.last().copied())?.plus(ASSESSMENT_IDLE);
    let handed_in = learner.assessments.iter().find(|(number, _)| *number == assessment).and_then(|(_, state)| state.submitted);
    Some(handed_in.filter(|time| *time >= times[0] && *time <= idle).unwrap_or(idle))
}

/// A first attempt that is to be told.
#[derive(Debug, Clone, Copy)]
struct DueAttempt {
    /// Place in the course's learners.
    learner: usize,
    assessment: u32,
    entry: EventTime,
}

/// A first sitting at a recording that is to be told.
#[derive(Debug, Clone, Copy)]
struct DueSitting {
    /// Place in the course's learners.
    learner: usize,
    /// Place in the learner's contents.
    place: usize,
    /// The sitting's last point.
    end: EventTime,
}

/// What lies in a closed day and has not been told.
struct Due {
    attempts: Vec<DueAttempt>,
    sittings: Vec<DueSitting>,
}

impl Due {
    fn of(course: &Course, closed: EventTime) -> Self {
        let mut due = Self { attempts: Vec::new(), sittings: Vec::new() };
        let mut assessments = Vec::new();
        for (learner, known) in course.learners.iter().enumerate() {
            assessments.clear();
            assessments.extend(known.items.iter().filter_map(|(item, _)| course.names.items.get(*item)).map(|name| name.assessment));
            assessments.sort_unstable();
            assessments.dedup();
            assessments.retain(|assessment| !known.assessments.iter().any(|(number, state)| number == assessment && state.evidence_given));
            for assessment in assessments.iter().copied() {
                if let Some(entry) = entry_time(known, &course.names, assessment).filter(|entry| is_closed(*entry, closed)) {
                    due.attempts.push(DueAttempt { learner, assessment, entry });
                }
            }
            for (place, (_, state)) in known.contents.iter().enumerate().filter(|(_, (_, state))| !state.evidence_given) {
                let end = state.playback.as_ref().and_then(|playback| playback.first_sitting_end());
                if let Some(end) = end.filter(|end| is_closed(end.plus(SITTING_IDLE), closed)) {
                    due.sittings.push(DueSitting { learner, place, end });
                }
            }
        }
        due
    }
}

/// How a learner left within the window after arriving at a place, if he did.
fn leaving(learner: &Learner, arrived: EventTime) -> Option<Enrollment> {
    let within = |time: EventTime| time >= arrived && time <= arrived.plus(PLACE_WINDOW);
    match learner.enrollment.get() {
        Some(Enrollment::Withdrawn) if learner.enrollment.time().is_some_and(within) => return Some(Enrollment::Withdrawn),
        Some(Enrollment::Completed) if learner.enrollment.time().is_some_and(within) => return None,
        _ => {}
    }
    let silence_hours = (STOP_OUT_IDLE / HOUR) as i32;
    let first = learner.hours.partition_point(|hour| *hour < arrived.hour());
    let hours = &learner.hours[first..];
    let silent = |place: usize| hours.get(place + 1).is_none_or(|next| next.0 - hours[place].0 > silence_hours);
    let went_silent = (0..hours.len()).take_while(|place| hours[*place].start() <= arrived.plus(PLACE_LEAVE)).any(silent);
    went_silent.then_some(Enrollment::Enrolled)
}
