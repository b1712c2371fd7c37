//! The learners of one item by response and mark, in integers: the difference of two tallies is the days between them.

use super::agenda::Answers;
use super::margins::{ALPHA, CLASS_LEARNERS_MIN, DIFFERENCE_TAU, ITEM_LEARNERS_MIN, KEY_LEARNERS_MIN};
use crate::evidence::REST_BINS;
use crate::statistics::interval::normal_mixture_confidence_sequence;
use std::sync::Arc;

/// Sums over learners of their rest-score bins.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moments {
    pub(super) n: u64,
    sum: u64,
    squares: u64,
}

/// What learners did with an item, on some days.
#[derive(Debug, Default, Clone)]
pub(super) struct Tally {
    pub(super) learners: u64,
    pub(super) right: u64,
    /// Sorted by response.
    responses: Vec<Response>,
}

/// The learners who gave one response.
#[derive(Debug, Clone)]
struct Response {
    response: Arc<str>,
    learners: u64,
    right: u64,
    /// Rest scores of those marked wrong and of those marked right.
    marked: [Moments; 2],
}

/// A difference of mean rest scores in standard deviations, asymptotically normal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Difference {
    pub(super) estimate: f64,
    pub(super) variance: f64,
}

impl Moments {
    fn add(&mut self, other: Self) {
        self.n += other.n;
        self.sum += other.sum;
        self.squares += other.squares;
    }

    fn minus(self, other: Self) -> Self {
        Self { n: self.n - other.n, sum: self.sum - other.sum, squares: self.squares - other.squares }
    }

    /// Mean rest score, 0 to 20.
    pub(super) fn mean(self) -> f64 {
        self.sum as f64 / self.n.max(1) as f64
    }

    /// Standard deviation; `None` where all are equal. The integers are exact, so nothing cancels.
    fn sd(self) -> Option<f64> {
        let n = u128::from(self.n);
        let spread = (n * u128::from(self.squares)).saturating_sub(u128::from(self.sum) * u128::from(self.sum));
        (spread > 0).then(|| libm::sqrt(spread as f64) / self.n as f64)
    }
}

impl Tally {
    /// Counts the learners of a cell.
    pub(super) fn add(&mut self, cell: &Answers) {
        let learners = u64::from(cell.learners);
        let right = if cell.right { learners } else { 0 };
        self.learners += learners;
        self.right += right;
        let place = self.responses.binary_search_by(|known| known.response.cmp(&cell.response)).unwrap_or_else(|place| {
            self.responses.insert(place, Response { response: Arc::clone(&cell.response), learners: 0, right: 0, marked: [Moments::default(); 2] });
            place
        });
        let response = &mut self.responses[place];
        response.learners += learners;
        response.right += right;
        if let Some(bin) = cell.rest_bin {
            let bin = u64::from(bin).min(u64::from(REST_BINS));
            response.marked[usize::from(cell.right)].add(Moments { n: learners, sum: learners * bin, squares: learners * bin * bin });
        }
    }

    /// What came after an earlier state of the same tally.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        let later = |now: &Response| match earlier.responses.binary_search_by(|known| known.response.cmp(&now.response)) {
            Ok(place) => {
                let before = &earlier.responses[place];
                let marked = [0, 1].map(|mark| now.marked[mark].minus(before.marked[mark]));
                Response { response: Arc::clone(&now.response), learners: now.learners - before.learners, right: now.right - before.right, marked }
            }
            Err(_) => now.clone(),
        };
        Self { learners: self.learners - earlier.learners, right: self.right - earlier.right, responses: self.responses.iter().map(later).collect() }
    }

    /// Different responses given, what is unknown left out.
    pub(super) fn distinct(&self) -> usize {
        self.given().count()
    }

    /// The one response that was always marked right, from a few learners on.
    pub(super) fn always_right(&self) -> Option<&str> {
        let always = |response: &&Response| !response.response.is_empty() && response.learners >= KEY_LEARNERS_MIN && response.right == response.learners;
        let mut found = self.responses.iter().filter(always);
        let first = found.next()?;
        found.next().is_none().then_some(&*first.response)
    }

    /// Those with a rest score who were marked wrong, and right.
    pub(super) fn by_mark(&self) -> [Moments; 2] {
        let mut sums = [Moments::default(); 2];
        for response in &self.responses {
            sums[0].add(response.marked[0]);
            sums[1].add(response.marked[1]);
        }
        sums
    }

    /// Everybody with a rest score who gave a response.
    pub(super) fn with_response(&self, response: &str) -> Moments {
        let mut sum = Moments::default();
        for known in self.responses.iter().filter(|known| *known.response == *response) {
            known.marked.iter().for_each(|moments| sum.add(*moments));
        }
        sum
    }

    /// Those who gave a response other than the key and were marked wrong.
    pub(super) fn distractors<'a>(&'a self, key: &str) -> impl Iterator<Item = (&'a str, Moments)> {
        self.responses.iter().filter(move |known| !known.response.is_empty() && *known.response != *key).map(|known| (&*known.response, known.marked[0]))
    }

    /// The responses given, what is unknown left out.
    pub(super) fn given(&self) -> impl Iterator<Item = &str> {
        self.responses.iter().filter(|response| !response.response.is_empty() && response.learners > 0).map(|response| &*response.response)
    }

    /// Standard deviation of the rest scores of everybody.
    pub(super) fn sd(&self) -> Option<f64> {
        let [mut all, right] = self.by_mark();
        all.add(right);
        all.sd()
    }

    /// How much better those marked right do elsewhere; `None` below the smallest samples.
    pub(super) fn right_minus_wrong(&self) -> Option<Difference> {
        let [wrong, right] = self.by_mark();
        (wrong.n + right.n >= ITEM_LEARNERS_MIN).then(|| difference(right, wrong, self.sd()?)).flatten()
    }
}

/// The difference of two classes of learners; `None` when either is too small.
pub(super) fn difference(one: Moments, other: Moments, sd: f64) -> Option<Difference> {
    let enough = one.n >= CLASS_LEARNERS_MIN && other.n >= CLASS_LEARNERS_MIN;
    enough.then(|| Difference { estimate: (one.mean() - other.mean()) / sd, variance: 1.0 / one.n as f64 + 1.0 / other.n as f64 })
}

impl Difference {
    /// Its 95 % interval, that holds at all times.
    pub(super) fn interval(self) -> (f64, f64) {
        let interval = normal_mixture_confidence_sequence(self.estimate, self.variance, DIFFERENCE_TAU, ALPHA);
        (interval.lo, interval.hi)
    }
}
