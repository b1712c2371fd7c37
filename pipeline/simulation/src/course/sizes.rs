//! How learners are shared out among courses: many small courses, few large ones.

use crate::random::Random;

/// Learners of each class of course, and the share of courses in it.
const CLASSES: [(f64, f64); 5] = [(40.0, 0.30), (100.0, 0.25), (250.0, 0.25), (600.0, 0.15), (1500.0, 0.05)];
/// A course has this much more or fewer learners than its class at most, as a share.
const JITTER: f64 = 0.1;

/// Learners of each of so many courses, in random order; they sum to `learners`.
pub(super) fn sizes(courses: u32, learners: u32, random: &mut Random) -> Vec<u32> {
    let counts = apportion(courses, &CLASSES.map(|(_, share)| share));
    let mut weights: Vec<f64> = Vec::with_capacity(courses as usize);
    for ((size, _), count) in CLASSES.iter().zip(counts) {
        weights.extend((0..count).map(|_| size * random.between(1.0 - JITTER, 1.0 + JITTER)));
    }
    random.shuffle(&mut weights);
    apportion(learners, &weights)
}

/// Shares out `total` by weights: the whole parts, and then one each to the largest remainders.
pub(crate) fn apportion(total: u32, weights: &[f64]) -> Vec<u32> {
    let sum: f64 = weights.iter().sum();
    let exact = |weight: &f64| f64::from(total) * weight / sum;
    let mut parts: Vec<u32> = weights.iter().map(|weight| exact(weight) as u32).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|left, right| (exact(&weights[*right]).fract()).total_cmp(&exact(&weights[*left]).fract()));
    let missing = total - parts.iter().sum::<u32>().min(total);
    for place in order.into_iter().take(missing as usize) {
        parts[place] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    #[test]
    fn sizes_follow_the_classes_and_sum_to_the_learners() {
        let sizes = sizes(100, 26_450, &mut Random::of(1, Stream::World));
        assert_eq!(sizes.iter().sum::<u32>(), 26_450);
        let of_class = |low: u32, high: u32| sizes.iter().filter(|size| (low..high).contains(*size)).count();
        assert_eq!([of_class(30, 50), of_class(80, 130), of_class(200, 300), of_class(500, 700), of_class(1300, 1700)], [30, 25, 25, 15, 5]);
    }

    #[test]
    fn what_is_left_over_goes_to_the_largest_remainders() {
        assert_eq!(apportion(10, &[0.3, 0.5, 0.2]), [3, 5, 2]);
        assert_eq!(apportion(4, &[0.3, 0.5, 0.2]), [1, 2, 1]);
        assert_eq!(apportion(0, &[1.0]), [0]);
        assert_eq!(apportion(3, &[]), [0; 0]);
    }
}
