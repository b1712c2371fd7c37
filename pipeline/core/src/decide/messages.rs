//! What decide says, in words: sentences come from one file for each language, numbers are written here.
//!
//! Invariant: a sentence has no gap left. A test fills every one that the rules use.

use std::collections::BTreeMap;
use std::f64::consts::LN_10;
use std::sync::OnceLock;

/// The sentences of the only language there is so far, by key.
fn english() -> &'static BTreeMap<&'static str, &'static str> {
    static SENTENCES: OnceLock<BTreeMap<&'static str, &'static str>> = OnceLock::new();
    SENTENCES.get_or_init(|| include_str!("messages/en.txt").lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = ")).collect())
}

/// The sentence of a key with its gaps filled; the key itself, if there is none.
pub(super) fn say(key: &str, values: &[(&'static str, String)]) -> String {
    let Some(mut rest) = english().get(key).copied() else { return key.to_owned() };
    let mut said = String::with_capacity(rest.len() + 64);
    while let Some((before, gap, after)) = rest.split_once('{').and_then(|(before, after)| after.split_once('}').map(|(gap, after)| (before, gap, after))) {
        said.push_str(before);
        match values.iter().find(|(name, _)| *name == gap) {
            Some((_, value)) => said.push_str(value),
            None => said.extend(["{", gap, "}"]),
        }
        rest = after;
    }
    said.push_str(rest);
    said
}

/// An e-value as odds, two digits of it.
pub(super) fn odds(log10_e: f64) -> String {
    if log10_e >= 6.0 {
        return say("odds.million", &[]);
    }
    let e = libm::exp(log10_e.max(0.0) * LN_10);
    let unit = libm::exp(libm::floor(libm::log(e) / LN_10 - 1.0).max(0.0) * LN_10);
    say("odds.about", &[("odds", format!("{:.0}", libm::round(e / unit) * unit))])
}

/// A number of learners that nobody knows to the last: two digits of it, rounded up.
pub(super) fn rounded(learners: u64) -> String {
    let unit = 10_u64.pow(learners.checked_ilog10().unwrap_or_default().saturating_sub(1));
    (learners.div_ceil(unit).max(1) * unit).to_string()
}

/// Minutes and seconds.
pub(super) fn clock(seconds: u64) -> String {
    format!("{:02}:{:02}", seconds / 60, seconds % 60)
}

/// A share in percent, with a digit after the point below ten.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", digits(share))
}

/// Two shares in percent.
pub(super) fn percents(lo: f64, hi: f64) -> String {
    format!("{}–{} %", digits(lo), digits(hi))
}

/// A difference of shares in points, with its sign.
pub(super) fn points(difference: f64) -> String {
    format!("{:+.1}", 100.0 * difference).replace('-', "−")
}

/// A number with its sign, the minus as it is printed.
pub(super) fn signed(value: f64) -> String {
    format!("{value:.2}").replace('-', "−")
}

fn digits(share: f64) -> String {
    let percent = 100.0 * share;
    let text = if percent < 9.95 { format!("{percent:.1}") } else { format!("{percent:.0}") };
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}
