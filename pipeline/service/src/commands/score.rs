//! `score`: what a warehouse's signals got right about a simulated world, and what other products' rules would have said.

use crate::cli::Score as Arguments;
use crate::failure::{Failure, system};
use crate::warehouse;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use serde_json::json;
use std::collections::BTreeSet;
use std::io::Write;
use std::process::ExitCode;
use teachback_engine::decided::{self, Decided};
use teachback_simulation::score::intervals::Estimate;
use teachback_simulation::score::report::{Power, RuleReport, WorldReport, pooled};
use teachback_simulation::score::{OURS, score};
use teachback_simulation::truth::Truth;

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let truth = read_truth(arguments)?;
    let store = warehouse::open_existing(&arguments.warehouse)?;
    let Decided { as_of, verdict, told } = decided::newest(store.as_ref())?
        .ok_or_else(|| Failure::new("nothing was judged in this warehouse yet", "a run judges at each midnight of the log and at its end (--until-end)"))?;
    let known: BTreeSet<&str> = truth.courses.iter().map(|course| course.course.as_str()).collect();
    if !told.iter().flat_map(|told| &told.courses).any(|course| known.contains(course.course.as_str())) {
        return Err(Failure::new(
            format!("{} is about none of the courses that this warehouse has evidence of", arguments.truth.display()),
            "give the truth file that `teachback simulate` wrote beside the log that was measured",
        ));
    }
    let score = score(&truth, &verdict, &told);
    let report = pooled(&truth.world, std::slice::from_ref(&score)).ok_or_else(|| Failure::new("there is nothing to report", "report this"))?;
    if let Some(file) = &arguments.json {
        let text = serde_json::to_string_pretty(&json!({"as_of": as_of.to_string(), "report": report, "score": score}));
        let text = text.map_err(|error| Failure::new(error, "report this"))?;
        warehouse::write_file(file, (text + "\n").as_bytes())?;
    }
    let mut out = std::io::stdout().lock();
    // A reader that stops listening (`| head`) is no failure.
    write!(out, "{}", text(&report)).and_then(|()| writeln!(out, "{} world of seed {}, as of {as_of}", truth.world, truth.seed)).ok();
    Ok(ExitCode::SUCCESS)
}

fn read_truth(arguments: &Arguments) -> Result<Truth, Failure> {
    let file = &arguments.truth;
    let bytes = std::fs::read(file).map_err(system(format!("reading {}", file.display())))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| Failure::new(format!("{} is no truth file: {error}", file.display()), "`teachback simulate` writes one, truth.json, beside its log"))
}

fn text(report: &WorldReport) -> String {
    let mut rules = boxed(&["rule", "about", "right", "wrong cause", "between", "false", "false share", "power"]);
    report.rules.iter().for_each(|rule| rule_rows(rule, &mut rules));
    let mut planted = boxed(&["planted", "learners", "how many", "found", "by the right code", "learners it took", "days it took"]);
    for power in report.rules.iter().filter(|rule| rule.rule == OURS).flat_map(|rule| &rule.power) {
        planted.add_row(power_row(power));
    }
    let false_ones: Vec<&str> = report.seeds.iter().flat_map(|seed| &seed.false_ones).map(String::as_str).collect();
    let listed = if false_ones.is_empty() { "no false signal".to_owned() } else { format!("false signals:\n  {}", false_ones.join("\n  ")) };
    let small = &report.clean_small_courses;
    format!("{rules}\n{planted}\n{listed}\nclean courses under 50 learners with any signal: {} of {}\n", small.holding, small.cases)
}

fn boxed(heads: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic).set_header(heads);
    table
}

fn rule_rows(rule: &RuleReport, table: &mut Table) {
    for (family, found) in &rule.families {
        // A rule of one family has nothing to add for all.
        if rule.families.len() <= 2 && family == teachback_simulation::score::report::ALL {
            continue;
        }
        let counts = found.discoveries;
        table.add_row([
            rule.rule.clone(),
            family.clone(),
            counts.right.to_string(),
            counts.other_code.to_string(),
            counts.between.to_string(),
            counts.wrong.to_string(),
            share(found.false_share.filter(|_| counts.right + counts.other_code + counts.wrong > 0)),
            share(found.power),
        ]);
    }
}

fn power_row(power: &Power) -> [String; 7] {
    let quantile = |value: Option<String>| value.unwrap_or_else(|| "most were missed".to_owned());
    [
        power.code.clone(),
        power.learners.as_str().to_owned(),
        power.planted.to_string(),
        share(power.found),
        share(power.right_code),
        quantile(power.learners_judged[0].map(|learners| learners.to_string())),
        quantile(power.days[0].map(|days| days.to_string())),
    ]
}

/// In percent; empty where there was nothing to take a share of.
fn share(estimate: Option<Estimate>) -> String {
    estimate.map_or_else(String::new, |estimate| format!("{:.0} %", 100.0 * estimate.value))
}
