//! Sessions with a fake socket, in paused time.

mod fake;

use app::wire::JobStatus;

use self::fake::{CLIENT_BUFFER, FakeError, USER, close, empty_snapshot, open, ping, pong, update};
use super::*;
use crate::bus::{Bus, Signal};

#[tokio::test(start_paused = true)]
async fn heartbeat_is_sent_at_the_start_and_after_silence() {
    let mut client = open(true, None, empty_snapshot()).await;
    let heartbeat = Message::Text(format!(r#"{{"type":"heartbeat","version":"{VERSION}"}}"#).into());
    assert_eq!(client.next().await, (0, heartbeat.clone()));
    assert_eq!(client.next().await, (25, heartbeat.clone()));
    assert_eq!(client.next().await, (25, ping()));
    client.to_server.send(pong()).unwrap();
    tokio::time::sleep(Duration::from_secs(15)).await;
    client.publish(&update(1, 1, JobStatus::Pending)).await;
    assert_eq!((client.seq().await, client.start.elapsed().as_secs()), (1, 40));
    assert_eq!(client.next().await, (50, ping()));
    client.to_server.send(pong()).unwrap();
    assert_eq!(client.next().await, (65, heartbeat));
}

#[tokio::test(start_paused = true)]
async fn client_without_control_gets_updates_and_pings_only() {
    let mut client = open(false, None, empty_snapshot()).await;
    for n in 1..5 {
        assert_eq!(client.next().await, (25 * n, ping()));
        client.to_server.send(pong()).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn unanswered_ping_closes_the_session() {
    let mut client = open(false, None, empty_snapshot()).await;
    assert_eq!(client.next().await, (25, ping()));
    assert_eq!(client.next().await, (35, close(1002, "no_pong")));
    client.session.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn client_that_sends_without_pause_does_not_delay_the_timer() {
    let mut client = open(false, None, empty_snapshot()).await;
    let to_server = client.to_server.clone();
    let chatter = tokio::spawn(async move {
        while to_server.send(Ok(Message::text("hello"))).is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    assert_eq!(client.next().await, (25, ping()));
    assert_eq!(client.next().await, (35, close(1002, "no_pong")));
    chatter.abort();
}

#[tokio::test(start_paused = true)]
async fn client_that_reads_nothing_is_dropped_after_the_write_timeout() {
    let mut client = open(false, None, empty_snapshot()).await;
    for seq in 1..=2_000 {
        client.publish(&update(u128::from(seq % 7), seq, JobStatus::Processing)).await;
        if seq % 100 == 0 {
            client.let_others_run().await;
        }
    }
    let stalled_since = client.start.elapsed();
    (&mut client.session).await.unwrap();
    let after = client.start.elapsed() - stalled_since;
    assert!(after > Duration::from_secs(29) && after <= Duration::from_secs(31), "{after:?}");
    // What its buffer contained, and no close frame after that.
    let mut frames = 0;
    while let Some(message) = client.from_server.recv().await {
        assert!(matches!(message, Message::Text(_)));
        frames += 1;
    }
    assert_eq!(frames, CLIENT_BUFFER);
}

#[tokio::test(start_paused = true)]
async fn slow_client_gets_the_newest_states_and_the_terminal_one() {
    let mut client = open(false, None, empty_snapshot()).await;
    for seq in 1..=1_000 {
        let status = if seq == 1_000 { JobStatus::Completed } else { JobStatus::Processing };
        client.publish(&update(1, seq, status)).await;
        if seq % 50 == 0 {
            client.let_others_run().await;
        }
    }
    let mut seen = vec![client.seq().await];
    while *seen.last().unwrap() < 1_000 {
        seen.push(client.seq().await);
    }
    assert!(seen.is_sorted_by(|a, b| a < b) && seen.len() <= CLIENT_BUFFER + 2, "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn stalled_client_is_closed_when_its_session_ends() {
    let mut client = open(false, None, empty_snapshot()).await;
    for job in 0..20 {
        client.publish(&update(job, 1, JobStatus::Pending)).await;
    }
    client.let_others_run().await;
    client.bus.signal(&Signal::SessionEnded { session_id: USER.session_id }).await.unwrap();
    client.let_others_run().await;
    // The client reads again: the close frame follows what was in its buffer.
    for _ in 0..CLIENT_BUFFER {
        assert!(matches!(client.next().await.1, Message::Text(_)));
    }
    assert_eq!(client.next().await, (0, close(1008, "session_ended")));
}

#[tokio::test(start_paused = true)]
async fn session_closes_when_its_access_token_expires() {
    let mut client = open(true, Some(Duration::from_secs(20)), empty_snapshot()).await;
    assert!(matches!(client.next().await, (0, Message::Text(_))));
    assert_eq!(client.next().await, (20, close(1008, "token_expired")));
    client.to_server.send(Ok(Message::Close(None))).unwrap();
    client.session.await.unwrap();
    assert_eq!(client.start.elapsed().as_secs(), 20, "the session ends as soon as the close is answered");
}

#[tokio::test(start_paused = true)]
async fn session_closes_at_shutdown_and_after_an_invalid_message() {
    let mut client = open(false, None, empty_snapshot()).await;
    client.shutdown.cancel();
    assert_eq!(client.next().await, (0, close(1001, "going_away")));
    client.session.await.unwrap();
    assert_eq!(client.start.elapsed(), CLOSE_TIMEOUT, "an unanswered close ends after the timeout");
    for (reason, frame) in [
        (CloseReason::MessageTooBig, close(1009, "too_big")),
        (CloseReason::Protocol, close(1002, "protocol_error")),
        (CloseReason::InvalidText, close(1007, "invalid_utf8")),
    ] {
        let mut client = open(false, None, empty_snapshot()).await;
        client.to_server.send(Err(FakeError::Invalid(reason))).unwrap();
        assert_eq!(client.next().await, (0, frame));
    }
    let mut client = open(false, None, empty_snapshot()).await;
    client.to_server.send(Err(FakeError::Gone)).unwrap();
    client.session.await.unwrap();
    assert_eq!(client.from_server.recv().await, None);
}

#[tokio::test(start_paused = true)]
async fn snapshot_is_merged_with_updates_that_arrived_meanwhile() {
    let (go, wait) = tokio::sync::oneshot::channel::<()>();
    let snapshot = async {
        wait.await.unwrap();
        Ok(vec![update(1, 5, JobStatus::Processing), update(2, 3, JobStatus::Processing), update(3, 8, JobStatus::Failed)])
    };
    let mut client = open(false, None, snapshot).await;
    // Older than the snapshot's state, newer, the same; and a job that the snapshot does not contain.
    for (job, seq, status) in [(1, 4, JobStatus::Processing), (2, 4, JobStatus::Processing), (3, 8, JobStatus::Failed), (4, 1, JobStatus::Pending)] {
        client.publish(&update(job, seq, status)).await;
    }
    client.let_others_run().await;
    go.send(()).unwrap();
    let mut seen = Vec::new();
    for _ in 0..4 {
        let Message::Text(text) = client.next().await.1 else { panic!("no text") };
        let update: ProgressUpdate = serde_json::from_str(&text).unwrap();
        seen.push((update.job_id.as_u128(), update.seq.unwrap()));
    }
    seen.sort_unstable();
    assert_eq!(seen, [(1, 5), (2, 4), (3, 8), (4, 1)]);
    // Now live: nothing is sent twice, and nothing after a terminal state.
    client.publish(&update(3, 9, JobStatus::Processing)).await;
    client.publish(&update(1, 5, JobStatus::Processing)).await;
    client.publish(&update(1, 6, JobStatus::Processing)).await;
    assert_eq!(client.seq().await, 6);
}

#[tokio::test(start_paused = true)]
async fn more_jobs_than_a_batch_are_sent_without_a_pause() {
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
async fn session_closes_when_the_snapshot_cannot_be_read() {
    let mut client = open(true, None, async { Err(CloseReason::StoreUnavailable) }).await;
    assert_eq!(client.next().await, (0, close(1012, "database_away")));
    let mut client = open(true, None, async { Err(CloseReason::SessionEnded) }).await;
    assert_eq!(client.next().await, (0, close(1008, "session_ended")));
    let mut client = open(true, None, std::future::pending()).await;
    assert_eq!(client.next().await, (10, close(1012, "database_away")));
}

#[tokio::test(start_paused = true)]
async fn session_ends_at_once_when_the_client_closes() {
    let client = open(false, None, empty_snapshot()).await;
    client.to_server.send(Ok(Message::Close(None))).unwrap();
    client.session.await.unwrap();
    assert_eq!(client.start.elapsed(), Duration::ZERO);
}
