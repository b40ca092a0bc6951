//! Plain HTML forms: everything that can be changed, for use without JavaScript. Each calls the function that the API calls, and
//! answers 303: to the page where the result is seen, or back with `?problem=<code>`.

mod accounts;
mod back;
mod fields;
mod jobs;
mod lists;

use axum::Router;

use crate::state::AppState;

/// `POST` routes beside the pages of the same paths.
pub fn routes() -> Router<AppState> {
    Router::new().merge(accounts::routes()).merge(lists::routes()).merge(jobs::routes())
}
