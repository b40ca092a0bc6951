//! The final board for any order, losses and repetitions of updates.

use proptest::prelude::*;

use super::*;

/// A job's states as the worker creates them: increasing, some with a failed video, the last possibly terminal.
fn life(number: u64) -> impl Strategy<Value = Vec<ProgressUpdate>> {
    let steps = prop::collection::vec((1u64..3, any::<bool>()), 1..12);
    let end = prop::option::of(prop::sample::select(&JobStatus::ALL[2..]));
    (steps, end).prop_map(move |(steps, end)| {
        let mut at = 0;
        let mut states: Vec<_> = steps
            .into_iter()
            .map(|(by, fails)| {
                at += by;
                if fails { failed(number, at) } else { update(number, at) }
            })
            .collect();
        states.extend(end.map(|status| ended(number, at + 1, status)));
        states
    })
}

/// Some of the states of three jobs, each delivered one to three times: in order, and in random order.
fn deliveries() -> impl Strategy<Value = (Vec<ProgressUpdate>, Vec<ProgressUpdate>)> {
    (life(1), life(2), life(3))
        .prop_flat_map(|(a, b, c)| {
            let all: Vec<_> = a.into_iter().chain(b).chain(c).collect();
            let copies = prop::collection::vec(0usize..4, all.len());
            (Just(all), copies)
        })
        .prop_flat_map(|(all, copies)| {
            let kept: Vec<_> = all.iter().zip(&copies).filter(|(_, copies)| **copies > 0).map(|(state, _)| state.clone()).collect();
            let sent: Vec<_> = all.iter().zip(copies).flat_map(|(state, copies)| std::iter::repeat_n(state.clone(), copies)).collect();
            (Just(kept), Just(sent).prop_shuffle())
        })
}

proptest! {
    #[test]
    fn board_does_not_depend_on_order_or_repetition((in_order, shuffled) in deliveries()) {
        let expected = Board::from_states(in_order.clone(), 0);
        let mut board = Board::default();
        let mut highest = std::collections::HashMap::new();
        for state in shuffled {
            let seen = highest.entry(state.job_id).or_insert(0);
            *seen = state.seq.unwrap().max(*seen);
            let seen = *seen;
            let job_id = state.job_id;
            board.apply(state, 0);
            // At every step, the board has the newest state received and one card per job.
            prop_assert_eq!(board.card(job_id).unwrap().state.seq, Some(seen));
            let jobs = board.jobs();
            let distinct: std::collections::HashSet<_> = jobs.iter().collect();
            prop_assert_eq!(distinct.len(), jobs.len());
        }
        prop_assert_eq!(&board, &expected);
        for number in 1..=3 {
            let last = in_order.iter().filter(|state| state.job_id == job(number)).max_by_key(|state| state.seq);
            prop_assert_eq!(board.card(job(number)).map(|card| &card.state), last);
        }
    }

    #[test]
    fn updates_without_seq_do_not_change_sequenced_cards(
        (in_order, shuffled) in deliveries(),
        strange in prop::collection::vec((1u64..4, 0u32..30, prop::sample::select(&JobStatus::ALL[..]), any::<prop::sample::Index>()), 0..8),
    ) {
        let mut mixed = shuffled;
        for (number, current_video, status, at) in strange {
            if in_order.iter().any(|state| state.job_id == job(number)) {
                mixed.insert(at.index(mixed.len() + 1), foreign(number, current_video, status));
            }
        }
        prop_assert_eq!(Board::from_states(mixed, 0), Board::from_states(in_order, 0));
    }

    #[test]
    fn tombstone_blocks_every_update_of_an_ended_job((in_order, shuffled) in deliveries(), away in 0usize..3) {
        let mut board = Board::from_states(in_order, 0);
        let terminal: Vec<_> = board.cards().filter(|card| card.state.status.is_terminal()).map(|card| card.state.job_id).collect();
        for job_id in &terminal {
            match away {
                0 => { board.dismiss(*job_id, 0); }
                1 => { board.control(&Control::Dismissed { job_id: *job_id }, 0); }
                _ => { board.sweep(CARD_TTL_MS); }
            }
        }
        for state in shuffled {
            board.apply(state, CARD_TTL_MS);
        }
        prop_assert!(terminal.iter().all(|job_id| board.card(*job_id).is_none()));
    }
}

