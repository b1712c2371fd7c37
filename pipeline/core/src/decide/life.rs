//! The life of a hypothesis: resting, open, ended, and anew as the next generation.
//!
//! ```text
//!            raised (family, or paged)           reverse process reaches 20
//!  resting ───────────────────────────▶ open ───────────────────────────────▶ resolved ──┐
//!     ▲                                   │  another signal or version says more          │
//!     │                                   ├──────────────────────────────▶ superseded ────┤
//!     │                                   │  90 days without 20 new learners              │
//!     │                                   └──────────────────────────────▶ stale ─────────┤
//!     └───── generation g + 1, evidence of later days only, × 6/(π² g²) ◀─────────────────┘
//! ```
//!
//! An open signal stays open while its hypothesis is no longer raised: the guarantee is for the list of the day on which
//! it opened. Only evidence of later days can close it. What has ended is never rewritten.

use super::around::Questions;
use super::catalogue::Description;
use super::family::Budget;
use super::margins::{LFDR_WATCH, LN_E_ALONE, LN_E_HINT, STALE_DAYS, STALE_LEARNERS};
use super::messages;
use super::pool::{Pool, Sample};
use super::signal::{Code, Signal, State, Tier, identity};
use crate::statistics::empirical_bayes::Judgement;
use crate::time::Day;
use std::f64::consts::{LN_10, PI};
use std::sync::Arc;

/// What the evidence of a hypothesis weighs on a decision day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weighed {
    /// Learners it rests on.
    pub(super) learners: u64,
    /// ln of the plain e-value.
    pub(super) ln_e: f64,
    /// What the pool needs.
    pub(super) sample: Option<Sample>,
    /// Whether what the rule asks besides its e-value holds.
    pub(super) is_supported: bool,
    /// What a further learner adds to the evidence, if the estimate is right, in nats.
    pub(super) nats_a_learner: f64,
}

/// How a hypothesis stands on a decision day.
#[derive(Debug, Clone, Copy, Default)]
enum Standing {
    /// Nothing to be said.
    #[default]
    Silent,
    /// Judged.
    Judged(Weighed),
    /// Suspicious, but with too few learners to be judged.
    TooFew(Weighed),
    /// Suspicious, but with nothing to compare with.
    NoBaseline,
}

/// Where one hypothesis stands.
#[derive(Debug, Default)]
pub(super) struct Life {
    /// Signals about earlier versions.
    past: Vec<Signal>,
    /// Signals of this hypothesis that have ended.
    ended: Vec<Signal>,
    open: Option<Open>,
    standing: Standing,
    judgement: Option<Judgement>,
    decided: Day,
    evidence_through: Day,
    budget: Option<Budget>,
}

/// A signal that is open.
#[derive(Debug, Clone, Copy)]
struct Open {
    day: Day,
    tier: Tier,
    /// The last day on which there were enough new learners, and how many there were.
    fresh: (Day, u64),
}

/// What a rule found about its target.
#[derive(Debug, Default)]
pub(super) struct Finding {
    pub(super) n_learners: u64,
    pub(super) estimate: f64,
    pub(super) interval: (f64, f64),
    pub(super) baseline: f64,
    /// What stands in the gaps of the rule's messages.
    pub(super) values: Vec<(&'static str, String)>,
    /// Keys of further sentences: co-signals, what is likely the cause.
    pub(super) remarks: Vec<String>,
    pub(super) content: Option<String>,
    pub(super) content_version: Option<String>,
    pub(super) assessment: Option<String>,
    pub(super) item: Option<String>,
    pub(super) response: Option<String>,
    pub(super) segment: Option<u32>,
    pub(super) span: Option<String>,
    pub(super) module: Option<String>,
    pub(super) client: Option<String>,
    /// How the questions that belong to it were answered.
    pub(super) questions: Option<Questions>,
    /// Ratio of what was seen to what was expected, without strata and with them.
    pub(super) ratios: Option<(f64, f64)>,
}

impl Life {
    /// Takes the evidence of this generation as it stands after a decision day.
    pub(super) fn weigh(&mut self, weighed: Option<Weighed>, pool: Option<&Pool>, day: Day, evidence_day: Day) {
        self.standing = weighed.map_or(Standing::Silent, Standing::Judged);
        self.decided = day;
        self.evidence_through = evidence_day;
        self.judge(pool);
        if let (Some(open), Some(weighed)) = (&mut self.open, weighed)
            && weighed.learners >= open.fresh.1 + STALE_LEARNERS
        {
            open.fresh = (day, weighed.learners);
        }
    }

