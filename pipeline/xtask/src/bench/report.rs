//! What was measured: as a table for people and as `throughput.json`.

use super::Options;
use super::clock;
use super::machine::{Machine, Versions};
use super::produce::Log;
use crate::Failure;
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// One run.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct Sample {
    /// Seconds from start to end; for the service, of the whole process.
    pub(super) wall_s: f64,
    /// The service: seconds from knowing where the log ends to everything being published, by its own log.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) own_s: Option<f64>,
    /// Seconds of processor, all threads together; the broker's are not in them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) cpu_s: Option<f64>,
    /// The service: most memory.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) peak_rss_bytes: Option<u64>,
    /// The service: size of the warehouse at the end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) written_bytes: Option<u64>,
}

impl Sample {
    /// A run of which only the time is known.
    pub(super) fn of(wall_s: f64) -> Self {
        Self { wall_s, ..Self::default() }
    }
}

/// One of the four and its runs.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    /// The least share of (a).
    bar: Option<f64>,
    pub(super) samples: Vec<Sample>,
}

impl Measured {
    pub(super) fn new(name: &'static str, title: &'static str, bar: Option<f64>) -> Self {
        Self { name, title, bar, samples: Vec::new() }
    }
}

/// `throughput.json`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Report {
    pub(super) date: String,
    pub(super) machine: Machine,
    pub(super) versions: Versions,
    pub(super) log: LogFacts,
    pub(super) repetitions: usize,
    pub(super) results: Vec<Row>,
}

/// The log that was read.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct LogFacts {
    pub(super) events: u64,
    pub(super) mean_event_bytes: f64,
    pub(super) partitions: i32,
    pub(super) courses: u64,
    pub(super) learners: u32,
    pub(super) video_share: f64,
    pub(super) seed: u64,
}

/// Medians of one of the four.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) title: String,
    /// By the wall time of the whole process.
    pub(super) events_per_s: f64,
    pub(super) events_per_s_min: f64,
    pub(super) events_per_s_max: f64,
    /// `events_per_s` as a share of bare consumption.
    pub(super) ratio: f64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) bar: Option<f64>,
    /// By what the run itself needed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) own_events_per_s: Option<f64>,
    /// Processor time of one event in nanoseconds: unlike the rest, hardly touched by what else the machine does.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) cpu_ns_per_event: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) peak_rss_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) written_bytes: Option<u64>,
    pub(super) samples: Vec<Sample>,
}

impl Report {
    pub(super) fn new(options: &Options, log: &Log, measured: &[Measured]) -> Result<Self, Failure> {
        let events = log.events as f64;
        let bare_s = measured.first().and_then(|bare| median(&bare.samples, |sample| Some(sample.wall_s))).ok_or("nothing was measured")?;
        Ok(Self {
            date: options.date.clone().unwrap_or_else(clock::today),
            machine: Machine::this_one(),
            versions: Versions::of_this_tree(),
            log: LogFacts {
                events: log.events,
                mean_event_bytes: (log.mean_bytes() * 10.0).round() / 10.0,
                partitions: options.partitions,
                courses: super::facts::COURSES,
                learners: log.learners,
                video_share: (log.video_share() * 1000.0).round() / 1000.0,
                seed: options.seed,
            },
            repetitions: options.repetitions,
            results: measured.iter().filter_map(|one| row(one, events, bare_s)).collect(),
        })
    }

    /// Writes `throughput.json`.
    pub(super) fn write(&self, out: &Path) -> Result<(), Failure> {
        fs::create_dir_all(out)?;
        fs::write(out.join("throughput.json"), serde_json::to_string_pretty(self)? + "\n")?;
        Ok(())
    }

    /// The table for people.
    pub(super) fn table(&self) -> String {
        let log = &self.log;
        let mut text = format!(
            "\n{} events of {:.0} bytes, {} partitions, {} courses, {} learners; {} cores, broker beside it; medians of {}\n\n",
            log.events, log.mean_event_bytes, log.partitions, log.courses, log.learners, self.machine.cores, self.repetitions
        );
        let heads = ["", "events/s", "of (a)", "bar", "", "own events/s", "CPU ns/event", "peak RSS", "written"].map(str::to_owned);
        let mut lines = vec![heads];
        lines.extend(self.results.iter().map(cells));
        let widths: Vec<usize> = (0..9).map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0)).collect();
        for line in &lines {
            for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
                // Writing to a string does not fail.
                let _ = if column == 0 { write!(text, "{cell:<width$}") } else { write!(text, "  {cell:>width$}") };
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        text.push_str("\nevents/s by the wall time of the whole process; own: from knowing where the log ends to everything published\n");
        text
    }
}

