//! Readers that nobody here wrote: DuckDB and Polars from PyPI, driven by the scripts in `readers/`.

use crate::python::Python;
use std::ffi::OsStr;
use std::sync::OnceLock;

/// A Python with the pinned readers.
#[derive(Debug)]
pub struct Readers(Python);

impl Readers {
    /// The readers, installed once; `None` where Python or the packages are missing (see [`crate::or_skip`]).
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Result<Readers, String>> = OnceLock::new();
        crate::or_skip("Python with DuckDB and Polars", SHARED.get_or_init(|| Python::of("readers").map(Self)).as_ref().map_err(Clone::clone))
    }

    /// Runs a script of `readers/` and gives the JSON object that it prints.
    ///
    /// # Panics
    /// With what the script says, when it fails.
    pub fn run<S: AsRef<OsStr>>(&self, script: &str, args: impl IntoIterator<Item = S>) -> serde_json::Value {
        self.0.run(script, args)
    }
}
