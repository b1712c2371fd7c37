//! Ticks: in service, a partition that got nothing for a minute is told the time, so that its courses' outcomes ripen and
//! its midnights pass.

use crate::failure::{Failure, system};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;
use teachback_connectors::kafka::{EventProducer, KafkaSettings, admin};
use teachback_core::event::encode::encode;
use teachback_core::event::{Event, EventType, Kind};
use teachback_core::time::EventTime;
use teachback_engine::port::{Clock, Partition, PortError};

/// How often silence is looked for.
const EVERY: Duration = Duration::from_secs(60);

/// Stops the ticker when dropped.
#[derive(Debug)]
pub(crate) struct Ticker {
    _alive: Sender<()>,
}

/// Starts the ticker of a topic.
pub(crate) fn start(kafka: &KafkaSettings, clock: Arc<dyn Clock>) -> Result<Ticker, Failure> {
    let (alive, gone) = mpsc::channel();
    let kafka = kafka.clone();
    let work = move || {
        let mut positions = BTreeMap::new();
        while gone.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
            if let Err(error) = tick(&kafka, clock.now(), &mut positions) {
                tracing::warn!(%error, "ticks were not written; outcomes in silent partitions ripen later");
            }
        }
    };
    std::thread::Builder::new().name("ticker".to_owned()).spawn(work).map_err(system("starting the ticker"))?;
    Ok(Ticker { _alive: alive })
}

fn tick(kafka: &KafkaSettings, now: EventTime, positions: &mut BTreeMap<Partition, u64>) -> Result<(), PortError> {
    let mut producer = None;
    for end in admin::end_offsets(kafka)? {
        if positions.insert(end.partition, end.high) != Some(end.high) {
            continue;
        }
        let event = Event {
            id: format!("tick-{}-{now}", end.partition.0).into(),
            source: "teachback/run".into(),
            kind: Kind::Known(EventType::ClockTick),
            time: now,
            subject: "clock".into(),
            data: Box::default(),
            unknown_fields: 0,
        };
        let body = encode(&event).map_err(|cause| PortError::external("a tick cannot be written as JSON", cause))?;
        let producer = match &mut producer {
            Some(producer) => producer,
            None => producer.insert(EventProducer::new(kafka)?),
        };
        producer.send("clock", body.as_bytes(), Some(end.partition.0))?;
        // Our own tick is no sign of life.
        positions.insert(end.partition, end.high + 1);
    }
    producer.map_or(Ok(()), |mut producer| producer.flush())
}
