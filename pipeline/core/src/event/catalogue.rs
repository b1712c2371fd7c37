//! The event types and what each of them requires.
//!
//! Adding a type: one line here, one example in `schemas/events/v1/accepted` and one in `rejected`, then
//! `cargo xtask generate` writes its schema.

use super::fields::Field;
use super::name_index::NameIndex;

/// Whom an event is about, which decides whether `learner` is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// One learner: `learner` is required.
    Learner,
    /// A learner where known (anonymous searches exist).
    MaybeLearner,
    /// The course or the log itself.
    Course,
}

macro_rules! event_types {
    ($($(#[doc = $doc:literal])* $name:ident = $type_name:literal, $about:ident, [$($field:ident),*];)*) => {
        /// A type of the catalogue.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventType { $($(#[doc = $doc])* $name,)* }

        impl EventType {
            /// Every type, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The value of the `type` attribute.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $type_name,)* }
            }

            /// The type with this name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                static NAMES: NameIndex = NameIndex::new(&[$($type_name,)*]);
                NAMES.find(name).map(|place| Self::ALL[place])
            }

            /// What happened, for schemas and manuals.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc,)*).trim_ascii(),)* }
            }

            /// Whom it is about.
            #[must_use]
            pub fn about(self) -> About {
                match self { $(Self::$name => About::$about,)* }
            }

            /// The data fields that must be present, `learner` aside (see [`About`]).
            #[must_use]
            pub fn required(self) -> &'static [Field] {
                match self { $(Self::$name => &[$(Field::$field),*],)* }
            }
        }
    };
}

event_types! {
    /// A page, file or video was opened.
    ContentViewed = "learning.content.viewed.v1", Learner, [content];
    /// Playing began at `position_s`.
    ContentPlayed = "learning.content.played.v1", Learner, [content, position_s];
    /// Playing paused at `position_s`.
    ContentPaused = "learning.content.paused.v1", Learner, [content, position_s];
    /// The learner jumped from `position_s` to `position_to_s`.
    ContentSeeked = "learning.content.seeked.v1", Learner, [content, position_s, position_to_s];
    /// A heartbeat: still playing, now at `position_s`.
    ContentProgressed = "learning.content.progressed.v1", Learner, [content, position_s];
    /// Playing ended at `position_s`.
    ContentStopped = "learning.content.stopped.v1", Learner, [content, position_s];
    /// A recording was downloaded, to be played where nobody sees it; activity, but no viewing.
    ContentDownloaded = "learning.content.downloaded.v1", Learner, [content];
    /// The platform counts the content as done.
    ContentCompleted = "learning.content.completed.v1", Learner, [content];
    /// The content could not be opened or played.
    ContentFailed = "learning.content.failed.v1", Learner, [content];
    /// An attempt at an assessment began.
    AssessmentStarted = "learning.assessment.started.v1", Learner, [assessment];
    /// An attempt was handed in.
    AssessmentSubmitted = "learning.assessment.submitted.v1", Learner, [assessment];
    /// An attempt was marked as a whole.
    AssessmentGraded = "learning.assessment.graded.v1", Learner, [assessment];
    /// An item was put before the learner.
    ItemShown = "learning.item.shown.v1", Learner, [item];
    /// An item was answered; carries the mark where the platform marks at once.
    ItemAnswered = "learning.item.answered.v1", Learner, [item];
    /// A mark for an earlier answer.
    ItemGraded = "learning.item.graded.v1", Learner, [item];
    /// A hint was asked for.
    ItemHinted = "learning.item.hinted.v1", Learner, [item];
    /// The answer was shown to the learner.
    ItemRevealed = "learning.item.revealed.v1", Learner, [item];
    /// The learner joined the course run.
    EnrollmentCreated = "learning.enrollment.created.v1", Learner, [];
    /// Mode or stratum changed.
    EnrollmentChanged = "learning.enrollment.changed.v1", Learner, [];
    /// The learner left the course run.
    EnrollmentWithdrawn = "learning.enrollment.withdrawn.v1", Learner, [];
    /// The learner finished the course run.
    EnrollmentCompleted = "learning.enrollment.completed.v1", Learner, [];
    /// The outline of the course run.
    CoursePublished = "learning.course.published.v1", Course, [modules];
    /// A rating.
    FeedbackRated = "learning.feedback.rated.v1", Learner, [rating];
    /// A comment.
    FeedbackCommented = "learning.feedback.commented.v1", Learner, [text];
    /// The learner joined a live session.
    LiveJoined = "learning.live.joined.v1", Learner, [];
    /// The learner left a live session.
    LiveLeft = "learning.live.left.v1", Learner, [];
    /// A question, vote or hand in a live session.
    LiveInteracted = "learning.live.interacted.v1", Learner, [];
    /// A search of the catalogue.
    SearchPerformed = "learning.search.performed.v1", MaybeLearner, [query];
    /// An earlier statement is withdrawn; takes effect at the next rebuild.
    StatementVoided = "learning.statement.voided.v1", Course, [voided_id];
    /// Time passed in the log. Never counted, never in the lake.
    ClockTick = "learning.clock.tick.v1", Course, [];
}

impl EventType {
    /// Whether the event shows the learner at work in the course (clicks, answers, live sessions).
    ///
    /// Enrolment changes and ratings are not activity: an administrator may cause them.
    #[must_use]
    pub fn is_activity(self) -> bool {
        matches!(
            self,
            Self::ContentViewed
                | Self::ContentPlayed
                | Self::ContentPaused
                | Self::ContentSeeked
                | Self::ContentProgressed
                | Self::ContentStopped
                | Self::ContentDownloaded
                | Self::ContentCompleted
                | Self::ContentFailed
                | Self::AssessmentStarted
                | Self::AssessmentSubmitted
                | Self::ItemShown
                | Self::ItemAnswered
                | Self::ItemHinted
                | Self::ItemRevealed
                | Self::LiveJoined
                | Self::LiveLeft
                | Self::LiveInteracted
        )
    }
}
