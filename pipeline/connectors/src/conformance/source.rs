//! What every [`Source`] with a fixed assignment must do.

use std::time::Duration;
use teachback_engine::port::{Partition, ResumeAt, Source};

/// The bodies of the records that the log under test must hold, in one partition, from its beginning.
pub const BODIES: [&str; 5] = ["{\"a\":1}", "{\"b\":2}", "not json", "{\"c\":3}", "{\"d\":4}"];

/// How long a source may need until it has read five records.
const POLLS_MAX: usize = 1000;

type Got = (u64, u64, String);

/// Runs the suite; `open` opens the log anew, from an offset or from its beginning.
///
/// # Panics
/// When the source breaks a rule; the message says which.
pub fn behaves_as_a_bounded_source(open: &mut dyn FnMut(Option<u64>) -> Box<dyn Source>) {
    let all = read(open(None).as_mut(), usize::MAX);
    let bodies: Vec<&str> = all.iter().map(|(_, _, body)| body.as_str()).collect();
    assert_eq!(bodies, BODIES, "every record comes once, in order");
    for (left, right) in all.iter().zip(&all[1..]) {
        assert!(left.0 < left.1 && left.1 <= right.0, "offsets grow, and `next` lies between two records");
    }
    assert_eq!(read(open(None).as_mut(), 1), all, "the size of a batch changes nothing");
    for (place, (_, next, _)) in all.iter().enumerate() {
        assert_eq!(read(open(Some(*next)).as_mut(), 2), all[place + 1..], "reading goes on at the `next` of any record");
    }
}

/// What a source of a log without hashes of its own does beside: the tail comes once more before what follows it, even where
/// nothing follows.
///
/// # Panics
/// When the source breaks the rule.
pub fn hands_the_tail_over_first(open: &mut dyn FnMut(ResumeAt) -> Box<dyn Source>) {
    let all = read(open(ResumeAt::from(0)).as_mut(), usize::MAX);
    assert_eq!(all.len(), BODIES.len());
    for (place, (offset, next, _)) in all.iter().enumerate() {
        let resume = ResumeAt { next: *next, tail: Some(*offset) };
        assert_eq!(read(open(resume).as_mut(), 2), all[place..], "reading begins at the tail");
    }
}

fn read(source: &mut dyn Source, records_max: usize) -> Vec<Got> {
    let mut got: Vec<Got> = Vec::new();
    for _ in 0..POLLS_MAX {
        let before = got.len();
        let polled = source
            .poll(records_max, Duration::from_millis(50), &mut |record| {
                assert_eq!(record.partition, Partition(0), "the log has one partition");
                got.push((record.offset, record.next, String::from_utf8_lossy(record.body).into_owned()));
            })
            .expect("a whole log can be read");
        assert_eq!(polled.records, got.len() - before, "records are counted");
        assert!(polled.records <= records_max, "no more records than asked for");
        assert!(polled.changes.is_empty(), "a fixed assignment does not change");
        if polled.ended == [Partition(0)] {
            assert!(polled.caught_up, "behind the end there is nothing more to read");
            return got;
        }
    }
    panic!("the source did not end");
}
