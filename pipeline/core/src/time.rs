//! Event time: microseconds since 1970-01-01T00:00:00Z, read from and written as RFC 3339.
//!
//! All windows of the product are UTC days and hours, so no time-zone database is needed.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Microseconds in one second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in one minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Microseconds in one hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Microseconds in one day.
pub const DAY: i64 = 24 * HOUR;

/// A moment, in microseconds since the epoch (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct EventTime(pub i64);

/// A UTC calendar day, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Day(pub i32);

/// A UTC hour, counted from 1970-01-01T00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Hour(pub i32);

impl EventTime {
    /// 2000-01-01T00:00:00Z; earlier event times are refused as `clock_wild`.
    pub const YEAR_2000: Self = Self(946_684_800 * SECOND);

    /// The UTC day that holds this moment.
    #[must_use]
    pub fn day(self) -> Day {
        Day(self.0.div_euclid(DAY) as i32)
    }

    /// The UTC hour that holds this moment.
    #[must_use]
    pub fn hour(self) -> Hour {
        Hour(self.0.div_euclid(HOUR) as i32)
    }

    /// This moment moved by a number of microseconds; saturates.
    #[must_use]
    pub fn plus(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// The whole milliseconds since the epoch, as Kafka counts them.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Reads an RFC 3339 time; fractions beyond microseconds are cut off.
    ///
    /// Returns `None` for anything else, a time without an offset included.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        parse_utc(text.as_bytes()).or_else(|| {
            let stamp: jiff::Timestamp = text.parse().ok()?;
            Some(Self(stamp.as_microsecond()))
        })
    }
}

impl Day {
    /// The first moment of the day.
    #[must_use]
    pub fn start(self) -> EventTime {
        EventTime(i64::from(self.0) * DAY)
    }

    /// The first moment after the day.
    #[must_use]
    pub fn end(self) -> EventTime {
        EventTime((i64::from(self.0) + 1) * DAY)
    }

    /// The day a number of days later (or earlier).
    #[must_use]
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Year, month and day of the month.
    #[must_use]
    pub fn civil(self) -> (i32, u8, u8) {
        civil_from_days(i64::from(self.0))
    }

    /// Reads `YYYY-MM-DD`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let (year, month, day) = (digits(bytes, 0, 4)?, digits(bytes, 5, 2)?, digits(bytes, 8, 2)?);
        valid_date(year, month, day).then(|| Self(days_from_civil(year, month, day) as i32))
    }
}

impl Hour {
    /// The first moment of the hour.
    #[must_use]
    pub fn start(self) -> EventTime {
        EventTime(i64::from(self.0) * HOUR)
    }
}

impl fmt::Display for EventTime {
    /// RFC 3339 in UTC with as many fraction digits as needed: none, three or six.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.day().civil();
        let rest = self.0.rem_euclid(DAY);
        let (hour, minute, second) = (rest / HOUR, rest / MINUTE % 60, rest / SECOND % 60);
        write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match rest % SECOND {
            0 => write!(out, "Z"),
            micros if micros % 1000 == 0 => write!(out, ".{:03}Z", micros / 1000),
            micros => write!(out, ".{micros:06}Z"),
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(out, "{year:04}-{month:02}-{day:02}")
    }
}

/// The common form `YYYY-MM-DDTHH:MM:SS[.fraction]Z`, read without a general parser: it is on the path of every event.
fn parse_utc(text: &[u8]) -> Option<EventTime> {
    if text.len() < 20 || text[4] != b'-' || text[7] != b'-' || text[10] != b'T' || text[13] != b':' || text[16] != b':' {
        return None;
    }
    let (year, month, day) = (digits(text, 0, 4)?, digits(text, 5, 2)?, digits(text, 8, 2)?);
    let (hour, minute, second) = (digits(text, 11, 2)?, digits(text, 14, 2)?, digits(text, 17, 2)?);
    if !valid_date(year, month, day) || hour > 23 || minute > 59 || second > 59 || text[text.len() - 1] != b'Z' {
        return None;
    }
    let mut micros = 0;
    if text.len() > 20 {
        let fraction = &text[20..text.len() - 1];
        if text[19] != b'.' || fraction.is_empty() || fraction.len() > 9 || !fraction.iter().all(u8::is_ascii_digit) {
            return None;
        }
        for place in 0..6 {
            micros = micros * 10 + fraction.get(place).map_or(0, |digit| i64::from(digit - b'0'));
        }
    }
    let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    Some(EventTime(days_from_civil(year, month, day) * DAY + seconds * SECOND + micros))
}

fn digits(text: &[u8], start: usize, count: usize) -> Option<i32> {
    text[start..start + count].iter().try_fold(0, |value, byte| byte.is_ascii_digit().then(|| value * 10 + i32::from(byte - b'0')))
}

fn valid_date(year: i32, month: i32, day: i32) -> bool {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    (1..=12).contains(&month) && (1..=last).contains(&day)
}

/// Days since 1970-01-01 of a proleptic Gregorian date (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn days_from_civil(year: i32, month: i32, day: i32) -> i64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((i64::from(month) + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`], from the same source.
fn civil_from_days(days: i64) -> (i32, u8, u8) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u8;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 } as u8;
    ((year_of_era + era * 400 + i64::from(month <= 2)) as i32, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_the_forms_that_platforms_write() {
        let expected = EventTime(1_795_257_296 * SECOND + 123_456);
        assert_eq!(EventTime::parse("2026-11-21T10:34:56.123456Z"), Some(expected));
        assert_eq!(EventTime::parse("2026-11-21T12:34:56.123456789+02:00"), Some(expected));
        assert_eq!(EventTime::parse("2026-11-21 10:34"), None);
        assert_eq!(EventTime::parse("2026-02-29T00:00:00Z"), None);
    }

    proptest! {
        #[test]
        fn writing_and_reading_gives_the_same_moment(micros in -62_000_000_000_000_000_i64..253_000_000_000_000_000) {
            let time = EventTime(micros);
            prop_assert_eq!(EventTime::parse(&time.to_string()), Some(time));
        }
    }
}
