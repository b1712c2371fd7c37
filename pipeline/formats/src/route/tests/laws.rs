//! What holds for any messages.

use super::super::{Format, Message};
use super::{ENROLLED, PLAYED, VIEWED, received, router, source};
use proptest::prelude::*;
use proptest::sample::select;
use teachback_core::event::decode::decode;

fn body() -> impl Strategy<Value = Vec<u8>> {
    let damaged = (select(vec![PLAYED, ENROLLED, VIEWED]), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(text, at, byte)| {
        let mut bytes = text.as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes
    });
    prop_oneof![damaged, proptest::collection::vec(any::<u8>(), 0..80)]
}

proptest! {
    #[test]
    fn every_message_is_counted_once_and_every_event_is_canonical(bodies in proptest::collection::vec((body(), select(vec!["auto", "edx", "x", "own", "unset"])), 0..12)) {
        let sources = [source("auto", Format::Auto), source("edx", Format::OpenEdx), source("x", Format::Xapi), source("own", Format::Canonical)];
        let (mut one, mut again) = (router(&sources, ""), router(&sources, ""));
        let (mut out, mut dead) = (0, 0);
        for (body, source) in &bodies {
            let message = Message { source, headers: &[], body, received: received() };
            let routed = one.route(&message);
            prop_assert!(routed.dead.is_none() || routed.out.is_empty());
            for event in &routed.out {
                let decoded = decode(&[], event.json.as_bytes());
                prop_assert_eq!(decoded.map(|event| event.subject.into_owned()), Ok(event.key.clone()));
            }
            out += routed.out.len() as u64;
            dead += u64::from(routed.dead.is_some());
            prop_assert_eq!(again.route(&message).out, routed.out);
        }
        let counts = || one.counts().values();
        prop_assert_eq!(counts().map(|count| count.messages).sum::<u64>(), bodies.len() as u64);
        prop_assert!(counts().all(|count| count.messages == count.mapped + count.dead + count.nothing));
        prop_assert!(counts().all(|count| count.dead == count.reasons.values().sum::<u64>()));
        prop_assert_eq!((counts().map(|count| count.events).sum::<u64>(), counts().map(|count| count.dead).sum::<u64>()), (out, dead));
    }
}
