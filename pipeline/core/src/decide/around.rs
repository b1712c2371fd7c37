//! Around a target: what other families know of the parts of the course that belong to it, as co-signals (signals §3).
//!
//! The questions on a content are its `linked_items` in the outline. Where it has none, they are those of the first
//! assessment of its module: an outline lists a module's contents and its assessments, not what comes between which. The
//! questions of a module are those of all its assessments.
//!
//! They only say what is *likely*, and decide nothing: whether a signal is raised rests on its own family alone. What has
//! ended is said without them, as they speak of the day of the verdict.

use super::agenda::{ItemKey, SpanKey, Targets};
use super::items::Items;
use super::life::About;
use super::margins::ALPHA;
use super::messages::{percent, say};
use super::spans::Spans;
use super::strata::Counts;
use crate::statistics::interval::proportion_confidence_sequence;

/// Questions are failed where their share right is surely below that of the other questions of the course by this.
const FAILED_BELOW: f64 = 0.10;
/// Answers from which on the other questions say what is usual.
const ANSWERS_MIN: u64 = 20;
/// Open signals that are named; the rest is counted.
const NAMED_MAX: usize = 3;

/// What families know that are judged apart from a target; nothing by default.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Around<'a> {
    pub(super) items: Option<(&'a Items, &'a Targets<ItemKey>)>,
    pub(super) spans: Option<(&'a Spans, &'a Targets<SpanKey>)>,
}

/// First answers to some questions of a course, and to all others of it: given, and right.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Questions {
    pub(super) asked: Counts,
    others: Counts,
}

impl Questions {
    /// The share right.
    pub(super) fn facility(&self) -> f64 {
        self.asked.events as f64 / self.asked.n.max(1) as f64
    }

    /// The share right of the other questions of the course.
    fn usual(&self) -> Option<f64> {
        (self.others.n >= ANSWERS_MIN).then(|| self.others.events as f64 / self.others.n as f64)
    }

    /// Whether learners fare worse with them than with others. A learner's answers go together, so that is no more than likely.
    pub(super) fn are_failed(&self) -> bool {
        let most = proportion_confidence_sequence(self.asked.events, self.asked.n, ALPHA).hi;
        self.usual().is_some_and(|usual| most < usual - FAILED_BELOW)
    }

    /// How they were answered, in the sentence of a key, and how others of the course are.
    pub(super) fn say(&self, key: &str) -> String {
        let values = [("facility", percent(self.facility())), ("answers", self.asked.n.to_string())];
        let fact = say(key, &values);
        match self.usual() {
            Some(usual) => format!("{fact} {}", say("questions.usual", &[("usual", percent(usual))])),
            None => fact,
        }
    }
}

impl Around<'_> {
    /// The questions on a content; `None` where there are none, or nobody has answered them yet.
    pub(super) fn questions_on(&self, about: &About, content: &str) -> Option<Questions> {
        let (module, entry) = about.content(content)?;
        if entry.linked_items.is_empty() {
            let next = module.assessments.first()?;
            return self.questions(about, |assessment, _| *next.assessment == *assessment);
        }
        self.questions(about, |_, item| entry.linked_items.iter().any(|linked| *linked == *item))
    }

    /// The questions of a module; `None` where there are none, or nobody has answered them yet.
    pub(super) fn questions_of_module(&self, about: &About, module: &str) -> Option<Questions> {
        let module = about.module(module)?;
        self.questions(about, |assessment, _| module.assessments.iter().any(|entry| *entry.assessment == *assessment))
    }

    /// Questions whose key is likely wrong are left out: their marks say nothing.
    fn questions(&self, about: &About, is_asked: impl Fn(&str, &str) -> bool) -> Option<Questions> {
        let (items, targets) = self.items?;
        let mut questions = Questions::default();
        for (number, (_, assessment, item)) in targets.of_course(&about.course) {
            let counts = items.answers(number);
            if is_asked(assessment, item) { questions.asked.add(counts) } else { questions.others.add(counts) }
        }
        (questions.asked.n > 0).then_some(questions)
    }

    /// The signals that are open in a module, in words; `None` where there are none.
    pub(super) fn open_in(&self, about: &About, module: &str) -> Option<String> {
        let module = about.module(module)?;
        let mut open = Vec::new();
        if let Some((items, targets)) = self.items {
            let in_module =
                targets.of_course(&about.course).filter(|(_, (_, assessment, _))| module.assessments.iter().any(|entry| *entry.assessment == **assessment));
            open.extend(in_module.filter_map(|(number, (_, assessment, item))| {
                let values = [("code", items.open_code(number)?.as_str().to_owned()), ("item", about.item_name(assessment, item).to_owned())];
                Some(say("open.item", &values))
            }));
        }
        if let Some((spans, targets)) = self.spans {
            let in_module = targets.of_course(&about.course).filter(|(_, (_, content, ..))| module.contents.iter().any(|entry| *entry.content == **content));
            open.extend(in_module.filter_map(|(number, _)| spans.open_words(number, about)));
        }
        let further = open.len().saturating_sub(NAMED_MAX);
        open.truncate(NAMED_MAX);
        let mut list = open.join(", ");
        if further > 0 {
            list.push_str(&say("open.further", &[("further", further.to_string())]));
        }
        (!list.is_empty()).then_some(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn questions(asked: (u64, u64), others: (u64, u64)) -> Questions {
        let counts = |(events, n)| Counts { n, events };
        Questions { asked: counts(asked), others: counts(others) }
    }

    #[test]
    fn questions_are_failed_only_where_they_surely_stand_out() {
        assert!(questions((80, 200), (1400, 2000)).are_failed(), "40 % of 200 where 70 % are usual");
        assert!(!questions((4, 10), (1400, 2000)).are_failed(), "too few answers");
        assert!(!questions((6_600, 10_000), (1400, 2000)).are_failed(), "surely lower, but hardly");
        assert!(!questions((80, 200), (12, 15)).are_failed(), "nothing to compare with");
        assert!(!questions((80, 200), (800, 2000)).are_failed(), "the course is hard as a whole");
    }
}
