//! Runs the parts that everything depends on. One that ends before it was asked to ends the process, with an error.

use std::time::Duration;

use anyhow::anyhow;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Parts under way.
pub(super) struct Supervisor {
    parts: JoinSet<(&'static str, anyhow::Result<()>)>,
    shutdown: CancellationToken,
}

impl Supervisor {
    /// Parts are asked to end by `shutdown`.
    pub(super) fn new(shutdown: CancellationToken) -> Self {
        Self { parts: JoinSet::new(), shutdown }
    }

    /// What asks the parts to end.
    pub(super) fn shutdown(&self) -> CancellationToken {
        self.shutdown.clone()
    }

    /// Starts a part.
    pub(super) fn spawn(&mut self, name: &'static str, part: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        self.parts.spawn(async move { (name, part.await) });
    }

    /// Waits until all have ended; `most` is how long that may take once the first was asked to, or died.
    ///
    /// # Errors
    /// One died.
    pub(super) async fn run(mut self, most: Duration) -> anyhow::Result<()> {
        let mut result = tokio::select! {
            () = self.shutdown.cancelled() => Ok(()),
            Some(ended) = self.parts.join_next() => self.judge(ended),
        };
        self.shutdown.cancel();
        let rest = async {
            while let Some(ended) = self.parts.join_next().await {
                match ended {
                    Ok((name, Err(error))) => tracing::warn!(part = name, %error, "a part did not end well"),
                    Ok((_, Ok(()))) => {}
                    Err(error) => result = Err(anyhow!("a part ended with a panic: {error}")),
                }
            }
        };
        if tokio::time::timeout(most, rest).await.is_err() {
            tracing::warn!("parts that did not end in time were cut off; the database has everything that was answered");
        }
        result
    }

    fn judge(&self, ended: Result<(&'static str, anyhow::Result<()>), tokio::task::JoinError>) -> anyhow::Result<()> {
        if self.shutdown.is_cancelled() {
            return Ok(());
        }
        match ended {
            Ok((name, Err(error))) => Err(error.context(format!("{name} died"))),
            Ok((name, Ok(()))) => Err(anyhow!("{name} ended before it was asked to")),
            Err(error) => Err(anyhow!("a part ended with a panic: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_part_that_dies_ends_the_others() {
        let mut parts = Supervisor::new(CancellationToken::new());
        let shutdown = parts.shutdown();
        parts.spawn("steady", async move {
            shutdown.cancelled().await;
            Ok(())
        });
        parts.spawn("frail", async { Err(anyhow!("out of luck")) });
        let error = parts.run(Duration::from_secs(5)).await.unwrap_err();
        assert_eq!(format!("{error:#}"), "frail died: out of luck");
    }

    #[tokio::test]
    async fn parts_that_were_asked_to_end_well() {
        let shutdown = CancellationToken::new();
        let mut parts = Supervisor::new(shutdown.clone());
        let until = shutdown.clone();
        parts.spawn("steady", async move {
            until.cancelled().await;
            Ok(())
        });
        shutdown.cancel();
        parts.run(Duration::from_secs(5)).await.unwrap();
    }
}
