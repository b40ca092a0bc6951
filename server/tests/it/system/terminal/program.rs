//! The real binary as somebody's terminal or script runs it, and the door through which it reaches a server that may move.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};
use tokio_util::task::AbortOnDropHandle;

/// More than anything here takes.
const SOON: Duration = Duration::from_secs(60);

/// A run of `playmarks import`, without a terminal.
pub(super) struct Program {
    child: Child,
    lines: mpsc::UnboundedReceiver<String>,
    complaints: Option<JoinHandle<String>>,
}

/// How a run ended.
pub(super) struct Ended {
    /// The exit code.
    pub(super) code: i32,
    /// What was left of standard output.
    pub(super) lines: Vec<String>,
    /// Standard error.
    pub(super) complaints: String,
}

impl Program {
    /// Starts it in a folder.
    pub(super) fn start(folder: &Path, server: &str, token: &str, args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_playmarks"))
            .arg("import")
            .args(args)
            .env_clear()
            .env("PLAYMARKS_SERVER", server)
            .env("PLAYMARKS_TOKEN", token)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = mpsc::unbounded_channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let mut err = child.stderr.take().unwrap();
        let complaints = std::thread::spawn(move || {
            let mut text = String::new();
            err.read_to_string(&mut text).unwrap();
            text
        });
        Self { child, lines, complaints: Some(complaints) }
    }

    /// The next line of standard output; `None` at its end.
    pub(super) async fn line(&mut self) -> Option<String> {
        timeout(SOON, self.lines.recv()).await.expect("a line, or the end, comes")
    }

    /// The next event of a run with `--json`.
    pub(super) async fn event(&mut self) -> Value {
        serde_json::from_str(&self.line().await.expect("an event comes")).expect("each line is an object")
    }

    /// Ctrl-C.
    pub(super) fn interrupt(&self) {
        assert!(Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap().success());
    }

    /// Waits for the end.
    pub(super) async fn ended(mut self) -> Ended {
        let mut lines = Vec::new();
        while let Some(line) = self.line().await {
            lines.push(line);
        }
        let code = self.child.wait().unwrap().code().expect("it exits");
        Ended { code, lines, complaints: self.complaints.take().unwrap().join().unwrap() }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Leads to a server, wherever it is at the time.
pub(super) struct Door {
    pub(super) address: String,
    target: Arc<Mutex<String>>,
    _open: AbortOnDropHandle<()>,
}

impl Door {
    pub(super) async fn to(base: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let target = Arc::new(Mutex::new(String::new()));
        let to = Arc::clone(&target);
        let open = tokio::spawn(async move {
            while let Ok((mut inside, _)) = listener.accept().await {
                let to = to.lock().unwrap().clone();
                tokio::spawn(async move {
                    if let Ok(mut outside) = TcpStream::connect(to).await {
                        let _ = copy_bidirectional(&mut inside, &mut outside).await;
                    }
                });
            }
        });
        let door = Self { address, target, _open: AbortOnDropHandle::new(open) };
        door.lead_to(base);
        door
    }

    pub(super) fn lead_to(&self, base: &str) {
        *self.target.lock().unwrap() = base.trim_start_matches("http://").to_owned();
    }
}
