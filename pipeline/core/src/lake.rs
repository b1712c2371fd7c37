//! The lake: accepted and late events, pseudonymous, one row each, enough to rebuild everything from.
//!
//! Learner and session are pseudonyms, the id is a keyed 128-bit fingerprint (ids of some platforms hold the learner's
//! name), and an event with unknown fields or of an unknown type also keeps its message, sealed.

use crate::event::fields::{Field, Shape};
use crate::event::validate::ValidEvent;
use crate::pseudonym::{Door, Pseudonym};
use crate::table::{Cell, ColumnContract, Kind, Rows, TableContract};
use std::sync::OnceLock;

const FIXED: [ColumnContract; 8] = [
    ColumnContract::plain("offset", Kind::Integer, "Offset of the event in its shard's log."),
    ColumnContract::plain("late", Kind::Flag, "Whether it came too late for the metrics."),
    ColumnContract::plain("id", Kind::Bytes, "Keyed fingerprint of the event's id."),
    ColumnContract::plain("source", Kind::Text, "The system that saw it."),
    ColumnContract::plain("type", Kind::Text, "What happened."),
    ColumnContract::plain("time", Kind::Time, "When."),
    ColumnContract::plain("course", Kind::Text, "Course run."),
    ColumnContract::plain("sealed", Kind::Bytes, "The whole message, sealed; only where it holds something the catalogue does not know."),
];

/// The place of `sealed`, which few rows have.
const SEALED: usize = FIXED.len() - 1;

/// The contract of `lake/events`.
#[must_use]
pub fn contract() -> &'static TableContract {
    static CONTRACT: OnceLock<TableContract> = OnceLock::new();
    CONTRACT.get_or_init(|| {
        let fields = Field::ALL.iter().map(|field| {
            let kind = match field.shape() {
                Shape::Identifier | Shape::Text | Shape::Outline => Kind::Text,
                Shape::Number => Kind::Number,
                Shape::Integer => Kind::Integer,
                Shape::Flag => Kind::Flag,
            };
            ColumnContract::plain(field.name(), kind, field.meaning())
        });
        let columns: Vec<ColumnContract> = FIXED.into_iter().chain(fields).collect();
        TableContract { name: "events", about: "One accepted or late event.", key: &["offset"], columns: columns.leak() }
    })
}

/// How the lake keeps an event, beside the event itself.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    /// The learner's pseudonym.
    pub learner: Option<Pseudonym>,
    /// The session's pseudonym.
    pub session: Option<u64>,
    /// Whether it came too late for the metrics.
    pub late: bool,
    /// Its offset.
    pub offset: u64,
}

/// Adds an event to rows of [`contract`], most of whose columns have no value. A message that is kept whole is sealed under `place`, where it was read.
pub fn push(rows: &mut Rows, door: &Door, event: &ValidEvent<'_>, kept: Kept, place: impl Fn() -> String, body: &[u8]) {
    let Kept { learner, session, late, offset } = kept;
    let id = door.fingerprint(&event.id).to_be_bytes();
    let learner = learner.map(|learner| hex(learner.0.to_be_bytes()));
    let session = session.map(|session| hex(session.to_be_bytes()));
    let unknown = event.unknown_fields > 0 || matches!(event.kind, crate::event::Kind::Unknown(_));
    let sealed = unknown.then(|| door.seal(&place(), body));
    rows.push_some(|set| {
        let fixed: [Cell<'_>; SEALED] = [
            offset.into(),
            late.into(),
            Cell::Bytes(&id),
            Cell::Text(&event.source),
            Cell::Text(event.kind.name()),
            event.time.into(),
            Cell::Text(&event.subject),
        ];
        fixed.into_iter().enumerate().for_each(|(place, cell)| set(place, cell));
        if let Some(sealed) = &sealed {
            set(SEALED, Cell::Bytes(sealed));
        }
        event.data.cells(|field, cell| {
            let cell = match field {
                Field::learner => learner.as_ref().map(|digits| text(digits)).into(),
                Field::session => session.as_ref().map(|digits| text(digits)).into(),
                _ => cell,
            };
            set(FIXED.len() + field as usize, cell);
        });
    });
}

/// The two hexadecimal digits of each byte.
const DIGITS: [[u8; 2]; 256] = {
    let mut digits = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        digits[byte] = [b"0123456789abcdef"[byte >> 4], b"0123456789abcdef"[byte & 0xf]];
        byte += 1;
    }
    digits
};

/// Hexadecimal digits, written without an allocation: it is on the path of every event.
fn hex<const BYTES: usize>(bytes: [u8; BYTES]) -> [[u8; 2]; BYTES] {
    bytes.map(|byte| DIGITS[usize::from(byte)])
}

fn text(digits: &[[u8; 2]]) -> &str {
    std::str::from_utf8(digits.as_flattened()).unwrap_or_default()
}
