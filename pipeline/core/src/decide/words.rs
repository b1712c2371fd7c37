//! Every sentence that decide says, in one place: a teacher reads them, and other languages will come.
//!
//! Each signal says what is wrong and where, with its number, interval and n, compared with what, how sure and since
//! when, and what to do. Causes are "likely".

use super::item_flat::Flat;
use super::item_hard::Hard;
use super::item_miskeyed::Miskeyed;
use super::life::Life;
use super::rate::Rate;
use super::signal::Code;
use crate::seal::SEGMENT_S;
use std::f64::consts::LN_10;

/// The words of one signal.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) title: String,
    pub(super) explanation: String,
    pub(super) action: String,
}

impl Words {
    /// Adds what else is noticed about the same item.
    pub(super) fn mention(&mut self, others: impl Iterator<Item = Code>) {
        for other in others {
            let noticed = match other {
                Code::Miskeyed => "those marked right do worse elsewhere than those marked wrong",
                Code::TooHard => "hardly more learners answer it right than would by guessing",
                Code::NotDiscriminating => "its marks are hardly related to the other marks",
                Code::SegmentDrop | Code::Wall | Code::Broken => continue,
            };
            self.explanation.push_str(&format!(" Seen as well: {noticed} ({}).", other.as_str()));
        }
    }
}

/// I-01.
pub(super) fn miskeyed(item: &str, key: &str, suspect: &str, found: &Miskeyed<'_>, life: &Life) -> Words {
    let (lo, hi) = found.right_minus_wrong.interval();
    Words {
        title: format!("The key of “{item}” is likely wrong: {suspect} looks right"),
        explanation: format!(
            "Learners who do well elsewhere choose {suspect} (n = {}, mean rest score {:.1} of 20) rather than the marked key {key} (n = {}, mean {:.1}). \
             Those marked right do worse on the other questions than those marked wrong: difference {} standard deviations (95 % interval {} to {}), \
             where it should be above 0. {}",
            found.suspect.1.n,
            found.suspect.1.mean(),
            found.key.n,
            found.key.mean(),
            signed(found.right_minus_wrong.estimate),
            signed(lo),
            signed(hi),
            certainty(life),
        ),
        action: format!("Check the key of “{item}”: {suspect} is chosen by stronger learners. If the key is wrong, correct it and mark again."),
    }
}

/// I-02.
pub(super) fn not_discriminating(item: &str, n: u64, found: &Flat, life: &Life) -> Words {
    let (lo, hi) = found.interval;
    Words {
        title: format!("“{item}” does not tell who knows the subject"),
        explanation: format!(
            "Whether the {n} learners answered “{item}” right is hardly related to how they did on the other questions: correlation {} \
             (95 % interval {} to {}), where a sound question has at least 0.10. {}",
            signed(found.item_rest),
            signed(lo),
            signed(hi),
            certainty(life),
        ),
        action: format!("Reword or replace “{item}”: likely it is ambiguous, or asks for something the course does not teach."),
    }
}

/// I-03.
pub(super) fn too_hard(item: &str, n: u64, found: &Hard, guessing: f64, margin: f64, life: &Life) -> Words {
    Words {
        title: format!("“{item}” is too hard: {} answer it right", percent(found.facility)),
        explanation: format!(
            "Of {n} learners {} answered “{item}” right at the first attempt (95 % interval {}); guessing alone would give {}, and at least {} is to be expected. {}",
            percent(found.facility),
            percents(found.interval.0, found.interval.1),
            percent(guessing),
            percent(margin),
            certainty(life),
        ),
        action: format!("Teach what “{item}” asks before it is asked, or simplify it; check that its key is right."),
    }
}

