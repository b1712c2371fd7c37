//! [`Quota`]: how many records a credential may send a minute. Pure: the caller says what time it is.

use std::time::Duration;

/// One record in the unit of the bucket: a millisecond refills as many units as the quota has records a minute, so that
/// no refill is rounded.
const RECORD: i64 = 60_000;

/// A bucket that holds a minute's records and refills evenly. A batch that is larger than what is left is taken and leaves
/// a debt: refused is who comes while nothing is left, so that no batch is too large for ever.
#[derive(Debug)]
pub(super) struct Quota {
    per_minute: u32,
    level: i64,
    at_millis: i64,
}

impl Quota {
    /// A full bucket.
    pub(super) fn new(per_minute: u32) -> Self {
        Self { per_minute, level: i64::from(per_minute) * RECORD, at_millis: 0 }
    }

    /// Takes one record for a request.
    ///
    /// # Errors
    /// The seconds until one is there, when nothing is left.
    pub(super) fn admit(&mut self, now: Duration) -> Result<(), u64> {
        let per_minute = i64::from(self.per_minute);
        let now = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
        let refill = now.saturating_sub(self.at_millis).max(0).saturating_mul(per_minute);
        self.level = self.level.saturating_add(refill).min(per_minute * RECORD);
        self.at_millis = self.at_millis.max(now);
        if self.level < RECORD {
            let lacking = self.level.abs_diff(RECORD);
            return Err(lacking.div_ceil(u64::from(self.per_minute.max(1)) * 1000));
        }
        self.level -= RECORD;
        Ok(())
    }

    /// Takes the further records of an admitted request.
    pub(super) fn charge(&mut self, further: usize) {
        self.level = self.level.saturating_sub(i64::try_from(further).unwrap_or(i64::MAX).saturating_mul(RECORD));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn what_is_left_refills_evenly() {
        let mut quota = Quota::new(60);
        for _ in 0..60 {
            assert_eq!(quota.admit(SECOND), Ok(()));
        }
        assert_eq!(quota.admit(SECOND), Err(1));
        assert_eq!(quota.admit(2 * SECOND), Ok(()));
        assert_eq!(quota.admit(2 * SECOND), Err(1));
        assert_eq!(quota.admit(3600 * SECOND), Ok(()));
        assert_eq!(quota.level, 59 * RECORD, "never more than a minute's");
    }

    #[test]
    fn a_batch_larger_than_the_quota_is_taken_and_waited_for() {
        let mut quota = Quota::new(10);
        assert_eq!(quota.admit(SECOND), Ok(()));
        quota.charge(39);
        // 30 in debt: 31 are lacking, six seconds each.
        assert_eq!(quota.admit(SECOND), Err(186));
        assert_eq!(quota.admit(186 * SECOND), Err(1));
        assert_eq!(quota.admit(187 * SECOND), Ok(()));
    }

    #[test]
    fn many_small_steps_refill_as_much_as_a_large_one() {
        let mut quota = Quota::new(7);
        quota.charge(7);
        let mut admitted = 0;
        for millis in 0..600_000 {
            admitted += u32::from(quota.admit(Duration::from_millis(millis)).is_ok());
        }
        assert_eq!(admitted, 69, "the seventieth comes when ten minutes are full");
    }
}
