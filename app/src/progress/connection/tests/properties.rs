//! Properties that hold for any events in any order.

use proptest::prelude::*;

use super::*;

/// A possible next event, to be matched with the requests in progress.
#[derive(Clone, Debug)]
enum Event {
    Outside(Input),
    /// The oldest open ticket request, or an older one that was never answered.
    Ticket(Option<u16>, prop::sample::Index),
    Opens,
    Closes(u16),
    Hears,
    /// The timer fires.
    Rings,
}

fn chance() -> impl Strategy<Value = Event> {
    let outside =
        [Input::Start, Input::Stop, Input::RetryNow, Input::Online, Input::Visible, Input::Hidden, Input::PageHide, Input::PageShow, Input::Tick];
    prop_oneof![
        3 => prop::sample::select(outside.to_vec()).prop_map(Event::Outside),
        3 => (prop::sample::select(vec![None, None, None, Some(0), Some(401), Some(429), Some(503)]), any::<prop::sample::Index>()).prop_map(|(status, which)| Event::Ticket(status, which)),
        2 => Just(Event::Opens),
        1 => prop::sample::select(vec![1001u16, 1006, 1008, 1012]).prop_map(Event::Closes),
        2 => Just(Event::Hears),
        3 => Just(Event::Rings),
    ]
}

proptest! {
    #[test]
    fn machine_never_opens_two_sockets_or_tries_twice_a_second_and_always_recovers(
        chances in prop::collection::vec((chance(), 0u64..20_000, 0.0f64..=1.0), 0..200),
    ) {
        let mut machine = Connection::default();
        let mut now = 1_000_000u64;
        let (mut tickets, mut socket, mut wake, mut tried) = (Vec::new(), None::<u32>, None::<u64>, None::<u64>);
        let mut running = false;
        for (chance, pass, random) in chances {
            now += pass;
            let input = match chance {
                Event::Outside(input) => input,
                Event::Ticket(_, _) if tickets.is_empty() => continue,
                Event::Ticket(status, which) => {
                    let attempt = tickets.remove(which.index(tickets.len()));
                    match status {
                        None => Input::TicketGranted { attempt, ticket: String::new() },
                        Some(0) => Input::TicketFailed { attempt },
                        Some(status) => Input::TicketRefused { attempt, status },
                    }
                }
                Event::Opens => match socket { Some(attempt) => Input::Opened { attempt }, None => continue },
                Event::Hears => match socket { Some(attempt) => Input::Frame { attempt }, None => continue },
                Event::Closes(code) => match socket.take() { Some(attempt) => Input::Closed { attempt, code }, None => continue },
                Event::Rings => match wake.take() {
                    Some(at) => { now = now.max(at); Input::Tick }
                    None => continue,
                },
            };
            match input {
                Input::Start => running = true,
                Input::Stop => running = false,
                _ => {}
            }
            for action in machine.handle(input.clone(), now, random) {
                match action {
                    Action::FetchTicket { attempt } => {
                        prop_assert!(socket.is_none(), "a ticket is asked for with a socket open");
                        prop_assert!(tried.is_none_or(|tried| now - tried >= MIN_ATTEMPT_INTERVAL_MS), "tried twice within a second");
                        tried = Some(now);
                        tickets.push(attempt);
                    }
                    Action::Open { attempt, .. } => {
                        prop_assert_eq!(socket, None, "two sockets");
                        socket = Some(attempt);
                    }
                    Action::Close => socket = None,
                    Action::WakeAt(at) => {
                        prop_assert!(at >= now);
                        wake = Some(at);
                    }
                    Action::GoToSignIn => running = false,
                    Action::FetchHistory => prop_assert!(socket.is_some()),
                    Action::Show(status) => prop_assert!(status != ConnectionStatus::Live || socket.is_some()),
                }
            }
            prop_assert!(running || socket.is_none(), "a socket that nobody wants");
            let waits = !matches!(machine.phase, Phase::Stopped | Phase::Suspended);
            prop_assert!(!waits || wake.is_some() || matches!(input, Input::Tick), "nothing would ever happen again");
            prop_assert_eq!(machine.open_attempt().is_some(), machine.shown == ConnectionStatus::Live);
        }
        // Whatever happened before: once the server is back, the connection is live again within the longest delay.
        if !matches!(machine.phase, Phase::Stopped | Phase::Suspended | Phase::Open { .. }) {
            let deadline = now + CONNECT_TIMEOUT_MS + u64::from(MAX_DELAY_MS);
            let mut input = Input::Tick;
            while machine.open_attempt().is_none() {
                let actions = machine.handle(input, now, 0.0);
                input = Input::Tick;
                for action in actions {
                    match action {
                        Action::FetchTicket { attempt } => input = Input::TicketGranted { attempt, ticket: String::new() },
                        Action::Open { attempt, .. } => input = Input::Opened { attempt },
                        Action::WakeAt(at) => wake = Some(at),
                        _ => {}
                    }
                }
                if input == Input::Tick && machine.open_attempt().is_none() {
                    now = wake.take().expect("it said when to call again");
                }
                prop_assert!(now <= deadline);
            }
        }
    }
}
