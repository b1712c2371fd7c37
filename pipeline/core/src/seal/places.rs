//! Where contents, items and assessments stand in a course: by the outline in force, or else by what events say.

use crate::course::Course;
use crate::course::learner::Learner;
use crate::event::outline;
use crate::time::EventTime;
use hashbrown::HashMap;

/// The places of a course and what stands in each.
#[derive(Debug)]
pub struct Places<'a> {
    /// Module ids in order: the outline's, then by name those that only events name.
    pub modules: Vec<&'a str>,
    /// How many of them the outline names.
    pub outlined: usize,
    module_of_content: Vec<Option<u32>>,
    module_of_event_name: Vec<u32>,
    contents: HashMap<&'a str, &'a outline::Content>,
    items: HashMap<(&'a str, &'a str), &'a outline::Item>,
    assessment_of_item: HashMap<&'a str, &'a str>,
    assessments: HashMap<&'a str, (&'a outline::Assessment, u32)>,
    /// By the course's number for the item.
    place_of_item: Vec<Option<u32>>,
}

impl<'a> Places<'a> {
    /// Places everything of a course.
    #[must_use]
    pub fn new(course: &'a Course) -> Self {
        let outline: &[outline::Module] = course.outline.get().map_or(&[], outline::Outline::modules);
        let mut modules: Vec<&str> = Vec::new();
        let mut number: HashMap<&str, u32> = HashMap::new();
        let (mut contents, mut items, mut assessment_of_item, mut assessments) = (HashMap::new(), HashMap::new(), HashMap::new(), HashMap::new());
        let mut placed: HashMap<&str, u32> = HashMap::new();
        for module in outline {
            let place = *number.entry(&module.module).or_insert_with(|| {
                modules.push(&module.module);
                modules.len() as u32 - 1
            });
            for content in &module.contents {
                contents.insert(content.content.as_str(), content);
                placed.insert(&content.content, place);
            }
            for assessment in &module.assessments {
                assessments.insert(assessment.assessment.as_str(), (assessment, place));
                for item in &assessment.items {
                    items.insert((assessment.assessment.as_str(), item.item.as_str()), item);
                    assessment_of_item.insert(item.item.as_str(), assessment.assessment.as_str());
                }
            }
        }
        let outlined = modules.len();
        let mut named: Vec<&str> = course.names.modules.iter().map(|(_, name)| &**name).filter(|name| !number.contains_key(name)).collect();
        named.sort_unstable();
        for name in named {
            number.insert(name, modules.len() as u32);
            modules.push(name);
        }
        let module_of_event_name: Vec<u32> = course.names.modules.iter().map(|(_, name)| number.get(&**name).copied().unwrap_or_default()).collect();
        let module_of_content = course
            .names
            .contents
            .iter()
            .map(|(content, name)| {
                let by_event =
                    course.contents.get(content as usize).and_then(|facts| facts.module.get()).and_then(|module| module_of_event_name.get(*module as usize));
                placed.get(&**name).or(by_event).copied()
            })
            .collect();
        let mut places =
            Self { modules, outlined, module_of_content, module_of_event_name, contents, items, assessment_of_item, assessments, place_of_item: Vec::new() };
        let place = |item| places.assessments.get(places.assessment_of(course, item).0).map(|(_, place)| *place);
        places.place_of_item = course.names.items.iter().map(|(item, _)| place(item)).collect();
        places
    }

    /// The place of a content, by the course's number for it.
    #[must_use]
    pub fn module_of_content(&self, content: u32) -> Option<u32> {
        self.module_of_content.get(content as usize).copied().flatten()
    }

    /// The id of a place.
    #[must_use]
    pub fn module(&self, place: u32) -> &'a str {
        self.modules.get(place as usize).copied().unwrap_or_default()
    }

    /// What the outline says of a content.
    #[must_use]
    pub fn content(&self, name: &str) -> Option<&'a outline::Content> {
        self.contents.get(name).copied()
    }

    /// What the outline says of an assessment, and its place.
    #[must_use]
    pub fn assessment(&self, name: &str) -> Option<(&'a outline::Assessment, u32)> {
        self.assessments.get(name).copied()
    }

    /// What the outline says of an item.
    #[must_use]
    pub fn item(&self, assessment: &str, item: &str) -> Option<&'a outline::Item> {
        self.items.get(&(assessment, item)).copied()
    }

    /// The assessment of an item: as its events name it, or else as the outline places it.
    #[must_use]
    pub fn assessment_of<'b>(&'b self, course: &'b Course, item: u32) -> (&'b str, &'b str) {
        let Some(name) = course.names.items.get(item) else { return ("", "") };
        let (assessment, id) = (course.names.assessments.text(name.assessment), course.names.item_ids.text(name.item));
        if assessment.is_empty() { (self.assessment_of_item.get(id).copied().unwrap_or_default(), id) } else { (assessment, id) }
    }

    /// Length of a recording in milliseconds: the outline's, or else the longest reported; 0 when unknown.
    fn length_ms(&self, course: &Course, content: u32) -> u32 {
        let outlined = self.content(course.names.contents.text(content)).and_then(|entry| entry.length_s);
        match outlined {
            Some(seconds) if seconds.is_finite() && seconds > 0.0 => (seconds.min(crate::limits::POSITION_SECONDS_MAX) * 1000.0) as u32,
            _ => course.contents.get(content as usize).map_or(0, |facts| facts.length_ms),
        }
    }

    /// The length of every content as a recording, by the course's number for it.
    #[must_use]
    pub fn lengths_ms(&self, course: &Course) -> Vec<u32> {
        course.names.contents.iter().map(|(content, _)| self.length_ms(course, content)).collect()
    }

    /// When a learner first came to each place, in the order of places, added to `arrivals`; places never reached are left out.
    pub fn arrivals(&self, learner: &Learner, arrivals: &mut Vec<(u32, EventTime)>) {
        let before = arrivals.len();
        arrivals.extend(learner.contents.iter().filter_map(|(content, state)| Some((self.module_of_content(*content)?, state.first?))));
        arrivals.extend(learner.modules.iter().filter_map(|(module, time)| Some((*self.module_of_event_name.get(*module as usize)?, *time))));
        arrivals.extend(learner.items.iter().filter_map(|(item, state)| {
            let place = self.place_of_item.get(*item as usize).copied().flatten()?;
            Some((place, state.first_time()?))
        }));
        arrivals[before..].sort_unstable();
        let mut kept = before;
        for at in before..arrivals.len() {
            if kept == before || arrivals[kept - 1].0 != arrivals[at].0 {
                arrivals[kept] = arrivals[at];
                kept += 1;
            }
        }
        arrivals.truncate(kept);
    }
}
