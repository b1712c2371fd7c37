//! Course keys and usage keys: `course-v1:ORG+COURSE+RUN`, `ccx-v1:…+ccx@N`, `library-v1:ORG+LIBRARY`, legacy `ORG/COURSE/RUN`,
//! and the keys of blocks within them.
//!
//! A usage key is written `block-v1:ORG+COURSE+RUN+type@TYPE+block@ID` (`ccx-block-v1:`, `lib-block-v1:`), in legacy courses
//! `i4x://ORG/COURSE/TYPE/ID`. Pages write legacy keys with hyphens, `i4x-ORG-COURSE-TYPE-ID`, or leave all but `ID` away.

use std::borrow::Cow;

/// The key of a course run (or of a library), known to be well-formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CourseKey<'a>(Cow<'a, str>);

/// Each namespace of course keys, that of its blocks, and the number of parts between `+`.
const NAMESPACES: [(&str, &str, usize); 3] = [("course-v1:", "block-v1:", 3), ("ccx-v1:", "ccx-block-v1:", 4), ("library-v1:", "lib-block-v1:", 2)];

impl<'a> CourseKey<'a> {
    /// Reads a key; `None` when it is none.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let is_part = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control() || "/+?#&%\"<>".contains(c));
        let well_formed = match NAMESPACES.iter().find(|(namespace, ..)| text.starts_with(namespace)) {
            Some((namespace, _, parts)) => text[namespace.len()..].split('+').count() == *parts && text[namespace.len()..].split('+').all(is_part),
            None => !text.contains(':') && text.split('/').count() == 3 && text.split('/').all(is_part),
        };
        well_formed.then_some(Self(Cow::Borrowed(text)))
    }

    /// Reads the key out of a path or URL that has `/courses/<key>/` (or `/course/<key>/`) in it.
    pub(super) fn of_url(url: &'a str) -> Option<Self> {
        let path = url.split(['?', '#']).next()?;
        let rest = ["/courses/", "/course/"].iter().find_map(|marker| path.split_once(marker)).map(|(_, rest)| rest)?;
        let first = rest.split('/').next().unwrap_or_default();
        match percent_decoded(first) {
            Cow::Borrowed(first) if first.contains(':') => Self::parse(first),
            Cow::Borrowed(_) => Self::parse(rest.match_indices('/').nth(2).map_or(rest, |(end, _)| &rest[..end])),
            Cow::Owned(first) => CourseKey::parse(&first).is_some().then_some(Self(Cow::Owned(first))),
        }
    }

    /// The key itself.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The organisation that runs the course.
    pub(super) fn org(&self) -> &str {
        let parts = self.0.split_once(':').map_or(&*self.0, |(_, parts)| parts);
        parts.split(['+', '/']).next().unwrap_or_default()
    }

    /// The usage key of a block of this course.
    pub(super) fn block(&self, block_type: &str, id: &str) -> String {
        for (namespace, blocks, _) in NAMESPACES {
            if let Some(parts) = self.0.strip_prefix(namespace) {
                return format!("{blocks}{parts}+type@{block_type}+block@{id}");
            }
        }
        let course = self.0.rsplit_once('/').map_or(&*self.0, |(course, _)| course);
        format!("i4x://{course}/{block_type}/{id}")
    }

    /// The usage key that a page meant: whole keys stay, hyphenated ones and bare ids are completed.
    pub(super) fn usage_key(&self, block_type: &str, written: &str) -> String {
        if is_usage_key(written) {
            return written.to_owned();
        }
        let bare = written.strip_prefix("i4x-").and_then(|rest| rest.split_once(&format!("-{block_type}-"))).map_or(written, |(_, id)| id);
        self.block(block_type, bare)
    }
}

/// Whether the text is a whole usage key.
pub(super) fn is_usage_key(text: &str) -> bool {
    text.starts_with("i4x://") || NAMESPACES.iter().any(|(_, blocks, _)| text.starts_with(blocks))
}

/// The type of the block that a usage key names, e.g. `problem`.
pub(super) fn block_type(usage_key: &str) -> Option<&str> {
    match usage_key.strip_prefix("i4x://") {
        Some(rest) => rest.split('/').nth(2),
        None => usage_key.split_once("+type@").and_then(|(_, rest)| rest.split('+').next()),
    }
}

