//! Log lines: to standard error, `info` unless `RUST_LOG` says otherwise, JSON when `TEACHBACK_LOG=json`.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Starts logging. `NO_COLOR` is honoured.
pub(crate) fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,librdkafka=warn"));
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colour).with_target(false);
    // A second start would be a mistake of ours and changes nothing.
    if std::env::var("TEACHBACK_LOG").is_ok_and(|form| form == "json") {
        builder.json().try_init().ok();
    } else {
        builder.try_init().ok();
    }
}