    /// Judges the evidence anew by what the pool says now.
    pub(super) fn judge(&mut self, pool: Option<&Pool>) {
        let Standing::Judged(weighed) = self.standing else {
            self.judgement = None;
            return;
        };
        let beyond = |pool: &Pool, judgement: &Judgement| weighed.is_supported && pool.is_beyond(judgement.estimate);
        // Without what is asked besides there is no evidence; the estimate and the lfdr still are what they are.
        self.judgement = pool.zip(weighed.sample).and_then(|(pool, sample)| {
            let judgement = pool.judge(sample)?;
            let none = if beyond(pool, &judgement) { 0.0 } else { f64::NEG_INFINITY };
            Some(Judgement { ln_compound: judgement.ln_compound + none, ln_defensive: judgement.ln_defensive + none, ..judgement })
        });
    }

    /// Takes evidence that cannot be judged yet, where it is suspicious at all.
    pub(super) fn hint(&mut self, lack: Lack, day: Day, evidence_day: Day) {
        self.standing = match lack {
            Lack::Learners(weighed) if weighed.ln_e >= LN_E_HINT => Standing::TooFew(weighed),
            Lack::Learners(_) => Standing::Silent,
            Lack::Baseline => Standing::NoBaseline,
        };
        (self.judgement, self.decided, self.evidence_through) = (None, day, evidence_day);
    }

    /// The plain evidence, its weight included, where there are enough learners.
    pub(super) fn ln_e(&self) -> Option<f64> {
        match self.standing {
            Standing::Judged(weighed) => Some(weighed.ln_e + self.ln_weight()),
            Standing::Silent | Standing::TooFew(_) | Standing::NoBaseline => None,
        }
    }

    /// Learners that its evidence rests on.
    pub(super) fn learners(&self) -> u64 {
        if let Standing::Judged(weighed) = self.standing { weighed.learners } else { 0 }
    }

    /// What the pool says, the weight of the generation included.
    pub(super) fn weighted_judgement(&self) -> Option<Judgement> {
        let weight = self.ln_weight();
        self.judgement.map(|one| Judgement { ln_compound: one.ln_compound + weight, ln_defensive: one.ln_defensive + weight, ..one })
    }

    /// What a pool is fitted to.
    pub(super) fn sample(&self) -> Option<(u64, Sample)> {
        match self.standing {
            Standing::Judged(weighed) => weighed.sample.map(|sample| (weighed.learners, sample)),
            Standing::Silent | Standing::TooFew(_) | Standing::NoBaseline => None,
        }
    }

    /// Generations go on for ever: the weights of the later ones sum to 1.
    fn ln_weight(&self) -> f64 {
        let ended = self.ended.len() as f64;
        if self.ended.is_empty() { 0.0 } else { libm::log(6.0 / (PI * PI * ended * ended)) }
    }

    /// Notes what the family shares on a day, for a hypothesis that was judged on it.
    pub(super) fn note_budget(&mut self, budget: Budget) {
        self.budget = Some(budget);
    }

    /// Whether it has a signal open.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Whether it is striking taken alone.
    pub(super) fn is_striking(&self) -> bool {
        self.ln_e().is_some_and(|ln_e| ln_e >= LN_E_ALONE)
    }

    /// Whether something is to be said of it, though it is not open.
    pub(super) fn is_watched(&self) -> bool {
        match (self.standing, self.judgement) {
            (Standing::Judged(_), Some(judgement)) => judgement.lfdr < LFDR_WATCH,
            (Standing::Judged(_), None) => self.is_striking(),
            (Standing::TooFew(_) | Standing::NoBaseline, _) => true,
            (Standing::Silent, _) => false,
        }
    }

    /// Opens a signal.
    pub(super) fn open(&mut self, day: Day, tier: Tier, budget: Budget) {
        self.open = Some(Open { day, tier, fresh: (day, self.learners()) });
        self.decided = day;
        self.note_budget(budget);
    }

    /// How far its open signal can be trusted.
    pub(super) fn open_tier(&self) -> Option<Tier> {
        self.open.map(|open| open.tier)
    }

    /// Raises the tier of an open signal; it never falls.
    pub(super) fn strengthen(&mut self, tier: Tier) {
        if let Some(open) = &mut self.open {
            open.tier = open.tier.min(tier);
        }
    }

    /// The day on which an open signal goes stale, if no more learners come.
    pub(super) fn stale_on(&self) -> Option<Day> {
        self.open.map(|open| open.fresh.0.plus(STALE_DAYS))
    }

    /// Ends the open signal, in a state that is final; the hypothesis begins the next generation.
    pub(super) fn end(&mut self, ended: Signal, day: Day) {
        self.ended.push(Signal { decided: day, ..ended });
        self.open = None;
        self.standing = Standing::Silent;
        self.judgement = None;
    }

    /// Begins anew about a new version, whose first generation has its whole weight again.
    pub(super) fn begin_version(&mut self) {
        self.past.append(&mut self.ended);
        (self.open, self.standing, self.judgement) = (None, Standing::Silent, None);
    }

    /// The ended signals.
    pub(super) fn ended(&self) -> impl Iterator<Item = &Signal> {
        self.past.iter().chain(&self.ended)
    }

