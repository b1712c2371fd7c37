//! `import oulad`: the Open University data set as canonical events, to a file or a topic.

use crate::cli::ImportOulad;
use crate::failure::{Failure, system};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use teachback_connectors::kafka::{EventProducer, KafkaSettings, admin};
use teachback_core::event::Event;
use teachback_core::event::encode::encode;
use teachback_formats::oulad::Tables;

pub(crate) fn run(arguments: &ImportOulad) -> Result<ExitCode, Failure> {
    if !arguments.dir.is_dir() {
        return Err(Failure::new(format!("{} is no directory", arguments.dir.display()), "give the directory that holds courses.csv"));
    }
    let tables =
        Tables::read(|name| open(&arguments.dir, name)).map_err(|error| Failure::new(error, "mend the table, or leave it out if it is an optional one"))?;
    let written = match (&arguments.out, &arguments.brokers, &arguments.topic) {
        (Some(out), ..) => to_file(&tables, out)?,
        (None, Some(brokers), Some(topic)) => to_kafka(&tables, brokers, topic)?,
        _ => return Err(Failure::new("there is nowhere to write to", "give --out FILE, or --brokers and --topic")),
    };
    tracing::info!(events = written, "imported\n{:#?}", tables.summary());
    Ok(ExitCode::SUCCESS)
}

fn open(directory: &Path, name: &str) -> io::Result<Option<Box<dyn Read>>> {
    match File::open(directory.join(name)) {
        Ok(file) => Ok(Some(Box::new(BufReader::new(file)))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn line(event: &Event<'_>) -> Result<String, Failure> {
    encode(event).map_err(|error| Failure::new(format!("an event cannot be written as JSON: {error}"), "report this"))
}

fn to_file(tables: &Tables, out: &Path) -> Result<u64, Failure> {
    let mut writer: Box<dyn Write> = if out.as_os_str() == "-" {
        Box::new(BufWriter::new(io::stdout().lock()))
    } else {
        Box::new(BufWriter::new(File::create(out).map_err(system(format!("writing {}", out.display())))?))
    };
    let mut written = 0;
    for event in tables.events() {
        writeln!(writer, "{}", line(&event)?).map_err(system(format!("writing {}", out.display())))?;
        written += 1;
    }
    writer.flush().map_err(system(format!("writing {}", out.display())))?;
    Ok(written)
}

fn to_kafka(tables: &Tables, brokers: &str, topic: &str) -> Result<u64, Failure> {
    let kafka = KafkaSettings { brokers: brokers.to_owned(), topic: topic.to_owned(), group: "teachback-import".to_owned(), ..KafkaSettings::default() };
    admin::partitions(&kafka)?;
    let mut producer = EventProducer::new(&kafka)?;
    let mut written = 0;
    for event in tables.events() {
        producer.send(&event.subject, line(&event)?.as_bytes(), None)?;
        written += 1;
    }
    producer.flush()?;
    Ok(written)
}
