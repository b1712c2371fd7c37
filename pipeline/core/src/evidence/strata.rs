//! The stratum a learner is counted in.
//!
//! `<enrolment mode>/<prior-ability class>`, either of which may be empty; empty as a whole when neither is known. It is what
//! enrolment events up to the end of the evidence day say: nothing that can still change once the day is closed, and
//! nothing that what followed could have brought about. Accounts found to be bots are in a stratum of their own, [`BOT`],
//! on the days that are told once they are found.

use crate::course::Course;
use crate::course::learner::Learner;
use crate::limits::STRATUM_MODE_BYTES_MAX;
use crate::time::Day;
use hashbrown::HashMap;

/// The stratum of accounts that no human seems to stand behind. No other has this name: theirs have a slash.
pub const BOT: &str = "bot";

/// A stratum by the course's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Stratum {
    /// [`BOT`].
    Bot,
    /// Humans.
    Of {
        /// Enrolment mode by its number in `names.words`; never an empty one.
        mode: Option<u32>,
        /// Prior-ability class.
        class: Option<u8>,
    },
}

impl Stratum {
    /// Where a learner stood at the end of a day, told when all days through `judged` had closed.
    pub(super) fn of(course: &Course, learner: &Learner, day: Day, judged: Day) -> Self {
        if learner.account.is_bot_by(judged) {
            return Self::Bot;
        }
        let fits = |mode: &u32| (1..=STRATUM_MODE_BYTES_MAX).contains(&course.names.words.text(*mode).len());
        Self::Of { mode: learner.strata.mode_before(day.end()).filter(fits), class: learner.strata.class_before(day.end()) }
    }

    fn text(self, course: &Course) -> String {
        match self {
            Self::Bot => BOT.to_owned(),
            Self::Of { mode: None, class: None } => String::new(),
            Self::Of { mode, class } => {
                let mode = mode.map_or("", |mode| course.names.words.text(mode));
                format!("{mode}/{}", class.map(|class| class.to_string()).unwrap_or_default())
            }
        }
    }
}

/// The names of some strata, each made once.
#[derive(Debug)]
pub(super) struct StratumNames(HashMap<Stratum, String>);

impl StratumNames {
    pub(super) fn new(course: &Course, strata: impl Iterator<Item = Stratum>) -> Self {
        let mut names = HashMap::new();
        for stratum in strata {
            names.entry(stratum).or_insert_with(|| stratum.text(course));
        }
        Self(names)
    }

    pub(super) fn get(&self, stratum: Stratum) -> &str {
        self.0.get(&stratum).map_or("", String::as_str)
    }
}
