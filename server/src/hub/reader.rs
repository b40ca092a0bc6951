//! The one task that hears the bus.

use std::time::Duration;

use app::wire::{Control, InvalidUpdate, ProgressUpdate};
use tokio::{sync::mpsc, time::Instant};
use uuid::Uuid;

use super::{Close, Encoded, Hub, control_frame};
use crate::bus::{BusEvent, Signal};

/// At most one line about invalid messages in this time.
const QUIET: Duration = Duration::from_secs(1);

/// Ends with the bus.
pub(super) async fn run(hub: &Hub, mut events: mpsc::Receiver<BusEvent>) {
    let mut complaints = Complaints::default();
    while let Some(event) = events.recv().await {
        match event {
            BusEvent::Progress { user_id, payload } => {
                if let Err(error) = hub.deliver(user_id, &payload) {
                    hub.meters.invalid.increment(1);
                    complaints.log(user_id, &error);
                }
            }
            BusEvent::Signal(signal) => hub.obey(&signal),
            BusEvent::Lost => {
                tracing::warn!("the bus is lost; sockets are closed and will reconnect");
                hub.close_all(Close::BusLost);
            }
            BusEvent::Restored => tracing::info!("the bus is back"),
        }
    }
}

impl Hub {
    /// Checks a message from a user's channel, and puts it into the mailbox of each of the user's sockets.
    fn deliver(&self, user_id: Uuid, payload: &[u8]) -> Result<(), InvalidUpdate> {
        let Some(user) = self.user(user_id) else { return Ok(()) };
        self.meters.received.increment(1);
        let update = Encoded::from(&ProgressUpdate::from_untrusted(payload)?);
        for socket in user.sockets().iter() {
            socket.mailbox.offer(&update);
        }
        Ok(())
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
