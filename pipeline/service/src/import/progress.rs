//! How far an import is: a bar on a terminal, elsewhere a line of the log at each tenth.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::Cell;
use std::io::IsTerminal;

/// Progress towards a known total.
#[derive(Debug)]
pub(crate) struct Progress {
    what: &'static str,
    total: u64,
    bar: Option<ProgressBar>,
    /// Tenths that were told.
    told: Cell<u64>,
}

impl Progress {
    /// Progress of what is being done, e.g. "read".
    pub(crate) fn new(what: &'static str, total: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{msg}  {wide_bar}  {percent} %  {elapsed}, {eta} left") {
                bar.set_style(style);
            }
            bar.with_message(what)
        });
        Self { what, total, bar, told: Cell::new(0) }
    }

    /// So much of the total is done.
    pub(crate) fn reached(&self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
            return;
        }
        let tenths = u128::from(done) * 10 / u128::from(self.total.max(1));
        let tenths = u64::try_from(tenths).unwrap_or(u64::MAX);
        if tenths > self.told.get() && tenths < 10 {
            self.told.set(tenths);
            tracing::info!("{} {} %", self.what, tenths * 10);
        }
    }

    /// All of it is done.
    pub(crate) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
