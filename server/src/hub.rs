//! Fan-out inside this process, from users to their sockets. An update is encoded once; each socket has one mailbox.
//!
//! One task reads the bus, which is subscribed to the connected users. The hub knows no HTTP and no authentication; its frames are axum's
//! `Utf8Bytes`, which clones cheaply.

mod conflating_queue;
#[cfg(test)]
mod interleavings;
mod mailbox;
mod reader;
mod repair;
mod source;
mod user;

/// The locks of [`mailbox`]; `interleavings` compiles it with others.
mod locks {
    pub(super) use std::sync::{Mutex, MutexGuard};
}

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use metrics::{Counter, Gauge, counter, gauge};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub use self::user::SocketUser;
pub(crate) use self::{
    conflating_queue::{EncodedUpdate, encode_control},
    mailbox::{CloseReason, Mailbox, Next},
    user::Attachment,
};
use self::{
    source::KnownBlock,
    user::{Socket, User},
};
use crate::{
    bus::{Bus, BusUnavailable, WorkSignal},
    store::Store,
};

/// All sockets of this process.
pub struct Hub {
    bus: Arc<dyn Bus>,
    users: Mutex<HashMap<Uuid, Arc<User>>>,
    max_sockets_per_user: usize,
    work: WorkSignal,
    metrics: Metrics,
    /// Users whose last socket may be closed, to be unsubscribed; the receiver until [`Hub::run`] takes it.
    idle_users: mpsc::UnboundedSender<Arc<User>>,
    idle_users_receiver: Mutex<Option<mpsc::UnboundedReceiver<Arc<User>>>>,
    known_block: Mutex<KnownBlock>,
    /// Changes whenever the bus has lost messages, which [`Hub::repair`] then makes up for.
    gaps: watch::Sender<()>,
    stopped: AtomicBool,
}

/// Why [`Hub::run`] ended before shutdown.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// The bus's events were taken before, or [`Hub::run`] was called twice.
    #[error("the hub is already running")]
    AlreadyRunning,
    /// The bus closed its events.
    #[error("the bus ended")]
    BusEnded,
}

/// Why a socket is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    /// The user has this many sockets in this process already.
    #[error("{0} sockets are open already")]
    TooManySockets(usize),
    /// Updates would be lost; also while the process shuts down.
    #[error(transparent)]
    BusUnavailable(#[from] BusUnavailable),
}

impl Hub {
    /// Create it after the metrics recorder is installed, and run [`Hub::run`] and [`Hub::repair`] as long as there may be sockets. `work`
    /// is notified of every [`crate::bus::Signal::WorkWaiting`].
    pub fn new(bus: Arc<dyn Bus>, max_sockets_per_user: u32, work: WorkSignal) -> Arc<Self> {
        let (idle_users, idle_users_receiver) = mpsc::unbounded_channel();
        Arc::new(Self {
            bus,
            users: Mutex::default(),
            max_sockets_per_user: max_sockets_per_user as usize,
            work,
            metrics: Metrics::new(),
            idle_users,
            idle_users_receiver: Mutex::new(Some(idle_users_receiver)),
            known_block: Mutex::default(),
            gaps: watch::Sender::default(),
            stopped: AtomicBool::new(false),
        })
    }

    /// Delivers events from the bus and ends unused subscriptions until `shutdown`; then closes all sockets with 1001. Must be supervised:
    /// if it ends earlier, the process must end. A process without sockets runs it too, for the signals.
    ///
    /// # Errors
    /// It was called before, or the bus closed its events.
    pub async fn run(self: Arc<Self>, shutdown: CancellationToken) -> Result<(), HubError> {
        let events = self.bus.take_events().ok_or(HubError::AlreadyRunning)?;
        let idle_users = self.idle_users_receiver.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or(HubError::AlreadyRunning)?;
        let ended = tokio::select! {
            biased;
            () = shutdown.cancelled() => Ok(()),
            () = reader::run(&self, events) => Err(HubError::BusEnded),
            () = user::remove_idle_users(&self, idle_users) => Err(HubError::BusEnded),
        };
        self.stopped.store(true, Ordering::SeqCst);
        self.close_all(CloseReason::GoingAway);
        ended
    }

