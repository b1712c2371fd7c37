//! The pure domain of teachback: what a learning event is, what is known of a course, and what follows from it.
//!
//! ```text
//! bytes ──decode──▶ Event ──validate──▶ admitted ──Course::admit──▶ accepted │ duplicate │ late
//!                     │ Refusal            │ Refusal                    │
//!                     ▼                    ▼                            ▼ fold (joins)
//!                  rejected             rejected                  seal ──▶ table rows, evidence cells ──▶ decide
//! ```
//!
//! Invariants:
//! - Nothing here reads a clock, a file, the network or the environment; the manifest names no crate that could.
//! - What is published about a course is a function of the *set* of its accepted events, never of their order.
//! - No raw learner id leaves [`pseudonym`]; everything after it knows learners as 128-bit pseudonyms.
//! - Every bound stands in [`limits`].

pub mod checkpoint;
pub mod course;
pub mod decide;
pub mod event;
pub mod evidence;
pub mod lake;
pub mod limits;
pub mod partitioner;
pub mod pseudonym;
pub mod raw_record;
pub mod refusal;
pub mod retention;
pub mod seal;
pub mod sealed;
pub mod shard;
pub mod statistics;
pub mod table;
pub mod time;
