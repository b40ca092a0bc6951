//! Follows jobs to their end over the WebSocket. When to connect, wait and catch up is decided by the state machine of the browser.

use std::{sync::Arc, time::Duration};

use app::{
    progress::{Action, Backoff, Connection, ConnectionStatus, Input},
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
    socket::{self, SocketEvent},
};

/// Events that are not handled yet; senders wait while the queue is full.
const EVENT_QUEUE_LEN: usize = 256;
const SIGNED_OUT: &str = "Your session has ended; the job continues. Sign in again and follow it with --watch.";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FollowEnd {
    /// All jobs have ended.
    AllEnded,
    /// Ctrl-C.
    Interrupted,
}

enum Event {
    Connection(Input),
    Socket(u32, SocketEvent),
    History(Vec<ProgressUpdate>),
    JobRemoved(Uuid),
}

pub(super) struct Follower<'a> {
    server: &'a Arc<Server>,
    jobs: &'a mut Jobs,
    screen: &'a mut dyn Screen,
    connection: Connection,
    start: Instant,
    wake: Option<Instant>,
    socket: Option<AbortOnDropHandle<()>>,
    /// Requests for what was missed, for the open connection.
    catching_up: JoinSet<()>,
    events: mpsc::Sender<Event>,
    event_receiver: mpsc::Receiver<Event>,
    signed_out: bool,
}

impl<'a> Follower<'a> {
    pub(super) fn new(server: &'a Arc<Server>, jobs: &'a mut Jobs, screen: &'a mut dyn Screen) -> Self {
        let (events, event_receiver) = mpsc::channel(EVENT_QUEUE_LEN);
        let (connection, start, catching_up) = (Connection::default(), Instant::now(), JoinSet::new());
        Self { server, jobs, screen, connection, start, wake: None, socket: None, catching_up, events, event_receiver, signed_out: false }
    }

    /// Returns when all jobs have ended, or after Ctrl-C.
    ///
    /// # Errors
    /// The session has ended.
    pub(super) async fn run(mut self) -> Result<FollowEnd, Problem> {
        let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
        self.input(Input::Start);
        while !self.jobs.all_ended() {
            if self.signed_out {
                return Err(problem("signed_out", SIGNED_OUT));
            }
            let wake = self.wake.unwrap_or(self.start);
            tokio::select! {
                Some(event) = self.event_receiver.recv() => self.handle(event),
                () = sleep_until(wake), if self.wake.is_some() => {
                    self.wake = None;
                    self.input(Input::Tick);
                }
                _ = &mut interrupt => return Ok(FollowEnd::Interrupted),
            }
        }
        Ok(FollowEnd::AllEnded)
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Connection(input) => self.input(input),
            Event::Socket(attempt, SocketEvent::Opened) => self.input(Input::Opened { attempt }),
            Event::Socket(attempt, SocketEvent::Closed(code)) => self.input(Input::Closed { attempt, code }),
            Event::Socket(attempt, SocketEvent::Frame(frame)) => {
                self.input(Input::Frame { attempt });
                match frame {
                    Some(Frame::Update(update)) => self.apply_update(*update),
                    Some(Frame::Control(Control::Removed { job_id })) => self.mark_removed(job_id),
                    Some(Frame::Control(control)) => self.apply_control(&control),
                    None => {}
                }
            }
            Event::History(states) => states.into_iter().for_each(|state| self.apply_update(state)),
            Event::JobRemoved(job_id) => self.mark_removed(job_id),
        }
    }

    fn apply_update(&mut self, update: ProgressUpdate) {
        let job_id = update.job_id;
        if self.jobs.apply(update).is_some() {
            self.show(job_id);
        }
    }

    fn apply_control(&mut self, control: &Control) {
        let Some(block) = control.source_block() else { return };
        for job_id in self.jobs.block(block) {
            self.show(job_id);
        }
    }

    fn show(&mut self, job_id: Uuid) {
        let overall = self.jobs.overall();
        if let Some(job) = self.jobs.get_mut(job_id) {
            self.screen.progress(job, &overall);
        }
    }

    fn mark_removed(&mut self, job_id: Uuid) {
        if let Some(job) = self.jobs.get_mut(job_id) {
            job.removed = true;
        }
    }

    fn input(&mut self, input: Input) {
        let now_ms = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        for action in self.connection.handle(input, now_ms, random_unit()) {
            self.perform(action);
        }
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::FetchTicket { attempt } => {
                let (server, events) = (Arc::clone(self.server), self.events.clone());
                tokio::spawn(async move {
                    let input = match server.ticket().await {
                        Ok(granted) => Input::TicketGranted { attempt, ticket: granted.ticket },
                        Err(problem) if problem.status == 0 => Input::TicketFailed { attempt },
                        Err(problem) => Input::TicketRefused { attempt, status: problem.status },
                    };
                    let _ = events.send(Event::Connection(input)).await;
                });
            }
            Action::Open { attempt, ticket } => {
                let (server, events) = (Arc::clone(self.server), self.events.clone());
                let run = async move { socket::run(&server, &ticket, &events, |event| Event::Socket(attempt, event)).await };
                self.socket = Some(AbortOnDropHandle::new(tokio::spawn(run)));
            }
            Action::Close => self.socket = None,
            Action::WakeAt(at_ms) => self.wake = Some(self.start + Duration::from_millis(at_ms)),
            Action::FetchHistory => self.fetch_history(),
            Action::GoToSignIn => self.signed_out = true,
            Action::Show(ConnectionStatus::Idle) => {}
            Action::Show(status) => self.screen.show_connection(status),
        }
    }

    /// Requests the history of each job since its last known state. A new connection aborts it and starts again.
    fn fetch_history(&mut self) {
        self.catching_up.abort_all();
        let requests: Vec<_> = self.jobs.iter().filter(|job| !job.has_ended()).map(|job| (job.id(), job.state.seq.unwrap_or(0))).collect();
        let (server, events) = (Arc::clone(self.server), self.events.clone());
        // One after the other: there may be a thousand, and the socket brings new states meanwhile.
        self.catching_up.spawn(async move {
            for (job_id, after_seq) in requests {
                let mut backoff = Backoff::default();
                let event = loop {
                    match server.history(job_id, after_seq).await {
                        Ok(states) => break Event::History(states),
                        Err(problem) if matches!(problem.status, 403 | 404) => break Event::JobRemoved(job_id),
                        Err(_) => sleep(Duration::from_millis(backoff.pause(random_unit()).into())).await,
                    }
                };
                if events.send(event).await.is_err() {
                    return;
                }
            }
        });
    }
}

/// From 0 to 1, for the jitter of pauses; without random numbers there is no jitter.
fn random_unit() -> f64 {
    getrandom::u32().map_or(0.0, |number| f64::from(number) / f64::from(u32::MAX))
}
