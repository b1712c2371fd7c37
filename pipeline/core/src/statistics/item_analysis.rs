//! Classical item analysis: facility, the several discriminations, reliability.
//!
//! The word "discrimination" means different numbers in different systems, so each is published under its own name.
//! Formulas are Moodle's (quiz statistics report) and, for the 27 % groups, Canvas's (`item_analysis/summary.rb`);
//! where those systems show percents, these are fractions.
//!
//! Invariants:
//! - Sums are centred and two-pass. They run in the order of the input, so callers pass learners in a fixed order.
//! - A list whose values differ by rounding only counts as constant, and has no correlation.

/// Values that deviate from their mean by no more than this share of the largest absolute value are called constant.
const ROUNDING: f64 = 1e-12;

/// What is known of one item from the marks of the learners who took the assessment.
///
/// Notation: x = mark on the item, T = mark on the whole assessment including the item, s = learners.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ItemStatistics {
    /// Learners.
    pub n: usize,
    /// Mean of `x / max_mark`. Moodle: facility index / 100.
    pub facility: f64,
    /// Sample standard deviation (s − 1) of `x / max_mark`. Moodle: standard deviation / 100. `None` below 2 learners.
    pub sd: Option<f64>,
    /// Pearson correlation of x with T − x. Moodle: discrimination index / 100. `None` if either is constant.
    pub item_rest: Option<f64>,
    /// Pearson correlation of x with T, the item being part of it. For a right-or-wrong item this is Canvas's
    /// point-biserial of the right answer; PrairieLearn: discrimination / 100. `None` if either is constant.
    pub item_total: Option<f64>,
    /// D27: mean of `x / max_mark` in the upper group minus that in the lower group, see [`item_statistics`].
    /// `None` if a group is empty.
    pub d27: Option<f64>,
    /// `cov(x, T − x) / cov_max`, where `cov_max` pairs the two lists each sorted: the largest covariance that these
    /// marks allow. Moodle: discriminative efficiency / 100. `None` if x or T − x is constant.
    pub efficiency: Option<f64>,
}

/// Analyses one item.
///
/// `marks` holds `(x, T)` for each learner: the mark on the item and the total mark including the item, both in mark
/// points. `max_mark` is the largest mark of the item. `None` if there are no learners, `max_mark` is not positive,
/// or a number is not finite.
///
/// The groups of `d27` follow Canvas. Learners are ranked by T ascending; the upper group starts at rank
/// `round(0.73 s)`, the middle one at `round(0.27 s)`, halves rounded up; a border that would part learners of equal T
/// is moved down until it does not, so ties are in the higher group. What is left below is the lower group.
#[must_use]
pub fn item_statistics(marks: &[(f64, f64)], max_mark: f64) -> Option<ItemStatistics> {
    let finite = marks.iter().all(|(x, total)| x.is_finite() && total.is_finite());
    if marks.is_empty() || !finite || !max_mark.is_finite() || max_mark <= 0.0 {
        return None;
    }
    let items: Vec<f64> = marks.iter().map(|(x, _)| *x).collect();
    let totals: Vec<f64> = marks.iter().map(|(_, total)| *total).collect();
    let rests: Vec<f64> = marks.iter().map(|(x, total)| total - x).collect();

    let item = Centred::new(&items);
    let total = Centred::new(&totals);
    let rest = Centred::new(&rests);
    Some(ItemStatistics {
        n: marks.len(),
        facility: item.mean / max_mark,
        sd: sample_variance(items.iter().copied()).map(|variance| libm::sqrt(variance) / max_mark),
        item_rest: correlation(&item, &rest),
        item_total: correlation(&item, &total),
        d27: upper_minus_lower(marks).map(|difference| difference / max_mark),
        efficiency: efficiency(item, rest),
    })
}

