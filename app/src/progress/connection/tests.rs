//! The state machine's decisions, one by one.

use super::*;

mod properties;

/// A state machine with a clock, with random 0 (no jitter).
struct Harness {
    machine: Connection,
    now: u64,
}

const LOST_NOW: Action = Action::Show(ConnectionStatus::Lost { seconds: 0 });

fn lost(seconds: u32) -> Action {
    Action::Show(ConnectionStatus::Lost { seconds })
}

fn fetch(attempt: u32, now: u64) -> [Action; 2] {
    [Action::FetchTicket { attempt }, Action::WakeAt(now + CONNECT_TIMEOUT_MS)]
}

impl Harness {
    fn new() -> Self {
        Self { machine: Connection::default(), now: 1_000_000 }
    }

    fn on(&mut self, input: Input) -> Vec<Action> {
        self.machine.handle(input, self.now, 0.0)
    }

    fn after(&mut self, ms: u64, input: Input) -> Vec<Action> {
        self.now += ms;
        self.on(input)
    }

    fn ticket(&mut self) -> Vec<Action> {
        self.on(Input::TicketGranted { attempt: self.machine.attempt, ticket: "t".into() })
    }

    fn opened(&mut self) -> Vec<Action> {
        self.on(Input::Opened { attempt: self.machine.attempt })
    }

    fn closed(&mut self, code: u16) -> Vec<Action> {
        self.on(Input::Closed { attempt: self.machine.attempt, code })
    }

    /// Started and connected.
    fn live() -> Self {
        let mut harness = Self::new();
        harness.on(Input::Start);
        harness.ticket();
        harness.opened();
        harness
    }

    /// Lost, during the first delay.
    fn waiting() -> Self {
        let mut harness = Self::live();
        harness.now += STABLE_AFTER_MS;
        harness.closed(1012);
        harness
    }
}

#[test]
fn first_connect_shows_no_banner_and_opens_the_socket_before_asking_for_history() {
    let mut harness = Harness::new();
    let now = harness.now;
    assert_eq!(harness.on(Input::Start), fetch(1, now));
    assert_eq!(harness.on(Input::Start), []);
    assert_eq!(harness.ticket(), [Action::Open { attempt: 1, ticket: "t".into() }, Action::WakeAt(now + CONNECT_TIMEOUT_MS)]);
    assert_eq!(harness.machine.open_attempt(), None);
    assert_eq!(harness.opened(), [Action::Show(ConnectionStatus::Live), Action::FetchHistory, Action::WakeAt(now + SILENCE_TIMEOUT_MS)]);
    assert_eq!(harness.machine.open_attempt(), Some(1));
    assert_eq!(harness.on(Input::Start), []);
}

#[test]
fn stopped_connection_ignores_every_input() {
    for input in [Input::Stop, Input::RetryNow, Input::Online, Input::Visible, Input::Hidden, Input::PageHide, Input::PageShow, Input::Tick] {
        assert_eq!(Harness::new().on(input.clone()), [], "{input:?}");
    }
}

#[test]
fn frame_before_the_opened_event_counts_as_opened() {
    let mut harness = Harness::new();
    harness.on(Input::Start);
    harness.ticket();
    assert!(harness.on(Input::Frame { attempt: 1 }).contains(&Action::FetchHistory));
    assert_eq!(harness.opened(), []);
}

#[test]
fn delays_grow_and_are_counted_down() {
    let mut harness = Harness::waiting();
    for (pause, attempt) in [3_000, 6_000, 12_000, 24_000, 30_000, 30_000].into_iter().zip(2..) {
        let until = harness.now + pause;
        let mut seconds = pause / 1_000;
        while seconds > 1 {
            seconds -= 1;
            assert_eq!(harness.after(1_000, Input::Tick), [lost(seconds as u32), Action::WakeAt(until - (seconds - 1) * 1_000)]);
        }
        let [ticket, wake] = fetch(attempt, until);
        assert_eq!(harness.after(1_000, Input::Tick), [LOST_NOW, ticket, wake]);
        harness.ticket();
        let next = if attempt == 2 { 6_000 } else { (pause * 2).min(30_000) };
        let actions = harness.closed(1006);
        assert_eq!(actions[0], lost(next as u32 / 1_000), "{pause}");
    }
}

