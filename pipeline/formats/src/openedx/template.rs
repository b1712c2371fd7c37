//! Names under which events that are not mapped are counted: few, and with nothing personal in them.
//!
//! Ids, addresses, numbers and whatever else varies become `*`. Requests keep only path segments of a closed list, for the
//! rest of a path is written by course teams and learners.

use std::borrow::Cow;

/// Longest name, bytes.
const NAME_BYTES_MAX: usize = 96;
/// Longest word of a name that is kept, bytes.
const WORD_BYTES_MAX: usize = 32;
/// Letters from which on a word of a to f alone is taken for a hash.
const HASH_LETTERS_MIN: usize = 8;

/// Path segments that the platform itself gives, in order.
#[rustfmt::skip]
const ROUTES: &[&str] = &[
    "about", "account", "account_settings", "api", "assets", "blocks", "book", "bookmarks", "bulk_enroll", "calculate", "certificates", "change_enrollment",
    "checklists", "comments", "container", "course", "course_discovery", "course_team", "course_wiki", "courses", "courseware", "create", "dashboard",
    "delete", "details", "discussion", "downvote", "enrollment", "event", "export", "flagAbuse", "follow", "forum", "goto_position", "grading", "handler",
    "home", "i18n.js", "import", "import_status", "info", "inline", "instructor", "jsi18n", "jump_to", "jump_to_id", "learner_profile", "login", "login_ajax",
    "login_session", "logout", "mobile", "notes", "notification_prefs", "outline", "pdfbook", "preview", "problem_check", "problem_get", "problem_reset",
    "problem_save", "problem_show", "profile", "progress", "publish_event", "register", "registration", "reply", "resource", "save_user_state", "search",
    "segmentio", "settings", "signin", "signup", "student_view", "submission_history", "survey", "teams", "textbooks", "threads", "transcript", "transcripts",
    "translation", "unfollow", "unvote", "update", "upload", "upvote", "user_api", "users", "v0", "v1", "v2", "vote", "wiki", "xblock", "xmodule",
    "xmodule_handler",
];

/// The name under which an event is counted.
pub(super) fn templated(name: &str) -> Cow<'static, str> {
    let mut template = if name.starts_with('/') { request(name) } else { explicit(name) };
    if template.len() > NAME_BYTES_MAX {
        template.truncate(NAME_BYTES_MAX);
        template.push('*');
    }
    Cow::Owned(template)
}

/// A path with its known segments; neighbours that vary are one `*`.
fn request(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut template = String::new();
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        let segment = if ROUTES.binary_search(&segment).is_ok() { segment } else { "*" };
        if segment != "*" || !template.ends_with("/*") {
            template.push('/');
            template.push_str(segment);
        }
    }
    if template.is_empty() { "/".to_owned() } else { template }
}

/// A dotted name with its words kept and what varies replaced.
fn explicit(name: &str) -> String {
    let mut template = String::new();
    for word in name.split_inclusive(|c: char| c.is_whitespace()) {
        let (word, space) = word.char_indices().last().filter(|(_, last)| last.is_whitespace()).map_or((word, ""), |(at, _)| (&word[..at], " "));
        if word.contains(['@', '/', '\\', '%', '=']) {
            template.push('*');
        } else {
            for token in word.split_inclusive(['.', '_', ':', '-']) {
                let (token, separator) = match token.char_indices().last() {
                    Some((at, '.' | '_' | ':' | '-')) => token.split_at(at),
                    _ => (token, ""),
                };
                template.push_str(if varies(token) { "*" } else { token });
                template.push_str(separator);
            }
        }
        template.push_str(space);
    }
    template
}

/// Whether a word is an id, a number or a hash rather than part of a name; versions (`v2`) are not.
fn varies(token: &str) -> bool {
    let is_version = token.strip_prefix('v').is_some_and(|digits| (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()));
    let is_hash = token.len() >= HASH_LETTERS_MIN && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    !is_version && (is_hash || token.len() > WORD_BYTES_MAX || !token.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_words_and_lose_what_varies() {
        for (name, template) in [
            ("edx.bookmark.added", "edx.bookmark.added"),
            ("edx.drag_and_drop_v2.item.dropped", "edx.drag_and_drop_v2.item.dropped"),
            ("other_event_type_1a5976ae2101e47f66a830221a92d2a6", "other_event_type_*"),
            ("reset_deadbeefcafe_17", "reset_*_*"),
            ("mail sent to ann@example.org", "mail sent to *"),
            ("open https://lms.example.org/x", "open *"),
            ("vídeo", "*"),
            ("a\u{2028}b", "a b"),
            ("", ""),
        ] {
            assert_eq!(templated(name), template);
        }
        assert!(templated(&"ab.".repeat(10_000)).len() <= NAME_BYTES_MAX + 1);
    }

    #[test]
    fn the_known_segments_are_in_order() {
        assert!(ROUTES.is_sorted());
    }

    #[test]
    fn requests_keep_the_segments_of_the_platform() {
        for (path, template) in [
            ("/", "/"),
            ("/courses/course-v1:O+C+R/info", "/courses/*/info"),
            (
                "/courses/O/C/R/xblock/i4x:;_;_O;_C;_video;_f00/handler/xmodule_handler/save_user_state",
                "/courses/*/xblock/*/handler/xmodule_handler/save_user_state",
            ),
            ("/u/ann", "/*"),
            ("/password_reset_confirm/MTc-token/?mail=ann@example.org", "/*"),
        ] {
            assert_eq!(templated(path), template);
        }
    }
}
