//! Laws of folding: nothing vanishes, steps do not matter, and what somebody still reads stays.

use super::*;
use crate::checkpoint::{LOGIC_VERSION, RECORD_VERSION, SnapshotNote, Terms};
use crate::partitioner::Partitioner;
use crate::refusal::Reason;
use crate::shard::ShardClock;
use crate::time::HOUR;
use proptest::prelude::*;

const MONDAY: Day = Day(20_454);

/// What one record of a test counted, and how many hours its shard's clock went on.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    hours: i64,
    accepted: u64,
    late: u64,
    rejected: u64,
    kind: RecordKind,
}

const QUIET: Stretch = Stretch { hours: 0, accepted: 0, late: 0, rejected: 0, kind: RecordKind::Takeover };

/// A whole chain, each record with its hash; hashes of a test are numbers.
fn chain(stretches: &[Stretch]) -> Vec<(Record, String)> {
    let (mut to, mut hours, mut totals, mut chain) = (0, 0, Ledger::default(), Vec::<(Record, String)>::new());
    for (stretch, epoch) in stretches.iter().zip(0..) {
        let from = to;
        let ledger = Ledger {
            read: stretch.accepted + stretch.late + stretch.rejected,
            accepted: stretch.accepted,
            late: stretch.late,
            rejected: stretch.rejected,
            reasons: (stretch.rejected > 0).then_some((Reason::BadJson, stretch.rejected)).into_iter().collect(),
            ..Ledger::default()
        };
        to += ledger.read;
        hours += stretch.hours;
        totals += &ledger;
        let time = MONDAY.start().plus(hours * HOUR);
        let midnight = time.day().start();
        let file = |path: &str| FileNote { path: format!("{path}-{from}-{to}"), bytes: 1, sha256: format!("{epoch}") };
        let record = Record {
            version: RECORD_VERSION,
            shard: 3,
            epoch,
            previous: chain.last().map_or(String::new(), |(_, hash)| hash.clone()),
            attempt: String::new(),
            kind: stretch.kind,
            from,
            to,
            tail: None,
            clock: ShardClock { time: Some(time), ..ShardClock::default() },
            files: (ledger.read > 0).then(|| file("lake/events")).into_iter().collect(),
            ledger,
            totals: totals.clone(),
            snapshot: (stretch.kind == RecordKind::Cut).then(|| SnapshotNote { first: midnight, last: midnight, parts: Vec::new() }),
            evidence: (stretch.kind == RecordKind::Cut).then(|| file("cells")),
            image: None,
            log_marks: None,
            ceilings: Vec::new(),
            terms: Terms {
                logic_version: LOGIC_VERSION,
                partitions: 4,
                partitioner: Partitioner::Murmur2,
                horizon: 24 * HOUR,
                key_fingerprint: String::new(),
                lake: true,
                log: "log".to_owned(),
            },
        };
        chain.push((record, format!("hash-{epoch}")));
    }
    chain
}

type Added = BTreeMap<Day, Vec<Entry>>;

fn fold(before: Option<&Anchor>, records: &[(Record, String)]) -> Result<Option<Folded>, BrokenLink> {
    Anchor::fold(before, records.iter().map(|(record, hash)| (record, hash.as_str())))
}

/// The anchor after folding at each of the given places, and all that was added to registers.
fn fold_in_steps(chain: &[(Record, String)], ends: &[usize]) -> (Option<Anchor>, Added) {
    let (mut anchor, mut registers, mut begin): (Option<Anchor>, Added, usize) = (None, BTreeMap::new(), 0);
    for end in ends {
        let Some(Folded { anchor: next, added }) = fold(anchor.as_ref(), &chain[begin..*end]).expect("a whole chain") else { continue };
        added.into_iter().for_each(|(day, entries)| registers.entry(day).or_default().extend(entries));
        (anchor, begin) = (Some(next), *end);
    }
    (anchor, registers)
}

#[test]
fn two_days_of_records_become_two_rows() {
    let cut = Stretch { hours: 14, accepted: 5, kind: RecordKind::Cut, ..QUIET };
    let chain = chain(&[
        QUIET,
        Stretch { hours: 10, accepted: 7, late: 1, kind: RecordKind::Regular, ..QUIET },
        cut,
        Stretch { accepted: 2, rejected: 3, kind: RecordKind::Fresh, ..QUIET },
        Stretch { kind: RecordKind::Shutdown, ..QUIET },
    ]);
    let Folded { anchor, added } = fold(None, &chain).expect("a whole chain").expect("an anchor");
    assert_eq!((anchor.shard, anchor.through, anchor.hash.as_str(), anchor.to), (3, 4, "hash-4", 18));
    assert_eq!(anchor.cuts, Some((MONDAY.plus(1).start(), MONDAY.plus(1).start())));
    assert_eq!((anchor.totals.read, anchor.totals.accepted, anchor.totals.late, anchor.totals.rejected), (18, 14, 1, 3));
    let rows: Vec<_> = anchor.days.iter().map(|row| (row.day, row.first, row.last, row.from, row.to, row.ledger.read, row.evidence.len())).collect();
    assert_eq!(rows, [(MONDAY, 0, 1, 0, 8, 8, 0), (MONDAY.plus(1), 2, 4, 8, 18, 10, 1)]);
    let epochs: Vec<_> = added.iter().map(|(day, entries)| (*day, entries.iter().map(|entry| entry.epoch).collect::<Vec<_>>())).collect();
    assert_eq!(epochs, [(MONDAY, vec![1]), (MONDAY.plus(1), vec![2, 3])], "records that counted nothing need no entry");
}