/// V-01.
pub(super) fn segment_drop(content: &str, (from, to): (u64, u64), peak: Option<u32>, rate: &Rate, life: &Life) -> Words {
    let (share, interval) = rate.share();
    let (from, to) = (clock(from), clock(to));
    let peak = peak.map_or_else(String::new, |segment| format!(" Most of them leave at {}.", clock(u64::from(segment) * u64::from(SEGMENT_S))));
    Words {
        title: format!("Many leave “{content}” between {from} and {to}"),
        explanation: format!(
            "Between {from} and {to} of “{content}”, {} of the {} learners who reached it left (95 % interval {}); {} would be usual there.{peak} {}",
            percent(share),
            rate.n,
            percents(interval.lo, interval.hi),
            percent(rate.baseline),
            certainty(life),
        ),
        action: format!("Watch “{content}” from {from} to {to} and split, cut or clarify that part."),
    }
}

/// D-01.
pub(super) fn wall(module: &str, withdrew: u64, rate: &Rate, life: &Life) -> Words {
    let (share, interval) = rate.share();
    Words {
        title: format!("Many leave the course in “{module}”"),
        explanation: format!(
            "Of the {} learners who came to “{module}”, {} left the course there (95 % interval {}): {withdrew} withdrew and {} went silent; \
             {} would be usual, judged by the other modules. {}",
            rate.n,
            percent(share),
            percents(interval.lo, interval.hi),
            rate.events.saturating_sub(withdrew),
            percent(rate.baseline),
            certainty(life),
        ),
        action: format!("Lighten “{module}” or add a checkpoint before it; look at its hardest questions and deadlines first."),
    }
}

/// C-01.
pub(super) fn broken(content: &str, client: &str, rate: &Rate, life: &Life) -> Words {
    let (share, interval) = rate.share();
    let with = if client.is_empty() { String::new() } else { format!(" with {}", quoted(client)) };
    Words {
        title: format!("“{content}” fails to open{with}"),
        explanation: format!(
            "“{content}” failed to open{with} for {} of {} learners, {} (95 % interval {}); elsewhere {} of openings fail. {}",
            rate.events,
            rate.n,
            percent(share),
            percents(interval.lo, interval.hi),
            percent(rate.baseline),
            certainty(life),
        ),
        action: format!("Open “{content}”{with} and repair or replace it; likely the file, the link or the player is broken."),
    }
}

/// What to do about a signal that is withdrawn.
pub(super) const NOTHING_TO_DO: &str = "Nothing: if it still holds, it will be said anew.";

/// The explanation of a signal that is withdrawn.
pub(super) fn withdrawn(explanation: &str) -> String {
    format!("No longer supported, as what it rested on has changed (a new version, a corrected outline or corrected data). It had said: {explanation}")
}

/// A response without a text.
pub(super) fn quoted(response: &str) -> String {
    format!("‘{response}’")
}

/// A response with its text.
pub(super) fn option(response: &str, text: &str) -> String {
    format!("‘{response}’ (“{text}”)")
}

/// How sure, and since when.
fn certainty(life: &Life) -> String {
    let odds = odds(life.ln_e().unwrap_or_default() / LN_10);
    match life.opened() {
        Some(day) => format!("Evidence against chance {odds}; open since {day}."),
        None => format!("Evidence against chance {odds}; not yet enough among so many that are watched."),
    }
}

/// An e-value as odds, two digits of it.
fn odds(log10_e: f64) -> String {
    if log10_e >= 6.0 {
        return "more than a million to 1".to_owned();
    }
    let e = libm::exp(log10_e.max(0.0) * LN_10);
    let unit = libm::exp(libm::floor(libm::log(e) / LN_10 - 1.0).max(0.0) * LN_10);
    format!("about {:.0} to 1", libm::round(e / unit) * unit)
}

/// Minutes and seconds.
fn clock(seconds: u64) -> String {
    format!("{:02}:{:02}", seconds / 60, seconds % 60)
}

/// A share in percent, with a digit after the point below ten.
fn percent(share: f64) -> String {
    format!("{} %", digits(share))
}

fn percents(lo: f64, hi: f64) -> String {
    format!("{}–{} %", digits(lo), digits(hi))
}

fn digits(share: f64) -> String {
    let percent = 100.0 * share;
    let text = if percent < 9.95 { format!("{percent:.1}") } else { format!("{percent:.0}") };
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// A number with its sign, the minus as it is printed.
fn signed(value: f64) -> String {
    format!("{value:.2}").replace('-', "−")
}
