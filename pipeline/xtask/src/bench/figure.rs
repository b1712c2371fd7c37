//! `throughput.svg`, drawn from `throughput.json`.

use super::report::{Report, Row, grouped, mib};
use crate::Failure;
use crate::svg::{begin, escaped};
use std::fmt::{self, Write};
use std::fs;
use std::path::Path;

const WIDTH: f64 = 860.0;
/// Where bars begin.
const LEFT: f64 = 240.0;
/// Where the longest bar ends.
const RIGHT: f64 = 660.0;
const TOP: f64 = 76.0;
const PITCH: f64 = 58.0;
const THICKNESS: f64 = 30.0;
const REFERENCE: &str = "#9aa5b1";
const OURS: &str = "#2f6f9f";
const BAR: &str = "#b03a2e";

/// Draws the figure beside the file.
pub(super) fn draw(out: &Path) -> Result<(), Failure> {
    let file = out.join("throughput.json");
    let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let report: Report = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    fs::write(out.join("throughput.svg"), figure(&report)?)?;
    Ok(())
}

fn figure(report: &Report) -> Result<String, fmt::Error> {
    let (log, versions) = (&report.log, &report.versions);
    let height = TOP + PITCH * report.results.len() as f64 + 52.0;
    let most = report.results.iter().map(|row| row.events_per_s_max).fold(1.0, f64::max);
    let bare = report.results.first().map_or(most, |row| row.events_per_s);
    let scale = Scale { per_event: (RIGHT - LEFT) / most };
    let mut svg = String::new();
    begin(&mut svg, WIDTH, height, "Events per second, read and measured", "Events per second: reading a topic, and measuring it")?;
    writeln!(
        svg,
        r##"<text x="20" y="52" fill="#666">{} events of {:.0} bytes, {} partitions, 2 threads; {} cores shared with the broker; median of {}, thin line: least to most</text>"##,
        grouped(log.events as f64),
        log.mean_event_bytes,
        log.partitions,
        report.machine.cores,
        report.repetitions
    )?;
    for (place, row) in report.results.iter().enumerate() {
        scale.draw_row(&mut svg, TOP + PITCH * place as f64, row, bare)?;
    }
    writeln!(
        svg,
        r##"<text x="20" y="{}" fill="#666" font-size="12">{} · teachback {} ({}) · librdkafka {} · Apache Kafka {} · {}</text>"##,
        height - 16.0,
        escaped(&report.date),
        escaped(&versions.teachback),
        escaped(&versions.commit),
        escaped(&versions.librdkafka),
        escaped(&versions.kafka),
        escaped(&report.machine.processor)
    )?;
    writeln!(svg, "</svg>")?;
    Ok(svg)
}

/// Events a second as pixels.
struct Scale {
    per_event: f64,
}

impl Scale {
    fn x(&self, events_per_s: f64) -> f64 {
        LEFT + events_per_s * self.per_event
    }

    fn draw_row(&self, svg: &mut String, y: f64, row: &Row, bare: f64) -> fmt::Result {
        let (middle, end) = (y + THICKNESS / 2.0, self.x(row.events_per_s));
        let (least, most) = (self.x(row.events_per_s_min), self.x(row.events_per_s_max));
        let colour = if row.bar.is_some() { OURS } else { REFERENCE };
        writeln!(svg, r#"<text x="{}" y="{}" text-anchor="end">{}</text>"#, LEFT - 12.0, middle + 4.0, escaped(&row.title))?;
        writeln!(svg, r#"<rect x="{LEFT}" y="{y}" width="{:.1}" height="{THICKNESS}" fill="{colour}"/>"#, end - LEFT)?;
        writeln!(svg, r##"<line x1="{least:.1}" x2="{most:.1}" y1="{middle}" y2="{middle}" stroke="#222" stroke-width="1.5"/>"##)?;
        let mut label_x = most.max(end);
        if let Some(bar) = row.bar {
            let x = self.x(bar * bare);
            let (top, bottom) = (y - 6.0, y + THICKNESS + 6.0);
            writeln!(svg, r#"<line x1="{x:.1}" x2="{x:.1}" y1="{top}" y2="{bottom}" stroke="{BAR}" stroke-width="2" stroke-dasharray="4 3"/>"#)?;
            writeln!(svg, r#"<text x="{:.1}" y="{}" fill="{BAR}" font-size="11">bar: {bar:.2} × (a)</text>"#, x + 4.0, bottom + 4.0)?;
            label_x = label_x.max(x);
        }
        writeln!(
            svg,
            r#"<text x="{:.1}" y="{}"><tspan font-weight="bold">{}</tspan> = {:.2} × (a)</text>"#,
            label_x + 8.0,
            middle + 4.0,
            grouped(row.events_per_s),
            row.ratio
        )?;
        if let (Some(peak), Some(written)) = (row.peak_rss_bytes, row.written_bytes) {
            let x = label_x + 8.0 + 180.0;
            writeln!(svg, r##"<text x="{x:.1}" y="{}" fill="#666" font-size="12">peak memory {}, written {}</text>"##, middle + 4.0, mib(peak), mib(written))?;
        }
        Ok(())
    }
}
