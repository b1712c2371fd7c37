//! `intake`: takes statements and events over HTTP until it is asked to stop.

use crate::cli::Intake;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::{intake, shutdown};
use std::process::ExitCode;
use std::sync::Arc;
use teachback_connectors::clock::SystemClock;

pub(crate) fn run(arguments: &Intake) -> Result<ExitCode, Failure> {
    let shutdown = shutdown::on_request()?;
    let settings = Settings::load(Some(&arguments.config))?;
    let missing = || Failure::new("there is no [intake] in the configuration", "deploy/config/reference.toml shows one");
    let (checked, kafka) = settings.intake()?.ok_or_else(missing)?;
    let inbox = intake::inbox(&checked.destination, kafka.as_ref())?;
    intake::start(checked, inbox, Arc::new(SystemClock::new()), shutdown)?.join();
    Ok(ExitCode::SUCCESS)
}
