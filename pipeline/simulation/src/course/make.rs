//! The laws by which courses are made, before anything is planted.

use super::item::{Item, OPTIONS};
use super::sizes::{apportion, sizes};
use super::{Content, ContentKind, Course, Module, Quiz, Span, Video};
use crate::random::{Random, Stream, logit};
use crate::{Kind, World};
use teachback_core::evidence::spans;

const PROVIDERS: [&str; 8] = ["northfield", "lakeside", "harbour", "meadow", "summit", "riverbend", "oakwood", "eastgate"];
const TOPICS: [&str; 12] = ["STAT", "PROG", "BIO", "ECON", "HIST", "CHEM", "MATH", "PHYS", "LAW", "ART", "GEO", "PSY"];
/// Courses of a provider in the mean; the first providers have most of them.
const COURSES_A_PROVIDER: u32 = 4;
/// Exponent of the numbers of courses of providers (Zipf's law).
const ZIPF_EXPONENT: f64 = 1.1;
/// Probability of leaving in a module, for a learner of mean motivation and ability.
const MODULE_HAZARD: f64 = 0.035;
/// Spread of the logit over courses, and over modules of a course.
const HAZARD_SPREADS: (f64, f64) = (0.15, 0.1);
/// Median length of a recording, seconds, and the spread of its logarithm.
const LENGTH: (f64, f64) = (420.0, 0.4);
/// Shortest and longest recording, seconds.
const LENGTHS_S: (f64, f64) = (60.0, 1800.0);
/// Median share of learners who leave within a span.
const SPAN_HAZARD: f64 = 0.05;
/// Spread of its logarithm over recordings, and over spans of a recording.
const SPAN_SPREADS: (f64, f64) = (0.35, 0.15);

/// Makes the clean courses.
pub(crate) fn courses(world: &World) -> Vec<Course> {
    let mut random = Random::of(world.seed, Stream::World);
    let sizes = match world.kind {
        Kind::Revised => apportion(world.learners, &vec![1.0; world.courses as usize]),
        Kind::Base | Kind::Stress | Kind::Clean | Kind::Misspecified => sizes(world.courses, world.learners, &mut random),
    };
    let providers = world.courses.div_ceil(COURSES_A_PROVIDER);
    let weights: Vec<f64> = (1..=providers).map(|rank| libm::pow(f64::from(rank), -ZIPF_EXPONENT)).collect();
    let mut made = Vec::with_capacity(sizes.len());
    for (place, size) in sizes.into_iter().enumerate() {
        let provider = provider_name(random.weighted(&weights));
        made.push(course(world, place, size, provider));
    }
    made
}

fn provider_name(rank: usize) -> String {
    let name = PROVIDERS[rank % PROVIDERS.len()];
    if rank < PROVIDERS.len() { name.to_owned() } else { format!("{name}{}", 1 + rank / PROVIDERS.len()) }
}

fn course(world: &World, place: usize, size: u32, provider: String) -> Course {
    let mut random = Random::of(world.seed, Stream::Course(place as u32));
    let topic = format!("{}{}", TOPICS[place % TOPICS.len()], 101 + place / TOPICS.len());
    let modules = world.modules.map_or_else(|| 6 + random.below(5), |modules| modules.max(1) as usize);
    Course {
        subject: format!("course-v1:{provider}+{topic}+2026"),
        title: format!("{topic} (2026)"),
        source: format!("lms.{provider}.example"),
        provider,
        size,
        mean_ability: random.normal(0.0, 0.5),
        hazard_logit: logit(MODULE_HAZARD) + random.normal(0.0, HAZARD_SPREADS.0),
        modules: (1..=modules).map(|number| module(world.kind, number, &mut random)).collect(),
    }
}

fn module(kind: Kind, number: usize, random: &mut Random) -> Module {
    let id = format!("m{number}");
    let mut contents: Vec<Content> = (1..=2 + random.below(3)).map(|number| content(format!("{id}-v{number}"), video(random))).collect();
    for number in 1..=1 + random.below(3) {
        let place = random.below(contents.len() + 1);
        let words = random.log_normal(700.0, 0.4) as u64;
        contents.insert(place, content(format!("{id}-p{number}"), ContentKind::Page { words }));
    }
    let items = (1..=8 + random.below(13)).map(|number| item(kind, format!("{id}-q{number:02}"), random)).collect();
    let quiz = Quiz { id: format!("{id}-quiz"), items };
    Module { id, contents, quiz, hazard_logit: random.normal(0.0, HAZARD_SPREADS.1), wall: None, revision: None }
}

fn content(id: String, kind: ContentKind) -> Content {
    Content { id, kind, broken: None }
}

fn video(random: &mut Random) -> ContentKind {
    let length_s = random.log_normal(LENGTH.0, LENGTH.1).clamp(LENGTHS_S.0, LENGTHS_S.1).round();
    let level = random.log_normal(SPAN_HAZARD, SPAN_SPREADS.0);
    let mut span = |place| Span { hazard: level * Video::position(place) * random.log_normal(1.0, SPAN_SPREADS.1), peak: None };
    let spans = (0..spans((length_s * 1000.0) as u32) as usize).map(&mut span).collect();
    ContentKind::Video(Video { length_s, spans })
}

fn item(kind: Kind, id: String, random: &mut Random) -> Item {
    let right = random.below(OPTIONS.len());
    let mut attraction = [0.0; OPTIONS.len()];
    for (_, weight) in attraction.iter_mut().enumerate().filter(|(option, _)| *option != right) {
        *weight = random.log_normal(1.0, 0.5);
    }
    let is_misspecified = kind == Kind::Misspecified;
    let mut standard = || if is_misspecified { random.heavy_tailed() } else { random.normal(0.0, 1.0) };
    let discrimination = libm::exp(0.1 + 0.3 * standard());
    let difficulty = -0.6 + 0.9 * standard();
    let ability = if is_misspecified { random.below(2) } else { 0 };
    Item { id, discrimination, difficulty, ability, right, key: right, attraction, fault: None }
}
