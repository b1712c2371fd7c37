//! What a statement is about, worked out once: who wrote it, which course and provider, what kind of object.

use super::activity::{Thing, type_word, word};
use super::extensions::Extensions;
use super::learner::Learner;
use super::open_edx;
use super::statement::{Object, Statement};
use super::time::duration_s;
use super::verbs::Verb;
use crate::mapping::{Hints, LeftOut};
use std::borrow::Cow;
use teachback_core::event::Data;

/// The category of statements that cmi5 defines.
const CMI5: &str = "https://w3id.org/xapi/cmi5/context/categories/cmi5";

/// The writer of a statement, where its habits matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writer {
    /// Open edX's event-routing-backends.
    OpenEdx,
    /// Moodle's logstore plugin.
    Moodle,
    /// Anybody else.
    Other,
}

/// A statement and what is known of its surroundings.
#[derive(Debug)]
pub(super) struct Scene<'s, 'a> {
    pub(super) statement: &'s Statement<'a>,
    pub(super) object: &'s Object<'a>,
    pub(super) verb: Verb,
    verb_iri: &'s str,
    pub(super) writer: Writer,
    pub(super) is_cmi5: bool,
    /// What the object is. It is a course only where it is *the* course: content of a course may be of that type too.
    pub(super) thing: Thing,
    /// The course run, where one is named.
    pub(super) course: Option<Cow<'s, str>>,
    /// The provider, where one is known.
    pub(super) provider: Option<&'s str>,
}

impl<'s, 'a> Scene<'s, 'a> {
    /// Looks at a statement. `learners` and `hints` help to name the provider.
    pub(super) fn new(statement: &'s Statement<'a>, object: &'s Object<'a>, verb_iri: &'s str, learners: &'s [Learner<'a>], hints: &'s Hints<'_>) -> Self {
        let writer = writer(statement, object);
        let around = statement.around().find_map(|activity| course_id(activity, writer));
        let own = course_id(object, writer);
        let course = around.or_else(|| own.clone()).or_else(|| {
            let usage_key = open_edx::usage_key(object.id.as_deref()?)?;
            open_edx::course_of(usage_key).map(Cow::Owned)
        });
        let thing = match Thing::of(object) {
            Thing::Course | Thing::Page if own.is_some() && own == course => Thing::Course,
            Thing::Course => Thing::Page,
            thing => thing,
        };
        let provider = provider(writer, statement, object, learners, hints);
        let is_cmi5 = statement.categories().any(|category| category == CMI5);
        Self { statement, object, verb: Verb::of(verb_iri), verb_iri, writer, is_cmi5, thing, course, provider }
    }

    /// The id of an activity as the tables name it: in Open edX the usage key.
    pub(super) fn id_of(activity: &'s Object<'a>) -> Option<&'s str> {
        let id = activity.id.as_deref().filter(|id| !id.is_empty())?;
        Some(open_edx::usage_key(id).or_else(|| open_edx::course_key(id)).unwrap_or(id))
    }

    /// The object's id.
    pub(super) fn object_id(&self) -> Option<&'s str> {
        Self::id_of(self.object)
    }

    /// The nearest activity around the object that is of the kind.
    pub(super) fn nearest(&self, thing: Thing) -> Option<&'s Object<'a>> {
        self.statement.around().find(|activity| Thing::of(activity) == thing)
    }

    /// Whether the object is a block of an Open edX course.
    pub(super) fn is_block(&self) -> bool {
        self.object.id.as_deref().is_some_and(|id| open_edx::usage_key(id).is_some())
    }

    /// The kind of content, in the words that tracking logs of Open edX use too.
    pub(super) fn content_type(&self) -> Option<&'s str> {
        let block = self.object.id.as_deref().and_then(open_edx::usage_key).and_then(open_edx::block_type);
        match block.or_else(|| type_word(self.object))? {
            "sequential" => Some("page"),
            "discussion" => Some("forum"),
            word => Some(word),
        }
    }

    /// A number of the extensions, of the result before the context.
    pub(super) fn extension(&self, read: impl Fn(&Extensions<'a>) -> Option<f64>) -> Option<f64> {
        self.statement.extensions().into_iter().flatten().find_map(read)
    }

    /// The response, where there is one.
    pub(super) fn response(&self) -> Option<&'s str> {
        self.statement.result.as_ref()?.response.as_deref()
    }

    /// How long it took, seconds.
    pub(super) fn duration_s(&self) -> Option<f64> {
        self.statement.result.as_ref()?.duration.as_deref().and_then(duration_s)
    }

    /// Data that every event of the statement carries, the learner aside.
    pub(super) fn common_data(&self) -> Data<'s> {
        let context = self.statement.context.as_ref();
        let extensions = context.and_then(|context| context.extensions.as_ref());
        let session = extensions.and_then(|extensions| extensions.session.as_deref());
        let registration = || context.and_then(|context| context.registration.as_deref());
        let client = extensions.and_then(|extensions| extensions.user_agent.as_deref()).map(client_class);
        Data {
            provider: self.provider.map(Cow::Borrowed),
            session: session.or_else(registration).map(Cow::Borrowed),
            module: self.nearest(Thing::Module).and_then(Self::id_of).map(Cow::Borrowed),
            client: client.map(Cow::Borrowed),
            ..Data::default()
        }
    }

    /// The name under which the statement is counted when it gives no event: words of verb and object, no ids.
    pub(super) fn name(&self) -> Cow<'static, str> {
        format!("{} {}", word(self.verb_iri).unwrap_or("*"), type_word(self.object).unwrap_or("*")).into()
    }

    /// The statement means nothing to a course.
    pub(super) fn unmapped(&self) -> LeftOut {
        LeftOut::Unmapped { name: self.name() }
    }

    /// Another statement says the same and is the one that counts.
    pub(super) fn twin(&self) -> LeftOut {
        LeftOut::TwinIgnored { name: self.name() }
    }

    /// The statement lacks what its event needs.
    pub(super) fn partial(&self, missing: &'static str) -> LeftOut {
        LeftOut::Partial { name: self.name(), missing }
    }
}

