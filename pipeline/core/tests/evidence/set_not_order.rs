//! What is told is a function of the set of events: neither order, nor repeats, nor where the cuts fall show in it.

use crate::course::{Course, at, body, passing};
use proptest::prelude::*;
use teachback_core::evidence::CourseEvidence;
use teachback_core::shard::Outcome;
use teachback_core::time::{EventTime, HOUR, MINUTE};

/// Days in which something happens; then time passes until all of them are told.
const DAYS: i64 = 4;
/// All of it happens twice a day within so many minutes, so that much of it falls into one sitting.
const BUSY: i64 = 25;
/// Events arrive up to this much after they happened: within the horizon, so that none is late.
const DELAY: i64 = 23 * HOUR;

/// One random event: what, learner, busy minute of the course, and a number that decides the rest.
type Draw = (u8, u8, i64, u32);

fn time((_, _, minute, _): &Draw) -> EventTime {
    let slot = minute / BUSY;
    at(slot / 2, [9, 20][(slot % 2) as usize], 0, 0).plus(minute % BUSY * MINUTE)
}

fn json(place: usize, draw: &Draw) -> String {
    let (what, learner, _, number) = draw;
    let (content, item, position) = (number % 2, number % 23, number % 60);
    let (kind, rest) = match what % 16 {
        0..=2 => ("content.played", format!(r#""content":"v{content}","position_s":{position},"content_length_s":90,"content_version":"{}""#, number % 3)),
        3 | 4 => ("content.paused", format!(r#""content":"v{content}","position_s":{},"module":"m{content}""#, position + 20)),
        5 => ("content.seeked", format!(r#""content":"v{content}","position_s":{position},"position_to_s":{}"#, number % 80)),
        6 => ("content.failed", format!(r#""content":"v{content}","client":"c{}""#, number % 2)),
        7 => ("enrollment.changed", format!(r#""stratum":{}"#, number % 3)),
        8 => ("enrollment.created", format!(r#""enrollment_mode":"{}""#, ["", "audit", "verified"][(number % 3) as usize])),
        9 => ("assessment.submitted", r#""assessment":"q""#.to_owned()),
        10 => ("enrollment.withdrawn", r#""reason":"r""#.to_owned()),
        11 => ("content.viewed", format!(r#""content":"v{content}","duration_s":{}"#, number % 90)),
        // The first two learners answer like clocks.
        _ => {
            let seconds = if *learner < 2 { 3 } else { number % 40 };
            (
                "item.answered",
                format!(
                    r#""assessment":"q","item":"i{item}","response":"{}","score":{},"max_score":3,"response_time_s":{seconds},"attempt":{}"#,
                    number % 3,
                    number % 4,
                    number % 5
                ),
            )
        }
    };
    body(place as u32, time(draw), kind, &format!(r#""learner":"l{learner}","session":"s",{rest}"#))
}

/// Everything told of closed days, sorted, and what stands at the end.
fn told(mut course: Course) -> String {
    passing(DAYS + 16).iter().for_each(|body| assert_eq!(course.take(body), Outcome::Accepted));
    course.tell();
    let all = |cells: &dyn Fn(&CourseEvidence) -> Vec<String>| {
        let mut lines: Vec<String> = course.told.iter().flat_map(cells).collect();
        lines.sort();
        lines.join("\n")
    };
    let last = course.told.last().expect("something is told");
    [
        all(&|evidence| evidence.items.iter().map(|cell| format!("{cell:?}")).collect()),
        all(&|evidence| evidence.quizzes.iter().map(|cell| format!("{cell:?}")).collect()),
        all(&|evidence| evidence.dwell.iter().map(|cell| format!("{cell:?}")).collect()),
        all(&|evidence| evidence.spans.iter().map(|cell| format!("{cell:?}")).collect()),
        all(&|evidence| evidence.places.iter().map(|cell| format!("{cell:?}")).collect()),
        all(&|evidence| evidence.accounts.iter().map(|cell| format!("{cell:?}")).collect()),
        format!("{:?}\n{:?}\n{:?}\n{:?}", last.openings, last.flow, last.versions, last.began),
    ]
    .join("\n\n")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn neither_order_nor_repeats_nor_cuts_show(
        draws in proptest::collection::vec((any::<u8>(), 0_u8..4, 0_i64..DAYS * 2 * BUSY, any::<u32>()), 60..400),
        delays in proptest::collection::vec(0_i64..DELAY, 400),
        repeats in proptest::collection::vec((0_usize..400, 0_i64..DELAY), 0..60),
        cuts in proptest::collection::vec(0_usize..460, 0..12),
    ) {
        let bodies: Vec<String> = draws.iter().enumerate().map(|(place, draw)| json(place, draw)).collect();
        let mut in_order: Vec<usize> = (0..draws.len()).collect();
        in_order.sort_by_key(|place| time(&draws[*place]));
        let mut straight = Course::new();
        in_order.iter().for_each(|place| { straight.take(&bodies[*place]); });

        let first = (0..draws.len()).map(|place| (time(&draws[place]).plus(delays[place]), place));
        let again = repeats.into_iter().filter(|(place, _)| *place < draws.len()).map(|(place, delay)| (time(&draws[place]).plus(delay), place));
        let mut arrivals: Vec<(EventTime, usize)> = first.chain(again).collect();
        arrivals.sort_unstable();
        let mut shuffled = Course::new();
        for (number, (_, place)) in arrivals.iter().enumerate() {
            prop_assert_ne!(shuffled.take(&bodies[*place]), Outcome::Late);
            if cuts.contains(&number) {
                shuffled.tell();
            }
        }
        prop_assert_eq!(told(shuffled), told(straight));
    }
}
