//! The answer book by entity: what is to be thought of something said.

use super::NO_EFFECT;
use super::discovery::{Discovery, Entity, Family, Fields, Part};
use crate::truth::{Fact, Standing, Truth};
use std::collections::{HashMap, HashSet};

/// What is to be thought of a discovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Judgement {
    /// It holds.
    True,
    /// Something holds of this item, under another code: the right place, a wrong cause. Of items only.
    OtherCode,
    /// The true effect lies between the margin and what is planted: it counts neither way.
    Between,
    /// Nothing of the kind holds.
    False,
}

/// A fact with what it is about.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The fact.
    pub fact: &'a Fact,
    /// The family of its code.
    pub family: Family,
    /// What it is about.
    pub entity: Entity<'a>,
}

/// The facts of a world by entity.
#[derive(Debug)]
pub struct Answers<'a> {
    facts: HashMap<(Family, Entity<'a>), Vec<&'a Fact>>,
    /// Everything planted, each once: what befell a provider is listed for each of its courses.
    pub planted: Vec<Answer<'a>>,
    /// Facts of which the scorer cannot tell what they are about: an unknown code, or a field missing.
    pub unknown: u32,
}

impl<'a> Answers<'a> {
    /// The answers of a truth.
    #[must_use]
    pub fn new(truth: &'a Truth) -> Self {
        let providers: HashMap<&str, &str> = truth.courses.iter().map(|course| (course.course.as_str(), course.provider.as_str())).collect();
        let mut answers = Self { facts: HashMap::new(), planted: Vec::new(), unknown: 0 };
        let mut listed: HashSet<(Entity<'_>, &str)> = HashSet::new();
        for fact in &truth.facts {
            let Some((family, entity)) = about(fact, providers.get(fact.course.as_str()).copied()) else {
                answers.unknown += 1;
                continue;
            };
            answers.facts.entry((family, entity)).or_default().push(fact);
            let is_new = !matches!(entity.part, Part::Provider(_)) || listed.insert((entity, &fact.code));
            if fact.standing == Standing::Planted && is_new {
                answers.planted.push(Answer { fact, family, entity });
            }
        }
        answers
    }

    /// What is to be thought of a discovery. One without a code is right when anything holds of the entity in its family;
    /// what begins later than the discovery does not hold yet.
    #[must_use]
    pub fn judge(&self, discovery: &Discovery<'_>) -> Judgement {
        let listed = self.facts.get(&(discovery.family, discovery.entity)).map_or(&[][..], Vec::as_slice);
        let facts: Vec<&Fact> = listed.iter().filter(|fact| fact.since.is_none_or(|since| since <= discovery.day)).copied().collect();
        let same: Vec<&Fact> = facts.iter().filter(|fact| discovery.code.is_none_or(|code| fact.code == code)).copied().collect();
        let holds = |fact: &&Fact| fact.standing != Standing::Between;
        if same.iter().any(holds) {
            Judgement::True
        } else if !same.is_empty() {
            Judgement::Between
        } else if discovery.family == Family::Items && facts.iter().any(holds) {
            Judgement::OtherCode
        } else if listed.is_empty() && discovery.code == Some(NO_EFFECT) && matches!(discovery.entity.part, Part::Recording { .. }) {
            // What a revision does to a module is always listed; of its recordings only those that it changes are.
            Judgement::True
        } else {
            Judgement::False
        }
    }
}

/// What a fact is about.
fn about<'a>(fact: &'a Fact, provider: Option<&'a str>) -> Option<(Family, Entity<'a>)> {
    let fields = Fields {
        provider,
        module: fact.module.as_deref(),
        content: fact.content.as_deref(),
        assessment: fact.assessment.as_deref(),
        item: fact.item.as_deref(),
        span: fact.span.map(|(span, _)| span),
        client: fact.client.as_deref(),
    };
    Entity::named(&fact.code, &fact.course, &fields)
}
