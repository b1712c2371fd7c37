//! One shard on a test stand: fed by hand, its writer on a thread of its own, its warehouse in memory.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;
use teachback_connectors::memory::ManualClock;
use teachback_connectors::object::ObjectStoreAdapter;
use teachback_connectors::parquet::{self, ParquetFormat};
use teachback_core::checkpoint::{LOGIC_VERSION, RecordKind, Terms};
use teachback_core::event::decode::Headers;
use teachback_core::event::validate::Key;
use teachback_core::partitioner::Partitioner;
use teachback_core::pseudonym::{Door, PseudonymKey};
use teachback_core::shard::Rules;
use teachback_core::table::{Cell, Rows, contracts};
use teachback_core::time::{Day, EventTime, HOUR, SECOND};
use teachback_engine::layout;
use teachback_engine::port::{Clock, Partition, Record, Store, TableFormat};
use teachback_engine::publisher::Publisher;
use teachback_engine::runner::{Context, Runner};
use teachback_engine::writer::{self, Report};

/// The first day of every test: 2026-01-05, a Monday.
pub(crate) const MONDAY: Day = Day(20_458);
/// Hours of the day at which somebody enrols; less than the horizon apart, so that each moves the course's clock.
pub(crate) const HOURS: [i64; 2] = [6, 18];
/// Longest wait for the writer.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn memory() -> Arc<dyn Store> {
    Arc::new(ObjectStoreAdapter::memory())
}

/// Every file of a store with its bytes.
pub(crate) fn files(store: &dyn Store) -> BTreeMap<String, Vec<u8>> {
    let below = ["_teachback", "lake", "tables"].iter().flat_map(|folder| store.list(folder).unwrap());
    below.map(|entry| (entry.path.clone(), store.get(&entry.path).unwrap().unwrap().to_vec())).collect()
}

/// Another store with the same files.
pub(crate) fn copy(store: &dyn Store) -> Arc<dyn Store> {
    let copy = memory();
    files(store).into_iter().for_each(|(path, bytes)| copy.put(&path, bytes.into()).unwrap());
    copy
}

pub(crate) fn publisher(store: &Arc<dyn Store>, clock: &ManualClock) -> Publisher {
    Publisher::new(store.clone(), Arc::new(ParquetFormat), Arc::new(clock.clone()), None, None, [0]).unwrap()
}

/// The rows of `pipeline_audit` in the newest snapshot: epoch, kind, read, accepted.
pub(crate) fn audit(store: &dyn Store) -> Vec<(i64, String, i64, i64)> {
    let latest = String::from_utf8(store.get(layout::LATEST).unwrap().unwrap().to_vec()).unwrap();
    let folder = layout::snapshot(contracts::PIPELINE_AUDIT.name, EventTime::parse(latest.trim()).unwrap());
    let mut rows = Rows::new(&contracts::PIPELINE_AUDIT);
    for entry in store.list(&folder).unwrap() {
        rows.append(&parquet::read(&contracts::PIPELINE_AUDIT, store.get(&entry.path).unwrap().unwrap()).unwrap());
    }
    let column = |name: &str| contracts::PIPELINE_AUDIT.columns.iter().position(|column| column.name == name).unwrap();
    let number = |row: usize, name: &str| if let Cell::Integer(number) = rows.cell(row, column(name)) { number } else { panic!("{name}") };
    let kind = |row: usize| if let Cell::Text(kind) = rows.cell(row, column("kind")) { kind.to_owned() } else { panic!("kind") };
    (0..rows.len()).map(|row| (number(row, "epoch"), kind(row), number(row, "read"), number(row, "accepted"))).collect()
}

/// A message of a log, received a second after its time.
#[derive(Debug, Clone)]
pub(crate) struct Happening {
    course: String,
    time: EventTime,
    kind: String,
    data: String,
}

