//! A PostgreSQL of a test's own, to be stopped in every manner and started again on its port.

use std::{
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::support::port::free_port;

/// Stopped and deleted when dropped.
pub(crate) struct PostgresServer {
    bin: PathBuf,
    /// In /tmp whatever TMPDIR says: PostgreSQL's user has to get there.
    folder: TempDir,
    port: u16,
    as_postgres: bool,
    /// At most so many connections.
    connections: u32,
}

impl PostgresServer {
    /// Sets one up and starts it.
    pub(crate) fn start() -> Self {
        Self::with_connections(60)
    }

    /// One that takes so many connections.
    pub(crate) fn with_connections(connections: u32) -> Self {
        let folder = TempDir::with_prefix_in("playmarks-postgres-", "/tmp").unwrap();
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777)).unwrap();
        let id = Command::new("id").arg("-u").output().expect("id is installed");
        let server = Self { bin: newest(), folder, port: free_port(), as_postgres: id.stdout.trim_ascii() == b"0", connections };
        server.run("initdb", &["-D", &server.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]);
        server.resume();
        server
    }

    /// Starts it on its port, and returns when it answers.
    pub(crate) fn resume(&self) {
        // fsync is about the machine's death, not about that of the server; commits are what tests are about, and are waited for.
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c fsync=off -c full_page_writes=off -c max_connections={} -c autovacuum=off",
            self.port,
            self.folder.path().display(),
            self.connections
        );
        let log = format!("{}/log", self.folder.path().display());
        self.run("pg_ctl", &["-D", &self.data(), "-l", &log, "-w", "-s", "start", "-o", &options]);
    }

    /// `fast` ends sessions and says so; `immediate` is a crash.
    pub(crate) fn stop(&self, mode: &str) {
        self.run("pg_ctl", &["-D", &self.data(), "-m", mode, "-w", "-s", "stop"]);
    }

    /// Its address, as its superuser.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn data(&self) -> String {
        format!("{}/db", self.folder.path().display())
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        // It refuses to run as root; then it runs as its own user.
        let mut command = if self.as_postgres { Command::new("runuser") } else { Command::new(self.bin.join(program)) };
        if self.as_postgres {
            command.args(["-u", "postgres", "--"]).arg(self.bin.join(program));
        }
        // The server inherits these, and would keep the test's open.
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

/// The folder of the newest, where Debian has several; else what is in the path.
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
