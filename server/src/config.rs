//! All settings. Each is a flag and an environment variable of the same name, parsed and checked at startup. Nothing else reads the
//! environment.

mod hosts;
mod import;

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

pub(crate) use self::hosts::split_hosts;
pub use self::import::ImportArgs;
use crate::import::ImportLimits;

/// A self-hosted video-bookmark manager with imports you can trust.
#[derive(Debug, Parser)]
#[command(name = "playmarks", version, max_term_width = 110)]
pub struct Cli {
    /// The default is `serve`.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Settings shared by all commands.
    #[command(flatten)]
    pub settings: Settings,
}

/// The subcommands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Run the web server and a worker in one process (default).
    Serve,
    /// Run only the web server; needs PostgreSQL and Redis.
    Web,
    /// Run only a worker; needs PostgreSQL and Redis.
    Worker,
    /// Migrate the database to the version of this binary, then exit.
    Migrate,
    /// Import files through a running server and follow the jobs until they end.
    #[command(long_about = import::ABOUT)]
    Import(Box<ImportArgs>),
    /// Manage accounts; can be used while the server is running.
    User {
        /// What to do with the account.
        #[command(subcommand)]
        action: UserAction,
    },
}

/// `playmarks user …`.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum UserAction {
    /// Add an account; reads the password from standard input.
    Add {
        /// E-mail address of the account.
        email: String,
    },
    /// Set a new password, read from standard input, and end all sessions of the account.
    ResetPassword {
        /// E-mail address of the account.
        email: String,
    },
}

/// Who may sign up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Registration {
    /// Anyone.
    Open,
    /// Only the first account.
    First,
    /// No one.
    Closed,
}

/// Where video titles come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MetadataMode {
    /// `api` if there is a key, otherwise `oembed`.
    Auto,
    /// YouTube Data API v3.
    Api,
    /// oEmbed: no key needed, one request per video.
    Oembed,
    /// Built-in emulator: invented titles, no network requests.
    Demo,
}

/// Enabled or disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// Enabled.
    On,
    /// Disabled.
    Off,
}

/// The format of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Human-readable.
    Text,
    /// One JSON object per line.
    Json,
}

