//! A session in time that stands still until everybody waits.

mod fake;

use app::wire::JobStatus;

use self::fake::{Broken, ROOM, USER, close, empty, open, ping, pong, update};
use super::*;
use crate::bus::{Bus, Signal};

#[tokio::test(start_paused = true)]
async fn a_page_hears_a_heartbeat_at_the_start_and_after_silence() {
    let mut client = open(true, None, empty()).await;
    let heartbeat = Message::Text(format!(r#"{{"type":"heartbeat","version":"{VERSION}"}}"#).into());
    assert_eq!(client.next().await, (0, heartbeat.clone()));
    assert_eq!(client.next().await, (25, heartbeat.clone()));
    assert_eq!(client.next().await, (25, ping()));
    client.say.send(pong()).unwrap();
    tokio::time::sleep(Duration::from_secs(15)).await;
    client.publish(&update(1, 1, JobStatus::Pending)).await;
    assert_eq!((client.seq().await, client.start.elapsed().as_secs()), (1, 40));
    assert_eq!(client.next().await, (50, ping()));
    client.say.send(pong()).unwrap();
    assert_eq!(client.next().await, (65, heartbeat));
}

#[tokio::test(start_paused = true)]
async fn a_plain_client_hears_updates_and_pings_alone() {
    let mut client = open(false, None, empty()).await;
    for n in 1..5 {
        assert_eq!(client.next().await, (25 * n, ping()));
        client.say.send(pong()).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_ping_without_answer_ends_it() {
    let mut client = open(false, None, empty()).await;
    assert_eq!(client.next().await, (25, ping()));
    assert_eq!(client.next().await, (35, close(1002, "no_pong")));
    client.session.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_stops_talking_does_not_stop_the_clock() {
    let mut client = open(false, None, empty()).await;
    let say = client.say.clone();
    let chatter = tokio::spawn(async move {
        while say.send(Ok(Message::text("hello"))).is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    assert_eq!(client.next().await, (25, ping()));
    assert_eq!(client.next().await, (35, close(1002, "no_pong")));
    chatter.abort();
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_reads_nothing_costs_one_frame_a_job_and_30_seconds() {
    let mut client = open(false, None, empty()).await;
    for seq in 1..=2_000 {
        client.publish(&update(u128::from(seq % 7), seq, JobStatus::Processing)).await;
        if seq % 100 == 0 {
            client.settle().await;
        }
    }
    let stalled_since = client.start.elapsed();
    (&mut client.session).await.unwrap();
    let after = client.start.elapsed() - stalled_since;
    assert!(after > Duration::from_secs(29) && after <= Duration::from_secs(31), "{after:?}");
    // What it could have read, and no close frame behind it.
    let mut frames = 0;
    while let Some(message) = client.hear.recv().await {
        assert!(matches!(message, Message::Text(_)));
        frames += 1;
    }
    assert_eq!(frames, ROOM);
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_gets_the_newest_states_and_the_end() {
    let mut client = open(false, None, empty()).await;
    for seq in 1..=1_000 {
        let status = if seq == 1_000 { JobStatus::Completed } else { JobStatus::Processing };
        client.publish(&update(1, seq, status)).await;
        if seq % 50 == 0 {
            client.settle().await;
        }
    }
    let mut seen = vec![client.seq().await];
    while *seen.last().unwrap() < 1_000 {
        seen.push(client.seq().await);
    }
    assert!(seen.is_sorted_by(|a, b| a < b) && seen.len() <= ROOM + 2, "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stalled_socket_still_hears_that_its_session_ended() {
    let mut client = open(false, None, empty()).await;
    for job in 0..20 {
        client.publish(&update(job, 1, JobStatus::Pending)).await;
    }
    client.settle().await;
    client.bus.signal(&Signal::SessionEnded { session_id: USER.session_id }).await.unwrap();
    client.settle().await;
    // The client reads again; behind what was on its way there is the close frame.
    for _ in 0..ROOM {
        assert!(matches!(client.next().await.1, Message::Text(_)));
    }
    assert_eq!(client.next().await, (0, close(1008, "session_ended")));
}

#[tokio::test(start_paused = true)]
async fn an_access_token_ends_its_socket() {
    let mut client = open(true, Some(Duration::from_secs(20)), empty()).await;
    assert!(matches!(client.next().await, (0, Message::Text(_))));
    assert_eq!(client.next().await, (20, close(1008, "token_expired")));
    client.say.send(Ok(Message::Close(None))).unwrap();
    client.session.await.unwrap();
    assert_eq!(client.start.elapsed().as_secs(), 20, "an answered goodbye is not waited for");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_process_and_what_is_too_big() {
    let mut client = open(false, None, empty()).await;
    client.shutdown.cancel();
    assert_eq!(client.next().await, (0, close(1001, "going_away")));
    client.session.await.unwrap();
    assert_eq!(client.start.elapsed(), GOODBYE, "a goodbye without answer is not waited for long");
    let mut client = open(false, None, empty()).await;
    client.say.send(Err(Broken::TooBig)).unwrap();
    assert_eq!(client.next().await, (0, close(1009, "too_big")));
    let mut client = open(false, None, empty()).await;
    client.say.send(Err(Broken::Gone)).unwrap();
    client.session.await.unwrap();
    assert_eq!(client.hear.recv().await, None);
}

#[tokio::test(start_paused = true)]
async fn the_snapshot_and_what_came_meanwhile_are_one() {
    let (go, wait) = tokio::sync::oneshot::channel::<()>();
    let opening = async {
        wait.await.unwrap();
        Ok(vec![update(1, 5, JobStatus::Processing), update(2, 3, JobStatus::Processing), update(3, 8, JobStatus::Failed)])
    };
    let mut client = open(false, None, opening).await;
    // Older than the snapshot, newer than it, the same; and one it does not have.
    for (job, seq, status) in [(1, 4, JobStatus::Processing), (2, 4, JobStatus::Processing), (3, 8, JobStatus::Failed), (4, 1, JobStatus::Pending)] {
        client.publish(&update(job, seq, status)).await;
    }
    client.settle().await;
    go.send(()).unwrap();
    let mut seen = Vec::new();
    for _ in 0..4 {
        let Message::Text(text) = client.next().await.1 else { panic!("no text") };
        let update: ProgressUpdate = serde_json::from_str(&text).unwrap();
        seen.push((update.job_id.as_u128(), update.seq.unwrap()));
    }
    seen.sort_unstable();
    assert_eq!(seen, [(1, 5), (2, 4), (3, 8), (4, 1)]);
    // Live; what was sent does not come again, and nothing follows an end.
    client.publish(&update(3, 9, JobStatus::Processing)).await;
    client.publish(&update(1, 5, JobStatus::Processing)).await;
    client.publish(&update(1, 6, JobStatus::Processing)).await;
    assert_eq!(client.seq().await, 6);
}

#[tokio::test(start_paused = true)]
async fn more_jobs_than_a_batch_holds_come_without_a_pause() {
    let states: Vec<_> = (0..300).map(|job| update(job, 1, JobStatus::Pending)).collect();
    let mut client = open(false, None, async { Ok(states) }).await;
    for _ in 0..300 {
        assert!(matches!(client.next().await, (0, Message::Text(_))));
    }
    for job in 0..300 {
        client.publish(&update(job, 2, JobStatus::Processing)).await;
    }
    for _ in 0..300 {
        assert!(matches!(client.next().await, (0, Message::Text(_))));
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_snapshot_there_is_no_socket() {
    let mut client = open(true, None, async { Err(CloseReason::StoreUnavailable) }).await;
    assert_eq!(client.next().await, (0, close(1012, "database_away")));
    let mut client = open(true, None, async { Err(CloseReason::SessionEnded) }).await;
    assert_eq!(client.next().await, (0, close(1008, "session_ended")));
    let mut client = open(true, None, std::future::pending()).await;
    assert_eq!(client.next().await, (10, close(1012, "database_away")));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_leaves_nothing_behind() {
    let client = open(false, None, empty()).await;
    client.say.send(Ok(Message::Close(None))).unwrap();
    client.session.await.unwrap();
    assert_eq!(client.start.elapsed(), Duration::ZERO);
}
