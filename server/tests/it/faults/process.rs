//! A process of the real binary: its settings, its log, and signals to it.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
};

use rustix::process::{Resource, Rlimit, Signal, prlimit};

use crate::support::{pid, signal, wait_until};

/// Log lines that a failed test prints.
const MAX_PRINTED_LINES: usize = 80;

/// Killed when dropped. Prints its log if the test failed.
pub(crate) struct Process {
    name: String,
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
}

impl Process {
    /// Runs a command of the binary with these environment variables only.
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

    /// Waits for a log line with these words, and returns what follows them.
    pub(crate) async fn wait_for_log(&mut self, words: &str) -> String {
        let mut found = None;
        wait_until(&format!("{} logs {words:?}", self.name), async || {
            found = self.find_in_log(words);
            if found.is_none()
                && let Some(status) = self.exit_status()
            {
                panic!("{} ended with {status}", self.name);
            }
            found.is_some()
        })
        .await;
        found.expect("it was found")
    }

    /// The same without waiting.
    pub(crate) fn find_in_log(&self, words: &str) -> Option<String> {
        self.log.lock().unwrap().iter().find_map(|line| line.split_once(words).map(|(_, rest)| rest.trim().to_owned()))
    }

    /// `None` while it is running.
    pub(crate) fn exit_status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("it can be asked")
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        self.child.wait().expect("it ends");
    }

    /// SIGSTOP: its connections stay open without answers.
    pub(crate) async fn freeze(&self) {
        signal(&self.child, Signal::STOP);
        self.wait_until_stopped().await;
    }

    /// Waits until it is stopped by SIGSTOP, whoever sent it.
    pub(crate) async fn wait_until_stopped(&self) {
        let id = self.id();
        wait_until("the process stands still", async || {
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).expect("it runs");
            stat.rsplit(") ").next().is_some_and(|state| state.starts_with('T'))
        })
        .await;
    }

    /// SIGCONT.
    pub(crate) fn resume(&self) {
        signal(&self.child, Signal::CONT);
    }

    /// SIGTERM; [`Self::wait_for_exit`] waits for the end.
    pub(crate) fn terminate(&self) {
        signal(&self.child, Signal::TERM);
    }

    pub(crate) async fn wait_for_exit(&mut self) -> ExitStatus {
        let mut status = None;
        wait_until("the process ends", async || {
            status = self.exit_status();
            status.is_some()
        })
        .await;
        status.expect("it ended")
    }

    /// Its process id.
    pub(crate) fn id(&self) -> String {
        self.child.id().to_string()
    }

    /// Sets the limit on the size of files it writes; `None` removes it.
    pub(crate) fn limit_files(&self, bytes: Option<u64>) {
        prlimit(Some(pid(&self.child)), Resource::Fsize, Rlimit { current: bytes, maximum: None }).expect("the process runs");
    }

    /// Bytes of anonymous memory: the heap and stacks, without the program itself.
    pub(crate) fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("Linux says so");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
    }
}

#[expect(clippy::print_stderr, reason = "a destructor has nobody else to tell")]
impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = self.log.lock().unwrap();
            eprintln!("--- {}, last lines:\n{}", self.name, log[log.len().saturating_sub(MAX_PRINTED_LINES)..].join("\n"));
        }
    }
}