/// The server's settings. See `playmarks --help`.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Server settings")]
pub struct Settings {
    /// Address and port to listen on.
    #[arg(long, env = "BIND_ADDR", default_value = "127.0.0.1:3000", global = true)]
    pub bind_addr: SocketAddr,
    /// URL of the site as browsers see it, such as `https://marks.example.org` [default: derived from BIND_ADDR]. With `https`, cookies are
    /// `Secure`.
    #[arg(long, env = "PUBLIC_URL", global = true)]
    pub public_url: Option<Url>,
    /// Other origins whose pages may send changing requests, separated by commas.
    #[arg(long, env = "ALLOWED_ORIGINS", value_delimiter = ',', global = true)]
    pub allowed_origins: Vec<String>,
    /// Addresses of reverse proxies whose `X-Forwarded-For` header is trusted, separated by commas; used to tell clients apart for rate
    /// limits.
    #[arg(long, env = "TRUSTED_PROXIES", value_delimiter = ',', global = true)]
    pub trusted_proxies: Vec<IpAddr>,
    /// Directory for the embedded database and the generated secret.
    #[arg(long, env = "DATA_DIR", default_value = "./data", global = true)]
    pub data_dir: PathBuf,
    /// PostgreSQL database, `postgres://…` [default: the embedded SQLite database in DATA_DIR]. Of several servers, separated by commas
    /// (`postgres://one,two/playmarks`), the one that accepts writes is used.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<SecretString>,
    /// Maximum number of database connections.
    #[arg(long, env = "DATABASE_CONNECTIONS", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=500), global = true)]
    pub database_connections: u32,
    /// Redis server, `redis://…`; without it, updates are not sent to other processes. Several, separated by commas (`redis://one,two/`),
    /// are a primary and its replicas, or nodes of a Redis Cluster.
    #[arg(long, env = "REDIS_URL", hide_env_values = true, global = true)]
    pub redis_url: Option<SecretString>,
    /// Secret for signing access tokens, at least 32 characters [default: generated and stored].
    #[arg(long, env = "JWT_SECRET", hide_env_values = true, global = true)]
    pub jwt_secret: Option<SecretString>,
    /// Who may sign up.
    #[arg(long, env = "REGISTRATION", value_enum, default_value = "open", global = true)]
    pub registration: Registration,
    /// Days after which an unused session expires.
    #[arg(long, env = "SESSION_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=365), global = true)]
    pub session_days: u32,
    /// Where video titles come from.
    #[arg(long, env = "METADATA", value_enum, default_value = "auto", global = true)]
    pub metadata: MetadataMode,
    /// Different URL for the metadata source; for tests.
    #[arg(long, env = "METADATA_URL", global = true)]
    pub metadata_url: Option<Url>,
    /// Key for the YouTube Data API.
    #[arg(long, env = "YOUTUBE_API_KEY", hide_env_values = true, global = true)]
    pub youtube_api_key: Option<SecretString>,
    /// Speed of the demo source; 1 is about eight videos per second.
    #[arg(long, env = "DEMO_SPEED", default_value_t = 1.0, global = true)]
    pub demo_speed: f64,
    /// Maximum number of jobs that a worker process runs at once.
    #[arg(long, env = "WORKER_JOBS", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64), global = true)]
    pub worker_jobs: u32,
    /// Maximum number of concurrent look-ups per job.
    #[arg(long, env = "WORKER_CONCURRENCY", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=64), global = true)]
    pub worker_concurrency: u32,
    /// Maximum number of running jobs per user, across all workers.
    #[arg(long, env = "MAX_RUNNING_JOBS_PER_USER", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=64), global = true)]
    pub max_running_jobs_per_user: u32,
    /// Seconds until another worker takes over the job of a dead one.
    #[arg(long, env = "LEASE_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(2..=3600), global = true)]
    pub lease_seconds: u32,
    /// Days after a job's end until its history is reduced to the start, the failures and the end; 0 keeps everything.
    #[arg(long, env = "HISTORY_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=36_500), global = true)]
    pub history_days: u32,
    /// Maximum number of open WebSockets per user and process.
    #[arg(long, env = "MAX_SOCKETS_PER_USER", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000), global = true)]
    pub max_sockets_per_user: u32,
    /// Maximum number of open WebSockets per address and process; an IPv6 network of 64 bits counts as one address.
    #[arg(long, env = "MAX_SOCKETS_PER_ADDRESS", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000), global = true)]
    pub max_sockets_per_address: u32,
    /// Maximum number of client connections, including WebSockets; further ones wait.
    #[arg(long, env = "MAX_CONNECTIONS", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000), global = true)]
    pub max_connections: u32,
    /// Average number of requests per second from one address, per process; bursts may be ten times as large.
    #[arg(long, env = "REQUESTS_PER_SECOND", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000), global = true)]
    pub requests_per_second: u32,
    /// Maximum size of an upload, all of its files together, in MiB.
    #[arg(long, env = "MAX_UPLOAD_MIB", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=1024), global = true)]
    pub max_upload_mib: u32,
    /// Maximum disk space of all uploads that are being received and read, per process, in MiB; further ones wait.
    #[arg(long, env = "MAX_SPOOL_MIB", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=1_048_576), global = true)]
    pub max_spool_mib: u32,
    /// Maximum number of lines in an upload.
    #[arg(long, env = "MAX_UPLOAD_LINES", default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000), global = true)]
    pub max_upload_lines: u32,
    /// Maximum size of an unpacked archive in MiB.
    #[arg(long, env = "MAX_UNPACKED_MIB", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=65_536), global = true)]
    pub max_unpacked_mib: u32,
    /// Maximum number of files in an upload and in an archive, and of lists that one upload creates or fills.
    #[arg(long, env = "MAX_ARCHIVE_ENTRIES", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=10_000), global = true)]
    pub max_archive_entries: u32,
    /// Rate limits on sign-ins, sign-ups and requests; turn off only for load tests.
    #[arg(long, env = "RATE_LIMITS", value_enum, default_value = "on", global = true)]
    pub rate_limits: Switch,
    /// Format of log lines.
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value = "text", global = true)]
    pub log_format: LogFormat,
    /// Set by `cargo leptos watch`: pages reload after a rebuild.
    #[arg(long, env = "LEPTOS_WATCH", hide = true, global = true)]
    pub leptos_watch: bool,
    /// Set by `cargo leptos watch`: the port that tells pages to reload.
    #[arg(long, env = "LEPTOS_RELOAD_PORT", hide = true, global = true)]
    pub leptos_reload_port: Option<u32>,
    /// Where the process stops itself, such as `flush_committed:3`; for tests that kill it there. Not in release builds.
    #[cfg(debug_assertions)]
    #[arg(long, env = "STOP_AT", hide = true, global = true)]
    pub stop_at: Option<crate::stop_points::StopAt>,
    /// Address of a separate listener for Prometheus metrics at `/metrics`, such as `127.0.0.1:9090` [default: none].
    #[arg(long, env = "METRICS_ADDR", global = true)]
    pub metrics_addr: Option<SocketAddr>,
    /// Log filter, such as `info` or `server=debug`.
    #[arg(long, env = "LOG", default_value = "info,sqlx=warn", global = true)]
    pub log: String,
}

