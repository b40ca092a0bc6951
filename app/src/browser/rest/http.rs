//! A request and its answer: JSON on success, otherwise a problem.

use gloo_net::http::{Method, Request, RequestBuilder, Response};
use serde::{Serialize, de::DeserializeOwned};

use crate::wire::{Page, Problem};

/// `None` parameters are left out.
pub(super) type Query<'a> = [(&'a str, Option<String>)];

/// Limits what [`get_all`] requests from a broken server.
const MAX_PAGES: usize = 50;

pub(super) async fn get<T: DeserializeOwned>(path: &str, query: &Query<'_>) -> Result<T, Problem> {
    let given = query.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)));
    read(send(Request::get(path).query(given)).await?).await
}

/// Fetches all pages of a small collection.
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

/// Fetches a URL as it is: the builder would re-encode its query.
pub(super) async fn get_verbatim(address: &str) -> Result<Response, Problem> {
    let request = web_sys::Request::new_with_str(address).map_err(|_| Problem::unreachable())?;
    check(Request::from(request).send().await.map_err(|_| Problem::unreachable())?).await
}

pub(super) async fn change(method: Method, path: &str, body: &impl Serialize) -> Result<Response, Problem> {
    let request = RequestBuilder::new(path).method(method).json(body).map_err(|_| Problem::unreachable())?;
    check(request.send().await.map_err(|_| Problem::unreachable())?).await
}

pub(super) async fn send(request: RequestBuilder) -> Result<Response, Problem> {
    check(request.send().await.map_err(|_| Problem::unreachable())?).await
}

pub(super) async fn read<T: DeserializeOwned>(response: Response) -> Result<T, Problem> {
    let status = response.status();
    let text = response.text().await.map_err(|_| Problem::unreachable())?;
    serde_json::from_str(&text).map_err(|_| unreadable(status))
}

/// Turns a status of 400 or more into its problem.
pub(super) async fn check(response: Response) -> Result<Response, Problem> {
    if response.ok() {
        return Ok(response);
    }
    let status = response.status();
    let text = response.text().await.unwrap_or_default();
    Err(serde_json::from_str(&text).unwrap_or_else(|_| match status {
        // From a proxy in front of the server.
        502..=504 => Problem::new(status, "unavailable", "Not available", "Playmarks is not available right now. Try again in a moment."),
        _ => unreadable(status),
    }))
}

fn unreadable(status: u16) -> Problem {
    Problem::new(status, "unreadable_answer", "Unexpected response", "Playmarks sent an unexpected response. Reload the page and try again.")
}
