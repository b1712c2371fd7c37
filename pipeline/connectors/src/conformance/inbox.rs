//! What every [`Inbox`] must do.

use crate::inbox::{Family, Inbox, Kept, Sender};
use std::sync::Arc;
use std::thread;
use teachback_core::time::EventTime;

/// The largest record of the suite: what the intake takes at most.
const LARGE_BYTES: usize = (1 << 20) - (8 << 10);
/// Senders that write at once, with how many writes each.
const SENDERS: [&str; 4] = ["a", "b", "c", "d"];
const WRITES: usize = 10;

/// Runs the suite on an empty inbox; `open` opens it anew as a restarted process would, `kept` gives all records of it, those of
/// one family and credential in order.
///
/// # Panics
/// When the inbox breaks a rule; the message says which.
pub fn behaves_as_an_inbox(open: &mut dyn FnMut() -> Arc<dyn Inbox>, kept: &mut dyn FnMut() -> Vec<Kept>) {
    let inbox = open();
    write(&inbox, Family::Xapi, "moodle", &[]);
    assert_eq!(kept(), [], "where nothing was written nothing is kept");

    let [first, second, third] = ["1", "2", "3"].map(|id| record(id, ""));
    write(&inbox, Family::Xapi, "moodle", &[first.clone(), second.clone()]);
    assert_eq!(bodies(kept(), Family::Xapi, "moodle"), [first.clone(), second.clone()], "what is written is kept before the answer, in order");
    write(&inbox, Family::Events, "moodle", std::slice::from_ref(&third));
    write(&inbox, Family::Xapi, "player", std::slice::from_ref(&third));
    assert_eq!(bodies(kept(), Family::Events, "moodle"), std::slice::from_ref(&third), "each family has a place of its own");
    assert_eq!(bodies(kept(), Family::Xapi, "player"), std::slice::from_ref(&third), "each record names its credential");
    assert!(kept().iter().all(|kept| kept.source == source_of(&kept.credential)), "each record names its source");
    write(&inbox, Family::Xapi, "moodle", std::slice::from_ref(&first));
    assert_eq!(bodies(kept(), Family::Xapi, "moodle"), [&first, &second, &first].map(Clone::clone), "a repeat is kept: it is not the inbox that judges");

    let inbox = open();
    let large = record("4", &"x".repeat(LARGE_BYTES - record("4", "").len()));
    write(&inbox, Family::Xapi, "moodle", std::slice::from_ref(&large));
    assert!(bodies(kept(), Family::Xapi, "moodle") == [&first, &second, &first, &large].map(Clone::clone), "a restarted inbox goes on behind what is there");

    let of = |credential: &str| (0..WRITES * 2).map(|number| record(&format!("{credential}{number}"), "")).collect::<Vec<_>>();
    thread::scope(|scope| {
        for credential in SENDERS {
            let inbox = &inbox;
            scope.spawn(move || of(credential).chunks(2).for_each(|records| write(inbox, Family::Events, credential, records)));
        }
    });
    for credential in SENDERS {
        assert_eq!(bodies(kept(), Family::Events, credential), of(credential), "writes at one time do not mix, and each sender's stay in order");
    }
}

/// A record that has its time, so that no inbox writes one in; in a spelling that only a copy of the bytes has.
fn record(id: &str, text: &str) -> Vec<u8> {
    format!(r#"{{ "stored":"then","recordedtime" : "then", "id":"{id}","size":1.0e0,"text":"\u00e9é{text}"}}"#).into_bytes()
}

fn source_of(credential: &str) -> String {
    format!("source-of-{credential}")
}

fn write(inbox: &Arc<dyn Inbox>, family: Family, credential: &str, records: &[Vec<u8>]) {
    let source = source_of(credential);
    let sender = Sender { source: &source, credential, provider: Some("OrgX"), received: EventTime::YEAR_2000 };
    inbox.write(family, &sender, records).expect("a whole inbox keeps records");
}

fn bodies(kept: Vec<Kept>, family: Family, credential: &str) -> Vec<Vec<u8>> {
    kept.into_iter().filter(|kept| kept.family == family && kept.credential == credential).map(|kept| kept.body).collect()
}
