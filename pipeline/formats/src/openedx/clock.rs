//! When an event happened, and how well the line says so.

use crate::mapping::Hints;
use teachback_core::refusal::{Reason, Refusal};
use teachback_core::time::{EventTime, MINUTE};

/// The time of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    /// When.
    pub(super) time: EventTime,
    /// The `time_quality`, where it is not `exact`.
    pub(super) quality: Option<&'static str>,
}

/// Reads a time. One without an offset is of the source's own zone and `assumed_utc`; none at all is that of reception.
///
/// # Errors
/// `bad_time` for text that is no time.
pub(super) fn moment(written: Option<&str>, hints: &Hints<'_>) -> Result<Moment, Refusal> {
    let Some(written) = written else { return Ok(Moment { time: hints.received, quality: Some("ingest") }) };
    // The form that the platform writes, brought to the one that core reads without a general parser.
    let in_utc = written.strip_suffix("+00:00").and_then(|time| EventTime::parse(&format!("{time}Z")));
    if let Some(time) = in_utc.or_else(|| EventTime::parse(written)) {
        return Ok(Moment { time, quality: None });
    }
    let naive = EventTime::parse(&format!("{written}Z")).ok_or_else(|| Refusal::new(Reason::BadTime, "time"))?;
    Ok(Moment { time: naive.plus(-i64::from(hints.naive_offset_minutes) * MINUTE), quality: Some("assumed_utc") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(written: Option<&str>, naive_offset_minutes: i32) -> Result<(String, Option<&'static str>), Reason> {
        let received = EventTime::parse("2026-03-01T12:00:00Z").expect("a time");
        let hints = Hints { source: "lms", provider: None, learner_space: None, naive_offset_minutes, received };
        moment(written, &hints).map(|moment| (moment.time.to_string(), moment.quality)).map_err(|refusal| refusal.reason)
    }

    #[test]
    fn a_time_without_an_offset_is_of_the_zone_of_its_source() {
        let at = |time: &str, quality| Ok((time.to_owned(), quality));
        assert_eq!(read(Some("2026-03-01T10:00:00.5+02:00"), 480), at("2026-03-01T08:00:00.500Z", None));
        assert_eq!(read(Some("2026-03-01T10:00:00"), 0), at("2026-03-01T10:00:00Z", Some("assumed_utc")));
        assert_eq!(read(Some("2026-03-01T10:00:00.123456"), 480), at("2026-03-01T02:00:00.123456Z", Some("assumed_utc")));
        assert_eq!(read(Some("2026-03-01 10:00:00"), -60), at("2026-03-01T11:00:00Z", Some("assumed_utc")));
        assert_eq!(read(None, 480), at("2026-03-01T12:00:00Z", Some("ingest")));
        assert_eq!(read(Some("yesterday"), 0), Err(Reason::BadTime));
    }
}
