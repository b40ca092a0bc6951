//! The one HTTP client of the sources: bytes in, bytes out, within limits.
//!
//! No redirect is followed at all: neither end point has one, and a followed one is how a fixed host becomes another. Proxies of the
//! environment are not used. With the fixed hosts only HTTPS is spoken, so that a forged DNS answer reaches nothing: it has no certificate.

use std::{error::Error, time::Duration};

use chrono::{DateTime, Utc};
use reqwest::{
    Client, ClientBuilder, Response,
    header::{HeaderMap, RETRY_AFTER},
    redirect::Policy,
};
use url::Url;

use super::retry::Trouble;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(15);
/// From an answer's head to its end: some hundred kilobytes at most.
const BODY_TIMEOUT: Duration = Duration::from_secs(5);
const USER_AGENT: &str = concat!("Playmarks/", env!("CARGO_PKG_VERSION"));

/// An answer, whatever its status.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Vec<u8>,
}

/// The client.
#[derive(Clone, Debug)]
pub(super) struct Http {
    client: Client,
    body_timeout: Duration,
}

impl Answer {
    /// What any status that is no answer means.
    pub(super) fn nonsense(&self) -> Trouble {
        match (self.status, self.retry_after) {
            (503, Some(after)) => Trouble::Busy(after),
            (300..400, _) => Trouble::Nonsense("a redirect".into()),
            (status, _) => Trouble::Nonsense(format!("status {status}")),
        }
    }
}

impl Http {
    /// As [`Self::anywhere`], for tests that do not want to wait as long.
    #[cfg(test)]
    pub(super) fn impatient(body_timeout: Duration) -> Self {
        Self { body_timeout, ..Self::anywhere().expect("as the others") }
    }

    /// For the fixed hosts.
    pub(super) fn public() -> anyhow::Result<Self> {
        Self::build(builder().https_only(true))
    }

    /// For an address out of the settings.
    pub(super) fn anywhere() -> anyhow::Result<Self> {
        Self::build(builder())
    }

    /// For the emulator, without TLS: no certificates are looked for, which a bare container has none of.
    pub(super) fn loopback() -> anyhow::Result<Self> {
        Self::build(builder().tls_certs_only([]))
    }

    fn build(builder: ClientBuilder) -> anyhow::Result<Self> {
        let client = builder.build().map_err(|error| anyhow::anyhow!("the client for metadata cannot start: {}", in_full(&error)))?;
        Ok(Self { client, body_timeout: BODY_TIMEOUT })
    }

    /// Gets at most `most` bytes.
    pub(super) async fn get(&self, url: Url, most: usize) -> Result<Answer, Trouble> {
        let response = self.client.get(url).send().await.map_err(trouble)?;
        let (status, retry_after) = (response.status().as_u16(), retry_after(response.headers(), Utc::now()));
        let body = tokio::time::timeout(self.body_timeout, read(response, most)).await;
        let body = body.unwrap_or_else(|_| Err(Trouble::Nonsense("an answer that does not end".into())))?;
        Ok(Answer { status, retry_after, body })
    }
}

/// At most `most` bytes.
async fn read(mut response: Response, most: usize) -> Result<Vec<u8>, Trouble> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(trouble)? {
        if body.len() + chunk.len() > most {
            return Err(Trouble::Nonsense(format!("an answer of more than {} KiB", most >> 10)));
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

/// What an error means. Its address is cut off: it may hold the key.
fn trouble(error: reqwest::Error) -> Trouble {
    let error = error.without_url();
    if error.is_connect() { Trouble::Unreachable(in_full(&error)) } else { Trouble::Network(in_full(&error)) }
}

/// With its causes, which say what an error at the top does not.
fn in_full(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
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
    fn retry_after_in_both_forms() {
        let now = DateTime::parse_from_rfc3339("2026-11-22T18:20:00Z").unwrap().with_timezone(&Utc);
        let after = |value: &'static str| retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]), now);
        assert_eq!(after("7"), Some(Duration::from_secs(7)));
        assert_eq!(after("Sun, 22 Nov 2026 18:20:30 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(after("Sun, 22 Nov 2026 18:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(after("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
