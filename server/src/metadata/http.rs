//! The one HTTP client of the sources: bytes in, bytes out, within limits.
//!
//! No redirect is followed at all: neither end point has one, and a followed one is how a fixed host becomes another. Proxies of the
//! environment are not used. For the fixed hosts, only HTTPS is spoken and names that lead to private addresses do not resolve, so
//! that a forged DNS answer reaches nothing inside the network.

use std::{
    error::Error,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, Utc};
use reqwest::{
    Client, ClientBuilder, Response,
    dns::{Addrs, Name, Resolve, Resolving},
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
        Self::build(builder().https_only(true).dns_resolver(Arc::new(PublicOnly)))
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

/// Resolves names to addresses of the internet, and to no others.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.filter(|address| is_public(address.ip())).collect();
            if found.is_empty() {
                return Err(io::Error::other(format!("{} leads to private addresses only", name.as_str())).into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or_else(|| is_public_v6(v6), is_public_v4),
    }
}

/// Neither of IANA's special-purpose ranges (RFC 6890) that can lead anywhere inside.
fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, ..] = v4.octets();
    let is_shared = a == 100 && (64..128).contains(&b);
    let is_reserved = a == 0 || a >= 240 || (a == 192 && b == 0) || (a == 198 && (18..20).contains(&b));
    !(v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_multicast() || v4.is_documentation() || is_shared || is_reserved)
}

/// Global unicast, without the ranges that lead back to IPv4 or are for documentation.
fn is_public_v6(v6: Ipv6Addr) -> bool {
    let [a, b, ..] = v6.segments();
    let is_special = (a == 0x2001 && (b == 0x0db8 || b == 0)) || a == 0x2002;
    a & 0xe000 == 0x2000 && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_internet() {
        for public in ["142.250.74.206", "8.8.8.8", "2a00:1450:4001:82a::200e", "::ffff:8.8.8.8"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        let private = [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "2002:7f00:1::",
            "2001:db8::1",
            "64:ff9b::7f00:1",
        ];
        for private in private {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }

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
