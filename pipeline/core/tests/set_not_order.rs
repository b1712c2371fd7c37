//! Promise 1 at the level of the core: what is published is a function of the set of events, not of their order, of
//! repeats, or of how courses are spread over shards.

use proptest::prelude::*;
use teachback_core::event::decode::Headers;
use teachback_core::event::validate::Key;
use teachback_core::partitioner::Partitioner;
use teachback_core::pseudonym::{Door, PseudonymKey};
use teachback_core::seal::SEALED_TABLES;
use teachback_core::shard::{Message, Rules, Shard};
use teachback_core::table::Rows;
use teachback_core::time::{EventTime, HOUR, MINUTE};

const START: i64 = 1_767_600_000_000_000;

fn rules() -> Rules {
    Rules { horizon: 24 * HOUR, partitioner: Partitioner::Any, partitions: 1, door: Door::new(&PseudonymKey::new([5; 32]), "w") }
}

/// One random event: what, course, learner, minute, and a number that decides the rest.
type Draw = (usize, u8, u8, i64, u32);

fn json(place: usize, (what, course, learner, minute, number): &Draw) -> String {
    let time = EventTime(START + minute * MINUTE);
    let (content, item, position) = (number % 3, number % 4, number % 60);
    let (kind, rest) = match what % 10 {
        0 => ("content.played", format!(r#""content":"v{content}","position_s":{position},"session":"s","content_length_s":90"#)),
        1 => ("content.paused", format!(r#""content":"v{content}","position_s":{},"session":"s""#, position + 20)),
        2 => ("content.seeked", format!(r#""content":"v{content}","position_s":{position},"position_to_s":{},"session":"s""#, number % 80)),
        3 => ("content.viewed", format!(r#""content":"v{content}","count":{},"module":"m{content}""#, number % 5)),
        4 => (
            "item.answered",
            format!(r#""assessment":"q","item":"i{item}","response":"{}","score":{},"max_score":2,"attempt":{}"#, number % 3, number % 3, number % 4),
        ),
        5 => ("assessment.submitted", r#""assessment":"q""#.to_owned()),
        6 => ("enrollment.created", format!(r#""stratum":{},"provider":"p{}""#, number % 8, number % 2)),
        7 => ("enrollment.withdrawn", format!(r#""reason":"r{}""#, number % 3)),
        8 => ("content.failed", format!(r#""content":"v{content}","client":"c{}""#, number % 2)),
        _ => ("feedback.rated", format!(r#""rating":{}"#, number % 6)),
    };
    format!(
        r#"{{"specversion":"1.0","id":"e{place}","source":"s{}","type":"learning.{kind}.v1","time":"{time}","subject":"C{course}","data":{{"learner":"l{learner}",{rest}}}}}"#,
        number % 2
    )
}

fn take(shard: &mut Shard, body: &str, rules: &Rules) {
    let message =
        Message { partition: 0, received: EventTime(i64::MAX), received_is_ceiling: true, key: Key::None, headers: Headers::none(), body: body.as_bytes() };
    let event = Shard::read(&message, rules).expect("a good event");
    shard.take(&event, &message, rules);
}

/// The rows of all shards together, sorted by key, as text.
fn published(shards: &mut [Shard], rules: &Rules) -> String {
    let mut tables: Vec<Rows> = SEALED_TABLES.iter().map(|contract| Rows::new(contract)).collect();
    for shard in shards {
        for (all, sealed) in tables.iter_mut().zip(shard.seal(rules)) {
            sealed.parts.iter().for_each(|part| all.append(part));
        }
    }
    tables.iter().map(|rows| format!("{:?}\n", rows.sorted_by_key())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn order_repeats_and_shards_do_not_matter(
        // Within one horizon, so that nothing is late in any order.
        draws in proptest::collection::vec((0_usize..10, 0_u8..3, 0_u8..5, 0_i64..24 * 60, any::<u32>()), 1..80),
        keys in proptest::collection::vec(any::<u32>(), 80),
        repeats in proptest::collection::vec(0_usize..80, 0..20),
        cut_at in 0_usize..80,
    ) {
        let rules = rules();
        let events: Vec<String> = draws.iter().enumerate().map(|(place, draw)| json(place, draw)).collect();
        let mut in_order: Vec<usize> = (0..events.len()).collect();
        in_order.sort_by_key(|place| draws[*place].3);
        let mut one = vec![Shard::default()];
        in_order.iter().for_each(|place| take(&mut one[0], &events[*place], &rules));
        let expected = published(&mut one, &rules);

        let mut shuffled: Vec<usize> = (0..events.len()).chain(repeats.into_iter().filter(|place| *place < events.len())).collect();
        shuffled.sort_by_key(|place| keys[*place]);
        let mut three = vec![Shard::default(), Shard::default(), Shard::default()];
        for (number, place) in shuffled.iter().enumerate() {
            take(&mut three[usize::from(draws[*place].1)], &events[*place], &rules);
            // A seal in the middle, with all that it tells and settles, changes nothing that is published later.
            if number == cut_at {
                for shard in &mut three {
                    shard.seal_and_tell(&rules);
                }
            }
        }
        prop_assert_eq!(published(&mut three, &rules), expected);
    }
}
