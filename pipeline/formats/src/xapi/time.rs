//! The time of a statement and ISO 8601 durations.
//!
//! `timestamp`, else `stored`, else when the message was received (`time_quality` `ingest`). xAPI 1.0 allows times without
//! an offset; theirs is a setting of the source (`assumed_utc`). A date alone is midnight there (`date_only`).

use super::statement::Statement;
use crate::mapping::Hints;
use teachback_core::refusal::{Reason, Refusal};
use teachback_core::time::{Day, EventTime, MINUTE};

/// The last moment that RFC 3339 can write, 9999-12-31T23:59:59.999999Z.
const YEAR_9999_END: EventTime = EventTime(253_402_300_799_999_999);

/// When a statement's act happened, and how well that is known; `None` is `exact`.
pub(super) type Moment = (EventTime, Option<&'static str>);

/// The time of a statement.
///
/// # Errors
/// `bad_time` for what is no time, `clock_wild` for one that no event may have.
pub(super) fn of(statement: &Statement<'_>, hints: &Hints<'_>) -> Result<Moment, Refusal> {
    let (place, text) = match (&statement.timestamp, &statement.stored) {
        (Some(text), _) => ("timestamp", text),
        (None, Some(text)) => ("stored", text),
        (None, None) => return believable(hints.received, "received").map(|time| (time, Some("ingest"))),
    };
    let moment = read(text, hints.naive_offset_minutes).ok_or_else(|| Refusal::new(Reason::BadTime, place))?;
    believable(moment.0, place).map(|_| moment)
}

fn believable(time: EventTime, place: &str) -> Result<EventTime, Refusal> {
    if (EventTime::YEAR_2000..=YEAR_9999_END).contains(&time) { Ok(time) } else { Err(Refusal::new(Reason::ClockWild, place)) }
}

fn read(text: &str, naive_offset_minutes: i32) -> Option<Moment> {
    if let Some(time) = EventTime::parse(text) {
        return Some((time, None));
    }
    let east = i64::from(naive_offset_minutes) * MINUTE;
    if let Some(day) = Day::parse(text) {
        return Some((day.start().plus(-east), Some("date_only")));
    }
    let mut naive = text.to_owned();
    if naive.as_bytes().get(10) == Some(&b' ') {
        naive.replace_range(10..11, "T");
    }
    naive.push('Z');
    EventTime::parse(&naive).map(|time| (time.plus(-east), Some("assumed_utc")))
}

/// The seconds of an ISO 8601 duration.
///
/// `None` for what is none, and for one with years or months, which have no fixed length.
pub(super) fn duration_s(text: &str) -> Option<f64> {
    let rest = text.strip_prefix('P')?;
    let (date, time) = match rest.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None if rest.is_empty() => return None,
        None => (rest, ""),
    };
    let weeks_alone = time.is_empty() && date.ends_with('W');
    let days = if weeks_alone { parts(date, &[('W', 7.0 * 86_400.0)])? } else { parts(date, &[('D', 86_400.0)])? };
    let seconds = days + parts(time, &[('H', 3_600.0), ('M', 60.0), ('S', 1.0)])?;
    seconds.is_finite().then_some(seconds)
}

/// The sum of `<number><unit>` parts whose units stand in the given order, each at most once.
fn parts(mut text: &str, units: &[(char, f64)]) -> Option<f64> {
    let mut sum = 0.0;
    let mut units = units.iter();
    while !text.is_empty() {
        let end = text.find(|char: char| !char.is_ascii_digit() && char != '.' && char != ',')?;
        let number: f64 = text[..end].replace(',', ".").parse().ok()?;
        let unit = text[end..].chars().next()?;
        let (_, seconds) = units.find(|(known, _)| *known == unit)?;
        sum += number * seconds;
        text = &text[end + 1..];
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_naive_time_is_read_by_the_setting_of_its_source() {
        let utc = EventTime::parse("2026-01-05T08:00:00.25Z").expect("a time");
        assert_eq!(read("2026-01-05T08:00:00.25Z", 120), Some((utc, None)));
        assert_eq!(read("2026-01-05T10:00:00.25+02:00", 0), Some((utc, None)));
        assert_eq!(read("2026-01-05T08:00:00.25", 0), Some((utc, Some("assumed_utc"))));
        assert_eq!(read("2026-01-05 10:00:00.25", 120), Some((utc, Some("assumed_utc"))));
        assert_eq!(read("2026-01-05T04:00:00.25", -240), Some((utc, Some("assumed_utc"))));
        assert_eq!(read("2026-01-05", 60), EventTime::parse("2026-01-04T23:00:00Z").map(|time| (time, Some("date_only"))));
        assert_eq!(read("01/011/2015", 0), None);
        assert_eq!(read("yesterday é", 0), None);
    }

    #[test]
    fn a_duration_is_seconds_unless_it_has_years_or_months() {
        assert_eq!(duration_s("PT4H35M59.14S"), Some(16_559.14));
        assert_eq!(duration_s("PT16559.14S"), Some(16_559.14));
        assert_eq!(duration_s("P4W"), Some(2_419_200.0));
        assert_eq!(duration_s("P1DT0,5S"), Some(86_400.5));
        for none in ["P3Y1M29DT4H35M59.14S", "P4W1D", "P1D4W", "P", "PT", "PT1", "PT1S1M", "PA1H", "1S", "PT-1S", "PTéS"] {
            assert_eq!(duration_s(none), None, "{none}");
        }
    }
}
