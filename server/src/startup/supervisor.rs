//! Runs the tasks that the process depends on. If one ends before shutdown, the process shuts down with an error.

use std::time::Duration;

use anyhow::anyhow;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub(super) struct Supervisor {
    tasks: JoinSet<(&'static str, anyhow::Result<()>)>,
    shutdown: CancellationToken,
}

impl Supervisor {
    /// `shutdown` tells the tasks to end.
    pub(super) fn new(shutdown: CancellationToken) -> Self {
        Self { tasks: JoinSet::new(), shutdown }
    }

    pub(super) fn shutdown(&self) -> CancellationToken {
        self.shutdown.clone()
    }

    pub(super) fn spawn(&mut self, name: &'static str, task: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        self.tasks.spawn(async move { (name, task.await) });
    }

    /// Waits until all tasks have ended. Once shutdown began or a task failed, the others have `timeout` to end.
    ///
    /// # Errors
    /// A task failed.
    pub(super) async fn run(mut self, timeout: Duration) -> anyhow::Result<()> {
        let mut result = tokio::select! {
            () = self.shutdown.cancelled() => Ok(()),
            Some(ended) = self.tasks.join_next() => self.check_early_end(ended),
        };
        self.shutdown.cancel();
        let rest = async {
            while let Some(ended) = self.tasks.join_next().await {
                match ended {
                    Ok((name, Err(error))) => tracing::warn!(task = name, %error, "a task failed during shutdown"),
                    Ok((_, Ok(()))) => {}
                    Err(error) => result = Err(anyhow!("a task panicked: {error}")),
                }
            }
        };
        if tokio::time::timeout(timeout, rest).await.is_err() {
            tracing::warn!("not all tasks ended in time; they were aborted, and nothing that was answered is lost");
        }
        result
    }

    fn check_early_end(&self, ended: Result<(&'static str, anyhow::Result<()>), tokio::task::JoinError>) -> anyhow::Result<()> {
        if self.shutdown.is_cancelled() {
            return Ok(());
        }
        match ended {
            Ok((name, Err(error))) => Err(error.context(format!("the task {name} failed"))),
            Ok((name, Ok(()))) => Err(anyhow!("the task {name} ended before shutdown")),
            Err(error) => Err(anyhow!("a task panicked: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn failed_task_ends_the_others() {
        let mut tasks = Supervisor::new(CancellationToken::new());
        let shutdown = tasks.shutdown();
        tasks.spawn("steady", async move {
            shutdown.cancelled().await;
            Ok(())
        });
        tasks.spawn("frail", async { Err(anyhow!("out of luck")) });
        let error = tasks.run(Duration::from_secs(5)).await.unwrap_err();
        assert_eq!(format!("{error:#}"), "the task frail failed: out of luck");
    }

    #[tokio::test]
    async fn tasks_that_end_at_shutdown_are_no_error() {
        let shutdown = CancellationToken::new();
        let mut tasks = Supervisor::new(shutdown.clone());
        let cancelled = shutdown.clone();
        tasks.spawn("steady", async move {
            cancelled.cancelled().await;
            Ok(())
        });
        shutdown.cancel();
        tasks.run(Duration::from_secs(5)).await.unwrap();
    }
}
