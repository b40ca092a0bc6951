//! The client of the server's API: adds and renews the access token, retries when the server is busy, returns answers or problems.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use app::{
    progress::{HistoryRequest, next_query},
    wire::{Job, JobItem, List, Page, Problem, ProgressUpdate, Refresh, RefreshToken, Ticket},
};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, header, redirect};
use serde::de::DeserializeOwned;
use serde_json::json;
use url::Url;
use uuid::Uuid;

use super::problem;
use crate::error::causes;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// While the server answers 429 or 503.
const MAX_ATTEMPTS: u32 = 4;
/// A server that asks for more is not retried.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(5);
const USER_AGENT: &str = concat!("playmarks-import/", env!("CARGO_PKG_VERSION"));
/// The code of a request that may have arrived, and whose answer did not.
const ANSWER_LOST: &str = "answer_lost";
/// 1000 events each; no job has more than two.
const MAX_HISTORY_PAGES: usize = 20;

#[derive(Clone)]
pub(super) struct Tokens {
    /// Expires after 15 minutes.
    pub(super) access: String,
    /// `None` if only an access token was given.
    pub(super) refresh: Option<String>,
    /// The session was opened by this program, which has to close it.
    pub(super) is_ours: bool,
}

/// A running Playmarks.
pub(super) struct Server {
    http: Client,
    base: Url,
    tokens: Mutex<Tokens>,
}

/// Does not follow redirects: they would turn an upload into a GET.
pub(super) fn client() -> Result<Client, Problem> {
    let client = Client::builder().user_agent(USER_AGENT).connect_timeout(CONNECT_TIMEOUT).redirect(redirect::Policy::none()).build();
    client.map_err(|error| problem("no_client", format!("HTTPS does not work on this machine: {error}.")))
}

impl Server {
    pub(super) fn new(http: Client, base: Url, tokens: Tokens) -> Self {
        Self { http, base, tokens: Mutex::new(tokens) }
    }

    pub(super) async fn lists(&self) -> Result<Vec<List>, Problem> {
        Ok(self.get::<Page<List>>("/api/lists").await?.items)
    }

    pub(super) async fn new_list(&self, name: &str) -> Result<List, Problem> {
        read(self.send(|| Ok(self.request(Method::POST, "/api/lists").json(&json!({ "name": name })))).await?).await
    }

    pub(super) async fn delete_list(&self, list_id: Uuid) -> Result<(), Problem> {
        self.send(|| Ok(self.request(Method::DELETE, &format!("/api/lists/{list_id}")))).await.map(drop)
    }

    pub(super) async fn job(&self, job_id: Uuid) -> Result<Job, Problem> {
        self.get(&format!("/api/jobs/{job_id}")).await
    }

    /// The newest jobs, of one list or of all, newest first.
    pub(super) async fn newest_jobs(&self, list_id: Option<Uuid>, limit: u32) -> Result<Vec<Job>, Problem> {
        let of_list = list_id.map_or_else(String::new, |id| format!("&list_id={id}"));
        Ok(self.get::<Page<Job>>(&format!("/api/jobs?state=all&limit={limit}{of_list}")).await?.items)
    }

    pub(super) async fn has_rejected_lines(&self, job_id: Uuid) -> Result<bool, Problem> {
        Ok(!self.get::<Page<JobItem>>(&format!("/api/jobs/{job_id}/items?verdict=rejected&limit=1")).await?.items.is_empty())
    }

    pub(super) async fn ticket(&self) -> Result<Ticket, Problem> {
        read(self.send(|| Ok(self.request(Method::POST, "/api/ws/ticket"))).await?).await
    }

    pub(super) async fn receipt(&self, job_id: Uuid) -> Result<Response, Problem> {
        self.send(|| Ok(self.request(Method::GET, &format!("/api/jobs/{job_id}/receipt.csv")))).await
    }

    /// The states of a job after a `seq`, oldest first.
    pub(super) async fn history(&self, job_id: Uuid, after_seq: u64) -> Result<Vec<ProgressUpdate>, Problem> {
        let mut states = Vec::new();
        let mut query = HistoryRequest { job_id, since: None, after_seq: Some(after_seq) }.query();
        for _ in 0..MAX_HISTORY_PAGES {
            let path = format!("/api/jobs/{job_id}/progress-history?{query}");
            let answer = self.send(|| Ok(self.request(Method::GET, &path))).await?;
            let next = answer.headers().get(header::LINK).and_then(|link| link.to_str().ok()).and_then(next_query).map(str::to_owned);
            states.extend(read::<Vec<ProgressUpdate>>(answer).await?);
            match next {
                Some(next) if next != query => query = next,
                _ => break,
            }
        }
        Ok(states)
    }

