//! The driver: takes records from a source, runs the pure core over them, and puts what follows into a store.
//!
//! Facts are read at the edge, decisions are made in `teachback-core`, effects are carried out here in one stated order
//! ([`checkpointer`]). The outside world is behind the small traits of [`port`].

pub mod port;
