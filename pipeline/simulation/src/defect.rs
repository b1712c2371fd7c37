//! Planted defects: what is wrong with a course, and how many learners met it.
//!
//! Every two large courses get one defect of each code: four in the larger (those that need most learners to be told from
//! chance) and two in the other. All but the wall are in the first module, where nearly every learner passes; the wall is the
//! third module, which learners reach in the second or third week.

use crate::course::{CLIENTS, Content, ContentKind, Course, Item, OPTIONS};
use crate::learner::Learner;
use crate::random::{Random, Stream};
use serde::{Deserialize, Serialize};

/// What was planted in a simulated world.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// Every planted defect.
    pub defects: Vec<Defect>,
}

/// One planted defect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Defect {
    /// Code of the signal that is right, e.g. `I-01`.
    pub code: String,
    /// The course run.
    pub course: String,
    /// The content, for V-01 and C-01.
    pub content: Option<String>,
    /// The item, for I-01 to I-03.
    pub item: Option<String>,
    /// Seconds from and to, for V-01.
    pub span: Option<(f64, f64)>,
    /// The module it is in.
    pub module: Option<String>,
    /// Learners who met it: answered the item, reached the part of the video, opened the content on that client, or came to the module.
    pub learners_exposed: u32,
    /// What is wrong, in one sentence.
    pub description: String,
}

/// How an item is faulty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The key is the most popular distractor.
    MisKeyed,
    /// The answer does not depend on what the rest of the quiz measures.
    NotDiscriminating,
    /// Hardly anybody does better than guessing.
    TooHard,
}

/// A planted defect before anybody met it; its number is its place in the list.
#[derive(Debug)]
pub(crate) struct Planted {
    course: usize,
    defect: Defect,
}

/// Learners from which a course counts as large.
const LARGE_COURSE_LEARNERS: u32 = 400;
/// Drop hazard of a confusing part, as a multiple.
const CONFUSING_TIMES: f64 = 3.5;
/// Share of failed opens on the broken client.
const BROKEN_SHARE: f64 = 0.45;
/// Client class on which the resource is broken: android.
const BROKEN_CLIENT: usize = 1;
/// Odds of leaving at a wall, as a multiple.
const WALL_TIMES: f64 = 4.0;
/// Place of the module that is a wall.
const WALL_MODULE: usize = 2;

/// Plants one defect of each code in every two large courses; in a world without two of them, in the largest ones.
pub(crate) fn plant(courses: &mut [Course], seed: u64) -> Vec<Planted> {
    let mut random = Random::of(seed, Stream::Defects);
    let large = courses.iter().filter(|course| course.size >= LARGE_COURSE_LEARNERS).count();
    let mut planted = Vec::new();
    for pair in 0..(large / 2).max(usize::from(!courses.is_empty())) {
        let (first, second) = (2 * pair, (2 * pair + 1).min(courses.len() - 1));
        plant_item(&mut planted, courses, first, Fault::NotDiscriminating, &mut random);
        plant_confusing_part(&mut planted, courses, first, &mut random);
        plant_broken_page(&mut planted, courses, first);
        plant_wall(&mut planted, courses, first);
        plant_item(&mut planted, courses, second, Fault::MisKeyed, &mut random);
        plant_item(&mut planted, courses, second, Fault::TooHard, &mut random);
    }
    planted
}

/// The truth, once the learners have lived.
pub(crate) fn truth(planted: Vec<Planted>, courses: &[Course], learners: &[Learner]) -> Truth {
    let mut defects: Vec<Defect> = Vec::with_capacity(planted.len());
    for (number, Planted { course, mut defect }) in planted.into_iter().enumerate() {
        let met = learners.iter().filter(|learner| learner.course == course && learner.met.contains(&(number as u16)));
        defect.learners_exposed = met.count() as u32;
        defect.course.clone_from(&courses[course].subject);
        defects.push(defect);
    }
    Truth { defects }
}

