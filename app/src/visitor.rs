//! Who is signed in: fetched once per document, for the header, the landing page and the account page.

use std::sync::Arc;

use leptos::prelude::*;

use crate::{
    backend::Backend,
    wire::{Account, Problem},
};

/// Provided as a context by `App`.
#[derive(Clone, Copy)]
pub(crate) struct Visitor(Resource<Result<Option<Account>, Problem>>);

impl Visitor {
    /// Never out of date: signing in and out load a new document.
    pub(crate) fn new() -> Self {
        let backend = expect_context::<Arc<dyn Backend>>();
        Self(Resource::new(|| (), move |()| backend.current_user()))
    }

    /// `None` also if the request failed.
    pub(crate) async fn wait(self) -> Option<Account> {
        self.0.await.ok().flatten()
    }
}
