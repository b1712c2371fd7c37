//! Videos: loading, playing, pausing, seeking, finishing.
//!
//! The content is the usage key of the video's block. Browsers write the block's id alone, or its legacy key with hyphens; the
//! rest comes from the course key. Positions and lengths are seconds. Toggling captions or a transcript, opening the language
//! menu and changing the speed tell a position and nothing else: `content.progressed`.

use super::collect::Collector;
use super::tolerant::{Number, Text};
use serde::Deserialize;
use teachback_core::event::{Data, EventType};
use teachback_core::limits::POSITION_SECONDS_MAX;
use teachback_core::refusal::Refusal;

/// What was done with a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum VideoAction {
    /// The player is ready.
    Loaded,
    /// Playing began.
    Played,
    /// Playing paused.
    Paused,
    /// Playing reached the end, or the learner left.
    Stopped,
    /// The learner jumped.
    Sought,
    /// The platform counts the video as done.
    Completed,
    /// Captions, transcript, menu or speed were changed.
    Touched,
}

#[derive(Debug, Deserialize)]
struct Video<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(rename = "currentTime", default)]
    current_time: Number,
    #[serde(rename = "current_time", default)]
    current_time_snake: Number,
    #[serde(default)]
    old_time: Number,
    #[serde(default)]
    new_time: Number,
    #[serde(default)]
    duration: Number,
}

/// Maps an event of a video.
///
/// # Errors
/// `bad_identifier`.
pub(super) fn map(action: VideoAction, out: &mut Collector<'_, '_>) -> Result<(), Refusal> {
    let Some(video) = out.line.payload.read::<Video<'_>>() else {
        out.partial("payload");
        return Ok(());
    };
    let Some(id) = video.id.get().or(out.line.module) else {
        out.partial("id");
        return Ok(());
    };
    let Some(course) = &out.line.course else {
        out.partial("course");
        return Ok(());
    };
    let current = position(video.current_time).or_else(|| position(video.current_time_snake));
    let (event_type, from, to) = match action {
        VideoAction::Loaded => (EventType::ContentViewed, None, None),
        VideoAction::Completed => (EventType::ContentCompleted, None, None),
        VideoAction::Played => (EventType::ContentPlayed, current, None),
        VideoAction::Paused => (EventType::ContentPaused, current, None),
        VideoAction::Stopped => (EventType::ContentStopped, current, None),
        VideoAction::Touched => (EventType::ContentProgressed, current, None),
        VideoAction::Sought => (EventType::ContentSeeked, position(video.old_time).or(current), position(video.new_time)),
    };
    let data = Data {
        content: Some(course.usage_key("video", id).into()),
        content_type: Some("video".into()),
        position_s: from,
        position_to_s: to,
        content_length_s: position(video.duration).filter(|length| *length > 0.0),
        ..Data::default()
    };
    if let Some(missing) = event_type.required().iter().find(|field| !field.is_present(&data)) {
        out.partial(missing.name());
        return Ok(());
    }
    out.did(event_type, data)
}

/// A position or length that events may carry. Players report a little less than nothing at the start; that is the start.
fn position(seconds: Number) -> Option<f64> {
    let seconds = seconds.get().filter(|seconds| (-1.0..=POSITION_SECONDS_MAX).contains(seconds))?;
    Some(if seconds > 0.0 { seconds } else { 0.0 })
}
