//! State images: courses as they stood at a record, so that recovery need not read the log from its beginning.
//!
//! An image is a row of segments; each holds whole courses, and a course in a later segment replaces the one before.

use crate::port::{Actor, PortError};
use teachback_core::course::Course;

/// How hard zstd tries: an image is written often and read rarely.
const PACKING_LEVEL: i32 = 1;

/// Encodes courses as one segment: their number and then each of them, as a list is encoded, but packed course by course, a
/// zstd frame each, so that the plain form of only one is held and none is copied through a stream's window.
///
/// # Errors
/// When a course cannot be encoded.
pub fn encode(courses: &[&Course]) -> Result<Vec<u8>, PortError> {
    let packing = |cause: std::io::Error| PortError::external("a state image cannot be compressed", cause);
    let plain = |cause: postcard::Error| PortError::external("a state image cannot be encoded", cause);
    let mut packer = zstd::bulk::Compressor::new(PACKING_LEVEL).map_err(packing)?;
    let mut segment = Vec::new();
    let mut pack = |plain: &[u8]| -> Result<(), PortError> {
        segment.extend_from_slice(&packer.compress(plain).map_err(packing)?);
        Ok(())
    };
    let mut buffer = postcard::to_extend(&courses.len(), Vec::new()).map_err(plain)?;
    pack(&buffer)?;
    for course in courses {
        buffer.clear();
        buffer = postcard::to_extend(course, buffer).map_err(plain)?;
        pack(&buffer)?;
    }
    Ok(segment)
}

/// Decodes a segment.
///
/// # Errors
/// When the bytes are no segment.
pub fn decode(path: &str, bytes: &[u8]) -> Result<Vec<Course>, PortError> {
    let damaged = |what: String| {
        PortError::new(Actor::Damage, format!("state image {path} is damaged: {what}; delete the chain's newer records or start a new warehouse"))
    };
    let plain = zstd::stream::decode_all(bytes).map_err(|cause| damaged(cause.to_string()))?;
    postcard::from_bytes(&plain).map_err(|cause| damaged(cause.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use teachback_core::event::validate::Key;
    use teachback_core::partitioner::Partitioner;
    use teachback_core::pseudonym::{Door, PseudonymKey};
    use teachback_core::shard::{Message, Rules, Shard};
    use teachback_core::time::{EventTime, HOUR};

    fn event(id: &str, what: &str, data: &str) -> String {
        event_at(&format!("2026-01-05T08:00:0{}Z", id.len()), id, what, data)
    }

    fn event_at(time: &str, id: &str, what: &str, data: &str) -> String {
        format!(r#"{{"specversion":"1.0","id":"{id}","source":"lms","type":"learning.{what}.v1","time":"{time}","subject":"C1","data":{data}}}"#)
    }

    #[test]
    fn a_course_read_from_an_image_gives_the_same_tables_and_evidence_and_knows_the_same_repeats() {
        let rules = Rules { horizon: 24 * HOUR, partitioner: Partitioner::Any, partitions: 1, door: Door::new(&PseudonymKey::new([1; 32]), "w") };
        let events = [
            event(
                "a",
                "course.published",
                r#"{"title":"T","modules":[{"module":"m1","contents":[{"content":"v1","length_s":60.0,"content_version":"1"}],"assessments":[{"assessment":"q","items":[{"item":"i1","key":"a"}]}]}]}"#,
            ),
            event("bb", "enrollment.created", r#"{"learner":"ann","stratum":3,"enrollment_mode":"audit"}"#),
            event("ccc", "content.played", r#"{"learner":"ann","content":"v1","position_s":0,"session":"s"}"#),
            event("dddd", "content.paused", r#"{"learner":"ann","content":"v1","position_s":22.5,"session":"s"}"#),
            event(
                "eeeee",
                "item.answered",
                r#"{"learner":"ann","assessment":"q","item":"i1","response":"a","outcome":"right","score":1,"max_score":1,"response_time_s":4.5}"#,
            ),
            event("ffffff", "item.graded", r#"{"learner":"ann","assessment":"q","item":"i1","score":1,"max_score":2}"#),
        ];
        let take = |shard: &mut Shard, body: &str| {
            let message =
                Message { partition: 0, received: EventTime(i64::MAX), received_is_ceiling: true, key: Key::None, headers: &[], body: body.as_bytes() };
            let event = Shard::read(&message, &rules).expect("a good event");
            shard.take(&event, &message, &rules).outcome
        };
        let mut shard = Shard::default();
        for event in &events {
            assert_eq!(take(&mut shard, event), teachback_core::shard::Outcome::Accepted);
        }
        let segment = encode(&shard.changed_courses(true)).expect("encodes");
        let mut restored = {
            let mut restored = Shard::default();
            restored.clock = shard.clock.clone();
            restored
        };
        decode("image", &segment).expect("decodes").into_iter().for_each(|course| restored.restore_course(course));
        assert_eq!(format!("{:?}", restored.seal(&rules)), format!("{:?}", shard.seal(&rules)));
        for event in &events {
            assert_eq!(take(&mut restored, event), teachback_core::shard::Outcome::Duplicate { conflict: false });
        }
        // When all of it has closed, what is told follows from what the image kept.
        let later = |learner: &str| {
            event_at("2026-01-25T08:00:00Z", learner, "content.viewed", &format!(r#"{{"learner":"{learner}","content":"v1","content_version":"2"}}"#))
        };
        let mut told = [&mut shard, &mut restored].map(|shard| {
            for learner in ["ben", "cid", "dan"] {
                assert_eq!(take(shard, &later(learner)), teachback_core::shard::Outcome::Accepted);
            }
            shard.tell(&rules)
        });
        let evidence = told[0].pop().expect("a course has something to tell");
        assert_eq!((evidence.items[0].stratum.as_str(), evidence.spans.len(), evidence.versions.len()), ("audit/3", 2, 1));
        assert_eq!(told[1], [evidence]);
    }
}
