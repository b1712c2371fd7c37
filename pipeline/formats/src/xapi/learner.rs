//! Who the learner is, in which identity space, and who is none.
//!
//! - The learner is the actor, save for a grade: its actor may be the grader, and then the learner is whom the grader acted
//!   for, or the Agent that is the object.
//! - Open edX's actor is who acted, also where staff changed what a learner has (a grade, a completion): its statements name the
//!   learner nowhere, its tracking logs do.
//! - An anonymous group stands for each of its members. An identified group is no learner.
//! - An actor who is also `context.instructor` is an instructor; one who acts as somebody else is staff.

use super::statement::{Account, Agent, Statement};
use super::verbs::Verb;
use std::borrow::Cow;

/// A learner as the platform names him. At most one of the four identifiers counts, in the order of the standard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Learner<'a> {
    /// The id within its space.
    pub(super) id: Cow<'a, str>,
    /// The identity space: the account's home page, or the kind of identifier.
    pub(super) space: Cow<'a, str>,
}

/// Those a statement is about.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct People<'a> {
    /// The learners; none for an identified group, or where the actor is not the learner and nobody else is named.
    pub(super) learners: Vec<Learner<'a>>,
    /// The role of the one who acted, where he is no learner.
    pub(super) actor_role: Option<&'static str>,
}

/// Takes the people out of a statement of this verb.
pub(super) fn people<'a>(statement: &mut Statement<'a>, verb: Verb) -> People<'a> {
    let actor = statement.actor.take().unwrap_or_default();
    let acting_as_another = statement.extensions().into_iter().flatten().any(|extensions| extensions.acting_as_another);
    let acted_for = statement.extensions().into_iter().flatten().find_map(|extensions| extensions.learner_acted_for());
    let object = statement.object.as_mut().filter(|object| matches!(object.object_type.as_deref(), Some("Agent")));
    let graded = object.map(|object| Agent {
        account: object.account.take(),
        mbox: object.mbox.take(),
        mbox_sha1sum: object.mbox_sha1sum.take(),
        openid: object.openid.take(),
        ..Agent::default()
    });
    let instructor = statement.context.as_mut().and_then(|context| context.instructor.take()).and_then(learner);
    let actor = match actor {
        group if is_group(&group) && is_identified(&group) => None,
        group if is_group(&group) => {
            let members = group.member.unwrap_or_default();
            return People { learners: members.into_iter().filter_map(learner).collect(), actor_role: None };
        }
        agent => learner(agent),
    };
    let is_instructor = actor.is_some() && actor == instructor;
    if verb.is_grade() {
        let other = acted_for.or(graded).and_then(learner);
        let learners = other.or(actor.filter(|_| !is_instructor));
        return People { learners: learners.into_iter().collect(), actor_role: None };
    }
    let actor_role = if acting_as_another { Some("staff") } else { is_instructor.then_some("instructor") };
    People { learners: actor.into_iter().collect(), actor_role }
}

fn is_group(agent: &Agent<'_>) -> bool {
    agent.object_type.as_deref() == Some("Group")
}

fn is_identified(agent: &Agent<'_>) -> bool {
    agent.account.is_some() || agent.mbox.is_some() || agent.mbox_sha1sum.is_some() || agent.openid.is_some()
}

