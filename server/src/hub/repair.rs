//! What makes good what the bus lost without a word: a look at the database every few seconds, for users who are connected.

use std::{
    collections::HashSet,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use app::wire::{Control, Timestamp};
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use super::{Encoded, Hub};
use crate::store::{Changes, READ_TIMEOUT, Store, with_timeout};

/// How often the database is asked for changes.
const EVERY: Duration = Duration::from_secs(5);
/// How far back: transactions that were open at the last look may have committed since.
const OVERLAP: Duration = Duration::from_secs(30);
/// How often sessions are re-checked.
const RECHECK_EVERY: Duration = Duration::from_secs(30);

/// Repairs for ever.
pub(super) async fn run(hub: &Hub, store: &dyn Store) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut window = Window::default();
    loop {
        ticks.tick().await;
        let users: Vec<Uuid> = hub.connected().iter().map(|user| user.id).collect();
        if users.is_empty() {
            window = Window::default();
            continue;
        }
        match with_timeout(READ_TIMEOUT, store.changes(&users, window.since(wall_clock()))).await {
            Ok(changes) => {
                window.succeeded(changes.now);
                hub.send_missing(&changes);
            }
            Err(error) => tracing::warn!(%error, "the database cannot be asked for updates that were lost; asked again in a few seconds"),
        }
    }
}

/// Closes the sockets of sessions that are gone, for ever.
pub(super) async fn recheck_sessions(hub: &Hub, store: &dyn Store) {
    let mut ticks = interval(RECHECK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let asked = hub.sessions();
        if asked.is_empty() {
            continue;
        }
        let ids: Vec<Uuid> = asked.iter().copied().collect();
        match with_timeout(READ_TIMEOUT, store.live_sessions(&ids)).await {
            Ok(live) => {
                let live: HashSet<Uuid> = live.into_iter().collect();
                // Only of those that were asked about: a session may have begun meanwhile.
                let ended: HashSet<Uuid> = asked.difference(&live).copied().collect();
                hub.close_sessions(|id| ended.contains(&id));
            }
            Err(error) => tracing::warn!(%error, "the database cannot be asked for ended sessions; nothing is closed"),
        }
    }
}

impl Hub {
    /// Offers what changed to every socket concerned; each knows what it was sent, so that only what is missing goes out.
    pub(super) fn send_missing(&self, changes: &Changes) {
        let dismissed: HashSet<(Uuid, Uuid)> = changes.dismissed.iter().copied().collect();
        for (user_id, state) in &changes.updates {
            let Some(user) = self.user(*user_id) else { continue };
            let update = Encoded::from(state);
            // A card that was put away is not brought back to a tab that never had it.
            let known_only = dismissed.contains(&(*user_id, state.job_id));
            let missing = user
                .sockets()
                .iter()
                .filter(|socket| if known_only { socket.mailbox.offer_if_known(&update) } else { socket.mailbox.offer(&update) })
                .count();
            self.meters.repaired.increment(missing as u64);
        }
        for (user_id, job_id) in dismissed {
            self.tell(user_id, job_id, &Control::Dismissed { job_id });
        }
    }

    /// The sessions that sockets here live with.
    fn sessions(&self) -> HashSet<Uuid> {
        self.connected().iter().flat_map(|user| user.sockets().iter().map(|socket| socket.session_id).collect::<Vec<_>>()).collect()
    }
}

/// From when on changes are asked for.
#[derive(Default)]
struct Window {
    /// The database's clock at the last success.
    last: Option<Timestamp>,
}

impl Window {
    /// `now` is this machine's clock, which serves once, before the database's is known: what it may miss is in the window of the next look,
    /// and before that in the snapshots.
    fn since(&self, now: Timestamp) -> Timestamp {
        self.last.unwrap_or(now).plus_micros(-(OVERLAP.as_micros() as i64))
    }

    fn succeeded(&mut self, now: Timestamp) {
        self.last = Some(now);
    }
}

fn wall_clock() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_follows_the_database() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        let mut window = Window::default();
        assert_eq!(window.since(at(1_000)), at(970));
        window.succeeded(at(2_000));
        assert_eq!(window.since(at(1_005)), at(1_970));
        assert_eq!(window.since(at(9_999)), at(1_970), "a look that failed moves nothing");
    }
}
