//! Follows jobs to their end over the WebSocket. When to connect, wait and catch up is decided by the same machine as in the browser.

use std::{sync::Arc, time::Duration};

use app::{
    progress::{Action, Backoff, Connection, Input, Link},
    wire::{Control, Frame, Problem, ProgressUpdate},
};
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::{
    jobs::Jobs,
    problem,
    screen::Screen,
    server::Server,
    socket::{self, Heard},
};

/// What happened and was not looked at yet; whoever has more to say waits.
const EVENTS_AHEAD: usize = 256;
/// The session has ended, or never was: see the contract of the API.
const SIGNED_OUT: &str = "Your session has ended; the job goes on. Sign in again and follow it with --watch.";

/// Why following ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// All jobs have ended.
    All,
    /// Ctrl-C.
    Interrupted,
}

enum Event {
    Happened(Input),
    Heard(u32, Heard),
    States(Vec<ProgressUpdate>),
    Gone(Uuid),
}

pub(super) struct Follower<'a> {
    server: &'a Arc<Server>,
    jobs: &'a mut Jobs,
    screen: &'a mut dyn Screen,
    connection: Connection,
    start: Instant,
    wake: Option<Instant>,
    socket: Option<AbortOnDropHandle<()>>,
    /// Questions for what was missed, of the connection that is open.
    catching_up: JoinSet<()>,
    events: mpsc::Sender<Event>,
    happened: mpsc::Receiver<Event>,
    signed_out: bool,
}

impl<'a> Follower<'a> {
    pub(super) fn new(server: &'a Arc<Server>, jobs: &'a mut Jobs, screen: &'a mut dyn Screen) -> Self {
        let (events, happened) = mpsc::channel(EVENTS_AHEAD);
        let (connection, start, catching_up) = (Connection::default(), Instant::now(), JoinSet::new());
        Self { server, jobs, screen, connection, start, wake: None, socket: None, catching_up, events, happened, signed_out: false }
    }

    /// Until all jobs have ended, or Ctrl-C.
    ///
    /// # Errors
    /// The session has ended, and with it the right to look.
    pub(super) async fn run(mut self) -> Result<End, Problem> {
        let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
        self.feed(Input::Start);
        while !self.jobs.have_ended() {
            if self.signed_out {
                return Err(problem("signed_out", SIGNED_OUT));
            }
            let wake = self.wake.unwrap_or(self.start);
            tokio::select! {
                Some(event) = self.happened.recv() => self.take(event),
                () = sleep_until(wake), if self.wake.is_some() => {
                    self.wake = None;
                    self.feed(Input::Tick);
                }
                _ = &mut interrupt => return Ok(End::Interrupted),
            }
        }
        Ok(End::All)
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Happened(input) => self.feed(input),
            Event::Heard(attempt, Heard::Opened) => self.feed(Input::Opened { attempt }),
            Event::Heard(attempt, Heard::Closed(code)) => self.feed(Input::Closed { attempt, code }),
            Event::Heard(attempt, Heard::Frame(frame)) => {
                self.feed(Input::Frame { attempt });
                match frame {
                    Some(Frame::Update(update)) => self.update(*update),
                    Some(Frame::Control(Control::Removed { job_id })) => self.gone(job_id),
                    Some(Frame::Control(_)) | None => {}
                }
            }
            Event::States(states) => states.into_iter().for_each(|state| self.update(state)),
            Event::Gone(job_id) => self.gone(job_id),
        }
    }

    fn update(&mut self, update: ProgressUpdate) {
        let job_id = update.job_id;
        if self.jobs.take(update).is_some() {
            let overall = self.jobs.overall();
            if let Some(job) = self.jobs.get_mut(job_id) {
                self.screen.progress(job, &overall);
            }
        }
    }

    fn gone(&mut self, job_id: Uuid) {
        if let Some(job) = self.jobs.get_mut(job_id) {
            job.removed = true;
        }
    }

    fn feed(&mut self, input: Input) {
        let now_ms = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        for action in self.connection.handle(input, now_ms, chance()) {
            self.act(action);
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::FetchTicket { attempt } => {
                let (server, events) = (Arc::clone(self.server), self.events.clone());
                tokio::spawn(async move {
                    let input = match server.ticket().await {
                        Ok(granted) => Input::TicketGranted { attempt, ticket: granted.ticket },
                        Err(problem) if problem.status == 0 => Input::TicketFailed { attempt },
                        Err(problem) => Input::TicketRefused { attempt, status: problem.status },
                    };
                    let _ = events.send(Event::Happened(input)).await;
                });
            }
            Action::Open { attempt, ticket } => {
                let (server, events) = (Arc::clone(self.server), self.events.clone());
                let run = async move { socket::run(&server, &ticket, &events, |heard| Event::Heard(attempt, heard)).await };
                self.socket = Some(AbortOnDropHandle::new(tokio::spawn(run)));
            }
            Action::Close => self.socket = None,
            Action::WakeAt(at_ms) => self.wake = Some(self.start + Duration::from_millis(at_ms)),
            Action::CatchUp => self.catch_up(),
            Action::GoToSignIn => self.signed_out = true,
            Action::Show(Link::Idle) => {}
            Action::Show(link) => self.screen.link(link),
        }
    }

    /// Asks what happened to each job while nobody listened, for as long as this connection is open; the next one asks again.
    fn catch_up(&mut self) {
        self.catching_up.abort_all();
        let asks: Vec<_> = self.jobs.all().iter().filter(|job| !job.has_ended()).map(|job| (job.id(), job.state.seq.unwrap_or(0))).collect();
        let (server, events) = (Arc::clone(self.server), self.events.clone());
        // One after the other: there may be a thousand of them, and the socket tells what is new meanwhile.
        self.catching_up.spawn(async move {
            for (job_id, after_seq) in asks {
                let mut backoff = Backoff::default();
                let event = loop {
                    match server.history(job_id, after_seq).await {
                        Ok(states) => break Event::States(states),
                        Err(problem) if matches!(problem.status, 403 | 404) => break Event::Gone(job_id),
                        Err(_) => sleep(Duration::from_millis(backoff.pause(chance()).into())).await,
                    }
                };
                if events.send(event).await.is_err() {
                    return;
                }
            }
        });
    }
}

/// From 0 to 1, for pauses. Where none can be had, none are shortened.
fn chance() -> f64 {
    getrandom::u32().map_or(0.0, |number| f64::from(number) / f64::from(u32::MAX))
}
