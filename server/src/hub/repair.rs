//! Repairs updates that were lost without notice: asks the database every few seconds which jobs changed lately, however many users are
//! connected, and reads the states of those that a socket lacks.

use std::{collections::HashSet, sync::Arc, time::Duration};

use app::wire::{Control, ProgressUpdate, Timestamp};
use tokio::{
    sync::watch,
    time::{Interval, MissedTickBehavior, interval, sleep},
};
use uuid::Uuid;

use super::{EncodedUpdate, Hub, encode_control, user::User};
use crate::{
    clock,
    store::{JobChange, READ_TIMEOUT, Store, StoreError, with_timeout},
};

const REPAIR_INTERVAL: Duration = Duration::from_secs(5);
/// How far before the last success changes are queried: transactions that were open then may have committed since. Longer than a statement
/// may take, and so than any transaction in which a job changes after it has read the clock.
const LOOKBACK: Duration = Duration::from_secs(90);
const SESSION_CHECK_INTERVAL: Duration = Duration::from_secs(30);
/// The shortest pause between two repairs, for a process that loses messages all the time.
const MIN_PAUSE: Duration = Duration::from_millis(500);

/// Runs until dropped.
pub(super) async fn repair_updates(hub: &Hub, store: &dyn Store) {
    let mut ticks = interval(REPAIR_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut gaps, mut cursor) = (hub.gaps.subscribe(), ChangeCursor::default());
    loop {
        wait_for_tick_or_gap(&mut ticks, &mut gaps).await;
        if hub.users().is_empty() {
            cursor = ChangeCursor::default();
            continue;
        }
        match with_timeout(READ_TIMEOUT, hub.repair_since(store, cursor.since(clock::now()))).await {
            Ok(now) => cursor.succeeded(now),
            Err(error) => tracing::warn!(%error, "the database could not be checked for lost updates; retrying in a few seconds"),
        }
    }
}

