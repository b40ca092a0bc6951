//! The rules of one socket, one by one and at random.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

fn job(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn update(n: u128, seq: impl Into<Option<u64>>, terminal: bool) -> Encoded {
    let seq = seq.into();
    Encoded { job_id: job(n), seq, terminal, frame: format!("{n}:{}{}", seq.unwrap_or(0), if terminal { "!" } else { "" }).into() }
}

fn sent(slots: &mut Slots) -> Vec<String> {
    std::iter::from_fn(|| slots.pop()).map(|frame| frame.as_str().to_owned()).collect()
}

fn after(offers: &[Encoded]) -> Vec<String> {
    let mut slots = Slots::new(true);
    for offer in offers {
        slots.offer(offer);
    }
    sent(&mut slots)
}

#[test]
fn of_each_job_the_newest_waits_in_the_order_they_began_to() {
    assert_eq!(after(&[update(1, 1, false), update(2, 1, false), update(1, 3, false), update(1, 2, false)]), ["1:3", "2:1"]);
}

#[test]
fn nothing_follows_an_end() {
    assert_eq!(after(&[update(1, 5, true), update(1, 6, false), update(1, 7, true), update(1, None, false)]), ["1:5!"]);
    let mut slots = Slots::new(true);
    slots.offer(&update(1, 5, true));
    assert_eq!(sent(&mut slots), ["1:5!"]);
    for late in [update(1, 6, false), update(1, 5, true), update(1, None, true)] {
        assert_eq!(slots.offer(&late), Offer::Unwanted);
    }
}

#[test]
fn what_was_sent_is_not_sent_again() {
    let mut slots = Slots::new(false);
    slots.offer(&update(1, 4, false));
    assert_eq!(sent(&mut slots), ["1:4"]);
    assert_eq!(slots.offer(&update(1, 4, false)), Offer::Unwanted);
    assert_eq!(slots.offer(&update(1, 3, true)), Offer::Unwanted);
    assert_eq!(slots.offer(&update(1, 5, false)), Offer::Put);
}

#[test]
fn without_seq_by_arrival_but_never_in_the_place_of_what_ranks_higher() {
    assert_eq!(after(&[update(1, None, false), update(1, None, true)]), ["1:0!"]);
    assert_eq!(after(&[update(1, None, true), update(1, None, false)]), ["1:0!"]);
    assert_eq!(after(&[update(1, 2, false), update(1, None, true)]), ["1:2"]);
    assert_eq!(after(&[update(1, None, false), update(1, 2, false)]), ["1:2"]);
    let mut slots = Slots::new(false);
    slots.offer(&update(1, 2, false));
    sent(&mut slots);
    assert_eq!(slots.offer(&update(1, None, true)), Offer::Unwanted, "another program does not end a job of ours");
    assert_eq!(slots.offer(&update(1, None, false)), Offer::Put);
    assert_eq!(slots.offer(&update(1, 3, true)), Offer::Put);
    assert_eq!(sent(&mut slots), ["1:3!"]);
}

#[test]
fn a_control_frame_takes_the_place_and_the_last_word() {
    let dismissed = Utf8Bytes::from_static("dismissed");
    let mut slots = Slots::new(true);
    slots.offer(&update(1, 2, true));
    assert_eq!(slots.offer_control(job(1), &dismissed), Offer::Put);
    assert_eq!(slots.offer_control(job(1), &dismissed), Offer::Unwanted);
    assert_eq!(slots.offer(&update(1, 3, false)), Offer::Unwanted);
    assert_eq!(sent(&mut slots), ["dismissed"]);
    assert_eq!(slots.offer(&update(1, 4, true)), Offer::Unwanted);
    assert_eq!(slots.offer_control(job(1), &dismissed), Offer::Unwanted);
    slots.offer(&update(2, 1, true));
    sent(&mut slots);
    assert_eq!(slots.offer_control(job(2), &dismissed), Offer::Put, "a card may be put away after its end");
    let mut plain = Slots::new(false);
    plain.offer(&update(1, 2, true));
    assert_eq!(plain.offer_control(job(1), &dismissed), Offer::Unwanted);
    assert_eq!(sent(&mut plain), ["1:2!"]);
}

#[test]
fn ten_thousand_updates_of_twenty_jobs_leave_twenty_frames() {
    let mut slots = Slots::new(false);
    for n in 0..10_000u64 {
        slots.offer(&update(u128::from(n % 20), n / 20 + 1, n >= 9_980));
        assert!(slots.len() <= 20);
    }
    let expected: Vec<String> = (0..20).map(|n| format!("{n}:500!")).collect();
    assert_eq!(sent(&mut slots), expected);
}

#[test]
fn too_many_jobs_are_refused_and_a_snapshot_is_not() {
    let mut slots = Slots::new(false);
    for n in 0..MAX_WAITING as u128 {
        assert_eq!(slots.offer(&update(n, 1, false)), Offer::Put);
    }
    assert_eq!(slots.offer(&update(9_999, 1, false)), Offer::Full);
    assert_eq!(slots.offer(&update(5, 1, false)), Offer::Unwanted);
    assert_eq!(slots.offer(&update(5, 2, false)), Offer::Put);
    slots.merge(&update(9_999, 1, false));
    assert_eq!(slots.len(), MAX_WAITING + 1);
}

#[test]
fn the_memory_of_a_socket_is_bounded_and_forgets_ended_jobs_first() {
    let mut slots = Slots::new(false);
    slots.offer(&update(0, 7, false));
    for n in 1..20_000 {
        slots.offer(&update(n, 1, true));
        sent(&mut slots);
        assert!(slots.jobs.len() <= MAX_KNOWN + 1);
    }
    assert_eq!(slots.offer(&update(0, 7, false)), Offer::Unwanted, "an open job is remembered");
    assert_eq!(slots.offer(&update(19_999, 1, true)), Offer::Unwanted, "a recent end is remembered");
}

/// What may happen around one socket, in any order.
#[derive(Clone, Debug)]
enum Step {
    /// The worker commits the next state of a job.
    Commit(usize),
    /// The bus brings one of the job's states: usually the newest, sometimes an old one again.
    Bring(usize, u64),
    /// The socket attaches: from here on what the bus brings waits.
    Attach,
    /// The database is read for the snapshot.
    Read,
    /// What was read is merged; the socket begins to send.
    Merge,
    /// One frame is sent.
    Send,
    /// The periodic repair.
    Repair,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..3usize).prop_map(Step::Commit),
        4 => (0..3usize, 0..3u64).prop_map(|(job, back)| Step::Bring(job, back)),
        1 => Just(Step::Attach),
        1 => Just(Step::Read),
        1 => Just(Step::Merge),
        3 => Just(Step::Send),
        1 => Just(Step::Repair),
    ];
    prop::collection::vec(step, 1..80)
}

