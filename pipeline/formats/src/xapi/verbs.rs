//! The verbs that mean something to a course, by their IRIs. Verbs of different vocabularies that say the same are one here.

/// What the actor did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// Began a content, an attempt or a session.
    Initialized,
    /// Was sent to a content by the platform; cmi5's `initialized` follows where it opened.
    Launched,
    /// Opened or read.
    Viewed,
    /// Went to another place (Open edX: by the tabs and arrows of a subsection).
    Navigated,
    /// Took a copy.
    Downloaded,
    /// Started playing.
    Played,
    /// Stopped playing for a while.
    Paused,
    /// Jumped within a recording.
    Seeked,
    /// Changed a setting of a player, or acted within a session.
    Interacted,
    /// Moved forward, or a heartbeat.
    Progressed,
    /// Ended a session or an attempt.
    Terminated,
    /// Finished.
    Completed,
    /// Reached what counts as a pass.
    Passed,
    /// Did not reach it.
    Failed,
    /// Gave a response.
    Answered,
    /// Tried.
    Attempted,
    /// Asked for help, or a question.
    Asked,
    /// Joined a course.
    Enrolled,
    /// Left a course.
    Unenrolled,
    /// Left, whatever it was.
    Left,
    /// Joined a session.
    Joined,
    /// Was there.
    Attended,
    /// Was paused.
    Suspended,
    /// Went on.
    Resumed,
    /// Gave up.
    Abandoned,
    /// Was excused from.
    Waived,
    /// Met all requirements (cmi5).
    Satisfied,
    /// Handed in.
    Submitted,
    /// Was given a mark; the actor may be the grader.
    Scored,
    /// Was marked by the platform; the actor may be the grader.
    Evaluated,
    /// Came by a grade.
    Earned,
    /// Gave a rating.
    Rated,
    /// Gave a comment.
    Commented,
    /// Wrote to others.
    Posted,
    /// Searched a catalogue.
    Searched,
    /// Raised a hand, shared a screen, switched a camera in a live session.
    ActedLive,
    /// Withdrew an earlier statement.
    Voided,
    /// Anything else.
    Other,
}

/// Verbs of a virtual classroom, below one path.
const VIRTUAL_CLASSROOM: &str = "https://w3id.org/xapi/virtual-classroom/verbs/";

impl Verb {
    /// The verb of an IRI.
    pub(super) fn of(iri: &str) -> Self {
        match iri {
            "http://adlnet.gov/expapi/verbs/initialized" | "http://activitystrea.ms/start" | "http://activitystrea.ms/schema/1.0/start" => Self::Initialized,
            "http://adlnet.gov/expapi/verbs/launched" => Self::Launched,
            "http://id.tincanapi.com/verb/viewed"
            | "http://adlnet.gov/expapi/verbs/experienced"
            | "http://activitystrea.ms/open"
            | "http://activitystrea.ms/access"
            | "http://activitystrea.ms/read"
            | "http://activitystrea.ms/schema/1.0/open"
            | "http://activitystrea.ms/schema/1.0/access"
            | "http://activitystrea.ms/schema/1.0/read" => Self::Viewed,
            "https://w3id.org/xapi/dod-isd/verbs/navigated" => Self::Navigated,
            "http://id.tincanapi.com/verb/downloaded" => Self::Downloaded,
            "https://w3id.org/xapi/video/verbs/played" => Self::Played,
            "https://w3id.org/xapi/video/verbs/paused" => Self::Paused,
            "https://w3id.org/xapi/video/verbs/seeked" => Self::Seeked,
            "http://adlnet.gov/expapi/verbs/interacted" => Self::Interacted,
            "http://adlnet.gov/expapi/verbs/progressed" => Self::Progressed,
            "http://adlnet.gov/expapi/verbs/terminated" => Self::Terminated,
            "http://adlnet.gov/expapi/verbs/completed" => Self::Completed,
            "http://adlnet.gov/expapi/verbs/passed" => Self::Passed,
            "http://adlnet.gov/expapi/verbs/failed" => Self::Failed,
            "http://adlnet.gov/expapi/verbs/answered" | "http://adlnet.gov/expapi/verbs/responded" => Self::Answered,
            "http://adlnet.gov/expapi/verbs/attempted" => Self::Attempted,
            "http://adlnet.gov/expapi/verbs/asked" => Self::Asked,
            "http://adlnet.gov/expapi/verbs/registered" | "https://xapi.edlm/profiles/edlm-lms/concepts/verbs/enrolled" => Self::Enrolled,
            "http://id.tincanapi.com/verb/unregistered" => Self::Unenrolled,
            "http://activitystrea.ms/leave" | "http://activitystrea.ms/schema/1.0/leave" => Self::Left,
            "http://activitystrea.ms/join" | "http://activitystrea.ms/schema/1.0/join" => Self::Joined,
            "http://adlnet.gov/expapi/verbs/attended" | "http://activitystrea.ms/attend" | "http://activitystrea.ms/schema/1.0/attend" => Self::Attended,
            "http://adlnet.gov/expapi/verbs/suspended" | "https://w3id.org/xapi/tla/verbs/suspended" => Self::Suspended,
            "http://adlnet.gov/expapi/verbs/resumed" | "https://w3id.org/xapi/tla/verbs/resumed" => Self::Resumed,
            "https://w3id.org/xapi/adl/verbs/abandoned" | "https://w3id.org/xapi/tla/verbs/forfeited" => Self::Abandoned,
            "https://w3id.org/xapi/adl/verbs/waived" => Self::Waived,
            "https://w3id.org/xapi/adl/verbs/satisfied" => Self::Satisfied,
            "http://activitystrea.ms/submit" | "http://activitystrea.ms/schema/1.0/submit" => Self::Submitted,
            "http://adlnet.gov/expapi/verbs/scored" | "https://w3id.org/xapi/tla/verbs/scored" | "https://w3id.org/xapi/dod-isd/verbs/assessed" => Self::Scored,
            "https://w3id.org/xapi/acrossx/verbs/evaluated" => Self::Evaluated,
            "http://id.tincanapi.com/verb/earned" => Self::Earned,
            "http://id.tincanapi.com/verb/rated" | "http://id.tincanapi.com/verb/reviewed" => Self::Rated,
            "http://adlnet.gov/expapi/verbs/commented" => Self::Commented,
            "https://w3id.org/xapi/acrossx/verbs/posted" | "http://id.tincanapi.com/verb/replied" => Self::Posted,
            "https://w3id.org/xapi/acrossx/verbs/searched" | "http://activitystrea.ms/search" | "http://activitystrea.ms/schema/1.0/search" => Self::Searched,
            "http://adlnet.gov/expapi/verbs/voided" => Self::Voided,
            iri if iri.starts_with(VIRTUAL_CLASSROOM) => Self::ActedLive,
            _ => Self::Other,
        }
    }

    /// Whether the actor may be the grader instead of the learner.
    pub(super) fn is_grade(self) -> bool {
        matches!(self, Self::Scored | Self::Evaluated)
    }
}
