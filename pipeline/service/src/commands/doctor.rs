//! `doctor`: what the `[[sources]]` bring, and what will therefore stay empty. Reads a sample of the newest messages of each topic and
//! notes nothing to any group.

use super::route::plan;
use crate::cli::{self, ListFormat};
use crate::failure::Failure;
use crate::routing::{alias_topic, newest};
use crate::settings::RoutePlan;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use teachback_core::time::EventTime;
use teachback_formats::route::{Diagnosis, Message, NameCounts, Router, SourceCounts, SourceFacts};

/// Names of one kind that the table shows; JSON has all.
const NAMES_SHOWN_MAX: usize = 20;

pub(crate) fn run(arguments: &cli::Doctor) -> Result<ExitCode, Failure> {
    let plan = plan(&arguments.config)?;
    let (router, diagnosis) = sample(&plan, arguments.messages)?;
    let said = match arguments.format {
        ListFormat::Json => as_json(&router, &diagnosis).to_string(),
        ListFormat::Table => as_tables(&router, &diagnosis, arguments.messages)?,
    };
    // A reader that stops listening (`| head`) is no failure.
    writeln!(std::io::stdout().lock(), "{said}").ok();
    Ok(ExitCode::SUCCESS)
}

/// Routes the newest messages of each topic to nowhere.
fn sample(plan: &RoutePlan, messages_max: u64) -> Result<(Router, Diagnosis), Failure> {
    let (mut router, _aliases) = alias_topic::router(plan, &AtomicBool::new(false))?;
    let mut diagnosis = Diagnosis::default();
    for (topic, source) in &plan.topics {
        newest::read(&plan.to.with_topic(topic), messages_max, &mut |record| {
            let received = record.received.unwrap_or(EventTime::YEAR_2000);
            let message = Message { source, headers: &record.headers.fetch(), body: record.body, received };
            for event in router.route(&message).out {
                diagnosis.take(message.effective_source(), message.effective_received(), &event.json);
            }
        })?;
    }
    Ok((router, diagnosis))
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Advice about a source's time zone, if its times ask for it.
fn time_zone_hint(source: &str, facts: &SourceFacts) -> Option<String> {
    facts.suspects_time_zone().then(|| {
        format!(
            "{} of the first {} events of `{source}` lie more than five minutes ahead of their receipt; measure refuses such as clock_wild. If the platform \
             writes local times without an offset, set `time_zone` of this source; if not, mend the platform's clock.",
            facts.first_ahead, facts.first
        )
    })
}

fn as_json(router: &Router, diagnosis: &Diagnosis) -> Value {
    let names = |counts: &NameCounts| counts.by_count().into_iter().map(|(name, count)| json!({"name": name, "count": count})).collect::<Vec<_>>();
    let source = |(source, counts): (&String, &SourceCounts)| {
        let facts = diagnosis.sources().get(source).cloned().unwrap_or_default();
        json!({
            "source": source, "messages": counts.messages, "mapped": counts.mapped, "nothing": counts.nothing, "dead": counts.dead,
            "events": counts.events, "platform_events": counts.platform_events, "aliased": counts.aliased, "other_door": counts.other_door,
            "rejected": counts.reasons.iter().map(|(reason, count)| json!({"reason": reason.code(), "count": count})).collect::<Vec<_>>(),
            "unmapped": names(&counts.unmapped), "twins": names(&counts.twins), "partial": names(&counts.partial),
            "share_with_learner": share(facts.with_learner, facts.events), "share_with_course": share(facts.with_course, facts.events),
            "share_with_exact_time": share(facts.with_exact_time, facts.events),
            "first_events": facts.first, "first_clock_wild": facts.first_ahead, "hint": time_zone_hint(source, &facts),
        })
    };
    let overlaps = diagnosis.overlaps();
    let overlap = overlaps.iter().map(|pair| {
        json!({
            "acting": pair.acting, "enrolled": pair.enrolled, "learners_acting": pair.learners_acting, "learners_enrolled": pair.learners_enrolled,
            "share": share(pair.learners_enrolled, pair.learners_acting),
        })
    });
    let empty = diagnosis.empty();
    let empty = empty.iter().map(|empty| json!({"kind": empty.kind, "name": empty.name, "lacks": empty.lacks}));
    json!([{
        "sources": router.counts().iter().map(source).collect::<Vec<_>>(),
        "acting_and_enrolled": overlap.collect::<Vec<_>>(),
        "stay_empty": empty.collect::<Vec<_>>(),
    }])
}

fn as_tables(router: &Router, diagnosis: &Diagnosis, messages_max: u64) -> Result<String, Failure> {
    let mut said = String::new();
    let unwritable = |_| Failure::new("a table cannot be written", "report this");
    let percent = |share: Option<f64>| share.map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", share * 100.0));
    let none = SourceFacts::default();
    let mut sources = boxed(&["source", "messages", "mapped", "nothing", "dead", "events", "other door", "with learner", "with course", "exact time"]);
    for (source, counts) in router.counts() {
        let facts = diagnosis.sources().get(source).unwrap_or(&none);
        let mut row = vec![source.clone()];
        row.extend([counts.messages, counts.mapped, counts.nothing, counts.dead, counts.events, counts.other_door].map(|count| count.to_string()));
        row.extend([facts.with_learner, facts.with_course, facts.with_exact_time].map(|part| percent(share(part, facts.events))));
        sources.add_row(row);
    }
    writeln!(said, "Newest messages, at most {messages_max} of each topic\n{sources}").map_err(unwritable)?;
    let mut names = boxed(&["source", "what became of it", "name", "count"]);
    for (source, counts) in router.counts() {
        for (reason, count) in &counts.reasons {
            names.add_row([source.as_str(), "dead letter", reason.code(), &count.to_string()]);
        }
        for (what, counts) in [("not mapped", &counts.unmapped), ("its twin counts", &counts.twins), ("lacks something", &counts.partial)] {
            let sorted = counts.by_count();
            for (name, count) in sorted.iter().take(NAMES_SHOWN_MAX) {
                names.add_row([source.as_str(), what, name, &count.to_string()]);
            }
            if sorted.len() > NAMES_SHOWN_MAX {
                let rest: u64 = sorted.iter().skip(NAMES_SHOWN_MAX).map(|(_, count)| count).sum();
                names.add_row([source.as_str(), what, "further names: see --format json", &rest.to_string()]);
            }
        }
    }
    writeln!(said, "\nWhat became no event\n{names}").map_err(unwritable)?;
    let mut overlaps = boxed(&["acting, from", "enrolled, from", "learners acting", "of those enrolled", "share"]);
    for pair in diagnosis.overlaps() {
        let part = percent(share(pair.learners_enrolled, pair.learners_acting));
        overlaps.add_row([pair.acting, pair.enrolled, pair.learners_acting.to_string(), pair.learners_enrolled.to_string(), part]);
    }
    writeln!(said, "\nWho acts and is enrolled in the same course; near 0 % the learners have two names: give an alias map in [route]\n{overlaps}")
        .map_err(unwritable)?;
    let mut empty = boxed(&["stays empty", "", "was not seen in the sample"]);
    for row in diagnosis.empty() {
        empty.add_row([row.kind, row.name, row.lacks]);
    }
    write!(said, "\nTables and signals that stay empty if all that comes is like this\n{empty}").map_err(unwritable)?;
    for (source, facts) in diagnosis.sources() {
        if let Some(hint) = time_zone_hint(source, facts) {
            write!(said, "\n\n{hint}").map_err(unwritable)?;
        }
    }
    Ok(said)
}

fn boxed(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic).set_header(header);
    table
}
