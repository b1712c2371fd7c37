//! `import oulad`: the Open University data set as canonical events, to a file or a topic.

use crate::cli::ImportOulad;
use crate::failure::Failure;
use crate::import::json_line;
use crate::import::target::{Target, Writer};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::process::ExitCode;
use teachback_formats::oulad::Tables;

pub(crate) fn run(arguments: &ImportOulad) -> Result<ExitCode, Failure> {
    if !arguments.dir.is_dir() {
        return Err(Failure::new(format!("{} is no directory", arguments.dir.display()), "give the directory that holds courses.csv"));
    }
    let tables =
        Tables::read(|name| open(&arguments.dir, name)).map_err(|error| Failure::new(error, "mend the table, or leave it out if it is an optional one"))?;
    let mut writer = Writer::open(&Target::of(&arguments.target)?)?;
    let mut written = 0_u64;
    for event in tables.events() {
        writer.write(&event.subject, &json_line(&event)?)?;
        written += 1;
    }
    writer.finish()?;
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
