//! A PostgreSQL server that a test stops, crashes and restarts on the same port.

use std::{
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::support::free_port;

/// Stopped and deleted when dropped.
pub(crate) struct PostgresServer {
    bin: PathBuf,
    /// In /tmp, not TMPDIR: the postgres user needs access.
    folder: TempDir,
    pub(crate) port: u16,
    as_postgres: bool,
    max_connections: u32,
}

impl PostgresServer {
    pub(crate) fn start() -> Self {
        Self::with_max_connections(60)
    }

    pub(crate) fn with_max_connections(max_connections: u32) -> Self {
        let server = Self::stopped(max_connections);
        server.run("initdb", &["-D", &server.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]);
        server.start_again();
        server
    }

    /// A standby that receives everything from its primary by streaming replication.
    pub(crate) fn standby_of(primary: &Self) -> Self {
        let standby = Self::stopped(primary.max_connections);
        let port = primary.port.to_string();
        let copy = ["-D", &standby.data(), "-h", "127.0.0.1", "-p", &port, "-U", "postgres", "-R", "--checkpoint=fast", "--no-sync"];
        standby.run("pg_basebackup", &copy);
        standby.start_again();
        standby
    }

    /// Makes a standby a primary.
    pub(crate) fn promote(&self) {
        self.run("pg_ctl", &["-D", &self.data(), "-w", "-s", "promote"]);
    }

    fn stopped(max_connections: u32) -> Self {
        let folder = TempDir::with_prefix_in("playmarks-postgres-", "/tmp").unwrap();
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777)).unwrap();
        Self { bin: newest(), folder, port: free_port(), as_postgres: rustix::process::geteuid().is_root(), max_connections }
    }

    /// Returns when it accepts connections.
    pub(crate) fn start_again(&self) {
        // Without fsync, because the machine does not crash. Commits stay synchronous: they are what is tested.
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c fsync=off -c full_page_writes=off -c max_connections={} -c autovacuum=off",
            self.port,
            self.folder.path().display(),
            self.max_connections
        );
        let log = format!("{}/log", self.folder.path().display());
        self.run("pg_ctl", &["-D", &self.data(), "-l", &log, "-w", "-s", "start", "-o", &options]);
    }

    /// `fast` ends sessions in order; `immediate` is a crash.
    pub(crate) fn stop(&self, mode: &str) {
        self.run("pg_ctl", &["-D", &self.data(), "-m", mode, "-w", "-s", "stop"]);
    }

    /// As the superuser.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn data(&self) -> String {
        format!("{}/db", self.folder.path().display())
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        // PostgreSQL refuses to run as root.
        let mut command = if self.as_postgres { Command::new("runuser") } else { Command::new(self.bin.join(program)) };
        if self.as_postgres {
            command.args(["-u", "postgres", "--"]).arg(self.bin.join(program));
        }
        // The server would inherit the test's streams and keep them open.
        command.args(arguments).current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let status = self.command(program, arguments).status().expect("PostgreSQL is installed");
        let log = || std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        assert!(status.success(), "{program} {arguments:?}: {status}\n{}", log());
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        let _ = self.command("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-w", "-s", "stop"]).status();
    }
}

/// The newest version on Debian; empty, for the one in PATH, elsewhere.
fn newest() -> PathBuf {
    let mut bins: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            Some((path.file_name()?.to_str()?.parse().ok()?, path.join("bin")))
        })
        .collect();
    bins.sort();
    bins.pop().map_or_else(PathBuf::new, |(_, bin)| bin)
}
