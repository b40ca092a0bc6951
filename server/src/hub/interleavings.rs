//! The mailbox under many interleavings of producers and the consumer: the same source, compiled with locks at which a scheduler decides
//! which thread continues. A lost wake-up appears as a deadlock.

use futures::future::select;
use shuttle::{
    check_pct, check_random,
    future::{block_on, yield_now},
    sync::Arc,
    thread,
};
use uuid::Uuid;

use self::mailbox::{CloseReason, Mailbox, Next};
use super::{EncodedUpdate, conflating_queue};

mod locks {
    pub(super) use shuttle::sync::{Mutex, MutexGuard};
}

#[expect(dead_code, unreachable_pub, reason = "compiled a second time, with shuttle's locks; these tests use a part of it")]
#[expect(clippy::duplicate_mod, reason = "compiled twice on purpose, with shuttle's locks")]
#[path = "mailbox.rs"]
mod mailbox;

/// Half of the interleavings are random, half prioritised (PCT, three changes of priority), which find bugs that need a rare order.
fn model(body: impl Fn() + Clone + Send + Sync + 'static) {
    check_random(body.clone(), 1_500);
    check_pct(body, 1_500, 3);
}

fn update(job: u128, seq: u64, terminal: bool) -> EncodedUpdate {
    let frame = format!("{job}:{seq}{}", if terminal { "!" } else { "" });
    EncodedUpdate { job_id: Uuid::from_u128(job), seq: Some(seq), terminal, frame: frame.into() }
}

fn enqueue_all(mailbox: &Mailbox, updates: &[EncodedUpdate]) {
    for update in updates {
        mailbox.enqueue(update);
    }
}

/// The threads, to be joined.
fn spawn_producers<const N: usize>(mailbox: &Arc<Mailbox>, tasks: [fn(&Mailbox); N]) -> Vec<thread::JoinHandle<()>> {
    let spawn = |task: fn(&Mailbox)| {
        let mailbox = Arc::clone(mailbox);
        thread::spawn(move || task(&mailbox))
    };
    tasks.map(spawn).into()
}

/// Like a session: waits, takes all frames, and waits for a close while a frame is written.
async fn consume(mailbox: &Mailbox, is_enough: fn(&[String]) -> bool) -> (Vec<String>, Option<CloseReason>) {
    let mut frames: Vec<String> = Vec::new();
    while !is_enough(&frames) {
        mailbox.wait_until_ready().await;
        match mailbox.next() {
            Next::Frame(frame) => frames.push(frame.as_str().to_owned()),
            Next::Close(close) => return (frames, Some(close)),
            Next::Empty => panic!("it was ready"),
        }
        select(std::pin::pin!(yield_now()), std::pin::pin!(mailbox.wait_for_close())).await;
    }
    (frames, None)
}

/// The `seq`s of a job's frames; nothing may come after the terminal one.
fn seqs(frames: &[String], job: u128) -> Vec<u64> {
    let of_job = frames.iter().filter_map(|frame| frame.strip_prefix(&format!("{job}:"))).collect::<Vec<_>>();
    let end = of_job.iter().position(|frame| frame.ends_with('!'));
    assert!(end.is_none_or(|end| end + 1 == of_job.len()), "{frames:?}");
    of_job.iter().map(|frame| frame.trim_end_matches('!').parse().unwrap()).collect()
}

#[test]
fn every_terminal_update_is_received_and_is_the_last_of_its_job() {
    model(|| {
        let mailbox = Arc::new(Mailbox::new(false));
        // The bus, duplicates out of order, and the repair. The snapshot needs no wake-up, because the consumer merges it itself.
        let tasks = spawn_producers(
            &mailbox,
            [
                |mailbox| enqueue_all(mailbox, &[update(1, 1, false), update(1, 2, false), update(1, 3, true)]),
                |mailbox| enqueue_all(mailbox, &[update(2, 1, false), update(1, 2, false), update(2, 2, true)]),
                |mailbox| enqueue_all(mailbox, &[update(1, 3, true), update(2, 1, false)]),
            ],
        );
        mailbox.merge_snapshot(&[update(1, 1, false), update(2, 1, false)]);
        let has_all_ends = |frames: &[String]| ["1:3!", "2:2!"].iter().all(|end| frames.iter().any(|frame| frame == end));
        let (frames, close) = block_on(consume(&mailbox, has_all_ends));
        assert_eq!(close, None);
        for task in tasks {
            task.join().unwrap();
        }
        assert_eq!(mailbox.next(), Next::Empty, "{frames:?}");
        for job in [1, 2] {
            assert!(seqs(&frames, job).is_sorted_by(|a, b| a < b), "{frames:?}");
        }
    });
}

#[test]
fn close_wakes_the_consumer_with_its_first_reason() {
    model(|| {
        let mailbox = Arc::new(Mailbox::new(false));
        let tasks = spawn_producers(
            &mailbox,
            [
                |mailbox| enqueue_all(mailbox, &[update(1, 1, false), update(1, 2, false), update(1, 3, false)]),
                |mailbox| mailbox.close(CloseReason::BusLost),
                |mailbox| mailbox.close(CloseReason::SessionEnded),
            ],
        );
        let (frames, close) = block_on(consume(&mailbox, |_| false));
        for task in tasks {
            task.join().unwrap();
        }
        assert_eq!(mailbox.close_reason(), close);
        assert!(seqs(&frames, 1).is_sorted_by(|a, b| a < b), "{frames:?}");
        assert!(!mailbox.enqueue(&update(1, 9, true)), "a closed mailbox takes no frames");
    });
}

#[test]
fn nothing_follows_a_removal() {
    model(|| {
        let mailbox = Arc::new(Mailbox::new(true));
        let tasks = spawn_producers(
            &mailbox,
            [
                |mailbox| enqueue_all(mailbox, &[update(1, 1, false), update(1, 2, true)]),
                |mailbox| {
                    mailbox.enqueue_control(Uuid::from_u128(1), &"removed".into());
                },
            ],
        );
        let (frames, _) = block_on(consume(&mailbox, |frames| frames.iter().any(|frame| frame == "removed")));
        for task in tasks {
            task.join().unwrap();
        }
        assert_eq!((frames.last().map(String::as_str), mailbox.next()), (Some("removed"), Next::Empty), "{frames:?}");
        assert!(seqs(&frames, 1).is_sorted_by(|a, b| a < b), "{frames:?}");
    });
}
