//! Limits on guessing, counted in the database, so that they hold over all processes.

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

/// In which attempts are counted.
const WINDOW: Duration = Duration::from_secs(15 * 60);
/// Sign-ins to one address: a person who forgot their password needs fewer, a guesser many more.
const PER_ADDRESS: u32 = 10;
/// Sign-ins from one place: guesses at many addresses.
const PER_PEER: u32 = 50;
/// New accounts from one place.
const ACCOUNTS_PER_PEER: u32 = 20;
/// Characters kept of how a client names itself.
const USER_AGENT_CHARS: usize = 200;

/// Who is at the other end of the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The peer; behind a trusted proxy, whom that names: see [`client_ip`].
    pub ip: IpAddr,
    /// As it names itself; no control characters, at most 200.
    pub user_agent: String,
}

/// Whose request it is. `X-Forwarded-For` can be written by anybody, so it is read from its end, where the nearest proxy adds whom it
/// speaks for, and only as far as each speaker is one of the `trusted` proxies.
pub fn client_ip(peer: IpAddr, forwarded_for: &str, trusted: &[IpAddr]) -> IpAddr {
    let mut ip = peer.to_canonical();
    for named in forwarded_for.rsplit(',') {
        if !trusted.contains(&ip) {
            break;
        }
        match named.trim().parse::<IpAddr>() {
            Ok(named) => ip = named.to_canonical(),
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
        // Without an address, all share one count: too strict rather than too lax.
        let ip = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(addr)| addr.ip().to_canonical());
        let named: Vec<&str> = parts.headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
        let ip = client_ip(ip, &named.join(","), &Arc::<Settings>::from_ref(state).trusted_proxies);
        let agent = parts.headers.get(header::USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes())).unwrap_or_default();
        let user_agent = agent.chars().filter(|c| !c.is_control()).take(USER_AGENT_CHARS).collect();
        Ok(Self { ip, user_agent })
    }
}

impl Client {
    /// What counts as one place: an IPv4 address, or the network of an IPv6 one, whose owner has all of its addresses.
    pub(crate) fn place(&self) -> String {
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
    /// Counts a sign-in before the password is looked at, so that many at once gain nothing.
    pub(super) async fn limit_sign_in(&self, address: Option<&str>, client: &Client) -> AppResult<()> {
        self.limit(&format!("sign-in from {}", client.place()), PER_PEER).await?;
        match address {
            Some(address) => self.limit(&format!("sign-in to {address}"), PER_ADDRESS).await,
            None => Ok(()),
        }
    }

    /// Counts a new account.
    pub(super) async fn limit_register(&self, client: &Client) -> AppResult<()> {
        self.limit(&format!("sign-up from {}", client.place()), ACCOUNTS_PER_PEER).await
    }

    /// Counts a guess at the password of somebody whose session is open.
    pub(super) async fn limit_password(&self, user_id: uuid::Uuid) -> AppResult<()> {
        self.limit(&format!("password of {user_id}"), PER_ADDRESS).await
    }

    async fn limit(&self, key: &str, limit: u32) -> AppResult<()> {
        if self.settings.rate_limits == Switch::Off || self.store.count_attempt(key, WINDOW).await? <= limit {
            return Ok(());
        }
        let detail = "Too many attempts. Wait a quarter of an hour, then try again.";
        Err(AppError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", detail).retry_after(WINDOW.as_secs()))
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
    async fn a_place_is_an_address_or_a_network() {
        let place = |peer: Option<&'static str>| async move { client(peer, None).await.place() };
        assert_eq!(place(Some("192.0.2.7:1234")).await, "192.0.2.7");
        assert_eq!(place(Some("[::ffff:192.0.2.7]:1234")).await, "192.0.2.7");
        assert_eq!(place(Some("[2001:db8:1:2:3::4]:1234")).await, place(Some("[2001:db8:1:2:ffff::]:99")).await);
        assert_eq!(place(None).await, "0.0.0.0");
    }

    #[tokio::test]
    async fn a_user_agent_is_cut_and_cleaned() {
        assert_eq!(client(None, Some(b"curl/8\t\xff")).await.user_agent, "curl/8\u{fffd}");
        assert_eq!(client(None, Some(&[b'a'; 5000])).await.user_agent.len(), USER_AGENT_CHARS);
        assert_eq!(client(None, None).await.user_agent, "");
    }

    #[test]
    fn a_proxy_is_believed_where_it_is_trusted() {
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
