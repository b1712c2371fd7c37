//! The forms of single values: IRI, UUID, language tag, time, duration, mail address, extensions.

use super::super::ids;
use super::object::Object;
use super::{Fault, Version, fault};
use serde_json::Value;
use teachback_core::time::EventTime;

fn text<'a>(value: &'a Value, pointer: &str) -> Result<&'a str, Fault> {
    value.as_str().ok_or_else(|| fault(pointer, "not a string"))
}

fn matching(value: &Value, pointer: &str, is_of_form: impl FnOnce(&str) -> bool, problem: &'static str) -> Result<(), Fault> {
    if is_of_form(text(value, pointer)?) { Ok(()) } else { Err(fault(pointer, problem)) }
}

/// Any string.
pub(super) fn string(value: &Value, pointer: &str) -> Result<(), Fault> {
    text(value, pointer).map(|_| ())
}

/// True or false.
pub(super) fn boolean(value: &Value, pointer: &str) -> Result<(), Fault> {
    if value.is_boolean() { Ok(()) } else { Err(fault(pointer, "not a boolean")) }
}

/// A UUID (RFC 4122).
pub(super) fn uuid(value: &Value, pointer: &str) -> Result<(), Fault> {
    matching(value, pointer, |text| ids::uuid(text).is_some(), "not a UUID")
}

/// An absolute IRI (RFC 3987): a scheme, a colon and characters that may stand in an address.
pub(super) fn iri(value: &Value, pointer: &str) -> Result<(), Fault> {
    matching(value, pointer, is_iri, "not an IRI")
}

fn is_iri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let starts_with_letter = scheme.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    let of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let of_address = |char: char| !(char.is_whitespace() || char.is_control() || "<>\"{}|\\^`".contains(char));
    starts_with_letter && scheme.bytes().all(of_scheme) && !rest.is_empty() && rest.chars().all(of_address)
}

/// `mailto:` and a mail address.
pub(super) fn mbox(value: &Value, pointer: &str) -> Result<(), Fault> {
    let is_mailto = |text: &str| {
        let parts = text.strip_prefix("mailto:").and_then(|address| address.rsplit_once('@'));
        is_iri(text) && parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
    };
    matching(value, pointer, is_mailto, "not mailto: and a mail address")
}

/// The SHA-1 of a mail address: 40 hexadecimal digits.
pub(super) fn sha1(value: &Value, pointer: &str) -> Result<(), Fault> {
    matching(value, pointer, |text| text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit()), "not 40 hexadecimal digits")
}

/// A map from language tags to strings.
pub(super) fn language_map(value: &Value, pointer: &str) -> Result<(), Fault> {
    Object::of(value, pointer)?.entries().try_for_each(|(tag, text)| {
        if !is_language_tag(tag) {
            return Err(fault(pointer, "a key that is no language tag"));
        }
        if text.is_string() { Ok(()) } else { Err(fault(pointer, "a value that is not a string")) }
    })
}

/// A language tag (RFC 5646).
pub(super) fn language(value: &Value, pointer: &str) -> Result<(), Fault> {
    matching(value, pointer, is_language_tag, "not a language tag")
}

/// Well-formed by RFC 5646 §2.1: language, extended language, script, region, variants, extensions, private use. Of the
/// grandfathered tags those that begin with `i-`; the others are well-formed anyway.
fn is_language_tag(tag: &str) -> bool {
    let subtags: Vec<&str> = tag.split('-').collect();
    if subtags.iter().any(|subtag| subtag.is_empty() || subtag.len() > 8 || !subtag.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
        return false;
    }
    if subtags.len() > 1 && ["x", "i"].iter().any(|prefix| subtags[0].eq_ignore_ascii_case(prefix)) {
        return true;
    }
    let letters = |subtag: &str| subtag.bytes().all(|byte| byte.is_ascii_alphabetic());
    let mut rest = subtags.as_slice();
    let mut skip = |most: usize, belongs: &dyn Fn(&str) -> bool| {
        let count = rest.iter().take(most).take_while(|subtag| belongs(subtag)).count();
        rest = &rest[count..];
        count
    };
    if skip(1, &|language| language.len() > 1 && letters(language)) == 0 {
        return false;
    }
    if subtags[0].len() <= 3 {
        skip(3, &|extended| extended.len() == 3 && letters(extended));
    }
    skip(1, &|script| script.len() == 4 && letters(script));
    skip(1, &|region| (region.len() == 2 && letters(region)) || (region.len() == 3 && region.bytes().all(|byte| byte.is_ascii_digit())));
    skip(usize::MAX, &|variant| variant.len() >= 5 || (variant.len() == 4 && variant.as_bytes()[0].is_ascii_digit()));
    ends_in_extensions(rest)
}

/// Extensions (a singleton and longer subtags, again and again), then `x` and subtags of private use; all of it optional.
fn ends_in_extensions(subtags: &[&str]) -> bool {
    let private_use = subtags.iter().position(|subtag| subtag.eq_ignore_ascii_case("x"));
    let extensions = &subtags[..private_use.unwrap_or(subtags.len())];
    let is_longer = |subtag: &&str| subtag.len() > 1;
    private_use.is_none_or(|place| place + 1 < subtags.len())
        && extensions.first().is_none_or(|first| !is_longer(first))
        && extensions.last().is_none_or(is_longer)
        && extensions.windows(2).all(|pair| is_longer(&pair[0]) || is_longer(&pair[1]))
}

