//! The values a data field may have, listed once for [`super::validate`] and for the JSON Schemas.

use super::fields::Field;
use crate::limits::{POSITION_SECONDS_MAX, SCORE_MAX};
use std::ops::RangeInclusive;

/// Highest `stratum`; classes count from 0.
const STRATUM_MAX: f64 = 7.0;
/// Largest whole number that state keeps of an event.
const COUNT_MAX: f64 = u32::MAX as f64;

const OUTCOMES: &[&str] = &["right", "wrong", "partial", "ungraded"];
const ACTOR_ROLES: &[&str] = &["learner", "staff", "instructor", "admin"];
const TIME_QUALITIES: &[&str] = &["exact", "date_only", "assumed_utc", "ingest"];

impl Field {
    /// Lowest and highest value of a number, both allowed; `None` where its shape alone bounds it.
    #[must_use]
    pub const fn range(self) -> Option<RangeInclusive<f64>> {
        match self {
            Self::position_s | Self::position_to_s | Self::content_length_s => Some(0.0..=POSITION_SECONDS_MAX),
            Self::duration_s | Self::response_time_s => Some(0.0..=f64::MAX),
            Self::score | Self::max_score | Self::rating => Some(0.0..=SCORE_MAX),
            Self::attempt | Self::count => Some(0.0..=COUNT_MAX),
            Self::stratum => Some(0.0..=STRATUM_MAX),
            _ => None,
        }
    }

    /// The words a text may be; `None` where any text will do.
    #[must_use]
    pub const fn allowed(self) -> Option<&'static [&'static str]> {
        match self {
            Self::outcome => Some(OUTCOMES),
            Self::actor_role => Some(ACTOR_ROLES),
            Self::time_quality => Some(TIME_QUALITIES),
            _ => None,
        }
    }
}
