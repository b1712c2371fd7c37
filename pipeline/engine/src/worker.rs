//! A worker: one thread that owns a source and the shards of the partitions it was given.
//!
//! The loop polls a batch, feeds it to the shards' runners, deals with partitions that came or went, and with what the
//! writer and the coordinator say. Workers share nothing; there are no locks in the hot path.

use crate::bounds::{POLL_WAIT_MAX, WRITER_JOBS_MAX};
use crate::port::{Actor, Change, Clock, Partition, PortError, Source, Store, TableFormat};
use crate::runner::{Context, Runner};
use crate::writer::{self, Job, Report};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::Duration;
use teachback_core::checkpoint::RecordKind;
use teachback_core::time::{EventTime, SECOND};

/// What the coordinator tells a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// A bounded run ends at this moment: seal everything, commit, stop.
    EndAt(EventTime),
    /// Stop in order: commit what was read.
    Stop,
}

/// What a worker tells the coordinator.
#[derive(Debug)]
pub enum News {
    /// A bounded worker has read everything; its shards' latest time.
    Reached {
        /// The latest time of its shards.
        time: Option<EventTime>,
        /// Where each shard stands.
        positions: Vec<(u32, u64)>,
    },
    /// It has a partition now.
    Owns(u32),
    /// It has a partition no longer.
    Gave(u32),
    /// It stopped in order.
    Stopped,
    /// It stopped because something failed.
    Failed(PortError),
}

/// Everything a worker is made of.
pub struct Worker {
    /// The log.
    pub source: Box<dyn Source>,
    /// The warehouse.
    pub store: Arc<dyn Store>,
    /// How tables are encoded.
    pub format: Arc<dyn TableFormat>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// What all runners share; `writer` in it is replaced by the worker's own.
    pub context: Context,
    /// Partitions of a bounded run; empty for a consumer group.
    pub assigned: Vec<Partition>,
    /// Records taken in one poll.
    pub batch_records_max: usize,
    /// How often a snapshot is taken while caught up; `None` for a bounded run.
    pub publish_every: Option<Duration>,
    /// From the coordinator.
    pub commands: Receiver<Command>,
    /// To the coordinator.
    pub news: Sender<News>,
    /// How the connector describes what was read of its files, where it does.
    pub log_marks: Option<Box<dyn Fn() -> Option<String> + Send>>,
    /// Called with the number of records after each poll, for a progress bar.
    pub progress: Option<Box<dyn Fn(usize) + Send>>,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Worker").field("assigned", &self.assigned).finish_non_exhaustive()
    }
}

/// A worker at work.
struct Running {
    worker: Worker,
    runners: BTreeMap<u32, Runner>,
    ended: BTreeSet<u32>,
    reports: Receiver<Report>,
    waiting_commits: BTreeMap<u32, u64>,
    writer: Option<JoinHandle<()>>,
    reached: bool,
    next_fresh: Option<EventTime>,
    failure: Option<PortError>,
}

impl Worker {
    /// Starts the worker's thread.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start(self, name: String) -> Result<JoinHandle<()>, PortError> {
        let spawn = std::thread::Builder::new().name(name).spawn(move || {
            let news = self.news.clone();
            let last = match self.run() {
                Ok(()) => News::Stopped,
                Err(error) => News::Failed(error),
            };
            // A coordinator that is gone needs no news.
            news.send(last).ok();
        });
        spawn.map_err(|cause| PortError::external("no thread for a worker", cause))
    }

    fn run(mut self) -> Result<(), PortError> {
        let (jobs, job_queue) = mpsc::sync_channel(WRITER_JOBS_MAX);
        let (report_queue, reports) = mpsc::channel();
        let (store, format) = (self.store.clone(), self.format.clone());
        let writer = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || writer::run(&store, &format, &job_queue, &report_queue))
            .map_err(|cause| PortError::external("no thread for a writer", cause))?;
        self.context.writer = jobs;
        let mut running = Running {
            runners: BTreeMap::new(),
            ended: BTreeSet::new(),
            reports,
            waiting_commits: BTreeMap::new(),
            writer: Some(writer),
            reached: false,
            next_fresh: None,
            failure: None,
            worker: self,
        };
        for partition in running.worker.assigned.clone() {
            running.open(partition)?;
        }
        running.work()
    }
}

