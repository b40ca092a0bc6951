//! What sockets are told besides the updates of the bus: what was lost, and for what jobs wait.

use app::wire::{JobStatus, ProgressUpdate, SourceBlock, Timestamp, WaitingReason};
use uuid::Uuid;

use super::{super::Next, Running, json, next, start, text, update, user};
use crate::{bus::Bus, store::JobChange};

#[tokio::test]
async fn repair_sends_only_what_was_lost() {
    let Running { hub, bus, .. } = start();
    let (page, plain) = (hub.attach(user(1), true).await.unwrap(), hub.attach(user(1), false).await.unwrap());
    let id = user(1).user_id;
    bus.publish(id, json(&update(1, Some(3), JobStatus::Processing))).await.unwrap();
    for socket in [&page, &plain] {
        assert!(text(next(socket).await).contains("\"seq\":3"));
    }
    let repair = |states: &[ProgressUpdate], dismissed: &[u128], removed: &[u128]| {
        let change = |job: Uuid, seq: u64, removed: bool| {
            let dismissed = dismissed.contains(&job.as_u128());
            JobChange { user_id: id, job_id: job, seq, dismissed, removed }
        };
        let mut changes: Vec<JobChange> = states.iter().map(|state| change(state.job_id, state.seq.unwrap(), false)).collect();
        changes.extend(removed.iter().map(|job| change(Uuid::from_u128(*job), 0, true)));
        let lacking = hub.lacking(&changes);
        let states: Vec<_> = states.iter().filter(|state| lacking.contains(&state.job_id)).map(|state| (id, state.clone())).collect();
        hub.send_missing(&changes, &states);
        lacking.len()
    };
    // Nothing was lost.
    assert_eq!(repair(&[update(1, Some(3), JobStatus::Processing)], &[], &[]), 0, "no state is read");
    assert_eq!((page.mailbox().next(), plain.mailbox().next()), (Next::Empty, Next::Empty));
    // The end was lost; it is sent once, too.
    for lacking in [1, 0] {
        assert_eq!(repair(&[update(1, Some(9), JobStatus::Completed)], &[], &[]), lacking);
    }
    for socket in [&page, &plain] {
        assert!(text(next(socket).await).contains("\"seq\":9"));
        assert_eq!(socket.mailbox().next(), Next::Empty);
    }
    // A dismissal was lost, and the end of a job that these sockets do not know.
    for _ in 0..2 {
        let ended = [update(1, Some(9), JobStatus::Completed), update(2, Some(4), JobStatus::Failed)];
        assert_eq!(repair(&ended, &[1, 2], &[]), 0);
    }
    let mut frames = [text(next(&page).await), text(next(&page).await)];
    frames.sort();
    assert_eq!(frames, [1, 2].map(|n| format!(r#"{{"type":"dismissed","job_id":"{}"}}"#, Uuid::from_u128(n))));
    // A job was deleted unnoticed, and one that these sockets do not know.
    bus.publish(id, json(&update(3, Some(2), JobStatus::Pending))).await.unwrap();
    for socket in [&page, &plain] {
        assert!(text(next(socket).await).contains("pending"));
    }
    for _ in 0..2 {
        repair(&[], &[], &[3, 4]);
    }
    assert_eq!(text(next(&page).await), format!(r#"{{"type":"removed","job_id":"{}"}}"#, Uuid::from_u128(3)));
    assert_eq!((page.mailbox().next(), plain.mailbox().next()), (Next::Empty, Next::Empty));
}

#[tokio::test]
async fn sockets_are_told_once_for_what_queued_jobs_wait() {
    let Running { hub, bus, .. } = start();
    let (page, plain) = (hub.attach(user(1), true).await.unwrap(), hub.attach(user(1), false).await.unwrap());
    page.enqueue_known_block();
    assert_eq!(page.mailbox().next(), Next::Empty, "not known yet");
    bus.publish(user(1).user_id, json(&update(1, Some(1), JobStatus::Pending))).await.unwrap();
    page.mailbox().wait_until_ready().await;
    let block = SourceBlock { blocked_until: Timestamp::from_micros(1_000_000), reason: WaitingReason::Quota };
    for _ in 0..3 {
        hub.announce_block(Some(block));
    }
    let later = hub.attach(user(2), true).await.unwrap();
    later.enqueue_known_block();
    let frame = r#"{"type":"source","blocked_until":"1970-01-01T00:00:01.000000Z","reason":"quota"}"#;
    assert!(text(next(&page).await).contains("pending"), "what was queued before comes first");
    assert_eq!([text(next(&page).await), text(next(&later).await)], [frame, frame]);
    hub.announce_block(None);
    hub.announce_block(Some(block));
    hub.announce_block(None);
    assert_eq!(text(next(&page).await), r#"{"type":"source","blocked_until":null,"reason":null}"#, "the newest alone");
    assert_eq!(page.mailbox().next(), Next::Empty);
    assert!(text(next(&plain).await).contains("pending"));
    assert_eq!(plain.mailbox().next(), Next::Empty);
}
