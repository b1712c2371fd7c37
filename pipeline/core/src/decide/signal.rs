//! A signal as it is published: one row of the `signals` table, one CloudEvent for each change worth telling.

use super::Verdict;
use super::messages::say;
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    /// A course with many accounts that are likely bots.
    #[serde(rename = "X-01")]
    Bots,
    /// A provider whose events stopped coming.
    #[serde(rename = "X-02")]
    Flow,
    /// A revision that helped.
    #[serde(rename = "R-01")]
    Improved,
    /// A revision that made it worse.
    #[serde(rename = "R-02")]
    Worsened,
    /// A revision that made no difference.
    #[serde(rename = "R-03")]
    NoEffect,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 11] = [
        Self::Miskeyed,
        Self::NotDiscriminating,
        Self::TooHard,
        Self::SegmentDrop,
        Self::Wall,
        Self::Broken,
        Self::Bots,
        Self::Flow,
        Self::Improved,
        Self::Worsened,
        Self::NoEffect,
    ];

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
            Self::Bots => "X-01",
            Self::Flow => "X-02",
            Self::Improved => "R-01",
            Self::Worsened => "R-02",
            Self::NoEffect => "R-03",
        }
    }

    /// Version of the rule; a change of what it decides by makes a new one.
    pub(super) fn version(self) -> &'static str {
        match self {
            Self::Wall => "4",
            Self::SegmentDrop | Self::Improved | Self::Worsened | Self::NoEffect => "3",
            Self::Miskeyed | Self::NotDiscriminating | Self::TooHard | Self::Broken => "2",
            Self::Bots | Self::Flow => "1",
        }
    }

    /// Whether the module is what the rule is about, not merely where its target stands.
    pub(super) fn is_about_a_module(self) -> bool {
        matches!(self, Self::Wall | Self::Improved | Self::Worsened | Self::NoEffect)
    }
}

/// Where a signal is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Shown, never pushed: striking, but not enough among so many, or too few learners.
    Watch,
    /// Raised, and nothing learned since speaks for the contrary.
    Open,
    /// Open, and its provider has said that it was seen.
    Acknowledged,
    /// Open, and its provider does not want to hear of it.
    Dismissed,
    /// Later evidence shows that it no longer holds.
    Resolved,
    /// Another signal about the same thing, or a new version of it, says more.
    Superseded,
    /// Open for 90 days without 20 new learners.
    Stale,
}

impl State {
    /// The state as it is published.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Watch => "watch",
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Dismissed => "dismissed",
            Self::Resolved => "resolved",
            Self::Superseded => "superseded",
            Self::Stale => "stale",
        }
    }

    /// Whether it has been raised and has not ended.
    fn is_alive(self) -> bool {
        matches!(self, Self::Open | Self::Acknowledged | Self::Dismissed)
    }
}

/// How far a signal can be trusted; the first is the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Tier {
    /// False discoveries are controlled over its family, whatever its peers look like.
    Certified,
    /// False discoveries are controlled over its family, in the light of its peers.
    Confirmed,
    /// Likely, but not controlled over the family.
    Watch,
    /// Suspicious, but learners or something to compare with are lacking.
    Insufficient,
}

impl Tier {
    /// The tier as it is published.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Certified => "CERTIFIED",
            Self::Confirmed => "CONFIRMED",
            Self::Watch => "WATCH",
            Self::Insufficient => "INSUFFICIENT",
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
    /// Course run; empty for X-02, which is about all courses of a provider.
    pub course: String,
    /// Content, for V-01, C-01 and R rules about a recording.
    pub content: Option<String>,
    /// Assessment, for I rules; only in the event.
    pub assessment: Option<String>,
    /// Item, for I rules.
    pub item: Option<String>,
    /// The response likely to be right, for I-01; only in the event.
    pub response: Option<String>,
    /// 5-second segment at the peak, for V-01.
    pub segment: Option<u32>,
    /// The span from 0 and how many there are, e.g. `4/10`, for V-01.
    pub span: Option<String>,
    /// Learners whose first exposure is the evidence.
    pub n_learners: u64,
    /// The estimate, in the rule's own unit.
    pub estimate: f64,
    /// Lower end of its 95 % interval.
    pub estimate_lo: f64,
    /// Upper end of its 95 % interval.
    pub estimate_hi: f64,
    /// The estimate in the light of its peers, in the unit of the rule's pool; `None` where there is no pool.
    pub estimate_shrunk: Option<f64>,
    /// What would be expected.
    pub baseline: f64,
    /// log10 of the e-value against *not worse than the margin*.
    pub log10_e: f64,
    /// The local false discovery rate: how likely it is that the margin is kept, given its peers.
    pub lfdr: Option<f64>,
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
    /// How often this hypothesis has begun, from 1.
    pub generation: u32,
    /// Learners that it would still take for the signal to be raised alone in its family, if the estimate is right.
    pub learners_needed: Option<u64>,
    /// What was seen over what was expected of any learners.
    pub ratio_crude: Option<f64>,
    /// What was seen over what was expected of learners of these strata.
    pub ratio_adjusted: Option<f64>,
    /// Whether the two point to different sides (Simpson's paradox).
    pub is_simpson: bool,
    /// Share of first answers that are right to the questions on the content, for V-01, or of the module, for D-01; while it stands.
    pub linked_facility: Option<f64>,
    /// First answers to these questions.
    pub linked_answers: Option<u64>,
    /// Latest evidence day that it rests on; only in the event.
    pub evidence_through: Day,
}

