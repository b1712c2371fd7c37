//! The life of a hypothesis: resting, open, ended, and anew as the next generation.
//!
//! ```text
//!            raised by e-BH (or paged)          reverse process reaches 20
//!  resting ───────────────────────────▶ open ───────────────────────────────▶ resolved ──┐
//!     ▲                                   │  a stronger signal on the same item          │
//!     │                                   └──────────────────────────────▶ superseded ───┤
//!     └───── generation g + 1, evidence of later days only, × 6/(π² g²) ◀────────────────┘
//! ```
//!
//! An open signal stays open while its hypothesis is no longer raised: the guarantee is for the list of the day on which
//! it opened. Only evidence of later days can close it.

use super::book::Facts;
use super::margins::{ALPHA, LN_E_ALONE, RULE_VERSION};
use super::signal::{Code, Signal, State, Tier, identity};
use super::words::Words;
use crate::statistics::multiplicity::e_bh;
use crate::time::Day;
use std::f64::consts::{LN_10, PI};

/// Where one hypothesis stands.
#[derive(Debug, Default)]
pub(super) struct Life {
    /// Signals of this hypothesis that have ended.
    ended: Vec<Signal>,
    opened: Option<Day>,
    /// ln of the e-value of this generation, its weight included; `None` below the smallest sample.
    ln_e: Option<f64>,
    decided: Day,
    evidence_through: Day,
    hypotheses: u64,
}

/// What a rule found about its target.
#[derive(Debug, Default)]
pub(super) struct Finding {
    pub(super) n_learners: u64,
    pub(super) estimate: f64,
    pub(super) interval: (f64, f64),
    pub(super) baseline: f64,
    pub(super) words: Words,
    pub(super) content: Option<String>,
    pub(super) content_version: Option<String>,
    pub(super) assessment: Option<String>,
    pub(super) item: Option<String>,
    pub(super) response: Option<String>,
    pub(super) segment: Option<u32>,
    pub(super) span: Option<String>,
    pub(super) module: Option<String>,
    pub(super) client: Option<String>,
}

impl Life {
    /// Takes the evidence of this generation as it stands after a decision day.
    pub(super) fn judge(&mut self, ln_e: Option<f64>, day: Day, evidence_day: Day) {
        self.ln_e = ln_e.map(|ln_e| ln_e + self.ln_weight());
        self.decided = day;
        self.evidence_through = evidence_day;
    }

    /// The evidence, where the sample is large enough.
    pub(super) fn ln_e(&self) -> Option<f64> {
        self.ln_e
    }

    /// Generations go on for ever: the weights of the later ones sum to 1.
    fn ln_weight(&self) -> f64 {
        let ended = self.ended.len() as f64;
        if self.ended.is_empty() { 0.0 } else { libm::log(6.0 / (PI * PI * ended * ended)) }
    }

    /// Notes the size of the family on a day, for a hypothesis that was judged on it.
    pub(super) fn note_family(&mut self, hypotheses: usize) {
        self.hypotheses = hypotheses as u64;
    }

    /// Whether it has a signal open.
    pub(super) fn is_open(&self) -> bool {
        self.opened.is_some()
    }

    /// Since when it has a signal open.
    pub(super) fn opened(&self) -> Option<Day> {
        self.opened
    }

    /// Whether it is striking taken alone.
    pub(super) fn is_striking(&self) -> bool {
        self.ln_e.is_some_and(|ln_e| ln_e >= LN_E_ALONE)
    }

    /// Opens a signal.
    pub(super) fn open(&mut self, day: Day, hypotheses: usize) {
        self.opened = Some(day);
        self.decided = day;
        self.note_family(hypotheses);
    }

    /// Ends the open signal, in a state that is final; the hypothesis begins the next generation.
    pub(super) fn end(&mut self, ended: Signal, day: Day) {
        self.ended.push(Signal { decided: day, ..ended });
        self.opened = None;
        self.ln_e = None;
    }

    /// The ended signals.
    pub(super) fn ended(&self) -> &[Signal] {
        &self.ended
    }

    /// The signal that a finding makes of this generation.
    pub(super) fn signal(&self, facts: &Facts<'_>, code: Code, state: State, finding: Finding) -> Signal {
        let generation = (self.ended.len() + 1).to_string();
        let part = |part: &Option<String>| part.clone().unwrap_or_default();
        let target = [&finding.assessment, &finding.item, &finding.content, &finding.span, &finding.client].map(part);
        // D-01 is about its module; for the others the outline may move them between modules.
        let module = if code == Code::Wall { part(&finding.module) } else { String::new() };
        let [assessment, item, content, span, client] = &target;
        let version = part(&finding.content_version);
        Signal {
            signal_id: identity(&[code.as_str(), facts.course, assessment, item, content, span, &module, client, &version, &generation]),
            code,
            state,
            provider: facts.provider.to_owned(),
            course: facts.course.to_owned(),
            content: finding.content,
            assessment: finding.assessment,
            item: finding.item,
            response: finding.response,
            segment: finding.segment,
            n_learners: finding.n_learners,
            estimate: finding.estimate,
            estimate_lo: finding.interval.0,
            estimate_hi: finding.interval.1,
            baseline: finding.baseline,
            log10_e: self.ln_e.unwrap_or_default() / LN_10,
            tier: if state == State::Watch { Tier::Watch } else { Tier::Certified },
            title: finding.words.title,
            explanation: finding.words.explanation,
            action: finding.words.action,
            rule_version: RULE_VERSION.to_owned(),
            content_version: finding.content_version,
            module: finding.module,
            client: finding.client,
            opened: self.opened,
            decided: self.decided,
            hypotheses: self.hypotheses.max(1),
            evidence_through: self.evidence_through,
        }
    }
}

/// Which hypotheses of a family are raised today, and how many it has. Those below the smallest sample are not in it.
pub(super) fn raised<'a>(family: impl Iterator<Item = &'a Life>) -> (Vec<bool>, usize) {
    let evidence: Vec<f64> = family.map(|life| life.ln_e.unwrap_or(f64::NAN)).collect();
    let hypotheses = evidence.iter().filter(|ln_e| !ln_e.is_nan()).count();
    let mut judged = e_bh(&evidence.iter().copied().filter(|ln_e| !ln_e.is_nan()).collect::<Vec<f64>>(), hypotheses, ALPHA).into_iter();
    let raised = evidence.iter().map(|ln_e| !ln_e.is_nan() && judged.next().unwrap_or_default()).collect();
    (raised, hypotheses)
}
