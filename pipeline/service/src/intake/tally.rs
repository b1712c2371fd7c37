//! [`Tally`]: what the intake counts. Names and numbers only; no id, no content.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! tally {
    ($($(#[doc = $doc:literal])* $name:ident,)*) => {
        /// Counts since the start.
        #[derive(Debug, Default)]
        pub(super) struct Tally { $($(#[doc = $doc])* pub(super) $name: AtomicU64,)* }

        impl Tally {
            /// Logs the counts.
            pub(super) fn log(&self, what: &'static str) {
                tracing::info!($($name = self.$name.load(Ordering::Relaxed),)* "{what}");
            }

            /// The sum of all counts: it changes whenever one does.
            pub(super) fn sum(&self) -> u64 {
                [$(&self.$name,)*].into_iter().map(|count| count.load(Ordering::Relaxed)).fold(0, u64::wrapping_add)
            }
        }
    };
}

tally! {
    /// Statements and events written.
    written,
    /// Statements and events that were written before and came again.
    repeated,
    /// Requests refused for an id that was written with another content.
    conflicting,
    /// Requests refused for what they hold.
    refused,
    /// Requests without valid credentials.
    unauthorized,
    /// Requests beyond a quota.
    over_quota,
    /// Requests for which there was no room.
    overloaded,
    /// Requests that the log did not take.
    failed,
    /// Requests whose bytes did not come in time.
    cut_off,
}

/// Counts.
pub(super) fn count(counter: &AtomicU64, number: u64) {
    counter.fetch_add(number, Ordering::Relaxed);
}
