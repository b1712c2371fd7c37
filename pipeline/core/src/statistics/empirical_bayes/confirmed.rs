//! Which hypotheses are CONFIRMED: weighted e-BH on empirical-Bayes e-values, with a switch between their two forms.

use super::Judgement;
use crate::statistics::multiplicity::{Weighted, weighted_e_bh};
use std::collections::BTreeSet;

/// With so many entities on the defensive list, the pool has enough true effects for the fitted prior to be trusted.
///
/// A heuristic without a theorem: in worlds with hardly any defect the compound list alone broke its level.
const DEFENSIVE_ENTITIES_MIN: usize = 20;

/// One hypothesis of a family.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// What it is about (an item, a span), by a number that no other entity of the family has. Several hypotheses may
    /// be about one entity.
    pub entity: u64,
    /// What is held of it; `None` counts as no evidence.
    pub judgement: Option<Judgement>,
    /// Its weight in the family, fixed before its data were seen.
    pub weight: f64,
}

/// Which e-values a list was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Compound e-values guarded by the margin's own likelihood: valid up to a factor of 20 whatever the prior.
    Defensive,
    /// Compound e-values: more power, valid as far as the prior is right.
    Compound,
}

/// The hypotheses of a family that are CONFIRMED today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// One answer for each candidate, in the same order.
    pub raised: Vec<bool>,
    /// The e-values it rests on.
    pub form: Form,
}

/// Runs e-BH on the defensive e-values; if that list holds at least 20 entities, runs it on the compound ones instead.
///
/// `hypotheses` and `alpha` are those of [`weighted_e_bh`]. A rule built on this adds that the estimate is beyond its margin.
#[must_use]
pub fn confirmed(candidates: &[Candidate], hypotheses: usize, alpha: f64) -> Confirmed {
    let list = |ln_e: fn(&Judgement) -> f64| {
        let weighted = |one: &Candidate| Weighted { ln_e: one.judgement.as_ref().map_or(f64::NAN, ln_e), weight: one.weight };
        weighted_e_bh(&candidates.iter().map(weighted).collect::<Vec<Weighted>>(), hypotheses, alpha)
    };
    let raised = list(|judgement| judgement.ln_defensive);
    let entities: BTreeSet<u64> = candidates.iter().zip(&raised).filter(|(_, raised)| **raised).map(|(one, _)| one.entity).collect();
    if entities.len() >= DEFENSIVE_ENTITIES_MIN {
        Confirmed { raised: list(|judgement| judgement.ln_compound), form: Form::Compound }
    } else {
        Confirmed { raised, form: Form::Defensive }
    }
}
