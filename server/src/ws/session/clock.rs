//! When a session has to do something by itself: one timer for all of it, pure but for the instants passed in.

use std::time::Duration;

use tokio::time::Instant;

use crate::hub::CloseReason;

/// How often a client is pinged.
pub(super) const PING: Duration = Duration::from_secs(25);
/// How long a client may take to answer a ping.
pub(super) const PONG: Duration = Duration::from_secs(10);
/// After how much silence a heartbeat is sent.
pub(super) const SILENCE: Duration = Duration::from_secs(25);

/// What is due now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Due {
    /// The session ends.
    pub(super) close: Option<CloseReason>,
    /// A ping is sent.
    pub(super) ping: bool,
    /// A heartbeat is sent.
    pub(super) heartbeat: bool,
}

/// The instants of one session.
pub(super) struct Clock {
    ping_at: Instant,
    /// While a ping is unanswered.
    pong_by: Option<Instant>,
    /// Where heartbeats are sent.
    heartbeat_at: Option<Instant>,
    expires_at: Option<Instant>,
}

impl Clock {
    pub(super) fn new(now: Instant, heartbeats: bool, expires_at: Option<Instant>) -> Self {
        Self { ping_at: now + PING, pong_by: None, heartbeat_at: heartbeats.then(|| now + SILENCE), expires_at }
    }

    /// When to look again. It may be early where frames were sent meanwhile, never late.
    pub(super) fn next(&self) -> Instant {
        [self.pong_by, self.heartbeat_at, self.expires_at].into_iter().flatten().fold(self.ping_at, Instant::min)
    }

    /// A frame was sent.
    pub(super) fn spoke(&mut self, now: Instant) {
        self.heartbeat_at = self.heartbeat_at.map(|_| now + SILENCE);
    }

    /// The client answered a ping.
    pub(super) fn heard(&mut self) {
        self.pong_by = None;
    }

    /// What is due; taken as done.
    pub(super) fn due(&mut self, now: Instant) -> Due {
        let passed = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if passed(self.expires_at) {
            return Due { close: Some(CloseReason::TokenExpired), ..Due::default() };
        }
        if passed(self.pong_by) {
            return Due { close: Some(CloseReason::NoPong), ..Due::default() };
        }
        let due = Due { close: None, ping: self.ping_at <= now, heartbeat: passed(self.heartbeat_at) };
        if due.ping {
            self.ping_at = now + PING;
            self.pong_by = Some(now + PONG);
        }
        if due.heartbeat {
            self.spoke(now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_broken_and_answers_are_awaited() {
        let start = Instant::now();
        let mut clock = Clock::new(start, true, None);
        assert_eq!(clock.next(), start + PING);
        assert_eq!(clock.due(start + PING), Due { close: None, ping: true, heartbeat: true });
        assert_eq!(clock.next(), start + PING + PONG);
        clock.heard();
        assert_eq!(clock.next(), start + PING * 2);
        clock.spoke(start + PING * 2 - Duration::from_secs(1));
        assert_eq!(clock.due(start + PING * 2), Due { close: None, ping: true, heartbeat: false });
        assert_eq!(clock.due(start + PING * 2 + PONG).close, Some(CloseReason::NoPong));
    }

    #[test]
    fn a_token_ends_before_all_else() {
        let start = Instant::now();
        let mut clock = Clock::new(start, false, Some(start + Duration::from_secs(3)));
        assert_eq!(clock.next(), start + Duration::from_secs(3));
        assert_eq!(clock.due(start + PING + PONG).close, Some(CloseReason::TokenExpired));
    }
}