impl Signal {
    /// A signal of a rule that says nothing yet.
    pub(super) fn empty(code: Code) -> Self {
        Self {
            signal_id: String::new(),
            code,
            state: State::Watch,
            provider: String::new(),
            course: String::new(),
            content: None,
            assessment: None,
            item: None,
            response: None,
            segment: None,
            span: None,
            n_learners: 0,
            estimate: 0.0,
            estimate_lo: 0.0,
            estimate_hi: 0.0,
            estimate_shrunk: None,
            baseline: 0.0,
            log10_e: 0.0,
            lfdr: None,
            tier: Tier::Watch,
            title: String::new(),
            explanation: String::new(),
            action: String::new(),
            rule_version: String::new(),
            content_version: None,
            module: None,
            client: None,
            opened: None,
            decided: Day::default(),
            hypotheses: 1,
            generation: 1,
            learners_needed: None,
            ratio_crude: None,
            ratio_adjusted: None,
            is_simpson: false,
            linked_facility: None,
            linked_answers: None,
            evidence_through: Day::default(),
        }
    }
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
            signal.span.as_deref().into(),
            signal.n_learners.into(),
            signal.estimate.into(),
            signal.estimate_lo.into(),
            signal.estimate_hi.into(),
            signal.estimate_shrunk.into(),
            signal.baseline.into(),
            signal.log10_e.into(),
            signal.lfdr.into(),
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
            signal.generation.into(),
            signal.learners_needed.into(),
            signal.ratio_crude.into(),
            signal.ratio_adjusted.into(),
            signal.is_simpson.into(),
            signal.linked_facility.into(),
            signal.linked_answers.into(),
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
        Some(earlier) if earlier.state == signal.state && signal.state.is_alive() && !told.contains(&signal.signal_id) => (*earlier).clone(),
        _ => signal.clone(),
    };
    Verdict { through: now.through, signals: now.signals.iter().map(signal).collect() }
}

/// The kinds of event about a signal.
#[derive(Debug, Clone, Copy)]
enum Change {
    Opened,
    Updated,
    Acknowledged,
    Dismissed,
    Resolved,
    Superseded,
    Stale,
    DataCorrected,
}

impl Change {
    /// The word in the type of the event.
    fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Updated => "updated",
            Self::Acknowledged => "acknowledged",
            Self::Dismissed => "dismissed",
            Self::Resolved => "resolved",
            Self::Superseded => "superseded",
            Self::Stale => "stale",
            Self::DataCorrected => "data_corrected",
        }
    }

    /// The state that the event tells.
    fn state(self, signal: State) -> &'static str {
        match self {
            Self::DataCorrected => "data_corrected",
            _ => signal.as_str(),
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
        (earlier, Some(signal)) => change(earlier.copied(), signal, now.through),
        (Some(earlier), None) => withdrawn(earlier, now.through),
        (None, None) => None,
    };
    ids.into_iter().filter_map(difference).collect()
}

/// What is to be told of a signal that is known now.
fn change(earlier: Option<&Signal>, signal: &Signal, day: Day) -> Option<(Change, Signal)> {
    let was_alive = earlier.filter(|earlier| earlier.state.is_alive());
    let change = match (was_alive, signal.state) {
        (None, State::Open) => Change::Opened,
        // What was answered, or has ended, before anybody was told of it.
        (None, _) => return None,
        (Some(_), State::Watch) => return earlier.and_then(|earlier| withdrawn(earlier, day)),
        (Some(earlier), state) if earlier.state != state => match state {
            State::Acknowledged => Change::Acknowledged,
            State::Dismissed => Change::Dismissed,
            State::Resolved => Change::Resolved,
            State::Superseded => Change::Superseded,
            State::Stale => Change::Stale,
            State::Open | State::Watch => Change::Updated,
        },
        // Nobody asked to hear more of what was dismissed.
        (Some(_), State::Dismissed) => return None,
        (Some(earlier), _) => {
            if !is_news(earlier, signal) {
                return None;
            }
            Change::Updated
        }
    };
    Some((change, signal.clone()))
}

/// A signal that was alive and is no longer supported.
fn withdrawn(earlier: &Signal, day: Day) -> Option<(Change, Signal)> {
    let explanation = say("withdrawn.explanation", &[("before", earlier.explanation.clone())]);
    let action = say("withdrawn.action", &[]);
    earlier.state.is_alive().then(|| (Change::DataCorrected, Signal { explanation, action, decided: day, ..earlier.clone() }))
}

fn is_news(earlier: &Signal, signal: &Signal) -> bool {
    let growth = signal.n_learners.saturating_sub(earlier.n_learners);
    (growth > 0 && growth.saturating_mul(TOLD_GROWTH_PART) >= earlier.n_learners)
        || (signal.log10_e - earlier.log10_e).abs() >= TOLD_LOG10_E
        || (signal.segment, &signal.response, signal.tier) != (earlier.segment, &earlier.response, earlier.tier)
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
    data["state"] = change.state(signal.state).into();
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
        // X-02 is about all courses of its provider.
        subject: if signal.course.is_empty() { provider } else { &signal.course },
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
