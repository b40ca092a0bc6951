//! The bounded queue between a bus and its only reader. If it is full, events are dropped, which is announced.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::mpsc;

use super::BusEvent;

/// Events that may be queued. At the 16 KiB of the largest valid update this is 64 MiB; at the usual 400 bytes, under 2 MiB.
pub(super) const CAPACITY: usize = 4096;

/// Both halves of the queue; the receiver until it is taken.
pub(super) struct Outbox {
    sender: mpsc::Sender<BusEvent>,
    receiver: Mutex<Option<mpsc::Receiver<BusEvent>>>,
    /// Events were dropped, but the [`BusEvent::Gap`] that says so is not queued yet.
    announcing_gap: AtomicBool,
}

impl Outbox {
    pub(super) fn new(capacity: usize) -> Arc<Self> {
        let (sender, receiver) = mpsc::channel(capacity);
        Arc::new(Self { sender, receiver: Mutex::new(Some(receiver)), announcing_gap: AtomicBool::new(false) })
    }

    /// `None` if it was taken already.
    pub(super) fn take_receiver(&self) -> Option<mpsc::Receiver<BusEvent>> {
        self.receiver.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Queues an event without waiting. If the queue is full, drops the event, and queues a gap as soon as there is space. Must be called
    /// within a Tokio runtime.
    pub(super) fn try_send(self: &Arc<Self>, event: BusEvent) {
        let Err(mpsc::error::TrySendError::Full(_)) = self.sender.try_send(event) else { return };
        metrics::counter!("playmarks_bus_dropped_total").increment(1);
        if self.announcing_gap.swap(true, Ordering::AcqRel) {
            return;
        }
        tracing::warn!("bus events arrived faster than they were handled; some were dropped, and are repaired from the database");
        let outbox = Arc::clone(self);
        tokio::spawn(async move {
            let Ok(permit) = outbox.sender.reserve().await else { return };
            // An event that is dropped from here on would have come after this gap, so it needs another one.
            outbox.announcing_gap.store(false, Ordering::Release);
            permit.send(BusEvent::Gap);
        });
    }

    /// Waits while the queue is full: for events that must not be dropped.
    pub(super) async fn send(&self, event: BusEvent) {
        // Fails only after the reader ended, which ends the process anyway.
        let _ = self.sender.send(event).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::Signal;

    #[tokio::test]
    async fn full_outbox_drops_events_and_announces_one_gap() {
        let outbox = Outbox::new(2);
        let mut reader = outbox.take_receiver().unwrap();
        assert!(outbox.take_receiver().is_none());
        for _ in 0..5 {
            outbox.try_send(BusEvent::Signal(Signal::WorkWaiting));
        }
        for _ in 0..2 {
            assert_eq!(reader.recv().await, Some(BusEvent::Signal(Signal::WorkWaiting)));
        }
        assert_eq!(reader.recv().await, Some(BusEvent::Gap));
        outbox.try_send(BusEvent::Signal(Signal::WorkWaiting));
        assert_eq!(reader.recv().await, Some(BusEvent::Signal(Signal::WorkWaiting)));
    }
}
