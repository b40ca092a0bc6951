//! Several servers in DATABASE_URL: a primary and its standbys. Connections go to the one that accepts writes.

use std::{
    str::FromStr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::future::join_all;
use sqlx::{ConnectOptions, PgConnection, PgPool, postgres::PgConnectOptions};
use tokio::time::{sleep, timeout};
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use crate::config::split_hosts;

/// How often the server in use is asked whether it still accepts writes.
const CHECK_INTERVAL: Duration = Duration::from_millis(500);
/// How long a server may take to connect and to answer that.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);
/// libpq's parameter for this choice. There is no other choice here, so it may be left out.
const TARGET: &str = "target_session_attrs";

/// The servers, each with the same user, database and settings.
pub(in crate::store) struct Servers(Vec<PgConnectOptions>);

impl Servers {
    /// Parses `postgres://user@one:5432,two:5432/database`. `configure` adds settings for every session.
    pub(in crate::store) fn parse(url: &str, configure: impl Fn(PgConnectOptions) -> PgConnectOptions) -> sqlx::Result<Self> {
        let options = |url: &String| {
            let mut url: Url = url.parse().map_err(|error| sqlx::Error::Configuration(Box::new(error)))?;
            let parameters: Vec<(String, String)> = url.query_pairs().into_owned().filter(|(name, _)| name != TARGET).collect();
            url.set_query(None);
            if !parameters.is_empty() {
                url.query_pairs_mut().extend_pairs(parameters);
            }
            PgConnectOptions::from_str(url.as_str()).map(&configure)
        };
        Ok(Self(split_hosts(url).iter().map(options).collect::<sqlx::Result<_>>()?))
    }

    /// Connects to the first server that accepts writes; if there is only one, to that.
    pub(in crate::store) async fn connect(&self) -> sqlx::Result<(PgConnectOptions, PgConnection)> {
        if let [only] = &self.0[..] {
            return Ok((only.clone(), only.connect().await?));
        }
        let connecting = self.0.iter().map(async |options| {
            let connecting = async {
                let mut connection = options.connect().await?;
                let writable = accepts_writes(&mut connection).await?;
                Ok((options.clone(), writable.then_some(connection)))
            };
            timeout(CHECK_TIMEOUT, connecting).await.unwrap_or_else(|elapsed| Err(std::io::Error::from(elapsed).into()))
        });
        let (mut standby, mut failure) = (false, sqlx::Error::PoolTimedOut);
        for connected in join_all(connecting).await {
            match connected {
                Ok((options, Some(connection))) => return Ok((options, connection)),
                Ok((_, None)) => standby = true,
                Err(error) => failure = error,
            }
        }
        let no_primary = "every server in DATABASE_URL that answers is a standby, which accepts no writes: promote one, or name the primary";
        Err(if standby { sqlx::Error::Configuration(no_primary.into()) } else { failure })
    }
}

async fn accepts_writes(connection: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar("SELECT NOT current_setting('transaction_read_only')::boolean").fetch_one(connection).await
}

/// Pools whose new connections go to the server that accepts writes. Clones share them.
#[derive(Clone, Default)]
pub(super) struct FollowingPools {
    pools: Arc<Mutex<Vec<PgPool>>>,
    /// `None` with one server.
    task: Option<Arc<AbortOnDropHandle<()>>>,
}

impl FollowingPools {
    /// Also returns how to connect to the server that accepts writes now.
    pub(super) async fn start(servers: Servers) -> sqlx::Result<(PgConnectOptions, Self)> {
        let mut following = Self::default();
        if let [only] = &servers.0[..] {
            return Ok((only.clone(), following));
        }
        let (options, connection) = servers.connect().await?;
        let pools = Arc::clone(&following.pools);
        let task = tokio::spawn(async move { follow(&servers, connection, &pools).await });
        following.task = Some(Arc::new(AbortOnDropHandle::new(task)));
        Ok((options, following))
    }

    pub(super) fn add(&self, pool: &PgPool) {
        if self.task.is_some() {
            lock(&self.pools).push(pool.clone());
        }
    }
}

async fn follow(servers: &Servers, mut connection: PgConnection, pools: &Mutex<Vec<PgPool>>) {
    loop {
        sleep(CHECK_INTERVAL).await;
        if matches!(timeout(CHECK_TIMEOUT, accepts_writes(&mut connection)).await, Ok(Ok(true))) {
            continue;
        }
        // Otherwise the database is unreachable, which others report already.
        if let Ok((server, writable)) = servers.connect().await {
            connection = writable;
            tracing::warn!(host = server.get_host(), port = server.get_port(), "PostgreSQL is used at this server from now on");
            for pool in lock(pools).iter() {
                let options = PgConnectOptions::clone(&pool.connect_options()).host(server.get_host()).port(server.get_port());
                pool.set_connect_options(options);
            }
        }
    }
}

fn lock(pools: &Mutex<Vec<PgPool>>) -> MutexGuard<'_, Vec<PgPool>> {
    pools.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_server_has_the_same_user_and_database() {
        let servers = Servers::parse("postgres://u:p@one:1,two:2/marks?target_session_attrs=read-write&sslmode=disable", |options| options).unwrap();
        let described: Vec<_> = servers.0.iter().map(|o| (o.get_host(), o.get_port(), o.get_username(), o.get_database())).collect();
        assert_eq!(described, [("one", 1, "u", Some("marks")), ("two", 2, "u", Some("marks"))]);
        assert!(servers.0.iter().all(|options| matches!(options.get_ssl_mode(), sqlx::postgres::PgSslMode::Disable)));
    }
}
