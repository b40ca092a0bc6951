//! The rules of the queue, one by one and in random interleavings.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

fn job(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn update(n: u128, seq: impl Into<Option<u64>>, terminal: bool) -> EncodedUpdate {
    let seq = seq.into();
    EncodedUpdate { job_id: job(n), seq, terminal, frame: format!("{n}:{}{}", seq.unwrap_or(0), if terminal { "!" } else { "" }).into() }
}

fn drain(queue: &mut ConflatingQueue) -> Vec<String> {
    std::iter::from_fn(|| queue.pop()).map(|frame| frame.as_str().to_owned()).collect()
}

fn enqueue_and_drain(updates: &[EncodedUpdate]) -> Vec<String> {
    let mut queue = ConflatingQueue::new(true);
    for update in updates {
        let _ = queue.enqueue(update);
    }
    drain(&mut queue)
}

#[test]
fn newest_update_of_a_job_keeps_the_position_of_its_first() {
    assert_eq!(enqueue_and_drain(&[update(1, 1, false), update(2, 1, false), update(1, 3, false), update(1, 2, false)]), ["1:3", "2:1"]);
}

#[test]
fn nothing_is_queued_after_a_terminal_update() {
    assert_eq!(enqueue_and_drain(&[update(1, 5, true), update(1, 6, false), update(1, 7, true), update(1, None, false)]), ["1:5!"]);
    let mut queue = ConflatingQueue::new(true);
    let _ = queue.enqueue(&update(1, 5, true));
    assert_eq!(drain(&mut queue), ["1:5!"]);
    for late in [update(1, 6, false), update(1, 5, true), update(1, None, true)] {
        assert_eq!(queue.enqueue(&late), Err(EnqueueError::Unwanted));
    }
}

#[test]
fn update_is_unwanted_unless_its_seq_is_above_the_sent_one() {
    let mut queue = ConflatingQueue::new(false);
    let _ = queue.enqueue(&update(1, 4, false));
    assert_eq!(drain(&mut queue), ["1:4"]);
    assert_eq!(queue.enqueue(&update(1, 4, false)), Err(EnqueueError::Unwanted));
    assert_eq!(queue.enqueue(&update(1, 3, true)), Err(EnqueueError::Unwanted));
    assert_eq!(queue.enqueue(&update(1, 5, false)), Ok(()));
}

#[test]
fn update_without_seq_never_replaces_a_sequenced_or_terminal_one() {
    assert_eq!(enqueue_and_drain(&[update(1, None, false), update(1, None, true)]), ["1:0!"]);
    assert_eq!(enqueue_and_drain(&[update(1, None, true), update(1, None, false)]), ["1:0!"]);
    assert_eq!(enqueue_and_drain(&[update(1, 2, false), update(1, None, true)]), ["1:2"]);
    assert_eq!(enqueue_and_drain(&[update(1, None, false), update(1, 2, false)]), ["1:2"]);
    let mut queue = ConflatingQueue::new(false);
    let _ = queue.enqueue(&update(1, 2, false));
    drain(&mut queue);
    assert_eq!(queue.enqueue(&update(1, None, true)), Err(EnqueueError::Unwanted), "another program does not end a job of ours");
    assert_eq!(queue.enqueue(&update(1, None, false)), Ok(()));
    assert_eq!(queue.enqueue(&update(1, 3, true)), Ok(()));
    assert_eq!(drain(&mut queue), ["1:3!"]);
}

#[test]
fn control_frame_replaces_the_queued_update_and_nothing_follows_it() {
    let dismissed = Utf8Bytes::from_static("dismissed");
    let mut queue = ConflatingQueue::new(true);
    let _ = queue.enqueue(&update(1, 2, true));
    assert_eq!(queue.enqueue_control(job(1), &dismissed), Ok(()));
    assert_eq!(queue.enqueue_control(job(1), &dismissed), Err(EnqueueError::Unwanted));
    assert_eq!(queue.enqueue(&update(1, 3, false)), Err(EnqueueError::Unwanted));
    assert_eq!(drain(&mut queue), ["dismissed"]);
    assert_eq!(queue.enqueue(&update(1, 4, true)), Err(EnqueueError::Unwanted));
    assert_eq!(queue.enqueue_control(job(1), &dismissed), Err(EnqueueError::Unwanted));
    let _ = queue.enqueue(&update(2, 1, true));
    drain(&mut queue);
    assert_eq!(queue.enqueue_control(job(2), &dismissed), Ok(()), "a card may be put away after its end");
    let mut plain = ConflatingQueue::new(false);
    let _ = plain.enqueue(&update(1, 2, true));
    assert_eq!(plain.enqueue_control(job(1), &dismissed), Err(EnqueueError::Unwanted));
    assert_eq!(drain(&mut plain), ["1:2!"]);
}

#[test]
fn ten_thousand_updates_of_twenty_jobs_leave_twenty_frames() {
    let mut queue = ConflatingQueue::new(false);
    for n in 0..10_000u64 {
        let _ = queue.enqueue(&update(u128::from(n % 20), n / 20 + 1, n >= 9_980));
        assert!(queue.len() <= 20);
    }
    let expected: Vec<String> = (0..20).map(|n| format!("{n}:500!")).collect();
    assert_eq!(drain(&mut queue), expected);
}

#[test]
fn full_queue_refuses_updates_of_further_jobs_but_no_snapshot() {
    let mut queue = ConflatingQueue::new(false);
    for n in 0..MAX_QUEUED_JOBS as u128 {
        assert_eq!(queue.enqueue(&update(n, 1, false)), Ok(()));
    }
    assert_eq!(queue.enqueue(&update(9_999, 1, false)), Err(EnqueueError::Full));
    assert_eq!(queue.enqueue(&update(5, 1, false)), Err(EnqueueError::Unwanted));
    assert_eq!(queue.enqueue(&update(5, 2, false)), Ok(()));
    queue.enqueue_snapshot(&update(9_999, 1, false));
    assert_eq!(queue.len(), MAX_QUEUED_JOBS + 1);
}

#[test]
fn remembered_jobs_are_bounded_and_ended_ones_are_evicted_first() {
    let mut queue = ConflatingQueue::new(false);
    let _ = queue.enqueue(&update(0, 7, false));
    for n in 1..20_000 {
        let _ = queue.enqueue(&update(n, 1, true));
        drain(&mut queue);
        assert!(queue.jobs.len() <= MAX_REMEMBERED_JOBS + 1);
    }
    assert_eq!(queue.enqueue(&update(0, 7, false)), Err(EnqueueError::Unwanted), "an open job is remembered");
    assert_eq!(queue.enqueue(&update(19_999, 1, true)), Err(EnqueueError::Unwanted), "a recent end is remembered");
}

/// What may happen around a socket, in any order.
#[derive(Clone, Debug)]
enum Step {
    /// The worker commits the next state of a job.
    Commit(usize),
    /// The bus delivers one of the job's states: usually the newest, sometimes an old one again.
    Bring(usize, u64),
    /// The socket attaches: from here on, events from the bus are queued.
    Attach,
    /// The database is read for the snapshot.
    Read,
    /// The snapshot is merged; the socket begins to send.
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

/// For each job: the number of its states, the last of which is terminal.
const LIFE: u64 = 6;

fn state(job: usize, seq: u64) -> EncodedUpdate {
    update(job as u128, seq, seq == LIFE)
}

proptest! {
    /// Subscribe, buffer, snapshot, drain: in any order, a client sees each job's `seq` increase, nothing after an end, and finally the
    /// newest state of every job, provided that the bus or the repair delivers each state once after the attachment.
    #[test]
    fn no_interleaving_of_bus_snapshot_and_repair_loses_or_repeats_a_state(steps in steps()) {
        let mut queue = ConflatingQueue::new(false);
        let mut committed = [0u64; 3];
        // States from before the attachment do not reach the queue.
        let (mut attached, mut read, mut merged) = (false, None, false);
        let mut frames = Vec::new();
        for step in steps {
            match step {
                Step::Commit(job) => {
                    committed[job] = (committed[job] + 1).min(LIFE);
                    if attached {
                        let _ = queue.enqueue(&state(job, committed[job]));
                    }
                }
                Step::Bring(job, back) => {
                    let seq = committed[job].saturating_sub(back);
                    if attached && seq > 0 {
                        let _ = queue.enqueue(&state(job, seq));
                    }
                }
                Step::Attach => attached = true,
                Step::Read if attached && read.is_none() => read = Some(committed),
                Step::Merge => if let (Some(read), false) = (read, merged) {
                    merged = true;
                    for (job, seq) in read.into_iter().enumerate().filter(|(_, seq)| *seq > 0) {
                        queue.enqueue_snapshot(&state(job, seq));
                    }
                },
                Step::Send if merged => frames.extend(queue.pop()),
                Step::Repair if attached => for (job, seq) in committed.into_iter().enumerate().filter(|(_, seq)| *seq > 0) {
                    let _ = queue.enqueue(&state(job, seq));
                },
                Step::Read | Step::Send | Step::Repair => {}
            }
        }
        prop_assume!(merged);
        frames.extend(std::iter::from_fn(|| queue.pop()));
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
