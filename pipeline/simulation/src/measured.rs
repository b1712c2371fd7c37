//! A world's evidence in memory: what the pipeline would tell decide of it, without JSON, log or files.
//!
//! ```text
//! simulate ─▶ Event ─▶ validate ─▶ Shard: midnight passed? tell, then take ─▶ Told of every cut, and of the end
//! ```
//!
//! Invariant: the cells are those of a bounded run of the whole pipeline over the same events in one log. Shard and cuts are
//! core's own, in the order in which the engine's runner calls them: the cut first, then the event that made it due.

use crate::truth::Truth;
use crate::{World, simulate};
use std::io;
use teachback_core::checkpoint::Ledger;
use teachback_core::decide::Told;
use teachback_core::event::Event;
use teachback_core::event::decode::Headers;
use teachback_core::event::validate::{Arrival, Key, validate};
use teachback_core::partitioner::Partitioner;
use teachback_core::pseudonym::{Door, PseudonymKey};
use teachback_core::shard::{Message, Outcome, Rules, Shard};
use teachback_core::time::{DAY, Day, EventTime};

/// How late an event may be: the program's default.
const HORIZON: i64 = DAY;
/// Events are believed until this long after the end of the world.
const CEILING_AFTER_END: i64 = DAY;

/// What a world tells decide.
#[derive(Debug)]
pub struct Measured {
    /// In the order of cuts.
    pub told: Vec<Told>,
    /// The day of the last cut: the last decision day.
    pub through: Day,
    /// What became of the events.
    pub ledger: Ledger,
}

/// Simulates a world and measures it as one shard.
///
/// # Errors
/// Those of [`simulate`].
pub fn measure(world: &World) -> io::Result<(Measured, Truth)> {
    let mut measuring = Measuring::new(world.end().plus(CEILING_AFTER_END));
    let truth = simulate(world, &mut |_, event| {
        measuring.take(event);
        Ok(())
    })?;
    Ok((measuring.end(world.start), truth))
}

struct Measuring {
    shard: Shard,
    rules: Rules,
    ceiling: EventTime,
    told: Vec<Told>,
    ledger: Ledger,
}

impl Measuring {
    fn new(ceiling: EventTime) -> Self {
        // Cells hold no pseudonyms, so any key does.
        let door = Door::new(&PseudonymKey::new([7; 32]), "measured in memory");
        let rules = Rules { horizon: HORIZON, partitioner: Partitioner::Murmur2, partitions: 1, door };
        Self { shard: Shard::default(), rules, ceiling, told: Vec::new(), ledger: Ledger::default() }
    }

    fn take(&mut self, event: &Event<'_>) {
        self.ledger.read += 1;
        let event = match validate(event.clone(), &Arrival { not_after: self.ceiling, key: Key::None }) {
            Ok(event) => event,
            Err(refusal) => {
                self.ledger.rejected += 1;
                *self.ledger.reasons.entry(refusal.reason).or_default() += 1;
                return;
            }
        };
        if let Some((_, last)) = self.shard.cut_due(&event, &self.rules) {
            self.tell(last);
            self.shard.cut_taken(last);
        }
        // The body only tells a repeat from another event under the same id, and the simulator sends none of those.
        let message = Message { partition: 0, received: self.ceiling, received_is_ceiling: true, key: Key::None, headers: Headers::none(), body: &[] };
        match self.shard.take(&event, &message, &self.rules).outcome {
            Outcome::Accepted => self.ledger.accepted += 1,
            Outcome::Duplicate { conflict } => {
                self.ledger.duplicate += 1;
                self.ledger.conflict += u64::from(conflict);
            }
            Outcome::Late => self.ledger.late += 1,
            Outcome::Tick => self.ledger.read -= 1,
        }
    }

    fn tell(&mut self, as_of: EventTime) {
        let courses = self.shard.tell(&self.rules);
        if !courses.is_empty() {
            self.told.push(Told { as_of, courses });
        }
    }

    fn end(mut self, start: EventTime) -> Measured {
        let end = self.shard.clock.time.unwrap_or(start);
        self.tell(end);
        Measured { told: self.told, through: end.day(), ledger: self.ledger }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use teachback_core::decide::judge;

    #[test]
    fn nothing_vanishes_and_no_cell_is_told_twice() {
        let world = World { courses: 3, learners: 300, days: 30, ..World::default() };
        let (measured, _) = measure(&world).unwrap();
        assert!(measured.ledger.is_balanced(), "{:?}", measured.ledger);
        assert_eq!((measured.ledger.rejected, measured.ledger.conflict), (0, 0));
        assert!(measured.ledger.duplicate > 0, "the world has repeats");
        assert!(measured.told.is_sorted_by(|left, right| left.as_of < right.as_of));
        let cells: Vec<_> =
            measured.told.iter().flat_map(|told| &told.courses).flat_map(|course| course.items.iter().map(|cell| (&course.course, cell))).collect();
        assert_eq!(cells.iter().collect::<BTreeSet<_>>().len(), cells.len());
        let answered: u64 = cells.iter().map(|(_, cell)| u64::from(cell.learners)).sum();
        assert!(answered > 1000, "{answered}");
        assert_eq!(judge(&measured.told, measured.through).through, measured.through);
    }
}
