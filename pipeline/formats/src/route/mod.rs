//! The pure half of route: a foreign message in, canonical events out, and everything else counted by what became of it.
//!
//! ```text
//! message ──format (setting, or sniffed)──▶ xapi::map, openedx::map, canonical ──▶ aliases ──▶ owners ──▶ (key, JSON)
//!              │ Refusal                          │ LeftOut                                    │ other door
//!              └──▶ dead letter                   └──▶ counts, by templated name               └──▶ counts
//! ```
//!
//! Invariants:
//! - The same message, received at the same time, under the same settings and aliases gives the same keys and bytes: a repeat is a repeat
//!   for measure as well.
//! - `messages = mapped + dead + nothing`: each message is counted in exactly one of them ([`SourceCounts`]).
//! - Nothing that the router counts or refuses holds a value of a message.

mod aliases;
mod canonical;
mod counts;
mod diagnosis;
mod owners;
mod sniff;
#[cfg(test)]
mod tests;

pub use aliases::{ALIASES_MAX, AliasError, Aliases, Change as AliasChange, Fault as AliasFault, RecordFault as AliasRecordFault};
pub use counts::{NameCounts, SourceCounts};
pub use diagnosis::{Diagnosis, Empty, FIRST_EVENTS, Overlap, SourceFacts};
pub use owners::{FACT_GROUPS, Owners, OwnersError, Ownership};
pub use sniff::sniff;

use crate::mapping::{Hints, LeftOut, Mapping};
use crate::{openedx, xapi};
use serde::Deserialize;
use std::collections::BTreeMap;
use teachback_core::event::decode::Header;
use teachback_core::event::encode::encode;
use teachback_core::event::validate::is_identifier;
use teachback_core::event::{Event, PLATFORM_PREFIX};
use teachback_core::raw_record::{PROVIDER_HEADER, RECEIVED_HEADER, SOURCE_HEADER};
use teachback_core::refusal::{Reason, Refusal};
use teachback_core::time::EventTime;

/// Sources that are not in the settings and have counts of their own; the messages of further ones are counted together.
pub const UNSET_SOURCES_MAX: usize = 256;
/// Under which name those are counted.
pub const OTHER: &str = "other";

/// The form of a source's messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// xAPI statements, one or an array of them.
    Xapi,
    /// Open edX tracking events.
    OpenEdx,
    /// Canonical events, structured or in binary mode.
    Canonical,
    /// Told from each message by its members.
    #[default]
    Auto,
}

/// One door by which foreign messages come in: what is known of all its messages.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Source {
    /// The value of `source` of its events.
    pub name: String,
    /// The form of its messages.
    pub format: Format,
    /// The provider of all its events.
    pub provider: Option<String>,
    /// The identity space of its learners.
    pub learner_space: Option<String>,
    /// Minutes east of Greenwich of times without an offset.
    pub naive_offset_minutes: i32,
    /// The facts that only this source may tell.
    pub owns: Vec<Ownership>,
}

impl Source {
    /// What a mapping is told of a message of this source.
    #[must_use]
    pub fn hints(&self, received: EventTime) -> Hints<'_> {
        Hints {
            source: &self.name,
            provider: self.provider.as_deref(),
            learner_space: self.learner_space.as_deref(),
            naive_offset_minutes: self.naive_offset_minutes,
            received,
        }
    }
}

/// A message as its log gave it.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// The source of its topic.
    pub source: &'a str,
    /// Its headers.
    pub headers: &'a [Header<'a>],
    /// Its bytes.
    pub body: &'a [u8],
    /// When its log received it.
    pub received: EventTime,
}

impl<'a> Message<'a> {
    /// The source that the intake wrote down, else that of the topic.
    #[must_use]
    pub fn effective_source(&self) -> &'a str {
        self.header(SOURCE_HEADER).filter(|name| is_identifier(name)).unwrap_or(self.source)
    }

    /// When the message was received: as the intake wrote it down, else as the log did.
    #[must_use]
    pub fn effective_received(&self) -> EventTime {
        self.header(RECEIVED_HEADER).and_then(EventTime::parse).unwrap_or(self.received)
    }

    /// The provider to which the sender is limited, where the intake wrote one down: no message may speak for another.
    fn provider(&self) -> Option<&'a str> {
        self.header(PROVIDER_HEADER).filter(|name| is_identifier(name))
    }

    fn header(&self, name: &str) -> Option<&'a str> {
        let (_, value) = self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(value).ok()
    }
}

/// A canonical event, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The message key: the event's subject.
    pub key: String,
    /// The event as structured JSON.
    pub json: String,
}

/// What became of a message.
#[derive(Debug, Default)]
pub struct Routed {
    /// The events to send, in the order of the message.
    pub out: Vec<Outgoing>,
    /// Why the message was refused as a whole; then there are no events.
    pub dead: Option<Refusal>,
}

/// Maps the messages of all sources and counts what became of them.
#[derive(Debug)]
pub struct Router {
    sources: BTreeMap<String, Source>,
    counts: BTreeMap<String, SourceCounts>,
    aliases: Aliases,
    owners: Owners,
}

