//! `route`: the messages of the `[[sources]]` as canonical events, in a process of its own.

use crate::cli;
use crate::failure::Failure;
use crate::routing::{self, Ticks, Until};
use crate::settings::{RoutePlan, Settings};
use crate::shutdown;
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn run(arguments: &cli::Route) -> Result<ExitCode, Failure> {
    let shutdown = shutdown::on_request()?;
    let plan = plan(&arguments.config)?;
    let until = if arguments.until_end { Until::End } else { Until::Stopped };
    routing::work(&plan, until, Ticks::Ours, &shutdown)?;
    tracing::info!("stopped in order; everything read is routed");
    Ok(ExitCode::SUCCESS)
}

/// The plan of a configuration file that must have one.
pub(crate) fn plan(config: &Path) -> Result<RoutePlan, Failure> {
    let plan = Settings::load(Some(config))?.route(None)?;
    plan.ok_or_else(|| Failure::new(format!("{} has no [[sources]]", config.display()), "deploy/config/reference.toml shows one"))
}
