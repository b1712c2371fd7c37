//! The driver: takes records from a source, runs the pure core over them, and puts what follows into a store.
//!
//! ```text
//! Source ──▶ worker (one thread) ──▶ runner (one a shard, pure core inside) ──jobs──▶ writer (one thread a worker)
//!              ▲        │ news                                                            │ files, then the record
//!              └ commands  ▼                                                              ▼
//!                    coordinator ──▶ publisher ◀──────────── chains of records ◀──────── Store
//! ```
//!
//! Facts are read at the edge, decisions are made in `teachback-core`, effects are carried out in one stated order
//! ([`writer`], [`publisher`]). The outside world is behind the small traits of [`port`]. Every path is made in
//! [`layout`], every bound of the driver stands in [`bounds`].

pub mod bounds;
pub mod chain;
pub mod coordinator;
pub mod decided;
mod decider;
mod evidence;
pub mod fold;
pub mod grounds;
pub mod image;
pub mod layout;
pub mod port;
pub mod publisher;
pub mod run_end;
pub mod runner;
mod shard_view;
mod tail;
pub mod worker;
pub mod writer;