/// Of each job: how many states there are, the last being terminal.
const LIFE: u64 = 6;

fn state(job: usize, seq: u64) -> Encoded {
    update(job as u128, seq, seq == LIFE)
}

proptest! {
    /// Subscribe, buffer, snapshot, drain: whatever the order, a client sees each job's `seq` grow, nothing after an end, and at last the
    /// newest state of every job, as long as the bus or the repair brings each state after the attachment once.
    #[test]
    fn no_interleaving_loses_or_repeats(steps in steps()) {
        let mut slots = Slots::new(false);
        let mut committed = [0u64; 3];
        // States of before the attachment are heard by nobody.
        let (mut attached, mut read, mut merged) = (false, None, false);
        let mut frames = Vec::new();
        for step in steps {
            match step {
                Step::Commit(job) => {
                    committed[job] = (committed[job] + 1).min(LIFE);
                    if attached {
                        slots.offer(&state(job, committed[job]));
                    }
                }
                Step::Bring(job, back) => {
                    let seq = committed[job].saturating_sub(back);
                    if attached && seq > 0 {
                        slots.offer(&state(job, seq));
                    }
                }
                Step::Attach => attached = true,
                Step::Read if attached && read.is_none() => read = Some(committed),
                Step::Merge => if let (Some(read), false) = (read, merged) {
                    merged = true;
                    for (job, seq) in read.into_iter().enumerate().filter(|(_, seq)| *seq > 0) {
                        slots.merge(&state(job, seq));
                    }
                },
                Step::Send if merged => frames.extend(slots.pop()),
                Step::Repair if attached => for (job, seq) in committed.into_iter().enumerate().filter(|(_, seq)| *seq > 0) {
                    slots.offer(&state(job, seq));
                },
                Step::Read | Step::Send | Step::Repair => {}
            }
        }
        prop_assume!(merged);
        frames.extend(std::iter::from_fn(|| slots.pop()));
        let mut last: HashMap<usize, u64> = HashMap::new();
        for frame in &frames {
            let (job, seq) = frame.trim_end_matches('!').split_once(':').unwrap();
            let (job, seq): (usize, u64) = (job.parse().unwrap(), seq.parse().unwrap());
            let before = last.insert(job, seq).unwrap_or(0);
            prop_assert!(seq > before, "{frames:?}");
        }
        for (job, seq) in committed.into_iter().enumerate() {
            prop_assert_eq!(last.get(&job).copied().unwrap_or(0), seq, "{:?}", frames);
        }
    }
}
