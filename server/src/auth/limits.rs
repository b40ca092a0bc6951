//! Rate limits on sign-in, sign-up and password checks, counted in the database so that they hold across all processes.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    extract::{ConnectInfo, FromRef, FromRequestParts},
    http::{StatusCode, header, request::Parts},
};

use super::Auth;
use crate::{
    config::{Settings, Switch},
    error::{AppError, AppResult},
};

/// Attempts are counted within this time.
const ATTEMPT_WINDOW: Duration = Duration::from_secs(15 * 60);
/// Per account: enough for somebody who forgot their password, far too few for guessing.
const MAX_ATTEMPTS_PER_ACCOUNT: u32 = 10;
/// Per client network, against guessing at many accounts.
const MAX_SIGN_INS_PER_NETWORK: u32 = 50;
/// Per client network.
const MAX_SIGN_UPS_PER_NETWORK: u32 = 20;
/// The rest of a longer `User-Agent` is dropped.
const MAX_USER_AGENT_CHARS: usize = 200;

/// The client of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Client {
    /// The peer's address, or the one that a trusted proxy forwards for: see [`client_ip`].
    pub(crate) ip: IpAddr,
    /// `User-Agent` without control characters, at most 200 characters.
    pub(crate) user_agent: String,
}

/// The client's address. Anybody can send `X-Forwarded-For`, so it is read from its end, where the nearest proxy appends the address it
/// forwards for, and only as long as the address that appended is one of the `trusted` proxies.
fn client_ip(peer: IpAddr, forwarded_for: &str, trusted: &[IpAddr]) -> IpAddr {
    let mut ip = peer.to_canonical();
    for forwarded in forwarded_for.rsplit(',') {
        if !trusted.contains(&ip) {
            break;
        }
        match forwarded.trim().parse::<IpAddr>() {
            Ok(forwarded) => ip = forwarded.to_canonical(),
            Err(_) => break,
        }
    }
    ip
}

impl<S> FromRequestParts<S> for Client
where
    S: Send + Sync,
    Arc<Settings>: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        // Requests without an address share one count: too strict rather than too lax.
        let ip = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(addr)| addr.ip().to_canonical());
        let forwarded_for: Vec<&str> = parts.headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
        let ip = client_ip(ip, &forwarded_for.join(","), &Arc::<Settings>::from_ref(state).trusted_proxies);
        let agent = parts.headers.get(header::USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes())).unwrap_or_default();
        let user_agent = agent.chars().filter(|c| !c.is_control()).take(MAX_USER_AGENT_CHARS).collect();
        Ok(Self { ip, user_agent })
    }
}

impl Client {
    /// What is counted as one client: an IPv4 address, or the /64 network of an IPv6 address, since one subscriber has all of it.
    pub(crate) fn network(&self) -> String {
        match self.ip {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => {
                let [a, b, c, d, ..] = ip.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        }
    }
}

impl Auth {
    /// Counts a sign-in, before the password is verified, so that concurrent attempts cannot slip through.
    pub(super) async fn limit_sign_in(&self, email: Option<&str>, client: &Client) -> AppResult<()> {
        self.limit(&format!("sign-in from {}", client.network()), MAX_SIGN_INS_PER_NETWORK).await?;
        match email {
            Some(email) => self.limit(&format!("sign-in to {email}"), MAX_ATTEMPTS_PER_ACCOUNT).await,
            None => Ok(()),
        }
    }

    pub(super) async fn limit_register(&self, client: &Client) -> AppResult<()> {
        self.limit(&format!("sign-up from {}", client.network()), MAX_SIGN_UPS_PER_NETWORK).await
    }

    /// Counts a check of a signed-in user's password.
    pub(super) async fn limit_password(&self, user_id: uuid::Uuid) -> AppResult<()> {
        self.limit(&format!("password of {user_id}"), MAX_ATTEMPTS_PER_ACCOUNT).await
    }

    async fn limit(&self, key: &str, max_attempts: u32) -> AppResult<()> {
        if self.settings.rate_limits == Switch::Off || self.store.count_attempt(key, ATTEMPT_WINDOW).await? <= max_attempts {
            return Ok(());
        }
        let detail = "Too many attempts. Wait a quarter of an hour, then try again.";
        Err(AppError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", detail).retry_after(ATTEMPT_WINDOW.as_secs()))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    async fn client(peer: Option<&str>, agent: Option<&[u8]>) -> Client {
        let mut request = Request::new(());
        if let Some(peer) = peer {
            request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer.parse().unwrap()));
        }
        if let Some(agent) = agent {
            request.headers_mut().insert(header::USER_AGENT, axum::http::HeaderValue::from_bytes(agent).unwrap());
        }
        request.headers_mut().insert("x-forwarded-for", axum::http::HeaderValue::from_static("203.0.113.9"));
        let Ok(client) = Client::from_request_parts(&mut request.into_parts().0, &Arc::new(Settings::defaults())).await;
        client
    }

    #[tokio::test]
    async fn ipv6_clients_of_one_network_are_counted_together() {
        let network = |peer: Option<&'static str>| async move { client(peer, None).await.network() };
        assert_eq!(network(Some("192.0.2.7:1234")).await, "192.0.2.7");
        assert_eq!(network(Some("[::ffff:192.0.2.7]:1234")).await, "192.0.2.7");
        assert_eq!(network(Some("[2001:db8:1:2:3::4]:1234")).await, network(Some("[2001:db8:1:2:ffff::]:99")).await);
        assert_eq!(network(None).await, "0.0.0.0");
    }

    #[tokio::test]
    async fn user_agent_is_truncated_and_loses_control_characters() {
        assert_eq!(client(None, Some(b"curl/8\t\xff")).await.user_agent, "curl/8\u{fffd}");
        assert_eq!(client(None, Some(&[b'a'; 5000])).await.user_agent.len(), MAX_USER_AGENT_CHARS);
        assert_eq!(client(None, None).await.user_agent, "");
    }

    #[test]
    fn forwarded_address_is_used_only_when_the_proxy_is_trusted() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let trusted = [ip("127.0.0.1"), ip("10.0.0.2")];
        for (peer, forwarded, who) in [
            ("203.0.113.1", "198.51.100.7", "203.0.113.1"),
            ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
            ("127.0.0.1", "6.6.6.6, 198.51.100.7", "198.51.100.7"),
            ("127.0.0.1", "6.6.6.6, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
            ("::ffff:127.0.0.1", "198.51.100.7", "198.51.100.7"),
            ("127.0.0.1", "", "127.0.0.1"),
            ("127.0.0.1", "198.51.100.7, nonsense", "127.0.0.1"),
        ] {
            assert_eq!(client_ip(ip(peer), forwarded, &trusted), ip(who), "{peer} for {forwarded:?}");
        }
        assert_eq!(client_ip(ip("127.0.0.1"), "198.51.100.7", &[]), ip("127.0.0.1"));
    }
}
