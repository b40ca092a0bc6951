//! Pages: one file each, a folder for its static parts. A page creates its resources, waits for them once, and passes plain values to its
//! parts; later changes come through signals, so that nothing is torn down and built again.

#![expect(unreachable_pub, reason = "leptos' macro makes a hidden public function beside each component")]

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::{location::Url, params::ParamsMap};

use crate::{
    backend::{Backend, Fetch},
    wire::Problem,
    wording,
};

mod account;
mod auth;
mod frame;
mod island;
mod job;
mod jobs;
mod landing;
mod list;
mod lists;
mod placeholder;

pub(crate) use account::AccountPage;
pub(crate) use auth::{SignInPage, SignUpPage};
pub(crate) use frame::{Footer, Header};
pub(crate) use island::island;
pub(crate) use job::JobPage;
pub(crate) use jobs::JobsPage;
pub(crate) use landing::LandingPage;
pub(crate) use list::ListPage;
pub(crate) use lists::ListsPage;
pub(crate) use placeholder::NotFoundPage;
use placeholder::{Loading, or_problem};

/// The pairs that have a value, escaped, as the query of a URL.
fn query_string(pairs: &[(&str, &str)]) -> String {
    let pairs = pairs.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name}={}", Url::escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// Why a form was rejected, from `?problem=` after the redirect.
fn refusal(query: &ParamsMap) -> Option<String> {
    query.get_str("problem").map(|code| wording::sentence(code).to_owned())
}

/// Fetched again whenever `key` changes.
fn load<K, T>(
    key: impl Fn() -> K + Send + Sync + 'static,
    fetch: impl Fn(&dyn Backend, K) -> Fetch<T> + Send + Sync + 'static,
) -> Resource<Result<T, Problem>>
where
    K: PartialEq + Clone + Send + Sync + 'static,
    T: Send + Sync + serde::Serialize + serde::de::DeserializeOwned + 'static,
{
    let backend = expect_context::<Arc<dyn Backend>>();
    Resource::new(key, move |key| fetch(&*backend, key))
}
