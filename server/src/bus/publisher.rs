//! Publishes job states in a separate task, so that no commit waits for the bus. Bounded: only the newest state of a job is pending.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use app::wire::ProgressUpdate;
use bytes::Bytes;
use indexmap::{IndexMap, map::Entry};
use tokio::{sync::Notify, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Bus, Signal};
use crate::stop_points::{self, StopPoint};

/// Maximum number of jobs with a pending state. Further states are dropped; processes with sockets find them in the database, within seconds
/// or as soon as they are told.
const MAX_PENDING: usize = 4096;
/// States that are published concurrently.
const MAX_BATCH: usize = 64;
/// How long shutdown waits for pending states to be published.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(2);

/// Handle of the publishing task.
#[derive(Clone)]
pub struct Publisher {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    pending: Mutex<IndexMap<Uuid, PendingState>>,
    wake: Notify,
    /// States were dropped, and nobody was told yet.
    dropped: AtomicBool,
}

struct PendingState {
    user_id: Uuid,
    seq: Option<u64>,
    terminal: bool,
    payload: Bytes,
}

impl Publisher {
    /// Starts the publishing task. After `shutdown` is cancelled, it publishes pending states for at most two seconds, then ends. Cancel it
    /// after everything that publishes has stopped.
    pub fn spawn(bus: Arc<dyn Bus>, shutdown: CancellationToken) -> (Self, JoinHandle<()>) {
        let publisher = Self { shared: Arc::default() };
        let shared = Arc::clone(&publisher.shared);
        let task = tokio::spawn(async move { shared.run(&*bus, &shutdown).await });
        (publisher, task)
    }

    /// Queues a state and returns immediately. It replaces an older pending state of the same job.
    pub fn publish(&self, user_id: Uuid, state: &ProgressUpdate) {
        let payload = match serde_json::to_vec(state) {
            Ok(json) => Bytes::from(json),
            Err(error) => return tracing::error!(%error, job_id = %state.job_id, "a job state could not be serialized"),
        };
        let new = PendingState { user_id, seq: state.seq, terminal: state.status.is_terminal(), payload };
        if !enqueue(&mut self.shared.pending(), state.job_id, new, MAX_PENDING) {
            metrics::counter!("playmarks_publishes_dropped_total").increment(1);
            self.shared.dropped.store(true, Ordering::Release);
        }
        self.shared.wake.notify_one();
    }
}

impl Shared {
    fn pending(&self) -> MutexGuard<'_, IndexMap<Uuid, PendingState>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(&self, bus: &dyn Bus, shutdown: &CancellationToken) {
        let mut in_outage = false;
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                () = self.wake.notified() => self.drain(bus, &mut in_outage).await,
            }
        }
        if timeout(DRAIN_TIMEOUT, self.drain(bus, &mut in_outage)).await.is_err() {
            tracing::warn!(left = self.pending().len(), "not all job states were published before shutdown; they are in the database");
        }
    }

    /// Publishes until nothing is pending. Drops states that cannot be published: the database has them, and the others are told once they can
    /// be reached again.
    async fn drain(&self, bus: &dyn Bus, in_outage: &mut bool) {
        loop {
            let batch: Vec<PendingState> = {
                let mut pending = self.pending();
                let count = pending.len().min(MAX_BATCH);
                pending.drain(..count).map(|(_, state)| state).collect()
            };
            if batch.is_empty() {
                return;
            }
            let ends = batch.iter().any(|state| state.terminal);
            // A batch has one state per job and ends before the next begins, so a job's states stay in order.
            let sent = futures::future::join_all(batch.into_iter().map(|state| bus.publish(state.user_id, state.payload))).await;
            stop_points::reach(if ends { StopPoint::EndPublished } else { StopPoint::FlushPublished });
            let failed = sent.iter().filter(|result| result.is_err()).count();
            metrics::counter!("playmarks_published_total").increment((sent.len() - failed) as u64);
            metrics::counter!("playmarks_publishes_dropped_total").increment(failed as u64);
            match sent.into_iter().find_map(Result::err) {
                Some(error) if !*in_outage => {
                    tracing::warn!(%error, "job states cannot be published; jobs continue, and their states are in the database")
                }
                Some(_) => {}
                None if *in_outage => tracing::info!("job states are published again"),
                None => {}
            }
            *in_outage = failed > 0;
            if *in_outage || self.dropped.swap(false, Ordering::AcqRel) && bus.signal(&Signal::StatesLost).await.is_err() {
                self.dropped.store(true, Ordering::Release);
            }
        }
    }
}

