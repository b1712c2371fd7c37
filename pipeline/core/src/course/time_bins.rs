//! Times in fixed bins, four to a doubling, so that a time fits into one byte.
//!
//! A bin holds at most a quarter more than its lower end: fine enough for medians and quantiles. Counts by bin add up over
//! days and courses, in integers and in any order; the greatest of some bins is the bin of the greatest time.

/// Not measured.
pub const NO_TIME: u8 = 0;
/// A longer time to respond is no response time but a page left open, and counts as not measured; so does none at all.
pub const RESPONSE_MS_MAX: u64 = 3_600_000;
/// A longer stay at a content is none, and counts as not measured.
pub const STAY_MS_MAX: u64 = 86_400_000;

/// Seconds as whole milliseconds, where they are a time of at most so many; none is no time.
#[must_use]
pub fn measured_ms(seconds: f64, ms_max: u64) -> Option<u64> {
    // A number beyond what an integer holds becomes the largest one, which the bound then leaves out.
    let ms = (seconds * 1000.0 + 0.5) as u64;
    (1..=ms_max).contains(&ms).then_some(ms)
}

/// The bin of a time in milliseconds: 1 + 4 × doublings + the quarter between two doublings; [`NO_TIME`] for none.
#[must_use]
pub fn time_bin(ms: u64) -> u8 {
    // At most 1 + 4 × 63 + 3, which is one too many for a byte; such a time is longer than any that is measured.
    ms.checked_ilog2().map_or(NO_TIME, |doublings| (1 + 4 * doublings + (u128::from(ms) << 2 >> doublings) as u32 % 4).min(u32::from(u8::MAX)) as u8)
}

/// The least time of a bin, milliseconds.
#[must_use]
pub fn bin_start_ms(bin: u8) -> u64 {
    let Some(place) = bin.checked_sub(1) else { return 0 };
    let (doublings, quarter) = (place / 4, place % 4);
    // Below four milliseconds quarters are no whole numbers, and not every bin holds one.
    ((u128::from(4 + quarter) << doublings).div_ceil(4)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubling_has_four_bins() {
        assert_eq!([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(time_bin), [0, 1, 5, 7, 9, 10, 11, 12, 13, 13, 14]);
        // One second lies in 896 to 1024 ms, two seconds a doubling on.
        assert_eq!([896, 1000, 1023, 1024, 2000].map(time_bin), [40, 40, 40, 41, 44]);
        assert_eq!([40, 41, 44].map(bin_start_ms), [896, 1024, 1792]);
        assert!(time_bin(STAY_MS_MAX) < u8::MAX && time_bin(u64::MAX) == u8::MAX);
    }

    #[test]
    fn a_bin_begins_with_its_least_time_and_is_a_quarter_wide() {
        for ms in (1..5_000).chain((5_000..STAY_MS_MAX).step_by(99_991)) {
            let (bin, start) = (time_bin(ms), bin_start_ms(time_bin(ms)));
            assert!(start <= ms && ms <= start + start / 4, "{ms} ms in the bin from {start} ms");
            assert_eq!(time_bin(start), bin);
            assert!(start <= 1 || time_bin(start - 1) < bin);
        }
    }

    #[test]
    fn what_is_no_time_is_not_measured() {
        assert_eq!([0.0, 0.0004, 3600.1, f64::MAX].map(|seconds| measured_ms(seconds, RESPONSE_MS_MAX)), [None; 4]);
        assert_eq!([0.0006, 25.0, 3600.0].map(|seconds| measured_ms(seconds, RESPONSE_MS_MAX)), [Some(1), Some(25_000), Some(3_600_000)]);
    }
}
