//! Publishing in a task of its own: bounded, newest state per job, never in the way of a commit.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use app::wire::ProgressUpdate;
use bytes::Bytes;
use indexmap::{IndexMap, map::Entry};
use tokio::{sync::Notify, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Bus;
use crate::stop_points::{self, StopPoint};

/// Jobs whose newest state may wait. More are dropped: every socket's process finds them in the database within seconds.
const MAX_WAITING: usize = 4096;
/// States on their way to the bus at once.
const BATCH: usize = 64;
/// How long the end of the process may wait for what is still to be published.
const DRAIN: Duration = Duration::from_secs(2);

/// Hands states to the publishing task.
#[derive(Clone)]
pub struct Publisher {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<IndexMap<Uuid, Waiting>>,
    wake: Notify,
}

struct Waiting {
    user_id: Uuid,
    seq: Option<u64>,
    terminal: bool,
    payload: Bytes,
}

impl Publisher {
    /// Starts the publishing task. Cancelling `shutdown` ends it after what waits then has been published, or after two seconds: cancel
    /// it once whoever publishes has stopped.
    pub fn spawn(bus: Arc<dyn Bus>, shutdown: CancellationToken) -> (Self, JoinHandle<()>) {
        let publisher = Self { shared: Arc::default() };
        let shared = Arc::clone(&publisher.shared);
        let task = tokio::spawn(async move { shared.run(&*bus, &shutdown).await });
        (publisher, task)
    }

    /// Publishes a state soon. Returns at once; an older state of the same job that still waits is replaced.
    pub fn publish(&self, user_id: Uuid, state: &ProgressUpdate) {
        let payload = match serde_json::to_vec(state) {
            Ok(json) => Bytes::from(json),
            Err(error) => return tracing::error!(%error, job_id = %state.job_id, "a state cannot be written as JSON"),
        };
        let new = Waiting { user_id, seq: state.seq, terminal: state.status.is_terminal(), payload };
        if !put(&mut self.shared.waiting(), state.job_id, new, MAX_WAITING) {
            metrics::counter!("playmarks_publishes_dropped_total").increment(1);
        }
        self.shared.wake.notify_one();
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, IndexMap<Uuid, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(&self, bus: &dyn Bus, shutdown: &CancellationToken) {
        let mut outage = false;
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                () = self.wake.notified() => self.drain(bus, &mut outage).await,
            }
        }
        if timeout(DRAIN, self.drain(bus, &mut outage)).await.is_err() {
            tracing::warn!(left = self.waiting().len(), "not everything was published before the end; the database has it");
        }
    }

    /// Publishes until nothing waits. What fails is let go: the database has it.
    async fn drain(&self, bus: &dyn Bus, outage: &mut bool) {
        loop {
            let batch: Vec<Waiting> = {
                let mut waiting = self.waiting();
                let count = waiting.len().min(BATCH);
                waiting.drain(..count).map(|(_, state)| state).collect()
            };
            if batch.is_empty() {
                return;
            }
            let ends = batch.iter().any(|state| state.terminal);
            // One state a job is in a batch, and batches follow each other: a job's states stay in order.
            let sent = futures::future::join_all(batch.into_iter().map(|state| bus.publish(state.user_id, state.payload))).await;
            stop_points::reach(if ends { StopPoint::EndPublished } else { StopPoint::FlushPublished });
            let failed = sent.iter().filter(|result| result.is_err()).count();
            metrics::counter!("playmarks_published_total").increment((sent.len() - failed) as u64);
            metrics::counter!("playmarks_publishes_dropped_total").increment(failed as u64);
            match sent.into_iter().find_map(Result::err) {
                Some(error) if !*outage => tracing::warn!(%error, "updates cannot be published; work goes on and the database keeps them"),
                Some(_) => {}
                None if *outage => tracing::info!("updates are published again"),
                None => {}
            }
            *outage = failed > 0;
        }
    }
}

/// Puts a state where the job's older one waits, or at the end. False where one had to be let go for want of room.
fn put(waiting: &mut IndexMap<Uuid, Waiting>, job_id: Uuid, new: Waiting, room: usize) -> bool {
    let full = waiting.len() >= room;
    match waiting.entry(job_id) {
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
            // An end is worth more than a step on the way.
            if new.terminal {
                let victim = waiting.values().position(|state| !state.terminal).unwrap_or(0);
                waiting.shift_remove_index(victim);
                waiting.insert(job_id, new);
            }
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use app::wire::JobStatus;

    use super::*;
    use crate::bus::{BusEvent, local::LocalBus};

    fn state(seq: u64, terminal: bool) -> Waiting {
        Waiting { user_id: Uuid::nil(), seq: Some(seq), terminal, payload: Bytes::new() }
    }

    #[test]
    fn the_newest_state_of_a_job_waits_and_an_end_stays() {
        let mut waiting = IndexMap::new();
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert!(put(&mut waiting, one, state(1, false), 8));
        assert!(put(&mut waiting, two, state(1, false), 8));
        assert!(put(&mut waiting, one, state(3, false), 8));
        assert!(put(&mut waiting, one, state(2, false), 8));
        assert_eq!(waiting[&one].seq, Some(3));
        assert_eq!(waiting.get_index_of(&one), Some(0), "a replaced state keeps its turn");
        put(&mut waiting, one, state(4, true), 8);
        put(&mut waiting, one, state(5, false), 8);
        assert_eq!(waiting[&one].seq, Some(4), "nothing follows a terminal state");
        assert_eq!(waiting.len(), 2);
    }

    #[test]
    fn where_there_is_no_room_steps_go_before_ends() {
        let mut waiting = IndexMap::new();
        for n in 0..4 {
            put(&mut waiting, Uuid::from_u128(n), state(1, n == 0), 4);
        }
        assert!(!put(&mut waiting, Uuid::from_u128(9), state(1, false), 4));
        assert!(!waiting.contains_key(&Uuid::from_u128(9)));
        assert!(!put(&mut waiting, Uuid::from_u128(9), state(1, true), 4));
        assert!(waiting.contains_key(&Uuid::from_u128(9)) && waiting.contains_key(&Uuid::from_u128(0)));
        assert!(!waiting.contains_key(&Uuid::from_u128(1)));
        assert_eq!(waiting.len(), 4);
    }

    #[tokio::test]
    async fn everything_is_published_before_the_end() {
        let bus = Arc::new(LocalBus::new());
        let (user_id, mut events) = (Uuid::from_u128(9), bus.events().unwrap());
        bus.subscribe(user_id).await.unwrap();
        let shutdown = CancellationToken::new();
        let (publisher, task) = Publisher::spawn(bus.clone(), shutdown.clone());
        let mut update = ProgressUpdate {
            job_id: Uuid::nil(),
            status: JobStatus::Processing,
            progress: 0,
            current_video: 0,
            total_videos: 1,
            message: String::new(),
            video_id: None,
            error: None,
            seq: None,
            created_at: None,
            list_id: None,
            failed_videos: None,
            last_error: None,
            place: None,
            eta_seconds: None,
            retry_at: None,
        };
        // Nobody else runs in between, so that of each job one state is left.
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
}
