//! Look-ups: starting them and handling their results.

use std::{sync::Arc, time::Duration};

use app::wire::FailureCause;
use futures::future::OptionFuture;
use tokio::time::Instant;

use super::{LookupResult, Slice, StopReason};
use crate::{
    import::is_id,
    metadata::AdaptiveLimiter,
    metadata::{Failure, Metadata},
    store::{StoreError, WorkItem},
};

/// Number of items that are read at once.
const PAGE_SIZE: u32 = 500;

impl Slice<'_> {
    /// Starts as many look-ups as the settings allow.
    pub(super) async fn start_lookups(&mut self) -> Result<(), StoreError> {
        while self.lookups.len() < self.worker.settings.concurrency as usize && self.results.len() < PAGE_SIZE as usize {
            if self.queue.is_empty() && !self.all_items_read {
                self.read_items().await?;
            }
            let mut batch = Vec::new();
            while batch.len() < self.worker.source.batch_size() {
                match self.queue.pop_front() {
                    Some(item) if is_id(&item.youtube_id) => {
                        self.undecided.insert(item.line);
                        batch.push(item);
                    }
                    Some(item) => {
                        let text = format!("{:?} is not a YouTube video id", item.youtube_id);
                        self.add_result(&item, Err(Failure::new(FailureCause::InvalidId, text)));
                    }
                    None => break,
                }
            }
            if batch.is_empty() {
                if self.all_items_read {
                    return Ok(());
                }
                continue;
            }
            let (source, stopped) = (Arc::clone(&self.worker.source), self.stopped.clone());
            self.lookups.spawn(async move {
                let permit = source.limiter().cloned().map(AdaptiveLimiter::acquire);
                let permit = stopped.run_until_cancelled(OptionFuture::from(permit)).await;
                let Some(_permit) = permit else { return (batch, None) };
                let ids: Vec<String> = batch.iter().map(|item| item.youtube_id.clone()).collect();
                let answer = source.look_up(&ids).await;
                (batch, Some(answer))
            });
        }
        Ok(())
    }

    async fn read_items(&mut self) -> Result<(), StoreError> {
        let read = || self.worker.store.untried_items(&self.lease, self.last_line_read, PAGE_SIZE);
        let items = self.retry_while_unavailable(read).await?;
        self.all_items_read = items.len() < PAGE_SIZE as usize;
        if let Some(last) = items.last() {
            self.last_line_read = last.line;
        }
        self.queue.extend(items);
        Ok(())
    }

    pub(super) fn on_lookup(&mut self, (items, answer): LookupResult) {
        match answer {
            None => {}
            Some(Ok(outcomes)) => {
                self.source_wait = Duration::ZERO;
                self.worker.outage_log.on_answer(self.worker.source.name());
                for (item, outcome) in items.iter().zip(outcomes) {
                    self.add_result(item, outcome);
                }
            }
            Some(Err(unavailable)) => {
                self.worker.outage_log.on_unavailable(self.worker.source.name(), &unavailable);
                // A request to stop takes precedence.
                if matches!(self.stop_reason, None | Some(StopReason::OthersWaiting)) {
                    self.stop_reason = Some(StopReason::SourceUnavailable(unavailable));
                }
            }
        }
    }

    fn add_result(&mut self, item: &WorkItem, outcome: Result<Metadata, Failure>) {
        let now = Instant::now();
        self.eta.record(now, 1);
        self.undecided.remove(&item.line);
        self.results.push(item.result(outcome));
        self.flush_at.get_or_insert_with(|| self.throttle.next_flush(now));
    }
}