    /// Closes the session if it was opened here. If that fails, it expires unused.
    pub(super) async fn sign_out(&self) {
        if self.tokens().is_ours {
            let _ = self.send(|| Ok(self.request(Method::POST, "/api/auth/logout"))).await;
        }
    }

    /// The token is added by [`Self::send`].
    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, address(&self.base, path))
    }

    /// Sends the request of `build`, and again while the server is busy and says when to retry.
    pub(super) async fn send(&self, build: impl Fn() -> Result<RequestBuilder, Problem>) -> Result<Response, Problem> {
        for _ in 1..MAX_ATTEMPTS {
            let answer = self.send_with_token(&build).await?;
            match retry_after(&answer) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return checked(answer).await,
            }
        }
        checked(self.send_with_token(&build).await?).await
    }

    /// Repeats the request with a new access token if the first one has expired.
    async fn send_with_token(&self, build: &impl Fn() -> Result<RequestBuilder, Problem>) -> Result<Response, Problem> {
        let tokens = self.tokens();
        let answer = build()?.bearer_auth(&tokens.access).send().await.map_err(|error| self.unreachable(&error))?;
        if answer.status() == StatusCode::UNAUTHORIZED
            && let Some(refresh) = tokens.refresh
        {
            let access = access_token(&self.http, &self.base, &refresh).await?;
            self.tokens.lock().unwrap_or_else(PoisonError::into_inner).access.clone_from(&access);
            return build()?.bearer_auth(access).send().await.map_err(|error| self.unreachable(&error));
        }
        Ok(answer)
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Problem> {
        read(self.send(|| Ok(self.request(Method::GET, path))).await?).await
    }

    fn tokens(&self) -> Tokens {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn unreachable(&self, error: &reqwest::Error) -> Problem {
        let problem = unreachable(&self.base, error);
        // There was a connection: the request may have arrived.
        if error.is_connect() || error.is_builder() { problem } else { Problem { code: ANSWER_LOST.into(), ..problem } }
    }
}

/// Whether the request may have been carried out although there is no answer: the connection broke, or a proxy gave up waiting.
pub(super) fn is_answer_lost(problem: &Problem) -> bool {
    problem.code == ANSWER_LOST || matches!(problem.status, 502 | 504)
}

/// How long to wait before a retry; `None` if the answer should be used.
fn retry_after(answer: &Response) -> Option<Duration> {
    if !matches!(answer.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        return None;
    }
    let after = Duration::from_secs(answer.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?);
    (after <= MAX_RETRY_AFTER).then_some(after)
}

/// The server itself may be below a path.
pub(super) fn address(base: &Url, path: &str) -> String {
    format!("{}{path}", base.as_str().trim_end_matches('/'))
}

pub(super) fn unreachable(base: &Url, error: &reqwest::Error) -> Problem {
    // The root says it in the system's words; those above it are the HTTP client's.
    let why = causes(error).last().map(ToString::to_string).unwrap_or_default();
    problem("unreachable", format!("{base} does not answer ({why}). Is Playmarks running there? Set its address with --server."))
}

/// Exchanges a refresh token for an access token.
pub(super) async fn access_token(http: &Client, base: &Url, refresh: &str) -> Result<String, Problem> {
    let body = RefreshToken { refresh_token: refresh.into() };
    let answer = http.post(address(base, "/api/auth/refresh")).json(&body).send().await.map_err(|error| unreachable(base, &error))?;
    Ok(read::<Refresh>(checked(answer).await?).await?.access_token)
}

/// The answer if it succeeded, else its problem.
pub(super) async fn checked(answer: Response) -> Result<Response, Problem> {
    let status = answer.status();
    if status.is_success() || status == StatusCode::SWITCHING_PROTOCOLS {
        return Ok(answer);
    }
    let elsewhere = answer.headers().get(header::LOCATION).and_then(|to| to.to_str().ok()).map(str::to_owned);
    if let Some(elsewhere) = elsewhere.filter(|_| status.is_redirection()) {
        return Err(problem("moved", format!("The server redirects to {elsewhere}. Set that address with --server.")));
    }
    let problem = answer.json::<Problem>().await;
    Err(problem.unwrap_or_else(|_| {
        let detail = format!("The server answered with status {status}, but not like a Playmarks server. Check the address in --server.");
        Problem::new(status.as_u16(), "not_playmarks", "Not understood", detail)
    }))
}

pub(super) async fn read<T: DeserializeOwned>(answer: Response) -> Result<T, Problem> {
    let detail = "The server's answer could not be understood. It is not Playmarks, or a different version.";
    let body = answer.bytes().await.map_err(|error| problem(ANSWER_LOST, format!("The connection broke while the server answered ({error}).")))?;
    serde_json::from_slice(&body).map_err(|_| problem("not_playmarks", detail))
}
