//! Fan-out inside this process: user → sockets, one encoding per update, one mailbox per socket.
//!
//! The hub hears the bus in one task, subscribes to the users who are connected, and knows nothing of HTTP or of WebSocket frames.

mod encoded;
#[cfg(test)]
mod interleavings;
mod janitor;
mod mailbox;
mod meters;
mod reader;
mod repair;
mod slots;
mod user;
mod work;

/// The locks of [`mailbox`], which `interleavings` compiles with others.
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

use axum::http::StatusCode;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(crate) use self::encoded::control_frame;
pub use self::{
    encoded::Encoded,
    mailbox::{Close, Mailbox, Next},
    work::WorkSignal,
};
use self::{
    meters::Meters,
    user::{Socket, User},
};
use crate::{
    auth::SocketUser,
    bus::{Bus, BusUnavailable},
    error::{AppError, AppResult},
    store::Store,
};

/// This process' sockets.
pub struct Hub {
    bus: Arc<dyn Bus>,
    users: Mutex<HashMap<Uuid, Arc<User>>>,
    /// Sockets one user may have here.
    limit: usize,
    work: WorkSignal,
    meters: Meters,
    /// Users whose last socket may have gone, for the janitor; and the janitor's end of it until [`Hub::run`] takes it.
    released: mpsc::UnboundedSender<Arc<User>>,
    releases: Mutex<Option<mpsc::UnboundedReceiver<Arc<User>>>>,
    stopped: AtomicBool,
}

/// Why [`Hub::run`] ended before it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// The bus' events, or the hub itself, already have a reader.
    #[error("the hub runs already")]
    AlreadyRunning,
    /// The bus has ended.
    #[error("the bus ended")]
    BusEnded,
}

impl Hub {
    /// A hub without sockets; `limit` is the number of sockets one user may have in this process. Create it after the metrics recorder
    /// is installed, and let [`Hub::run`] and [`Hub::repair`] run for as long as there may be sockets. `work` is told of every
    /// [`crate::bus::Signal::WorkWaiting`].
    pub fn new(bus: Arc<dyn Bus>, limit: u32, work: WorkSignal) -> Arc<Self> {
        let (released, releases) = mpsc::unbounded_channel();
        Arc::new(Self {
            bus,
            users: Mutex::default(),
            limit: limit as usize,
            work,
            meters: Meters::new(),
            released,
            releases: Mutex::new(Some(releases)),
            stopped: AtomicBool::new(false),
        })
    }

    /// Hears the bus and ends idle subscriptions until `shutdown`; then closes every socket with 1001. To be supervised: its end before that is
    /// the end of the process. A process without sockets runs it as well, for the signals.
    ///
    /// # Errors
    /// It was run before, or the bus has ended.
    pub async fn run(self: Arc<Self>, shutdown: CancellationToken) -> Result<(), HubError> {
        let events = self.bus.take_events().ok_or(HubError::AlreadyRunning)?;
        let releases = self.releases.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or(HubError::AlreadyRunning)?;
        let ended = tokio::select! {
            biased;
            () = shutdown.cancelled() => Ok(()),
            () = reader::run(&self, events) => Err(HubError::BusEnded),
            () = janitor::run(&self, releases) => Err(HubError::BusEnded),
        };
        self.stopped.store(true, Ordering::SeqCst);
        self.close_all(Close::GoingAway);
        ended
    }

    /// Makes good what the bus lost, until `shutdown`: every 5 s updates and dismissals that connected users missed, every 30 s sessions that
    /// ended unheard. Asks nothing while nobody is connected. To be supervised as well.
    pub async fn repair(self: Arc<Self>, store: Arc<dyn Store>, shutdown: CancellationToken) {
        let both = futures::future::join(repair::run(&self, &*store), repair::recheck_sessions(&self, &*store));
        let _ = shutdown.run_until_cancelled(both).await;
    }