#[test]
fn early_tick_changes_nothing() {
    let mut harness = Harness::waiting();
    let until = harness.now + 3_000;
    assert_eq!(harness.after(400, Input::Tick), [Action::WakeAt(until - 2_000)]);
}

#[test]
fn backoff_is_reset_only_after_ten_stable_seconds() {
    let mut harness = Harness::waiting();
    for (held, pause) in [(STABLE_AFTER_MS - 1, 6), (STABLE_AFTER_MS, 3), (0, 6), (1, 12)] {
        harness.after(60_000, Input::Tick);
        harness.ticket();
        harness.opened();
        harness.now += held;
        assert_eq!(harness.closed(1001)[0], lost(pause), "held {held} ms");
    }
}

#[test]
fn jitter_shortens_delays() {
    let mut harness = Harness::live();
    let actions = harness.machine.handle(Input::Closed { attempt: 1, code: 1006 }, harness.now, 1.0);
    assert_eq!(actions, [lost(3), Action::WakeAt(harness.now + 250)]);
    assert_eq!(harness.after(2_249, Input::Tick).len(), 2);
    assert!(harness.after(1, Input::Tick).contains(&Action::FetchTicket { attempt: 2 }));
}

#[test]
fn retry_online_and_visible_connect_at_once_but_at_most_once_a_second() {
    for input in [Input::Online, Input::Visible, Input::RetryNow] {
        let mut harness = Harness::waiting();
        let now = harness.now;
        let [ticket, wake] = fetch(2, now);
        assert_eq!(harness.on(input.clone()), [LOST_NOW, ticket, wake]);
        assert_eq!(harness.on(Input::TicketFailed { attempt: 2 }), [lost(6), Action::WakeAt(now + 1_000)]);
        assert_eq!(harness.after(300, input.clone()), [lost(1), Action::WakeAt(now + 1_000)]);
        let [ticket, wake] = fetch(3, now + 1_000);
        assert_eq!(harness.after(700, Input::Tick), [LOST_NOW, ticket, wake]);
    }
}

#[test]
fn old_attempt_is_replaced_when_the_browser_comes_back() {
    for handshake in [false, true] {
        let mut harness = Harness::waiting();
        harness.on(Input::Online);
        if handshake {
            harness.ticket();
        }
        assert_eq!(harness.after(CONNECT_PATIENCE_MS - 1, Input::Online), []);
        let close = handshake.then_some(Action::Close);
        let expected: Vec<_> = close.into_iter().chain(fetch(3, harness.now + 1)).collect();
        assert_eq!(harness.after(1, Input::Online), expected);
        // Events of the old socket are ignored.
        for late in
            [Input::TicketGranted { attempt: 2, ticket: "old".into() }, Input::Opened { attempt: 2 }, Input::Closed { attempt: 2, code: 1008 }]
        {
            assert_eq!(harness.on(late), []);
        }
    }
}

#[test]
fn hanging_attempt_times_out() {
    let mut harness = Harness::waiting();
    harness.on(Input::Online);
    assert_eq!(harness.after(10_000, Input::Tick), [Action::WakeAt(harness.now + 10_000)]);
    assert_eq!(harness.after(10_000, Input::Tick)[0], lost(6));
    harness.on(Input::Online);
    harness.ticket();
    assert_eq!(harness.after(CONNECT_TIMEOUT_MS, Input::Tick)[..2], [Action::Close, lost(12)]);
}

#[test]
fn refused_ticket_is_retried_and_401_leads_to_sign_in() {
    for status in [429, 503, 500, 403] {
        let mut harness = Harness::new();
        harness.on(Input::Start);
        assert_eq!(harness.on(Input::TicketRefused { attempt: 1, status }), [lost(3), Action::WakeAt(harness.now + 1_000)], "{status}");
    }
    let mut harness = Harness::new();
    harness.on(Input::Start);
    assert_eq!(harness.on(Input::TicketRefused { attempt: 1, status: 401 }), [Action::GoToSignIn]);
    assert_eq!(harness.after(100_000, Input::Tick), []);
    assert_eq!(harness.on(Input::Online), []);
}

