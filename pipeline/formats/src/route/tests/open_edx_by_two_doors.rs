//! The same acts of Open edX learners by two doors: the tracking log, and the xAPI that event-routing-backends makes of it.
//!
//! With an alias map from the accounts of the xAPI to the user ids of the log, both doors must give the same events. Where they
//! do not, the input stands in a list below with the reason.
//!
//! Not compared: ids and source; client and version of the course, which only the log tells.

use super::super::{Aliases, Routed};
use super::{Format, route, router, source};
use crate::fixtures::{files, folder};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use teachback_core::event::Event;
use teachback_core::event::decode::decode;

/// Fields in which the events of an input differ, with the reason.
const DIFFERENT: [(&str, &[&str], &str); 5] = [
    ("edx.completion.block_completion.changed.json", &["learner", "session"], "the payload names the learner, the statement who acted"),
    ("edx.course.enrollment.mode_changed.json", &["type"], "the statement is that of a first enrolment, letter for letter"),
    ("edx.grades.subsection.grade_calculated.json", &["learner", "session"], "the payload names the learner, the statement who acted"),
    ("edx.grades.subsection.grade_calculated.weighted_possible_0.json", &["learner", "session"], "the payload names the learner, the statement who acted"),
    ("problem_check(server).list_answers.json", &["attempt"], "the statements of a problem of several questions do not number attempts"),
];

/// Inputs that give no event by either door, by the start of their name, with the reason.
const WITHOUT_EVENT: [(&str, &str); 5] = [
    ("problem_check(browser)", "the server's problem_check has the marks"),
    ("edx.grades.problem.submitted", "problem_check has the same grade"),
    ("edx.grades.course.grade_calculated", "the catalogue has no grade of a course"),
    ("edx.forum", "the catalogue has no posts, votes and reports"),
    ("edx.ui.lms.link_clicked", "the page that the link opens counts"),
];

/// Inputs of which the fixtures have no xAPI.
const WITHOUT_XAPI: [&str; 4] = [
    "edx.grades.problem.submitted.weighted_possible_null.json",
    "edx.video.closed_captions.hidden.null.duration.json",
    "play_video.required.only.data.json",
    "postion_changed_video.json",
];

/// The identity space of user ids in tracking logs.
const USER_IDS: &str = "lms_user_id";

/// One act as each door brings it.
struct Pair {
    file: String,
    input: String,
    /// The statements, their actor under an account of his own: the fixtures name everybody by one account, as the table of
    /// accounts was stubbed when they were made.
    xapi: String,
    /// The id of the user who acted, which is whom the statements name.
    user: Option<String>,
}

/// The pairs of the fixtures.
struct Fixtures {
    pairs: Vec<Pair>,
    /// Every user id that an input names.
    users: BTreeSet<String>,
    home_page: String,
    /// The one account of the fixtures as they stand.
    shared_account: String,
}

impl Fixtures {
    fn read() -> Option<Self> {
        let folder = folder("openedx-tracking/erb")?;
        let statements: BTreeMap<String, String> = files(&folder.join("expected-xapi")).into_iter().collect();
        let (mut pairs, mut users, mut accounts, mut without_xapi) = (Vec::new(), BTreeSet::new(), BTreeSet::new(), Vec::new());
        for (file, input) in files(&folder.join("input")) {
            let Some(xapi) = statements.get(&file) else {
                without_xapi.push(file);
                continue;
            };
            let json: Value = serde_json::from_str(&input).expect("JSON");
            let payload = if json["data"].is_object() { &json["data"] } else { &json["event"] };
            let named = [&json["context"]["user_id"], &payload["user_id"], &payload["attempt_user_id"]].map(user_id);
            let user = named.iter().flatten().next().cloned();
            users.extend(named.into_iter().flatten());
            let (home_page, account) = actor(xapi);
            let own = user.as_deref().map_or_else(|| account.clone(), account_of);
            pairs.push(Pair { file, input, xapi: xapi.replace(&account, &own), user });
            accounts.insert((home_page, account));
        }
        assert_eq!(without_xapi, WITHOUT_XAPI);
        assert_eq!((pairs.len(), accounts.len()), (statements.len(), 1));
        let (home_page, shared_account) = accounts.pop_first().expect("an account");
        Some(Self { pairs, users, home_page, shared_account })
    }

    /// The alias map of all users, each under the account that is given for him.
    fn aliases(&self, account: impl Fn(&str) -> String) -> String {
        let rows = self.users.iter().map(|user| format!("{USER_IDS},{user},{},{}\n", self.home_page, account(user)));
        format!("space,id,alias_space,alias_id\n{}", rows.collect::<String>())
    }
}

