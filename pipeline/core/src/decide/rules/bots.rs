//! a course with more accounts that no human seems to stand behind than chance would take for such.
//!
//! H0: at most 0.1 % of the accounts judged are taken for bots (K1); the classification itself takes a human for a bot far
//! less often. They are left out of every other rule, so nothing else is wrong; the course team should know who counts.

use super::super::accounts::Account;
use super::super::life::{About, Finding};
use super::super::messages::{percent, percents};
use super::super::rate::RateMargin;
use super::super::signal::{Code, Signal, State};

/// How the share of bots is compared with the usual one.
pub(in super::super) const MARGIN: RateMargin =
    RateMargin { learners_min: 20, multiple: 1.0, p0_min: 0.001, p0_max: 0.9, of_baseline: &[], of_p0: &[5.0, 10.0, 50.0], absolute: &[] };

/// What is said of the accounts of a course.
pub(in super::super) fn signal(account: &Account, about: &About, state: State) -> Signal {
    let rate = &account.rate;
    let interval = rate.interval();
    let finding = Finding {
        n_learners: rate.n,
        estimate: rate.share(),
        interval: (interval.lo, interval.hi),
        baseline: MARGIN.p0_min,
        values: vec![
            ("events", rate.events.to_string()),
            ("n", rate.n.to_string()),
            ("estimate", percent(rate.share())),
            ("interval", percents(interval.lo, interval.hi)),
            ("margin", percent(MARGIN.p0_min)),
        ],
        ..Finding::default()
    };
    account.life.signal(about, Code::Bots, state, finding)
}