#[test]
fn policy_violation_leads_to_sign_in_and_stops() {
    for mut harness in [Harness::live(), {
        let mut harness = Harness::new();
        harness.on(Input::Start);
        harness.ticket();
        harness
    }] {
        let actions = harness.closed(1008);
        assert_eq!(actions.last(), Some(&Action::GoToSignIn));
        for input in [Input::Tick, Input::Online, Input::Visible, Input::PageShow, Input::RetryNow] {
            assert_eq!(harness.after(60_000, input), []);
        }
    }
}

#[test]
fn other_close_codes_are_retried() {
    for code in [1000, 1001, 1005, 1006, 1009, 1011, 1012, 1013] {
        let mut harness = Harness::live();
        assert_eq!(harness.closed(code), [lost(3), Action::WakeAt(harness.now + 1_000)], "{code}");
    }
}

#[test]
fn silent_socket_is_treated_as_lost() {
    let mut harness = Harness::live();
    harness.after(40_000, Input::Frame { attempt: 1 });
    let heard = harness.now;
    assert_eq!(harness.after(20_000, Input::Tick), [Action::WakeAt(heard + SILENCE_TIMEOUT_MS)]);
    assert_eq!(harness.after(39_999, Input::Tick), [Action::WakeAt(heard + SILENCE_TIMEOUT_MS)]);
    assert_eq!(harness.after(1, Input::Tick), [Action::Close, lost(3), Action::WakeAt(harness.now + 1_000)]);
}

#[test]
fn socket_that_went_silent_in_the_background_is_replaced_when_the_tab_is_visible() {
    for input in [Input::Online, Input::Visible, Input::RetryNow] {
        let mut harness = Harness::live();
        assert_eq!(harness.after(1_000, Input::Hidden), []);
        assert_eq!(harness.after(1_000, input.clone()).iter().filter(|action| matches!(action, Action::Close | Action::Show(_))).count(), 0);
        let [ticket, wake] = fetch(2, harness.now + SILENCE_TIMEOUT_MS);
        assert_eq!(harness.after(SILENCE_TIMEOUT_MS, input), [Action::Close, LOST_NOW, ticket, wake]);
    }
}

#[test]
fn page_in_the_back_forward_cache_disconnects_and_reconnects() {
    for back in [Input::PageShow, Input::Visible] {
        let mut harness = Harness::live();
        assert_eq!(harness.on(Input::PageShow), []);
        assert_eq!(harness.on(Input::PageHide), [Action::Close, Action::Show(ConnectionStatus::Idle)]);
        for input in [Input::Tick, Input::Online, Input::RetryNow, Input::Hidden, Input::Closed { attempt: 1, code: 1006 }, Input::Start] {
            assert_eq!(harness.after(60_000, input), []);
        }
        let now = harness.now;
        assert_eq!(harness.on(back), fetch(2, now));
        harness.ticket();
        assert!(harness.opened().contains(&Action::FetchHistory));
    }
}

#[test]
fn stopped_connection_stays_stopped_until_the_next_start() {
    let mut harness = Harness::live();
    assert_eq!(harness.on(Input::Stop), [Action::Close, Action::Show(ConnectionStatus::Idle)]);
    for input in [Input::Stop, Input::Closed { attempt: 1, code: 1008 }, Input::Online, Input::Visible, Input::PageHide, Input::PageShow, Input::Tick]
    {
        assert_eq!(harness.after(60_000, input), []);
    }
    let now = harness.now;
    assert_eq!(harness.on(Input::Start), fetch(2, now));
    // With a ticket request in progress, and while waiting.
    assert_eq!(harness.on(Input::Stop), []);
    assert_eq!(harness.ticket(), []);
    let mut harness = Harness::waiting();
    assert_eq!(harness.on(Input::Stop), [Action::Show(ConnectionStatus::Idle)]);
    assert_eq!(harness.after(60_000, Input::Tick), []);
}

#[test]
fn clock_set_back_delays_no_reconnect() {
    let mut harness = Harness::waiting();
    harness.now -= 900_000;
    assert_eq!(harness.on(Input::Tick)[0], lost(30));
    assert!(harness.after(30_000, Input::Tick).contains(&Action::FetchTicket { attempt: 2 }));
    let mut harness = Harness::live();
    harness.now -= 900_000;
    assert!(harness.on(Input::Tick).contains(&Action::Close));
}
