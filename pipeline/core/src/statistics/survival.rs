//! Survival along the places of a course: hazard and Kaplan–Meier with a fixed-time interval.
//!
//! Invariants: survival never rises from one place to the next; `0 <= lo <= survival <= hi <= 1`. The intervals are
//! for one look at a time fixed before (tables call them fixed-time); they are not confidence sequences and no signal
//! may rest on them.

use super::normal::two_sided_quantile;

/// The learners seen at one place of the outline. Only learners whose outcome could have been seen are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Learners who arrived at the place.
    pub at_risk: u64,
    /// Learners of `at_risk` who left here; a larger number is read as `at_risk`.
    pub events: u64,
}

/// What is estimated at one place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Survival {
    /// Share of those at risk who left here, `d/n`; `None` where nobody was at risk.
    pub hazard: Option<f64>,
    /// Estimated probability of getting past this place, `∏ (1 − d/n)` over the places so far.
    pub survival: f64,
    /// Lower end of the interval of `survival`.
    pub lo: f64,
    /// Upper end of the interval of `survival`.
    pub hi: f64,
}

/// The Kaplan–Meier estimate along the places, in their order (Kaplan & Meier, JASA 53, 1958).
///
/// The interval is the plain one, `S ± z S √(Σ d/(n(n−d)))` with Greenwood's variance, at confidence `1 − alpha`,
/// clamped to `[0, 1]`; outside `0 < alpha < 1` it is `[0, 1]`. Where everybody left, S is 0 and Greenwood's variance
/// is undefined: the lower end is 0 and the upper end is that of the place before (1 at the first), which still
/// bounds a survival that cannot rise. A place with nobody at risk keeps what is known from the place before.
///
/// Before the first leaver the variance, and so the width, is 0: read it together with `at_risk`.
#[must_use]
pub fn kaplan_meier(places: &[Place], alpha: f64) -> Vec<Survival> {
    let quantile = two_sided_quantile(alpha);
    let mut survival = 1.0_f64;
    let mut greenwood = 0.0_f64;
    let (mut lo, mut hi) = if quantile.is_some() { (1.0, 1.0) } else { (0.0, 1.0) };

    let mut estimates = Vec::with_capacity(places.len());
    for place in places {
        let at_risk = place.at_risk as f64;
        let events = place.events.min(place.at_risk) as f64;
        if place.at_risk > 0 {
            let stayed = at_risk - events;
            survival *= stayed / at_risk;
            if survival == 0.0 {
                lo = 0.0;
            } else if let Some(z) = quantile {
                greenwood += events / (at_risk * stayed);
                let margin = z * survival * libm::sqrt(greenwood);
                lo = (survival - margin).max(0.0);
                hi = (survival + margin).min(1.0);
            }
        }
        let hazard = (place.at_risk > 0).then(|| events / at_risk);
        estimates.push(Survival { hazard, survival, lo, hi });
    }
    estimates
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::known_answers::{assert_close, assert_close_option, cases, number};
    use proptest::prelude::*;

    fn place(at_risk: u64, events: u64) -> Place {
        Place { at_risk, events }
    }

    #[test]
    fn survival_equals_the_known_answers() {
        for case in cases("kaplan_meier") {
            let places: Vec<Place> = case["places"].as_array().unwrap().iter().map(|p| place(p[0].as_u64().unwrap(), p[1].as_u64().unwrap())).collect();
            let ours = kaplan_meier(&places, number(&case["alpha"]));
            let known = case["estimates"].as_array().unwrap();
            assert_eq!(ours.len(), known.len());
            for (ours, known) in ours.iter().zip(known) {
                assert_close_option(ours.hazard, &known["hazard"], "hazard");
                assert_close(ours.survival, number(&known["survival"]), "survival");
                assert_close(ours.lo, number(&known["lo"]), "lo");
                assert_close(ours.hi, number(&known["hi"]), "hi");
            }
        }
    }

    #[test]
    fn a_place_nobody_reached_keeps_the_survival_before_it() {
        let estimates = kaplan_meier(&[place(10, 3), place(0, 0)], 0.05);
        assert_eq!(estimates[1].hazard, None);
        assert_eq!(estimates[1], Survival { hazard: None, ..estimates[0] });
    }

    #[test]
    fn when_everybody_left_the_upper_end_is_that_of_the_place_before() {
        let estimates = kaplan_meier(&[place(10, 3), place(4, 4)], 0.05);
        assert_eq!((estimates[1].survival, estimates[1].lo, estimates[1].hi), (0.0, 0.0, estimates[0].hi));
        let at_once = kaplan_meier(&[place(1, 1)], 0.05);
        assert_eq!((at_once[0].survival, at_once[0].lo, at_once[0].hi), (0.0, 0.0, 1.0));
    }

    #[test]
    fn without_a_level_the_interval_says_nothing() {
        for estimate in kaplan_meier(&[place(10, 0), place(10, 3), place(4, 4)], 0.0) {
            assert_eq!((estimate.lo, estimate.hi), (0.0, 1.0));
        }
    }

    proptest! {
        #[test]
        fn survival_falls_and_stays_inside_its_interval(
            places in prop::collection::vec((0u64..1000, 0u64..1200), 0..40),
            alpha in 0.001..0.9_f64,
        ) {
            let places: Vec<Place> = places.into_iter().map(|(n, d)| place(n, d)).collect();
            let mut before = 1.0;
            for estimate in kaplan_meier(&places, alpha) {
                prop_assert!(estimate.survival <= before);
                prop_assert!(0.0 <= estimate.lo && estimate.lo <= estimate.survival);
                prop_assert!(estimate.survival <= estimate.hi && estimate.hi <= 1.0);
                before = estimate.survival;
            }
        }
    }
}
