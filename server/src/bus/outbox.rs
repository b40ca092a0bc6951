//! The way from a bus to its one reader: bounded, never waiting, and honest about what it had to drop.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::mpsc;

use super::BusEvent;

/// Events that may wait for the reader. At the 16 KiB of the largest valid update this is 64 MiB; at the usual 400 bytes, under 2 MiB.
pub(super) const CAPACITY: usize = 4096;

/// The sending half, and the receiving half until somebody takes it.
pub(super) struct Outbox {
    sender: mpsc::Sender<BusEvent>,
    receiver: Mutex<Option<mpsc::Receiver<BusEvent>>>,
    /// A [`BusEvent::Lost`] and [`BusEvent::Restored`] are on their way, because something was dropped.
    announcing: AtomicBool,
}

impl Outbox {
    /// An empty one for `capacity` events.
    pub(super) fn new(capacity: usize) -> Arc<Self> {
        let (sender, receiver) = mpsc::channel(capacity);
        Arc::new(Self { sender, receiver: Mutex::new(Some(receiver)), announcing: AtomicBool::new(false) })
    }

    /// The receiving half, once.
    pub(super) fn take(&self) -> Option<mpsc::Receiver<BusEvent>> {
        self.receiver.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Passes an event on without waiting. Where there is no room it is dropped, and the pair that says so follows as soon as there is.
    /// Must be called within a Tokio runtime.
    pub(super) fn offer(self: &Arc<Self>, event: BusEvent) {
        let Err(mpsc::error::TrySendError::Full(_)) = self.sender.try_send(event) else { return };
        metrics::counter!("playmarks_bus_dropped_total").increment(1);
        if self.announcing.swap(true, Ordering::AcqRel) {
            return;
        }
        tracing::warn!("the reader of the bus fell behind; messages were dropped and sockets will reconnect");
        let outbox = Arc::clone(self);
        tokio::spawn(async move {
            let Ok(mut room) = outbox.sender.reserve_many(2).await else { return };
            // From here on a further drop announces itself anew: its message would have come after this pair.
            outbox.announcing.store(false, Ordering::Release);
            for event in [BusEvent::Lost, BusEvent::Restored] {
                if let Some(place) = room.next() {
                    place.send(event);
                }
            }
        });
    }

    /// Passes an event on, waiting for room: for what must not be dropped.
    pub(super) async fn deliver(&self, event: BusEvent) {
        // Fails only where the reader is gone, which ends the process anyway.
        let _ = self.sender.send(event).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::Signal;

    #[tokio::test]
    async fn a_full_outbox_drops_and_says_so_once() {
        let outbox = Outbox::new(2);
        let mut reader = outbox.take().unwrap();
        assert!(outbox.take().is_none());
        for _ in 0..5 {
            outbox.offer(BusEvent::Signal(Signal::WorkWaiting));
        }
        for _ in 0..2 {
            assert_eq!(reader.recv().await, Some(BusEvent::Signal(Signal::WorkWaiting)));
        }
        assert_eq!(reader.recv().await, Some(BusEvent::Lost));
        assert_eq!(reader.recv().await, Some(BusEvent::Restored));
        outbox.offer(BusEvent::Signal(Signal::WorkWaiting));
        assert_eq!(reader.recv().await, Some(BusEvent::Signal(Signal::WorkWaiting)));
    }
}
