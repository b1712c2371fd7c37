//! Facts written out as CloudEvents in structured JSON.

use super::facts::{COURSES, Fact, ITEMS, MODULES, OPTIONS, VIDEOS, What, key_of, length_of};
use integration_tests::events::Rng;
use std::fmt::{self, Write};

/// The first of the event days is Monday, 3 March 2025.
const MONTH: &str = "2025-03";
const FIRST_DAY: u32 = 3;
const PROVIDERS: u16 = 20;
const CLIENTS: [&str; 3] = ["web", "ios", "android"];
const NAMES: [char; OPTIONS as usize] = ['a', 'b', 'c', 'd'];

/// Writes events of one log.
#[derive(Debug)]
pub(super) struct Writer {
    seed: u64,
    subjects: Vec<String>,
    body: String,
}

impl Writer {
    pub(super) fn new(seed: u64) -> Self {
        let subjects = (0..COURSES as u16).map(|course| format!("course-v1:Org{}+C{course}+2025", course % PROVIDERS)).collect();
        Self { seed, subjects, body: String::with_capacity(16 * 1024) }
    }

    /// Key and value of the event with this number in the log.
    pub(super) fn write(&mut self, number: u64, fact: &Fact) -> Result<(&str, &str), fmt::Error> {
        let subject = &self.subjects[usize::from(fact.course)];
        let out = &mut self.body;
        out.clear();
        let (high, low) = (Rng::mix(self.seed ^ (number << 1)), Rng::mix(self.seed ^ (number << 1 | 1)));
        let second = fact.at_ms / 1_000;
        write!(
            out,
            r#"{{"specversion":"1.0","id":"{:08x}-{:04x}-{:04x}-{:04x}-{:012x}","source":"urn:lms:1","type":"learning.{}.v1","time":"{MONTH}-{:02}T{:02}:{:02}:{:02}.{:03}Z","subject":"{subject}","data":{{"provider":"org-{}""#,
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff,
            kind(fact.what),
            FIRST_DAY + second / 86_400,
            second / 3_600 % 24,
            second / 60 % 60,
            second % 60,
            fact.at_ms % 1_000,
            fact.course % PROVIDERS,
        )?;
        if fact.what == What::Published {
            outline(out, fact.course)?;
        } else {
            write!(out, r#","learner":"u-{:07}""#, fact.learner)?;
            if fact.module > 0 {
                let client = CLIENTS[(fact.learner % 3) as usize];
                write!(out, r#","session":"s-{:07}-{}","module":"m{}","client":"{client}""#, fact.learner, fact.session, fact.module)?;
            }
            data(out, fact)?;
        }
        out.push_str("}}");
        Ok((subject, out))
    }
}

fn kind(what: What) -> &'static str {
    match what {
        What::Published => "course.published",
        What::Enrolled => "enrollment.created",
        What::Withdrew => "enrollment.withdrawn",
        What::Viewed => "content.viewed",
        What::Played { .. } => "content.played",
        What::Progressed { .. } => "content.progressed",
        What::Paused { .. } => "content.paused",
        What::Seeked { .. } => "content.seeked",
        What::Stopped { .. } => "content.stopped",
        What::Completed { .. } => "content.completed",
        What::Answered { .. } => "item.answered",
        What::Submitted { .. } => "assessment.submitted",
    }
}

fn data(out: &mut String, fact: &Fact) -> fmt::Result {
    let module = fact.module;
    match fact.what {
        What::Published => Ok(()),
        What::Enrolled => out.write_str(r#","enrollment_mode":"audit""#),
        What::Withdrew => out.write_str(r#","reason":"no_time""#),
        What::Viewed => write!(out, r#","content":"m{module}-p1","content_type":"page""#),
        What::Seeked { video, at, to } => {
            player(out, fact, video, at)?;
            write!(out, r#","position_to_s":{}.{}"#, to / 10, to % 10)
        }
        What::Played { video, at }
        | What::Progressed { video, at }
        | What::Paused { video, at }
        | What::Stopped { video, at }
        | What::Completed { video, at } => player(out, fact, video, at),
        What::Answered { item, option } => {
            let right = option == key_of(fact.course, module, item);
            let (outcome, score) = if right { ("right", 1) } else { ("wrong", 0) };
            let response = NAMES[usize::from(option % OPTIONS)];
            write!(
                out,
                r#","assessment":"m{module}-quiz","item":"m{module}-i{item}","attempt":1,"response":"{response}","outcome":"{outcome}","score":{score},"max_score":1"#
            )
        }
        What::Submitted { right } => write!(out, r#","assessment":"m{module}-quiz","attempt":1,"score":{right},"max_score":{ITEMS}"#),
    }
}

/// What a player tells; of type and length it speaks only when it begins.
fn player(out: &mut String, fact: &Fact, video: u8, at: u16) -> fmt::Result {
    write!(out, r#","content":"m{}-v{video}","position_s":{}.{}"#, fact.module, at / 10, at % 10)?;
    if matches!(fact.what, What::Played { .. }) {
        write!(out, r#","content_type":"video","content_length_s":{}"#, length_of(fact.course, fact.module, video) / 10)?;
    }
    Ok(())
}

fn outline(out: &mut String, course: u16) -> fmt::Result {
    out.write_str(r#","course_version":"1","modules":["#)?;
    for module in 1..=MODULES {
        let comma = if module == 1 { "" } else { "," };
        write!(out, r#"{comma}{{"module":"m{module}","contents":[{{"content":"m{module}-p1","content_type":"page","words":600}}"#)?;
        for video in 1..=VIDEOS {
            write!(out, r#",{{"content":"m{module}-v{video}","content_type":"video","length_s":{}}}"#, length_of(course, module, video) / 10)?;
        }
        write!(out, r#"],"assessments":[{{"assessment":"m{module}-quiz","items":["#)?;
        for item in 1..=ITEMS {
            let comma = if item == 1 { "" } else { "," };
            let key = NAMES[usize::from(key_of(course, module, item))];
            write!(
                out,
                r#"{comma}{{"item":"m{module}-i{item}","key":"{key}","max_score":1,"options":[{{"option":"a"}},{{"option":"b"}},{{"option":"c"}},{{"option":"d"}}]}}"#
            )?;
        }
        out.write_str("]}]}")?;
    }
    out.write_char(']')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::facts::invent;
    use std::collections::BTreeSet;
    use teachback_core::event::decode::decode;

    #[test]
    fn every_event_is_read_by_the_product_and_the_ids_are_distinct() {
        let mut writer = Writer::new(1);
        let (facts, _) = invent(20_000, 1);
        let (mut ids, mut kinds) = (BTreeSet::new(), BTreeSet::new());
        for (number, fact) in facts.iter().enumerate() {
            let (subject, body) = writer.write(number as u64, fact).expect("writing to a string");
            let event = decode(&[], body.as_bytes()).unwrap_or_else(|refusal| panic!("{refusal:?}: {body}"));
            assert_eq!(event.subject, subject);
            ids.insert(event.id.to_string());
            kinds.insert(kind(fact.what));
        }
        assert_eq!((ids.len(), kinds.len()), (facts.len(), 12));
    }
}