impl Running {
    fn work(&mut self) -> Result<(), PortError> {
        loop {
            let patience = if self.reached { POLL_WAIT_MAX } else { Duration::ZERO };
            match self.worker.commands.recv_timeout(patience) {
                Ok(Command::EndAt(as_of)) => return self.finish(Some(as_of)),
                Ok(Command::Stop) | Err(mpsc::RecvTimeoutError::Disconnected) => return self.finish(None),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
            self.take_reports()?;
            if !self.reached {
                self.poll()?;
            }
        }
    }

    fn poll(&mut self) -> Result<(), PortError> {
        let Running { worker, runners, failure, .. } = self;
        let context = &worker.context;
        let polled = worker.source.poll(worker.batch_records_max, POLL_WAIT_MAX, &mut |record| {
            if failure.is_none()
                && let Some(runner) = runners.get_mut(&record.partition.0)
                && let Err(error) = runner.handle(record, context)
            {
                *failure = Some(error);
            }
        })?;
        if let Some(error) = self.failure.take() {
            return Err(error);
        }
        if let (Some(marks), true) = (&self.worker.log_marks, polled.records > 0) {
            let marks = marks();
            self.runners.values_mut().for_each(|runner| runner.set_log_marks(marks.clone()));
        }
        if let Some(progress) = &self.worker.progress {
            progress(polled.records);
        }
        for change in &polled.changes {
            match change {
                Change::Assigned(partition) => self.open(*partition)?,
                Change::Revoked(partition) => self.give(*partition)?,
                Change::Lost(partition) => self.lose(*partition)?,
            }
        }
        for partition in &polled.ended {
            if let Some(runner) = self.runners.get_mut(&partition.0) {
                runner.caught_up(&self.worker.context)?;
            }
            self.ended.insert(partition.0);
        }
        let bounded = self.worker.publish_every.is_none();
        if bounded && self.runners.keys().all(|shard| self.ended.contains(shard)) {
            self.reached = true;
            let time = self.runners.values().filter_map(Runner::time).max();
            let positions = self.runners.iter().map(|(shard, runner)| (*shard, runner.position())).collect();
            self.worker.news.send(News::Reached { time, positions }).ok();
        }
        if polled.caught_up && !bounded {
            self.publish_fresh()?;
        }
        Ok(())
    }

    /// Takes a snapshot at each multiple of `publish_every` of wall time, so that all instances take it at the same one.
    fn publish_fresh(&mut self) -> Result<(), PortError> {
        let Some(every) = self.worker.publish_every else { return Ok(()) };
        let every = (every.as_micros() as i64).max(SECOND);
        let now = self.worker.clock.now();
        let as_of = EventTime(now.0.div_euclid(every) * every);
        let due = *self.next_fresh.get_or_insert(as_of.plus(every));
        if now < due {
            return Ok(());
        }
        self.next_fresh = Some(as_of.plus(every));
        for runner in self.runners.values_mut() {
            runner.caught_up(&self.worker.context)?;
            runner.fresh(as_of, &self.worker.context)?;
        }
        Ok(())
    }

    fn open(&mut self, partition: Partition) -> Result<(), PortError> {
        let runner = Runner::open(partition.0, self.worker.store.as_ref(), &self.worker.context)?;
        tracing::info!(shard = partition.0, from = runner.resume_offset(), "shard opened");
        self.runners.insert(partition.0, runner);
        self.worker.news.send(News::Owns(partition.0)).ok();
        Ok(())
    }

    /// Hands a partition over in order: commits what was read and waits until that is on disk.
    fn give(&mut self, partition: Partition) -> Result<(), PortError> {
        let Some(mut runner) = self.runners.remove(&partition.0) else { return Ok(()) };
        runner.commit(RecordKind::Shutdown, runner.position(), &self.worker.context)?;
        self.worker.context.writer.send(Job::Drop { shard: partition.0 }).map_err(|_| stopped())?;
        self.worker.news.send(News::Gave(partition.0)).ok();
        tracing::info!(shard = partition.0, "shard handed over");
        Ok(())
    }

    fn lose(&mut self, partition: Partition) -> Result<(), PortError> {
        self.runners.remove(&partition.0);
        self.worker.context.writer.send(Job::Drop { shard: partition.0 }).map_err(|_| stopped())?;
        self.worker.news.send(News::Gave(partition.0)).ok();
        tracing::warn!(shard = partition.0, "shard lost to another instance");
        Ok(())
    }

    fn take_reports(&mut self) -> Result<(), PortError> {
        while let Ok(report) = self.reports.try_recv() {
            self.take_report(report)?;
        }
        if !self.waiting_commits.is_empty() {
            let positions: Vec<(Partition, u64)> = self.waiting_commits.iter().map(|(shard, to)| (Partition(*shard), *to)).collect();
            self.waiting_commits.clear();
            if let Err(error) = self.worker.source.note_committed(&positions) {
                tracing::warn!(%error, "positions were not told to the log; only its lag tools miss them");
            }
        }
        Ok(())
    }

    fn take_report(&mut self, report: Report) -> Result<(), PortError> {
        match report {
            Report::Committed { shard, to, .. } => {
                self.waiting_commits.insert(shard, to);
                Ok(())
            }
            // In a group the shard is simply another's now; a bounded run cannot go on without it.
            Report::Failed { shard, error } if error.actor == Actor::Fenced && self.worker.publish_every.is_some() => {
                tracing::warn!(shard, %error, "shard dropped");
                self.lose(Partition(shard))
            }
            Report::Failed { error, .. } => Err(error),
        }
    }

    /// Commits everything and waits for the writer.
    fn finish(&mut self, as_of: Option<EventTime>) -> Result<(), PortError> {
        for runner in self.runners.values_mut() {
            match as_of {
                Some(as_of) => runner.end(as_of, &self.worker.context)?,
                None => runner.commit(RecordKind::Shutdown, runner.position(), &self.worker.context)?,
            }
        }
        // Letting go of the queue ends the writer once it is empty.
        let (nowhere, _) = mpsc::sync_channel(0);
        self.worker.context.writer = nowhere;
        while let Ok(report) = self.reports.recv() {
            self.take_report(report)?;
        }
        if let Some(writer) = self.writer.take() {
            writer.join().map_err(|_| stopped())?;
        }
        self.take_reports()
    }
}

fn stopped() -> PortError {
    PortError::new(Actor::External, "the writer stopped")
}