/// Adds a defect and gives its number.
fn add<'a>(planted: &'a mut Vec<Planted>, course: usize, code: &str, module: &str, description: String) -> (u16, &'a mut Defect) {
    let number = planted.len() as u16;
    planted.push(Planted {
        course,
        defect: Defect {
            code: code.to_owned(),
            course: String::new(),
            content: None,
            item: None,
            span: None,
            module: Some(module.to_owned()),
            learners_exposed: 0,
            description,
        },
    });
    let place = planted.len() - 1;
    (number, &mut planted[place].defect)
}

fn plant_item(planted: &mut Vec<Planted>, courses: &mut [Course], course: usize, fault: Fault, random: &mut Random) {
    let module = &mut courses[course].modules[0];
    let clean: Vec<usize> = (0..module.quiz.items.len()).filter(|&place| module.quiz.items[place].fault.is_none()).collect();
    let Some(&place) = clean.get(random.below(clean.len())) else { return };
    let item = &mut module.quiz.items[place];
    let (code, description) = match fault {
        Fault::MisKeyed => ("I-01", mis_key(item, random)),
        Fault::NotDiscriminating => ("I-02", format!("Whether {} is answered right does not depend on ability", item.id)),
        Fault::TooHard => {
            item.difficulty = random.normal(4.0, 0.3);
            ("I-03", format!("Hardly anybody does better than guessing on {}", item.id))
        }
    };
    let (number, defect) = add(planted, course, code, &module.id, description);
    defect.item = Some(item.id.clone());
    item.fault = Some((number, fault));
}

/// Makes the most popular distractor the key of an item that about half of the learners can solve.
fn mis_key(item: &mut Item, random: &mut Random) -> String {
    item.discrimination = 1.5;
    item.difficulty = 0.3;
    item.guessing = 0.1;
    item.key = (item.right + 1 + random.below(OPTIONS.len() - 1)) % OPTIONS.len();
    for (option, weight) in item.attraction.iter_mut().enumerate() {
        *weight = if option == item.right { 0.0 } else { 1.0 };
    }
    item.attraction[item.key] = 10.0;
    format!("The key of {} is {}, right is {}", item.id, OPTIONS[item.key], OPTIONS[item.right])
}

fn plant_confusing_part(planted: &mut Vec<Planted>, courses: &mut [Course], course: usize, random: &mut Random) {
    let module = &mut courses[course].modules[0];
    let part = 3 + random.below(3);
    for content in &mut module.contents {
        if let Content { id, kind: ContentKind::Video(video), .. } = content {
            let (from, to) = video.part(part);
            let description = format!("From {from} s to {to} s of {id} learners leave {CONFUSING_TIMES} times as often as elsewhere in it");
            let (number, defect) = add(planted, course, "V-01", &module.id, description);
            defect.content = Some(id.clone());
            defect.span = Some((from, to));
            video.hazards[part] *= CONFUSING_TIMES;
            video.confusing = Some((number, part));
            return;
        }
    }
}

fn plant_broken_page(planted: &mut Vec<Planted>, courses: &mut [Course], course: usize) {
    let module = &mut courses[course].modules[0];
    let Some(page) = module.contents.iter_mut().find(|content| matches!(content.kind, ContentKind::Page { .. })) else { return };
    let client = CLIENTS[BROKEN_CLIENT];
    let description = format!("{} does not open in {:.0} % of attempts on {client}", page.id, 100.0 * BROKEN_SHARE);
    let (number, defect) = add(planted, course, "C-01", &module.id, description);
    defect.content = Some(page.id.clone());
    page.failure_shares[BROKEN_CLIENT] = BROKEN_SHARE;
    page.broken = Some((number, BROKEN_CLIENT));
}

fn plant_wall(planted: &mut Vec<Planted>, courses: &mut [Course], course: usize) {
    let module = &mut courses[course].modules[WALL_MODULE];
    let description = format!("The odds of leaving the course in {} are {WALL_TIMES} times those of other modules", module.id);
    let (number, _) = add(planted, course, "D-01", &module.id, description);
    module.hazard_logit += libm::log(WALL_TIMES);
    module.wall = Some(number);
}
