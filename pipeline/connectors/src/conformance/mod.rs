//! What every implementation of a port must do, told once and run for each of them.
//!
//! The functions panic with the sentence that does not hold; they are called from tests, here and in other crates.

pub mod feedback;
pub mod inbox;
pub mod signal_sink;
pub mod source;
pub mod store;
