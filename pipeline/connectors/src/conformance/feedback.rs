//! What every [`FeedbackSource`] must do.

use std::collections::BTreeMap;
use teachback_engine::port::{Answer, FeedbackSource, Partition};

type Ends = BTreeMap<Partition, u64>;

/// Runs the suite on an empty source of one partition; `append` adds a message at its end.
///
/// # Panics
/// When the source breaks a rule; the message says which.
pub fn behaves_as_a_feedback_source(source: &mut dyn FeedbackSource, append: &mut dyn FnMut(&str)) {
    let nothing = ends(source);
    assert_eq!(nothing, Ends::new(), "nobody has answered yet");
    assert_eq!(read(source, &nothing), [""; 0], "nothing is read of nothing");
    append("{\"a\":1}");
    let first = ends(source);
    append("not json");
    append("{\"b\":2}");
    let third = ends(source);
    assert_eq!(first.keys().chain(third.keys()).collect::<Vec<_>>(), [&Partition(0); 2], "it has one partition");
    assert!(first < third, "ends grow");
    for _ in 0..2 {
        assert_eq!(read(source, &third), ["{\"a\":1}", "not json", "{\"b\":2}"], "every message comes once in each reading, in order");
        assert_eq!(read(source, &first), ["{\"a\":1}"], "what came later is not read");
        assert_eq!(read(source, &nothing), [""; 0], "nor is a partition that is not named");
    }
    append("{\"c\":3}");
    assert_eq!(read(source, &third).len(), 3, "a reading does not go beyond its ends");
    let beyond: Ends = ends(source).into_iter().map(|(partition, end)| (partition, end + 1)).collect();
    assert!(source.read(&beyond, &mut |_| {}).is_err(), "what is not there cannot be read");
}

fn ends(source: &mut dyn FeedbackSource) -> Ends {
    source.ends().expect("ends are told")
}

fn read(source: &mut dyn FeedbackSource, ends: &Ends) -> Vec<String> {
    let (mut bodies, mut next) = (Vec::new(), 0);
    let mut take = |answer: &Answer<'_>| {
        assert!(answer.offset >= next && ends.get(&answer.partition).is_some_and(|end| answer.offset < *end), "offsets grow, up to the end");
        next = answer.offset + 1;
        bodies.push(String::from_utf8_lossy(answer.body).into_owned());
    };
    source.read(ends, &mut take).expect("what is there can be read");
    bodies
}
