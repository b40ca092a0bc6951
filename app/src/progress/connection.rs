//! The connection as a state machine: when to fetch a ticket, open, close, wait, catch up. It has no socket and no clock.
//!
//! Answers carry the number of the attempt that they belong to; those of older attempts are ignored. So there is never more than one socket,
//! in whatever order answers arrive.

use super::backoff::{Backoff, MAX_DELAY_MS};

mod signals;

#[cfg(test)]
mod tests;

pub use signals::{Action, ConnectionStatus, Input};

/// A connection that lasted this long resets the backoff.
const STABLE_AFTER_MS: u64 = 10_000;
/// The server sends something every 25 s; a socket that is silent for this long is lost.
const SILENCE_TIMEOUT_MS: u64 = 60_000;
/// The shortest time between two attempts that do not wait for the backoff (online, visible, retry now).
const MIN_ATTEMPT_INTERVAL_MS: u64 = 1_000;
/// For a ticket and for a handshake. Below the 30 s that a ticket is valid.
const CONNECT_TIMEOUT_MS: u64 = 20_000;
/// An attempt in progress is replaced by online, visible or retry now only after this long: it may have started without a network.
const CONNECT_PATIENCE_MS: u64 = 5_000;
/// RFC 6455: the session has ended.
const POLICY_VIOLATION: u16 = 1008;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Stopped,
    /// The page was left; it may come back from the back/forward cache.
    Suspended,
    Waiting {
        until: u64,
    },
    Fetching {
        since_ms: u64,
    },
    Opening {
        since_ms: u64,
    },
    Open {
        since_ms: u64,
        last_frame_ms: u64,
    },
}

/// The state machine, initially stopped.
#[derive(Clone, Debug)]
pub struct Connection {
    phase: Phase,
    attempt: u32,
    tried_ms: Option<u64>,
    backoff: Backoff,
    shown: ConnectionStatus,
    actions: Vec<Action>,
}

impl Default for Connection {
    fn default() -> Self {
        Self { phase: Phase::Stopped, attempt: 0, tried_ms: None, backoff: Backoff::default(), shown: ConnectionStatus::Idle, actions: Vec::new() }
    }
}

impl Connection {
    /// The attempt whose socket is open, if any.
    pub fn open_attempt(&self) -> Option<u32> {
        matches!(self.phase, Phase::Open { .. }).then_some(self.attempt)
    }

    /// Handles an input. `now_ms` may jump; `random` from 0 to 1 is for the backoff. Returns what to do.
    pub fn handle(&mut self, input: Input, now_ms: u64, random: f64) -> Vec<Action> {
        if input.attempt().is_none_or(|attempt| attempt == self.attempt) {
            self.step(input, now_ms, random);
        }
        std::mem::take(&mut self.actions)
    }