/// Replaces the job's pending state, or appends one. False if a state was dropped because `capacity` was reached.
fn enqueue(pending: &mut IndexMap<Uuid, PendingState>, job_id: Uuid, new: PendingState, capacity: usize) -> bool {
    let full = pending.len() >= capacity;
    match pending.entry(job_id) {
        Entry::Occupied(mut entry) => {
            let old = entry.get();
            let newer = match (old.seq, new.seq) {
                (Some(old), Some(new)) => new > old,
                (Some(_), None) => false,
                (None, _) => true,
            };
            if newer && (new.terminal || !old.terminal) {
                entry.insert(new);
            }
            true
        }
        Entry::Vacant(entry) if !full => {
            entry.insert(new);
            true
        }
        Entry::Vacant(_) => {
            // A terminal state is more important than an intermediate one.
            if new.terminal {
                let victim = pending.values().position(|state| !state.terminal).unwrap_or(0);
                pending.shift_remove_index(victim);
                pending.insert(job_id, new);
            }
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use app::wire::JobStatus;
    use async_trait::async_trait;
    use tokio::sync::mpsc;

    use super::*;
    use crate::bus::{BusEvent, BusUnavailable, local::LocalBus};

    fn state(seq: u64, terminal: bool) -> PendingState {
        PendingState { user_id: Uuid::nil(), seq: Some(seq), terminal, payload: Bytes::new() }
    }

    #[test]
    fn newer_state_replaces_pending_one_unless_that_is_terminal() {
        let mut pending = IndexMap::new();
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert!(enqueue(&mut pending, one, state(1, false), 8));
        assert!(enqueue(&mut pending, two, state(1, false), 8));
        assert!(enqueue(&mut pending, one, state(3, false), 8));
        assert!(enqueue(&mut pending, one, state(2, false), 8));
        assert_eq!(pending[&one].seq, Some(3));
        assert_eq!(pending.get_index_of(&one), Some(0), "a replaced state keeps its position");
        enqueue(&mut pending, one, state(4, true), 8);
        enqueue(&mut pending, one, state(5, false), 8);
        assert_eq!(pending[&one].seq, Some(4), "nothing follows a terminal state");
        assert_eq!(pending.len(), 2);
    }

    #[test]
    fn full_queue_drops_intermediate_states_before_terminal_ones() {
        let mut pending = IndexMap::new();
        for n in 0..4 {
            enqueue(&mut pending, Uuid::from_u128(n), state(1, n == 0), 4);
        }
        assert!(!enqueue(&mut pending, Uuid::from_u128(9), state(1, false), 4));
        assert!(!pending.contains_key(&Uuid::from_u128(9)));
        assert!(!enqueue(&mut pending, Uuid::from_u128(9), state(1, true), 4));
        assert!(pending.contains_key(&Uuid::from_u128(9)) && pending.contains_key(&Uuid::from_u128(0)));
        assert!(!pending.contains_key(&Uuid::from_u128(1)));
        assert_eq!(pending.len(), 4);
    }

    #[tokio::test]
    async fn pending_states_are_published_at_shutdown() {
        let bus = Arc::new(LocalBus::new());
        let (user_id, mut events) = (Uuid::from_u128(9), bus.take_events().unwrap());
        bus.subscribe(user_id).await.unwrap();
        let shutdown = CancellationToken::new();
        let (publisher, task) = Publisher::spawn(bus.clone(), shutdown.clone());
        let mut update = ProgressUpdate::core(Uuid::nil(), JobStatus::Processing, 0, 0, 1, "");
        // The publishing task does not run in between, so one state per job is left.
        for n in 0..1_000u64 {
            update.job_id = Uuid::from_u128(u128::from(n % 200));
            update.seq = Some(n / 200 + 1);
            publisher.publish(user_id, &update);
        }
        shutdown.cancel();
        task.await.unwrap();
        for n in 0..200 {
            let Some(BusEvent::Progress { payload, .. }) = events.recv().await else { panic!("no update") };
            let update = ProgressUpdate::from_untrusted(&payload).unwrap();
            assert_eq!((update.job_id.as_u128(), update.seq), (n, Some(5)));
        }
        assert!(events.try_recv().is_err());
    }

    /// Refuses everything while it is away.
    #[derive(Default)]
    struct FlakyBus {
        away: AtomicBool,
        signals: Mutex<Vec<Signal>>,
    }

    impl FlakyBus {
        fn answer(&self) -> Result<(), BusUnavailable> {
            if self.away.load(Ordering::Acquire) { Err(BusUnavailable("away".into())) } else { Ok(()) }
        }
    }

    #[async_trait]
    impl Bus for FlakyBus {
        async fn publish(&self, _user_id: Uuid, _payload: Bytes) -> Result<(), BusUnavailable> {
            self.answer()
        }

        async fn signal(&self, signal: &Signal) -> Result<(), BusUnavailable> {
            self.signals.lock().unwrap().push(signal.clone());
            self.answer()
        }

        async fn subscribe(&self, _user_id: Uuid) -> Result<(), BusUnavailable> {
            self.answer()
        }

        async fn unsubscribe(&self, _user_id: Uuid) {}

        fn is_up_for(&self, _user_id: Uuid) -> bool {
            true
        }

        fn problem(&self) -> Option<String> {
            None
        }

        fn kind(&self) -> &'static str {
            "flaky"
        }

        fn take_events(&self) -> Option<mpsc::Receiver<BusEvent>> {
            None
        }
    }

    #[tokio::test]
    async fn others_are_told_of_dropped_states_once_they_can_be_reached() {
        let (bus, shared, mut in_outage) = (FlakyBus::default(), Shared::default(), false);
        for (away, told) in [(false, 0), (true, 0), (true, 0), (false, 1), (false, 1)] {
            bus.away.store(away, Ordering::Release);
            enqueue(&mut shared.pending(), Uuid::nil(), state(1, false), 8);
            shared.drain(&bus, &mut in_outage).await;
            assert_eq!(*bus.signals.lock().unwrap(), vec![Signal::StatesLost; told]);
        }
    }
}