/// A user id as an input writes it: a number, or its digits.
fn user_id(value: &Value) -> Option<String> {
    value.as_u64().map(|number| number.to_string()).or_else(|| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned))
}

/// Home page and name of the account that acts in a message of xAPI.
fn actor(xapi: &str) -> (String, String) {
    let statements: Value = serde_json::from_str(xapi).expect("JSON");
    let account = &statements.get(0).unwrap_or(&statements)["actor"]["account"];
    (account["homePage"].as_str().expect("a home page").to_owned(), account["name"].as_str().expect("a name").to_owned())
}

/// A user's own account.
fn account_of(user: &str) -> String {
    format!("00000000-0000-4000-8000-{user:0>12}")
}

/// The events of a message, in an order that is the same by both doors.
fn sorted(routed: &Routed) -> Vec<Event<'_>> {
    assert_eq!(routed.dead, None);
    let mut events: Vec<Event<'_>> = routed.out.iter().map(|out| decode(&[], out.json.as_bytes()).expect("a canonical event")).collect();
    events.sort_by_key(|event| (event.data.item.is_none(), event.data.item.as_deref().map(str::to_owned), event.kind.name().to_owned()));
    events
}

/// event-routing-backends rounds positions to milliseconds.
fn near(left: Option<f64>, right: Option<f64>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => (left - right).abs() < 0.000_501,
        (left, right) => left == right,
    }
}

/// The fields in which two events differ.
fn differences(log: &Event<'_>, xapi: &Event<'_>) -> Vec<&'static str> {
    let (ours, theirs) = (&log.data, &xapi.data);
    let same = [
        ("type", log.kind == xapi.kind),
        ("subject", log.subject == xapi.subject),
        ("time", log.time == xapi.time),
        ("time_quality", ours.time_quality == theirs.time_quality),
        ("provider", ours.provider == theirs.provider),
        ("learner_space", ours.learner_space == theirs.learner_space),
        ("learner", ours.learner == theirs.learner),
        ("session", ours.session == theirs.session),
        ("actor_role", ours.actor_role == theirs.actor_role),
        ("module", ours.module == theirs.module),
        ("content", ours.content == theirs.content),
        ("content_type", ours.content_type == theirs.content_type),
        ("position_s", near(ours.position_s, theirs.position_s)),
        ("position_to_s", near(ours.position_to_s, theirs.position_to_s)),
        ("content_length_s", near(ours.content_length_s, theirs.content_length_s)),
        ("duration_s", near(ours.duration_s, theirs.duration_s)),
        ("assessment", ours.assessment == theirs.assessment),
        ("item", ours.item == theirs.item),
        ("attempt", ours.attempt == theirs.attempt),
        ("response", ours.response == theirs.response),
        ("outcome", ours.outcome == theirs.outcome),
        ("score", ours.score == theirs.score),
        ("max_score", ours.max_score == theirs.max_score),
        ("enrollment_mode", ours.enrollment_mode == theirs.enrollment_mode),
    ];
    same.into_iter().filter(|(_, is_same)| !is_same).map(|(field, _)| field).collect()
}

#[test]
fn both_doors_give_the_same_events() {
    let Some(fixtures) = Fixtures::read() else { return };
    let mut router = router(&[source("log", Format::OpenEdx), source("xapi", Format::Xapi)], &fixtures.aliases(account_of));
    let (mut same, mut different, mut without_event, mut counted) = (0, 0, 0, 0);
    let mut learners = BTreeSet::new();
    for Pair { file, input, xapi, user } in &fixtures.pairs {
        let [from_log, from_xapi] = [("log", input), ("xapi", xapi)].map(|(source, body)| route(&mut router, source, body));
        let (from_log, from_xapi) = (sorted(&from_log), sorted(&from_xapi));
        let is_without_event = WITHOUT_EVENT.iter().any(|(start, _)| file.starts_with(start));
        assert_eq!((from_log.len(), from_log.is_empty()), (from_xapi.len(), is_without_event), "{file}:\n{from_log:#?}\n{from_xapi:#?}");
        let expected = DIFFERENT.iter().find(|(of, ..)| of == file).map_or(&[][..], |(_, fields, _)| *fields);
        for (log, xapi) in from_log.iter().zip(&from_xapi) {
            assert_eq!(differences(log, xapi), expected, "{file}:\n{log:#?}\n{xapi:#?}");
            // Whom the statement names is always who acted, by his id in the log.
            assert_eq!((xapi.data.learner_space.as_deref(), xapi.data.learner.as_deref()), (Some(USER_IDS), user.as_deref()), "{file}");
            learners.insert(user.as_deref());
            counted += 1;
        }
        match (is_without_event, expected.is_empty()) {
            (true, _) => without_event += 1,
            (false, true) => same += 1,
            (false, false) => different += 1,
        }
    }
    assert_eq!((same, different, without_event, counted), (24, DIFFERENT.len(), 16, 36));
    assert_eq!(learners, BTreeSet::from([Some("19"), Some("3"), Some("6")]), "three accounts stay three learners");
    assert_eq!((router.counts()["log"].aliased, router.counts()["xapi"].aliased), (0, counted));
}