/// What is known of one assessment from the total marks of the learners who took it.
///
/// Notation: s = learners, p = items, `m_j` = j-th central moment of the totals (divided by s), and the unbiased
/// cumulants `k2 = s m2/(s−1)`, `k3 = s² m3/((s−1)(s−2))`, `k4 = s² ((s+1) m4 − 3(s−1) m2²)/((s−1)(s−2)(s−3))`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AssessmentStatistics {
    /// Learners.
    pub n: usize,
    /// Mean total, in mark points.
    pub mean: f64,
    /// Sample standard deviation of the totals, `√k2`, in mark points. `None` below 2 learners.
    pub sd: Option<f64>,
    /// `k3 / k2^1.5`. `None` below 3 learners or if the totals are constant.
    pub skewness: Option<f64>,
    /// Excess kurtosis, `k4 / k2²`. `None` below 4 learners or if the totals are constant.
    pub kurtosis: Option<f64>,
    /// Cronbach's alpha, `p/(p−1) (1 − Σ var(x_i)/k2)`. Moodle: coefficient of internal consistency / 100. Can be
    /// negative. `None` below 2 items or if the totals are constant.
    pub alpha: Option<f64>,
    /// `√(1 − alpha)`: the share of `sd` that is due to chance. Moodle: error ratio / 100. `None` if alpha is above 1.
    pub error_ratio: Option<f64>,
    /// `error_ratio · sd`: standard error of one learner's total, in mark points.
    pub standard_error: Option<f64>,
}

/// Analyses one assessment.
///
/// `totals` holds each learner's total mark; `item_marks_variances` the sample variance (s − 1) of the marks of each
/// item over the same learners, in squared mark points. `None` if there are no learners or a total is not finite.
#[must_use]
pub fn assessment_statistics(totals: &[f64], item_marks_variances: &[f64]) -> Option<AssessmentStatistics> {
    if totals.is_empty() || !totals.iter().all(|total| total.is_finite()) {
        return None;
    }
    let centred = Centred::new(totals);
    let s = totals.len() as f64;
    let squares: Vec<f64> = centred.deviations.iter().map(|deviation| deviation * deviation).collect();
    let m2 = squares.iter().sum::<f64>() / s;
    let m3 = squares.iter().zip(&centred.deviations).map(|(square, deviation)| square * deviation).sum::<f64>() / s;
    let m4 = squares.iter().map(|square| square * square).sum::<f64>() / s;

    let k2 = (totals.len() >= 2).then(|| s * m2 / (s - 1.0));
    let varying_k2 = k2.filter(|_| !centred.is_constant());
    let skewness = varying_k2.filter(|_| totals.len() >= 3).map(|k2| {
        let k3 = s * s * m3 / ((s - 1.0) * (s - 2.0));
        k3 / (k2 * libm::sqrt(k2))
    });
    let kurtosis = varying_k2.filter(|_| totals.len() >= 4).map(|k2| {
        let k4 = s * s * ((s + 1.0) * m4 - 3.0 * (s - 1.0) * m2 * m2) / ((s - 1.0) * (s - 2.0) * (s - 3.0));
        k4 / (k2 * k2)
    });

    let p = item_marks_variances.len() as f64;
    let alpha = varying_k2
        .filter(|_| item_marks_variances.len() >= 2)
        .map(|k2| p / (p - 1.0) * (1.0 - item_marks_variances.iter().sum::<f64>() / k2))
        .filter(|alpha| alpha.is_finite());
    let error_ratio = alpha.filter(|alpha| *alpha <= 1.0).map(|alpha| libm::sqrt(1.0 - alpha));
    let sd = k2.map(libm::sqrt);
    Some(AssessmentStatistics {
        n: totals.len(),
        mean: centred.mean,
        sd,
        skewness,
        kurtosis,
        alpha,
        error_ratio,
        standard_error: error_ratio.zip(sd).map(|(ratio, sd)| ratio * sd),
    })
}

