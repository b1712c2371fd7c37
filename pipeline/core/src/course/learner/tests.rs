//! States of learners do not depend on the order of events, and stay as small as they are said to be.

use super::*;
use crate::time::Day;
use proptest::prelude::*;

proptest! {
    #[test]
    fn first_and_last_answer_do_not_depend_on_order(
        seconds in proptest::collection::vec(0_i64..6, 1..6),
        keys in proptest::collection::vec(any::<u32>(), 6),
    ) {
        let answer = |second: i64| {
            let stamp = Stamp { time: EventTime(second), rank: 0, tie: 0 };
            Answer { stamp, mark: Some(Mark { score: second, max: 9 }), response: None }
        };
        let mut order: Vec<usize> = (0..seconds.len()).collect();
        order.sort_by_key(|place| keys[*place]);
        let mut state = ItemState::default();
        order.iter().for_each(|place| state.answer(answer(seconds[*place]), None));
        prop_assert_eq!(state.first, seconds.iter().min().map(|second| answer(*second)));
        prop_assert_eq!(state.last(), seconds.iter().max().map(|second| answer(*second)));
    }

    #[test]
    fn what_an_item_and_a_content_took_do_not_depend_on_order(
        // Second, whether right, time to respond or stay in seconds.
        answers in proptest::collection::vec((0_i64..8, any::<bool>(), 0_u64..50), 1..8),
        keys in proptest::collection::vec(any::<u32>(), 8),
        through in 0_i64..8,
    ) {
        let answer = |place: usize| {
            let (second, right, _) = answers[place];
            let stamp = Stamp { time: EventTime(second), rank: 1 + place as u32, tie: 0 };
            Answer { stamp, mark: Some(Mark { score: i64::from(right), max: 1 }), response: None }
        };
        let mut order: Vec<usize> = (0..answers.len()).collect();
        order.sort_by_key(|place| keys[*place]);
        let (mut item, mut content) = (ItemState::default(), ContentState::default());
        for place in order {
            item.answer(answer(place), Some(1000 * answers[place].2));
            // Two seconds are a day here.
            content.meet(Day(answers[place].0 as i32 / 2).start(), Some(1000 * answers[place].2));
        }
        let first = (0..answers.len()).min_by_key(|place| answer(*place).stamp).unwrap_or_default();
        prop_assert_eq!(item.response_bin, time_bin(1000 * answers[first].2));
        let right = (0..answers.len()).filter(|place| answers[*place].1 && (*place == first || answers[*place].0 <= through));
        let attempt = |place: usize| if place == first { 1 + place as u32 } else { 2.max(1 + place as u32) };
        prop_assert_eq!(item.attempts_to_right(EventTime(through)), right.min_by_key(|place| answer(*place).stamp).map(attempt));
        let stays = answers.iter().filter(|(second, ..)| *second / 2 == answers[first].0 / 2);
        prop_assert_eq!(content.stay_bin, stays.map(|(.., seconds)| time_bin(1000 * seconds)).max().unwrap_or_default());
    }
}

#[test]
fn states_are_no_larger_than_said() {
    assert_eq!((size_of::<ItemState>(), size_of::<ContentState>()), (80, 104));
}

#[test]
fn without_numbers_the_first_answer_is_attempt_1_and_any_other_is_2() {
    let answer = |second: i64, right: bool| {
        let stamp = Stamp { time: EventTime(second), rank: 0, tie: 0 };
        Answer { stamp, mark: Some(Mark { score: i64::from(right), max: 1 }), response: None }
    };
    let mut state = ItemState::default();
    [answer(2, false), answer(3, false), answer(4, true)].into_iter().for_each(|answer| state.answer(answer, None));
    assert_eq!([3, 4].map(|through| state.attempts_to_right(EventTime(through))), [None, Some(2)]);
    state.answer(answer(1, true), None);
    assert_eq!(state.attempts_to_right(EventTime(1)), Some(1));
}
