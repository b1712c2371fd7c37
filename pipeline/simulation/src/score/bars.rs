//! The bars: what must be seen to hold before signals are trusted, each with its value and whether it is met.
//!
//! A bar without cases is not met: what was not measured was not seen to hold.

use super::coverage::Coverage;
use super::intervals::{Estimate, share};
use super::report::{ALL, Band, Power, RuleReport, Share, WorldReport};
use serde::{Deserialize, Serialize};

/// Kinds of worlds by the names they are reported under.
pub mod worlds {
    /// As the simulator's specification has it.
    pub const BASE: &str = "base";
    /// With many clean items just above the margin.
    pub const STRESS: &str = "stress";
    /// With two abilities and learners of unequal frailty.
    pub const MISSPECIFIED: &str = "misspecified";
    /// Without any defect.
    pub const CLEAN: &str = "clean";
    /// Base, with about 300 items.
    pub const TINY: &str = "300 items";
    /// Small courses without any defect.
    pub const SMALL_COURSES: &str = "small courses";
    /// Clean, with more and more learners who only look in.
    pub const MIX_SHIFT: &str = "mix shift";
    /// Large courses, each with a module that is revised.
    pub const REVISED: &str = "revised";
}

/// Which side of its bar a value must be on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Side {
    /// At most.
    #[serde(rename = "<=")]
    AtMost,
    /// At least.
    #[serde(rename = ">=")]
    AtLeast,
}

/// One bar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// What is measured.
    pub quantity: String,
    /// In which worlds.
    pub world: String,
    /// What was found; `None` where there was nothing to measure it on.
    pub value: Option<f64>,
    /// Its 95 % interval, where there is one.
    pub interval: Option<(f64, f64)>,
    /// Cases it rests on: worlds, planted things, courses, runs.
    pub cases: u64,
    /// Which side it must be on.
    pub side: Side,
    /// Of this.
    pub bar: f64,
    /// Whether it is.
    pub met: bool,
}

/// Every bar, for the worlds that were scored; bars of worlds that were not are left out.
#[must_use]
pub fn bars(reports: &[WorldReport], coverage: Option<Coverage>) -> Vec<Bar> {
    let mut bars = Vec::new();
    for (world, most) in [(worlds::BASE, 0.05), (worlds::STRESS, 0.05), (worlds::MISSPECIFIED, 0.08)] {
        let Some(report) = find(reports, world) else { continue };
        for (family, what) in [(ALL, "all"), ("I", "items")] {
            let false_share = ours(report).and_then(|ours| ours.families.get(family)).and_then(|family| family.false_share);
            bars.push(Bar::new(&format!("ever false among discoveries, {what}"), world, false_share, report.seeds.len() as u64, Side::AtMost, most));
        }
    }
    if let Some(report) = find(reports, worlds::CLEAN)
        && let Some(any) = report.any_pushed.get(ALL)
    {
        bars.push(Bar::of_limit("worlds with any pushed signal, 95 % upper limit", worlds::CLEAN, any, 0.08));
    }
    if let Some(report) = find(reports, worlds::BASE) {
        bars.extend(power_bars(report));
        bars.extend(other_rules(report, &[("V-01 × 2.5", Band::Needed), ("C-01", Band::Needed), ("X-01", Band::Any), ("X-02", Band::Any)]));
    }
    if let Some(report) = find(reports, worlds::REVISED) {
        bars.push(power_bar(report, "R-01", Band::Any, 0.40));
        bars.extend(other_rules(report, &[("D-01", Band::Needed), ("R-02", Band::Needed), ("R-03", Band::Any)]));
    }
    for world in [worlds::BASE, worlds::REVISED] {
        if let Some(report) = find(reports, world) {
            bars.push(Bar::of_share("revisions without effect called an improvement", world, &report.no_effect_verified, 0.02));
        }
    }
    if let Some(report) = find(reports, worlds::MIX_SHIFT) {
        let walls = report.any_pushed.get("D").copied();
        let (holding, cases) = (walls.map_or(0, |walls| walls.holding), report.seeds.len() as u64);
        bars.push(Bar::new("runs with any D-01", worlds::MIX_SHIFT, share(holding, cases), cases, Side::AtMost, 0.01));
    }
    if let Some(report) = find(reports, worlds::SMALL_COURSES) {
        bars.push(Bar::of_share("clean courses under 50 learners with any pushed signal", worlds::SMALL_COURSES, &report.clean_small_courses, 0.002));
    }
    if let Some(Coverage { runs, looks, missed }) = coverage {
        let missed = share(u64::from(missed), u64::from(runs));
        bars.push(Bar::new(&format!("exact intervals that ever miss, {looks} looks"), "Bernoulli 0.3", missed, u64::from(runs), Side::AtMost, 0.05));
    }
    bars
}