/// Closes sockets whose session has ended. Runs until dropped.
pub(super) async fn close_ended_sessions(hub: &Hub, store: &dyn Store) {
    let mut ticks = interval(SESSION_CHECK_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut gaps = hub.gaps.subscribe();
    loop {
        wait_for_tick_or_gap(&mut ticks, &mut gaps).await;
        let checked = hub.session_ids();
        if checked.is_empty() {
            continue;
        }
        let ids: Vec<Uuid> = checked.iter().copied().collect();
        match with_timeout(READ_TIMEOUT, store.live_sessions(&ids)).await {
            Ok(live) => {
                let live: HashSet<Uuid> = live.into_iter().collect();
                // Only those that were checked, because a session may have been opened meanwhile.
                let ended: HashSet<Uuid> = checked.difference(&live).copied().collect();
                hub.close_sessions(|id| ended.contains(&id));
            }
            Err(error) => tracing::warn!(%error, "the database could not be checked for ended sessions; no socket is closed"),
        }
    }
}

/// A gap that opens while its receiver is busy is found by the next call.
async fn wait_for_tick_or_gap(ticks: &mut Interval, gaps: &mut watch::Receiver<()>) {
    sleep(MIN_PAUSE).await;
    tokio::select! {
        _ = ticks.tick() => {}
        // Fails only without the hub, which the caller has.
        _ = gaps.changed() => ticks.reset(),
    }
}

impl Hub {
    /// Sends what sockets lack of the changes since then. Returns the database's clock.
    async fn repair_since(&self, store: &dyn Store, since: Timestamp) -> Result<Timestamp, StoreError> {
        let changes = store.changes(since).await?;
        let lacking = self.lacking(&changes.jobs);
        let states = if lacking.is_empty() { Vec::new() } else { store.states(&lacking).await? };
        self.send_missing(&changes.jobs, &states);
        Ok(changes.now)
    }

    /// The jobs of whose newest state a socket of their user has nothing yet.
    pub(super) fn lacking(&self, changes: &[JobChange]) -> Vec<Uuid> {
        let lacks = |change: &&JobChange| {
            let lacks = |user: Arc<User>| user.sockets().iter().any(|socket| socket.mailbox.lacks(change.job_id, change.seq, change.dismissed));
            !change.removed && self.user(change.user_id).is_some_and(lacks)
        };
        changes.iter().filter(lacks).map(|change| change.job_id).collect()
    }

    /// Queues each state at the sockets of its user, and then dismissals and removals. Mailboxes drop what they have sent already, so only
    /// what is missing is sent.
    pub(super) fn send_missing(&self, changes: &[JobChange], states: &[(Uuid, ProgressUpdate)]) {
        let dismissed: HashSet<Uuid> = changes.iter().filter(|change| change.dismissed).map(|change| change.job_id).collect();
        for (user_id, state) in states {
            let Some(user) = self.user(*user_id) else { continue };
            let update = EncodedUpdate::from(state);
            // A dismissed card must not appear in a tab that never had it.
            let seen_only = dismissed.contains(&state.job_id);
            let missing = user
                .sockets()
                .iter()
                .filter(|socket| if seen_only { socket.mailbox.enqueue_if_seen(&update) } else { socket.mailbox.enqueue(&update) })
                .count();
            self.metrics.repaired.increment(missing as u64);
        }
        for &JobChange { user_id, job_id, dismissed, removed, .. } in changes {
            if dismissed {
                self.send_control(user_id, job_id, &Control::Dismissed { job_id });
            }
            // Of thousands that were removed together, a mailbox soon forgets most; they must not be sent again and again.
            if removed && let Some(user) = self.user(user_id) {
                let frame = encode_control(&Control::Removed { job_id });
                for socket in user.sockets().iter() {
                    socket.mailbox.enqueue_control_if_seen(job_id, &frame);
                }
            }
        }
    }

    /// The sessions of all sockets in this process.
    fn session_ids(&self) -> HashSet<Uuid> {
        self.connected_users().iter().flat_map(|user| user.sockets().iter().map(|socket| socket.session_id).collect::<Vec<_>>()).collect()
    }
}

/// The time from which changes are queried.
#[derive(Default)]
struct ChangeCursor {
    /// The database's clock at the last success.
    last_success: Option<Timestamp>,
}

impl ChangeCursor {
    /// `now` is this machine's clock. It is used only until the database's clock is known; changes that it misses are in the snapshots, or
    /// within the lookback of the next query.
    fn since(&self, now: Timestamp) -> Timestamp {
        self.last_success.unwrap_or(now).plus_micros(-(LOOKBACK.as_micros() as i64))
    }

    fn succeeded(&mut self, now: Timestamp) {
        self.last_success = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn gap_is_repaired_at_once_and_others_a_moment_later() {
        let (sender, mut gaps) = watch::channel(());
        let (mut ticks, start) = (interval(REPAIR_INTERVAL), Instant::now());
        wait_for_tick_or_gap(&mut ticks, &mut gaps).await;
        assert_eq!(start.elapsed().as_millis(), MIN_PAUSE.as_millis(), "the first tick");
        sleep(REPAIR_INTERVAL / 2).await;
        for _ in 0..3 {
            sender.send_replace(());
            let gap = Instant::now();
            wait_for_tick_or_gap(&mut ticks, &mut gaps).await;
            assert_eq!(gap.elapsed().as_millis(), MIN_PAUSE.as_millis());
        }
        let last = Instant::now();
        wait_for_tick_or_gap(&mut ticks, &mut gaps).await;
        assert_eq!(last.elapsed().as_millis(), REPAIR_INTERVAL.as_millis());
    }

    #[test]
    fn cursor_follows_the_clock_of_the_database() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        let mut cursor = ChangeCursor::default();
        assert_eq!(cursor.since(at(1_000)), at(910));
        cursor.succeeded(at(2_000));
        assert_eq!(cursor.since(at(1_005)), at(1_910));
        assert_eq!(cursor.since(at(9_999)), at(1_910), "a failed query does not move it");
    }
}
