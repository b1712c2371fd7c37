//! `signals.svg`, drawn from `signals.json`: what each rule finds against how much of what it says is false.

use super::Results;
use crate::Failure;
use crate::svg::{begin, escaped};
use std::fmt::{self, Write};
use teachback_simulation::score::OURS;
use teachback_simulation::score::bars::worlds;
use teachback_simulation::score::report::{FamilyReport, WorldReport};

const WIDTH: f64 = 900.0;
/// Left edges of the two plots.
const LEFTS: [f64; 2] = [64.0, 512.0];
const TOP: f64 = 96.0;
/// Both plots are square.
const SIDE: f64 = 340.0;
/// Where the legends begin, and the height of a line of theirs.
const LEGEND: f64 = TOP + SIDE + 76.0;
const LINE: f64 = 22.0;
const OTHERS: &str = "#9aa5b1";
const OUR: &str = "#2f6f9f";
const BAR: &str = "#b03a2e";
/// What the bars allow.
const FALSE_SHARE_MAX: f64 = 0.05;

/// The figure of the base world.
pub(super) fn of(results: &Results) -> Result<String, Failure> {
    let base = results.worlds.iter().find(|world| world.world == worlds::BASE).ok_or("the base world was not scored: there is nothing to draw")?;
    Ok(figure(results, base)?)
}

/// One rule in one plot.
struct Mark<'a> {
    name: &'a str,
    family: &'a FamilyReport,
}

fn figure(results: &Results, base: &WorldReport) -> Result<String, fmt::Error> {
    let plots = [("items (I-01, I-02, I-03)", "I"), ("spans of recordings (V-01)", "V")].map(|(title, family)| (title, marks(base, family)));
    let lines = plots.iter().map(|(_, marks)| marks.len()).max().unwrap_or(0);
    let height = LEGEND + LINE * lines as f64 + 44.0;
    let mut svg = String::new();
    begin(&mut svg, WIDTH, height, "Power against false discoveries", "What rules find, and how much of what they say is false")?;
    let sizes: Vec<String> = base.size.iter().map(|(name, mean)| format!("{mean:.0} {name}")).collect();
    writeln!(
        svg,
        r##"<text x="20" y="52" fill="#666">{} simulated worlds of {}; looked at every day for 60 days; flagged on any day counts</text>"##,
        base.seeds.len(),
        escaped(&sizes.join(", "))
    )?;
    for ((title, marks), left) in plots.iter().zip(LEFTS) {
        plot(&mut svg, left, title, marks)?;
    }
    writeln!(
        svg,
        r##"<text x="20" y="{}" fill="#666" font-size="12">{} · teachback {} · seeds from {} · lines: 95 % over worlds</text>"##,
        height - 16.0,
        escaped(&results.date),
        escaped(&results.commit),
        results.first_seed
    )?;
    writeln!(svg, "</svg>")?;
    Ok(svg)
}

/// The rules that judge a family, ours first.
fn marks<'a>(base: &'a WorldReport, family: &str) -> Vec<Mark<'a>> {
    base.rules.iter().filter_map(|rule| Some(Mark { name: &rule.rule, family: rule.families.get(family)? })).collect()
}

fn plot(svg: &mut String, left: f64, title: &str, marks: &[Mark<'_>]) -> fmt::Result {
    let (x, y) = (|share: f64| left + SIDE * share.clamp(0.0, 1.0), |power: f64| TOP + SIDE * (1.0 - power.clamp(0.0, 1.0)));
    let bottom = TOP + SIDE;
    writeln!(svg, r#"<text x="{left}" y="{}" font-weight="bold">{}</text>"#, TOP - 14.0, escaped(title))?;
    writeln!(svg, r##"<rect x="{left}" y="{TOP}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#ccc"/>"##)?;
    for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
        writeln!(svg, r##"<text x="{}" y="{}" text-anchor="middle" fill="#666" font-size="11">{:.0} %</text>"##, x(tick), bottom + 16.0, 100.0 * tick)?;
        writeln!(svg, r##"<text x="{}" y="{}" text-anchor="end" fill="#666" font-size="11">{tick}</text>"##, left - 6.0, y(tick) + 4.0)?;
    }
    writeln!(svg, r##"<text x="{}" y="{}" text-anchor="middle" fill="#666">false among discoveries, ever</text>"##, left + SIDE / 2.0, bottom + 36.0)?;
    writeln!(
        svg,
        r##"<text transform="translate({} {}) rotate(-90)" text-anchor="middle" fill="#666">power: planted defects found</text>"##,
        left - 40.0,
        TOP + SIDE / 2.0
    )?;
    let limit = x(FALSE_SHARE_MAX);
    writeln!(svg, r#"<line x1="{limit:.1}" x2="{limit:.1}" y1="{TOP}" y2="{bottom}" stroke="{BAR}" stroke-dasharray="4 3"/>"#)?;
    writeln!(svg, r#"<text x="{:.1}" y="{}" fill="{BAR}" font-size="11">bar: 5 %</text>"#, limit + 4.0, TOP + 14.0)?;
    for (place, Mark { name, family }) in marks.iter().enumerate() {
        let colour = if *name == OURS { OUR } else { OTHERS };
        let line_y = LEGEND + LINE * place as f64;
        writeln!(svg, r#"<circle cx="{}" cy="{}" r="9" fill="{colour}"/>"#, left + 9.0, line_y - 4.0)?;
        writeln!(svg, r##"<text x="{}" y="{line_y}" text-anchor="middle" fill="#fff" font-size="11">{}</text>"##, left + 9.0, place + 1)?;
        let (Some(false_share), Some(power)) = (family.false_share, family.power) else {
            writeln!(svg, r##"<text x="{}" y="{line_y}">{} <tspan fill="#666">not measured</tspan></text>"##, left + 26.0, escaped(name))?;
            continue;
        };
        let (cx, cy) = (x(false_share.value), y(power.value));
        writeln!(
            svg,
            r#"<path d="M{:.1} {cy:.1}H{:.1}M{cx:.1} {:.1}V{:.1}" stroke="{colour}" stroke-width="1.5" fill="none"/>"#,
            x(false_share.lo),
            x(false_share.hi),
            y(power.lo),
            y(power.hi)
        )?;
        writeln!(svg, r#"<circle cx="{cx:.1}" cy="{cy:.1}" r="9" fill="{colour}" fill-opacity="0.85"/>"#)?;
        writeln!(svg, r##"<text x="{cx:.1}" y="{:.1}" text-anchor="middle" fill="#fff" font-size="11">{}</text>"##, cy + 4.0, place + 1)?;
        writeln!(
            svg,
            r##"<text x="{}" y="{line_y}">{} <tspan fill="#666">{:.1} % false, power {:.2}</tspan></text>"##,
            left + 26.0,
            escaped(name),
            100.0 * false_share.value,
            power.value
        )?;
    }
    Ok(())
}
