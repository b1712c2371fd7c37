//! Events that name no course stand under `platform:…`: their hours are counted, and nothing else is published of them.

use teachback_core::event::decode::Headers;
use teachback_core::event::validate::Key;
use teachback_core::partitioner::Partitioner;
use teachback_core::pseudonym::{Door, PseudonymKey};
use teachback_core::shard::{Message, Rules, Shard};
use teachback_core::time::{DAY, EventTime, HOUR, MINUTE};

const START: i64 = 1_767_600_000_000_000;

/// The names of the tables that have rows of a course to which all this happened, and whether any evidence was told.
fn published(course: &str) -> (Vec<&'static str>, bool) {
    let rules = Rules { horizon: 24 * HOUR, partitioner: Partitioner::Any, partitions: 1, door: Door::new(&PseudonymKey::new([5; 32]), "w") };
    let mut shard = Shard::default();
    let mut told = false;
    for number in 0..40 {
        let happened = [
            ("content.played", r#""content":"v","position_s":1,"content_length_s":60"#),
            ("content.stopped", r#""content":"v","position_s":50"#),
            ("content.failed", r#""content":"v","client":"c""#),
            ("item.answered", r#""assessment":"q","item":"i","response":"a","outcome":"right","score":1,"max_score":1"#),
            ("enrollment.created", r#""provider":"p""#),
        ];
        for (place, (kind, rest)) in happened.iter().enumerate() {
            let time = EventTime(START + number * DAY / 8 + place as i64 * MINUTE);
            let body = format!(
                r#"{{"specversion":"1.0","id":"e{number}-{place}","source":"s","type":"learning.{kind}.v1","time":"{time}","subject":"{course}","data":{{"learner":"l{number}",{rest}}}}}"#
            );
            let message = Message { partition: 0, received: time, received_is_ceiling: true, key: Key::None, headers: Headers::none(), body: body.as_bytes() };
            let event = Shard::read(&message, &rules).expect("a good event");
            shard.take(&event, &message, &rules);
        }
        told |= !shard.tell(&rules).is_empty();
    }
    let sealed = shard.seal(&rules);
    let with_rows = sealed.iter().filter(|table| table.parts.iter().any(|part| !part.is_empty())).map(|table| table.contract.name).collect();
    (with_rows, told)
}

#[test]
fn a_platform_has_activity_and_no_more() {
    assert_eq!(published("platform:OrgX"), (vec!["course_activity"], false));
}

#[test]
fn the_same_in_a_course_fills_the_tables_and_is_told() {
    let (tables, told) = published("OrgX");
    assert!(told);
    for table in ["course_quality", "content_quality", "content_segments", "item_quality", "item_options", "course_activity", "learner_course"] {
        assert!(tables.contains(&table), "{table} in {tables:?}");
    }
}
