//! By what a verdict is judged, apart from the evidence.

use super::margins::BASELINES_VERSION;
use super::signal::Code;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Versions of what decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// Of each rule, by code.
    pub rules: BTreeMap<String, String>,
    /// Of the baselines that ship with the program.
    pub baselines: u32,
}

impl Versions {
    /// Those of this program.
    #[must_use]
    pub fn of_this_program() -> Self {
        Self { rules: Code::ALL.iter().map(|code| (code.as_str().to_owned(), code.version().to_owned())).collect(), baselines: BASELINES_VERSION }
    }
}
