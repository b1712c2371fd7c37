//! State images hold every course once, write only those that changed, and change nothing that anyone can see: neither the
//! moments at which they are made nor kills between them.

use crate::stand::{Happening, MONDAY, Stand, memory};
use proptest::prelude::*;
use std::sync::Arc;
use teachback_connectors::memory::ManualClock;
use teachback_core::checkpoint::ImageNote;
use teachback_core::time::{DAY, EventTime, HOUR};
use teachback_engine::bounds::IMAGE_SEGMENTS_MAX;
use teachback_engine::port::Store;
use teachback_engine::{chain, layout};

const COURSES: [&str; 5] = ["C0", "C1", "C2", "C3", "C4"];
/// What a learner does, and a tick.
const KINDS: usize = 6;

/// What happens next: hours later, in a course, by a learner; and what befalls the shard before it.
type Step = (i64, usize, usize, u8, u8);

fn happening(time: EventTime, course: usize, kind: usize, learner: u8) -> Happening {
    let (kind, data) = match kind {
        0 => ("learning.enrollment.created.v1", r#""enrollment_mode":"audit""#),
        1 => ("learning.content.viewed.v1", r#""content":"v1","module":"m1","content_version":"1""#),
        2 => ("learning.content.played.v1", r#""content":"v2","module":"m2","position_s":0,"session":"s","content_length_s":90"#),
        3 => ("learning.content.paused.v1", r#""content":"v2","module":"m2","position_s":22.5,"session":"s","content_length_s":90"#),
        4 => ("learning.item.answered.v1", r#""assessment":"q","item":"i1","response":"a","outcome":"right","score":1,"max_score":1,"response_time_s":4.5"#),
        _ => return Happening::tick(time),
    };
    Happening::in_course(COURSES[course], time, kind, &format!(r#""learner":"l-{learner}",{data}"#))
}

fn log_of(steps: &[Step]) -> Vec<Happening> {
    let mut now = MONDAY.start();
    let mut log = Vec::new();
    for (hours, course, kind, learner, _) in steps {
        now = now.plus(hours * HOUR);
        log.push(happening(now, *course, *kind, *learner));
    }
    // Long after, a course lives on, so that everything is told.
    for day in 1..=40 {
        log.push(Happening::tick(now.plus(day * DAY)));
        log.push(happening(now.plus(day * DAY), 0, 1, (day % 3) as u8));
    }
    log
}

/// Evidence and the tables of all cuts, in order, as bytes.
fn seen(store: &dyn Store) -> Vec<(String, Vec<u8>)> {
    let read = |path: &str| store.get(path).unwrap().unwrap().to_vec();
    // The number of a record counts takeovers, too.
    let day = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_owned()).unwrap();
    let cells = store.list("_teachback/cells").unwrap().into_iter().map(|entry| (day(&entry.path), read(&entry.path)));
    cells.chain(store.list("_teachback/staged").unwrap().into_iter().map(|entry| (entry.path.clone(), read(&entry.path)))).collect()
}

fn image(store: &dyn Store) -> ImageNote {
    chain::tip(store, 0).unwrap().unwrap().record.image.unwrap()
}

/// Only files that the image in force names, or the one before it did.
fn assert_files_are_few(store: &dyn Store) {
    let files = store.list(&layout::image_segments(0)).unwrap().len();
    let named = image(store).segments.len();
    assert!(named <= IMAGE_SEGMENTS_MAX && files <= 2 * IMAGE_SEGMENTS_MAX + 1, "{named} named, {files} there");
}

fn open(store: &Arc<dyn Store>, attempt: usize) -> Stand {
    Stand::open(store, &ManualClock::at(MONDAY.start()), &attempt.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn neither_images_nor_kills_between_them_are_seen(
        steps in proptest::collection::vec((0_i64..36, 0_usize..COURSES.len(), 0_usize..KINDS, 0_u8..4, 0_u8..8), 1..80),
    ) {
        let log = log_of(&steps);
        let undisturbed = memory();
        let mut stand = open(&undisturbed, 0);
        stand.read(&log, log.len());
        stand.kill();

        let store = memory();
        let mut stand = open(&store, 0);
        // Behind the steps, too: what is told of a course that sleeps falls there.
        for to in 0..log.len() {
            stand.read(&log, to);
            let disturbance = steps.get(to).map_or(if to % 9 == 0 { 2 } else { 9 }, |step| step.4);
            if matches!(disturbance, 0 | 2) {
                stand.save();
            }
            if matches!(disturbance, 1 | 2) {
                stand.kill();
                stand = open(&store, to + 1);
            }
        }
        stand.read(&log, log.len());
        stand.kill();
        let (expected, found) = (seen(undisturbed.as_ref()), seen(store.as_ref()));
        prop_assert!(!expected.is_empty());
        prop_assert_eq!(expected.iter().map(|(path, _)| path).collect::<Vec<_>>(), found.iter().map(|(path, _)| path).collect::<Vec<_>>());
        for ((path, left), (_, right)) in expected.iter().zip(&found) {
            prop_assert!(left == right, "{}", path);
        }
    }
}

#[test]
fn courses_that_did_not_change_are_not_written_again_though_time_passes() {
    let store = memory();
    let mut stand = open(&store, 0);
    let mut log: Vec<Happening> =
        (0..COURSES.len() * 400).map(|place| happening(MONDAY.start().plus(HOUR), place % COURSES.len(), place % 5, (place / 5 % 200) as u8)).collect();
    stand.read(&log, log.len());
    stand.save();
    let first = image(store.as_ref()).segments;
    assert_eq!(first.len(), 1);
    // One course lives on; what is told of the others comes with the ticks, and then they rest.
    let mut settled = Vec::new();
    for day in 1..60 {
        let now = MONDAY.start().plus(day * DAY + HOUR);
        log.push(Happening::tick(now));
        log.push(happening(now, 0, 1, 1));
        stand.read(&log, log.len());
        stand.save();
        assert_files_are_few(store.as_ref());
        let segments = image(store.as_ref()).segments;
        if day == 2 {
            settled.clone_from(&segments);
        }
        if day > 2 {
            assert_eq!(segments.len(), 2, "day {day}");
            assert_eq!(segments[0], settled[0], "what was written of the others stays, day {day}");
            assert!(segments[1].bytes < first[0].bytes / 2, "one course of five");
        }
    }
    // A file that nobody names goes with the next image.
    let stray = layout::image_segment(0, 999_999);
    store.put(&stray, "stray".into()).unwrap();
    stand.kill();
    let mut stand = open(&store, 1);
    stand.read(&log, log.len());
    for day in 61..63 {
        log.push(happening(MONDAY.start().plus(60 * DAY + day * HOUR), 0, 1, 1));
        stand.read(&log, log.len());
        stand.save();
    }
    assert_eq!(store.get(&stray).unwrap(), None);
    assert!(store.list(&layout::image_segments(0)).unwrap().len() <= 3, "the two of the image and the one before");
}
