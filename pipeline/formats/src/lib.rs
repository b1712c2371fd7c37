//! Foreign data formats, read into canonical events.
//!
//! ```text
//! message + Hints ──xapi::map, openedx::map──▶ Mapping: events, and what was left out, by name
//! message of any source ──route::Router──▶ (key, JSON), or a refusal; counts
//! outline (CSV) ───outline_csv::read────────▶ Outline ──event──▶ course.published
//! OULAD tables (CSV) ──oulad::Tables::read──▶ Tables ──events──▶ Event, in order of time
//! ```
//!
//! Invariants:
//! - Mapping is pure: bytes come from readers that the caller opens, and the same bytes give the same events with the same ids.
//! - Nothing is dropped silently: what has no place among the events is counted in the format's summary.
//! - Protected attributes (sex, region, age, disability, deprivation) are never read into an event.

mod event_id;
#[cfg(test)]
mod fixtures;
pub mod mapping;
pub mod openedx;
pub mod oulad;
pub mod outline_csv;
pub mod route;
pub mod xapi;
