//! The program under measurement as a process of its own: started with a database made for it, read from `/proc`, stopped with it.

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

/// Where the parts of a measurement are.
pub(crate) struct Setup {
    pub(crate) playmarks: PathBuf,
    pub(crate) postgres: String,
    pub(crate) redis: String,
}

/// Which way it is run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// SQLite, in-process bus.
    Embedded,
    /// PostgreSQL and Redis.
    Cluster,
}

impl Layout {
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Embedded => "SQLite",
            Self::Cluster => "PostgreSQL",
        }
    }
}

/// A running server; killed when dropped.
pub(crate) struct Program {
    child: Child,
    pub(crate) base: String,
    /// Its database, where that is PostgreSQL.
    pub(crate) database: Option<String>,
    _data: TempDir,
}

impl Program {
    /// Starts it on a free port, pinned to the first core where `taskset` is there, and waits until it answers.
    pub(crate) async fn start(setup: &Setup, layout: Layout, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let data = tempfile::tempdir()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let base = format!("http://127.0.0.1:{port}");
        let mut command = pinned(&setup.playmarks, "0");
        command.arg("serve").env("BIND_ADDR", format!("127.0.0.1:{port}")).env("DATA_DIR", data.path());
        command.envs([("METADATA", "demo"), ("RATE_LIMITS", "off"), ("LOG", "warn"), ("MAX_SOCKETS_PER_USER", "10000")]);
        let mut database = None;
        if layout == Layout::Cluster {
            let url = new_database(&setup.postgres).await?;
            command.env("DATABASE_URL", &url).env("REDIS_URL", &setup.redis);
            database = Some(url);
        }
        let child = command.envs(settings.iter().copied()).stdin(Stdio::null()).stdout(Stdio::null()).spawn().context("starting playmarks")?;
        let program = Self { child, base, database, _data: data };
        program.ready().await?;
        Ok(program)
    }

    async fn ready(&self) -> anyhow::Result<()> {
        for _ in 0..300 {
            if reqwest::get(format!("{}/readyz", self.base)).await.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        anyhow::bail!("the program did not become ready within 30 s")
    }

    /// Resident memory now, and at its highest, in bytes.
    pub(crate) fn memory(&self) -> anyhow::Result<(u64, u64)> {
        memory(self.child.id())
    }

    /// CPU time used so far, by all threads.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        cpu(self.child.id())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Nothing to be done about one that is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The command on one core, so that load and server do not take it from each other; as it is where that cannot be.
pub(crate) fn pinned(program: &std::path::Path, core: &str) -> Command {
    let possible = Command::new("taskset").args(["-c", core, "true"]).status().is_ok_and(|status| status.success());
    if !possible {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", core]).arg(program);
    command
}

/// Resident memory of a process now, and at its highest, in bytes.
pub(crate) fn memory(pid: u32) -> anyhow::Result<(u64, u64)> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let field = |name: &str| -> anyhow::Result<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).context("a line of /proc/…/status")?;
        Ok(line.trim().trim_end_matches(" kB").trim().parse::<u64>()? * 1024)
    };
    Ok((field("VmRSS:")?, field("VmHWM:")?))
}

/// CPU time of a process so far.
pub(crate) fn cpu(pid: u32) -> anyhow::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The second field is the name in parentheses, which may hold anything.
    let fields: Vec<&str> = stat.rsplit(')').next().context("a name")?.split_whitespace().collect();
    ensure!(fields.len() > 12, "/proc/{pid}/stat has too few fields");
    // utime and stime, in clock ticks, of which Linux has a hundred a second on every machine it shows them to programs.
    let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    Ok(Duration::from_millis(ticks * 10))
}

async fn new_database(server: &str) -> anyhow::Result<String> {
    let name = format!("bench_{}", Uuid::new_v4().simple());
    let mut connection = PgConnection::connect(server).await.context("connecting to PostgreSQL")?;
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await?;
    let (start, _) = server.rsplit_once('/').context("a database in the URL of PostgreSQL")?;
    Ok(format!("{start}/{name}"))
}
