//! The server under test: a process with a database of its own, whose memory and CPU time are read from `/proc`.

use std::{
    fs,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, ensure};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use uuid::Uuid;

/// What the benchmarks run against.
pub(crate) struct Environment {
    /// The binary.
    pub(crate) playmarks: PathBuf,
    /// URL of a PostgreSQL in which databases may be created.
    pub(crate) postgres: String,
    /// URL of a Redis.
    pub(crate) redis: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// SQLite, in-process bus.
    Embedded,
    /// PostgreSQL and Redis.
    Cluster,
}

impl Layout {
    pub(crate) const fn database_name(self) -> &'static str {
        match self {
            Self::Embedded => "SQLite",
            Self::Cluster => "PostgreSQL",
        }
    }
}

/// A running `playmarks serve`; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) base_url: String,
    /// The URL of its database; `None` for SQLite.
    pub(crate) database_url: Option<String>,
    _data_dir: TempDir,
}

impl Server {
    /// Starts it on a free port and on the first core (see [`command_on_core`]), and waits until it is ready.
    pub(crate) async fn start(environment: &Environment, layout: Layout) -> anyhow::Result<Self> {
        Self::start_with(environment, layout, &[]).await
    }

    /// The same with further settings.
    pub(crate) async fn start_with(environment: &Environment, layout: Layout, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let data_dir = tempfile::tempdir()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let base_url = format!("http://127.0.0.1:{port}");
        let mut command = command_on_core(&environment.playmarks, "0");
        command.arg("serve").env("BIND_ADDR", format!("127.0.0.1:{port}")).env("DATA_DIR", data_dir.path());
        command.envs([
            ("METADATA", "demo"),
            ("RATE_LIMITS", "off"),
            ("LOG", "warn"),
            ("MAX_SOCKETS_PER_USER", "10000"),
            ("MAX_SOCKETS_PER_ADDRESS", "100000"),
        ]);
        command.envs(settings.iter().copied());
        let mut database_url = None;
        if layout == Layout::Cluster {
            let url = create_database(&environment.postgres).await?;
            command.env("DATABASE_URL", &url).env("REDIS_URL", &environment.redis);
            database_url = Some(url);
        }
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().context("starting playmarks")?;
        let server = Self { child, base_url, database_url, _data_dir: data_dir };
        server.wait_until_ready().await?;
        Ok(server)
    }

    async fn wait_until_ready(&self) -> anyhow::Result<()> {
        for _ in 0..300 {
            if reqwest::get(format!("{}/readyz", self.base_url)).await.is_ok_and(|response| response.status().is_success()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        anyhow::bail!("the server was not ready within 30 s")
    }

    /// Current and peak resident memory, in bytes.
    pub(crate) fn memory_usage(&self) -> anyhow::Result<(u64, u64)> {
        memory_usage(self.child.id())
    }

    /// CPU time of all its threads so far.
    pub(crate) fn cpu_time(&self) -> anyhow::Result<Duration> {
        cpu_time(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // An error means that the process has already exited.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program on one core, so that server and load do not compete for it. Without `taskset` or that core, it runs on any.
pub(crate) fn command_on_core(program: &std::path::Path, core: &str) -> Command {
    let can_pin = Command::new("taskset").args(["-c", core, "true"]).status().is_ok_and(|status| status.success());
    if !can_pin {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", core]).arg(program);
    command
}

fn memory_usage(pid: u32) -> anyhow::Result<(u64, u64)> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let field = |name: &str| -> anyhow::Result<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("{name} is missing in /proc/{pid}/status"))?;
        Ok(line.trim().trim_end_matches(" kB").trim().parse::<u64>()? * 1024)
    };
    Ok((field("VmRSS:")?, field("VmHWM:")?))
}

pub(crate) fn cpu_time(pid: u32) -> anyhow::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The second field is the program's name in parentheses, which may contain spaces.
    let fields: Vec<&str> = stat.rsplit(')').next().with_context(|| format!("/proc/{pid}/stat is empty"))?.split_whitespace().collect();
    ensure!(fields.len() > 12, "/proc/{pid}/stat has too few fields");
    // utime and stime, in clock ticks. Linux reports 100 ticks per second to programs on every machine.
    let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    Ok(Duration::from_millis(ticks * 10))
}

async fn create_database(server_url: &str) -> anyhow::Result<String> {
    let name = format!("bench_{}", Uuid::new_v4().simple());
    let mut connection = PgConnection::connect(server_url).await.context("connecting to PostgreSQL")?;
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await?;
    let (base, _) = server_url.rsplit_once('/').context("the URL of PostgreSQL names no database")?;
    Ok(format!("{base}/{name}"))
}