impl Settings {
    /// The defaults, for tests.
    pub fn defaults() -> Self {
        #[derive(Parser)]
        struct Defaults {
            #[command(flatten)]
            settings: Settings,
        }
        Defaults::parse_from(["playmarks"]).settings
    }

    /// Treats empty values as unset, because many tools write `YOUTUBE_API_KEY=` for a variable that is not set.
    #[must_use]
    pub fn without_empty(mut self) -> Self {
        for secret in [&mut self.database_url, &mut self.redis_url, &mut self.jwt_secret, &mut self.youtube_api_key] {
            if secret.as_ref().is_some_and(|secret| secret.expose_secret().is_empty()) {
                *secret = None;
            }
        }
        self.allowed_origins.retain(|origin| !origin.is_empty());
        self
    }

    /// PUBLIC_URL, or derived from BIND_ADDR.
    pub fn public_url(&self) -> Url {
        self.public_url
            .clone()
            .unwrap_or_else(|| Url::parse(&format!("http://{}", self.bind_addr)).expect("a socket address is a valid host and port"))
    }

    /// Addresses that Playmarks is known by: an explicit PUBLIC_URL, and ALLOWED_ORIGINS.
    pub fn known_urls(&self) -> Vec<Url> {
        let allowed = self.allowed_origins.iter().filter_map(|origin| Url::parse(origin.trim()).ok());
        self.public_url.iter().cloned().chain(allowed).collect()
    }

    /// True if the browser uses HTTPS, so that cookies are `Secure`.
    pub fn is_secure(&self) -> bool {
        self.public_url().scheme() == "https"
    }

    /// LEASE_SECONDS.
    pub fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_seconds.into())
    }

    /// HISTORY_DAYS; `None` keeps all histories.
    pub fn history(&self) -> Option<Duration> {
        (self.history_days > 0).then(|| Duration::from_secs(u64::from(self.history_days) * 86_400))
    }

    /// SESSION_DAYS.
    pub fn session_ttl(&self) -> Duration {
        Duration::from_secs(u64::from(self.session_days) * 86_400)
    }

    /// The limits on uploads.
    pub fn import_limits(&self) -> ImportLimits {
        ImportLimits {
            bytes: u64::from(self.max_upload_mib) << 20,
            lines: self.max_upload_lines,
            unpacked: u64::from(self.max_unpacked_mib) << 20,
            entries: self.max_archive_entries,
        }
    }
}
