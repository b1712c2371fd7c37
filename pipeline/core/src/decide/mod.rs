//! From evidence cells to signals: which of many hypotheses about courses have enough evidence to be told.
//!
//! ```text
//!  Told (shard, cut) ─┐              each decision day in turn
//!  Told ──────────────┼─▶ agenda ─▶ ┌ items     I-01 I-03 I-02 ┐ baselines and priors from days before
//!  Told ──────────────┘  catalogue  │ spans     V-01           │ the day's cells ─▶ evidence (e-processes, pools)
//!                                   │ places    D-01           │ family: e-BH ─▶ life ─▶ Verdict
//!                                   │ accounts  X-01           │                            │ + Feedback
//!                                   │ revisions R-01 R-02 R-03 │                            ▼
//!                                   └ openings C-01, flow X-02 ┘   course-signals ◀── changes(said, verdict)
//! ```
//!
//! A rule is one file under `rules`: its null hypothesis, statistic, margin and what clears it. A trial (items, spans,
//! places …) knows whom it is about and what is to be expected; what other families know of a target's surroundings, as
//! causes that are likely, `around` says. Every word stands in `messages`.
//!
//! Invariants:
//! - A verdict is a function of the set of told cells, the cuts at which they were told, and its day; neither shards nor
//!   the order of telling show in it.
//! - A baseline and a prior rest on cells that were judged on earlier days only.
//! - What has ended is never rewritten; the hypothesis goes on as the next generation.

mod accounts;
mod agenda;
mod around;
mod calendar;
mod catalogue;
mod family;
mod feedback;
mod flow;
mod items;
mod life;
mod margins;
mod messages;
mod openings;
mod places;
mod pool;
mod rate;
mod revisions;
mod rules;
mod signal;
mod silence;
mod spans;
mod strata;
mod tally;
#[cfg(test)]
mod tests;
mod versions;

pub use feedback::{Answers, Feedback, Heard, Place, Response, Unheard, with_feedback};
pub use signal::{Code, Signal, SignalEvent, State, Tier, changes, rows, said};
pub use versions::Versions;

use crate::evidence::CourseEvidence;
use crate::time::{Day, EventTime};
use accounts::Accounts;
use agenda::{Agenda, Today};
use around::Around;
use catalogue::Catalogue;
use family::{Family, Raised, raise};
use flow::Flow;
use hashbrown::HashSet;
use items::Items;
use margins::Baselines;
use openings::Openings;
use places::Places;
use revisions::Revisions;
use serde::{Deserialize, Serialize};
use silence::Silence;
use spans::Spans;

/// What one shard told at one cut.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// The cut.
    pub as_of: EventTime,
    /// Courses of the shard with something to tell; a course lives in exactly one shard.
    pub courses: Vec<CourseEvidence>,
}

/// What holds of all courses on one decision day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The last decision day.
    pub through: Day,
    /// The signals, sorted by id.
    pub signals: Vec<Signal>,
}

/// Judges decision days one after another, as their cells are told.
#[derive(Debug)]
pub struct Judge {
    baselines: Baselines,
    catalogue: Catalogue,
    agenda: Agenda,
    told: HashSet<(u32, EventTime)>,
    through: Day,
    items: Items,
    spans: Spans,
    silence: Silence,
    places: Places,
    accounts: Accounts,
    flow: Flow,
    revisions: Revisions,
}

impl Default for Judge {
    fn default() -> Self {
        Self {
            baselines: Baselines::version_0(),
            catalogue: Catalogue::default(),
            agenda: Agenda::default(),
            told: HashSet::new(),
            through: Day(i32::MIN),
            items: Items::default(),
            spans: Spans::default(),
            silence: Silence::default(),
            places: Places::default(),
            accounts: Accounts::default(),
            flow: Flow::default(),
            revisions: Revisions::default(),
        }
    }
}

impl Judge {
    /// Whether something told belongs to a day that is judged already. Then the past is not what it was taken for: begin
    /// with a new judge and tell it everything.
    #[must_use]
    pub fn is_too_late(&self, told: &Told) -> bool {
        let cut = told.as_of.day();
        cut <= self.through || told.courses.iter().filter_map(|course| Agenda::first_day(cut, course)).any(|day| day <= self.through)
    }

    /// Whether a day has been judged already, and a later one as well.
    #[must_use]
    pub fn is_ahead_of(&self, day: Day) -> bool {
        self.through > day
    }

