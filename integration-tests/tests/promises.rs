//! What the product promises, one module for each promise; one test binary, so that one broker serves them all.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code: a failed expectation ends the test, and deadlines are the wall clock's"
)]

mod promises {
    mod broker_starts_and_stops;
}
