//! All settings. Each is a flag and an environment variable of the same name, parsed and checked at startup. The environment is read nowhere else.

mod import;

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

pub use self::import::ImportArgs;
use crate::import::ImportLimits;

/// A self-hosted video-bookmark manager with imports you can trust.
#[derive(Debug, Parser)]
#[command(name = "playmarks", version, max_term_width = 110)]
pub struct Cli {
    /// What to do; `serve` where nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The settings.
    #[command(flatten)]
    pub settings: Settings,
}

/// What the binary can do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Web server and worker in one process (the default).
    Serve,
    /// Web server alone; needs PostgreSQL and Redis.
    Web,
    /// Worker alone; needs PostgreSQL and Redis.
    Worker,
    /// Brings the database to this version, and ends.
    Migrate,
    /// Imports a file through a running server, and follows it to its end.
    #[command(long_about = import::ABOUT)]
    Import(Box<ImportArgs>),
    /// Accounts; works beside a running server.
    User {
        /// What to do with them.
        #[command(subcommand)]
        action: UserAction,
    },
}

/// `playmarks user …`
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum UserAction {
    /// Adds an account; the password is read from standard input.
    Add {
        /// Its e-mail address.
        email: String,
    },
    /// Sets a new password, read from standard input, and ends every session of the account.
    ResetPassword {
        /// Its e-mail address.
        email: String,
    },
}

/// Who may sign up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Registration {
    /// Anybody.
    Open,
    /// Only the first account.
    First,
    /// Nobody.
    Closed,
}

/// Where metadata comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MetadataMode {
    /// `api` with a key, else `oembed`.
    Auto,
    /// YouTube Data API v3.
    Api,
    /// oEmbed, one video a call, no key.
    Oembed,
    /// The emulator inside this binary: invented titles, nothing leaves the machine.
    Demo,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For a reader.
    Text,
    /// One JSON object a line.
    Json,
}