    /// Repairs lost events until `shutdown`: every 5 s updates and dismissals that connected users missed, every 30 s sessions that have
    /// ended, and both at once when the bus says that it has lost some. Announces every second whether the source is blocked. Makes no
    /// queries while nobody is connected. Must be supervised too.
    pub async fn repair(self: Arc<Self>, store: Arc<dyn Store>, shutdown: CancellationToken) {
        let store = &*store;
        let all = futures::future::join3(
            repair::repair_updates(&self, store),
            repair::close_ended_sessions(&self, store),
            source::announce_blocks(&self, store),
        );
        let _ = shutdown.run_until_cancelled(all).await;
    }

    /// Checks whether the user could open a socket now. Pages ask before they connect, because they cannot see the status of a failed
    /// handshake.
    ///
    /// # Errors
    /// As [`Hub::attach`].
    pub fn check_capacity(&self, user_id: Uuid) -> Result<(), AttachError> {
        self.check_available(user_id)?;
        match self.users().get(&user_id) {
            Some(user) if user.sockets().len() >= self.max_sockets_per_user => Err(AttachError::TooManySockets(self.max_sockets_per_user)),
            _ => Ok(()),
        }
    }

    /// Registers a socket and subscribes to its user. From then on every update of the user is put into the socket's mailbox, and with
    /// `control` every control frame. Dropping the attachment, or this future, undoes it.
    ///
    /// # Errors
    /// The user has too many sockets in this process, the bus is unavailable, or the process is shutting down.
    pub async fn attach(self: &Arc<Self>, socket_user: SocketUser, accepts_control: bool) -> Result<Attachment, AttachError> {
        self.check_available(socket_user.user_id)?;
        let attachment = self.register(socket_user, accepts_control)?;
        let mut subscribed = attachment.user.subscribed.lock().await;
        if !*subscribed {
            self.bus.subscribe(socket_user.user_id).await?;
            *subscribed = true;
        }
        drop(subscribed);
        // If the bus was lost meanwhile, the subscription may belong to an old connection.
        self.check_available(socket_user.user_id)?;
        Ok(attachment)
    }

    fn register(self: &Arc<Self>, socket_user: SocketUser, accepts_control: bool) -> Result<Attachment, AttachError> {
        let socket = Arc::new(Socket { session_id: socket_user.session_id, mailbox: Mailbox::new(accepts_control) });
        // Held during both steps: an idle user is removed only under this lock.
        let mut users = self.users();
        let user = Arc::clone(users.entry(socket_user.user_id).or_insert_with(|| Arc::new(User::new(socket_user.user_id))));
        let mut sockets = user.sockets();
        if sockets.len() >= self.max_sockets_per_user {
            return Err(AttachError::TooManySockets(self.max_sockets_per_user));
        }
        sockets.push(Arc::clone(&socket));
        drop(sockets);
        drop(users);
        self.metrics.sockets.increment(1);
        Ok(Attachment { hub: Arc::clone(self), user, socket })
    }

    fn check_available(&self, user_id: Uuid) -> Result<(), BusUnavailable> {
        if self.stopped.load(Ordering::SeqCst) || !self.bus.is_up_for(user_id) {
            return Err(BusUnavailable("not connected".into()));
        }
        Ok(())
    }

    fn known_block(&self) -> MutexGuard<'_, KnownBlock> {
        self.known_block.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn users(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<User>>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn user(&self, user_id: Uuid) -> Option<Arc<User>> {
        self.users().get(&user_id).cloned()
    }

    fn connected_users(&self) -> Vec<Arc<User>> {
        self.users().values().cloned().collect()
    }

    fn close_all(&self, reason: CloseReason) {
        for user in self.connected_users() {
            for socket in user.sockets().iter() {
                socket.mailbox.close(reason);
            }
        }
    }

    fn close_sessions(&self, has_ended: impl Fn(Uuid) -> bool) {
        for user in self.connected_users() {
            for socket in user.sockets().iter().filter(|socket| has_ended(socket.session_id)) {
                socket.mailbox.close(CloseReason::SessionEnded);
            }
        }
    }
}

/// Metrics, looked up once instead of for every frame.
struct Metrics {
    sockets: Gauge,
    /// Updates from the bus for connected users.
    received: Counter,
    /// Invalid ones among them.
    invalid: Counter,
    frames: Counter,
    /// Updates that were lost and then found in the database.
    repaired: Counter,
}

impl Metrics {
    fn new() -> Self {
        Self {
            sockets: gauge!("playmarks_sockets"),
            received: counter!("playmarks_updates_received_total"),
            invalid: counter!("playmarks_updates_invalid_total"),
            frames: counter!("playmarks_frames_sent_total"),
            repaired: counter!("playmarks_updates_repaired_total"),
        }
    }
}

#[cfg(test)]
mod tests;
