//! Plain HTML forms, for use without JavaScript: all changes that the API offers, by the same functions. Each responds 303, to the page
//! that shows the result, or back with `?problem=<code>`.

mod account;
mod form;
mod jobs;
mod lists;
mod redirect;
mod uploads;

use axum::{Router, extract::Request};
use tower::ServiceExt;

use crate::state::AppState;

/// `POST` routes on the paths of pages; other methods on these paths go to `pages`.
pub(crate) fn routes(pages: Router) -> Router<AppState> {
    let forms = Router::new().merge(account::routes()).merge(lists::routes()).merge(uploads::routes()).merge(jobs::routes());
    // Otherwise the router responds 405 to `GET /lists` because it has `POST /lists`, and never reaches the fallback.
    forms.method_not_allowed_fallback(move |request: Request| pages.clone().oneshot(request))
}
