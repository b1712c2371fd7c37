//! The envelopes of a line, made one [`Line`]: the raw log, what event-routing-backends and the event bus carry, and Segment.
//!
//! | | raw log | event-tracking | event bus | Segment (mobile apps) |
//! |---|---|---|---|---|
//! | name | `name`, `event_type` | `name` | `tracking_log.name` | `properties.name`, `event` |
//! | payload | `event` | `data`, `event` | `data`, a string | `properties.data` |
//! | time | `time` | `timestamp` | `timestamp` | `timestamp`, `originalTimestamp` |
//! | context | `context` | `context` | `context`, a string | `properties.context`, `context` |
//! | id | – | – | – | `messageId` |
//!
//! The forms mix in practice, so every place is looked at in turn, whatever the rest of the line looks like.

use super::keys::CourseKey;
use super::names::Meaning;
use super::payload::Payload;
use super::tolerant::Text;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The fields of a line that are used, of every envelope.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wire<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    event_type: Text<'a>,
    #[serde(borrow)]
    event: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    time: Text<'a>,
    #[serde(borrow)]
    timestamp: Text<'a>,
    #[serde(borrow, rename = "originalTimestamp")]
    original_timestamp: Text<'a>,
    #[serde(borrow)]
    username: Text<'a>,
    #[serde(borrow)]
    session: Text<'a>,
    #[serde(borrow)]
    page: Text<'a>,
    #[serde(borrow)]
    host: Text<'a>,
    #[serde(borrow)]
    event_source: Text<'a>,
    #[serde(borrow)]
    context: Option<&'a RawValue>,
    #[serde(borrow, rename = "messageId")]
    message_id: Text<'a>,
    #[serde(borrow, rename = "userId")]
    user_id: Text<'a>,
    #[serde(borrow)]
    properties: Option<&'a RawValue>,
    #[serde(borrow)]
    tracking_log: Option<&'a RawValue>,
}

/// `properties` of a Segment message.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Properties<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    context: Option<&'a RawValue>,
}

/// `context`, of the line or of Segment's properties.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Context<'a> {
    #[serde(borrow)]
    user_id: Text<'a>,
    #[serde(borrow, rename = "userId")]
    segment_user_id: Text<'a>,
    #[serde(borrow)]
    username: Text<'a>,
    #[serde(borrow)]
    course_id: Text<'a>,
    #[serde(borrow)]
    org_id: Text<'a>,
    #[serde(borrow)]
    session: Text<'a>,
    #[serde(borrow)]
    event_source: Text<'a>,
    #[serde(borrow)]
    host: Text<'a>,
    #[serde(borrow)]
    page: Text<'a>,
    #[serde(borrow)]
    path: Text<'a>,
    #[serde(borrow)]
    module: Option<&'a RawValue>,
    #[serde(borrow)]
    application: Option<&'a RawValue>,
    #[serde(borrow)]
    device: Option<&'a RawValue>,
    #[serde(borrow)]
    traits: Option<&'a RawValue>,
}

/// The fields that are used of the objects in a context; what is no object has none.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Part<'a> {
    #[serde(borrow)]
    usage_key: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, rename = "userId")]
    user_id: Text<'a>,
}

fn part(raw: Option<&RawValue>) -> Part<'_> {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
}

/// What a line says, whatever its envelope.
#[derive(Debug)]
pub(super) struct Line<'a> {
    /// The name that counts.
    pub(super) name: &'a str,
    /// What the name means.
    pub(super) meaning: Meaning,
    /// What is under `event` or `data`; not opened where nothing reads it.
    pub(super) payload: &'a Payload<'a>,
    /// When, as written.
    pub(super) time: Option<&'a str>,
    /// The id that the envelope gave it.
    pub(super) envelope_id: Option<&'a str>,
    /// The numeric id of who acted.
    pub(super) user_id: Option<&'a str>,
    /// The name of who acted.
    pub(super) username: Option<&'a str>,
    /// The course run of the context or, failing that, of the page.
    pub(super) course: Option<CourseKey<'a>>,
    /// The organisation of the context.
    pub(super) org: Option<&'a str>,
    /// The web session.
    pub(super) session: Option<&'a str>,
    /// The server that was spoken to.
    pub(super) host: Option<&'a str>,
    /// `browser`, `mobile`, `server` or `task`.
    pub(super) event_source: Option<&'a str>,
    /// The block that the server was at work on.
    pub(super) module: Option<&'a str>,
    /// The name of the app, or the type of the device, of a mobile event.
    pub(super) app: Option<&'a str>,
}

