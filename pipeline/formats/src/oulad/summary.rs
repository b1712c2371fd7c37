//! What an import read and what it could not place, for the report at its end.

/// Counts of one import. Each count is of table rows unless it says otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows of studentRegistration; each gives one `enrollment.created`, if its time can be told.
    pub registrations: u64,
    /// Registrations without a date, put on day 0 and marked.
    pub registrations_without_date: u64,
    /// Registrations with a date of unregistration; each gives one `enrollment.withdrawn`.
    pub withdrawals: u64,
    /// Passes and distinctions; each gives one `enrollment.completed`.
    pub completions: u64,
    /// Passes and distinctions of a presentation of unknown length; no event.
    pub completions_without_length: u64,
    /// Rows of studentVle.
    pub click_rows: u64,
    /// Sum of `sum_click` over those rows.
    pub clicks: u64,
    /// Rows of studentAssessment.
    pub submissions: u64,
    /// Submissions with a banked score; no event of this run.
    pub submissions_banked: u64,
    /// Submissions without a score, written as `assessment.submitted`.
    pub submissions_without_score: u64,
    /// Submissions without a date; no event.
    pub submissions_without_date: u64,
    /// Submissions of an assessment that assessments.csv does not list; no event, for the course run is unknown.
    pub unknown_assessments: u64,
    /// Clicks on a site that vle.csv does not list for the presentation; written without module and type.
    pub unknown_sites: u64,
    /// Clicks and submissions of a student who is not registered in the presentation; written.
    pub unknown_registrations: u64,
    /// Rows of a presentation that courses.csv does not list; written when its code tells the start, see `rows_without_start`.
    pub unknown_presentations: u64,
    /// Rows of an unlisted presentation whose code does not tell the start; no event.
    pub rows_without_start: u64,
    /// Rows of studentInfo with another `highest_education` than the five of the data set; enrolled without a stratum.
    pub unknown_education: u64,
}
