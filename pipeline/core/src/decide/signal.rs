//! A signal as it is published: one row of the `signals` table, one CloudEvent for each change worth telling.

use super::Verdict;
use crate::checkpoint::Ledger;
use crate::table::{Cell, Rows, contracts};
use crate::time::Day;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The CloudEvents `source` of every signal event.
const SOURCE: &str = "teachback/decide";
/// The provider in events about a course of which no provider is known.
const PROVIDER_UNKNOWN: &str = "unknown";
/// Hex digits of an identity: 128 bits.
const ID_HEX: usize = 32;
/// An update is told when the learners grew by one in this many.
const TOLD_GROWTH_PART: u64 = 4;
/// An update is told when the evidence moved by this, in powers of ten.
const TOLD_LOG10_E: f64 = 1.0;

/// The rule that raised a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Code {
    /// An item whose key is likely wrong.
    #[serde(rename = "I-01")]
    Miskeyed,
    /// An item that does not tell who knows the subject.
    #[serde(rename = "I-02")]
    NotDiscriminating,
    /// An item answered no better than by guessing.
    #[serde(rename = "I-03")]
    TooHard,
    /// A stretch of a recording where too many leave.
    #[serde(rename = "V-01")]
    SegmentDrop,
    /// A module where too many leave the course.
    #[serde(rename = "D-01")]
    Wall,
    /// A content that fails to open.
    #[serde(rename = "C-01")]
    Broken,
}

impl Code {
    /// The code as it is published.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Miskeyed => "I-01",
            Self::NotDiscriminating => "I-02",
            Self::TooHard => "I-03",
            Self::SegmentDrop => "V-01",
            Self::Wall => "D-01",
            Self::Broken => "C-01",
        }
    }
}

/// Where a signal is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Striking taken alone, not among so many; shown, never pushed.
    Watch,
    /// Raised, and nothing learned since speaks for the contrary.
    Open,
    /// Later evidence shows that it no longer holds.
    Resolved,
    /// Another signal about the same thing says more.
    Superseded,
}

impl State {
    /// The state as it is published.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Watch => "watch",
            Self::Open => "open",
            Self::Resolved => "resolved",
            Self::Superseded => "superseded",
        }
    }
}

/// How far a signal can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Tier {
    /// False discoveries are controlled over its family.
    Certified,
    /// Only its own evidence was looked at.
    Watch,
}

impl Tier {
    /// The tier as it is published.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Certified => "CERTIFIED",
            Self::Watch => "WATCH",
        }
    }
}

/// One improvement signal: the columns of the `signals` table, and what only its event tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// Identity over its life: a function of rule, target, version and generation.
    pub signal_id: String,
    /// Rule.
    pub code: Code,
    /// Where it is in its life.
    pub state: State,
    /// Whom it is for.
    pub provider: String,
    /// Course run.
    pub course: String,
    /// Content, for V-01 and C-01.
    pub content: Option<String>,
    /// Assessment, for I rules; only in the event.
    pub assessment: Option<String>,
    /// Item, for I rules.
    pub item: Option<String>,
    /// The response likely to be right, for I-01; only in the event.
    pub response: Option<String>,
    /// 5-second segment at the peak, for V-01.
    pub segment: Option<u32>,
    /// Learners whose first exposure is the evidence.
    pub n_learners: u64,
    /// The estimate, in the rule's own unit.
    pub estimate: f64,
    /// Lower end of its 95 % interval.
    pub estimate_lo: f64,
    /// Upper end of its 95 % interval.
    pub estimate_hi: f64,
    /// What would be expected.
    pub baseline: f64,
    /// log10 of the e-value against *not worse than the margin*.
    pub log10_e: f64,
    /// How far it can be trusted.
    pub tier: Tier,
    /// What is wrong and where, in a few words.
    pub title: String,
    /// The finding with its numbers.
    pub explanation: String,
    /// What to do.
    pub action: String,
    /// Version of the rule.
    pub rule_version: String,
    /// Version of the content that the evidence is about.
    pub content_version: Option<String>,
    /// Place in the outline.
    pub module: Option<String>,
    /// Client class, for C-01.
    pub client: Option<String>,
    /// Decision day on which it opened.
    pub opened: Option<Day>,
    /// Decision day of what it says: of its latest evidence or of its latest change of state.
    pub decided: Day,
    /// Hypotheses in its family on that day.
    pub hypotheses: u64,
    /// Latest evidence day that it rests on; only in the event.
    pub evidence_through: Day,
}

