//! Places that learners open, blocks that the platform counts as done, and searches.
//!
//! A subsection is opened by a request for its page, `/courses/<course>/courseware/<chapter>/<subsection>/`, or by a step within
//! it; its chapter is the module. Blocks of the learning application that replaces these pages are seen through their own events.

use super::collect::Collector;
use super::keys::{block_type, content_type};
use super::tolerant::{Number, Text};
use serde::Deserialize;
use teachback_core::event::{Data, EventType};
use teachback_core::refusal::Refusal;

/// What was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opened {
    /// A unit of a subsection, by its tabs or arrows.
    Sequence,
    /// A page of a textbook.
    TextbookPage,
    /// A discussion.
    Thread,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Place<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    chapter: Text<'a>,
}

/// Maps an opened place.
///
/// # Errors
/// `bad_identifier`.
pub(super) fn opened(opened: Opened, out: &mut Collector<'_, '_>) -> Result<(), Refusal> {
    let place: Place<'_> = out.line.payload.read().unwrap_or_default();
    let (name, field, content_type) = match opened {
        Opened::Sequence => (place.id.get(), "id", "page"),
        Opened::TextbookPage => (place.chapter.get(), "chapter", "textbook"),
        Opened::Thread => (place.id.get(), "id", "forum"),
    };
    let Some(name) = name else {
        out.partial(field);
        return Ok(());
    };
    let content = match (opened, &out.line.course) {
        (Opened::Sequence, Some(course)) => course.usage_key("sequential", name),
        _ => name.to_owned(),
    };
    out.did(EventType::ContentViewed, Data { content: Some(content.into()), content_type: Some(content_type.into()), ..Data::default() })
}

/// Maps a request: pages of subsections are views, the rest is counted by its path.
///
/// # Errors
/// `bad_identifier`.
pub(super) fn requested(out: &mut Collector<'_, '_>) -> Result<(), Refusal> {
    let path = out.line.name.split(['?', '#']).next().unwrap_or_default();
    let page = out.line.course.as_ref().zip(path.split_once("/courseware/")).and_then(|(course, (before, after))| {
        let mut parts = after.split('/').filter(|part| !part.is_empty());
        let (chapter, subsection) = (parts.next()?, parts.next()?);
        before.ends_with(course.as_str()).then(|| (course.block("chapter", chapter), course.block("sequential", subsection)))
    });
    let Some((chapter, subsection)) = page else {
        out.unmapped();
        return Ok(());
    };
    let data = Data { module: Some(chapter.into()), content: Some(subsection.into()), content_type: Some("page".into()), ..Data::default() };
    out.did(EventType::ContentViewed, data)
}

/// Maps a change of a block's completion; a part of it is no event of the catalogue, for it names no position.
///
/// # Errors
/// `bad_identifier`.
pub(super) fn completion(out: &mut Collector<'_, '_>) -> Result<(), Refusal> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Completion<'a> {
        #[serde(borrow)]
        course_id: Text<'a>,
        #[serde(borrow)]
        block_id: Text<'a>,
        #[serde(borrow)]
        block_type: Text<'a>,
        completion: Number,
    }
    let change: Completion<'_> = out.line.payload.read().unwrap_or_default();
    let Some(block) = change.block_id.get() else {
        out.partial("block_id");
        return Ok(());
    };
    if change.completion.get().is_none_or(|share| share < 1.0) {
        out.partial("completion");
        return Ok(());
    }
    let content_type = change.block_type.get().or_else(|| block_type(block)).map(|block_type| content_type(block_type).to_owned().into());
    out.happened(EventType::ContentCompleted, change.course_id.get(), Data { content: Some(block.to_owned().into()), content_type, ..Data::default() })
}

/// Maps the results of a search. Further pages of the same results are twins; an empty query lists everything and seeks nothing.
///
/// # Errors
/// `bad_identifier`.
pub(super) fn searched(out: &mut Collector<'_, '_>) -> Result<(), Refusal> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Search<'a> {
        #[serde(borrow)]
        search_term: Text<'a>,
        results_count: Number,
        page_number: Number,
    }
    let search: Search<'_> = out.line.payload.read().unwrap_or_default();
    let Some(query) = search.search_term.get() else {
        out.partial("search_term");
        return Ok(());
    };
    if search.page_number.get().is_some_and(|page| page > 0.0) {
        out.twin();
        return Ok(());
    }
    let result_count = search.results_count.get().filter(|count| *count >= 0.0 && count.fract() == 0.0).map(|count| count as u64);
    out.did(EventType::SearchPerformed, Data { query: Some(query.to_owned().into()), result_count, ..Data::default() })
}
