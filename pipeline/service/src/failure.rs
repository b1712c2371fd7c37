//! Failures as a person meets them: what is wrong, where, what to do.

use std::fmt;
use teachback_engine::port::PortError;

/// A command failed.
#[derive(Debug)]
pub(crate) struct Failure(miette::Report);

impl Failure {
    /// A failure with a hint at what to do.
    pub(crate) fn new(message: impl fmt::Display, help: impl fmt::Display) -> Self {
        Self(miette::miette!(help = help.to_string(), "{message}"))
    }

    /// A failure that shows a place in a text.
    pub(crate) fn at(diagnostic: impl miette::Diagnostic + Send + Sync + 'static) -> Self {
        Self(miette::Report::new(diagnostic))
    }

    /// Prints it to standard error.
    pub(crate) fn report(&self) {
        eprintln!("{:?}", self.0);
    }
}

impl fmt::Display for Failure {
    /// What is wrong, in one line.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0)
    }
}

impl From<PortError> for Failure {
    fn from(error: PortError) -> Self {
        match &error.cause {
            Some(cause) => Self(miette::miette!("{error}: {cause}")),
            None => Self(miette::miette!("{error}")),
        }
    }
}

/// An error of the system, with what was being done.
pub(crate) fn system(doing: impl fmt::Display) -> impl FnOnce(std::io::Error) -> Failure {
    move |error| Failure(miette::miette!("{doing}: {error}"))
}
