//! `import openedx-logs|xapi|outline`: archives of a platform as canonical events, in order of time, to a file or a topic.

use crate::cli::{ImportArchive, ImportFlags, ImportOutline};
use crate::failure::Failure;
use crate::import::target::Target;
use crate::import::{self, Gathered, Progress};
use crate::time_zone;
use std::process::ExitCode;
use teachback_connectors::file::{Archive, LinePlace, Names};
use teachback_core::refusal::{Reason, Refusal};
use teachback_core::time::EventTime;
use teachback_formats::mapping::{Hints, Mapping};
use teachback_formats::{openedx, outline_csv, xapi};

/// Records between two looks at how far reading is.
const RECORDS_PER_PROGRESS: u64 = 1_000;
/// Bytes of one table of outlines.
const TABLE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// A format of lines.
struct Lines {
    /// The name of its source where none is given.
    name: &'static str,
    names: Names,
    map: fn(&[u8], &Hints<'_>) -> Result<Mapping, Refusal>,
}

pub(crate) fn openedx_logs(arguments: &ImportArchive) -> Result<ExitCode, Failure> {
    lines(arguments, &Lines { name: "openedx", names: Names::Logs, map: openedx::map })
}

pub(crate) fn xapi(arguments: &ImportArchive) -> Result<ExitCode, Failure> {
    lines(arguments, &Lines { name: "xapi", names: Names::Lines, map: xapi::map })
}

fn lines(arguments: &ImportArchive, format: &Lines) -> Result<ExitCode, Failure> {
    let flags = &arguments.flags;
    let archive = Archive::find(&flags.paths, format.names)?;
    let received = arguments.received.as_deref().map(|text| time("--received", text)).transpose()?;
    let naive_offset_minutes = time_zone::parse(&arguments.time_zone)
        .ok_or_else(|| Failure::new(format!("--time-zone {} is no offset", arguments.time_zone), "write Z, or hours and minutes like +08:00"))?;
    let hints = Hints {
        source: flags.source.as_deref().unwrap_or(format.name),
        provider: flags.provider.as_deref(),
        learner_space: arguments.learner_space.as_deref(),
        naive_offset_minutes,
        received: received.unwrap_or(EventTime::YEAR_2000),
    };
    let terms = format!("{hints:?} {}", received.is_some());
    run(flags, format.name, &archive, &terms, |gathered| {
        let progress = Progress::new("read", archive.bytes());
        let (mut lines, mut line, mut records) = (archive.lines(), Vec::new(), 0_u64);
        while let Some(place) = lines.read(&mut line)? {
            take(gathered, &line, place, format, &hints, received.is_some())?;
            records += 1;
            if records.is_multiple_of(RECORDS_PER_PROGRESS) {
                progress.reached(lines.bytes_read());
            }
        }
        progress.finish();
        Ok(())
    })
}

/// Maps one line. A record without a time is refused where nobody said when it was received.
fn take(gathered: &mut Gathered, line: &[u8], place: LinePlace<'_>, format: &Lines, hints: &Hints<'_>, received_is_known: bool) -> Result<(), Failure> {
    gathered.read();
    let mapping = match (format.map)(line, hints) {
        Ok(mapping) => mapping,
        Err(refusal) => {
            gathered.refused(&refusal, place);
            return Ok(());
        }
    };
    if !received_is_known && mapping.events.iter().any(|event| event.data.time_quality.as_deref() == Some("ingest")) {
        gathered.refused(&Refusal::new(Reason::MissingField, "time"), place);
        return Ok(());
    }
    for event in &mapping.events {
        gathered.event(event)?;
    }
    for left_out in &mapping.left_out {
        gathered.left_out(left_out);
    }
    Ok(())
}

pub(crate) fn outline(arguments: &ImportOutline) -> Result<ExitCode, Failure> {
    let flags = &arguments.flags;
    let archive = Archive::find(&flags.paths, Names::Tables)?;
    let at = time("--at", &arguments.at)?;
    let source = flags.source.as_deref().unwrap_or("outline");
    let hints = Hints { source, provider: flags.provider.as_deref(), learner_space: None, naive_offset_minutes: 0, received: at };
    run(flags, "outline", &archive, &format!("{hints:?}"), |gathered| {
        for table in archive.whole(TABLE_BYTES_MAX) {
            let (name, table) = table?;
            let outlines =
                outline_csv::read(&table).map_err(|error| Failure::new(format!("{name}: {error}"), "pipeline/formats/src/outline_csv.rs tells the columns"))?;
            for outline in outlines {
                gathered.read();
                gathered.event(&outline.event(&hints, at))?;
            }
        }
        Ok(())
    })
}

fn run(
    flags: &ImportFlags,
    format: &str,
    archive: &Archive,
    terms: &str,
    read: impl FnOnce(&mut Gathered) -> Result<(), Failure>,
) -> Result<ExitCode, Failure> {
    let target = Target::of(&flags.target)?;
    import::run(archive, &[env!("CARGO_PKG_VERSION"), format, terms], &target, flags.state.as_deref(), read)
}

fn time(flag: &str, text: &str) -> Result<EventTime, Failure> {
    EventTime::parse(text).ok_or_else(|| Failure::new(format!("{flag} {text} is no time"), "write it like 2026-11-21T00:00:00Z"))
}
