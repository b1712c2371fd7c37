//! Lengths of time as people write them: `24h`, `5m`, `30s`, `7d`.

use std::time::Duration;

/// Reads a whole number with a unit: s, m, h or d.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let (number, unit) = text.trim().split_at_checked(text.trim().len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(seconds).filter(|seconds| *seconds > 0).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_manual_promises() {
        assert_eq!(parse("24h"), Some(Duration::from_secs(86_400)));
        assert_eq!(parse("5m"), Some(Duration::from_secs(300)));
        assert_eq!(["", "h", "5", "0s", "-1h", "1y"].map(parse), [None; 6]);
    }
}
