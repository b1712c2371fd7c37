//! C-01: a content that fails to open with a class of client.
//!
//! H0: at most 2 % fail, or twice the share of all other openings of the platform (K1). It pages alone, see `openings`.

use super::super::life::{About, Finding};
use super::super::messages::{percent, percents, say};
use super::super::openings::Opening;
use super::super::rate::RateMargin;
use super::super::signal::{Code, Signal, State};

/// How failing to open is compared with what is usual.
pub(in super::super) const MARGIN: RateMargin =
    RateMargin { learners_min: 10, multiple: 2.0, p0_min: 0.02, p0_max: 0.9, of_baseline: &[], of_p0: &[2.5, 6.0, 15.0], absolute: &[0.5] };

/// What is said of an opening.
pub(in super::super) fn signal(opening: &Opening, about: &About, state: State) -> Signal {
    let Opening { content, client, rate, .. } = opening;
    let interval = rate.interval();
    let with = if client.is_empty() { String::new() } else { say("C-01.with", &[("client", client.to_string())]) };
    let finding = Finding {
        n_learners: rate.n,
        estimate: rate.share(),
        interval: (interval.lo, interval.hi),
        baseline: rate.baseline(),
        values: vec![
            ("content", about.content_name(content).to_owned()),
            ("with", with),
            ("events", rate.events.to_string()),
            ("n", rate.n.to_string()),
            ("estimate", percent(rate.share())),
            ("interval", percents(interval.lo, interval.hi)),
            ("baseline", percent(rate.baseline())),
        ],
        content: Some(content.to_string()),
        content_version: about.version(content, opening.evidence_day).map(str::to_owned),
        module: about.module_of_content(content).map(str::to_owned),
        client: (!client.is_empty()).then(|| client.to_string()),
        ..Finding::default()
    };
    opening.life.signal(about, Code::Broken, state, finding)
}
