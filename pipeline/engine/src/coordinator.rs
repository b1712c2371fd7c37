//! The coordinator: starts workers, hears from them, publishes, and stops everything in order.

use crate::port::{Actor, PortError};
use crate::publisher::Publisher;
use crate::worker::{Command, News, Worker};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;
use teachback_core::time::EventTime;

/// How often the coordinator looks up while nothing happens.
const LOOK_UP: Duration = Duration::from_millis(200);

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Everything was read; the snapshot of the end.
    At(EventTime),
    /// There was nothing to read.
    Empty,
    /// Somebody asked it to stop; everything read so far is committed.
    Stopped,
}

/// The workers of a run.
#[derive(Debug)]
pub struct Crew {
    threads: Vec<JoinHandle<()>>,
    commands: Vec<Sender<Command>>,
    news: Receiver<News>,
}

impl Crew {
    /// Starts workers; `commands` are the other ends of their queues, `news` of theirs.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start(workers: Vec<Worker>, commands: Vec<Sender<Command>>, news: Receiver<News>) -> Result<Self, PortError> {
        let threads = workers.into_iter().enumerate().map(|(number, worker)| worker.start(format!("worker-{number}"))).collect::<Result<_, _>>()?;
        Ok(Self { threads, commands, news })
    }

    /// Runs a bounded run to its end. Where the log is known to reach a time, what is complete is published meanwhile.
    ///
    /// # Errors
    /// The first failure of a worker or of publishing, after everything was stopped in order.
    pub fn run_to_end(mut self, publisher: &mut Publisher, reaches: Option<EventTime>, shutdown: &AtomicBool) -> Result<Ended, PortError> {
        let (mut latest, mut positions, mut waiting) = (None, BTreeMap::new(), self.commands.len());
        while waiting > 0 {
            if shutdown.load(Ordering::Relaxed) {
                self.stop(Command::Stop)?;
                return Ok(Ended::Stopped);
            }
            match self.news.recv_timeout(LOOK_UP) {
                Ok(News::Reached { time, positions: reached }) => {
                    latest = latest.max(time);
                    positions.extend(reached);
                    waiting -= 1;
                }
                Ok(News::Failed(error)) => return self.abandon(error),
                Ok(News::Owns(_) | News::Gave(_) | News::Stopped) => {}
                Err(RecvTimeoutError::Timeout) => {
                    if let Err(error) = reaches.map_or(Ok(()), |reaches| publisher.round_ahead(reaches)) {
                        return self.abandon(error);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Err(PortError::new(Actor::External, "every worker stopped")),
            }
        }
        let Some(latest) = latest else {
            self.stop(Command::Stop)?;
            return Ok(Ended::Empty);
        };
        let as_of = publisher.end_time(latest, &positions);
        self.tell(Command::EndAt(as_of));
        // While the workers seal the end, what came before it is judged.
        if let Err(error) = publisher.round_before(as_of) {
            return self.abandon(error);
        }
        self.join()?;
        publisher.finish(as_of)?;
        Ok(Ended::At(as_of))
    }

    /// Runs as a service until asked to stop. Whoever owns partition 0 publishes.
    ///
    /// # Errors
    /// The first failure of a worker or of publishing, after everything was stopped in order.
    pub fn run_service(mut self, publisher: &mut Publisher, shutdown: &AtomicBool) -> Result<Ended, PortError> {
        let mut owned = BTreeSet::new();
        loop {
            if shutdown.load(Ordering::Relaxed) {
                self.stop(Command::Stop)?;
                if owned.contains(&0) {
                    publisher.round()?;
                }
                return Ok(Ended::Stopped);
            }
            match self.news.recv_timeout(LOOK_UP) {
                Ok(News::Owns(shard)) => {
                    if owned.insert(shard)
                        && shard == 0
                        && let Err(error) = publisher.take_over()
                    {
                        return self.abandon(error);
                    }
                }
                Ok(News::Gave(shard)) => drop(owned.remove(&shard)),
                Ok(News::Failed(error)) => return self.abandon(error),
                Ok(News::Reached { .. } | News::Stopped) => {}
                Err(RecvTimeoutError::Timeout) if owned.contains(&0) => {
                    if let Err(error) = publisher.round() {
                        return self.abandon(error);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(PortError::new(Actor::External, "every worker stopped")),
            }
        }
    }

    /// Stops the other workers in order and gives the failure.
    fn abandon(&mut self, error: PortError) -> Result<Ended, PortError> {
        if let Err(other) = self.stop(Command::Stop) {
            tracing::warn!(error = %other, "another worker failed too");
        }
        Err(error)
    }

    /// Tells every worker to stop and waits for it.
    fn stop(&mut self, command: Command) -> Result<(), PortError> {
        self.tell(command);
        self.join()
    }

    fn tell(&self, command: Command) {
        for commands in &self.commands {
            // A worker that already stopped needs no command.
            commands.send(command).ok();
        }
    }

    /// Waits for every worker.
    fn join(&mut self) -> Result<(), PortError> {
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                return Err(PortError::new(Actor::Damage, "a worker panicked; what it had not committed is read again next time"));
            }
        }
        let failure = self.news.try_iter().find_map(|news| if let News::Failed(error) = news { Some(error) } else { None });
        failure.map_or(Ok(()), Err)
    }
}