#[test]
fn a_chain_that_is_not_whole_is_not_folded() {
    let good = chain(&[Stretch { accepted: 4, kind: RecordKind::Regular, ..QUIET }; 3]);
    type Harm = fn(&mut Record);
    let harms: [(Harm, BrokenLink); 5] = [
        (|record| record.epoch = 7, BrokenLink::Number { expected: 1, found: 7 }),
        (|record| record.previous = "another".to_owned(), BrokenLink::Previous(1)),
        (|record| record.from = 3, BrokenLink::Offset { epoch: 1, from: 3, to: 4 }),
        (|record| record.ledger.accepted = 3, BrokenLink::Unbalanced { epoch: 1, read: 4 }),
        (|record| record.totals.read = 9, BrokenLink::Totals(1)),
    ];
    for (harm, broken) in harms {
        let mut chain = good.clone();
        harm(&mut chain[1].0);
        assert_eq!(fold(None, &chain), Err(broken));
    }
}

#[test]
fn only_old_records_that_nobody_reads_are_folded() {
    let bounds = FoldBounds { records_kept: 10, records_folded_min: 5 };
    assert_eq!(fold_through(0..100, None, None, bounds), None, "without a state image recovery reads from the beginning");
    assert_eq!(fold_through(0..100, Some(99), None, bounds), Some(89), "the newest 10 stay");
    assert_eq!(fold_through(0..100, Some(30), None, bounds), Some(29), "the record of the image stays");
    assert_eq!(fold_through(0..100, Some(99), Some(20), bounds), Some(19), "a part that is not visible yet stays");
    assert_eq!(fold_through(0..15, Some(14), None, bounds), Some(4));
    assert_eq!(fold_through(0..14, Some(13), None, bounds), None, "four are not worth an anchor");
    assert_eq!(fold_through(90..100, Some(99), None, bounds), None, "those before are folded already");
    assert_eq!(fold_through(0..0, Some(0), None, FoldBounds { records_kept: 0, records_folded_min: 0 }), None);
}

fn stretches() -> impl Strategy<Value = Vec<Stretch>> {
    let kinds = prop_oneof![Just(RecordKind::Takeover), Just(RecordKind::Regular), Just(RecordKind::Cut), Just(RecordKind::Fresh)];
    let stretch = (0_i64..20, 0_u64..5, 0_u64..2, 0_u64..3, kinds);
    let stretch = stretch.prop_map(|(hours, accepted, late, rejected, kind)| Stretch { hours, accepted, late, rejected, kind });
    proptest::collection::vec(stretch, 1..40)
}

proptest! {
    #[test]
    fn an_anchor_does_not_depend_on_the_steps_in_which_it_came_to_be(stretches in stretches(), mut ends in proptest::collection::vec(0_usize..40, 0..6)) {
        let chain = chain(&stretches);
        ends.iter_mut().for_each(|end| *end = (*end).min(chain.len()));
        ends.push(chain.len());
        ends.sort_unstable();
        prop_assert_eq!(fold_in_steps(&chain, &ends), fold_in_steps(&chain, &[chain.len()]));
    }

    #[test]
    fn nothing_that_was_counted_or_vouched_for_vanishes(stretches in stretches()) {
        let chain = chain(&stretches);
        let (anchor, registers) = fold_in_steps(&chain, &[chain.len()]);
        let anchor = anchor.expect("at least one record");
        let (tip, _) = chain.last().expect("at least one record");
        let (mut days, mut entries) = (Ledger::default(), Ledger::default());
        anchor.days.iter().for_each(|row| days += &row.ledger);
        registers.values().flatten().for_each(|entry| entries += &entry.ledger);
        prop_assert_eq!(&anchor.totals, &tip.totals);
        prop_assert_eq!(&days, &tip.totals);
        prop_assert_eq!(&entries, &tip.totals);
        let files: Vec<&FileNote> = registers.values().flatten().flat_map(|entry| &entry.files).collect();
        prop_assert_eq!(files, chain.iter().flat_map(|(record, _)| &record.files).collect::<Vec<_>>());
        let evidence: Vec<&FileNote> = anchor.days.iter().flat_map(|row| &row.evidence).map(|(_, file)| file).collect();
        prop_assert_eq!(evidence, chain.iter().flat_map(|(record, _)| &record.evidence).collect::<Vec<_>>());
        prop_assert!(anchor.days.is_sorted_by(|one, next| one.day < next.day && one.last + 1 == next.first && one.to == next.from));
    }

    #[test]
    fn what_recovery_and_publishing_read_is_never_folded(start in 0_u64..50, length in 0_u64..300, image in 0_u64..400, waiting in proptest::option::of(0_u64..400), kept in 0_u64..200, least in 0_u64..100) {
        let bounds = FoldBounds { records_kept: kept, records_folded_min: least };
        if let Some(through) = fold_through(start..start + length, Some(image), waiting, bounds) {
            prop_assert!(through < image && waiting.is_none_or(|waiting| through < waiting));
            prop_assert!(through >= start && start + length - 1 - through >= kept && through - start + 1 >= least);
        }
    }
}