/// Every setting. See `playmarks --help`.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Settings of the server")]
pub struct Settings {
    /// Address and port to listen on.
    #[arg(long, env = "BIND_ADDR", default_value = "127.0.0.1:3000", global = true)]
    pub bind_addr: SocketAddr,
    /// The address in the browser, such as `https://marks.example.org`. From BIND_ADDR where absent; `https` makes cookies secure.
    #[arg(long, env = "PUBLIC_URL", global = true)]
    pub public_url: Option<Url>,
    /// Other origins whose pages may change things here, separated by commas.
    #[arg(long, env = "ALLOWED_ORIGINS", value_delimiter = ',', global = true)]
    pub allowed_origins: Vec<String>,
    /// Addresses of reverse proxies whose `X-Forwarded-For` is believed, separated by commas; for the limits on clients.
    #[arg(long, env = "TRUSTED_PROXIES", value_delimiter = ',', global = true)]
    pub trusted_proxies: Vec<IpAddr>,
    /// Where the embedded database and the generated secret lie.
    #[arg(long, env = "DATA_DIR", default_value = "./data", global = true)]
    pub data_dir: PathBuf,
    /// `postgres://…`; the embedded SQLite database in DATA_DIR where absent.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<SecretString>,
    /// Connections to the database at most.
    #[arg(long, env = "DATABASE_CONNECTIONS", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=500), global = true)]
    pub database_connections: u32,
    /// `redis://…`; without it, updates stay within this process.
    #[arg(long, env = "REDIS_URL", hide_env_values = true, global = true)]
    pub redis_url: Option<SecretString>,
    /// Signs access tokens; at least 32 characters. Generated and kept where absent.
    #[arg(long, env = "JWT_SECRET", hide_env_values = true, global = true)]
    pub jwt_secret: Option<SecretString>,
    /// Who may sign up.
    #[arg(long, env = "REGISTRATION", value_enum, default_value = "open", global = true)]
    pub registration: Registration,
    /// Days a session lives unused.
    #[arg(long, env = "SESSION_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=365), global = true)]
    pub session_days: u32,
    /// Where titles come from.
    #[arg(long, env = "METADATA", value_enum, default_value = "auto", global = true)]
    pub metadata: MetadataMode,
    /// Another address for the metadata source; for tests.
    #[arg(long, env = "METADATA_URL", global = true)]
    pub metadata_url: Option<Url>,
    /// Key of the YouTube Data API.
    #[arg(long, env = "YOUTUBE_API_KEY", hide_env_values = true, global = true)]
    pub youtube_api_key: Option<SecretString>,
    /// How fast the demo source answers: 1 is about eight videos a second.
    #[arg(long, env = "DEMO_SPEED", default_value_t = 1.0, global = true)]
    pub demo_speed: f64,
    /// Jobs a worker process runs at once.
    #[arg(long, env = "WORKER_JOBS", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64), global = true)]
    pub worker_jobs: u32,
    /// Look-ups of one job at once.
    #[arg(long, env = "WORKER_CONCURRENCY", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=64), global = true)]
    pub worker_concurrency: u32,
    /// Running jobs one user may have, over all workers.
    #[arg(long, env = "MAX_RUNNING_JOBS_PER_USER", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=64), global = true)]
    pub max_running_jobs_per_user: u32,
    /// Seconds after which a dead worker's job is taken over.
    #[arg(long, env = "LEASE_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(2..=3600), global = true)]
    pub lease_seconds: u32,
    /// Days after a job's end until its history is thinned to its beginning, its failures and its end; 0 keeps all of it.
    #[arg(long, env = "HISTORY_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=36_500), global = true)]
    pub history_days: u32,
    /// Open WebSockets of one user, per process.
    #[arg(long, env = "MAX_SOCKETS_PER_USER", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000), global = true)]
    pub max_sockets_per_user: u32,
    /// Connections of clients at most, WebSockets among them; more wait until one ends.
    #[arg(long, env = "MAX_CONNECTIONS", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000), global = true)]
    pub max_connections: u32,
    /// Requests a second that one address may make on average, per process; ten times as many at once.
    #[arg(long, env = "REQUESTS_PER_SECOND", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000), global = true)]
    pub requests_per_second: u32,
    /// Largest upload in MiB.
    #[arg(long, env = "MAX_UPLOAD_MIB", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=1024), global = true)]
    pub max_upload_mib: u32,
    /// Most lines of an upload.
    #[arg(long, env = "MAX_UPLOAD_LINES", default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000), global = true)]
    pub max_upload_lines: u32,
    /// Largest content of an uploaded archive in MiB.
    #[arg(long, env = "MAX_UNPACKED_MIB", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=65_536), global = true)]
    pub max_unpacked_mib: u32,
    /// Most files in an uploaded archive, and most lists that one upload makes or fills.
    #[arg(long, env = "MAX_ARCHIVE_ENTRIES", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=10_000), global = true)]
    pub max_archive_entries: u32,
    /// Limits on sign-ins, sign-ups and requests; `off` is for load tests.
    #[arg(long, env = "RATE_LIMITS", value_enum, default_value = "on", global = true)]
    pub rate_limits: Switch,
    /// How log lines look.
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value = "text", global = true)]
    pub log_format: LogFormat,
    /// Set by `cargo leptos watch`: pages reload when they were rebuilt.
    #[arg(long, env = "LEPTOS_WATCH", hide = true, global = true)]
    pub leptos_watch: bool,
    /// Set by `cargo leptos watch`: where the page hears of it.
    #[arg(long, env = "LEPTOS_RELOAD_PORT", hide = true, global = true)]
    pub leptos_reload_port: Option<u32>,
    /// Where the process stops itself, such as `flush_committed:3`; for tests that kill it there. Release builds have no such setting.
    #[cfg(debug_assertions)]
    #[arg(long, env = "STOP_AT", hide = true, global = true)]
    pub stop_at: Option<crate::stop_points::StopAt>,
    /// `/metrics` (Prometheus) on a listener of its own, such as `127.0.0.1:9090`; none where absent.
    #[arg(long, env = "METRICS_ADDR", global = true)]
    pub metrics_addr: Option<SocketAddr>,
    /// What is logged, such as `info` or `server=debug`.
    #[arg(long, env = "LOG", default_value = "info,sqlx=warn", global = true)]
    pub log: String,
}

impl Settings {
    /// All defaults, for tests.
    pub fn defaults() -> Self {
        #[derive(Parser)]
        struct Defaults {
            #[command(flatten)]
            settings: Settings,
        }
        Defaults::parse_from(["playmarks"]).settings
    }

    /// Treats empty values as absent: many tools write `YOUTUBE_API_KEY=` for a variable that is not set.
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

    /// PUBLIC_URL, else from BIND_ADDR.
    pub fn public_url(&self) -> Url {
        self.public_url
            .clone()
            .unwrap_or_else(|| Url::parse(&format!("http://{}", self.bind_addr)).expect("a socket address is a valid host and port"))
    }

    /// True if the browser uses HTTPS, so that cookies are `Secure`.
    pub fn is_secure(&self) -> bool {
        self.public_url().scheme() == "https"
    }

    /// LEASE_SECONDS.
    pub fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_seconds.into())
    }

    /// HISTORY_DAYS; `None` keeps histories for ever.
    pub fn history(&self) -> Option<Duration> {
        (self.history_days > 0).then(|| Duration::from_secs(u64::from(self.history_days) * 86_400))
    }

    /// SESSION_DAYS.
    pub fn session_ttl(&self) -> Duration {
        Duration::from_secs(u64::from(self.session_days) * 86_400)
    }

    /// The four limits of uploads.
    pub fn import_limits(&self) -> ImportLimits {
        ImportLimits {
            bytes: u64::from(self.max_upload_mib) << 20,
            lines: self.max_upload_lines,
            unpacked: u64::from(self.max_unpacked_mib) << 20,
            entries: self.max_archive_entries,
        }
    }
}