/// Bars on power, by code and learners, in the world of 10,000 items.
fn power_bars(report: &WorldReport) -> Vec<Bar> {
    let least = [
        ("I-01", Band::Many, 0.98),
        ("I-01", Band::Some, 0.90),
        ("I-01", Band::Few, 0.50),
        ("I-03", Band::Many, 0.95),
        ("I-03", Band::Some, 0.70),
        ("I-02", Band::Many, 0.70),
        ("V-01 × 3.5", Band::Many, 0.90),
    ];
    let mut bars: Vec<Bar> = least.into_iter().map(|(code, learners, bar)| power_bar(report, code, learners, bar)).collect();
    let spans = power(report, "V-01 × 3.5", Band::Many);
    // A median that is missing lies beyond what was found: more than half were missed.
    let median = spans.and_then(|spans| spans.learners_judged[0]).map(|learners| Estimate { value: f64::from(learners), lo: f64::NAN, hi: f64::NAN });
    bars.push(Bar::new("median starters to detect V-01 × 3.5, >= 600 learners", &report.world, median, planted(spans), Side::AtMost, 200.0));
    bars
}

fn power_bar(report: &WorldReport, code: &str, learners: Band, bar: f64) -> Bar {
    let power = power(report, code, learners);
    let quantity = format!("power {code}, {} learners", learners.as_str());
    Bar::new(&quantity, &report.world, power.and_then(|power| power.found), planted(power), Side::AtLeast, bar)
}

/// Other rules, by the right code: with the learners that it prints as needed (any number, for rules that print none) a
/// rule finds half of what is planted, or it is never pushed.
fn other_rules(report: &WorldReport, rules: &[(&str, Band)]) -> Vec<Bar> {
    let bar = |(code, learners): &(&str, Band)| {
        let (code, learners) = (*code, *learners);
        let power = power(report, code, learners);
        let rule = code.split(' ').next().unwrap_or(code);
        let pushed = ours(report).is_some_and(|ours| ours.discoveries.contains_key(rule));
        let quantity = if pushed { format!("power {code} by the right code, {} learners", learners.as_str()) } else { format!("power {code}: never pushed") };
        let mut bar = Bar::new(&quantity, &report.world, power.and_then(|power| power.right_code), planted(power), Side::AtLeast, 0.5);
        bar.met |= !pushed;
        bar
    };
    rules.iter().map(bar).collect()
}

fn find<'a>(reports: &'a [WorldReport], world: &str) -> Option<&'a WorldReport> {
    reports.iter().find(|report| report.world == world)
}

fn ours(report: &WorldReport) -> Option<&RuleReport> {
    report.rules.first()
}

fn power<'a>(report: &'a WorldReport, code: &str, learners: Band) -> Option<&'a Power> {
    ours(report)?.power.iter().find(|power| power.code == code && power.learners == learners)
}

fn planted(power: Option<&Power>) -> u64 {
    power.map_or(0, |power| u64::from(power.planted))
}

impl Bar {
    fn new(quantity: &str, world: &str, estimate: Option<Estimate>, cases: u64, side: Side, bar: f64) -> Self {
        let met = estimate.is_some_and(|estimate| match side {
            Side::AtMost => estimate.value <= bar,
            Side::AtLeast => estimate.value >= bar,
        });
        let interval = estimate.filter(|estimate| estimate.lo.is_finite()).map(|estimate| (estimate.lo, estimate.hi));
        Self { quantity: quantity.to_owned(), world: world.to_owned(), value: estimate.map(|estimate| estimate.value), interval, cases, side, bar, met }
    }

    fn of_share(quantity: &str, world: &str, share: &Share, most: f64) -> Self {
        Self::new(quantity, world, share.share, share.cases, Side::AtMost, most)
    }

    /// A bar on the upper limit itself.
    fn of_limit(quantity: &str, world: &str, share: &Share, most: f64) -> Self {
        let limit = Estimate { value: share.upper_limit, lo: f64::NAN, hi: f64::NAN };
        Self::new(quantity, world, Some(limit), share.cases, Side::AtMost, most)
    }
}
