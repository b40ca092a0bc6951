//! One request and its answer: JSON on success, a problem otherwise.

use gloo_net::http::{Method, Request, RequestBuilder, Response};
use serde::{Serialize, de::DeserializeOwned};

use crate::wire::{Page, Problem};

/// Query parameters; those that are `None` are left out.
pub(super) type Query<'a> = [(&'a str, Option<String>)];

/// How many pages [`get_all`] follows: a bound on what a broken server can make of it.
const MAX_PAGES: usize = 50;

/// Fetches one thing.
pub(super) async fn get<T: DeserializeOwned>(path: &str, query: &Query<'_>) -> Result<T, Problem> {
    let given = query.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)));
    read(send(Request::get(path).query(given)).await?).await
}

/// Fetches every page of something that is small.
pub(super) async fn get_all<T: DeserializeOwned>(path: &str, mut query: Vec<(&str, Option<String>)>) -> Result<Vec<T>, Problem> {
    let mut all = Vec::new();
    query.push(("cursor", None));
    for _ in 0..MAX_PAGES {
        let page: Page<T> = get(path, &query).await?;
        all.extend(page.items);
        if page.next_cursor.is_none() {
            break;
        }
        query.pop();
        query.push(("cursor", page.next_cursor));
    }
    Ok(all)
}

/// Fetches an address as it is; the builder would write its query anew.
pub(super) async fn get_verbatim(address: &str) -> Result<Response, Problem> {
    let request = web_sys::Request::new_with_str(address).map_err(|_| Problem::unreachable())?;
    check(Request::from(request).send().await.map_err(|_| Problem::unreachable())?).await
}

/// Sends a change with a JSON body.
pub(super) async fn change(method: Method, path: &str, body: &impl Serialize) -> Result<Response, Problem> {
    let request = RequestBuilder::new(path).method(method).json(body).map_err(|_| Problem::unreachable())?;
    check(request.send().await.map_err(|_| Problem::unreachable())?).await
}

/// Sends a request without a body.
pub(super) async fn send(request: RequestBuilder) -> Result<Response, Problem> {
    check(request.send().await.map_err(|_| Problem::unreachable())?).await
}

/// Reads a successful answer.
pub(super) async fn read<T: DeserializeOwned>(response: Response) -> Result<T, Problem> {
    let status = response.status();
    let text = response.text().await.map_err(|_| Problem::unreachable())?;
    serde_json::from_str(&text).map_err(|_| unreadable(status))
}

/// An answer of 400 and more becomes its problem.
pub(super) async fn check(response: Response) -> Result<Response, Problem> {
    if response.ok() {
        return Ok(response);
    }
    let status = response.status();
    let text = response.text().await.unwrap_or_default();
    Err(serde_json::from_str(&text).unwrap_or_else(|_| match status {
        // From something between us and the server.
        502..=504 => Problem::new(status, "unavailable", "Not available", "Playmarks is not available right now. Try again in a moment."),
        _ => unreadable(status),
    }))
}

fn unreadable(status: u16) -> Problem {
    Problem::new(
        status,
        "unreadable_answer",
        "Unexpected answer",
        "Playmarks answered with something this page cannot read. Reload the page and try again.",
    )
}