    /// Takes what was told. A course told of twice at one cut counts once.
    pub fn tell(&mut self, told: Told) {
        let day = told.as_of.day();
        for course in told.courses {
            let number = self.catalogue.describe(day, &course);
            if self.told.insert((number, told.as_of)) {
                self.agenda.tell(&mut self.catalogue, day, number, course);
            }
        }
    }

    /// Judges every day through the last in turn, and says what holds then. Cells of later days wait.
    pub fn judge(&mut self, through: Day) -> Verdict {
        // A day without cells changes nothing.
        while let Some((day, today)) = self.agenda.next(through) {
            self.judge_day(day, today);
        }
        self.through = self.through.max(through);
        self.expire(through);
        self.agenda.retold_through(through);
        let openings = Openings::judged(through, &self.agenda.openings, &mut self.catalogue);
        let (agenda, catalogue) = (&self.agenda, &self.catalogue);
        let around = Around { items: Some((&self.items, &agenda.item_targets)), spans: Some((&self.spans, &agenda.span_targets)) };
        let mut signals = [
            self.items.signals(through, &agenda.item_targets, catalogue),
            self.spans.signals(through, &agenda.span_targets, catalogue, around),
            self.places.signals(through, &agenda.place_targets, catalogue, around),
            self.accounts.signals(through, catalogue),
            openings.signals(through, catalogue),
            self.flow.signals(),
            self.revisions.signals(through, catalogue),
        ]
        .concat();
        signals.sort_unstable_by(|left, right| left.signal_id.cmp(&right.signal_id));
        Verdict { through, signals }
    }

    fn judge_day(&mut self, day: Day, mut today: Today) {
        self.expire(day);
        let (agenda, catalogue) = (&self.agenda, &mut self.catalogue);
        self.flow.judge(day, &agenda.flow, catalogue);
        today.spans.retain(|(number, cell)| !self.flow.is_frozen(&catalogue.course(agenda.span_targets.course(*number), day).provider, cell.day));
        today.places.retain(|(number, cell)| !self.flow.is_frozen(&catalogue.course(agenda.place_targets.course(*number), day).provider, cell.day));
        self.silence.hear(&mut today.places, &agenda.place_targets);
        self.items.judge(day, &today.items, &agenda.item_targets, catalogue);
        self.revisions.judge(day, (&today.places, &agenda.place_targets), (&today.spans, &agenda.span_targets), catalogue);
        self.spans.judge(day, today.spans, &agenda.span_targets, catalogue, &self.baselines);
        let places = self.places.weigh(day, today.places, &agenda.place_targets, catalogue, &self.baselines);
        let accounts = self.accounts.weigh(day, today.accounts, catalogue, &self.baselines);
        if places.is_empty() && accounts.is_empty() {
            return;
        }
        let lives = self.places.lives().chain(self.accounts.lives()).enumerate();
        let mut raised = raise(Family::Places, lives.map(|(number, life)| (number as u32, life, 1.0)));
        let of_accounts = Raised { tiers: raised.tiers.split_off(self.places.lives().count()), budget: raised.budget };
        self.places.settle(day, &places, &raised, &agenda.place_targets, catalogue);
        self.accounts.settle(day, &accounts, &of_accounts, catalogue);
    }

    /// Ends what has gone stale by a day.
    fn expire(&mut self, day: Day) {
        let (agenda, catalogue) = (&self.agenda, &self.catalogue);
        self.items.expire(day, &agenda.item_targets, catalogue);
        self.spans.expire(day, &agenda.span_targets, catalogue);
        self.places.expire(day, &agenda.place_targets, catalogue);
        self.accounts.expire(day, catalogue);
    }
}

/// Learners until the rule of a code raises a target alone in a family of so many hypotheses, where `usual` is the share to
/// expect and `truly` the true one: what is printed of a signal that is not raised yet, with the estimate for the truth.
///
/// Of R-01 and R-02, `usual` is the share before the revision and the learners are those of each side. `None` for rules
/// about no share, and where that many never come.
#[must_use]
pub fn learners_needed(code: &str, usual: f64, truly: f64, hypotheses: u64) -> Option<u64> {
    rules::learners_needed(code, usual, truly, hypotheses as usize)
}

/// Judges all that was told through a day, from the beginning.
#[must_use]
pub fn judge<'a>(told: impl IntoIterator<Item = &'a Told>, through: Day) -> Verdict {
    let mut judge = Judge::default();
    told.into_iter().for_each(|told| judge.tell(told.clone()));
    judge.judge(through)
}
