//! What kind of thing an activity is, by the IRI of its type.

use super::statement::Object;

/// The longest word that is taken out of an IRI.
const WORD_BYTES_MAX: usize = 40;

/// What an activity is to a course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thing {
    /// A course, or what claims to be one.
    Course,
    /// A part of an outline: a section or a block.
    Module,
    /// A recording with a length.
    Recording,
    /// A quiz or exam that is attempted as a whole.
    Assessment,
    /// One attempt at an assessment; its assessment is among its parents.
    Attempt,
    /// Work handed in for an assessment; its assessment is among its parents.
    Submission,
    /// The review of an attempt, or one slot of it: it names no question.
    Review,
    /// One question.
    Item,
    /// The answer to a problem, shown to the learner (Open edX).
    Solution,
    /// A hint to a problem (Open edX).
    Hint,
    /// A session that people attend at the same time.
    Live,
    /// A questionnaire: its answers are opinions, not attempts.
    Survey,
    /// The platform itself.
    Site,
    /// Something about a person (a profile, a private message), whose id must not become a content.
    Person,
    /// Any other content.
    Page,
    /// No activity: an Agent, a Group, a statement or a reference to one.
    NoActivity,
}

impl Thing {
    /// The kind of an activity; one without a type is a page.
    pub(super) fn of(activity: &Object<'_>) -> Self {
        if let Some("Agent" | "Group" | "StatementRef" | "SubStatement") = activity.object_type.as_deref() {
            return Self::NoActivity;
        }
        activity.activity_type().map_or(Self::Page, Self::of_type)
    }

    fn of_type(iri: &str) -> Self {
        match iri {
            "http://adlnet.gov/expapi/activities/course"
            | "https://w3id.org/xapi/cmi5/activitytype/course"
            | "https://w3id.org/xapi/cmi5/activities/course"
            | "http://lrs.learninglocker.net/define/type/moodle/course" => Self::Course,
            "http://id.tincanapi.com/activitytype/section"
            | "https://w3id.org/xapi/cmi5/activitytype/block"
            | "https://w3id.org/xapi/cmi5/activities/block" => Self::Module,
            "https://w3id.org/xapi/video/activity-type/video"
            | "https://w3id.org/xapi/acrossx/activities/video"
            | "http://activitystrea.ms/video"
            | "http://activitystrea.ms/audio"
            | "http://activitystrea.ms/schema/1.0/video"
            | "http://activitystrea.ms/schema/1.0/audio" => Self::Recording,
            "http://adlnet.gov/expapi/activities/assessment"
            | "https://w3id.org/xapi/openedx/activity/timed-assessment"
            | "https://w3id.org/xapi/openedx/activity/practice-assessment"
            | "https://w3id.org/xapi/openedx/activity/proctored-assessment" => Self::Assessment,
            "http://adlnet.gov/expapi/activities/attempt" | "https://xapi.edlm/profiles/edlm-lms/concepts/activity-types/lesson-session" => Self::Attempt,
            "https://xapi.edlm/profiles/edlm-lms/concepts/activity-types/submission" => Self::Submission,
            "http://activitystrea.ms/schema/1.0/review" | "http://activitystrea.ms/schema/1.0/review#slot" => Self::Review,
            "http://adlnet.gov/expapi/activities/cmi.interaction"
            | "http://adlnet.gov/expapi/activities/interaction"
            | "http://adlnet.gov/expapi/activities/question" => Self::Item,
            "http://id.tincanapi.com/activitytype/solution" => Self::Solution,
            "https://w3id.org/xapi/acrossx/extensions/supplemental-info" => Self::Hint,
            "http://adlnet.gov/expapi/activities/meeting"
            | "https://w3id.org/xapi/virtual-classroom/activity-types/virtual-classroom"
            | "https://w3id.org/xapi/acrossx/activities/face-to-face-discussion" => Self::Live,
            "http://id.tincanapi.com/activitytype/survey" | "https://xapi.edlm/profiles/edlm-lms/concepts/activity-types/feedback" => Self::Survey,
            "http://id.tincanapi.com/activitytype/lms"
            | "http://id.tincanapi.com/activitytype/site"
            | "http://id.tincanapi.com/activitytype/source"
            | "http://activitystrea.ms/schema/1.0/application" => Self::Site,
            "http://id.tincanapi.com/activitytype/user-profile"
            | "http://id.tincanapi.com/activitytype/chat-message"
            | "http://activitystrea.ms/schema/1.0/person"
            | "http://activitystrea.ms/person" => Self::Person,
            _ => Self::Page,
        }
    }
}

/// The word for an activity's type, for `content_type` and for counting: the last part of the type's IRI.
pub(super) fn type_word<'s>(activity: &'s Object<'_>) -> Option<&'s str> {
    match Thing::of(activity) {
        Thing::Recording if activity.activity_type().is_some_and(|iri| iri.ends_with("audio")) => Some("audio"),
        Thing::Recording => Some("video"),
        Thing::Item => Some("problem"),
        _ => word(activity.activity_type()?),
    }
}

/// The last part of an IRI where it is a plain word, which no id, address or name is; else `None`.
pub(super) fn word(iri: &str) -> Option<&str> {
    let word = iri.rsplit(['/', '#', ':']).next()?;
    let plain = !word.is_empty() && word.len() <= WORD_BYTES_MAX && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    plain.then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_words_are_taken_out_of_iris() {
        assert_eq!(word("https://w3id.org/xapi/acrossx/activities/page"), Some("page"));
        assert_eq!(word("http://activitystrea.ms/schema/1.0/review#slot"), Some("slot"));
        assert_eq!(word("http://example.org/types/user42"), None);
        assert_eq!(word("mailto:ann@example.org"), None);
        assert_eq!(word("http://example.org/"), None);
    }
}
