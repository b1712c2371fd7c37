//! teachback: learning events in, quality metrics and improvement signals out.
//!
//! This file is the table of contents: one line a command. Arguments are in [`cli`], settings in [`settings`], what a
//! command does in `commands/`.

mod cli;
mod commands;
mod duration;
mod failure;
mod import;
mod intake;
mod key;
mod routing;
mod settings;
mod shutdown;
mod telemetry;
mod time_zone;
mod warehouse;

use clap::Parser;
use cli::{Cli, Command, DlqCommand, ImportFormat, RejectedCommand};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    telemetry::start();
    let done = match cli.command {
        Command::Demo(arguments) => commands::demo::run(&arguments),
        Command::Simulate(arguments) => commands::simulate::run(&arguments),
        Command::Run(arguments) => commands::run::run(&arguments),
        Command::Route(arguments) => commands::route::run(&arguments),
        Command::Dlq { command: DlqCommand::List(arguments) } => commands::dlq::list(&arguments),
        Command::Dlq { command: DlqCommand::Show(arguments) } => commands::dlq::show(&arguments),
        Command::Dlq { command: DlqCommand::Replay(arguments) } => commands::dlq::replay(&arguments),
        Command::Doctor(arguments) => commands::doctor::run(&arguments),
        Command::Intake(arguments) => commands::intake::run(&arguments),
        Command::Import { format: ImportFormat::Oulad(arguments) } => commands::import_oulad::run(&arguments),
        Command::Import { format: ImportFormat::OpenedxLogs(arguments) } => commands::import_archive::openedx_logs(&arguments),
        Command::Import { format: ImportFormat::Xapi(arguments) } => commands::import_archive::xapi(&arguments),
        Command::Import { format: ImportFormat::Outline(arguments) } => commands::import_archive::outline(&arguments),
        Command::Tables(arguments) => commands::tables::run(&arguments),
        Command::Signals(arguments) => commands::signals::run(&arguments),
        Command::Score(arguments) => commands::score::run(&arguments),
        Command::Export(arguments) => commands::export::run(&arguments),
        Command::Audit(arguments) => commands::audit::run(&arguments),
        Command::Check(arguments) => commands::check::run(&arguments),
        Command::Rejected { command: RejectedCommand::List(arguments) } => commands::rejected::list(&arguments),
        Command::Rejected { command: RejectedCommand::Show(arguments) } => commands::rejected::show(&arguments),
        Command::Rejected { command: RejectedCommand::Replay(arguments) } => commands::rejected::replay(&arguments),
    };
    match done {
        Ok(code) => code,
        Err(failure) => {
            failure.report();
            ExitCode::FAILURE
        }
    }
}
