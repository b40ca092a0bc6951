//! The connection breaks after the upload was sent, before the answer arrives.

use std::{
    fs,
    sync::{Arc, Mutex},
};

use app::wire::{Job, Page};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_util::task::AbortOnDropHandle;

use super::{folder, lists, run};
use crate::system::System;

/// Forwards to the server, and keeps what was sent. Cuts a connection instead of passing an answer on, once what was sent over it contains a
/// certain text.
pub(super) struct RecordingProxy {
    pub(super) address: String,
    sent: Arc<Mutex<Vec<u8>>>,
    _open: AbortOnDropHandle<()>,
}

#[derive(Clone, Copy)]
enum Cut {
    Never,
    /// When the answer arrives.
    Answer(&'static str),
    /// Before the server has the request.
    Request(&'static str),
}

impl RecordingProxy {
    pub(super) async fn to(base: &str) -> Self {
        Self::cutting(base, Cut::Never).await
    }

    pub(super) fn sent(&self) -> String {
        String::from_utf8_lossy(&self.sent.lock().unwrap()).into_owned()
    }

    async fn cutting(base: &str, cut: Cut) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (target, sent) = (base.trim_start_matches("http://").to_owned(), Arc::new(Mutex::new(Vec::new())));
        let all = Arc::clone(&sent);
        let open = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(forward(client, target.clone(), Arc::clone(&all), cut));
            }
        });
        Self { address, sent, _open: AbortOnDropHandle::new(open) }
    }
}

async fn forward(mut client: TcpStream, target: String, all: Arc<Mutex<Vec<u8>>>, cut: Cut) -> Option<()> {
    let mut server = TcpStream::connect(target).await.ok()?;
    let (mut out, mut back, mut sent) = (vec![0; 1 << 16], vec![0; 1 << 16], Vec::new());
    let has = |sent: &[u8], text: &str| sent.windows(text.len()).any(|part| part == text.as_bytes());
    loop {
        tokio::select! {
            read = client.read(&mut out) => {
                let read = read.ok().filter(|read| *read > 0)?;
                sent.extend(&out[..read]);
                all.lock().unwrap().extend(&out[..read]);
                if matches!(cut, Cut::Request(text) if has(&sent, text)) {
                    return None;
                }
                server.write_all(&out[..read]).await.ok()?;
            }
            read = server.read(&mut back) => {
                let read = read.ok().filter(|read| *read > 0)?;
                if matches!(cut, Cut::Answer(text) if has(&sent, text)) {
                    return None;
                }
                client.write_all(&back[..read]).await.ok()?;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn import_whose_answer_is_lost_is_found_and_followed() {
    let system = System::embedded().await;
    let (folder, person) = (folder(), system.sign_up().await);
    // Of the same name, and stored before.
    run(folder.path(), &person, &system.base, &["simple.csv", "--list", "Earlier"]).wait_for_exit().await;

    let proxy = RecordingProxy::cutting(&system.base, Cut::Answer("/videos/bulk")).await;
    let ended = run(folder.path(), &person, &proxy.address, &["simple.csv", "--list", "New", "--json"]).wait_for_exit().await;
    let jobs: Page<Job> = person.get("/api/jobs").await;
    assert_eq!((ended.code, jobs.items.len()), (0, 2), "{:?} {}", ended.lines, ended.stderr);
    let first: Value = serde_json::from_str(&ended.lines[0]).unwrap();
    assert_eq!(first, json!({ "event": "recovered", "jobs": [jobs.items[0].id] }));
    let last: Value = serde_json::from_str(ended.lines.last().unwrap()).unwrap();
    assert_eq!((&last["event"], &last["succeeded"]), (&json!("ended"), &json!(10)));
    let list = lists(&person).await.into_iter().find(|list| list.name == "New").expect("the list is kept");
    assert_eq!((jobs.items[0].list_id, list.video_count), (list.id, 10));

    let proxy = RecordingProxy::cutting(&system.base, Cut::Answer("POST /api/imports")).await;
    let ended = run(folder.path(), &person, &proxy.address, &["simple.csv", "takeout.csv"]).wait_for_exit().await;
    assert_eq!((ended.code, ended.stderr.as_str()), (1, ""), "{:?}", ended.lines);
    assert!(ended.lines[0].contains("the import was stored"), "{:?}", ended.lines);
    for line in ["simple: 10 of 10 videos looked up.", "takeout: 38 of 40 videos looked up, 2 failed (2 unavailable)."] {
        assert!(ended.lines.iter().any(|printed| printed == line), "{line}: {:?}", ended.lines);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn import_that_never_arrived_is_not_found_and_deletes_nothing() {
    let system = System::embedded().await;
    let (folder, person) = (folder(), system.sign_up().await);
    fs::write(folder.path().join("one.txt"), "https://youtu.be/8pDPkXZAtUt").unwrap();
    let proxy = RecordingProxy::cutting(&system.base, Cut::Request("/videos/bulk")).await;
    let ended = run(folder.path(), &person, &proxy.address, &["one.txt", "--list", "New"]).wait_for_exit().await;
    assert_eq!((ended.code, ended.lines.len()), (2, 0));
    assert!(ended.stderr.contains("no import of it was found. Nothing was deleted."), "{}", ended.stderr);
    assert!(!proxy.sent().contains("DELETE "), "{}", proxy.sent());
    assert_eq!(lists(&person).await.len(), 1);
}
