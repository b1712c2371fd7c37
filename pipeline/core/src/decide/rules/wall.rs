//! D-01: a module after whose beginning more learners leave the course than is to be expected.
//!
//! H0: the share that leaves within the window after arriving is at most 1.5 times the expected one (K1); what is
//! expected, see `places`. A wave of leaving that hits the whole course, or its calendar, is no wall. Whose silence counts
//! as leaving, see `silence`.
//!
//! Likely causes: the signals that are open in the module, and that learners fail its questions (`around`).

use super::super::around::Around;
use super::super::life::{About, Finding};
use super::super::messages::{percent, percents, say};
use super::super::places::Place;
use super::super::rate::{RateMargin, Shown};
use super::super::signal::{Code, Signal, State};

/// How leaving at a place is compared with what is expected.
pub(in super::super) const MARGIN: RateMargin =
    RateMargin { learners_min: 50, multiple: 1.5, p0_min: 0.0, p0_max: 0.9, of_baseline: &[2.0, 3.0, 4.0], of_p0: &[], absolute: &[] };

/// What is said of a place.
pub(in super::super) fn signal(place: &Place, about: &About, around: Around<'_>, state: State) -> Signal {
    let rate = &place.rate;
    let Shown { n, events, share, interval, baseline } = rate.shown(&place.unjudged);
    let mut remarks = Vec::new();
    if 2 * place.unheard > n {
        remarks.push(say("D-01.unheard", &[]));
    }
    remarks.extend(around.open_in(about, &place.module).map(|open| say("D-01.likely_part_of_it", &[("open", open)])));
    let questions = around.questions_of_module(about, &place.module);
    remarks.extend(questions.map(|questions| questions.say(if questions.are_failed() { "D-01.likely_too_hard" } else { "D-01.questions" })));
    let finding = Finding {
        n_learners: n,
        estimate: share,
        interval: (interval.lo, interval.hi),
        baseline,
        values: vec![
            ("module", about.module_name(&place.module).to_owned()),
            ("n", n.to_string()),
            ("estimate", percent(share)),
            ("interval", percents(interval.lo, interval.hi)),
            ("withdrew", place.withdrew.to_string()),
            ("stopped_out", events.saturating_sub(place.withdrew).to_string()),
            ("baseline", percent(baseline)),
        ],
        module: Some(place.module.to_string()),
        ratios: rate.ratios(),
        questions,
        remarks,
        ..Finding::default()
    };
    place.life.signal(about, Code::Wall, state, finding)
}
