//! The HTTP client of the sources, with limits on time and size.
//!
//! No redirect is followed: neither endpoint has one, and following one is how a fixed host becomes another. Proxies of the environment
//! are not used. The fixed hosts are spoken to over HTTPS alone, so that a forged DNS answer reaches nothing: it has no certificate.

mod page;

use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, Utc};
use reqwest::{
    Client, ClientBuilder, Response,
    header::{HeaderMap, LOCATION, RETRY_AFTER},
    redirect::Policy,
};
use url::Url;

use super::lookup_error::LookupError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Usual answers take less than one second. Two such attempts fit into a look-up.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(9);
/// From the headers to the end of a body, which has some hundred kilobytes at most.
const BODY_TIMEOUT: Duration = Duration::from_secs(5);
/// Of a redirect, for the log.
const MAX_LOCATION_CHARS: usize = 80;
const USER_AGENT: &str = concat!("Playmarks/", env!("CARGO_PKG_VERSION"));

/// Whatever its status.
#[derive(Debug)]
pub(super) struct HttpResponse {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
    /// Of a redirect, which is not followed: the host and path it leads to.
    pub(super) location: Option<String>,
    pub(super) body: Vec<u8>,
}

#[derive(Clone, Debug)]
pub(super) struct HttpClient {
    client: Client,
    body_timeout: Duration,
}

impl HttpResponse {
    /// The error for a status that the endpoint does not define.
    pub(super) fn unexpected_status(&self) -> LookupError {
        match (self.status, self.retry_after, &self.location) {
            (503, Some(after), _) => LookupError::Busy(after),
            (300..400, _, Some(location)) => LookupError::Unreadable(format!("a redirect to {location}")),
            (300..400, ..) => LookupError::Unreadable("a redirect".into()),
            (status, ..) => LookupError::Unreadable(format!("status {status}")),
        }
    }

    /// An HTML page sent instead of an API response, such as a captcha.
    pub(super) fn page(&self) -> Option<LookupError> {
        let known = page::recognize(self.location.as_deref(), &self.body);
        // Another page beside another status only says that status.
        let what = known.or((self.status == 200 && page::is_html(&self.body)).then_some("a page for people"))?;
        Some(LookupError::Page { what: what.to_owned(), status: self.status })
    }
}

impl HttpClient {
    #[cfg(test)]
    pub(super) fn with_body_timeout(body_timeout: Duration) -> Self {
        Self { body_timeout, ..Self::any_scheme().expect("as the others") }
    }

    /// For the fixed hosts.
    pub(super) fn https_only() -> anyhow::Result<Self> {
        Self::build(builder().https_only(true))
    }

    /// For an address from the settings.
    pub(super) fn any_scheme() -> anyhow::Result<Self> {
        Self::build(builder())
    }

    /// For the emulator: without TLS it needs no certificates, which a bare container may not have.
    pub(super) fn without_tls() -> anyhow::Result<Self> {
        Self::build(builder().tls_certs_only([]))
    }

    fn build(builder: ClientBuilder) -> anyhow::Result<Self> {
        let client = builder.build().context("the client for metadata cannot start")?;
        Ok(Self { client, body_timeout: BODY_TIMEOUT })
    }

    /// Gets a body of at most `max_bytes`.
    pub(super) async fn get(&self, url: Url, max_bytes: usize) -> Result<HttpResponse, LookupError> {
        let response = self.client.get(url).send().await.map_err(lookup_error)?;
        let (status, retry_after) = (response.status().as_u16(), retry_after(response.headers(), Utc::now()));
        let location = location(response.url(), response.headers());
        let body = tokio::time::timeout(self.body_timeout, read_body(response, max_bytes)).await;
        let body = body.unwrap_or_else(|_| Err(LookupError::Unreadable("its body did not end".into())))?;
        Ok(HttpResponse { status, retry_after, location, body })
    }
}

async fn read_body(mut response: Response, max_bytes: usize) -> Result<Vec<u8>, LookupError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(cut_short)? {
        if body.len() + chunk.len() > max_bytes {
            return Err(LookupError::Unreadable(format!("more than {} KiB", max_bytes >> 10)));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn builder() -> ClientBuilder {
    Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TOTAL_TIMEOUT)
        .redirect(Policy::none())
        .referer(false)
        .no_proxy()
}

/// Once an answer has begun.
fn cut_short(error: reqwest::Error) -> LookupError {
    match lookup_error(error) {
        LookupError::Network(what) => LookupError::CutShort(what),
        error => error,
    }
}

/// Without its URL, which may hold the key.
fn lookup_error(error: reqwest::Error) -> LookupError {
    let error = error.without_url();
    let kind = if error.is_connect() { LookupError::Unreachable } else { LookupError::Network };
    // With its causes, which say what the error itself does not.
    kind(format!("{:#}", anyhow::Error::new(error)))
}

/// Without its query, which may repeat what was asked for.
fn location(asked: &Url, headers: &HeaderMap) -> Option<String> {
    let url = asked.join(headers.get(LOCATION)?.to_str().ok()?).ok()?;
    Some(format!("{}{}", url.host_str()?, url.path()).chars().filter(char::is_ascii_graphic).take(MAX_LOCATION_CHARS).collect())
}

/// Seconds, or an HTTP date.
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(value).ok()?;
    Some((date.with_timezone(&Utc) - now).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_seconds_and_as_a_date() {
        let now = DateTime::parse_from_rfc3339("2026-11-22T18:20:00Z").unwrap().with_timezone(&Utc);
        let after = |value: &'static str| retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]), now);
        assert_eq!(after("7"), Some(Duration::from_secs(7)));
        assert_eq!(after("Sun, 22 Nov 2026 18:20:30 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(after("Sun, 22 Nov 2026 18:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(after("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
