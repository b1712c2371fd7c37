//! Course and usage keys in Open edX's activity ids, and the item rule.
//!
//! An activity id is `<LMS>/course/<course key>` or `<LMS>/xblock/<usage key>`, sometimes the key alone. The rule for items,
//! the same as for tracking logs: **item = the last path part, block id and input suffix (`<block id>_2_1`); assessment and
//! content = the problem's usage key.** Where a statement names the problem only, the item is its first input, `_2_1`:
//! Open edX numbers inputs from 2 in a problem and from 1 in a response, so a problem of one question has just that one.

/// The first input of every problem.
const FIRST_INPUT: &str = "_2_1";

/// The course key of an activity id, where it holds one.
pub(super) fn course_key(activity_id: &str) -> Option<&str> {
    let key = activity_id.rsplit_once("/course/").map_or(activity_id, |(_, key)| key);
    let key = key.split(['/', '?', '#']).next()?;
    ["course-v1:", "ccx-v1:", "library-v1:"].iter().any(|prefix| key.starts_with(prefix)).then_some(key)
}

/// The key of a course of before 2014, `ORG/COURSE/RUN`; only to be asked of statements that Open edX wrote.
pub(super) fn legacy_course_key(activity_id: &str) -> Option<&str> {
    let (_, key) = activity_id.rsplit_once("/course/")?;
    (key.split('/').count() == 3 && key.split('/').all(|part| !part.is_empty())).then_some(key)
}

/// The organisation of a course key.
pub(super) fn organisation(course_key: &str) -> Option<&str> {
    let named = match course_key.split_once("-v1:") {
        Some((_, key)) => key.split('+').next(),
        None => course_key.split('/').next(),
    };
    named.filter(|organisation| !organisation.is_empty())
}

/// The usage key of an activity id, where it holds one, without what marks a hint or an answer.
pub(super) fn usage_key(activity_id: &str) -> Option<&str> {
    let key = activity_id.rsplit_once("/xblock/").map_or(activity_id, |(_, key)| key);
    let known = ["block-v1:", "ccx-block-v1:", "lib-block-v1:", "i4x://"].iter().any(|prefix| key.starts_with(prefix));
    known.then(|| without_aid(key))
}

fn without_aid(key: &str) -> &str {
    match key.rsplit_once('/') {
        Some((key, "answer")) => key,
        Some((rest, number)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => rest.strip_suffix("/hint").unwrap_or(key),
        _ => key,
    }
}

/// The course key that a usage key holds.
pub(super) fn course_of(usage_key: &str) -> Option<String> {
    let (course, _) = usage_key.split_once("+type@")?;
    let rest = course.strip_prefix("block-v1:").map(|rest| ("course-v1:", rest)).or_else(|| Some(("ccx-v1:", course.strip_prefix("ccx-block-v1:")?)));
    rest.map(|(prefix, rest)| format!("{prefix}{rest}"))
}

/// The type of a block: `problem`, `video` …
pub(super) fn block_type(usage_key: &str) -> Option<&str> {
    if let Some((_, rest)) = usage_key.split_once("+type@") {
        return rest.split('+').next();
    }
    usage_key.strip_prefix("i4x://")?.split('/').nth(2)
}

/// Block id of a usage key: its last part.
fn block_id(usage_key: &str) -> &str {
    let last = usage_key.rsplit_once("+block@").map_or(usage_key, |(_, id)| id);
    last.rsplit('/').next().unwrap_or(last)
}

/// A problem and one of its inputs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Input<'a> {
    /// Usage key of the problem.
    pub(super) problem: &'a str,
    /// The item.
    pub(super) item: &'a str,
}

/// Splits the usage key of a question into problem and input: `…block@<id>_2_1`.
pub(super) fn input(usage_key: &str) -> Option<Input<'_>> {
    let mut parts = usage_key.rsplitn(3, '_');
    let (input, response, problem) = (parts.next()?, parts.next()?, parts.next()?);
    let is_number = |text: &str| !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(input) && is_number(response) && !block_id(problem).is_empty()).then(|| Input { problem, item: block_id(usage_key) })
}

/// The item that stands for a problem whose inputs are not named.
pub(super) fn first_item(problem: &str) -> String {
    format!("{}{FIRST_INPUT}", block_id(problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROBLEM: &str = "block-v1:northfield+STAT101+2026+type@problem+block@0a1b";

    #[test]
    fn keys_are_found_behind_the_platform_and_alone() {
        assert_eq!(course_key("https://lms.example.org/course/course-v1:northfield+STAT101+2026"), Some("course-v1:northfield+STAT101+2026"));
        assert_eq!(course_key("course-v1:northfield+STAT101+2026"), Some("course-v1:northfield+STAT101+2026"));
        assert_eq!(course_key("https://lms.example.org/course/course-v1:northfield+STAT101+2026/about?x#y"), Some("course-v1:northfield+STAT101+2026"));
        assert_eq!(course_key("https://moodle.example.org/course/view.php?id=2"), None);
        assert_eq!(legacy_course_key("https://lms.example.org/course/northfield/STAT101/2013"), Some("northfield/STAT101/2013"));
        assert_eq!(legacy_course_key("https://lms.example.org/course/view.php?id=2"), None);
        assert_eq!(usage_key(&format!("https://lms.example.org/xblock/{PROBLEM}")), Some(PROBLEM));
        assert_eq!(usage_key(&format!("https://lms.example.org/xblock/{PROBLEM}/answer")), Some(PROBLEM));
        assert_eq!(usage_key(&format!("https://lms.example.org/xblock/{PROBLEM}/hint/1")), Some(PROBLEM));
        assert_eq!(usage_key("i4x://northfield/STAT101/problem/p1"), Some("i4x://northfield/STAT101/problem/p1"));
        assert_eq!(usage_key("https://lms.example.org/page"), None);
    }

    #[test]
    fn a_key_tells_course_organisation_and_type() {
        assert_eq!(course_of(PROBLEM).as_deref(), Some("course-v1:northfield+STAT101+2026"));
        assert_eq!(course_of("ccx-block-v1:a+b+c+ccx@1+type@problem+block@d").as_deref(), Some("ccx-v1:a+b+c+ccx@1"));
        assert_eq!(course_of("i4x://northfield/STAT101/problem/p1"), None);
        assert_eq!(organisation("course-v1:northfield+STAT101+2026"), Some("northfield"));
        assert_eq!(organisation("northfield/STAT101/2013"), Some("northfield"));
        assert_eq!(block_type(PROBLEM), Some("problem"));
        assert_eq!(block_type("i4x://northfield/STAT101/problem/p1"), Some("problem"));
    }

    #[test]
    fn an_item_is_block_id_and_input_suffix() {
        let question = format!("{PROBLEM}_2_1");
        assert_eq!(input(&question), Some(Input { problem: PROBLEM, item: "0a1b_2_1" }));
        assert_eq!(input(PROBLEM), None);
        assert_eq!(input("block-v1:a+b+c+type@problem+block@_2_1"), None);
        assert_eq!(first_item(PROBLEM), "0a1b_2_1");
        assert_eq!(input("i4x://a/b/problem/p1_2_1"), Some(Input { problem: "i4x://a/b/problem/p1", item: "p1_2_1" }));
    }
}
