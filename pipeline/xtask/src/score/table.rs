//! What was found, as text for people.

use super::Results;
use std::fmt::Write;
use teachback_simulation::score::bars::{Bar, Side};
use teachback_simulation::score::intervals::Estimate;
use teachback_simulation::score::report::{Power, RuleReport, WorldReport};
use teachback_simulation::score::{Discoveries, OURS, Score};

/// One world in a line.
pub(super) fn line(score: &Score) -> String {
    let ours = score.rules.iter().find(|rule| rule.rule == OURS);
    let all = ours.into_iter().flat_map(|rule| rule.discoveries.values()).fold(Discoveries::default(), |sum, found| sum.and(*found));
    let outcomes = || ours.into_iter().flat_map(|rule| &rule.outcomes);
    format!(
        "{} items, {} planted, {} found; {} right, {} by another code, {} between, {} wrong",
        score.size.items,
        outcomes().count(),
        outcomes().filter(|outcome| outcome.found.is_some()).count(),
        all.right,
        all.other_code,
        all.between,
        all.wrong
    )
}

/// The whole report.
pub(super) fn of(results: &Results) -> String {
    let mut text = format!("\nseeds from {}, {}, {}\n", results.first_seed, results.commit, results.date);
    for world in &results.worlds {
        text.push_str(&world_text(world));
    }
    let heads = ["", "world", "value", "95 % interval", "cases", "bar", ""].map(str::to_owned);
    text.push_str(&format!("\nBars\n{}", aligned(std::iter::once(heads).chain(results.bars.iter().map(bar)).collect())));
    text
}

fn world_text(world: &WorldReport) -> String {
    let sizes: Vec<String> = world.size.iter().map(|(name, mean)| format!("{mean:.0} {name}")).collect();
    let mut text = format!("\n== {}: {} worlds of {}\n", world.world, world.seeds.len(), sizes.join(", "));
    let heads = ["", "family", "ever false", "95 % interval", "by code", "right", "other code", "between", "wrong", "power"].map(str::to_owned);
    text.push_str(&aligned(std::iter::once(heads).chain(world.rules.iter().flat_map(families)).collect()));
    let heads = ["", "learners", "planted", "found", "right code", "learners judged, median / 90 %", "met", "days"].map(str::to_owned);
    let ours = world.rules.iter().filter(|rule| rule.rule == OURS).flat_map(|rule| &rule.power);
    text.push_str(&format!("\n{}", aligned(std::iter::once(heads).chain(ours.map(power)).collect())));
    for (family, any) in &world.any_pushed {
        // Writing to a string does not fail.
        let _ = writeln!(text, "worlds with any signal pushed, {family}: {} of {}, at most {:.3} at 95 %", any.holding, any.cases, any.upper_limit);
    }
    let _ = writeln!(text, "worlds with any false signal: {} of {}", world.any_false.holding, world.any_false.cases);
    let (small, verified) = (&world.clean_small_courses, &world.no_effect_verified);
    let _ = writeln!(text, "clean courses under 50 learners with any signal pushed: {} of {}", small.holding, small.cases);
    let _ = writeln!(text, "revisions without effect called an improvement: {} of {}", verified.holding, verified.cases);
    text
}

fn families(rule: &RuleReport) -> Vec<[String; 10]> {
    let line = |(family, report): (&String, &teachback_simulation::score::report::FamilyReport)| {
        let Discoveries { right, other_code, between, wrong } = report.discoveries;
        [
            rule.rule.clone(),
            family.clone(),
            value(report.false_share),
            interval(report.false_share.map(|share| (share.lo, share.hi))),
            value(report.false_share_by_code),
            right.to_string(),
            other_code.to_string(),
            between.to_string(),
            wrong.to_string(),
            value(report.power),
        ]
    };
    // A rule of one family has nothing to add for all.
    rule.families.iter().filter(|(family, _)| rule.families.len() > 2 || *family != "all").map(line).collect()
}

fn power(power: &Power) -> [String; 8] {
    let pair = |[median, high]: [Option<u32>; 2]| format!("{} / {}", number(median), number(high));
    [
        power.code.clone(),
        power.learners.as_str().to_owned(),
        power.planted.to_string(),
        value(power.found),
        value(power.right_code),
        pair(power.learners_judged),
        pair(power.learners_met),
        format!("{} / {}", number(power.days[0]), number(power.days[1])),
    ]
}

fn bar(bar: &Bar) -> [String; 7] {
    let side = match bar.side {
        Side::AtMost => "≤",
        Side::AtLeast => "≥",
    };
    [
        bar.quantity.clone(),
        bar.world.clone(),
        bar.value.map_or_else(|| "not measured".to_owned(), decimal),
        interval(bar.interval),
        bar.cases.to_string(),
        format!("{side} {}", decimal(bar.bar)),
        if bar.met { "met" } else { "MISSED" }.to_owned(),
    ]
}

fn value(estimate: Option<Estimate>) -> String {
    estimate.map_or_else(String::new, |estimate| decimal(estimate.value))
}

fn interval(ends: Option<(f64, f64)>) -> String {
    ends.map_or_else(String::new, |(lo, hi)| format!("{lo:.3} to {hi:.3}"))
}

fn decimal(value: f64) -> String {
    if value >= 10.0 { format!("{value:.0}") } else { format!("{value:.3}") }
}

/// A quantile; what lies among the missed is written as such.
fn number(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "missed".to_owned(), |value| value.to_string())
}

/// Columns, the first to the left and the others to the right.
fn aligned<const N: usize>(lines: Vec<[String; N]>) -> String {
    let widths: Vec<usize> = (0..N).map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for line in lines {
        for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
            let _ = if column == 0 { write!(text, "{cell:<width$}") } else { write!(text, "  {cell:>width$}") };
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}
