//! The answer book: what a signal could rightly say, from what was planted, the laws, and the learners who lived by them.
//!
//! Margins are those that the rules promise; they are written down here a second time on purpose, for the answer book must
//! not change with the rules. A thing is listed when it was planted or its true effect lies beyond the margin, and somebody
//! met it. What a learner met while his source was silent counts as met.

use crate::World;
use crate::course::item::{Fault, Item, OPTIONS};
use crate::course::{CLIENTS, Content, ContentKind, Course, Module, PLANTED_LEARNERS_MIN, Peak, Video, Wall};
use crate::met::{Met, ModuleMet, SpanMet};
use crate::outage::{Outage, SEEN_LEARNERS_MIN};
use crate::true_items::{Learners, TrueItem};
use crate::truth::{CourseTruth, Fact, Standing, Truth};

/// I-01: the item-rest correlation is at least this.
const KEYED_ITEM_REST_MIN: f64 = 0.0;
/// I-02: the item-rest correlation is at least this.
pub(crate) const ITEM_REST_MIN: f64 = 0.10;
/// I-03: this share is right, and this much more than by guessing.
const FACILITY_MIN: f64 = 0.30;
const ABOVE_GUESSING: f64 = 0.10;
/// V-01: this many times what is to be expected leave in a span at most.
const SPAN_TIMES_MAX: f64 = 1.5;
/// D-01: this many times as many leave in a module as in the others that are no walls at most.
const WALL_TIMES_MAX: f64 = 1.5;
/// bots of a course that count.
const BOTS_MIN: u32 = 5;

/// The answer book of a world, once its learners have lived.
pub(crate) fn truth(world: &World, courses: &[Course], met: &[Met], outage: Option<&Outage>) -> Truth {
    let mut facts = Vec::new();
    for (course, met) in courses.iter().zip(met) {
        let learners = Learners::of(world.kind, course.mean_ability);
        for (place, (module, met)) in course.modules.iter().zip(&met.modules).enumerate() {
            let blank = blank(course, Some(module));
            let true_items = learners.items(&module.quiz);
            for ((item, truly), answered) in module.quiz.items.iter().zip(true_items).zip(&met.answered) {
                facts.extend(of_item(&blank, module, item, truly, *answered));
            }
            for (content, met) in module.contents.iter().zip(&met.contents) {
                facts.extend(of_opening(&blank, content, met.opened_broken));
                facts.extend(of_spans(&blank, content, &met.spans));
            }
            if place + 1 < course.modules.len() {
                facts.extend(of_leaving(&blank, module, met));
            }
            facts.extend(of_revision(&blank, module, met));
        }
        facts.extend(of_bots(course, met.bots));
        facts.extend(outage.filter(|outage| outage.source == course.source).and_then(|outage| of_outage(course, met.silenced, outage)));
    }
    facts.retain(|fact| fact.learners_exposed > 0);
    facts.sort_by(|left, right| key(left).cmp(&key(right)));
    let mut courses: Vec<CourseTruth> = courses.iter().zip(met).map(of_course).collect();
    courses.sort_by(|left, right| left.course.cmp(&right.course));
    Truth { world: world.kind.name().to_owned(), seed: world.seed, courses, facts }
}

/// What facts are sorted by: course, code, and then where.
fn key(fact: &Fact) -> impl Ord {
    (&fact.course, &fact.code, &fact.module, &fact.content, &fact.item, fact.span)
}

fn of_course((course, met): (&Course, &Met)) -> CourseTruth {
    let is_clean = course.size < PLANTED_LEARNERS_MIN || (course.is_clean() && met.bots == 0);
    CourseTruth { course: course.subject.clone(), provider: course.provider.clone(), learners: course.size, is_clean }
}

/// A fact about nothing yet.
fn blank(course: &Course, module: Option<&Module>) -> Fact {
    Fact {
        code: String::new(),
        course: course.subject.clone(),
        standing: Standing::Between,
        module: module.map(|module| module.id.clone()),
        content: None,
        assessment: None,
        item: None,
        span: None,
        client: None,
        effect: 0.0,
        usual: None,
        since: None,
        learners_exposed: 0,
        description: String::new(),
    }
}

/// How something stands that was planted under this code, or another, and lies beyond the margin; `None` when it is sound.
fn standing(is_planted: bool, is_other_planted: bool, is_beyond: bool) -> Option<Standing> {
    match (is_beyond, is_planted, is_other_planted) {
        (true, true, _) => Some(Standing::Planted),
        (true, false, true) => Some(Standing::Holds),
        (true, false, false) | (false, true, _) => Some(Standing::Between),
        (false, false, _) => None,
    }
}

/// The least share of right answers of a sound item.
pub(crate) fn facility_min() -> f64 {
    FACILITY_MIN.max(1.0 / OPTIONS.len() as f64 + ABOVE_GUESSING)
}

