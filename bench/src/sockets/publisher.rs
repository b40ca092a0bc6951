//! Publishes updates as any program may: straight into the users' channels, at an even rate.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use redis::{AsyncConnectionConfig, aio::MultiplexedConnection};
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

/// Publishes come in bundles this far apart.
const TICK: Duration = Duration::from_millis(5);
/// How long Redis may take for a bundle.
const PATIENCE: Duration = Duration::from_secs(30);

/// One job of each user, whose states are published in turn.
pub(crate) struct Publisher {
    connection: MultiplexedConnection,
    users: Vec<(Uuid, Uuid)>,
    /// States published so far, which are the next one's `seq`.
    published: Mutex<u64>,
    /// The clock that updates carry and readers compare.
    pub(crate) start: Instant,
}

impl Publisher {
    pub(crate) async fn connect(redis: &str, users: Vec<Uuid>) -> anyhow::Result<Self> {
        // Under overload Redis answers late too, and that is part of what is measured.
        let patient = AsyncConnectionConfig::new().set_response_timeout(Some(PATIENCE));
        let connection = redis::Client::open(redis)?.get_multiplexed_async_connection_with_config(&patient).await?;
        let users = users.into_iter().map(|user| (user, Uuid::new_v4())).collect();
        Ok(Self { connection, users, published: Mutex::new(0), start: Instant::now() })
    }

    /// The channel of the nth user.
    pub(crate) fn channel(&self, user: usize) -> String {
        format!("progress:user:{}", self.users[user].0)
    }

    /// So many publishes a second, one user after the other; answers how many there were.
    pub(crate) async fn run(&self, a_second: usize, time: Duration) -> anyhow::Result<u64> {
        let (mut tick, end) = (interval(TICK), Instant::now() + time);
        // What could not be published in time is not made up for in a burst.
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut owed, mut count) = (0.0, 0);
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        let a_tick = a_second as f64 * TICK.as_secs_f64();
        while Instant::now() < end {
            tick.tick().await;
            owed += a_tick;
            let mut pipe = redis::pipe();
            while owed >= 1.0 {
                self.add(&mut pipe, "processing");
                owed -= 1.0;
                count += 1;
            }
            pipe.exec_async(&mut self.connection.clone()).await?;
        }
        Ok(count)
    }

    /// Ends every user's job.
    pub(crate) async fn end_all(&self) -> anyhow::Result<()> {
        let mut pipe = redis::pipe();
        for _ in &self.users {
            self.add(&mut pipe, "completed");
        }
        pipe.exec_async(&mut self.connection.clone()).await?;
        Ok(())
    }

    fn add(&self, pipe: &mut redis::Pipeline, status: &str) {
        let seq = {
            let mut published = self.published.lock().expect("nobody panics while counting");
            *published += 1;
            *published
        };
        let (user, job_id) = self.users[usize::try_from(seq).unwrap_or(0) % self.users.len()];
        // The stable core and a `seq`, as any program may send them.
        let update = json!({
            "job_id": job_id, "status": status, "progress": if status == "completed" { 100 } else { 50 }, "current_video": 50,
            "total_videos": 100, "message": format!("t={}", self.start.elapsed().as_nanos()), "seq": seq,
        });
        pipe.publish(format!("progress:user:{user}"), update.to_string()).ignore();
    }
}
