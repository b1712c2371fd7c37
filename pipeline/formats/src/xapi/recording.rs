//! Recordings: the video profile, as it is written and as real players write it.
//!
//! Positions stand in extensions of the result, and in real data also of the context; so does the length, where 0 means
//! that the player did not know it yet. A statement without the position that its event needs is `partial`.

use super::acts::{Draft, Drafts, content_data};
use super::scene::Scene;
use super::verbs::Verb;
use teachback_core::event::{Data, EventType};

/// The event of a recording, or of a content that is played like one.
pub(super) fn drafts<'s>(scene: &Scene<'s, '_>) -> Drafts<'s> {
    let event_type = match scene.verb {
        Verb::Initialized | Verb::Viewed | Verb::Launched => EventType::ContentViewed,
        Verb::Played => EventType::ContentPlayed,
        Verb::Paused => EventType::ContentPaused,
        Verb::Seeked => EventType::ContentSeeked,
        Verb::Completed if scene.is_not_completed() => return Err(scene.partial("result.completion")),
        Verb::Completed => EventType::ContentCompleted,
        Verb::Interacted | Verb::Progressed => EventType::ContentProgressed,
        Verb::Terminated | Verb::Abandoned => EventType::ContentStopped,
        Verb::Downloaded => EventType::ContentDownloaded,
        _ => return Err(scene.unmapped()),
    };
    let time = scene.extension(|extensions| extensions.time);
    let (position_s, position_to_s) = match scene.verb {
        Verb::Seeked => (scene.extension(|extensions| extensions.time_from), scene.extension(|extensions| extensions.time_to)),
        _ => (time, None),
    };
    let content_length_s = scene.extension(|extensions| extensions.length).filter(|length| *length > 0.0);
    let duration_s = scene.duration_s();
    Ok(vec![Draft::new(event_type, Data { position_s, position_to_s, content_length_s, duration_s, ..content_data(scene) })])
}
