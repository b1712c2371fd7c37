//! Estimates in groups that differ by more than chance: how far, and what to expect of one more (random effects).
//!
//! ```text
//! estimate = own effect of its group + own effect + chance        variances between, within, and as given
//! ```
//! Both variances are estimates of moments (DerSimonian and Laird, Controlled Clinical Trials 7, 1986): within from the
//! differences to the means of groups, then between from these means. Effects are taken to have a mean of 0.
//!
//! Invariants: variances are not negative; nothing is said of a spread that one estimate, or one group, cannot show.

use std::collections::BTreeMap;

/// An estimate that is about normal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NormalEstimate {
    /// The estimate.
    pub estimate: f64,
    /// Its variance.
    pub variance: f64,
}

/// What several estimates say together.
struct Pooled {
    mean: NormalEstimate,
    /// Σ w (estimate − mean)² less what chance alone gives, and what one unit of variance would add to it.
    excess: (f64, f64),
}

impl Pooled {
    fn of(estimates: impl Iterator<Item = NormalEstimate> + Clone) -> Self {
        let sum = |term: &dyn Fn(f64, f64) -> f64| estimates.clone().map(|one| term(1.0 / one.variance, one.estimate)).sum::<f64>();
        let (weights, squares, count) = (sum(&|weight, _| weight), sum(&|weight, _| weight * weight), sum(&|_, _| 1.0));
        let mean = sum(&|weight, estimate| weight * estimate) / weights;
        let spread = sum(&|weight, estimate| weight * (estimate - mean) * (estimate - mean));
        Self { mean: NormalEstimate { estimate: mean, variance: 1.0 / weights }, excess: (spread - (count - 1.0), weights - squares / weights) }
    }
}

/// How far groups, and members of a group, truly differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    within: f64,
    between: f64,
}

impl Spread {
    /// Of groups by name. Every estimate has a variance above 0.
    #[must_use]
    pub fn of<K: Ord>(groups: &BTreeMap<K, Vec<NormalEstimate>>) -> Self {
        let several = groups.values().filter(|members| members.len() > 1);
        let within = variance(several.map(|members| Pooled::of(members.iter().copied()).excess));
        let means = (groups.len() > 1).then(|| Pooled::of(groups.values().map(|members| mean(members, within))).excess);
        Self { within, between: variance(means.into_iter()) }
    }

    /// What is to be expected of one more member of a group, of which these are known:
    ///
    /// ```text
    /// their mean × between / (between + variance of that mean),   variance  between − what they told + within
    /// ```
    #[must_use]
    pub fn one_more(self, known: &[NormalEstimate]) -> NormalEstimate {
        let Self { within, between } = self;
        let own = (!known.is_empty()).then(|| mean(known, within));
        let (told, part) = own.map_or((0.0, 0.0), |own| (own.estimate, between / (between + own.variance)));
        NormalEstimate { estimate: part * told, variance: between * (1.0 - part) + within }
    }
}

/// The mean of the members of a group.
fn mean(members: &[NormalEstimate], within: f64) -> NormalEstimate {
    Pooled::of(members.iter().map(|one| NormalEstimate { variance: one.variance + within, ..*one })).mean
}

/// The variance that accounts for what is in excess of chance.
fn variance(excesses: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (sum, scale) = excesses.fold((0.0, 0.0), |(sum, scale), (one, unit)| (sum + one, scale + unit));
    // A scale that rounding alone has left is none.
    if scale > f64::EPSILON { (sum / scale).max(0.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::known_answers::assert_close;

    fn groups(of: &[&[(f64, f64)]]) -> BTreeMap<usize, Vec<NormalEstimate>> {
        let estimates =
            |members: &&[(f64, f64)]| members.iter().map(|(estimate, variance)| NormalEstimate { estimate: *estimate, variance: *variance }).collect();
        of.iter().map(estimates).enumerate().collect()
    }

    fn one_more(groups: &BTreeMap<usize, Vec<NormalEstimate>>, group: usize) -> NormalEstimate {
        Spread::of(groups).one_more(groups.get(&group).map_or(&[], Vec::as_slice))
    }

    #[test]
    fn of_groups_of_one_it_is_the_estimate_of_dersimonian_and_laird() {
        // Weights 1: mean 0, Q = 18, df = 2, C = 3 − 3/3 = 2, so between = (18 − 2)/2 = 8.
        let groups = groups(&[&[(-3.0, 1.0)], &[(0.0, 1.0)], &[(3.0, 1.0)]]);
        let unknown = one_more(&groups, 9);
        assert_close(unknown.estimate, 0.0, "nothing is known of its group");
        assert_close(unknown.variance, 8.0, "between");
        // The third: 8/(8 + 1) of 3, and 8 − 8 · 8/9 is left.
        let known = one_more(&groups, 2);
        assert_close(known.estimate, 8.0 / 3.0, "shrunk");
        assert_close(known.variance, 8.0 / 9.0, "what is left");
    }

    #[test]
    fn what_differs_within_groups_is_not_between_them() {
        // In each group Q = 18, df = 1, C = 2 − 2/2 = 1: within = 17. Both means are 0.
        let groups = groups(&[&[(-3.0, 1.0), (3.0, 1.0)], &[(-3.0, 1.0), (3.0, 1.0)]]);
        let one = one_more(&groups, 0);
        assert_close(one.estimate, 0.0, "the mean of the group");
        assert_close(one.variance, 17.0, "within");
    }

    #[test]
    fn chance_alone_is_no_spread() {
        let one = one_more(&groups(&[&[(0.5, 1.0), (-0.5, 1.0)], &[(0.2, 1.0)]]), 0);
        assert_eq!((one.estimate, one.variance), (0.0, 0.0));
        let alone = one_more(&groups(&[&[(5.0, 1.0)]]), 0);
        assert_eq!((alone.estimate, alone.variance), (0.0, 0.0), "one estimate shows no spread");
    }
}
