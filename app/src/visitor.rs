//! Who looks at the page: asked once per document, known to the header, the landing page and the live connection.

use std::sync::Arc;

use leptos::prelude::*;

use crate::{
    backend::Backend,
    wire::{Account, Problem},
};

/// The account, or nobody; provided as context by `App`.
#[derive(Clone, Copy)]
pub(crate) struct Visitor(Resource<Result<Option<Account>, Problem>>);

impl Visitor {
    /// Asks. Signing in and out load a new document, so that this is never out of date.
    pub(crate) fn new() -> Self {
        let backend = expect_context::<Arc<dyn Backend>>();
        Self(Resource::new(|| (), move |()| backend.me()))
    }

    /// Waits for the answer; nobody where it could not be had.
    pub(crate) async fn wait(self) -> Option<Account> {
        self.0.await.ok().flatten()
    }
}
