//! What was planted and what was found of it, in a table that a person reads at a glance.
//!
//! An item counts as found under whichever item code; a signal is right when the answer book says that it holds, planted or not.

use std::collections::BTreeMap;
use std::fmt::Write;
use teachback_core::evidence::spans;
use teachback_core::table::{Cell, Rows};
use teachback_simulation::truth::{Fact, Standing, Truth};

/// Planted things by code, with what they are.
const PLANTED: [(&str, &str); 11] = [
    ("I-01", "an item is marked by the wrong key"),
    ("I-02", "an item is answered right whatever one knows"),
    ("I-03", "an item is too hard"),
    ("V-01", "learners leave a span of a recording"),
    ("C-01", "a content fails to open on one client"),
    ("D-01", "learners leave the course in a module"),
    ("R-01", "a revised module keeps more learners"),
    ("R-02", "a revised module loses more learners"),
    ("R-03", "a revision changed nothing"),
    ("X-01", "a course has bots"),
    ("X-02", "a source fell silent"),
];
/// Length of a segment, seconds.
const SEGMENT_S: f64 = 5.0;
/// Bands of learners who met it, by their lower bounds.
const BANDS: [(u32, &str); 3] = [(0, "met by < 100"), (100, "by 100–599"), (600, "by 600 or more")];

/// Something that was said and not taken back.
struct Raised {
    code: String,
    course: String,
    module: String,
    content: String,
    item: String,
    client: String,
    /// The span of the recording in which most learners left, for V-01.
    span: Option<u32>,
}

/// The table, and how many signals are right. `contents` says how long recordings are.
pub(super) fn text(truth: &Truth, signals: &Rows, contents: &Rows) -> String {
    let raised = raised(signals, contents);
    let mut text = format!("Planted, and found\n\n  {:50}{:>15}{:>15}{:>18}\n", "", BANDS[0].1, BANDS[1].1, BANDS[2].1);
    for (code, what) in PLANTED {
        let planted: Vec<&Fact> = truth.facts.iter().filter(|fact| fact.code == code && fact.standing == Standing::Planted).collect();
        let mut line = format!("  {code}  {what:44}");
        for (band, (from, _)) in BANDS.iter().enumerate() {
            let below = BANDS.get(band + 1).map_or(u32::MAX, |(below, _)| *below);
            let of_band: Vec<&&Fact> = planted.iter().filter(|fact| (*from..below).contains(&fact.learners_exposed)).collect();
            let found = of_band.iter().filter(|fact| raised.iter().any(|signal| is_about(signal, fact) && is_right(signal, truth))).count();
            let cell = if of_band.is_empty() { "–".to_owned() } else { format!("{found} of {}", of_band.len()) };
            let width = if band + 1 == BANDS.len() { 18 } else { 15 };
            write!(line, "{cell:>width$}").ok();
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    let right = raised.iter().filter(|signal| is_right(signal, truth)).count();
    let between = raised.iter().filter(|signal| !is_right(signal, truth) && is_true_of(signal, truth, &[Standing::Between])).count();
    write!(text, "\n  Of {} signals {right} are right", raised.len()).ok();
    if between > 0 {
        write!(text, ", {between} say of something sound that it is worse than the margin, which it is by nature").ok();
    }
    writeln!(text, ", {} are wrong.", raised.len() - right - between).ok();
    text
}

fn raised(signals: &Rows, contents: &Rows) -> Vec<Raised> {
    let lengths_s: BTreeMap<(String, String), f64> = (0..contents.len())
        .filter_map(|row| match cell(contents, row, "length_s") {
            Cell::Number(length_s) => Some(((text_of(contents, row, "course"), text_of(contents, row, "content")), length_s)),
            _ => None,
        })
        .collect();
    let signal = |row: usize| {
        let text = |name: &str| text_of(signals, row, name);
        let (course, content) = (text("course"), text("content"));
        let place = (course, content);
        let span = match (cell(signals, row, "segment"), lengths_s.get(&place)) {
            (Cell::Integer(segment), Some(length_s)) => Some(span_at((segment as f64 + 0.5) * SEGMENT_S, *length_s)),
            _ => None,
        };
        let (course, content) = place;
        let (code, module, item, client) = (text("code"), text("module"), text("item"), text("client"));
        Raised { code, course, module, content, item, client, span }
    };
    let is_raised = |row: &usize| !["watch", "superseded"].contains(&text_of(signals, *row, "state").as_str());
    (0..signals.len()).filter(is_raised).map(signal).collect()
}

/// The span of a recording in which a second of it lies.
fn span_at(second: f64, length_s: f64) -> u32 {
    let spans = spans((length_s * 1000.0) as u32);
    ((second / length_s * f64::from(spans)) as u32).min(spans.saturating_sub(1))
}

fn cell<'a>(rows: &'a Rows, row: usize, name: &str) -> Cell<'a> {
    let column = rows.contract().columns.iter().position(|column| column.name == name);
    column.map_or(Cell::Null, |column| rows.cell(row, column))
}

fn text_of(rows: &Rows, row: usize, name: &str) -> String {
    match cell(rows, row, name) {
        Cell::Text(text) => text.to_owned(),
        _ => String::new(),
    }
}

fn is_right(signal: &Raised, truth: &Truth) -> bool {
    is_true_of(signal, truth, &[Standing::Planted, Standing::Holds])
}

fn is_true_of(signal: &Raised, truth: &Truth, standings: &[Standing]) -> bool {
    truth.facts.iter().any(|fact| fact.code == signal.code && standings.contains(&fact.standing) && is_about(signal, fact))
}

/// Whether signal and fact are of one family and about the same thing. Ids of items are unique in a simulated course.
fn is_about(signal: &Raised, fact: &Fact) -> bool {
    let same = |said: &str, of_fact: &Option<String>| of_fact.as_ref().is_none_or(|of_fact| said == of_fact);
    signal.code.chars().next() == fact.code.chars().next()
        && signal.course == fact.course
        && same(&signal.module, &fact.module)
        && same(&signal.content, &fact.content)
        && same(&signal.item, &fact.item)
        && same(&signal.client, &fact.client)
        && fact.span.is_none_or(|(span, _)| signal.span == Some(span))
}