    fn step(&mut self, input: Input, now: u64, random: f64) {
        use Phase::{Fetching, Open, Opening, Stopped, Suspended, Waiting};
        match (self.phase, input) {
            (Stopped, Input::Start) => self.try_at_once(now),
            (Stopped, _) => {}
            (_, Input::Stop) => self.leave(Stopped),
            (_, Input::PageHide) => self.leave(Suspended),
            // `pageshow` is not always the first event of a page from the back/forward cache.
            (Suspended, Input::PageShow | Input::Visible) => self.try_at_once(now),
            (Suspended, _) => {}

            (Waiting { .. }, Input::RetryNow | Input::Online | Input::Visible) => self.try_at_once(now),
            (Waiting { until }, Input::Tick) => {
                // If the clock was set back, the delay must not exceed the maximum.
                let until = until.min(now + u64::from(MAX_DELAY_MS));
                if now >= until { self.connect(now) } else { self.wait(until, now) }
            }

            (Fetching { since_ms } | Opening { since_ms }, Input::RetryNow | Input::Online | Input::Visible)
                if since_ms.abs_diff(now) >= CONNECT_PATIENCE_MS =>
            {
                self.close();
                self.try_at_once(now);
            }
            (Fetching { since_ms } | Opening { since_ms }, Input::Tick) => {
                if since_ms.abs_diff(now) < CONNECT_TIMEOUT_MS {
                    self.actions.push(Action::WakeAt(since_ms + CONNECT_TIMEOUT_MS));
                } else {
                    self.close();
                    self.fail(now, random);
                }
            }

            (Fetching { .. }, Input::TicketGranted { attempt, ticket }) => {
                self.phase = Opening { since_ms: now };
                self.actions.extend([Action::Open { attempt, ticket }, Action::WakeAt(now + CONNECT_TIMEOUT_MS)]);
            }
            (Fetching { .. }, Input::TicketRefused { status: 401, .. }) => self.sign_in(),
            (Fetching { .. }, Input::TicketRefused { .. } | Input::TicketFailed { .. }) => self.fail(now, random),

            (Opening { .. }, Input::Opened { .. } | Input::Frame { .. }) => {
                self.phase = Open { since_ms: now, last_frame_ms: now };
                self.show(ConnectionStatus::Live);
                self.actions.extend([Action::FetchHistory, Action::WakeAt(now + SILENCE_TIMEOUT_MS)]);
            }
            (Open { since_ms, .. }, Input::Frame { .. }) => self.phase = Open { since_ms, last_frame_ms: now },
            (Open { last_frame_ms, .. }, Input::Tick | Input::RetryNow | Input::Online | Input::Visible)
                if last_frame_ms.abs_diff(now) < SILENCE_TIMEOUT_MS =>
            {
                self.actions.push(Action::WakeAt(last_frame_ms + SILENCE_TIMEOUT_MS));
            }
            (Open { .. }, Input::Tick) => {
                self.close();
                self.fail(now, random);
            }
            // The user is looking, or the network is back: a socket that has gone silent is replaced without delay.
            (Open { .. }, Input::RetryNow | Input::Online | Input::Visible) => {
                self.close();
                self.backoff.reset();
                self.try_at_once(now);
            }

            (Opening { .. } | Open { .. }, Input::Closed { code: POLICY_VIOLATION, .. }) => self.sign_in(),
            (Opening { .. }, Input::Closed { .. }) => self.fail(now, random),
            (Open { .. }, Input::Closed { .. }) => self.fail(now, random),

            _ => {}
        }
    }

    fn try_at_once(&mut self, now: u64) {
        match self.tried_ms {
            Some(tried) if tried.abs_diff(now) < MIN_ATTEMPT_INTERVAL_MS => self.wait(tried.min(now) + MIN_ATTEMPT_INTERVAL_MS, now),
            _ => self.connect(now),
        }
    }

    fn connect(&mut self, now: u64) {
        self.attempt = self.attempt.wrapping_add(1);
        self.tried_ms = Some(now);
        self.phase = Phase::Fetching { since_ms: now };
        // The first attempt of a page is not shown as a loss.
        if self.shown != ConnectionStatus::Idle {
            self.show(ConnectionStatus::Lost { seconds: 0 });
        }
        self.actions.extend([Action::FetchTicket { attempt: self.attempt }, Action::WakeAt(now + CONNECT_TIMEOUT_MS)]);
    }

    fn fail(&mut self, now: u64, random: f64) {
        if let Phase::Open { since_ms, .. } = self.phase
            && since_ms.abs_diff(now) >= STABLE_AFTER_MS
        {
            self.backoff.reset();
        }
        let until = now + u64::from(self.backoff.pause(random));
        self.show(ConnectionStatus::Lost { seconds: seconds(until, now) });
        self.wait(until, now);
    }

    fn wait(&mut self, until: u64, now: u64) {
        self.phase = Phase::Waiting { until };
        let seconds = seconds(until, now);
        if self.shown != ConnectionStatus::Idle {
            self.show(ConnectionStatus::Lost { seconds });
        }
        // When the countdown shows one second less.
        self.actions.push(Action::WakeAt(until - u64::from(seconds.saturating_sub(1)) * 1_000));
    }

    fn sign_in(&mut self) {
        self.leave(Phase::Stopped);
        self.actions.push(Action::GoToSignIn);
    }

    fn leave(&mut self, phase: Phase) {
        self.close();
        self.phase = phase;
        self.backoff.reset();
        self.show(ConnectionStatus::Idle);
    }

    fn close(&mut self) {
        if matches!(self.phase, Phase::Opening { .. } | Phase::Open { .. }) {
            self.actions.push(Action::Close);
        }
    }

    fn show(&mut self, status: ConnectionStatus) {
        if self.shown != status {
            self.shown = status;
            self.actions.push(Action::Show(status));
        }
    }
}

fn seconds(until: u64, now: u64) -> u32 {
    u32::try_from(until.saturating_sub(now).div_ceil(1_000)).unwrap_or(u32::MAX)
}
