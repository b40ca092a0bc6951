//! Plain HTML forms: everything that can be changed, for use without JavaScript. Each calls the function that the API calls, and
//! answers 303: to the page where the result is seen, or back with `?problem=<code>`.

mod account;
mod accounts;
mod back;
mod fields;
mod jobs;
mod lists;
mod uploads;

use axum::{Router, extract::Request};
use tower::ServiceExt;

use crate::state::AppState;

/// `POST` routes beside the pages of the same paths; every other method on those paths goes to `pages`.
pub fn routes(pages: Router) -> Router<AppState> {
    let forms =
        Router::new().merge(accounts::routes()).merge(account::routes()).merge(lists::routes()).merge(uploads::routes()).merge(jobs::routes());
    // A router answers 405 to `GET /lists` once it knows `POST /lists`, and never looks further.
    forms.method_not_allowed_fallback(move |request: Request| pages.clone().oneshot(request))
}
