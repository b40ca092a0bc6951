//! Batches received frames, so that the board changes at most once per animation frame.

use std::cell::{Cell, RefCell};

use gloo_timers::callback::Timeout;

use super::page;
use crate::wire::Frame;

/// 60 Hz. A timer rather than `requestAnimationFrame`, which stops in hidden tabs.
const FRAME_INTERVAL_MS: u64 = 16;
/// A bound for tabs whose timers are suspended.
const MAX_QUEUED_FRAMES: usize = 256;

#[derive(Default)]
pub(super) struct Inbox {
    frames: RefCell<Vec<Frame>>,
    taken_ms: Cell<u64>,
    timer: RefCell<Option<Timeout>>,
}

impl Inbox {
    /// Adds a frame. Calls `due` at once after a pause, otherwise at the end of the current interval.
    pub(super) fn push(&self, frame: Frame, due: impl FnOnce() + 'static) {
        self.frames.borrow_mut().push(frame);
        let since = self.taken_ms.get().abs_diff(page::now_ms());
        if since >= FRAME_INTERVAL_MS || self.frames.borrow().len() >= MAX_QUEUED_FRAMES {
            due();
        } else if self.timer.borrow().is_none() {
            *self.timer.borrow_mut() = Some(Timeout::new((FRAME_INTERVAL_MS - since) as u32, due));
        }
    }

    pub(super) fn take(&self) -> Vec<Frame> {
        self.timer.borrow_mut().take();
        self.taken_ms.set(page::now_ms());
        self.frames.take()
    }
}
