//! Courses: their sizes, modules, videos, pages and quizzes, and the outline that they publish.
//!
//! Invariants: ids are unique within a course; an item has four options; a clean item is clearly clean (discrimination at least
//! 1.0, difficulty between -1.5 and 0.8), so that truth is never on a signal's margin.

use crate::World;
use crate::defect::Fault;
use crate::random::{Random, Stream, logit};
use teachback_core::event::outline;

/// Options of an item, as they stand in `response`.
pub(crate) const OPTIONS: [&str; 4] = ["a", "b", "c", "d"];
/// Client classes of learners.
pub(crate) const CLIENTS: [&str; 3] = ["web", "android", "ios"];
/// Shares of the client classes.
pub(crate) const CLIENT_SHARES: [f64; 3] = [0.45, 0.40, 0.15];
/// Parts of a video that have a hazard of their own.
pub(crate) const VIDEO_PARTS: usize = 10;

const PROVIDERS: [&str; 8] = ["northfield", "lakeside", "harbour", "meadow", "summit", "riverbend", "oakwood", "eastgate"];
const TOPICS: [&str; 12] = ["STAT101", "PROG101", "BIO110", "ECON120", "HIST130", "CHEM140", "MATH150", "PHYS160", "LAW170", "ART180", "GEO190", "PSY200"];
/// Exponent of the sizes of courses.
const ZIPF_EXPONENT: f64 = 1.1;
/// Probability of leaving in a module, for a learner of mean motivation and ability.
const MODULE_HAZARD: f64 = 0.03;
/// Share of learners who leave a video within one of its parts.
const PART_HAZARD: f64 = 0.05;
/// Failures that happen to any content on any client.
const FAILURE_SHARE: f64 = 0.003;

/// One course run.
#[derive(Debug)]
pub(crate) struct Course {
    pub(crate) subject: String,
    pub(crate) title: String,
    pub(crate) provider: &'static str,
    /// Name of the platform that sends its events.
    pub(crate) source: String,
    /// Learners who enrol.
    pub(crate) size: u32,
    /// Mean ability of its learners.
    pub(crate) mean_ability: f64,
    pub(crate) modules: Vec<Module>,
}

/// One module: contents in order, then the quiz.
#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) id: String,
    pub(crate) contents: Vec<Content>,
    pub(crate) quiz: Quiz,
    /// Logit of the probability that an average learner leaves here.
    pub(crate) hazard_logit: f64,
    /// Number of the planted wall, if there is one.
    pub(crate) wall: Option<u16>,
}

/// One content of a module.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) id: String,
    pub(crate) kind: ContentKind,
    /// Probability that it fails to open, by client class.
    pub(crate) failure_shares: [f64; CLIENTS.len()],
    /// The planted failure and the client class it is on.
    pub(crate) broken: Option<(u16, usize)>,
}

/// What a content is.
#[derive(Debug)]
pub(crate) enum ContentKind {
    /// A page of so many words.
    Page { words: u64 },
    /// A recording.
    Video(Video),
}

/// A recording and how learners leave it.
#[derive(Debug)]
pub(crate) struct Video {
    pub(crate) length_s: f64,
    /// Probability of leaving within each tenth.
    pub(crate) hazards: [f64; VIDEO_PARTS],
    /// The planted confusing part.
    pub(crate) confusing: Option<(u16, usize)>,
}

/// The quiz of a module.
#[derive(Debug)]
pub(crate) struct Quiz {
    pub(crate) id: String,
    pub(crate) items: Vec<Item>,
}

/// A four-option item of the 3PL model.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) discrimination: f64,
    pub(crate) difficulty: f64,
    pub(crate) guessing: f64,
    /// The option that is right by the subject matter.
    pub(crate) right: usize,
    /// The option that is marked right.
    pub(crate) key: usize,
    /// How attractive each wrong option is.
    pub(crate) attraction: [f64; OPTIONS.len()],
    /// The planted fault and its number.
    pub(crate) fault: Option<(u16, Fault)>,
}

/// Builds the clean courses, largest first.
pub(crate) fn build(world: &World) -> Vec<Course> {
    let small = world.courses / 3;
    let providers = (world.courses / 2).clamp(1, PROVIDERS.len() as u32) as usize;
    let sizes = sizes(world, small);
    let courses = sizes.iter().enumerate().map(|(place, &size)| {
        let is_small = place as u32 >= world.courses - small;
        let provider = if is_small || providers == 1 { providers - 1 } else { place % (providers - 1) };
        course(place, size, PROVIDERS[provider], Random::of(world.seed, Stream::Course(place as u32)))
    });
    courses.collect()
}

/// Learners of each course: small ones of under 50, and the rest by Zipf's law.
fn sizes(world: &World, small: u32) -> Vec<u32> {
    let mut random = Random::of(world.seed, Stream::World);
    let small_max = world.learners / (4 * world.courses.max(1));
    let small_sizes: Vec<u32> = (0..small).map(|_| (24 + random.below(22) as u32).min(small_max)).collect();
    let large = world.courses - small;
    let left = world.learners - small_sizes.iter().sum::<u32>();
    let weights: Vec<f64> = (1..=large).map(|rank| libm::pow(f64::from(rank), -ZIPF_EXPONENT)).collect();
    let total: f64 = weights.iter().sum();
    let mut sizes: Vec<u32> = weights.iter().map(|weight| (f64::from(left) * weight / total) as u32).collect();
    let rounded_away = left - sizes.iter().sum::<u32>();
    if let Some(first) = sizes.first_mut() {
        *first += rounded_away;
    }
    sizes.extend(small_sizes);
    sizes
}