fn learner(agent: Agent<'_>) -> Option<Learner<'_>> {
    if let Some(Account { home_page: Some(space), name: Some(name) }) = agent.account {
        return named(name.0, space.0);
    }
    if let Some(mbox) = agent.mbox {
        return named(mail_address(mbox.0), "mailto".into());
    }
    if let Some(sum) = agent.mbox_sha1sum {
        return named(Cow::Owned(sum.to_ascii_lowercase()), "mbox_sha1sum".into());
    }
    agent.openid.and_then(|openid| named(openid.0, "openid".into()))
}

fn named<'a>(id: Cow<'a, str>, space: Cow<'a, str>) -> Option<Learner<'a>> {
    (!id.is_empty()).then_some(Learner { id, space })
}

/// The address of an `mbox`. Its domain is lower-cased and nothing else: the local part belongs to its host.
fn mail_address(mbox: Cow<'_, str>) -> Cow<'_, str> {
    let address = match mbox {
        Cow::Borrowed(mbox) => Cow::Borrowed(mbox.strip_prefix("mailto:").unwrap_or(mbox)),
        Cow::Owned(mbox) => Cow::Owned(mbox.strip_prefix("mailto:").map(str::to_owned).unwrap_or(mbox)),
    };
    match address.rsplit_once('@') {
        Some((local, domain)) if domain.bytes().any(|byte| byte.is_ascii_uppercase()) => Cow::Owned(format!("{local}@{}", domain.to_ascii_lowercase())),
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people_of(statement: &'static str, verb: Verb) -> People<'static> {
        people(&mut serde_json::from_str(statement).expect("a statement"), verb)
    }
    fn person(id: &'static str, space: &'static str) -> Learner<'static> {
        Learner { id: id.into(), space: space.into() }
    }

    #[test]
    fn each_identifier_has_its_space() {
        let of = |actor: &'static str| people_of(actor, Verb::Viewed).learners;
        assert_eq!(of(r#"{"actor":{"account":{"homePage":"https://a.example","name":"ann"}}}"#), [person("ann", "https://a.example")]);
        assert_eq!(of(r#"{"actor":{"mbox":"mailto:Ann@Example.ORG"}}"#), [person("Ann@example.org", "mailto")]);
        assert_eq!(of(r#"{"actor":{"mbox":"mailto:Ann@example.org"}}"#), [person("Ann@example.org", "mailto")]);
        assert_eq!(of(r#"{"actor":{"mbox_sha1sum":"ABCD"}}"#), [person("abcd", "mbox_sha1sum")]);
        assert_eq!(of(r#"{"actor":{"openid":"https://ann.example"}}"#), [person("https://ann.example", "openid")]);
        assert_eq!(of(r#"{"actor":{"name":"Ann"}}"#), []);
        assert_eq!(of(r#"{}"#), []);
    }

    #[test]
    fn an_anonymous_group_is_its_members_and_an_identified_one_is_nobody() {
        let anonymous = people_of(r#"{"actor":{"objectType":"Group","member":[{"mbox":"mailto:a@b.c"},{"mbox":"mailto:d@e.f"}]}}"#, Verb::Viewed);
        assert_eq!(anonymous.learners, [person("a@b.c", "mailto"), person("d@e.f", "mailto")]);
        let identified = people_of(r#"{"actor":{"objectType":"Group","mbox":"mailto:g@b.c","member":[{"mbox":"mailto:a@b.c"}]}}"#, Verb::Viewed);
        assert_eq!(identified.learners, []);
    }

    #[test]
    fn the_actor_of_a_grade_is_not_its_learner() {
        let grader = r#"{"actor":{"mbox":"mailto:t@b.c"},"context":{"instructor":{"mbox":"mailto:t@b.c"}}}"#;
        assert_eq!(people_of(grader, Verb::Scored).learners, []);
        let acted_for = r#"{"actor":{"mbox":"mailto:t@b.c"},"context":{"extensions":{"https://yetanalytics.com/profiles/prepositions/concepts/context-extensions/for":{"mbox":"mailto:s@b.c"}}}}"#;
        assert_eq!(people_of(acted_for, Verb::Scored).learners, [person("s@b.c", "mailto")]);
        let object = r#"{"actor":{"mbox":"mailto:t@b.c"},"object":{"objectType":"Agent","mbox":"mailto:s@b.c"}}"#;
        assert_eq!(people_of(object, Verb::Scored).learners, [person("s@b.c", "mailto")]);
        let learner = r#"{"actor":{"mbox":"mailto:s@b.c"},"context":{"instructor":{"mbox":"mailto:t@b.c"}}}"#;
        assert_eq!(people_of(learner, Verb::Scored), People { learners: vec![person("s@b.c", "mailto")], actor_role: None });
    }

    #[test]
    fn instructors_and_those_who_act_as_others_are_no_learners() {
        let instructor = r#"{"actor":{"mbox":"mailto:t@b.c"},"context":{"instructor":{"mbox":"mailto:t@B.C"}}}"#;
        assert_eq!(people_of(instructor, Verb::Viewed).actor_role, Some("instructor"));
        let as_another = r#"{"actor":{"mbox":"mailto:t@b.c"},"context":{"extensions":{"https://yetanalytics.com/profiles/prepositions/concepts/context-extensions/as":{"mbox":"mailto:s@b.c"}}}}"#;
        assert_eq!(people_of(as_another, Verb::Viewed).actor_role, Some("staff"));
    }
}
