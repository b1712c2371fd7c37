//! Kafka, by librdkafka.
//!
//! ```text
//!   topic ──▶ source (one BaseConsumer a worker thread) ──▶ engine ──▶ signal_sink ──one transaction──▶ <S>, <S>.progress
//!   <F> ──▶ feedback ──▶ engine
//!   intake ──▶ inbox ──▶ <prefix>.in.<family>
//!   importers ──▶ producer ──▶ topic            admin: partitions, ends, topics            trouble: who acts on an error
//! ```
//!
//! - Where reading goes on is always told by our own records: offsets are put into the assignment ([`source`]). Offsets
//!   committed to the group are for lag tools only.
//! - An offset that the log no longer has, or never had, is damage and stops the shard; nothing is skipped.
//! - Any librdkafka property can be set but those that correctness rests on ([`config`]).
//! - Every signal transaction has a producer of its own, so that a delayed commit cannot reach a later transaction
//!   (KIP-890, open in librdkafka).

pub mod admin;
pub mod config;
mod context;
pub mod feedback;
pub mod inbox;
pub mod producer;
mod progress;
pub mod signal_sink;
mod slots;
pub mod source;
mod trouble;

pub use config::KafkaSettings;
pub use feedback::KafkaFeedback;
pub use inbox::KafkaInbox;
pub use producer::EventProducer;
pub use signal_sink::KafkaSignalSink;
pub use source::KafkaSource;
