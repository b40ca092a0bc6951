//! Gathers the socket's frames, so that the board changes once per animation frame however many updates come.

use std::cell::{Cell, RefCell};

use gloo_timers::callback::Timeout;

use super::page;
use crate::wire::Frame;

/// One animation frame at 60 Hz. A timer and not `requestAnimationFrame`, which stands still in a tab that is not looked at.
const FRAME_INTERVAL_MS: u64 = 16;
/// Where timers stand still too, the inbox must not grow with what arrives.
const MAX_QUEUED_FRAMES: usize = 256;

/// Frames that are not on the board yet.
#[derive(Default)]
pub(super) struct Inbox {
    frames: RefCell<Vec<Frame>>,
    taken_ms: Cell<u64>,
    timer: RefCell<Option<Timeout>>,
}

impl Inbox {
    /// Adds a frame. The first after a pause is due at once; more within the same animation frame are when `due` is called.
    pub(super) fn push(&self, frame: Frame, due: impl FnOnce() + 'static) {
        self.frames.borrow_mut().push(frame);
        let since = self.taken_ms.get().abs_diff(page::now_ms());
        if since >= FRAME_INTERVAL_MS || self.frames.borrow().len() >= MAX_QUEUED_FRAMES {
            due();
        } else if self.timer.borrow().is_none() {
            *self.timer.borrow_mut() = Some(Timeout::new((FRAME_INTERVAL_MS - since) as u32, due));
        }
    }

    /// Everything that waits.
    pub(super) fn take(&self) -> Vec<Frame> {
        self.timer.borrow_mut().take();
        self.taken_ms.set(page::now_ms());
        self.frames.take()
    }
}