impl Happening {
    pub(crate) fn in_course(course: &str, time: EventTime, kind: &str, data: &str) -> Self {
        Self { course: course.to_owned(), time, kind: kind.to_owned(), data: format!(r#""provider":"orgx",{data}"#) }
    }

    pub(crate) fn tick(time: EventTime) -> Self {
        Self { course: "_clock".to_owned(), time, kind: "learning.clock.tick.v1".to_owned(), data: String::new() }
    }
}

/// A shard at work.
pub(crate) struct Stand {
    pub(crate) clock: ManualClock,
    context: Context,
    runner: Runner,
    reports: Receiver<Report>,
    next: u64,
    /// Where the state was last saved.
    saved: u64,
}

impl Stand {
    /// Takes over the shard of a warehouse. Its clock stands at the first day's beginning, unless it is shared.
    pub(crate) fn open(store: &Arc<dyn Store>, clock: &ManualClock, attempt: &str) -> Self {
        let (jobs, queue) = mpsc::sync_channel(16);
        let (report, reports) = mpsc::channel();
        let format: Arc<dyn TableFormat> = Arc::new(ParquetFormat);
        let below = store.clone();
        std::thread::spawn(move || writer::run(&below, &format, &queue, &report));
        let key = PseudonymKey::new([1; 32]);
        let context = Context {
            rules: Rules { horizon: 24 * HOUR, partitioner: Partitioner::Any, partitions: 1, door: Door::new(&key, "w") },
            terms: Terms {
                logic_version: LOGIC_VERSION,
                partitions: 1,
                partitioner: Partitioner::Any,
                horizon: 24 * HOUR,
                key_fingerprint: key.fingerprint(),
                lake: true,
                log: "log".to_owned(),
            },
            log: "log".to_owned(),
            attempt: attempt.to_owned(),
            record_offsets_log2: 20,
            reaches: None,
            not_after: EventTime(i64::MAX),
            writer: jobs,
        };
        let runner = Runner::open(0, store.as_ref(), &context).unwrap();
        let next = runner.resume_offset();
        Self { clock: clock.clone(), context, runner, reports, next, saved: next }
    }

    /// Moves the clock to a moment.
    pub(crate) fn at(&self, moment: EventTime) {
        let ahead = moment.0 - self.clock.now().0;
        self.clock.advance(Duration::from_micros(u64::try_from(ahead).unwrap()));
    }

    /// A learner enrols at this moment, and the log hears of it a second later.
    pub(crate) fn enrol(&mut self, time: EventTime) {
        let learner = format!(r#""learner":"l-{}""#, self.next);
        self.happen(time, "learning.enrollment.created.v1", &learner);
    }

    /// Something happens in the course at this moment, and the log hears of it a second later.
    pub(crate) fn happen(&mut self, time: EventTime, kind: &str, data: &str) {
        self.hand_over(&Happening::in_course("C1", time, kind, data));
    }

    /// Reads a log on, up to an offset.
    pub(crate) fn read(&mut self, log: &[Happening], to: usize) {
        while (self.next as usize) < to {
            self.hand_over(&log[self.next as usize]);
        }
    }

    fn hand_over(&mut self, Happening { course, time, kind, data }: &Happening) {
        let offset = self.next;
        let body =
            format!(r#"{{"specversion":"1.0","id":"e-{offset}","source":"lms","type":"{kind}","time":"{time}","subject":"{course}","data":{{{data}}}}}"#);
        let record = Record {
            partition: Partition(0),
            offset,
            next: offset + 1,
            received: Some(time.plus(SECOND)),
            key: Key::Is(course.as_bytes()),
            headers: Headers::none(),
            body: body.as_bytes(),
        };
        self.runner.handle(&record, &self.context).unwrap();
        self.next += 1;
    }

    /// Saves the state, as an owner does who stops in order; nothing when nothing was read since.
    pub(crate) fn save(&mut self) {
        if self.saved == self.next {
            return;
        }
        self.runner.caught_up(&self.context).unwrap();
        self.saved = self.next;
        self.runner.commit(RecordKind::Shutdown, self.next, &self.context).unwrap();
        self.wait_for(RecordKind::Shutdown);
    }

    /// Ends as a killed process does, once what the writer was given is written.
    pub(crate) fn kill(self) {
        let Self { context, reports, .. } = self;
        drop(context);
        while let Ok(report) = reports.recv_timeout(PATIENCE) {
            assert!(matches!(report, Report::Committed { .. }), "{report:?}");
        }
    }

    /// A snapshot by the wall clock; waits until it is committed.
    pub(crate) fn fresh(&mut self) {
        self.runner.fresh(self.clock.now(), &self.context).unwrap();
        self.wait_for(RecordKind::Fresh);
    }

    /// The end of a bounded run; waits until it is committed.
    pub(crate) fn end(&mut self, as_of: EventTime) {
        self.runner.end(as_of, &self.context).unwrap();
        self.wait_for(RecordKind::End);
    }

    /// Reads on where another owner stopped: the log up to the given offset, at the times it was written.
    pub(crate) fn catch_up(&mut self, times: &[EventTime]) {
        while let Some(time) = times.get(self.next as usize) {
            self.enrol(*time);
        }
        self.runner.caught_up(&self.context).unwrap();
    }

    /// An enrolment at each of the day's [`HOURS`]; the first makes the cut of the midnight before, if any.
    pub(crate) fn live_a_day(&mut self, day: Day) {
        HOURS.iter().for_each(|hour| self.live_an_hour(day, *hour));
    }

    /// The enrolment at one of the day's [`HOURS`].
    pub(crate) fn live_an_hour(&mut self, day: Day, hour: i64) {
        let time = day.start().plus(hour * HOUR);
        self.at(time.plus(SECOND));
        self.enrol(time);
        if hour == HOURS[0] && day > MONDAY {
            self.wait_for(RecordKind::Cut);
        }
    }

    fn wait_for(&mut self, kind: RecordKind) {
        loop {
            match self.reports.recv_timeout(PATIENCE).unwrap() {
                Report::Committed { kind: committed, .. } if committed == kind => return,
                Report::Committed { .. } => {}
                Report::Failed { error, .. } => panic!("{error}"),
            }
        }
    }
}

/// The moments at which [`Stand::live_a_day`] enrols, over a number of days.
pub(crate) fn enrolments(days: i32) -> Vec<EventTime> {
    (0..days).flat_map(|day| HOURS.map(|hour| MONDAY.plus(day).start().plus(hour * HOUR))).collect()
}
