//! Publishes updates to the users' Redis channels at a constant rate, as any other program may.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use redis::{AsyncConnectionConfig, aio::MultiplexedConnection};
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

/// Updates are published in batches at this interval.
const BATCH_INTERVAL: Duration = Duration::from_millis(5);
/// Generous, because under overload Redis answers late too, and that is part of what is measured.
const REDIS_TIMEOUT: Duration = Duration::from_secs(30);

/// Publishes for one job per user, one user after the other.
pub(crate) struct Publisher {
    connection: MultiplexedConnection,
    /// User and job.
    jobs: Vec<(Uuid, Uuid)>,
    /// How many updates were published so far; also the last one's `seq`.
    published: Mutex<u64>,
    /// Zero of the timestamps in updates.
    pub(crate) epoch: Instant,
}

impl Publisher {
    pub(crate) async fn connect(redis_url: &str, users: Vec<Uuid>) -> anyhow::Result<Self> {
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(REDIS_TIMEOUT));
        let connection = redis::Client::open(redis_url)?.get_multiplexed_async_connection_with_config(&config).await?;
        let jobs = users.into_iter().map(|user| (user, Uuid::new_v4())).collect();
        Ok(Self { connection, jobs, published: Mutex::new(0), epoch: Instant::now() })
    }

    /// The channel of the user with this index.
    pub(crate) fn channel(&self, index: usize) -> String {
        format!("progress:user:{}", self.jobs[index].0)
    }

    /// Publishes at this rate (updates per second) for this long, and returns how many updates were published.
    pub(crate) async fn publish(&self, rate: usize, duration: Duration) -> anyhow::Result<u64> {
        let (mut ticker, deadline) = (interval(BATCH_INTERVAL), Instant::now() + duration);
        // Batches that come too late are not caught up on in a burst.
        ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut due, mut count) = (0.0, 0);
        #[expect(clippy::cast_precision_loss, reason = "rates are small")]
        let per_batch = rate as f64 * BATCH_INTERVAL.as_secs_f64();
        while Instant::now() < deadline {
            ticker.tick().await;
            due += per_batch;
            let mut pipe = redis::pipe();
            while due >= 1.0 {
                self.add_update(&mut pipe, "processing");
                due -= 1.0;
                count += 1;
            }
            pipe.exec_async(&mut self.connection.clone()).await?;
        }
        Ok(count)
    }

    /// Publishes a terminal update for every job.
    pub(crate) async fn complete_all_jobs(&self) -> anyhow::Result<()> {
        let mut pipe = redis::pipe();
        for _ in &self.jobs {
            self.add_update(&mut pipe, "completed");
        }
        pipe.exec_async(&mut self.connection.clone()).await?;
        Ok(())
    }

    fn add_update(&self, pipe: &mut redis::Pipeline, status: &str) {
        let seq = {
            let mut published = self.published.lock().expect("no panic while the lock is held");
            *published += 1;
            *published
        };
        let (user, job_id) = self.jobs[usize::try_from(seq).unwrap_or(0) % self.jobs.len()];
        // The fields that other programs must send, and `seq`.
        let update = json!({
            "job_id": job_id, "status": status, "progress": if status == "completed" { 100 } else { 50 }, "current_video": 50,
            "total_videos": 100, "message": format!("t={}", self.epoch.elapsed().as_nanos()), "seq": seq,
        });
        pipe.publish(format!("progress:user:{user}"), update.to_string()).ignore();
    }
}