/// The sample variance `Σ(v − mean)²/(n − 1)`, in squared units of the values; `None` below 2 values.
#[must_use]
pub fn sample_variance(values: impl Iterator<Item = f64> + Clone) -> Option<f64> {
    let (n, sum) = values.clone().fold((0_usize, 0.0), |(n, sum), value| (n + 1, sum + value));
    if n < 2 {
        return None;
    }
    let mean = sum / n as f64;
    let squares: f64 = values.map(|value| (value - mean) * (value - mean)).sum();
    Some(squares / (n as f64 - 1.0))
}

/// A list as its mean and the deviations from it.
struct Centred {
    mean: f64,
    deviations: Vec<f64>,
    /// The largest absolute value of the list.
    largest: f64,
}

impl Centred {
    fn new(values: &[f64]) -> Self {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        Self {
            mean,
            deviations: values.iter().map(|value| value - mean).collect(),
            largest: values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs())),
        }
    }

    fn is_constant(&self) -> bool {
        self.deviations.iter().all(|deviation| deviation.abs() <= ROUNDING * self.largest)
    }

    fn dot(&self, other: &Self) -> f64 {
        self.deviations.iter().zip(&other.deviations).map(|(a, b)| a * b).sum()
    }
}

fn correlation(a: &Centred, b: &Centred) -> Option<f64> {
    if a.is_constant() || b.is_constant() {
        return None;
    }
    let scale = libm::sqrt(a.dot(a)) * libm::sqrt(b.dot(b));
    Some((a.dot(b) / scale).clamp(-1.0, 1.0)).filter(|r| !r.is_nan())
}

fn efficiency(mut item: Centred, mut rest: Centred) -> Option<f64> {
    if item.is_constant() || rest.is_constant() {
        return None;
    }
    let covariance = item.dot(&rest);
    item.deviations.sort_unstable_by(f64::total_cmp);
    rest.deviations.sort_unstable_by(f64::total_cmp);
    Some(covariance / item.dot(&rest)).filter(|efficiency| efficiency.is_finite())
}

