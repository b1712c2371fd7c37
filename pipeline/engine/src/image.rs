//! State images: courses as they stood at a record, so that recovery need not read the log from its beginning.
//!
//! An image is a row of segments; each holds whole courses, and a course in a later segment replaces the one before. Saving
//! writes one more segment, with the courses that changed since they were last saved. Courses that did not change stay where
//! they are. A segment of which more than half is stale goes: what still counts in it is written into the new one. So at most
//! half of an image is stale, and what is written follows what has changed.

use crate::bounds::IMAGE_SEGMENTS_MAX;
use crate::port::{Actor, PortError};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use teachback_core::course::Course;
use teachback_core::shard::{Rules, Saved, Shard};

/// How hard zstd tries: an image is written often and read rarely.
const PACKING_LEVEL: i32 = 1;

/// A segment of the image in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Segment {
    number: u64,
    /// Length of all courses in it, not packed.
    bytes: u64,
}

/// The image of one shard: its segments, in the order of their files.
#[derive(Debug, Default)]
pub struct Image {
    segments: Vec<Segment>,
    next: u64,
}

/// What saving changes in an image.
#[derive(Debug, PartialEq, Eq)]
pub struct Change {
    /// Of each segment so far, in order, whether it stays.
    pub stays: Vec<bool>,
    /// A new segment behind those; `None` when there is nothing to write.
    pub segment: Option<Vec<u8>>,
}

impl Image {
    /// Puts the courses of the next segment into a shard, whose clock must be the image's.
    ///
    /// # Errors
    /// When the bytes are no segment.
    pub fn load(&mut self, path: &str, bytes: &[u8], shard: &mut Shard, rules: &Rules) -> Result<(), PortError> {
        let damaged = |what: String| {
            PortError::new(Actor::Damage, format!("state image {path} is damaged: {what}; delete the chain's newer records or start a new warehouse"))
        };
        let plain = zstd::stream::decode_all(bytes).map_err(|cause| damaged(cause.to_string()))?;
        let mut rest = plain.as_slice();
        while !rest.is_empty() {
            let ((was_told, course), behind): ((bool, Course), &[u8]) = postcard::take_from_bytes(rest).map_err(|cause| damaged(cause.to_string()))?;
            let saved = Saved { segment: self.next, bytes: (rest.len() - behind.len()) as u64 };
            shard.restore_course(course, was_told, saved, rules);
            rest = behind;
        }
        self.add(plain.len() as u64);
        Ok(())
    }

    /// Saves what has changed in a shard.
    ///
    /// # Errors
    /// When a course cannot be encoded.
    pub fn save(&mut self, shard: &mut Shard) -> Result<Change, PortError> {
        let packing = |cause: std::io::Error| PortError::external("a state image cannot be compressed", cause);
        let going = going(&self.segments, &shard.saved_bytes());
        // A zstd frame a course, so that the plain form of only one is held and none is copied through a stream's window.
        let mut packer = zstd::bulk::Compressor::new(PACKING_LEVEL).map_err(packing)?;
        let (mut packed, mut plain, mut bytes) = (Vec::new(), Vec::new(), 0);
        shard.save(
            self.next,
            |segment| going.contains(&segment),
            |course, was_told| {
                plain.clear();
                plain = postcard::to_extend(&(was_told, course), std::mem::take(&mut plain))
                    .map_err(|cause| PortError::external("a state image cannot be encoded", cause))?;
                packed.reserve(zstd::zstd_safe::compress_bound(plain.len()));
                let mut end = Cursor::new(&mut packed);
                end.set_position(end.get_ref().len() as u64);
                packer.compress_to_buffer(&plain, &mut end).map_err(packing)?;
                bytes += plain.len() as u64;
                Ok(plain.len() as u64)
            },
        )?;
        let stays: Vec<bool> = self.segments.iter().map(|segment| !going.contains(&segment.number)).collect();
        self.segments.retain(|segment| !going.contains(&segment.number));
        if bytes == 0 {
            return Ok(Change { stays, segment: None });
        }
        self.add(bytes);
        Ok(Change { stays, segment: Some(packed) })
    }

    fn add(&mut self, bytes: u64) {
        self.segments.push(Segment { number: self.next, bytes });
        self.next += 1;
    }
}

/// The segments that go, given how much of each still counts: those of which more than half is stale; and of more than
/// [`IMAGE_SEGMENTS_MAX`] with the one that is to come, the smaller half.
fn going(segments: &[Segment], counts: &BTreeMap<u64, u64>) -> BTreeSet<u64> {
    let counted = |segment: &Segment| counts.get(&segment.number).copied().unwrap_or(0);
    let (stale, mut fresh): (Vec<&Segment>, Vec<&Segment>) = segments.iter().partition(|segment| 2 * counted(segment) < segment.bytes);
    let mut going: BTreeSet<u64> = stale.iter().map(|segment| segment.number).collect();
    if fresh.len() >= IMAGE_SEGMENTS_MAX {
        fresh.sort_by_key(|segment| counted(segment));
        going.extend(fresh[..fresh.len() / 2].iter().map(|segment| segment.number));
    }
    going
}

#[cfg(test)]
mod tests {
    use super::*;
    use teachback_core::event::decode::Headers;
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
            let message = Message {
                partition: 0,
                received: EventTime(i64::MAX),
                received_is_ceiling: true,
                key: Key::None,
                headers: Headers::none(),
                body: body.as_bytes(),
            };
            let event = Shard::read(&message, &rules).expect("a good event");
            shard.take(&event, &message, &rules).outcome
        };
        let mut shard = Shard::default();
        for event in &events {
            assert_eq!(take(&mut shard, event), teachback_core::shard::Outcome::Accepted);
        }
        let saved = Image::default().save(&mut shard).expect("encodes");
        assert!(saved.stays.is_empty());
        let mut restored = {
            let mut restored = Shard::default();
            restored.clock = shard.clock.clone();
            restored
        };
        Image::default().load("image", &saved.segment.expect("a course"), &mut restored, &rules).expect("decodes");
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

    #[test]
    fn a_segment_goes_when_more_than_half_of_it_is_stale_and_the_smaller_ones_when_there_are_many() {
        let segment = |number, bytes| Segment { number, bytes };
        let few = [segment(3, 100), segment(5, 10), segment(6, 10)];
        assert_eq!(going(&few, &BTreeMap::from([(3, 50), (5, 4)])), BTreeSet::from([5, 6]));
        let many: Vec<Segment> = (0..IMAGE_SEGMENTS_MAX as u64).map(|number| segment(number, 100 - number)).collect();
        let counts = many.iter().map(|segment| (segment.number, segment.bytes)).collect();
        assert_eq!(going(&many[1..], &counts), BTreeSet::new());
        assert_eq!(going(&many, &counts), (IMAGE_SEGMENTS_MAX as u64 / 2..IMAGE_SEGMENTS_MAX as u64).collect());
    }
}