fn course(place: usize, size: u32, provider: &'static str, mut random: Random) -> Course {
    let topic = TOPICS[place % TOPICS.len()];
    let run = 2026 + place / TOPICS.len();
    let mean_ability = random.normal(0.0, 0.3);
    let hazard_logit = logit(MODULE_HAZARD) + random.normal(0.0, 0.15);
    let modules = (1..=6 + random.below(3)).map(|number| module(number, hazard_logit, &mut random)).collect();
    Course {
        subject: format!("course-v1:{provider}+{topic}+{run}"),
        title: format!("{topic} ({run})"),
        provider,
        source: format!("lms.{provider}.example"),
        size,
        mean_ability,
        modules,
    }
}

fn module(number: usize, hazard_logit: f64, random: &mut Random) -> Module {
    let id = format!("m{number}");
    let mut contents: Vec<Content> = (1..=2 + random.below(3)).map(|video| content(format!("{id}-v{video}"), new_video(random))).collect();
    for page in 1..=1 + random.below(3) {
        let place = random.below(contents.len() + 1);
        let words = random.log_normal(700.0, 0.4) as u64;
        contents.insert(place, content(format!("{id}-p{page}"), ContentKind::Page { words }));
    }
    let short = random.unit();
    let items = 8 + (13.0 * short * short) as usize;
    let items = (1..=items).map(|item| new_item(format!("{id}-q{item:02}"), random)).collect();
    let quiz = Quiz { id: format!("{id}-quiz"), items };
    Module { id, contents, quiz, hazard_logit: hazard_logit + random.normal(0.0, 0.1), wall: None }
}

fn content(id: String, kind: ContentKind) -> Content {
    Content { id, kind, failure_shares: [FAILURE_SHARE; CLIENTS.len()], broken: None }
}

fn new_video(random: &mut Random) -> ContentKind {
    let length_s = random.log_normal(420.0, 0.4).clamp(180.0, 1500.0).round();
    let level = random.log_normal(PART_HAZARD, 0.25);
    let mut hazards = [0.0; VIDEO_PARTS];
    for (part, hazard) in hazards.iter_mut().enumerate() {
        let first = if part == 0 { 1.6 } else { 1.0 };
        *hazard = level * first * random.log_normal(1.0, 0.1);
    }
    ContentKind::Video(Video { length_s, hazards, confusing: None })
}

fn new_item(id: String, random: &mut Random) -> Item {
    let right = random.below(OPTIONS.len());
    let mut attraction = [0.0; OPTIONS.len()];
    for (option, weight) in attraction.iter_mut().enumerate() {
        *weight = if option == right { 0.0 } else { random.between(0.5, 1.5) };
    }
    Item {
        id,
        discrimination: random.log_normal(1.3, 0.2).max(1.0),
        difficulty: random.normal(-0.5, 0.6).clamp(-1.5, 0.8),
        guessing: 0.2,
        right,
        key: right,
        attraction,
        fault: None,
    }
}

impl Course {
    /// The outline as it is published: its keys are those by which answers are marked.
    pub(crate) fn outline(&self) -> Vec<outline::Module> {
        self.modules.iter().map(Module::outline).collect()
    }
}

impl Module {
    /// Contents and the quiz.
    pub(crate) fn steps(&self) -> usize {
        self.contents.len() + 1
    }

    fn outline(&self) -> outline::Module {
        let items = self.quiz.items.iter().map(|item| outline::Item {
            item: item.id.clone(),
            title: None,
            options: OPTIONS.map(|option| outline::ResponseOption { option: option.to_owned(), text: None }).into(),
            key: Some(OPTIONS[item.key].to_owned()),
            max_score: Some(1.0),
        });
        outline::Module {
            module: self.id.clone(),
            title: Some(format!("Module {}", self.id.trim_start_matches('m'))),
            due: None,
            contents: self.contents.iter().map(Content::outline).collect(),
            assessments: vec![outline::Assessment { assessment: self.quiz.id.clone(), title: Some("Quiz".to_owned()), items: items.collect() }],
        }
    }
}

impl Video {
    /// Seconds from and to of a tenth of it, to a tenth of a second.
    pub(crate) fn part(&self, part: usize) -> (f64, f64) {
        let bound = |parts: usize| (self.length_s * 10.0 * parts as f64 / VIDEO_PARTS as f64).round() / 10.0;
        (bound(part), bound(part + 1))
    }
}

impl Content {
    /// The value of `content_type`.
    pub(crate) fn content_type(&self) -> &'static str {
        match self.kind {
            ContentKind::Page { .. } => "page",
            ContentKind::Video(_) => "video",
        }
    }

    /// Length of a recording.
    pub(crate) fn length_s(&self) -> Option<f64> {
        match &self.kind {
            ContentKind::Page { .. } => None,
            ContentKind::Video(video) => Some(video.length_s),
        }
    }

    fn outline(&self) -> outline::Content {
        let words = match self.kind {
            ContentKind::Page { words } => Some(words),
            ContentKind::Video(_) => None,
        };
        outline::Content {
            content: self.id.clone(),
            content_type: Some(self.content_type().to_owned()),
            length_s: self.length_s(),
            words,
            content_version: Some("1".to_owned()),
            ..outline::Content::default()
        }
    }
}