/// Mean item mark of the upper group minus that of the lower group, in mark points.
fn upper_minus_lower(marks: &[(f64, f64)]) -> Option<f64> {
    let mut ranked = marks.to_vec();
    ranked.sort_unstable_by(|a, b| a.1.total_cmp(&b.1).then(a.0.total_cmp(&b.0)));
    let border = |percent: usize| {
        let mut place = (percent * ranked.len() + 50) / 100;
        while place > 0 && place < ranked.len() && ranked[place - 1].1 == ranked[place].1 {
            place -= 1;
        }
        place
    };
    let mean = |group: &[(f64, f64)]| (!group.is_empty()).then(|| group.iter().map(|(x, _)| x).sum::<f64>() / group.len() as f64);
    let (upper, lower) = (mean(&ranked[border(73)..]), mean(&ranked[..border(27)]));
    upper.zip(lower).map(|(upper, lower)| upper - lower)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::known_answers::{assert_close, assert_close_option, cases, number, numbers};
    use proptest::prelude::*;

    #[test]
    fn item_statistics_equal_the_known_answers() {
        for case in cases("item_statistics") {
            let marks: Vec<(f64, f64)> = numbers(&case["x"]).into_iter().zip(numbers(&case["total"])).collect();
            let ours = item_statistics(&marks, number(&case["max_mark"])).unwrap();
            let known = &case["known"];
            assert_eq!(ours.n as u64, known["n"].as_u64().unwrap());
            assert_close(ours.facility, number(&known["facility"]), "facility");
            assert_close_option(ours.sd, &known["sd"], "sd");
            assert_close_option(ours.item_rest, &known["item_rest"], "item_rest");
            assert_close_option(ours.item_total, &known["item_total"], "item_total");
            assert_close_option(ours.d27, &known["d27"], "d27");
            assert_close_option(ours.efficiency, &known["efficiency"], "efficiency");
        }
    }

    #[test]
    fn assessment_statistics_equal_the_known_answers() {
        for case in cases("assessment_statistics") {
            let ours = assessment_statistics(&numbers(&case["totals"]), &numbers(&case["variances"])).unwrap();
            let known = &case["known"];
            assert_eq!(ours.n as u64, known["n"].as_u64().unwrap());
            assert_close(ours.mean, number(&known["mean"]), "mean");
            assert_close_option(ours.sd, &known["sd"], "sd");
            assert_close_option(ours.skewness, &known["skewness"], "skewness");
            assert_close_option(ours.kurtosis, &known["kurtosis"], "kurtosis");
            assert_close_option(ours.alpha, &known["alpha"], "alpha");
            assert_close_option(ours.error_ratio, &known["error_ratio"], "error_ratio");
            assert_close_option(ours.standard_error, &known["standard_error"], "standard_error");
        }
    }

    #[test]
    fn without_learners_or_marks_there_are_no_statistics() {
        assert_eq!(item_statistics(&[], 1.0), None);
        for max_mark in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(item_statistics(&[(1.0, 2.0)], max_mark), None);
        }
        assert_eq!(item_statistics(&[(f64::NAN, 2.0)], 1.0), None);
        assert_eq!(assessment_statistics(&[], &[]), None);
        assert_eq!(assessment_statistics(&[f64::INFINITY], &[]), None);
        assert_eq!(sample_variance([1.0].into_iter()), None);
    }

    #[test]
    fn marks_that_differ_by_rounding_only_have_no_correlation() {
        // 0.1 + 0.2 and 0.3 differ in the last bit.
        let marks = [(0.1 + 0.2, 1.0), (0.3, 2.0), (0.3, 5.0)];
        let ours = item_statistics(&marks, 1.0).unwrap();
        assert_eq!((ours.item_rest, ours.item_total, ours.efficiency), (None, None, None));
    }

    #[test]
    fn learners_tied_at_the_border_are_in_the_higher_group() {
        // Ten learners: the upper group would start at rank 7, but ranks 5 and 6 have the same total.
        let totals = [0.0, 1.0, 2.0, 3.0, 4.0, 7.0, 7.0, 7.0, 8.0, 9.0];
        let marks: Vec<(f64, f64)> = totals.iter().map(|t| (f64::from(*t >= 7.0), *t)).collect();
        assert_eq!(item_statistics(&marks, 1.0).unwrap().d27, Some(1.0));
        let one_wrong: Vec<(f64, f64)> = marks.iter().enumerate().map(|(rank, (x, t))| (if rank == 5 { 0.0 } else { *x }, *t)).collect();
        assert_close(item_statistics(&one_wrong, 1.0).unwrap().d27.unwrap(), 0.8, "d27");
    }

    #[test]
    fn when_all_totals_are_equal_there_is_no_lower_group() {
        assert_eq!(item_statistics(&[(1.0, 3.0); 20], 1.0).unwrap().d27, None);
    }

    proptest! {
        #[test]
        fn every_fraction_stays_in_its_range(
            marks in prop::collection::vec((0u32..=3, 0u32..=7), 1..60),
        ) {
            let marks: Vec<(f64, f64)> =
                marks.into_iter().map(|(x, rest)| (f64::from(x) / 3.0, f64::from(x + rest) / 3.0)).collect();
            let ours = item_statistics(&marks, 1.0).unwrap();
            prop_assert!((0.0..=1.0 + 1e-12).contains(&ours.facility));
            let fractions = [ours.item_rest, ours.item_total, ours.d27];
            prop_assert!(fractions.into_iter().flatten().all(|r| (-1.0 - 1e-12..=1.0 + 1e-12).contains(&r)));
            prop_assert!(ours.efficiency.is_none_or(|e| e <= 1.0 + 1e-12));
            prop_assert!(ours.sd.is_none_or(|sd| sd >= 0.0));
        }
    }
}