#[test]
fn without_the_map_no_learner_of_one_door_is_one_of_the_other() {
    let Some(fixtures) = Fixtures::read() else { return };
    let mut router = router(&[source("log", Format::OpenEdx), source("xapi", Format::Xapi)], "");
    let [mut of_log, mut of_xapi] = [BTreeSet::new(), BTreeSet::new()];
    for pair in &fixtures.pairs {
        for (source, body, of) in [("log", &pair.input, &mut of_log), ("xapi", &pair.xapi, &mut of_xapi)] {
            let routed = route(&mut router, source, body);
            of.extend(sorted(&routed).iter().map(|event| [&event.data.learner_space, &event.data.learner].map(|text| text.as_deref().map(str::to_owned))));
        }
    }
    assert!(of_log.is_disjoint(&of_xapi));
    assert!(of_xapi.len() >= 3 && of_xapi.iter().all(|[space, _]| space.as_ref() == Some(&fixtures.home_page)), "{of_xapi:?}");
}

#[test]
fn one_account_for_several_users_is_refused() {
    let Some(fixtures) = Fixtures::read() else { return };
    let error = Aliases::read(fixtures.aliases(|_| fixtures.shared_account.clone()).as_bytes()).expect_err("two learners would be one");
    assert_eq!(error.to_string(), "line 3, column `alias_id`: this alias stands for another learner in an earlier line");
}

#[test]
fn a_jump_is_the_same_by_both_doors() {
    // The fixtures have no statement of a jump; this one has the form of those of the other acts on a video.
    const LOG: &str = r#"{"name":"seek_video","event_type":"seek_video","event_source":"browser","session":"s1","time":"2026-03-01T10:00:00.25+00:00","context":{"course_id":"course-v1:Northfield+STAT101+2026","user_id":17,"org_id":"Northfield"},"event":"{\"id\":\"f00\",\"code\":\"x\",\"old_time\":12.3456,\"new_time\":90.5,\"duration\":120}"}"#;
    const XAPI: &str = r#"{"id":"6690e6c9-3ef0-4ed3-8b37-7f3964730bee","version":"1.0.3","actor":{"account":{"homePage":"https://lms.example.org","name":"uuid-ann"}},"verb":{"id":"https://w3id.org/xapi/video/verbs/seeked"},"object":{"id":"https://lms.example.org/xblock/block-v1:Northfield+STAT101+2026+type@video+block@f00","definition":{"type":"https://w3id.org/xapi/video/activity-type/video"}},"result":{"extensions":{"https://w3id.org/xapi/video/extensions/time-from":12.346,"https://w3id.org/xapi/video/extensions/time-to":90.5}},"context":{"contextActivities":{"parent":[{"id":"https://lms.example.org/course/course-v1:Northfield+STAT101+2026","definition":{"type":"http://adlnet.gov/expapi/activities/course"}}]},"extensions":{"https://w3id.org/xapi/video/extensions/length":120.0,"https://w3id.org/xapi/openedx/extensions/session-id":"s1"}},"timestamp":"2026-03-01T10:00:00.25Z"}"#;
    let map = "space,id,alias_space,alias_id\nlms_user_id,17,https://lms.example.org,uuid-ann\n";
    let mut router = router(&[source("log", Format::OpenEdx), source("xapi", Format::Xapi)], map);
    let [log, xapi] = [("log", LOG), ("xapi", XAPI)].map(|(source, body)| route(&mut router, source, body));
    let (log, xapi) = (sorted(&log), sorted(&xapi));
    assert_eq!((log.len(), xapi.len(), log[0].data.position_to_s), (1, 1, Some(90.5)));
    assert_eq!(differences(&log[0], &xapi[0]), [""; 0]);
}
