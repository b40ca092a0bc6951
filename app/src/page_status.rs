//! The HTTP status of a page, which only the page knows: whether a list is there turns out while it renders.

use std::sync::{
    Arc,
    atomic::{AtomicU16, Ordering},
};

use leptos::prelude::use_context;

/// Provided as context by the server, read by it after rendering. Absent in the browser.
#[derive(Clone, Debug)]
pub struct PageStatus(Arc<AtomicU16>);

impl PageStatus {
    /// What it is now; 200 unless a page said otherwise.
    pub fn get(&self) -> u16 {
        self.0.load(Ordering::Acquire)
    }

    /// Says what the page being rendered is answered with. Nothing in the browser.
    pub(crate) fn set(status: u16) {
        if let Some(page) = use_context::<Self>() {
            page.0.store(status, Ordering::Release);
        }
    }
}

impl Default for PageStatus {
    fn default() -> Self {
        Self(Arc::new(AtomicU16::new(200)))
    }
}
