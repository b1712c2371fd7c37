//! The driver over ports in memory: whole shards, with a clock that a test moves and a store that a test lets fail.
#![allow(clippy::unwrap_used, reason = "test code: a failed expectation ends the test")]

mod failing_store;
mod feedback;
mod folding;
mod images;
mod retention;
mod round_ahead;
mod run_end;
mod stand;
