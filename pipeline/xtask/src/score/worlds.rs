//! The worlds that are scored: how large they are and how many seeds of each.

use teachback_simulation::score::bars::worlds;
use teachback_simulation::{Kind as Laws, World};

/// Days of every world: the looks that decide takes.
const DAYS: u32 = 60;

/// A kind of world, in the order of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(super) enum Kind {
    /// As the simulator's specification has it; 10,000 items.
    Base,
    /// With many clean items just above the margin; 10,000 items.
    Stress,
    /// With two abilities and learners of unequal frailty; 10,000 items.
    Misspecified,
    /// Without any defect; a tenth of the size.
    Clean,
    /// Base, with about 300 items.
    Tiny,
    /// Over 2,000 clean courses of under 50 learners, and some larger to compare with.
    SmallCourses,
    /// Clean, with more and more learners who only look in; a tenth of the size.
    MixShift,
    /// Large courses, each with a module that is revised: what a rule does at the learners that it prints as needed.
    Revised,
}

impl Kind {
    pub(super) const ALL: [Self; 8] =
        [Self::Base, Self::Stress, Self::Misspecified, Self::Clean, Self::Tiny, Self::SmallCourses, Self::MixShift, Self::Revised];

    /// Under which it is reported.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Base => worlds::BASE,
            Self::Stress => worlds::STRESS,
            Self::Misspecified => worlds::MISSPECIFIED,
            Self::Clean => worlds::CLEAN,
            Self::Tiny => worlds::TINY,
            Self::SmallCourses => worlds::SMALL_COURSES,
            Self::MixShift => worlds::MIX_SHIFT,
            Self::Revised => worlds::REVISED,
        }
    }

    /// Seeds on which its bars are read off.
    pub(super) fn seeds(self) -> u32 {
        match self {
            Self::Base | Self::Stress | Self::Misspecified | Self::Tiny | Self::Revised => 20,
            Self::Clean => 200,
            Self::SmallCourses => 1,
            Self::MixShift => 100,
        }
    }

    /// Whether it has 10,000 items.
    pub(super) fn is_large(self) -> bool {
        matches!(self, Self::Base | Self::Stress | Self::Misspecified)
    }

    pub(super) fn world(self, seed: u64) -> World {
        let (laws, courses, learners, modules) = match self {
            Self::Base => (Laws::Base, 90, 24_000, None),
            Self::Stress => (Laws::Stress, 90, 24_000, None),
            Self::Misspecified => (Laws::Misspecified, 90, 24_000, None),
            Self::Clean | Self::MixShift => (Laws::Clean, 9, 2_400, None),
            Self::Tiny => (Laws::Base, 3, 800, None),
            // Four courses in five then have 7, 18 or 45 learners.
            Self::SmallCourses => (Laws::Clean, 2_600, 124_000, Some(2)),
            Self::Revised => (Laws::Revised, 20, 70_000, Some(4)),
        };
        World { kind: laws, courses, learners, modules, days: DAYS, seed, mix_shift: self == Self::MixShift, ..World::default() }
    }
}
