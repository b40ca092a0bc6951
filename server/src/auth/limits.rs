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
use uuid::Uuid;

use super::{Auth, OpaqueToken, cookie};
use crate::{
    config::{Settings, Switch},
    error::{AppError, AppResult},
    store::Digest,
};

/// Attempts are counted within this time.
const ATTEMPT_WINDOW: Duration = Duration::from_secs(15 * 60);
/// Per account and network, and per device: enough for somebody who forgot their password, far too few for guessing.
const MAX_FAILURES: u32 = 10;
/// Per account, from networks that it was never used from, against guessing from many networks.
const MAX_FAILURES_FROM_UNKNOWN_NETWORKS: u32 = 100;
/// Per client network, against guessing at many accounts.
const MAX_FAILURES_PER_NETWORK: u32 = 50;
/// How long a network from which somebody signed in is known.
const KNOWN_NETWORK_TTL: Duration = Duration::from_secs(90 * 86_400);
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
    /// Hash of the session cookie, whether or not the session has ended.
    pub(super) cookie_hash: Option<Digest>,
}

/// Attempts that were counted before a password is verified, so that concurrent attempts cannot slip through.
#[derive(Debug, Default)]
#[must_use = "if the password is right, the attempts are to be taken back"]
pub(super) struct CountedAttempts {
    keys: Vec<String>,
    /// To be remembered if the password is right.
    network: Option<String>,
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
        let cookie = cookie::value(&parts.headers, &Arc::<Settings>::from_ref(state));
        let cookie_hash = cookie.and_then(|cookie| OpaqueToken::parse(&cookie)).map(|token| token.digest());
        Ok(Self { ip, user_agent, cookie_hash })
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
    /// Counts a sign-in to the account of this address, which `user_id` is, if it exists. A device on which this account was signed in
    /// counts for itself: whatever others try, its owner gets in.
    pub(super) async fn count_sign_in(&self, email: Option<&str>, user_id: Option<Uuid>, client: &Client) -> AppResult<CountedAttempts> {
        if self.settings.rate_limits == Switch::Off {
            return Ok(CountedAttempts::default());
        }
        let network = client.network();
        let Some(email) = email else {
            return self.count(vec![(format!("sign-in from {network}"), MAX_FAILURES_PER_NETWORK)]).await;
        };
        if let Some(cookie_hash) = &client.cookie_hash
            && let Some((device, owner)) = self.store.device_of_cookie(cookie_hash).await?
            && Some(owner) == user_id
        {
            return self.count(vec![(format!("sign-in on device {device}"), MAX_FAILURES)]).await;
        }
        let known = format!("network of {email}: {network}");
        let mut limits =
            vec![(format!("sign-in from {network}"), MAX_FAILURES_PER_NETWORK), (format!("sign-in to {email} from {network}"), MAX_FAILURES)];
        if self.store.attempts(&known).await? == 0 {
            limits.push((format!("sign-in to {email}"), MAX_FAILURES_FROM_UNKNOWN_NETWORKS));
        }
        Ok(CountedAttempts { network: Some(known), ..self.count(limits).await? })
    }

    /// The password was right.
    pub(super) async fn take_back(&self, attempts: CountedAttempts) -> AppResult<()> {
        for key in &attempts.keys {
            self.store.uncount_attempt(key).await?;
        }
        if let Some(known) = &attempts.network {
            self.store.count_attempt(known, KNOWN_NETWORK_TTL).await?;
        }
        Ok(())
    }

    pub(super) async fn limit_register(&self, client: &Client) -> AppResult<()> {
        self.count(vec![(format!("sign-up from {}", client.network()), MAX_SIGN_UPS_PER_NETWORK)]).await.map(drop)
    }

    /// Counts a check of a signed-in user's password.
    pub(super) async fn count_password_check(&self, user_id: Uuid) -> AppResult<CountedAttempts> {
        self.count(vec![(format!("password of {user_id}"), MAX_FAILURES)]).await
    }

    async fn count(&self, limits: Vec<(String, u32)>) -> AppResult<CountedAttempts> {
        let mut attempts = CountedAttempts::default();
        if self.settings.rate_limits == Switch::Off {
            return Ok(attempts);
        }
        for (key, max_attempts) in limits {
            if self.store.count_attempt(&key, ATTEMPT_WINDOW).await? > max_attempts {
                let detail = "Too many attempts. Wait a quarter of an hour, then try again.";
                return Err(AppError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", detail).retry_after(ATTEMPT_WINDOW.as_secs()));
            }
            attempts.keys.push(key);
        }
        Ok(attempts)
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
