//! The contract of every published table. Names are promises: columns may be added, never renamed or given another meaning.

use super::{ColumnContract, Kind, TableContract};

const INSIGHTS: &str = "edX Insights";
const ASPECTS: &str = "Open edX Aspects";
const MOODLE: &str = "Moodle quiz statistics";
const CANVAS: &str = "Canvas classic quiz statistics";
const K3: &str = "beta-mixture confidence sequence, valid at every look (signals K3)";
const K2: &str = "normal-mixture confidence sequence (signals K2)";
const GREENWOOD: &str = "Greenwood 1926; interval for a fixed time";

macro_rules! table {
    ($name:ident, $about:literal, key [$($key:literal),*], { $($column:ident: $kind:ident $unit:literal, $meaning:expr $(, from $source:expr)?;)* }) => {
        /// See [`TableContract::about`].
        pub const $name: TableContract = TableContract {
            name: lower(stringify!($name)),
            about: $about,
            key: &[$($key),*],
            columns: &[$(ColumnContract { name: stringify!($column), kind: Kind::$kind, unit: $unit, meaning: $meaning, source: source!($($source)?) }),*],
        };
    };
}
macro_rules! source {
    () => {
        ""
    };
    ($source:expr) => {
        $source
    };
}

/// The lower-case name of a contract, as used for its folder.
const fn lower(name: &'static str) -> &'static str {
    match name.as_bytes() {
        b"COURSE_QUALITY" => "course_quality",
        b"CONTENT_QUALITY" => "content_quality",
        b"CONTENT_SEGMENTS" => "content_segments",
        b"ITEM_QUALITY" => "item_quality",
        b"ITEM_OPTIONS" => "item_options",
        b"ASSESSMENT_QUALITY" => "assessment_quality",
        b"DROPOUT" => "dropout",
        b"COURSE_ACTIVITY" => "course_activity",
        b"LEARNER_COURSE" => "learner_course",
        b"SIGNALS" => "signals",
        b"PIPELINE_AUDIT" => "pipeline_audit",
        b"EVENTS" => "events",
        b"REJECTED" => "rejected",
        _ => name,
    }
}

table!(COURSE_QUALITY, "One course run.", key ["course"], {
    course: Text "", "Course run: the `subject` of its events.";
    provider: Text "", "Who can improve it; the latest named.";
    learners_enrolled: Integer "learners", "Learners with any enrolment event.";
    learners_active: Integer "learners", "Learners who opened, answered or attended anything.";
    learners_never_active: Integer "learners", "Enrolled learners without any activity; they cannot stop out, only withdraw.";
    learners_withdrew: Integer "learners", "Learners whose latest enrolment status is withdrawn, also before the course began.";
    learners_stopped_out: Integer "learners", "Active learners, neither withdrawn nor completed, whose last activity lies 10 days or more before the course's clock.";
    learners_completed: Integer "learners", "Learners whose latest enrolment status is completed.";
    withdrawal_rate: Number "0..1", "learners_withdrew / learners_enrolled.";
    withdrawal_rate_lo: Number "0..1", "Lower end of its 95 % interval.", from K3;
    withdrawal_rate_hi: Number "0..1", "Upper end of its 95 % interval.", from K3;
    stop_out_rate: Number "0..1", "learners_stopped_out / learners_active.";
    stop_out_rate_lo: Number "0..1", "Lower end of its 95 % interval.", from K3;
    stop_out_rate_hi: Number "0..1", "Upper end of its 95 % interval.", from K3;
    completed_rate: Number "0..1", "learners_completed / learners_enrolled.";
    completed_rate_lo: Number "0..1", "Lower end of its 95 % interval.", from K3;
    completed_rate_hi: Number "0..1", "Upper end of its 95 % interval.", from K3;
    ratings: Integer "learners", "Learners who rated; the latest rating of each.";
    mean_rating: Number "", "Mean of those ratings, on the platform's scale.";
    title: Text "", "Title from the latest outline.";
    clock: Time "UTC", "The course's clock: the latest event time its sources vouch for.";
    events_over_bounds: Integer "events", "Events that were accepted but not folded, because a bound on the course's names was reached; 0 in any healthy course.";
});

table!(CONTENT_QUALITY, "One content of a course run.", key ["course", "content"], {
    course: Text "", "Course run.";
    content: Text "", "Content.";
    content_type: Text "", "Type, from the outline or else the latest event.";
    module: Text "", "Place, from the outline or else the latest event.";
    views: Integer "views", "Sum of `count` (1 when absent) over content.viewed; for a content that is never viewed by such an event, content.played events.";
    learners_started: Integer "learners", "Learners with any content event on it other than failed and downloaded; answers to its items are not among them.";
    learners_completed: Integer "learners", "Learners with content.completed, or who played the second max(length - 30, 0.95 * length) of a recording.", from INSIGHTS;
    learners_dropped: Integer "learners", "Started, not completed, and nothing more on the content for 30 minutes of the course's clock; only for contents that can be completed.";
    completion_rate: Number "0..1", "learners_completed / learners_started; no value where nothing can complete (no length and no content.completed ever).";
    completion_rate_lo: Number "0..1", "Lower end of its 95 % interval.", from K3;
    completion_rate_hi: Number "0..1", "Upper end of its 95 % interval.", from K3;
    failures: Integer "events", "content.failed events.";
    learners_failed: Integer "learners", "Learners with content.failed.";
    length_s: Number "seconds", "Length of a recording, from the outline or else the longest reported.";
    seconds_played: Number "seconds", "Whole seconds played, repeats counted.", from ASPECTS;
    seconds_played_distinct: Number "seconds", "Whole seconds played, each once a learner.", from ASPECTS;
    title: Text "", "Title from the latest outline.";
    content_version: Text "", "Version, from the latest event or outline.";
});

table!(CONTENT_SEGMENTS, "One 5-second segment of a recording that anybody played.", key ["course", "content", "segment"], {
    course: Text "", "Course run.";
    content: Text "", "Content.";
    segment: Integer "", "floor(second / 5).";
    start_s: Number "seconds", "Start of the segment.";
    end_s: Number "seconds", "End of the segment.";
    views: Integer "views", "Passes over the segment: a viewing from play to pause, stop or seek counts in each segment from floor(start / 5) to floor(end / 5); viewings under 0.25 s are left out, and a play after a seek starts where the seek went.", from INSIGHTS;
    viewers: Integer "learners", "Distinct learners among those passes (Insights num_users).", from INSIGHTS;
    learners_entered: Integer "learners", "Viewers whose outcome is known: nothing more on the content for 30 minutes of the course's clock, or a later segment reached.";
    learners_dropped: Integer "learners", "Learners of those for whom this is the furthest segment played, the recording not completed.";
    drop_rate: Number "0..1", "learners_dropped / learners_entered.";
    drop_rate_lo: Number "0..1", "Lower end of its 95 % interval.", from K3;
    drop_rate_hi: Number "0..1", "Upper end of its 95 % interval.", from K3;
    seconds_played: Integer "seconds", "Sum over the segment's whole seconds of how often each was played.", from ASPECTS;
    seconds_played_distinct: Integer "seconds", "The same, each second once a learner.", from ASPECTS;
});

table!(ITEM_QUALITY, "One item of an assessment. First attempts; `_last` columns use each learner's last attempt.", key ["course", "assessment", "item"], {
    course: Text "", "Course run.";
    assessment: Text "", "Assessment; empty for an item outside any.";
    item: Text "", "Item.";
    learners_answered: Integer "learners", "Learners with a graded first answer.";
    learners_correct: Integer "learners", "Of those, learners with the full mark.";
    facility: Number "0..1", "Mean mark / highest mark.", from MOODLE;
    facility_lo: Number "0..1", "Lower end of the 95 % interval of the share of full marks where marks are all or nothing.", from K3;
    facility_hi: Number "0..1", "Upper end of that interval.", from K3;
    sd: Number "marks", "Sample standard deviation of the mark.", from MOODLE;
    discrimination_item_rest: Number "-1..1", "Correlation of the mark with the rest of the assessment's total (Moodle's discrimination index / 100).", from MOODLE;
    discrimination_item_rest_lo: Number "-1..1", "Lower end of its 95 % interval.", from K2;
    discrimination_item_rest_hi: Number "-1..1", "Upper end of its 95 % interval.", from K2;
    discrimination_item_total: Number "-1..1", "Correlation of the mark with the total, the item included.", from "PrairieLearn";
    discrimination_d27: Number "-1..1", "Facility in the upper 27 % minus the lower 27 % by total.", from CANVAS;
    discriminative_efficiency: Number "-1..1", "Covariance of mark and rest / the largest possible one (Moodle's figure / 100).", from MOODLE;
    answers: Integer "events", "Graded answers, all attempts.";
    learners_correct_last: Integer "learners", "Learners whose last answer has the full mark.";
    facility_last: Number "0..1", "Mean mark of last attempts / highest mark.";
    facility_last_lo: Number "0..1", "Lower end of its 95 % interval.", from K3;
    facility_last_hi: Number "0..1", "Upper end of its 95 % interval.", from K3;
    discrimination_item_rest_last: Number "-1..1", "Item-rest correlation of last attempts.", from MOODLE;
    discrimination_item_rest_last_lo: Number "-1..1", "Lower end of its 95 % interval.", from K2;
    discrimination_item_rest_last_hi: Number "-1..1", "Upper end of its 95 % interval.", from K2;
    discrimination_item_total_last: Number "-1..1", "Item-total correlation of last attempts.";
    discrimination_d27_last: Number "-1..1", "Upper minus lower 27 % of last attempts.";
    discriminative_efficiency_last: Number "-1..1", "Discriminative efficiency of last attempts.";
    learners_hinted: Integer "learners", "Learners who asked for a hint.";
    learners_revealed: Integer "learners", "Learners to whom the answer was shown.";
    max_mark: Number "marks", "Highest mark.";
    key: Text "", "The right response: from the outline, or else the one response that was always marked right (at least 5 times).";
    title: Text "", "Title from the latest outline.";
});

table!(ITEM_OPTIONS, "One response to an item, first attempts.", key ["course", "item", "option"], {
    course: Text "", "Course run.";
    item: Text "", "Item.";
    option: Text "", "Response.";
    is_key: Flag "", "Whether it is the key; no value where no key is known.";
    learners_chose: Integer "learners", "Learners who gave it first.";
    share: Number "0..1", "learners_chose / learners with a first response.";
    share_lo: Number "0..1", "Lower end of its 95 % interval.", from K3;
    share_hi: Number "0..1", "Upper end of its 95 % interval.", from K3;
    mean_rest_score: Number "marks", "Mean over those learners of the assessment's total without this item.";
    text: Text "", "Text of the option from the latest outline.";
});

table!(ASSESSMENT_QUALITY, "One assessment. A learner's total is over first attempts; an item he left out counts 0.", key ["course", "assessment"], {
    course: Text "", "Course run.";
    assessment: Text "", "Assessment.";
    learners_submitted: Integer "learners", "Learners who handed in, were graded, or whose last answer lies 48 hours before the course's clock.";
    mean_score: Number "0..1", "Mean of total / highest total; of the graded score where there are no items.", from MOODLE;
    mean_score_lo: Number "0..1", "Lower end of its 95 % interval.", from K2;
    mean_score_hi: Number "0..1", "Upper end of its 95 % interval.", from K2;
    sd_score: Number "0..1", "Sample standard deviation.", from MOODLE;
    skewness: Number "", "k3 / k2^1.5.", from MOODLE;
    kurtosis: Number "", "k4 / k2^2.", from MOODLE;
    alpha: Number "", "Cronbach's alpha (Moodle's coefficient of internal consistency / 100).", from MOODLE;
    error_ratio: Number "0..1", "sqrt(1 - alpha) (Moodle's figure / 100).", from MOODLE;
    standard_error: Number "0..1", "error_ratio * sd_score.", from MOODLE;
    items: Integer "items", "Items that anybody answered.";
    mean_score_last: Number "0..1", "Mean over last attempts.";
    title: Text "", "Title from the latest outline.";
});

table!(DROPOUT, "One place of a course run: a module of the outline, or a week since enrolment.", key ["course", "axis", "place"], {
    course: Text "", "Course run.";
    axis: Text "", "`module` or `week`.";
    place: Text "", "Module id, or week since enrolment as three digits.";
    position: Integer "", "Order of the place along its axis, from 0.";
    learners_at_risk: Integer "learners", "Learners who came this far and whose outcome could have been seen: 10 days after arrival (module), 10 days after the week's end (week).";
    learners_withdrew: Integer "learners", "Of those, withdrew here.";
    learners_stopped_out: Integer "learners", "Of those, were last active here, 10 days or more before the course's clock.";
    learners_completed: Integer "learners", "Of those, completed the course from here.";
    hazard: Number "0..1", "(learners_withdrew + learners_stopped_out) / learners_at_risk.";
    hazard_lo: Number "0..1", "Lower end of its 95 % interval.", from K3;
    hazard_hi: Number "0..1", "Upper end of its 95 % interval.", from K3;
    survival: Number "0..1", "Product of (1 - hazard) up to here.", from "Kaplan and Meier 1958";
    survival_lo: Number "0..1", "Lower end of its 95 % interval.", from GREENWOOD;
    survival_hi: Number "0..1", "Upper end of its 95 % interval.", from GREENWOOD;
    top_reason: Text "", "The reason most often given by those who withdrew here.";
    top_last_content: Text "", "The content most often last used by those who left here.";
});

table!(COURSE_ACTIVITY, "One hour of a course run in which anything happened.", key ["course", "hour"], {
    course: Text "", "Course run.";
    hour: Time "UTC", "Start of the hour of event time.";
    events: Integer "events", "Accepted events of the hour, of any type and role.";
    learners_active: Integer "learners", "Distinct learners with activity in the hour.";
    enrolled: Integer "events", "enrollment.created of the hour.";
    withdrew: Integer "events", "enrollment.withdrawn of the hour.";
});

table!(LEARNER_COURSE, "One learner of a course run. Restricted: learner-level.", key ["course", "learner"], {
    course: Text "", "Course run.";
    learner: Text "", "Pseudonym.";
    status: Text "", "`enrolled`, `active`, `stopped_out`, `withdrawn` or `completed`.";
    enrolled_at: Time "UTC", "Earliest enrolment.";
    first_activity: Time "UTC", "First activity.";
    last_activity: Time "UTC", "Last activity.";
    enrollment_mode: Text "", "Latest mode.";
    stratum: Integer "0..7", "Latest prior-ability class from the platform.";
    events: Integer "events", "Accepted events.";
    hours_active: Integer "hours", "Distinct hours with activity.";
    contents_started: Integer "contents", "Contents opened.";
    contents_completed: Integer "contents", "Contents completed.";
    items_answered: Integer "items", "Items with a graded answer.";
    items_correct_first: Integer "items", "Items with the full mark at the first attempt.";
    furthest_module: Text "", "Furthest module reached in the outline's order.";
    last_content: Text "", "Content of the last activity that has one.";
    reason: Text "", "Reason given on withdrawing.";
});

table!(SIGNALS, "One improvement signal, its state at this time.", key ["signal_id"], {
    signal_id: Text "", "Identity of the signal over its life: a function of rule, target, version and generation.";
    code: Text "", "Rule, e.g. `I-01`.";
    state: Text "", "`watch`, `open`, `acknowledged`, `dismissed`, `resolved`, `superseded` or `stale`.";
    provider: Text "", "Whom it is for.";
    course: Text "", "Course run; empty for X-02, which is about all courses of a provider.";
    content: Text "", "Content, for V-01, C-01 and R rules about a recording.";
    item: Text "", "Item, for I rules.";
    segment: Integer "", "5-second segment at the peak, for V-01.";
    span: Text "", "Span from 0 and how many there are, e.g. `4/10`, for V-01.";
    n_learners: Integer "learners", "Learners whose first exposure is the evidence.";
    estimate: Number "", "The estimate, in the rule's own unit.";
    estimate_lo: Number "", "Lower end of its 95 % interval.";
    estimate_hi: Number "", "Upper end of its 95 % interval.";
    estimate_shrunk: Number "", "The estimate in the light of its peers: a correlation for I-01 and I-02, a difference of logits from the margin for I-03, a ratio to what is expected for V-01 and D-01; no value for the others.";
    baseline: Number "", "What would be expected.";
    log10_e: Number "", "Evidence against `not worse than the margin`, log10 of the e-value.";
    lfdr: Number "0..1", "Local false discovery rate: how likely it is that the margin is kept, given its peers; no value where the rule has no pool.";
    tier: Text "", "`CERTIFIED` (false discoveries controlled over the family whatever its peers look like), `CONFIRMED` (controlled in the light of its peers), `WATCH` (likely, not controlled) or `INSUFFICIENT` (learners or something to compare with are lacking).";
    title: Text "", "What is wrong and where, in a few words.";
    explanation: Text "", "One sentence with the numbers.";
    action: Text "", "What to do.";
    rule_version: Text "", "Version of the rule.";
    content_version: Text "", "Version of the content that the evidence is about.";
    module: Text "", "Place in the outline.";
    client: Text "", "Client class, for C-01.";
    opened: Text "", "Decision day on which it opened.";
    decided: Text "", "Decision day of this state.";
    hypotheses: Integer "", "Hypotheses in its family on that day.";
    generation: Integer "", "How often this hypothesis has begun, from 1.";
    learners_needed: Integer "learners", "Learners that it would still take for the signal to be raised alone in its family, if the estimate is right.";
    ratio_crude: Number "", "What was seen over what was expected of any learners.";
    ratio_adjusted: Number "", "What was seen over what was expected of learners of these strata.";
    is_simpson: Flag "", "Whether the two point to different sides (Simpson's paradox).";
    linked_facility: Number "", "Share of first answers that are right to the questions on the content (V-01) or of the module (D-01). Absent once the signal has ended.";
    linked_answers: Integer "answers", "First answers to these questions.";
});

table!(PIPELINE_AUDIT, "One record of one shard's chain, or one UTC day of its old records, which are folded; the counts are of that record or day, so sums over the table are totals.", key ["shard", "epoch"], {
    shard: Text "", "Shard: a partition of the canonical log.";
    epoch: Integer "", "Number of the record in its chain; of a day, of its last folded record.";
    kind: Text "", "`takeover`, `regular`, `cut`, `fresh`, `end` or `shutdown`; `day` where the row is a day of folded records.";
    offset_from: Integer "", "First offset of the record or day.";
    offset_to: Integer "", "Offset after its last.";
    read: Integer "events", "accepted + duplicate + late + rejected.";
    accepted: Integer "events", "Folded into the metrics.";
    duplicate: Integer "events", "Repeats of an event already read.";
    late: Integer "events", "Older than the horizon; in the lake, not in the metrics.";
    rejected: Integer "events", "Refused; in lake/rejected with the reason.";
    conflict: Integer "events", "Of the duplicates, those whose time or body differs.";
    unknown_type: Integer "events", "Of the accepted, those of a type the catalogue does not know.";
    unknown_fields: Integer "fields", "Unknown fields met.";
    shard_time: Time "UTC", "Latest event time or tick of the shard.";
});

table!(REJECTED, "One refused message.", key ["topic", "partition", "offset"], {
    topic: Text "", "Topic or file run.";
    partition: Integer "", "Partition.";
    offset: Integer "", "Offset of the message.";
    received: Time "UTC", "When the log received it, where known.";
    reason: Text "", "Why it was refused.";
    place: Text "", "Where in the message.";
    digest: Text "", "HMAC-SHA256 of the message under a derived key.";
    length: Integer "bytes", "True length.";
    sealed: Bytes "", "The first 64 KiB, AES-256-GCM-SIV, readable with `teachback rejected show`.";
    headers: Bytes "", "The message's CloudEvents headers, sealed likewise.";
});

/// The published tables, in the order in which people meet them.
pub const TABLES: &[&TableContract] = &[
    &COURSE_QUALITY,
    &CONTENT_QUALITY,
    &CONTENT_SEGMENTS,
    &ITEM_QUALITY,
    &ITEM_OPTIONS,
    &ASSESSMENT_QUALITY,
    &DROPOUT,
    &COURSE_ACTIVITY,
    &LEARNER_COURSE,
    &SIGNALS,
    &PIPELINE_AUDIT,
];

/// The published table with a name.
#[must_use]
pub fn contract(name: &str) -> Option<&'static TableContract> {
    TABLES.iter().copied().find(|table| table.name == name)
}
