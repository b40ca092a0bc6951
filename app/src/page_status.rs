//! The HTTP status of a page, which is known only while it renders, for example if its list does not exist.

use std::sync::{
    Arc,
    atomic::{AtomicU16, Ordering},
};

use leptos::prelude::use_context;

/// The server provides it as a context and reads it after rendering. Absent in the browser.
#[derive(Clone, Debug)]
pub struct PageStatus(Arc<AtomicU16>);

impl PageStatus {
    /// 200 unless a page has set another.
    pub fn get(&self) -> u16 {
        self.0.load(Ordering::Acquire)
    }

    /// Sets the status of the page that is being rendered. Does nothing in the browser.
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
