//! Enrolment: joining, leaving, changing the mode, and reaching the passing grade.
//!
//! Staff and management commands enrol learners too, so learner and course are those of the payload.

use super::collect::Collector;
use super::keys::CourseKey;
use super::names::EnrollmentStep;
use super::tolerant::Text;
use serde::Deserialize;
use teachback_core::event::{Data, EventType};
use teachback_core::refusal::Refusal;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Enrollment<'a> {
    #[serde(borrow)]
    course_id: Text<'a>,
    #[serde(borrow)]
    mode: Text<'a>,
}

/// Maps a step of an enrolment.
///
/// # Errors
/// `bad_identifier`.
pub(super) fn map(step: EnrollmentStep, out: &mut Collector<'_, '_>) -> Result<(), Refusal> {
    let Some(enrollment) = out.line.payload.read::<Enrollment<'_>>() else {
        out.partial("payload");
        return Ok(());
    };
    if out.line.course.is_none() && enrollment.course_id.get().and_then(CourseKey::parse).is_none() {
        out.partial("course_id");
        return Ok(());
    }
    let event_type = match step {
        EnrollmentStep::Created => EventType::EnrollmentCreated,
        EnrollmentStep::Withdrawn => EventType::EnrollmentWithdrawn,
        EnrollmentStep::Changed => EventType::EnrollmentChanged,
        EnrollmentStep::Passed => EventType::EnrollmentCompleted,
    };
    let enrollment_mode = enrollment.mode.get().map(|mode| mode.to_owned().into());
    out.happened(event_type, enrollment.course_id.get(), Data { enrollment_mode, ..Data::default() })
}