/// One event for the topic of signals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalEvent {
    /// CloudEvents id: a function of what the event says.
    pub id: String,
    /// Provider: the key of the message.
    pub provider: String,
    /// CloudEvent, structured JSON.
    pub body: String,
}

/// The verdict as rows of the `signals` table, sorted by key.
#[must_use]
pub fn rows(verdict: &Verdict) -> Rows {
    let mut rows = Rows::new(&contracts::SIGNALS);
    for signal in &verdict.signals {
        let opened = signal.opened.map(|day| day.to_string());
        rows.push(&[
            Cell::Text(&signal.signal_id),
            Cell::Text(signal.code.as_str()),
            Cell::Text(signal.state.as_str()),
            Cell::Text(&signal.provider),
            Cell::Text(&signal.course),
            signal.content.as_deref().into(),
            signal.item.as_deref().into(),
            signal.segment.into(),
            signal.n_learners.into(),
            signal.estimate.into(),
            signal.estimate_lo.into(),
            signal.estimate_hi.into(),
            signal.baseline.into(),
            signal.log10_e.into(),
            Cell::Text(signal.tier.as_str()),
            Cell::Text(&signal.title),
            Cell::Text(&signal.explanation),
            Cell::Text(&signal.action),
            Cell::Text(&signal.rule_version),
            signal.content_version.as_deref().into(),
            signal.module.as_deref().into(),
            signal.client.as_deref().into(),
            opened.as_deref().into(),
            Cell::Text(&signal.decided.to_string()),
            signal.hypotheses.into(),
        ]);
    }
    rows.sorted_by_key()
}

/// What is worth telling of the difference between what was said and what holds now, as events in the order of signals.
///
/// Without anything said before, only what is open now is told: catching up does not recount history. A signal that was
/// open and is not known any more (its content has a new version, or the outline was corrected) is told as `data_corrected`.
/// `before` is what was *said*: carry it on with [`said`], or slow growth is never told.
/// `read` is what became of all messages so far: how far the data behind the evidence can be trusted.
#[must_use]
pub fn changes(before: Option<&Verdict>, now: &Verdict, read: &Ledger) -> Vec<SignalEvent> {
    differences(before, now).into_iter().map(|(change, signal)| event(change, &signal, read)).collect()
}

/// What will have been said once [`changes`] has been told: the next `before`.
#[must_use]
pub fn said(before: Option<&Verdict>, now: &Verdict) -> Verdict {
    let told: BTreeSet<String> = differences(before, now).into_iter().map(|(_, signal)| signal.signal_id).collect();
    let earlier: BTreeMap<&str, &Signal> = before.map(by_id).unwrap_or_default();
    let signal = |signal: &Signal| match earlier.get(signal.signal_id.as_str()) {
        Some(earlier) if (earlier.state, signal.state) == (State::Open, State::Open) && !told.contains(&signal.signal_id) => (*earlier).clone(),
        _ => signal.clone(),
    };
    Verdict { through: now.through, signals: now.signals.iter().map(signal).collect() }
}

/// The kinds of event about a signal.
#[derive(Debug, Clone, Copy)]
enum Change {
    Opened,
    Updated,
    Resolved,
    Superseded,
    DataCorrected,
}

impl Change {
    /// The word in the type of the event.
    fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Updated => "updated",
            Self::Resolved => "resolved",
            Self::Superseded => "superseded",
            Self::DataCorrected => "data_corrected",
        }
    }

    /// The state that the event tells.
    fn state(self) -> &'static str {
        match self {
            Self::Opened | Self::Updated => State::Open.as_str(),
            Self::Resolved => State::Resolved.as_str(),
            Self::Superseded => State::Superseded.as_str(),
            Self::DataCorrected => "data_corrected",
        }
    }
}

fn by_id(verdict: &Verdict) -> BTreeMap<&str, &Signal> {
    verdict.signals.iter().map(|signal| (signal.signal_id.as_str(), signal)).collect()
}