/// A date and time (ISO 8601, RFC 3339). An offset of minus zero means "unknown" and is refused by the standard.
pub(super) fn timestamp(value: &Value, pointer: &str, version: Version) -> Result<(), Fault> {
    let is_time = |text: &str| {
        let unknown_offset = text.get(10..).is_some_and(|clock| ["-00", "-0000", "-00:00"].iter().any(|offset| clock.ends_with(offset)));
        let date_and_clock = text.as_bytes().get(10).is_some_and(|byte| b"Tt ".contains(byte));
        let is_naive_time = || version == Version::V1 && EventTime::parse(&format!("{text}Z")).is_some();
        date_and_clock && !unknown_offset && (EventTime::parse(text).is_some() || is_naive_time())
    };
    matching(value, pointer, is_time, "not a date and time")
}

/// An ISO 8601 duration: weeks alone, or years to seconds in order.
pub(super) fn duration(value: &Value, pointer: &str) -> Result<(), Fault> {
    matching(value, pointer, is_duration, "not an ISO 8601 duration")
}

fn is_duration(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('P') else { return false };
    let (date, clock) = match rest.split_once('T') {
        Some((_, "")) => return false,
        Some((date, clock)) => (date, clock),
        None => (rest, ""),
    };
    !rest.is_empty() && ((clock.is_empty() && rest == date && has_units(date, "W")) || (has_units(date, "YMD") && has_units(clock, "HMS")))
}

/// Whether the text is numbers with these units in this order, each at most once; a fraction ends it.
fn has_units(mut text: &str, units: &str) -> bool {
    let mut units = units.chars();
    while !text.is_empty() {
        let end = text.find(|char: char| !char.is_ascii_digit() && char != '.' && char != ',').unwrap_or(text.len());
        let (number, rest) = text.split_at(end);
        let mut rest = rest.chars();
        let Some(unit) = rest.next() else { return false };
        let whole_and_fraction: Vec<&str> = number.split(['.', ',']).collect();
        if whole_and_fraction.len() > 2 || whole_and_fraction.iter().any(|digits| digits.is_empty()) || !units.any(|known| known == unit) {
            return false;
        }
        text = rest.as_str();
        if whole_and_fraction.len() == 2 && !text.is_empty() {
            return false;
        }
    }
    true
}

/// Extensions: keys are IRIs, values anything.
pub(super) fn extensions(value: &Value, pointer: &str) -> Result<(), Fault> {
    let all_iris = Object::of(value, pointer)?.entries().all(|(key, _)| is_iri(key));
    if all_iris { Ok(()) } else { Err(fault(pointer, "a key that is not an IRI")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_tags_are_well_formed_by_their_standard() {
        for tag in [
            "en",
            "EN-gb",
            "cmn",
            "zh-Hant",
            "sr-Latn-RS",
            "zh-cmn-Hans-CN",
            "es-419",
            "de-1996",
            "sl-rozaj-biske",
            "en-a-bbb-x-a",
            "x-whatever",
            "i-klingon",
            "tlh",
            "de-DE-u-co-phonebk",
        ] {
            assert!(is_language_tag(tag), "{tag}");
        }
        for tag in ["", "e", "a12345", "a12345678", "something", "en-", "-en", "en_GB", "en-x", "en-a", "en-a-x", "123", "en-GB-de-DE-ü"] {
            assert!(!is_language_tag(tag), "{tag}");
        }
    }

    #[test]
    fn durations_are_weeks_alone_or_years_to_seconds() {
        for duration in ["PT4H35M59.14S", "PT16559.14S", "P3Y1M29DT4H35M59.14S", "P3Y", "P4W", "PT1H0M0.1S", "P1DT0,5S", "P0.5Y"] {
            assert!(is_duration(duration), "{duration}");
        }
        for duration in ["", "P", "PT", "P4W1D", "P1D4W", "PA1H0M0S", "PT1.5H3M", "PT1S1M", "P1H", "1S", "PT", "P1DT", "PT1.S", "PT5"] {
            assert!(!is_duration(duration), "{duration}");
        }
    }

    #[test]
    fn times_have_a_clock_and_no_offset_of_minus_zero() {
        let accepted = |text: &str, version| timestamp(&Value::from(text), "", version).is_ok();
        for time in
            ["2008-09-15T15:53:00.601+00:00", "2008-09-15T15:53:00Z", "2008-09-15T15:53:00.601-03:30", "2008-09-15T15:53:00+05", "2008-09-15T15:53:00+0530"]
        {
            assert!(accepted(time, Version::V1) && accepted(time, Version::V2), "{time}");
        }
        assert!(accepted("2008-09-15T15:53:00", Version::V1) && !accepted("2008-09-15T15:53:00", Version::V2));
        for time in [
            "01/011/2015",
            "2008-09-15",
            "2008-09-15T15:53:00-00",
            "2008-09-15T15:53:00-0000",
            "2008-09-15T15:53:00-00:00",
            "2008-13-15T15:53:00Z",
            "should fail",
            "2008-09-15T25:53:00Z",
        ] {
            assert!(!accepted(time, Version::V1), "{time}");
        }
    }

    #[test]
    fn iris_have_a_scheme_and_no_characters_that_no_address_has() {
        for iri in ["http://www.example.com/meetings", "urn:uuid:1", "uuid://7d4f", "act:a", "https://example.org/é"] {
            assert!(is_iri(iri), "{iri}");
        }
        for iri in ["ab=c://should.fail.com", "should error", "abc", ":x", "http:", "http://a b", "1a:b", "http://a/<b>"] {
            assert!(!is_iri(iri), "{iri}");
        }
    }
}
