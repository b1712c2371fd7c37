//! V-01: a span of a recording where more learners leave than spans of that position lose in such a recording.
//!
//! H0: the share that leaves in it is at most 1.5 times the expected one (K1); what is expected, see `spans`. The peak of
//! leaving is located in 5-second segments.
//!
//! Likely causes, the first that fits: learners come back to the span and fail the questions on the recording: it is too hard;
//! learners come back to it: it is hard to follow. How the questions are answered is said in any case (`around`).

use super::super::around::Around;
use super::super::life::{About, Finding};
use super::super::messages::{clock, percent, percents, say};
use super::super::rate::{RateMargin, Shown};
use super::super::signal::{Code, Signal, State};
use super::super::spans::Span;
use crate::seal::SEGMENT_S;

/// How leaving in a span is compared with what is expected.
pub(in super::super) const MARGIN: RateMargin =
    RateMargin { learners_min: 20, multiple: 1.5, p0_min: 0.0, p0_max: 0.9, of_baseline: &[2.0, 3.0, 4.0], of_p0: &[], absolute: &[] };
/// From this share of learners who come back to a span on, it is named as a likely cause.
const RETURNED_SHARE: f64 = 0.25;

/// Where a span begins and ends, in minutes and seconds.
fn bounds(span: &Span) -> [String; 2] {
    let (_, _, spans, number) = &span.key;
    [*number, number + 1].map(|number| clock(u64::from(span.length_ms) * u64::from(number) / u64::from((*spans).max(1)) / 1000))
}

/// A span on a list of signals.
pub(in super::super) fn words(span: &Span, about: &About) -> String {
    let [from, to] = bounds(span);
    say("open.span", &[("content", about.content_name(&span.key.1).to_owned()), ("from", from), ("to", to)])
}

/// What is said of a span.
pub(in super::super) fn signal(span: &Span, about: &About, around: Around<'_>, state: State) -> Signal {
    let (_, content, spans, number) = &span.key;
    let [from, to] = bounds(span);
    // The earliest of equal peaks.
    let peak = span.segments.iter().max_by_key(|(segment, leavers)| (**leavers, std::cmp::Reverse(**segment))).map(|(segment, _)| *segment);
    let Shown { n, share, interval, baseline, .. } = span.rate.shown(&span.unjudged);
    let mut remarks = Vec::new();
    if let Some(peak) = peak {
        remarks.push(say("V-01.peak", &[("at", clock(u64::from(peak) * u64::from(SEGMENT_S)))]));
    }
    let returned = span.returned as f64 / n.max(1) as f64;
    let questions = around.questions_on(about, content);
    if returned >= RETURNED_SHARE {
        let are_failed = questions.is_some_and(|questions| questions.are_failed());
        let cause = if are_failed { "V-01.likely_too_hard" } else { "V-01.likely_confusing" };
        remarks.push(say(cause, &[("share", percent(returned))]));
    }
    remarks.extend(questions.map(|questions| questions.say("V-01.questions")));
    let finding = Finding {
        n_learners: n,
        estimate: share,
        interval: (interval.lo, interval.hi),
        baseline,
        values: vec![
            ("content", about.content_name(content).to_owned()),
            ("from", from),
            ("to", to),
            ("n", n.to_string()),
            ("estimate", percent(share)),
            ("interval", percents(interval.lo, interval.hi)),
            ("baseline", percent(baseline)),
        ],
        remarks,
        content: Some(content.to_string()),
        content_version: about.version(content, span.evidence_day).map(str::to_owned),
        segment: peak,
        span: Some(format!("{number}/{spans}")),
        module: about.module_of_content(content).map(str::to_owned),
        questions,
        ratios: span.rate.ratios(),
        ..Finding::default()
    };
    span.life.signal(about, Code::SegmentDrop, state, finding)
}