fn differences(before: Option<&Verdict>, now: &Verdict) -> Vec<(Change, Signal)> {
    let earlier = before.map(by_id).unwrap_or_default();
    let current = by_id(now);
    let ids: BTreeSet<&str> = earlier.keys().chain(current.keys()).copied().collect();
    let difference = |id: &str| match (earlier.get(id), current.get(id)) {
        (None, Some(signal)) => (signal.state == State::Open).then(|| (Change::Opened, (*signal).clone())),
        (Some(earlier), None) => withdrawn(earlier, now.through),
        (Some(earlier), Some(signal)) => match (earlier.state, signal.state) {
            (State::Open, State::Open) => is_news(earlier, signal).then(|| (Change::Updated, (*signal).clone())),
            (State::Watch | State::Resolved | State::Superseded, State::Open) => Some((Change::Opened, (*signal).clone())),
            (State::Open, State::Resolved) => Some((Change::Resolved, (*signal).clone())),
            (State::Open, State::Superseded) => Some((Change::Superseded, (*signal).clone())),
            (State::Open, State::Watch) => withdrawn(earlier, now.through),
            (State::Watch | State::Resolved | State::Superseded, State::Watch | State::Resolved | State::Superseded) => None,
        },
        (None, None) => None,
    };
    ids.into_iter().filter_map(difference).collect()
}

/// An open signal that is no longer supported.
fn withdrawn(earlier: &Signal, day: Day) -> Option<(Change, Signal)> {
    let explanation = super::words::withdrawn(&earlier.explanation);
    (earlier.state == State::Open)
        .then(|| (Change::DataCorrected, Signal { explanation, action: super::words::NOTHING_TO_DO.to_owned(), decided: day, ..earlier.clone() }))
}

fn is_news(earlier: &Signal, signal: &Signal) -> bool {
    let growth = signal.n_learners.saturating_sub(earlier.n_learners);
    (growth > 0 && growth.saturating_mul(TOLD_GROWTH_PART) >= earlier.n_learners)
        || (signal.log10_e - earlier.log10_e).abs() >= TOLD_LOG10_E
        || (signal.segment, &signal.response) != (earlier.segment, &earlier.response)
}

/// The CloudEvents envelope of a signal event.
#[derive(Serialize)]
struct Envelope<'a> {
    specversion: &'static str,
    id: &'a str,
    source: &'static str,
    r#type: &'a str,
    subject: &'a str,
    time: String,
    datacontenttype: &'static str,
    data: serde_json::Value,
}

fn event(change: Change, signal: &Signal, read: &Ledger) -> SignalEvent {
    let kind = format!("teachback.signal.{}.v1", change.as_str());
    let provider = if signal.provider.is_empty() { PROVIDER_UNKNOWN } else { &signal.provider };
    let mut data = serde_json::to_value(signal).unwrap_or_default();
    // In the event days are dates, and nobody is left without an address.
    data["provider"] = provider.into();
    data["state"] = change.state().into();
    data["decided"] = signal.decided.to_string().into();
    data["evidence_through"] = signal.evidence_through.to_string().into();
    if let Some(opened) = signal.opened {
        data["opened"] = opened.to_string().into();
    }
    // How far the data can be trusted is no part of what the event says, so the id does not cover it.
    let id = identity(&[&kind, &data.to_string()]);
    let share = |part: u64| part as f64 / read.read.max(1) as f64;
    data["data_health"] = serde_json::json!({ "late_share": share(read.late), "rejected_share": share(read.rejected) });
    let envelope = Envelope {
        specversion: "1.0",
        id: &id,
        source: SOURCE,
        r#type: &kind,
        subject: &signal.course,
        time: signal.decided.start().to_string(),
        datacontenttype: "application/json",
        data,
    };
    let body = serde_json::to_string(&envelope).unwrap_or_default();
    SignalEvent { provider: provider.to_owned(), body, id }
}

/// The first 128 bits of the SHA-256 of some parts, in hex; no part can run into the next.
pub(super) fn identity(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut hex = String::with_capacity(2 * ID_HEX);
    for byte in hash.finalize().iter().take(ID_HEX / 2) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