/// The kind of content that a block is: a subsection is a page, whatever happens in it, and a discussion a forum.
pub(super) fn content_type(block_type: &str) -> &str {
    match block_type {
        "sequential" => "page",
        "discussion" => "forum",
        other => other,
    }
}

/// The last part of an id, which names a block within its course: of a usage key the block's id, of an input id the block's id
/// with the number of the response and input, `<block id>_2_1`.
pub(super) fn last_part(id: &str) -> &str {
    if let Some((_, part)) = id.rsplit_once(['@', '/']) {
        return part;
    }
    id.strip_prefix("i4x-").and_then(|rest| rest.split_once("-problem-")).map_or(id, |(_, part)| part)
}

/// `%XX` undone; what is no UTF-8 afterwards stays as it was.
fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten().and_then(|hex| u8::from_str_radix(hex, 16).ok());
        decoded.push(hex.unwrap_or(bytes[at]));
        at += if hex.is_some() { 3 } else { 1 };
    }
    String::from_utf8(decoded).map_or(Cow::Borrowed(text), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_from_other_text() {
        for key in ["course-v1:Org.X+C-1+2026_T1", "ccx-v1:O+C+R+ccx@7", "library-v1:O+L", "O/C/R"] {
            assert_eq!(CourseKey::parse(key).expect(key).as_str(), key);
        }
        for text in ["", "course-v1:O+C", "course-v1:O+C+", "O/C", "O/C/R/x", "O//R", "course-v1:O+C+R/x", "a b/c/d", "http://x/y", "course-v1:O+C+R\n"] {
            assert_eq!(CourseKey::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_key_is_found_in_urls() {
        let of = |url| CourseKey::of_url(url).map(|key| key.as_str().to_owned());
        assert_eq!(of("https://lms/courses/course-v1:O+C+R/courseware/a/b/?x=1").as_deref(), Some("course-v1:O+C+R"));
        assert_eq!(of("/courses/O/C/R/info").as_deref(), Some("O/C/R"));
        assert_eq!(of("/courses/O/C/R").as_deref(), Some("O/C/R"));
        assert_eq!(of("https://apps/learning/course/course-v1%3AO%2BC%2BR/home").as_deref(), Some("course-v1:O+C+R"));
        assert_eq!(of("/courses/"), None);
        assert_eq!(of("/dashboard?next=/courses/O/C/R"), None);
        assert_eq!(of("/courses/%ff/x"), None);
    }

    #[test]
    fn blocks_are_named_within_their_course() {
        let block = |course| CourseKey::parse(course).expect("a key").usage_key("video", "f00");
        assert_eq!(block("course-v1:O+C+R"), "block-v1:O+C+R+type@video+block@f00");
        assert_eq!(block("ccx-v1:O+C+R+ccx@7"), "ccx-block-v1:O+C+R+ccx@7+type@video+block@f00");
        assert_eq!(block("O/C/R"), "i4x://O/C/video/f00");
        let legacy = CourseKey::parse("O/C-1/R").expect("a key");
        assert_eq!(legacy.usage_key("video", "i4x-O-C-1-video-intro_a"), "i4x://O/C-1/video/intro_a");
        assert_eq!(legacy.usage_key("video", "i4x://O/C-1/video/x"), "i4x://O/C-1/video/x");
        assert_eq!(legacy.org(), "O");
        assert_eq!(CourseKey::parse("course-v1:Org+C+R").expect("a key").org(), "Org");
    }

    #[test]
    fn the_last_part_names_an_item_alike_in_every_spelling() {
        for id in ["f00_2_1", "i4x-O-C-problem-f00_2_1", "block-v1:O+C+R+type@problem+block@f00_2_1", "i4x://O/C/problem/f00_2_1"] {
            assert_eq!(last_part(id), "f00_2_1");
        }
        assert_eq!(block_type("block-v1:O+C+R+type@problem+block@f00"), Some("problem"));
        assert_eq!(block_type("i4x://O/C/sequential/f00"), Some("sequential"));
        assert_eq!(block_type("f00"), None);
        assert_eq!(["sequential", "discussion", "video"].map(content_type), ["page", "forum", "video"]);
    }
}
