//! The browser's entry point: provides the contexts and hydrates the islands of the document.

use leptos::prelude::*;

use crate::backend::Instance;

#[cfg(feature = "hydrate")]
mod hydration;

#[cfg(feature = "hydrate")]
pub use hydration::hydrate;

/// Provides the contexts that the server provides when it renders.
pub fn provide_contexts() {
    // Islands come with their data; only pages that are rendered here fetch it.
    #[cfg(feature = "csr")]
    provide_context::<std::sync::Arc<dyn crate::backend::Backend>>(std::sync::Arc::new(crate::browser::rest::Rest));
    provide_context(instance());
}

/// Read from the tags that `shell` writes; safe defaults without a server.
fn instance() -> Instance {
    Instance {
        version: meta("playmarks-version").unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned()),
        demo: meta("playmarks-demo").as_deref() == Some("true"),
        registration_open: meta("playmarks-registration").as_deref() != Some("closed"),
    }
}

fn meta(name: &str) -> Option<String> {
    document().query_selector(&format!("meta[name={name}]")).ok().flatten()?.get_attribute("content")
}
