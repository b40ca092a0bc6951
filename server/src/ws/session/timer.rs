//! The one timer of a session, for pings, heartbeats and expiry. Pure: the time is passed in.

use std::time::Duration;

use tokio::time::Instant;

use crate::hub::CloseReason;

pub(super) const PING_INTERVAL: Duration = Duration::from_secs(25);
pub(super) const PONG_TIMEOUT: Duration = Duration::from_secs(10);
/// A heartbeat is sent if no frame was sent for this long.
pub(super) const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(25);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Due {
    /// Close for this reason.
    pub(super) close: Option<CloseReason>,
    pub(super) ping: bool,
    pub(super) heartbeat: bool,
}

pub(super) struct SessionTimer {
    ping_at: Instant,
    /// `Some` while a ping is unanswered.
    pong_by: Option<Instant>,
    /// `None` if the client did not ask for control frames.
    heartbeat_at: Option<Instant>,
    expires_at: Option<Instant>,
}

impl SessionTimer {
    pub(super) fn new(now: Instant, heartbeats: bool, expires_at: Option<Instant>) -> Self {
        Self { ping_at: now + PING_INTERVAL, pong_by: None, heartbeat_at: heartbeats.then(|| now + HEARTBEAT_INTERVAL), expires_at }
    }

    /// When to call [`Self::take_due`] next. Sometimes too early, because frames were sent meanwhile; never too late.
    pub(super) fn next_deadline(&self) -> Instant {
        [self.pong_by, self.heartbeat_at, self.expires_at].into_iter().flatten().fold(self.ping_at, Instant::min)
    }

    pub(super) fn frame_sent(&mut self, now: Instant) {
        self.heartbeat_at = self.heartbeat_at.map(|_| now + HEARTBEAT_INTERVAL);
    }

    pub(super) fn pong_received(&mut self) {
        self.pong_by = None;
    }

    /// Returns what is due at `now`, and counts it as done.
    pub(super) fn take_due(&mut self, now: Instant) -> Due {
        let passed = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if passed(self.expires_at) {
            return Due { close: Some(CloseReason::TokenExpired), ..Due::default() };
        }
        if passed(self.pong_by) {
            return Due { close: Some(CloseReason::NoPong), ..Due::default() };
        }
        let due = Due { close: None, ping: self.ping_at <= now, heartbeat: passed(self.heartbeat_at) };
        if due.ping {
            self.ping_at = now + PING_INTERVAL;
            self.pong_by = Some(now + PONG_TIMEOUT);
        }
        if due.heartbeat {
            self.frame_sent(now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ping_and_heartbeat_are_due_after_silence_and_a_missing_pong_closes() {
        let start = Instant::now();
        let mut timer = SessionTimer::new(start, true, None);
        assert_eq!(timer.next_deadline(), start + PING_INTERVAL);
        assert_eq!(timer.take_due(start + PING_INTERVAL), Due { close: None, ping: true, heartbeat: true });
        assert_eq!(timer.next_deadline(), start + PING_INTERVAL + PONG_TIMEOUT);
        timer.pong_received();
        assert_eq!(timer.next_deadline(), start + PING_INTERVAL * 2);
        timer.frame_sent(start + PING_INTERVAL * 2 - Duration::from_secs(1));
        assert_eq!(timer.take_due(start + PING_INTERVAL * 2), Due { close: None, ping: true, heartbeat: false });
        assert_eq!(timer.take_due(start + PING_INTERVAL * 2 + PONG_TIMEOUT).close, Some(CloseReason::NoPong));
    }

    #[test]
    fn expired_token_closes_before_a_missing_pong_does() {
        let start = Instant::now();
        let mut timer = SessionTimer::new(start, false, Some(start + Duration::from_secs(3)));
        assert_eq!(timer.next_deadline(), start + Duration::from_secs(3));
        assert_eq!(timer.take_due(start + PING_INTERVAL + PONG_TIMEOUT).close, Some(CloseReason::TokenExpired));
    }
}
