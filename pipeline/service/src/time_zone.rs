//! Offsets from UTC as people write them: `Z`, `+08:00`, `-0330`.

/// Largest offset on Earth, in hours, and more than any platform uses.
const HOURS_MAX: i32 = 14;

/// Reads an offset; gives minutes east of Greenwich.
pub(crate) fn parse(text: &str) -> Option<i32> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, digits) = match text.as_bytes() {
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits {
        [h1, h2, b':', m1, m2] | [h1, h2, m1, m2] => (two(*h1, *h2)?, two(*m1, *m2)?),
        [h1, h2] => (two(*h1, *h2)?, 0),
        _ => return None,
    };
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= HOURS_MAX * 60).then_some(sign * total)
}

fn two(tens: u8, ones: u8) -> Option<i32> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| i32::from(tens - b'0') * 10 + i32::from(ones - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_minutes_east() {
        assert_eq!(["Z", "z", "+08:00", "-0330", "+14", "+00:00"].map(parse), [Some(0), Some(0), Some(480), Some(-210), Some(840), Some(0)]);
        assert_eq!(["", "8", "+8", "+08:60", "+15:00", "+14:01", "Asia/Shanghai", "+é:00"].map(parse), [None; 8]);
    }
}