fn cells(row: &Row) -> [String; 9] {
    let verdict = row.bar.map_or("", |bar| if row.ratio >= bar { "reached" } else { "MISSED" });
    [
        row.title.clone(),
        grouped(row.events_per_s),
        format!("{:.3}", row.ratio),
        row.bar.map_or_else(String::new, |bar| format!("{bar:.2}")),
        verdict.to_owned(),
        row.own_events_per_s.map_or_else(String::new, grouped),
        row.cpu_ns_per_event.map_or_else(String::new, grouped),
        row.peak_rss_bytes.map_or_else(String::new, mib),
        row.written_bytes.map_or_else(String::new, mib),
    ]
}

fn row(one: &Measured, events: f64, bare_s: f64) -> Option<Row> {
    let wall_s = median(&one.samples, |sample| Some(sample.wall_s))?;
    let walls = || one.samples.iter().map(|sample| sample.wall_s);
    Some(Row {
        name: one.name.to_owned(),
        title: one.title.to_owned(),
        events_per_s: (events / wall_s).round(),
        events_per_s_min: (events / walls().fold(wall_s, f64::max)).round(),
        events_per_s_max: (events / walls().fold(wall_s, f64::min)).round(),
        ratio: (bare_s / wall_s * 10_000.0).round() / 10_000.0,
        bar: one.bar,
        own_events_per_s: median(&one.samples, |sample| sample.own_s).map(|own_s| (events / own_s).round()),
        cpu_ns_per_event: median(&one.samples, |sample| sample.cpu_s).map(|cpu_s| (1e9 * cpu_s / events).round()),
        peak_rss_bytes: median(&one.samples, |sample| Some(sample.peak_rss_bytes? as f64)).map(|bytes| bytes as u64),
        written_bytes: median(&one.samples, |sample| Some(sample.written_bytes? as f64)).map(|bytes| bytes as u64),
        samples: one.samples.clone(),
    })
}

/// The middle value; of an even number, the mean of the two in the middle.
fn median(samples: &[Sample], value: impl Fn(&Sample) -> Option<f64>) -> Option<f64> {
    let mut values: Vec<f64> = samples.iter().filter_map(value).collect();
    values.sort_unstable_by(f64::total_cmp);
    let (lower, upper) = (values.get(values.len().checked_sub(1)? / 2)?, values.get(values.len() / 2)?);
    Some(f64::midpoint(*lower, *upper))
}

/// A whole number with its digits in groups of three.
pub(super) fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// Bytes as MiB.
pub(super) fn mib(bytes: u64) -> String {
    format!("{:.0} MiB", bytes as f64 / (1024.0 * 1024.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_of_medians_and_by_the_wall_of_the_whole_process() {
        let samples = [3.0, 1.0, 2.0].map(Sample::of).to_vec();
        let service = Sample { wall_s: 10.0, own_s: Some(8.0), cpu_s: Some(15.0), peak_rss_bytes: Some(7), written_bytes: Some(9) };
        let one = Measured { name: "run", title: "run", bar: Some(0.2), samples: vec![service] };
        let row = row(&one, 1_000.0, median(&samples, |sample| Some(sample.wall_s)).expect("three samples")).expect("one sample");
        assert_eq!((row.ratio, row.events_per_s, row.own_events_per_s), (0.2, 100.0, Some(125.0)));
        assert_eq!(row.cpu_ns_per_event, Some(15e6));
        assert_eq!((row.peak_rss_bytes, row.written_bytes), (Some(7), Some(9)));
        assert!(median(&samples, |sample| sample.own_s).is_none());
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(["0", "999", "1 000", "3 412 345"].map(str::to_owned), [0.0, 999.0, 1_000.0, 3_412_345.0].map(grouped));
    }
}