    /// What is said of this generation now: its state, if there is anything to say.
    pub(super) fn state(&self) -> Option<State> {
        match self.open {
            Some(_) => Some(State::Open),
            None => self.is_watched().then_some(State::Watch),
        }
    }

    fn tier(&self) -> Tier {
        match (self.open, self.standing) {
            (Some(open), _) => open.tier,
            (None, Standing::TooFew(_) | Standing::NoBaseline) => Tier::Insufficient,
            (None, _) => Tier::Watch,
        }
    }

    /// Learners it would still take for the evidence to be raised alone in its family, if the estimate is right.
    fn learners_needed(&self) -> Option<u64> {
        let weighed = match (self.open, self.standing) {
            (None, Standing::Judged(weighed) | Standing::TooFew(weighed)) => weighed,
            _ => return None,
        };
        self.budget?.learners_needed(weighed.ln_e.max(0.0), weighed.nats_a_learner)
    }

    /// How sure it is, since when, and what is lacking, in words.
    fn certainty(&self) -> String {
        let odds = messages::odds(self.ln_e().unwrap_or_default() / LN_10);
        let needed = self.learners_needed().map(messages::rounded);
        match (self.open, self.standing, needed) {
            (Some(open), ..) => messages::say("certainty.open", &[("odds", odds), ("day", open.day.to_string())]),
            (None, Standing::NoBaseline, _) => messages::say("certainty.no_baseline", &[]),
            (None, Standing::TooFew(_), Some(learners)) => messages::say("certainty.too_few", &[("learners", learners)]),
            (None, Standing::TooFew(_), None) => messages::say("certainty.too_few_unknown", &[]),
            (None, _, Some(learners)) => messages::say("certainty.watch", &[("odds", odds), ("learners", learners)]),
            (None, _, None) => messages::say("certainty.watch_unknown", &[("odds", odds)]),
        }
    }

    /// The signal that a finding makes of this generation.
    pub(super) fn signal(&self, about: &Description, code: Code, state: State, finding: Finding) -> Signal {
        let generation = (self.past.len() + self.ended.len()) as u32 + 1;
        let part = |part: &Option<String>| part.clone().unwrap_or_default();
        let target = [&finding.assessment, &finding.item, &finding.content, &finding.span, &finding.client].map(part);
        // Rules about a module name it; for the others the outline may move them between modules.
        let module = if code.is_about_a_module() { part(&finding.module) } else { String::new() };
        let [assessment, item, content, span, client] = &target;
        let version = part(&finding.content_version);
        let number = generation.to_string();
        let mut explanation = messages::say(&format!("{}.explanation", code.as_str()), &finding.values);
        let is_simpson = finding.ratios.is_some_and(|(crude, adjusted)| (crude - 1.0) * (adjusted - 1.0) < 0.0);
        let simpson = is_simpson.then(|| messages::say("simpson", &[]));
        for remark in finding.remarks.iter().chain(&simpson).chain([&self.certainty()]) {
            explanation.push(' ');
            explanation.push_str(remark);
        }
        Signal {
            signal_id: identity(&[code.as_str(), &about.course, assessment, item, content, span, &module, client, &version, &number]),
            code,
            state,
            provider: about.provider.to_string(),
            course: about.course.to_string(),
            content: finding.content,
            assessment: finding.assessment,
            item: finding.item,
            response: finding.response,
            segment: finding.segment,
            span: finding.span,
            n_learners: finding.n_learners,
            estimate: finding.estimate,
            estimate_lo: finding.interval.0,
            estimate_hi: finding.interval.1,
            estimate_shrunk: self.judgement.map(|judgement| judgement.estimate),
            baseline: finding.baseline,
            log10_e: self.ln_e().unwrap_or_default() / LN_10,
            lfdr: self.judgement.map(|judgement| judgement.lfdr),
            tier: self.tier(),
            title: messages::say(&format!("{}.title", code.as_str()), &finding.values),
            explanation,
            action: messages::say(&format!("{}.action", code.as_str()), &finding.values),
            rule_version: code.version().to_owned(),
            content_version: finding.content_version,
            module: finding.module,
            client: finding.client,
            opened: self.open.map(|open| open.day),
            decided: self.decided,
            hypotheses: self.budget.map_or(1, |budget| budget.hypotheses.max(1) as u64),
            generation,
            learners_needed: self.learners_needed(),
            ratio_crude: finding.ratios.map(|(crude, _)| crude),
            ratio_adjusted: finding.ratios.map(|(_, adjusted)| adjusted),
            is_simpson,
            linked_facility: finding.questions.map(|questions| questions.facility()),
            linked_answers: finding.questions.map(|questions| questions.asked.n),
            evidence_through: self.evidence_through,
        }
    }
}

/// What keeps evidence from being judged.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lack {
    /// Learners.
    Learners(Weighed),
    /// Something to compare with.
    Baseline,
}

/// A description that outlives the catalogue's.
pub(super) type About = Arc<Description>;
