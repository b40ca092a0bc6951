//! Look-ups: items on their way to the source, and what comes back.

use std::{sync::Arc, time::Duration};

use app::wire::FailureCause;
use futures::future::OptionFuture;
use tokio::time::Instant;

use super::{LookedUp, Slice, Stop};
use crate::{
    import::is_id,
    job::{Failure, ItemResult, Metadata},
    metadata::AdaptiveLimiter,
    store::{StoreError, WorkItem, with_timeout},
    worker::STORE_TIMEOUT,
};

/// Items read at once.
const PAGE: u32 = 500;

impl Slice<'_> {
    /// Starts look-ups up to the concurrency.
    pub(super) async fn take_up(&mut self) -> Result<(), StoreError> {
        while self.under_way.len() < self.worker.settings.concurrency as usize && self.results.len() < PAGE as usize {
            if self.queue.is_empty() && !self.all_read {
                self.read_items().await?;
            }
            let mut batch = Vec::new();
            while batch.len() < self.worker.source.batch_size() {
                match self.queue.pop_front() {
                    Some(item) if is_id(&item.youtube_id) => batch.push(item),
                    Some(item) => {
                        let text = format!("{:?} is not a YouTube video id", item.youtube_id);
                        self.add(item, Err(Failure { cause: FailureCause::InvalidId, text }));
                    }
                    None => break,
                }
            }
            if batch.is_empty() {
                if self.all_read {
                    return Ok(());
                }
                continue;
            }
            let (source, stopping) = (Arc::clone(&self.worker.source), self.stopping.clone());
            self.under_way.spawn(async move {
                let permit = source.limiter().cloned().map(AdaptiveLimiter::acquire);
                let permit = stopping.run_until_cancelled(OptionFuture::from(permit)).await;
                let Some(_permit) = permit else { return (batch, None) };
                let ids: Vec<String> = batch.iter().map(|item| item.youtube_id.clone()).collect();
                let found = source.look_up(&ids).await;
                (batch, Some(found))
            });
        }
        Ok(())
    }

    async fn read_items(&mut self) -> Result<(), StoreError> {
        let items = loop {
            match with_timeout(STORE_TIMEOUT, self.worker.store.untried_items(&self.lease, self.read_up_to, PAGE)).await {
                Ok(items) => break items,
                Err(error) => self.bear(error).await?,
            }
        };
        self.all_read = items.len() < PAGE as usize;
        if let Some(last) = items.last() {
            self.read_up_to = last.line;
        }
        self.queue.extend(items);
        Ok(())
    }

    pub(super) fn looked_up(&mut self, (items, found): LookedUp) {
        match found {
            None => self.undecided = true,
            Some(Ok(outcomes)) => {
                self.waited = Duration::ZERO;
                for (item, outcome) in items.into_iter().zip(outcomes) {
                    self.add(item, outcome);
                }
            }
            // A request to stop counts for more than the source; the source for more than whose turn it is.
            Some(Err(away)) => {
                self.undecided = true;
                if matches!(self.stop, None | Some(Stop::OthersWait)) {
                    self.stop = Some(Stop::SourceUnavailable(away));
                }
            }
        }
    }

    fn add(&mut self, item: WorkItem, outcome: Result<Metadata, Failure>) {
        let now = Instant::now();
        self.eta.record(now, 1);
        self.results.push(ItemResult { line: item.line, video_id: item.video_id, outcome });
        self.flush_at.get_or_insert_with(|| self.throttle.due(now));
    }
}
