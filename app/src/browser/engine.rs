//! Drives the connection's state machine: passes it events, performs its actions, and applies received frames to [`LiveProgress`].

use std::{
    cell::{Cell, OnceCell, RefCell},
    rc::Rc,
};

use gloo_timers::callback::{Interval, Timeout};
use leptos::prelude::*;
use uuid::Uuid;
use wasm_bindgen_futures::spawn_local;

use super::{
    inbox::Inbox,
    page::{self, now_ms},
    rest,
    socket::{Event, Socket},
};
use crate::{
    backend::Instance,
    live::LiveProgress,
    progress::{Action, Change, Changes, Connection, ConnectionStatus, Input},
    wire::{Control, Frame, Problem},
};

mod history;

/// How often expired cards are removed.
const SWEEP_INTERVAL_MS: u32 = 60_000;
/// The shortest time between two history requests for failures that a running job's frames left out.
const MISSED_FAILURES_INTERVAL_MS: u64 = 5_000;

thread_local! {
    /// One per document, created at the first connect.
    static ENGINE: OnceCell<Rc<Engine>> = const { OnceCell::new() };
}

struct Engine {
    live: Cell<LiveProgress>,
    version: String,
    connection: RefCell<Connection>,
    socket: RefCell<Option<Socket>>,
    timer: RefCell<Option<Timeout>>,
    inbox: Inbox,
    missed_failures_requested_ms: Cell<u64>,
}

/// Does nothing if it is connected or connecting.
pub(crate) fn connect(live: LiveProgress) {
    let engine = ENGINE.with(|engine| engine.get_or_init(|| Engine::new(live)).clone());
    engine.live.set(live);
    engine.handle(Input::Start);
}

fn stop() {
    with_running(|engine| engine.handle(Input::Stop));
}

pub(crate) fn reconnect_now() {
    with_running(|engine| engine.handle(Input::RetryNow));
}

/// Cards were added while the connection is open: fetches what happened since they were rendered.
pub(crate) fn on_seeded(live: LiveProgress, added: &[Uuid]) {
    with_running(|engine| {
        if live.connection.get_untracked() == ConnectionStatus::Live {
            history::request(engine, live.board.with_untracked(|board| added.iter().filter_map(|job_id| board.history_request(*job_id)).collect()));
        }
    });
}

pub(crate) fn redirect_if_signed_out(problem: &Problem) {
    if problem.is_signed_out() {
        stop();
        page::go_to_sign_in();
    }
}

fn with_running(then: impl FnOnce(&Rc<Engine>)) {
    let engine = ENGINE.with(|engine| engine.get().cloned());
    if let Some(engine) = engine {
        then(&engine);
    }
}

impl Engine {
    fn new(live: LiveProgress) -> Rc<Self> {
        let engine = Rc::new(Self {
            live: Cell::new(live),
            version: expect_context::<Instance>().version,
            connection: RefCell::default(),
            socket: RefCell::default(),
            timer: RefCell::default(),
            inbox: Inbox::default(),
            missed_failures_requested_ms: Cell::default(),
        });
        page::listen({
            let engine = engine.clone();
            move |input| {
                // Browsers throttle the timers of hidden tabs.
                if input == Input::Visible {
                    engine.sweep();
                }
                engine.handle(input);
            }
        });
        Interval::new(SWEEP_INTERVAL_MS, {
            let engine = engine.clone();
            move || engine.sweep()
        })
        .forget();
        engine
    }

    fn handle(self: &Rc<Self>, input: Input) {
        // Borrowed for this line only: performing an action may call this function again.
        let actions = self.connection.borrow_mut().handle(input, now_ms(), page::random());
        for action in actions {
            self.perform(action);
        }
    }

    fn perform(self: &Rc<Self>, action: Action) {
        match action {
            Action::FetchTicket { attempt } => self.fetch_ticket(attempt),
            Action::Open { attempt, ticket } => self.open(attempt, &ticket),
            Action::Close => drop(self.socket.take()),
            Action::WakeAt(at) => {
                let engine = self.clone();
                let pause = u32::try_from(at.saturating_sub(now_ms())).unwrap_or(u32::MAX).max(1);
                self.timer.replace(Some(Timeout::new(pause, move || engine.handle(Input::Tick))));
            }
            // Before the snapshot updates the cards: each request starts from its card's current state.
            Action::FetchHistory => history::request(self, self.live.get().board.with_untracked(|board| board.history_requests())),
            Action::GoToSignIn => page::go_to_sign_in(),
            Action::Show(status) => self.live.get().connection.set(status),
        }
    }

    fn fetch_ticket(self: &Rc<Self>, attempt: u32) {
        let engine = self.clone();
        spawn_local(async move {
            let input = match rest::ticket().await {
                Ok(granted) => Input::TicketGranted { attempt, ticket: granted.ticket },
                Err(problem) if problem.status == 0 => Input::TicketFailed { attempt },
                Err(problem) => Input::TicketRefused { attempt, status: problem.status },
            };
            engine.handle(input);
        });
    }

    fn open(self: &Rc<Self>, attempt: u32, ticket: &str) {
        let engine = self.clone();
        let socket = page::socket_url(ticket).map(|url| Socket::open(url, move |event| engine.on_socket_event(attempt, event)));
        self.socket.replace(socket);
    }

    fn on_socket_event(self: &Rc<Self>, attempt: u32, event: Event) {
        match event {
            Event::Opened => self.handle(Input::Opened { attempt }),
            Event::Closed(code) => self.handle(Input::Closed { attempt, code }),
            Event::Text(text) => {
                self.handle(Input::Frame { attempt });
                match Frame::parse(&text) {
                    Some(Frame::Control(Control::Heartbeat { version })) if version != self.version => self.live.get().new_version.set(true),
                    Some(Frame::Control(Control::Heartbeat { .. })) | None => {}
                    Some(frame) => {
                        let engine = self.clone();
                        self.inbox.push(frame, move || engine.apply_inbox());
                    }
                }
            }
        }
    }

    fn apply_inbox(self: &Rc<Self>) {
        let frames = self.inbox.take();
        let ended = self.change(|board, now_ms, changes| frames.into_iter().for_each(|frame| changes.add(board.apply_frame(frame, now_ms))));
        // The strip shows every failure, including those that no frame contained: fetched at the job's end, and before that at intervals.
        let now = now_ms();
        if ended > 0 || now.saturating_sub(self.missed_failures_requested_ms.get()) >= MISSED_FAILURES_INTERVAL_MS {
            let requests = self.live.get().board.with_untracked(crate::progress::Board::missed_failure_requests);
            if !requests.is_empty() {
                self.missed_failures_requested_ms.set(now);
                history::request(self, requests);
            }
        }
    }

    /// Changes the board with one notification. Returns how many jobs ended.
    fn change(&self, with: impl FnOnce(&mut crate::progress::Board, u64, &mut Changes)) -> u32 {
        let live = self.live.get();
        let mut changes = Changes::default();
        live.board.maybe_update(|board| {
            with(board, now_ms(), &mut changes);
            changes.any
        });
        changes.ended
    }

    fn sweep(&self) {
        self.live.get().board.maybe_update(|board| board.sweep(now_ms()) != Change::Ignored);
    }
}
