//! A process of the real binary: started with settings, known by its log, put through signals, killed at the end.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
};

use super::until;

/// Lines of the log that a failed test shows.
const SHOWN: usize = 80;

/// Killed when dropped; if the test has failed by then, its log is shown.
pub(crate) struct Process {
    name: String,
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
}

impl Process {
    /// Runs a command of the binary with these settings and no others.
    pub(crate) fn start(command: &str, settings: &[(String, String)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_playmarks"))
            .arg(command)
            .env_clear()
            .envs(settings.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary is there");
        let log: Arc<Mutex<Vec<String>>> = Arc::default();
        let (lines, stderr) = (Arc::clone(&log), child.stderr.take().expect("it is piped"));
        // Ends with the process.
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                lines.lock().unwrap().push(line);
            }
        });
        Self { name: format!("{command} {}", child.id()), child, log }
    }

    /// What the log says behind these words; waits until it says them.
    pub(crate) async fn says(&mut self, words: &str) -> String {
        let mut found = None;
        until(&format!("{} says {words:?}", self.name), async || {
            found = self.said(words);
            if found.is_none()
                && let Some(status) = self.ended()
            {
                panic!("{} ended with {status}", self.name);
            }
            found.is_some()
        })
        .await;
        found.expect("it was said")
    }

    /// The same, at once.
    pub(crate) fn said(&self, words: &str) -> Option<String> {
        self.log.lock().unwrap().iter().find_map(|line| line.split_once(words).map(|(_, rest)| rest.trim().to_owned()))
    }

    /// How it ended, if it did.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("it can be asked")
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        self.child.wait().expect("it ends");
    }

    /// SIGSTOP: its connections stay open and nobody answers.
    pub(crate) async fn freeze(&self) {
        self.signal("-STOP");
        self.frozen().await;
    }

    /// Waits until it stands still, by whoever's doing.
    pub(crate) async fn frozen(&self) {
        let id = self.id();
        until("the process stands still", async || {
            let state = Command::new("ps").args(["-o", "stat=", "-p", &id]).output().expect("ps is installed");
            state.stdout.starts_with(b"T")
        })
        .await;
    }

    /// SIGCONT.
    pub(crate) fn thaw(&self) {
        self.signal("-CONT");
    }

    /// SIGTERM; [`Self::gone`] waits for the end.
    pub(crate) fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Waits for its end.
    pub(crate) async fn gone(&mut self) -> ExitStatus {
        let mut status = None;
        until("the process ends", async || {
            status = self.ended();
            status.is_some()
        })
        .await;
        status.expect("it ended")
    }

    /// The number the system knows it by.
    pub(crate) fn id(&self) -> String {
        self.child.id().to_string()
    }

    /// No file of it may grow beyond so many bytes; `None` takes that back.
    pub(crate) fn limit_files(&self, bytes: Option<u64>) {
        let limit = bytes.map_or("unlimited".into(), |bytes| bytes.to_string());
        let limit = format!("--fsize={limit}:unlimited");
        assert!(Command::new("prlimit").args(["--pid", &self.id(), &limit]).status().expect("prlimit is installed").success());
    }

    /// Bytes of memory that it has made its own; the program itself is not among them.
    pub(crate) fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("Linux says so");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.id()]).status().expect("kill is installed").success());
    }
}

#[expect(clippy::print_stderr, reason = "a destructor has nobody else to tell")]
impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = self.log.lock().unwrap();
            eprintln!("--- {}, last lines:\n{}", self.name, log[log.len().saturating_sub(SHOWN)..].join("\n"));
        }
    }
}
