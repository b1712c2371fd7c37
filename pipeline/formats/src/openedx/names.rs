//! What the name of an event means: which part of the mapping reads it, or why nothing does.
//!
//! A line has up to two names; `name` supersedes `event_type`, for some lines carry an old name in the latter. Names of one
//! meaning differ by client: the browser says `play_video`, mobile apps `edx.video.played`.

use super::exams::ExamStep;
use super::grades::GradeOf;
use super::navigation::Opened;
use super::problems::Help;
use super::video::VideoAction;

/// What a name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Something done with a video.
    Video(VideoAction),
    /// Answers were handed in and marked.
    ProblemChecked,
    /// The learner was helped with a problem.
    Help(Help),
    /// A response that is marked later was handed in.
    ResponseSubmitted,
    /// A grade was computed.
    Graded(GradeOf),
    /// A step of a special exam.
    Exam(ExamStep),
    /// Enrolment began, ended or changed.
    Enrollment(EnrollmentStep),
    /// A place of the course was opened.
    Opened(Opened),
    /// The platform counts a block as done to some part.
    BlockCompletion,
    /// Results of a search were shown.
    Searched,
    /// Another event says the same and is the one that counts.
    Twin,
    /// A request to the server, named by its path.
    Request,
    /// Nothing of the catalogue.
    Nothing,
}

/// What happened to an enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EnrollmentStep {
    /// The learner joined.
    Created,
    /// The learner left, or was removed.
    Withdrawn,
    /// The mode changed.
    Changed,
    /// The learner reached the passing grade.
    Passed,
}

impl Meaning {
    /// Whether anything reads the payload; the long ones are those of lines that give no event.
    pub(super) fn reads_payload(self) -> bool {
        !matches!(self, Self::Twin | Self::Request | Self::Nothing)
    }

    /// The meaning of a name.
    pub(super) fn of(name: &str) -> Self {
        match name {
            "load_video" | "edx.video.loaded" => Self::Video(VideoAction::Loaded),
            "play_video" | "edx.video.played" => Self::Video(VideoAction::Played),
            "pause_video" | "edx.video.paused" => Self::Video(VideoAction::Paused),
            "stop_video" | "edx.video.stopped" => Self::Video(VideoAction::Stopped),
            "seek_video" | "edx.video.position.changed" => Self::Video(VideoAction::Sought),
            "complete_video" | "edx.video.completed" => Self::Video(VideoAction::Completed),
            "speed_change_video" => Self::Video(VideoAction::Touched),
            "show_transcript" | "edx.video.transcript.shown" | "hide_transcript" | "edx.video.transcript.hidden" => Self::Video(VideoAction::Touched),
            "edx.video.closed_captions.shown" | "edx.video.closed_captions.hidden" => Self::Video(VideoAction::Touched),
            "video_show_cc_menu" | "edx.video.language_menu.shown" | "video_hide_cc_menu" | "edx.video.language_menu.hidden" => {
                Self::Video(VideoAction::Touched)
            }
            "problem_check" => Self::ProblemChecked,
            "showanswer" => Self::Help(Help::AnswerShown),
            "edx.problem.hint.demandhint_displayed" => Self::Help(Help::HintShown),
            "openassessmentblock.create_submission" => Self::ResponseSubmitted,
            "edx.grades.problem.submitted" => Self::Graded(GradeOf::Submission),
            "edx.grades.problem.rescored" => Self::Graded(GradeOf::Rescored),
            "edx.grades.problem.score_overridden" => Self::Graded(GradeOf::Overridden),
            "edx.grades.subsection.grade_calculated" => Self::Graded(GradeOf::Subsection),
            "edx.course.enrollment.activated" => Self::Enrollment(EnrollmentStep::Created),
            "edx.course.enrollment.deactivated" => Self::Enrollment(EnrollmentStep::Withdrawn),
            "edx.course.enrollment.mode_changed" => Self::Enrollment(EnrollmentStep::Changed),
            "edx.course.grade.now_passed" => Self::Enrollment(EnrollmentStep::Passed),
            "seq_next" | "seq_prev" | "seq_goto" => Self::Opened(Opened::Sequence),
            "edx.ui.lms.sequence.next_selected" | "edx.ui.lms.sequence.previous_selected" | "edx.ui.lms.sequence.tab_selected" => {
                Self::Opened(Opened::Sequence)
            }
            "book" => Self::Opened(Opened::TextbookPage),
            "edx.forum.thread.viewed" => Self::Opened(Opened::Thread),
            "edx.completion.block_completion.changed" => Self::BlockCompletion,
            "edx.course_discovery.search.results_displayed" | "edx.course.search.results_displayed" => Self::Searched,
            // What the browser says of a problem the server says too, and knows better. The other pairs come from one place in
            // the platform, one right after the other.
            "problem_graded"
            | "problem_show"
            | "edx.course_discovery.search.initiated"
            | "edx.course.search.initiated"
            | "edx.course.grade.passed.first_time" => Self::Twin,
            _ if name.starts_with('/') => Self::Request,
            _ => ExamStep::of(name).map_or(Self::Nothing, Self::Exam),
        }
    }
}