fn writer(statement: &Statement<'_>, object: &Object<'_>) -> Writer {
    let [of_result, of_context] = statement.extensions();
    let id = object.id.as_deref().unwrap_or_default();
    let marks = || [of_result, of_context].into_iter().flatten();
    if marks().any(|extensions| extensions.open_edx) || id.contains("/course/course-v1:") || open_edx::usage_key(id).is_some() {
        return Writer::OpenEdx;
    }
    let platform = statement.context.as_ref().and_then(|context| context.platform.as_deref());
    let is_moodle = platform.and_then(|platform| platform.get(..6)).is_some_and(|name| name.eq_ignore_ascii_case("moodle"));
    if is_moodle || marks().any(|extensions| extensions.moodle) { Writer::Moodle } else { Writer::Other }
}

/// The id of the course that an activity is. One without a type (an LRS may leave definitions out) is known by its key.
fn course_id<'s>(activity: &'s Object<'_>, writer: Writer) -> Option<Cow<'s, str>> {
    let id = activity.id.as_deref().filter(|id| !id.is_empty())?;
    if let Some(key) = open_edx::course_key(id) {
        return Some(Cow::Borrowed(key));
    }
    let legacy = if writer == Writer::OpenEdx { open_edx::legacy_course_key(id) } else { None };
    (Thing::of(activity) == Thing::Course).then(|| Cow::Borrowed(legacy.unwrap_or(id)))
}

/// What the source's setting says; else the organisation of an Open edX course; else the host of course, learner or object.
fn provider<'s>(writer: Writer, statement: &'s Statement<'_>, object: &'s Object<'_>, learners: &'s [Learner<'_>], hints: &'s Hints<'_>) -> Option<&'s str> {
    let activities = || statement.around().chain([object]);
    let organisation = || {
        activities().filter_map(|activity| activity.id.as_deref()).find_map(|id| {
            let legacy = || if writer == Writer::OpenEdx { open_edx::legacy_course_key(id) } else { None };
            open_edx::course_key(id).or_else(|| open_edx::usage_key(id)).or_else(legacy).and_then(open_edx::organisation)
        })
    };
    let setting = hints.provider.filter(|provider| !provider.is_empty());
    let courses = activities().filter(|activity| Thing::of(activity) == Thing::Course).filter_map(|activity| activity.id.as_deref());
    let addresses = courses.chain(learners.iter().map(|learner| &*learner.space)).chain(object.id.as_deref());
    setting.or_else(organisation).or_else(|| addresses.into_iter().find_map(host))
}

/// The host of an address.
fn host(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?;
    Some(host).filter(|host| host.contains('.') || *host == "localhost")
}

/// The class of client that a browser's name tells.
fn client_class(user_agent: &str) -> &'static str {
    if user_agent.contains("Android") {
        "android"
    } else if ["iPhone", "iPad", "iPod"].iter().any(|device| user_agent.contains(device)) {
        "ios"
    } else {
        "web"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_an_address_has_no_port_and_no_user() {
        assert_eq!(host("https://ann@lms.example.org:8443/course?id=1"), Some("lms.example.org"));
        assert_eq!(host("http://localhost:18000"), Some("localhost"));
        assert_eq!(host("uuid://7d4f"), None);
        assert_eq!(host("mailto"), None);
    }

    #[test]
    fn a_browser_is_of_one_of_three_classes() {
        assert_eq!(client_class("Mozilla/5.0 (Linux; Android 14)"), "android");
        assert_eq!(client_class("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0)"), "ios");
        assert_eq!(client_class("Mozilla/5.0 (X11; Linux x86_64)"), "web");
    }
}
