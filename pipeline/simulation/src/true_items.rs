//! The true facility and item-rest correlation of every item, by quadrature over the abilities of a course's learners.
//!
//! Marks are independent given what a learner is: his abilities, and whether he is of so low motivation that he guesses
//! rapidly more often. The sum runs over a grid of these. It is of all learners who enrol; those who come as far as the
//! quiz are a little more able, so what is seen of them differs slightly.

use crate::course::Quiz;
use crate::course::item::Item;
use crate::facts::{ITEM_REST_MIN, facility_min};
use crate::leaving::TRAITS_CORRELATION;
use crate::random::Random;
use crate::{Kind, World};

/// Share of quick guesses, and what is added for learners of low motivation.
const RAPID_SHARES: (f64, f64) = (0.02, 0.05);
/// Motivation below which it is low.
const LOW_MOTIVATION: f64 = -1.0;
/// Correlation of the two abilities of a misspecified world.
pub(crate) const ABILITIES_CORRELATION: f64 = 0.5;
/// Bounds and step of the grid, in standard deviations.
const GRID: (f64, f64) = (4.8, 0.4);
/// Share of clean items of a stress world that barely discriminate, and their item-rest correlations.
const NEAR_SHARE: f64 = 0.3;
const NEAR_ITEM_REST: (f64, f64) = (0.102, 0.138);
/// Difficulties at which an item can be brought there.
const NEAR_DIFFICULTIES: (f64, f64) = (-1.5, 0.5);
/// Times that all items of a quiz are brought to their correlations, each given the others.
const NEAR_ROUNDS: usize = 6;

/// Steps by which an item of a clean world is brought within the margins, and how many there are at most.
const KEPT_DIFFICULTY_STEP: f64 = 0.1;
const KEPT_DISCRIMINATION_STEP: f64 = 1.05;
const KEPT_ROUNDS: usize = 60;
/// An item that more than this share gets right is made harder first.
const KEPT_FACILITY_MAX: f64 = 0.8;

/// Probability that a learner of this motivation guesses rapidly.
pub(crate) fn rapid_share(motivation: f64) -> f64 {
    RAPID_SHARES.0 + if motivation < LOW_MOTIVATION { RAPID_SHARES.1 } else { 0.0 }
}

/// What is true of an item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TrueItem {
    /// Share marked right at the first attempt.
    pub(crate) facility: f64,
    /// Correlation of its mark with the marks of the other items of the quiz.
    pub(crate) item_rest: f64,
}

/// A kind of learner.
#[derive(Debug, Clone, Copy)]
struct Node {
    abilities: [f64; 2],
    rapid: f64,
    weight: f64,
}

/// The kinds of learners of a course, their weights summing to 1.
#[derive(Debug)]
pub(crate) struct Learners(Vec<Node>);

impl Learners {
    /// The learners of a course with this mean ability.
    pub(crate) fn of(kind: Kind, mean_ability: f64) -> Self {
        let steps = (GRID.0 / GRID.1) as i32;
        let grid: Vec<f64> = (-steps..=steps).map(|step| f64::from(step) * GRID.1).collect();
        let density = |z: f64| libm::exp(-z * z / 2.0);
        let second: &[f64] = if kind == Kind::Misspecified { &grid } else { &[0.0] };
        let mut nodes = Vec::new();
        for own in &grid {
            let low = low_motivation_share(*own);
            for other in second {
                let abilities = abilities(kind, mean_ability, *own, *other);
                for (motivation, share) in [(LOW_MOTIVATION - 1.0, low), (LOW_MOTIVATION + 1.0, 1.0 - low)] {
                    nodes.push(Node { abilities, rapid: rapid_share(motivation), weight: density(*own) * density(*other) * share });
                }
            }
        }
        let sum: f64 = nodes.iter().map(|node| node.weight).sum();
        nodes.iter_mut().for_each(|node| node.weight /= sum);
        Self(nodes)
    }

    /// What is true of each item of a quiz.
    pub(crate) fn items(&self, quiz: &Quiz) -> Vec<TrueItem> {
        let marks: Vec<Vec<f64>> = quiz.items.iter().map(|item| self.marks(item)).collect();
        (0..marks.len()).map(|place| self.item(&marks, place)).collect()
    }

    /// Probability of being marked right, of each kind of learner.
    fn marks(&self, item: &Item) -> Vec<f64> {
        self.0.iter().map(|node| item.marked_right(node.abilities, node.rapid)).collect()
    }

    fn item(&self, marks: &[Vec<f64>], place: usize) -> TrueItem {
        let rest = self.rest(marks, place);
        self.against(&marks[place], &rest)
    }

