//! Runs the real binary as a script does, and a proxy for servers that restart on another port.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread::JoinHandle,
};

use serde_json::Value;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};
use tokio_util::task::AbortOnDropHandle;

use crate::support::TIMEOUT;

/// A run of `playmarks import`, without a terminal.
pub(super) struct Program {
    child: Child,
    lines: mpsc::UnboundedReceiver<String>,
    stderr: Option<JoinHandle<String>>,
}

pub(super) struct Exited {
    pub(super) code: i32,
    /// Lines of standard output that were not read before.
    pub(super) lines: Vec<String>,
    pub(super) stderr: String,
}

impl Program {
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
        let stderr = std::thread::spawn(move || {
            let mut text = String::new();
            err.read_to_string(&mut text).unwrap();
            text
        });
        Self { child, lines, stderr: Some(stderr) }
    }

    /// The next line of standard output; `None` at its end.
    pub(super) async fn line(&mut self) -> Option<String> {
        timeout(TIMEOUT, self.lines.recv()).await.expect("a line, or the end, arrives in time")
    }

    /// The next event of a run with `--json`.
    pub(super) async fn event(&mut self) -> Value {
        serde_json::from_str(&self.line().await.expect("an event arrives")).expect("each line is an object")
    }

    /// SIGINT.
    pub(super) fn interrupt(&self) {
        crate::support::signal(&self.child, rustix::process::Signal::INT);
    }

    pub(super) async fn wait_for_exit(mut self) -> Exited {
        let mut lines = Vec::new();
        while let Some(line) = self.line().await {
            lines.push(line);
        }
        let code = self.child.wait().unwrap().code().expect("it exits");
        Exited { code, lines, stderr: self.stderr.take().unwrap().join().unwrap() }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Has a fixed address, and forwards to the server's current one.
pub(super) struct ServerProxy {
    pub(super) address: String,
    target: Arc<Mutex<String>>,
    _open: AbortOnDropHandle<()>,
}

impl ServerProxy {
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
        let proxy = Self { address, target, _open: AbortOnDropHandle::new(open) };
        proxy.forward_to(base);
        proxy
    }

    pub(super) fn forward_to(&self, base: &str) {
        *self.target.lock().unwrap() = base.trim_start_matches("http://").to_owned();
    }
}
