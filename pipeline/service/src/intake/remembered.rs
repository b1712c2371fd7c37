//! [`Remembered`]: ids and contents of what was written last, to tell a repeat from a conflict. Bounded; the oldest go first.

use super::canonical::Fingerprint;
use std::collections::{HashMap, VecDeque};

/// What a record is to what was written before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// Nothing like it is remembered.
    New,
    /// The same was written.
    Repeat,
    /// The id was written with another content.
    Conflict,
}

/// The newest records.
#[derive(Debug)]
pub(super) struct Remembered {
    records_max: usize,
    contents: HashMap<Fingerprint, Fingerprint>,
    order: VecDeque<Fingerprint>,
}

impl Remembered {
    pub(super) fn new(records_max: usize) -> Self {
        Self { records_max, contents: HashMap::new(), order: VecDeque::new() }
    }

    pub(super) fn look(&self, identity: &Fingerprint, content: &Fingerprint) -> Seen {
        match self.contents.get(identity) {
            None => Seen::New,
            Some(known) if known == content => Seen::Repeat,
            Some(_) => Seen::Conflict,
        }
    }

    /// Remembers a record that is safe. Of two contents that were written at once the first stays.
    pub(super) fn keep(&mut self, identity: Fingerprint, content: Fingerprint) {
        if self.contents.contains_key(&identity) {
            return;
        }
        if self.order.len() >= self.records_max
            && let Some(oldest) = self.order.pop_front()
        {
            self.contents.remove(&oldest);
        }
        self.contents.insert(identity, content);
        self.order.push_back(identity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_and_conflicts_are_told_apart_until_they_are_forgotten() {
        let mut remembered = Remembered::new(2);
        remembered.keep([1; 16], [10; 16]);
        remembered.keep([1; 16], [11; 16]);
        assert_eq!(remembered.look(&[1; 16], &[10; 16]), Seen::Repeat);
        assert_eq!(remembered.look(&[1; 16], &[11; 16]), Seen::Conflict);
        assert_eq!(remembered.look(&[2; 16], &[10; 16]), Seen::New);
        remembered.keep([2; 16], [20; 16]);
        remembered.keep([3; 16], [30; 16]);
        assert_eq!(remembered.look(&[1; 16], &[11; 16]), Seen::New, "the oldest was forgotten");
        assert_eq!((remembered.contents.len(), remembered.order.len()), (2, 2));
    }
}