    /// Expected marks on the other items and their variance, of each kind of learner.
    fn rest(&self, marks: &[Vec<f64>], place: usize) -> Vec<(f64, f64)> {
        let mut rest = vec![(0.0, 0.0); self.0.len()];
        for of_item in marks.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, of_item)| of_item) {
            for ((sum, variance), mark) in rest.iter_mut().zip(of_item) {
                *sum += mark;
                *variance += mark * (1.0 - mark);
            }
        }
        rest
    }

    fn against(&self, marks: &[f64], rest: &[(f64, f64)]) -> TrueItem {
        let (mut mark, mut sum, mut product, mut square) = (0.0, 0.0, 0.0, 0.0);
        for ((node, of_item), (of_rest, variance)) in self.0.iter().zip(marks).zip(rest) {
            mark += node.weight * of_item;
            sum += node.weight * of_rest;
            product += node.weight * of_item * of_rest;
            square += node.weight * (of_rest * of_rest + variance);
        }
        let spread = (mark * (1.0 - mark) * (square - sum * sum)).sqrt();
        TrueItem { facility: mark, item_rest: if spread > 0.0 { (product - mark * sum) / spread } else { 0.0 } }
    }

    /// Makes some of the clean items of a quiz barely discriminate.
    pub(crate) fn bring_near_margin(&self, quiz: &mut Quiz, random: &mut Random) {
        let mut clean: Vec<usize> = (0..quiz.items.len()).filter(|place| quiz.items[*place].fault.is_none()).collect();
        random.shuffle(&mut clean);
        clean.truncate((NEAR_SHARE * clean.len() as f64 + random.unit()) as usize);
        let targets: Vec<(usize, f64)> = clean.into_iter().map(|place| (place, random.between(NEAR_ITEM_REST.0, NEAR_ITEM_REST.1))).collect();
        for (place, _) in &targets {
            let item = &mut quiz.items[*place];
            item.difficulty = item.difficulty.clamp(NEAR_DIFFICULTIES.0, NEAR_DIFFICULTIES.1);
        }
        let mut marks: Vec<Vec<f64>> = quiz.items.iter().map(|item| self.marks(item)).collect();
        for (place, target) in (0..NEAR_ROUNDS).flat_map(|_| &targets) {
            let item = &mut quiz.items[*place];
            let rest = self.rest(&marks, *place);
            let (mut low, mut high) = (0.01, 3.0);
            for _ in 0..30 {
                item.discrimination = (low + high) / 2.0;
                if self.against(&self.marks(item), &rest).item_rest < *target { low = item.discrimination } else { high = item.discrimination }
            }
            marks[*place] = self.marks(item);
        }
    }
}

/// Makes items that nature put beyond a margin as easy and as discriminating as it takes to be within: a clean world is one
/// in which nothing is true that a signal could say. Items near the margins stay there.
pub(crate) fn keep_within_margins(world: &World, course: &mut crate::course::Course) {
    let learners = Learners::of(world.kind, course.mean_ability);
    for module in &mut course.modules {
        for _ in 0..KEPT_ROUNDS {
            let true_items = learners.items(&module.quiz);
            for (item, truly) in module.quiz.items.iter_mut().zip(true_items) {
                if truly.facility < facility_min() {
                    item.difficulty -= KEPT_DIFFICULTY_STEP;
                }
                // An item that nearly everybody gets right tells nobody apart, however it discriminates.
                if truly.item_rest < ITEM_REST_MIN && truly.facility > KEPT_FACILITY_MAX {
                    item.difficulty += KEPT_DIFFICULTY_STEP;
                } else if truly.item_rest < ITEM_REST_MIN {
                    item.discrimination *= KEPT_DISCRIMINATION_STEP;
                }
            }
        }
    }
}

/// A learner's two abilities, from two independent standard normals; but in a misspecified world there is only one.
pub(crate) fn abilities(kind: Kind, mean: f64, own: f64, other: f64) -> [f64; 2] {
    let second =
        if kind == Kind::Misspecified { ABILITIES_CORRELATION * own + (1.0 - ABILITIES_CORRELATION * ABILITIES_CORRELATION).sqrt() * other } else { own };
    [mean + own, mean + second]
}

/// Share of learners of low motivation among those of this ability.
fn low_motivation_share(own: f64) -> f64 {
    let spread = (1.0 - TRAITS_CORRELATION * TRAITS_CORRELATION).sqrt();
    let z = (LOW_MOTIVATION - TRAITS_CORRELATION * own) / spread;
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

/// Brings items of all quizzes of a stress world near the margin of I-02.
pub(crate) fn bring_near_margins(world: &World, course: &mut crate::course::Course, random: &mut Random) {
    let learners = Learners::of(world.kind, course.mean_ability);
    for module in &mut course.modules {
        learners.bring_near_margin(&mut module.quiz, random);
    }
}
