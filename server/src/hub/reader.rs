//! The task that reads the bus.

use std::{collections::HashMap, sync::Arc, time::Duration};

use app::wire::{Control, InvalidUpdate, ProgressUpdate};
use tokio::{sync::mpsc, time::Instant};
use uuid::Uuid;

use super::{CloseReason, EncodedUpdate, Hub, encode_control, user::User};
use crate::bus::{BusEvent, Signal};

/// At most one log line about invalid messages per interval, so that a hostile publisher cannot fill the log.
const LOG_INTERVAL: Duration = Duration::from_secs(1);

/// Maximum number of events that are handled together. An overloaded process rarely runs this task, which must then catch up.
const MAX_BATCH: usize = 1024;

/// Returns when the bus ends.
pub(super) async fn run(hub: &Hub, mut events: mpsc::Receiver<BusEvent>) {
    let mut invalid_update_log = InvalidUpdateLog::default();
    let mut batch = Vec::new();
    while events.recv_many(&mut batch, MAX_BATCH).await > 0 {
        let valid: Vec<ValidEvent> = batch.drain(..).filter_map(|event| hub.parse(event, &mut invalid_update_log)).collect();
        hub.dispatch(valid);
        batch.shrink_to(64);
    }
}

enum ValidEvent {
    Update { user: Arc<User>, update: Box<ProgressUpdate> },
    Signal(Signal),
    Lost,
    Gap,
}

impl Hub {
    /// `None` if the event is for a user without sockets in this process, or is not a valid update.
    fn parse(&self, event: BusEvent, invalid_update_log: &mut InvalidUpdateLog) -> Option<ValidEvent> {
        match event {
            BusEvent::Progress { user_id, payload } => {
                let user = self.user(user_id)?;
                self.metrics.received.increment(1);
                match ProgressUpdate::from_untrusted(&payload) {
                    Ok(update) => return Some(ValidEvent::Update { user, update: Box::new(update) }),
                    Err(error) => {
                        self.metrics.invalid.increment(1);
                        invalid_update_log.log(user_id, &error);
                    }
                }
            }
            BusEvent::Signal(signal) => return Some(ValidEvent::Signal(signal)),
            BusEvent::Lost => return Some(ValidEvent::Lost),
            BusEvent::Gap => return Some(ValidEvent::Gap),
            BusEvent::Restored => tracing::info!("the bus is restored"),
        }
        None
    }

    /// Queues each update, encoded once, at all sockets of its user, except if the batch contains a newer state of the job.
    fn dispatch(&self, batch: Vec<ValidEvent>) {
        let mut newest: HashMap<(Uuid, Uuid), u64> = HashMap::new();
        if batch.len() > 1 {
            for event in &batch {
                if let ValidEvent::Update { user, update } = event
                    && let Some(seq) = update.seq
                {
                    newest.entry((user.id, update.job_id)).and_modify(|newest| *newest = seq.max(*newest)).or_insert(seq);
                }
            }
        }
        for event in batch {
            match event {
                ValidEvent::Update { user, update } => {
                    let newer = |seq: u64| newest.get(&(user.id, update.job_id)).is_some_and(|newest| *newest > seq);
                    if !update.status.is_terminal() && update.seq.is_some_and(newer) {
                        continue;
                    }
                    let update = EncodedUpdate::from(&*update);
                    for socket in user.sockets().iter() {
                        socket.mailbox.enqueue(&update);
                    }
                }
                ValidEvent::Signal(signal) => self.handle_signal(&signal),
                ValidEvent::Lost => {
                    tracing::warn!("the bus is lost; all sockets are closed and will reconnect");
                    self.close_all(CloseReason::BusLost);
                }
                // Signals may be among what was lost, too.
                ValidEvent::Gap => {
                    self.gaps.send_replace(());
                    self.work.announce();
                }
            }
        }
    }

    fn handle_signal(&self, signal: &Signal) {
        match signal {
            Signal::SessionEnded { session_id } => self.close_sessions(|id| id == *session_id),
            &Signal::JobDismissed { user_id, job_id } => self.send_control(user_id, job_id, &Control::Dismissed { job_id }),
            Signal::JobsRemoved { user_id, job_ids } => self.send_removals(*user_id, job_ids),
            Signal::WorkWaiting => self.work.announce(),
            Signal::StatesLost => self.gaps.send_replace(()),
        }
    }

    /// Queues a control frame about a job at all sockets of a user.
    pub(super) fn send_control(&self, user_id: Uuid, job_id: Uuid, control: &Control) {
        let Some(user) = self.user(user_id) else { return };
        let frame = encode_control(control);
        for socket in user.sockets().iter() {
            socket.mailbox.enqueue_control(job_id, &frame);
        }
    }

    /// Queues a `removed` frame for each of these jobs at all sockets of a user.
    fn send_removals(&self, user_id: Uuid, job_ids: &[Uuid]) {
        let Some(user) = self.user(user_id) else { return };
        let removals: Vec<_> = job_ids.iter().map(|&job_id| (job_id, encode_control(&Control::Removed { job_id }))).collect();
        for socket in user.sockets().iter() {
            socket.mailbox.enqueue_removals(&removals);
        }
    }
}

/// Limits log lines: see [`LOG_INTERVAL`].
#[derive(Default)]
struct InvalidUpdateLog {
    last_logged: Option<Instant>,
    suppressed: u64,
}

impl InvalidUpdateLog {
    fn log(&mut self, user_id: Uuid, error: &InvalidUpdate) {
        let now = Instant::now();
        if self.last_logged.is_some_and(|last| now.duration_since(last) < LOG_INTERVAL) {
            self.suppressed += 1;
            return;
        }
        tracing::warn!(channel = %format_args!("progress:user:{user_id}"), %error, suppressed = self.suppressed, "a message that is not a progress update was dropped");
        *self = Self { last_logged: Some(now), suppressed: 0 };
    }
}