fn of_item(blank: &Fact, module: &Module, item: &Item, truly: TrueItem, answered: u32) -> Vec<Fact> {
    let TrueItem { facility, item_rest } = truly;
    let is_mis_keyed = item.fault == Some(Fault::MisKeyed);
    let is_flat = matches!(item.fault, Some(Fault::NotDiscriminating(_)));
    let is_hard = item.fault == Some(Fault::TooHard);
    let id = &item.id;
    let wrong_key = format!("The key of {id} is {}, right is {}", OPTIONS[item.key], OPTIONS[item.right]);
    let flat = format!("Who answers {id} right hardly knows more: its item-rest correlation is {item_rest:.2}");
    let hard = format!("Only {:.0} % answer {id} right", 100.0 * facility);
    let rules = [
        ("I-01", is_mis_keyed, item_rest < KEYED_ITEM_REST_MIN, item_rest, wrong_key),
        ("I-02", is_flat, item_rest < ITEM_REST_MIN, item_rest, flat),
        ("I-03", is_hard, facility < facility_min(), facility, hard),
    ];
    let fact = |(code, is_planted, is_beyond, effect, description): (&str, bool, bool, f64, String)| {
        let standing = standing(is_planted, item.fault.is_some(), is_beyond)?;
        let (assessment, item) = (Some(module.quiz.id.clone()), Some(item.id.clone()));
        Some(Fact { code: code.to_owned(), standing, assessment, item, effect, learners_exposed: answered, description, ..blank.clone() })
    };
    rules.into_iter().filter_map(fact).collect()
}

fn of_opening(blank: &Fact, content: &Content, opened: u32) -> Option<Fact> {
    let broken = content.broken?;
    let client = CLIENTS[broken.client];
    Some(Fact {
        code: "C-01".to_owned(),
        standing: Standing::Planted,
        content: Some(content.id.clone()),
        client: Some(client.to_owned()),
        effect: broken.share,
        usual: Some(0.0),
        since: Some(broken.since),
        learners_exposed: opened,
        description: format!("{} fails to open {:.0} times in 100 on {client} since {}", content.id, 100.0 * broken.share, broken.since),
        ..blank.clone()
    })
}

/// Spans where more leave than the shape of recordings and the level of the others let expect.
fn of_spans(blank: &Fact, content: &Content, met: &[SpanMet]) -> Vec<Fact> {
    let ContentKind::Video(video) = &content.kind else { return Vec::new() };
    let level = |but: usize| {
        let others = met.iter().enumerate().filter(|(place, _)| *place != but);
        let (left, shape) = others.fold((0.0, 0.0), |(left, shape), (place, met)| (left + met.hazard, shape + f64::from(met.entered) * Video::position(place)));
        left / shape
    };
    let fact = |(number, met): (usize, &SpanMet)| {
        let expected = level(number) * Video::position(number);
        let times = met.hazard / f64::from(met.entered) / expected;
        let is_planted = matches!(video.spans[number].peak, Some(Peak::Confusing(_)));
        let standing = standing(is_planted, false, times > SPAN_TIMES_MAX)?;
        let (from, to) = video.bounds(number);
        Some(Fact {
            code: "V-01".to_owned(),
            standing,
            content: Some(content.id.clone()),
            span: Some((number as u32, video.spans.len() as u32)),
            effect: times,
            usual: Some(expected),
            learners_exposed: met.entered,
            description: format!("Between {from} s and {to} s of {} learners leave {times:.1} times as often as expected there", content.id),
            ..blank.clone()
        })
    };
    met.iter().enumerate().filter(|(_, met)| met.entered > 0).filter_map(fact).collect()
}

fn of_leaving(blank: &Fact, module: &Module, met: &ModuleMet) -> Option<Fact> {
    if met.elsewhere <= 0.0 {
        return None;
    }
    let times = met.own / met.elsewhere;
    let is_troubled = matches!(module.wall, Some(Wall::Troubled(_)));
    let standing = standing(module.wall == Some(Wall::Planted), is_troubled, times > WALL_TIMES_MAX)?;
    Some(Fact {
        code: "D-01".to_owned(),
        standing,
        effect: times,
        usual: Some(met.elsewhere / f64::from(met.arrived)),
        learners_exposed: met.arrived,
        description: format!("Learners who come to {} leave {times:.1} times as often as they would in modules that are no walls", module.id),
        ..blank.clone()
    })
}

fn of_revision(blank: &Fact, module: &Module, met: &ModuleMet) -> Option<Fact> {
    let revision = module.revision?;
    let effect = met.changed / f64::from(met.arrived_revised.max(1));
    let (code, description) = if revision.change < 0.0 {
        ("R-01", format!("The revision of {} made {:.1} in 100 fewer leave", module.id, -100.0 * effect))
    } else if revision.change > 0.0 {
        ("R-02", format!("The revision of {} made {:.1} in 100 more leave", module.id, 100.0 * effect))
    } else {
        ("R-03", format!("The revision of {} changed nothing", module.id))
    };
    Some(Fact {
        code: code.to_owned(),
        standing: Standing::Planted,
        effect,
        usual: Some((met.own - met.changed) / f64::from(met.arrived.max(1))),
        since: Some(revision.time.day()),
        learners_exposed: met.arrived_revised,
        description,
        ..blank.clone()
    })
}

fn of_bots(course: &Course, bots: u32) -> Option<Fact> {
    let standing = standing(bots > 0, false, bots >= BOTS_MIN)?;
    Some(Fact {
        code: "X-01".to_owned(),
        standing,
        effect: f64::from(bots) / f64::from(course.size),
        learners_exposed: bots,
        description: format!("{bots} of {} learners are bots", course.size),
        ..blank(course, None)
    })
}

fn of_outage(course: &Course, silenced: u32, outage: &Outage) -> Option<Fact> {
    let standing = standing(true, false, course.size >= SEEN_LEARNERS_MIN)?;
    Some(Fact {
        code: "X-02".to_owned(),
        standing,
        effect: outage.hours(),
        since: Some(outage.from.day()),
        learners_exposed: silenced,
        description: format!("Nothing of {} from {} to {} was kept", outage.source, outage.from, outage.to),
        ..blank(course, None)
    })
}
