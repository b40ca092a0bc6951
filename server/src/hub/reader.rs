//! The one task that hears the bus.

use std::{collections::HashMap, sync::Arc, time::Duration};

use app::wire::{Control, InvalidUpdate, ProgressUpdate};
use tokio::{sync::mpsc, time::Instant};
use uuid::Uuid;

use super::{Close, Encoded, Hub, control_frame, user::User};
use crate::bus::{BusEvent, Signal};

/// At most one line about invalid messages in this time.
const QUIET: Duration = Duration::from_secs(1);

/// Events taken at once. Under more load than can be carried this task gets its turn rarely, and must then catch up with all of it.
const BATCH: usize = 1024;

/// Ends with the bus.
pub(super) async fn run(hub: &Hub, mut events: mpsc::Receiver<BusEvent>) {
    let mut complaints = Complaints::default();
    let mut batch = Vec::new();
    while events.recv_many(&mut batch, BATCH).await > 0 {
        let read: Vec<Read> = batch.drain(..).filter_map(|event| hub.read(event, &mut complaints)).collect();
        hub.deliver(read);
        batch.shrink_to(64);
    }
}

/// An event that was looked at.
enum Read {
    Update { user: Arc<User>, update: Box<ProgressUpdate> },
    Signal(Signal),
    Lost,
}

impl Hub {
    /// Checks what came; `None` where it concerns nobody here, or is not a valid update.
    fn read(&self, event: BusEvent, complaints: &mut Complaints) -> Option<Read> {
        match event {
            BusEvent::Progress { user_id, payload } => {
                let user = self.user(user_id)?;
                self.meters.received.increment(1);
                match ProgressUpdate::from_untrusted(&payload) {
                    Ok(update) => return Some(Read::Update { user, update: Box::new(update) }),
                    Err(error) => {
                        self.meters.invalid.increment(1);
                        complaints.log(user_id, &error);
                    }
                }
            }
            BusEvent::Signal(signal) => return Some(Read::Signal(signal)),
            BusEvent::Lost => return Some(Read::Lost),
            BusEvent::Restored => tracing::info!("the bus is back"),
        }
        None
    }

    /// Puts each update, encoded once, into the mailbox of each of its user's sockets; but none that a later one of the batch replaces.
    fn deliver(&self, batch: Vec<Read>) {
        let mut newest: HashMap<(Uuid, Uuid), u64> = HashMap::new();
        if batch.len() > 1 {
            for read in &batch {
                if let Read::Update { user, update } = read
                    && let Some(seq) = update.seq
                {
                    newest.entry((user.id, update.job_id)).and_modify(|newest| *newest = seq.max(*newest)).or_insert(seq);
                }
            }
        }
        for read in batch {
            match read {
                Read::Update { user, update } => {
                    let newer = |seq: u64| newest.get(&(user.id, update.job_id)).is_some_and(|newest| *newest > seq);
                    if !update.status.is_terminal() && update.seq.is_some_and(newer) {
                        continue;
                    }
                    let update = Encoded::from(&*update);
                    for socket in user.sockets().iter() {
                        socket.mailbox.offer(&update);
                    }
                }
                Read::Signal(signal) => self.obey(&signal),
                Read::Lost => {
                    tracing::warn!("the bus is lost; sockets are closed and will reconnect");
                    self.close_all(Close::BusLost);
                }
            }
        }
    }

    fn obey(&self, signal: &Signal) {
        match *signal {
            Signal::SessionEnded { session_id } => self.close_sessions(|id| id == session_id),
            Signal::JobDismissed { user_id, job_id } => self.tell(user_id, job_id, &Control::Dismissed { job_id }),
            Signal::JobRemoved { user_id, job_id } => self.tell(user_id, job_id, &Control::Removed { job_id }),
            Signal::WorkWaiting => self.work.announce(),
        }
    }

    /// Puts a control frame about a job into the mailboxes of a user.
    pub(super) fn tell(&self, user_id: Uuid, job_id: Uuid, control: &Control) {
        let Some(user) = self.user(user_id) else { return };
        let frame = control_frame(control);
        for socket in user.sockets().iter() {
            socket.mailbox.offer_control(job_id, &frame);
        }
    }
}

/// Keeps a hostile publisher from filling the log.
#[derive(Default)]
struct Complaints {
    last: Option<Instant>,
    unsaid: u64,
}

impl Complaints {
    fn log(&mut self, user_id: Uuid, error: &InvalidUpdate) {
        let now = Instant::now();
        if self.last.is_some_and(|last| now.duration_since(last) < QUIET) {
            self.unsaid += 1;
            return;
        }
        tracing::warn!(channel = %format_args!("progress:user:{user_id}"), %error, unsaid = self.unsaid, "a message that is not a progress update was dropped");
        *self = Self { last: Some(now), unsaid: 0 };
    }
}
