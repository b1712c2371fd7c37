//! Whose event it is, and in which role he acted.
//!
//! - A learner is his numeric user id, in the space `lms_user_id`; where only a name is known, the name, in the space `username`.
//!   A source's own space (`Hints::learner_space`) takes the place of the former and stands before the latter.
//! - What happens *to* a learner (enrolment, grade, completion, exam) names him in the payload. Who acted is in the context, and
//!   may be a member of staff or nobody.
//! - A tracking log has no roles. Staff are known by two marks only: the preview server, which nobody else may use, and the
//!   course roles that forum events carry. Staff who look at a course as a learner does are in the log as themselves, with
//!   nothing to tell them by; somebody who logged in as a learner is the learner to the log.

use super::envelope::Line;
use super::tolerant::Text;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The identity space of numeric user ids.
const USER_ID_SPACE: &str = "lms_user_id";
/// The identity space of user names.
const USERNAME_SPACE: &str = "username";
/// What management commands write where no user is known.
const NOBODY: &str = "anonymous";

/// A learner, as the platform knows him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Learner {
    /// His id or name.
    pub(super) id: String,
    /// What the id is unique in.
    pub(super) space: String,
}

impl Learner {
    /// The learner of a user id and a name; the id counts where there is one.
    pub(super) fn of(user_id: Option<&str>, username: Option<&str>, space: Option<&str>) -> Option<Self> {
        let is_id = |id: &&str| id.bytes().all(|byte| byte.is_ascii_digit()) && id.bytes().any(|byte| byte != b'0');
        if let Some(id) = user_id.filter(is_id) {
            return Some(Self { id: id.to_owned(), space: space.unwrap_or(USER_ID_SPACE).to_owned() });
        }
        let name = username.map(str::trim).filter(|name| !name.is_empty() && *name != NOBODY)?;
        let space = space.map_or_else(|| USERNAME_SPACE.to_owned(), |space| format!("{space}/{USERNAME_SPACE}"));
        Some(Self { id: name.to_owned(), space })
    }
}

/// The people that a payload names.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Named<'a> {
    #[serde(borrow)]
    user_id: Text<'a>,
    #[serde(borrow)]
    attempt_user_id: Text<'a>,
    #[serde(borrow)]
    username: Text<'a>,
    #[serde(borrow)]
    user_course_roles: Option<&'a RawValue>,
}

/// Who acted.
pub(super) fn actor(line: &Line<'_>, space: Option<&str>) -> Option<Learner> {
    Learner::of(line.user_id, line.username, space)
}

/// Whom the payload says it happened to; who acted where it names nobody.
pub(super) fn concerned(line: &Line<'_>, space: Option<&str>) -> Option<Learner> {
    let named: Named<'_> = line.payload.read().unwrap_or_default();
    let user_id = named.user_id.get().or(named.attempt_user_id.get());
    Learner::of(user_id, named.username.get(), space).or_else(|| actor(line, space))
}

/// The role of who acted, where the line shows one other than learner.
pub(super) fn role(line: &Line<'_>) -> Option<&'static str> {
    if line.host.is_some_and(|host| host.starts_with("preview.")) {
        return Some("staff");
    }
    if !line.name.starts_with("edx.forum.") {
        return None;
    }
    let named: Named<'_> = line.payload.read()?;
    let roles: Vec<Text<'_>> = serde_json::from_str(named.user_course_roles?.get()).ok()?;
    let has = |wanted: &str| roles.iter().any(|role| role.get().is_some_and(|role| role.eq_ignore_ascii_case(wanted)));
    if has("instructor") {
        Some("instructor")
    } else if has("staff") {
        Some("staff")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learner(user_id: Option<&str>, username: Option<&str>, space: Option<&str>) -> Option<(String, String)> {
        Learner::of(user_id, username, space).map(|learner| (learner.id, learner.space))
    }

    #[test]
    fn an_id_goes_before_a_name_and_each_has_its_space() {
        let pair = |id: &str, space: &str| Some((id.to_owned(), space.to_owned()));
        assert_eq!(learner(Some("17"), Some("ann"), None), pair("17", "lms_user_id"));
        assert_eq!(learner(None, Some("ann"), None), pair("ann", "username"));
        assert_eq!(learner(Some("17"), None, Some("campus")), pair("17", "campus"));
        assert_eq!(learner(None, Some("ann"), Some("campus")), pair("ann", "campus/username"));
    }

    #[test]
    fn nobody_is_no_learner() {
        for (user_id, username) in [(None, None), (Some(""), Some("")), (Some("0"), None), (Some("-1"), Some(" ")), (None, Some("anonymous"))] {
            assert_eq!(learner(user_id, username, None), None, "{user_id:?} {username:?}");
        }
    }
}
