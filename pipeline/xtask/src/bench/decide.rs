//! `cargo xtask bench-decide`: how long decide takes for one cut when a million hypotheses have news, and in how much memory.
//!
//! ```text
//!  2,000 courses ──▶ cells of one day ──▶ Judge::tell ──▶ Judge::judge ──▶ verdict
//!  100 items (3 rules each), 18 recordings of 10 spans, 20 modules
//! ```
//! Every hypothesis gets cells on every day, so nothing can be left out; the first days make its sample large enough. The
//! time of a cut is that of telling and judging; making the cells is not in it. One thread, this process.

use super::again_in_release;
use super::build;
use super::clock::Stopwatch;
use super::machine::peak_rss_kib;
use crate::Failure;
use crate::files::workspace_root;
use teachback_core::decide::{Judge, Told};
use teachback_core::event::outline::Outline;
use teachback_core::evidence::{CourseEvidence, ItemCell, PlaceCell, SpanCell};
use teachback_core::time::Day;

/// The bar of one cut, seconds, and of the memory, GiB.
const SECONDS_MAX: f64 = 60.0;
const GIB_MAX: f64 = 4.0;
/// Of each course.
const ITEMS: usize = 100;
const RECORDINGS: usize = 18;
const SPANS: u32 = 10;
const MODULES: usize = 20;
/// Days from a day of places to its closing, beyond that of items and spans.
const PLACE_DAYS: i32 = 14;

/// How the bench is run.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Courses; each has 500 hypotheses.
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    courses: usize,
    /// Cuts, one a day.
    #[arg(long, value_name = "N", default_value_t = 5)]
    days: i32,
    /// Measure this process as it is built, instead of a release build.
    #[arg(long)]
    as_built: bool,
}

/// Measures and prints.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    if cfg!(debug_assertions) && !options.as_built {
        let root = workspace_root()?;
        return again_in_release(&root, &build(&root)?);
    }
    let mut judge = Judge::default();
    let mut slowest: f64 = 0.0;
    for day in 0..options.days {
        let cut = day + 3;
        let mut told_seconds = 0.0;
        for course in 0..options.courses {
            let told = Told { as_of: Day(cut).start(), courses: vec![evidence(course, day)] };
            let watch = Stopwatch::start();
            judge.tell(told);
            told_seconds += watch.seconds();
        }
        let watch = Stopwatch::start();
        let verdict = judge.judge(Day(cut));
        let judged_seconds = watch.seconds();
        slowest = slowest.max(told_seconds + judged_seconds);
        let hypotheses: std::collections::BTreeMap<&str, u64> = verdict.signals.iter().map(|signal| (signal.code.as_str(), signal.hypotheses)).collect();
        println!("cut {cut}: told in {told_seconds:.1} s, judged in {judged_seconds:.1} s; signals {}; families {hypotheses:?}", verdict.signals.len());
    }
    let gib = peak_rss_kib(std::process::id()).ok_or("this system does not tell how much memory a process has had")? as f64 / f64::from(1 << 20);
    let verdict = |met: bool| if met { "met" } else { "missed" };
    println!("{} hypotheses with news at each cut", options.courses * (3 * ITEMS + RECORDINGS * SPANS as usize + MODULES));
    println!("slowest cut: {slowest:.1} s, at most {SECONDS_MAX} is asked: {}", verdict(slowest <= SECONDS_MAX));
    println!("peak memory: {gib:.2} GiB, at most {GIB_MAX} is asked: {}", verdict(gib <= GIB_MAX));
    Ok(())
}

/// The cells of one course and day: a little noise, and one in fifty bad.
fn evidence(course: usize, day: i32) -> CourseEvidence {
    let mut noise = Noise(course as u64 * 1_000_003 + day.unsigned_abs() as u64);
    let is_bad = |number: usize| (course * 7 + number).is_multiple_of(50);
    let mut told = CourseEvidence {
        course: format!("course-v1:Bench+C{course:05}+2026"),
        provider: format!("provider-{:03}", course % 200),
        title: String::new(),
        outline: Outline::default(),
        began: Some(Day(0)),
        versions: Vec::new(),
        active_days: (day..day + PLACE_DAYS + 4).map(Day).collect(),
        items: Vec::new(),
        quizzes: Vec::new(),
        spans: Vec::new(),
        dwell: Vec::new(),
        places: Vec::new(),
        openings: Vec::new(),
        accounts: Vec::new(),
        flow: Vec::new(),
    };
    for item in 0..ITEMS {
        let right = if is_bad(item) { 3 } else { 15 + noise.below(4) };
        for (response, is_right, rest_bin, learners) in
            [("a", true, 12, right / 2), ("a", true, 15, right - right / 2), ("b", false, 9, 4), ("c", false, 8, 3), ("d", false, 11, 24 - 7 - right.min(17))]
        {
            let cell = ItemCell {
                day: Day(day),
                stratum: String::new(),
                assessment: format!("quiz-{}", item / 10),
                item: format!("item-{item:03}"),
                response: response.to_owned(),
                right: is_right,
                rest_bin: Some(rest_bin + noise.below(3) as u8),
                learners,
            };
            told.items.extend((learners > 0).then_some(cell));
        }
    }
    for (recording, span) in (0..RECORDINGS).flat_map(|recording| (0..SPANS).map(move |span| (recording, span))) {
        let dropped = if is_bad(recording * 10 + span as usize) { 6 } else { noise.below(3) };
        told.spans.push(SpanCell {
            day: Day(day),
            stratum: String::new(),
            content: format!("video-{recording:02}"),
            spans: SPANS,
            length_ms: 420_000,
            span,
            entered: 24,
            dropped,
            replayed: noise.below(3),
            sought_back: noise.below(2),
            skipped: 0,
            paused: noise.below(5),
            segments: vec![(span * 8 + 3, dropped)],
        });
    }
    for module in 0..MODULES {
        let withdrew = noise.below(4);
        let day = Day(day - PLACE_DAYS);
        told.places.push(PlaceCell {
            day,
            stratum: String::new(),
            module: format!("m{module:02}"),
            arrived: 60,
            withdrew,
            stopped_out: noise.below(3),
            returned: 0,
        });
    }
    told
}

/// A small seeded generator (Knuth's MMIX constants).
struct Noise(u64);

impl Noise {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % u64::from(bound)) as u32
    }
}