/// Hands the one line of an envelope to `each`; gives `None` when it has no name.
///
/// A callback, because what a line borrows from lives no longer than the opened strings of its envelope.
pub(super) fn with_line<T>(wire: &Wire<'_>, each: impl FnOnce(&Line<'_>) -> T) -> Option<T> {
    if let Some(inner) = wire.tracking_log {
        let inner = Payload::of(Some(inner));
        let inner: Wire<'_> = inner.read()?;
        // An envelope within the event bus's own is not opened again: nothing sends one.
        return line_of(&Wire { tracking_log: None, ..inner }, each);
    }
    line_of(wire, each)
}

fn line_of<T>(wire: &Wire<'_>, each: impl FnOnce(&Line<'_>) -> T) -> Option<T> {
    let properties = Payload::of(wire.properties);
    let properties: Option<Properties<'_>> = properties.read();
    let segment = properties.is_some();
    let properties = properties.unwrap_or_default();
    // Segment's `event` is a name; everywhere else it is the payload.
    let segment_event = segment.then(|| Payload::of(wire.event));
    let event_name = segment_event.as_ref().map(Payload::text).filter(|name| !name.is_empty());
    let (outer, inner) = (Payload::of(wire.context), Payload::of(properties.context));
    let (outer, inner): (Context<'_>, Context<'_>) = (outer.read().unwrap_or_default(), inner.read().unwrap_or_default());
    let module = part(outer.module);
    let (inner_app, app, device, traits) = (part(inner.application), part(outer.application), part(outer.device), part(outer.traits));
    let name = first([wire.name.get(), properties.name.get(), event_name, wire.event_type.get()])?;
    let meaning = Meaning::of(name);
    let (data, event) = if segment { (properties.data, None) } else { (wire.data, wire.event) };
    let payload = if meaning.reads_payload() {
        Some(Payload::of(data)).filter(|payload| *payload != Payload::Absent).unwrap_or_else(|| Payload::of(event))
    } else {
        Payload::unopened(data.or(event))
    };
    let pages = [outer.page.get(), wire.page.get(), outer.path.get(), Some(name).filter(|name| name.starts_with('/'))];
    let line = Line {
        name,
        meaning,
        payload: &payload,
        time: first([wire.time.get(), wire.timestamp.get(), wire.original_timestamp.get()]),
        envelope_id: wire.message_id.get(),
        user_id: first([outer.user_id.get(), inner.user_id.get(), wire.user_id.get(), outer.segment_user_id.get(), traits.user_id.get()]),
        username: first([wire.username.get(), outer.username.get(), inner.username.get()]),
        course: [outer.course_id.get(), inner.course_id.get()]
            .into_iter()
            .flatten()
            .find_map(CourseKey::parse)
            .or_else(|| pages.into_iter().flatten().find_map(CourseKey::of_url)),
        org: first([outer.org_id.get(), inner.org_id.get()]),
        session: first([wire.session.get(), outer.session.get(), inner.session.get()]),
        host: first([wire.host.get(), outer.host.get()]),
        event_source: first([wire.event_source.get(), outer.event_source.get()]).or(segment.then_some("mobile")),
        module: module.usage_key.get(),
        app: first([inner_app.name.get(), app.name.get(), device.kind.get()]),
    };
    Some(each(&line))
}

fn first<const N: usize>(places: [Option<&str>; N]) -> Option<&str> {
    places.into_iter().flatten().next()
}