    /// Whether a user could open a socket now: what a page asks before it tries, since it cannot see a handshake's status.
    ///
    /// # Errors
    /// As [`Hub::attach`].
    pub fn check_room(&self, user_id: Uuid) -> AppResult<()> {
        self.check_up()?;
        match self.users().get(&user_id) {
            Some(user) if user.sockets().len() >= self.limit => Err(self.too_many()),
            _ => Ok(()),
        }
    }

    /// Registers a socket and subscribes to its user. From here on every update of the user waits in the socket's mailbox. With `control`
    /// it takes control frames as well. Dropping the attachment, or this future, undoes it.
    ///
    /// # Errors
    /// 429 where the user has too many sockets here; 503 where the bus is away or the process is ending.
    pub async fn attach(self: &Arc<Self>, who: SocketUser, control: bool) -> AppResult<Attachment> {
        self.check_up()?;
        let attachment = self.register(who, control)?;
        let mut subscribed = attachment.user.subscribed.lock().await;
        if !*subscribed {
            self.bus.subscribe(who.user_id).await?;
            *subscribed = true;
        }
        drop(subscribed);
        // Lost while this waited: the subscription may be of a connection that is gone.
        self.check_up()?;
        Ok(attachment)
    }

    fn register(self: &Arc<Self>, who: SocketUser, control: bool) -> AppResult<Attachment> {
        let socket = Arc::new(Socket { session_id: who.session_id, mailbox: Mailbox::new(control) });
        // Held over both steps: the janitor forgets a user only under this lock.
        let mut users = self.users();
        let user = Arc::clone(users.entry(who.user_id).or_insert_with(|| Arc::new(User::new(who.user_id))));
        let mut sockets = user.sockets();
        if sockets.len() >= self.limit {
            return Err(self.too_many());
        }
        sockets.push(Arc::clone(&socket));
        drop(sockets);
        drop(users);
        self.meters.sockets.increment(1);
        Ok(Attachment { hub: Arc::clone(self), user, socket })
    }

    fn check_up(&self) -> AppResult<()> {
        if self.stopped.load(Ordering::SeqCst) || !self.bus.is_up() {
            return Err(BusUnavailable("not connected".into()).into());
        }
        Ok(())
    }

    fn too_many(&self) -> AppError {
        let detail = format!("Playmarks is open in {} tabs or programs of this account already. Close some of them and try again.", self.limit);
        AppError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_sockets", detail)
    }

    fn users(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<User>>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn user(&self, user_id: Uuid) -> Option<Arc<User>> {
        self.users().get(&user_id).cloned()
    }

    fn connected(&self) -> Vec<Arc<User>> {
        self.users().values().cloned().collect()
    }

    fn close_all(&self, close: Close) {
        for user in self.connected() {
            for socket in user.sockets().iter() {
                socket.mailbox.close(close);
            }
        }
    }

    fn close_sessions(&self, ended: impl Fn(Uuid) -> bool) {
        for user in self.connected() {
            for socket in user.sockets().iter().filter(|socket| ended(socket.session_id)) {
                socket.mailbox.close(Close::SessionEnded);
            }
        }
    }
}

/// A socket's place in the hub, for as long as it is held.
pub struct Attachment {
    hub: Arc<Hub>,
    user: Arc<User>,
    socket: Arc<Socket>,
}

impl Attachment {
    /// What waits for this socket.
    pub fn mailbox(&self) -> &Mailbox {
        &self.socket.mailbox
    }

    /// Counts frames that were sent.
    pub fn count_frames(&self, frames: u64) {
        self.hub.meters.frames.increment(frames);
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        let mut sockets = self.user.sockets();
        sockets.retain(|socket| !Arc::ptr_eq(socket, &self.socket));
        sockets.shrink_to_fit();
        let last = sockets.is_empty();
        drop(sockets);
        self.hub.meters.sockets.decrement(1);
        if std::thread::panicking() {
            metrics::counter!("playmarks_sockets_closed_total", "reason" => "panic").increment(1);
        }
        if last {
            // Fails only where the hub has stopped, and its subscriptions with it.
            let _ = self.hub.released.send(Arc::clone(&self.user));
        }
    }
}

#[cfg(test)]
mod tests;