impl Router {
    /// A router for these sources.
    ///
    /// # Errors
    /// When two sources own the same facts at the same time.
    pub fn new(sources: impl IntoIterator<Item = Source>, aliases: Aliases) -> Result<Self, OwnersError> {
        let sources: BTreeMap<String, Source> = sources.into_iter().map(|source| (source.name.clone(), source)).collect();
        let owners = Owners::new(sources.values())?;
        let counts = sources.keys().map(|name| (name.clone(), SourceCounts::default())).collect();
        Ok(Self { sources, counts, aliases, owners })
    }

    /// Counts since the beginning, by source.
    #[must_use]
    pub fn counts(&self) -> &BTreeMap<String, SourceCounts> {
        &self.counts
    }

    /// The aliases, for one that follows them while messages come.
    pub fn aliases_mut(&mut self) -> &mut Aliases {
        &mut self.aliases
    }

    /// Maps a message. A source that the settings do not know is read like the source of the topic, under its own name.
    pub fn route(&mut self, message: &Message<'_>) -> Routed {
        let name = message.effective_source();
        let received = message.effective_received();
        let mapped = match self.sources.get(name) {
            Some(source) => map(source, message, received),
            None => {
                let of_topic = self.sources.get(message.source).cloned().unwrap_or_default();
                map(&Source { name: name.to_owned(), owns: Vec::new(), ..of_topic }, message, received)
            }
        };
        let place = if self.counts.contains_key(name) || self.counts.len() < self.sources.len() + UNSET_SOURCES_MAX { name } else { OTHER };
        let counts = self.counts.entry(place.to_owned()).or_default();
        counts.messages += 1;
        let routed = mapped.and_then(|mapped| match mapped {
            Mapped::Foreign(mapping) => {
                mapping.left_out.into_iter().for_each(|left_out| counts.leave_out(left_out));
                let mut out = Vec::with_capacity(mapping.events.len());
                for event in mapping.events {
                    out.extend(foreign(event, name, &self.aliases, &self.owners, counts)?);
                }
                Ok(out)
            }
            Mapped::Canonical(event, form) => canonical(event, form, message, name, &self.aliases, &self.owners, counts).map(|out| out.into_iter().collect()),
        });
        match routed {
            Ok(out) => {
                counts.events += out.len() as u64;
                counts.platform_events += out.iter().filter(|event| event.key.starts_with(PLATFORM_PREFIX)).count() as u64;
                if out.is_empty() {
                    counts.nothing += 1
                } else {
                    counts.mapped += 1
                }
                Routed { out, dead: None }
            }
            Err(refusal) => {
                counts.dead += 1;
                *counts.reasons.entry(refusal.reason).or_default() += 1;
                Routed { out: Vec::new(), dead: Some(refusal) }
            }
        }
    }
}

/// A mapped message.
enum Mapped<'a> {
    Foreign(Mapping),
    Canonical(Event<'a>, canonical::Form),
}

fn map<'a>(source: &Source, message: &Message<'a>, received: EventTime) -> Result<Mapped<'a>, Refusal> {
    let format = match source.format {
        Format::Auto => sniff(message.headers, message.body).ok_or_else(|| Refusal::new(Reason::NotCloudEvent, "none of the known formats"))?,
        format => format,
    };
    let mut hints = source.hints(received);
    hints.provider = message.provider().or(hints.provider);
    match format {
        Format::Xapi => xapi::map(message.body, &hints).map(Mapped::Foreign),
        Format::OpenEdx => openedx::map(message.body, &hints).map(Mapped::Foreign),
        Format::Canonical | Format::Auto => canonical::read(message.headers, message.body).map(|(event, form)| Mapped::Canonical(event, form)),
    }
}

/// Sends a mapped event on under its learner's one name, unless another door owns such facts.
fn foreign(mut event: Event<'static>, source: &str, aliases: &Aliases, owners: &Owners, counts: &mut SourceCounts) -> Result<Option<Outgoing>, Refusal> {
    if owners.owned_elsewhere(source, &event) {
        counts.other_door += 1;
        return Ok(None);
    }
    if let Some((space, learner)) = aliases.of(&event) {
        counts.aliased += 1;
        (event.data.learner_space, event.data.learner) = (Some(space.to_owned().into()), Some(learner.to_owned().into()));
    }
    let json = encode(&event).map_err(|_| Refusal::new(Reason::BadValue, "data"))?;
    Ok(Some(Outgoing { key: event.subject.into_owned(), json }))
}

/// Hands a canonical event through as it is, but for its learner's name.
fn canonical(
    event: Event<'_>,
    form: canonical::Form,
    message: &Message<'_>,
    source: &str,
    aliases: &Aliases,
    owners: &Owners,
    counts: &mut SourceCounts,
) -> Result<Option<Outgoing>, Refusal> {
    if canonical::is_tick(&event) {
        counts.leave_out(LeftOut::Unmapped { name: event.kind.name().to_owned().into() });
        return Ok(None);
    }
    if owners.owned_elsewhere(source, &event) {
        counts.other_door += 1;
        return Ok(None);
    }
    let alias = aliases.of(&event);
    counts.aliased += u64::from(alias.is_some());
    let json = canonical::structured(form, message.headers, message.body, alias)?;
    Ok(Some(Outgoing { key: event.subject.into_owned(), json }))
}
