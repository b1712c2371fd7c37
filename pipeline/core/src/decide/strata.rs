//! Learners with and without an outcome, by stratum: what baselines rest on.

use std::sync::Arc;

/// Learners, and those of them with the outcome.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) n: u64,
    pub(super) events: u64,
}

impl Counts {
    /// Counts more learners.
    pub(super) fn add(&mut self, other: Self) {
        self.n += other.n;
        self.events += other.events;
    }

    /// All of them together.
    pub(super) fn sum<'a>(counts: impl Iterator<Item = &'a Self>) -> Self {
        counts.fold(Self::default(), |sum, counts| Self { n: sum.n + counts.n, events: sum.events + counts.events })
    }

    /// With no more outcomes than learners: a sitting may begin in the middle of a recording.
    pub(super) fn capped(self) -> Self {
        Self { events: self.events.min(self.n), ..self }
    }

    /// What is left without a part of it.
    pub(super) fn without(self, part: Self) -> Self {
        Self { n: self.n - part.n, events: self.events - part.events }
    }

    /// The share with the outcome, shrunk to a prior that weighs so many learners.
    pub(super) fn share(self, prior: f64, learners: f64) -> f64 {
        (self.events as f64 + learners * prior) / (self.n as f64 + learners)
    }
}

/// Counts by stratum, in order of its name.
#[derive(Debug, Default, Clone)]
pub(super) struct ByStratum(Vec<(Arc<str>, Counts)>);

impl ByStratum {
    /// Counts more learners of a stratum.
    pub(super) fn add(&mut self, stratum: &Arc<str>, counts: Counts) {
        match self.0.binary_search_by(|(known, _)| known.cmp(stratum)) {
            Ok(place) => self.0[place].1.add(counts),
            Err(place) => self.0.insert(place, (Arc::clone(stratum), counts)),
        }
    }

    /// Counts more learners of a stratum, or takes them out again.
    pub(super) fn take(&mut self, stratum: &Arc<str>, counts: Counts, is_in: bool) {
        if is_in {
            self.add(stratum, counts);
        } else if let Ok(place) = self.0.binary_search_by(|(known, _)| known.cmp(stratum)) {
            self.0[place].1 = self.0[place].1.without(counts);
        }
    }

    /// The learners of a stratum.
    pub(super) fn of(&self, stratum: &str) -> Counts {
        self.0.binary_search_by(|(known, _)| (**known).cmp(stratum)).map_or(Counts::default(), |place| self.0[place].1)
    }

    /// All learners.
    pub(super) fn all(&self) -> Counts {
        let mut all = Counts::default();
        self.0.iter().for_each(|(_, counts)| all.add(*counts));
        all
    }

    /// Every stratum, in order of its name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, Counts)> {
        self.0.iter().map(|(stratum, counts)| (stratum, *counts))
    }
}