proptest! {
    // A case is long, because many short ones would not reach the limits.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn board_stays_within_its_limits(steps in prop::collection::vec((0u64..1_000, 1u64..40, 0u8..8), 0..1_500)) {
        let mut board = Board::default();
        for (at, (number, seq, what)) in steps.into_iter().enumerate() {
            let now_ms = at as u64 * 1_000;
            match what {
                0 => board.apply(failed(number, seq), now_ms),
                1 => board.apply(ended(number, seq, JobStatus::Failed), now_ms),
                2 => board.dismiss(job(number), now_ms),
                3 => board.remove(job(number), now_ms),
                4 => board.apply(update(number, seq), now_ms),
                5 => board.sweep(now_ms),
                // A job nobody has seen yet, so that cards and tombstones accumulate.
                6 => board.apply(update(10_000 + at as u64, seq), now_ms),
                _ => board.remove(job(20_000 + at as u64), now_ms),
            };
            prop_assert!(board.len() <= MAX_CARDS);
            prop_assert!(board.tombstones.len() <= MAX_TOMBSTONES);
        }
        prop_assert!(board.cards().all(|card| card.failures.len() <= MAX_FAILURES));
        prop_assert!(board.tombstones.iter().all(|tombstone| board.card(tombstone.job_id).is_none() || tombstone.seq < EVERY_SEQ));
    }
}

/// What happens between two connections, in a tab that receives some updates.
#[derive(Clone, Debug)]
enum Event {
    /// A state arrives, over the socket or from the history.
    State(Box<ProgressUpdate>),
    /// The card is dismissed in this tab.
    Dismiss(u64),
    /// The periodic removal, this many milliseconds later.
    Sweep(u64),
}

proptest! {
    /// A snapshot repairs everything that was missed: every job in it that was not dismissed at or after that state has one card with that
    /// state. An ended job does not come back once its card was removed.
    #[test]
    fn snapshot_repairs_whatever_was_missed(
        (in_order, shuffled) in deliveries(),
        between in prop::collection::vec((prop_oneof![(1u64..4).prop_map(Event::Dismiss), (1u64..400_000).prop_map(Event::Sweep)], any::<prop::sample::Index>()), 0..6),
        lost in prop::collection::vec(any::<bool>(), 40),
    ) {
        let heard = shuffled.into_iter().zip(lost.into_iter().cycle()).filter(|(_, lost)| !lost).map(|(state, _)| Event::State(Box::new(state)));
        let mut steps: Vec<Event> = heard.collect();
        for (step, at) in between {
            steps.insert(at.index(steps.len() + 1), step);
        }
        let mut board = Board::default();
        let mut now_ms = 0;
        // For each job: up to which state it was dismissed, and its end once that was seen here.
        let (mut away, mut ended) = (std::collections::HashMap::new(), std::collections::HashMap::new());
        for step in steps {
            match step {
                Event::State(state) => {
                    let (job_id, seq, terminal) = (state.job_id, state.seq.unwrap(), state.status.is_terminal());
                    board.apply(*state, now_ms);
                    if terminal && board.card(job_id).is_some() {
                        prop_assert_eq!(board.card(job_id).unwrap().state.seq, Some(seq));
                        ended.entry(job_id).or_insert(now_ms);
                    }
                }
                Event::Dismiss(number) => if let Some(card) = board.card(job(number)) {
                    away.insert(job(number), if card.state.status.is_terminal() { EVERY_SEQ } else { card.state.seq.unwrap() });
                    board.dismiss(job(number), now_ms);
                },
                // Shorter than a tombstone's lifetime in total.
                Event::Sweep(later) if now_ms + later < TOMBSTONE_TTL_MS => {
                    now_ms += later;
                    board.sweep(now_ms);
                    for (job_id, at) in &ended {
                        if now_ms - at >= CARD_TTL_MS {
                            away.insert(*job_id, EVERY_SEQ);
                            prop_assert!(board.card(*job_id).is_none());
                        }
                    }
                }
                Event::Sweep(_) => {}
            }
        }
        let newest = |number| in_order.iter().filter(|state| state.job_id == job(number)).max_by_key(|state| state.seq);
        for state in (1..=3).filter_map(newest) {
            board.apply(state.clone(), now_ms);
        }
        for number in 1..=3 {
            let expected = newest(number).filter(|state| away.get(&job(number)).is_none_or(|seq| state.seq.unwrap() > *seq));
            prop_assert_eq!(board.card(job(number)).map(|card| &card.state), expected);
        }
    }
}
