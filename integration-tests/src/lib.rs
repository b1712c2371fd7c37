//! Black-box tests: the real binary, a real Apache Kafka, readers that nobody here wrote.
//!
//! ```text
//!  events ──▶ producer ──▶ broker (Java, own temp dir) ──▶ service (target/…/teachback) ──▶ warehouse
//!  (seeded)   murmur2      one per test binary              spawned, killed, drained         │
//!                                                        exports (CSV bytes) ◀───────────────┤
//!                                                        readers (DuckDB, Polars) ◀──────────┘
//! ```
//! Nothing here links the product: what a test knows of it is its command line, its topics and its tables.
//! The tests stand in `tests/promises/`, one file for each promise.
//!
//! | variable | what it changes |
//! |---|---|
//! | `TEACHBACK_BIN` | the binary under test; default: the one beside the tests, built when it is not there |
//! | `TEACHBACK_CACHE` | where broker jars and the Python of readers and clients are kept; default: `target/` |
//! | `TEACHBACK_FIXTURES` | the real-data fixtures; default: `../shared/fixtures` |
//! | `TEACHBACK_TEST_KILLS`, `TEACHBACK_TEST_SEED` | how many kills, and when |
//! | `PYTHON` | the Python that the environments of readers and clients are made from; default: `python3` |
//!
//! What a machine may lack (Java, Maven, Python, fixtures) is a reason to skip a test, printed; with `CI` set it is a
//! failure, so that no promise goes untested unnoticed ([`or_skip`]).
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "test code: a failed expectation ends the test, and deadlines are the wall clock's")]

pub mod broker;
pub mod cache;
pub mod events;
pub mod fixtures;
pub mod http;
pub mod intake;
pub mod producer;
pub mod python;
pub mod readers;
pub mod service;
pub mod signals;
pub mod statements;
pub mod table;
pub mod wait;

use std::io::Write;

/// What a test needs, or `None` with the reason printed; with `CI` set the reason ends the test.
///
/// # Panics
/// With `CI` set and the thing missing.
pub fn or_skip<T>(what: &str, found: Result<T, String>) -> Option<T> {
    match found {
        Ok(found) => Some(found),
        Err(reason) => {
            assert!(std::env::var_os("CI").is_none(), "{what} is needed where CI is set: {reason}");
            // Straight to the stream: the test runner swallows what `eprintln!` writes in a passing test.
            let said = writeln!(std::io::stderr(), "SKIPPED, {what} is missing: {reason}");
            debug_assert!(said.is_ok());
            None
        }
    }
}
