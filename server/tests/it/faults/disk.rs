//! No room for the embedded database: said plainly, nothing lost, nothing broken, and everything goes on once there is room again.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output},
};

use app::wire::{List, Page, Problem};
use reqwest::{Method, Response, multipart};
use serde_json::json;

use super::scene::{Layout, Scene};

async fn refused(answer: Response, code: &str) {
    assert_eq!(answer.status(), 507);
    let problem: Problem = answer.json().await.unwrap();
    assert_eq!(problem.code, code);
    assert!(problem.detail.contains("Tell whoever runs"), "{}", problem.detail);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_said_and_outlived() {
    let scene = Scene::new(Layout::Embedded, &[]).await;
    let job = scene.import().await;
    scene.recorder.sees("it goes on", |update| update.current_video >= 4).await;

    // What is there stays and nothing grows, as on a full disk.
    scene.worker.process.limit_files(Some(4096));
    let lists: Page<List> = scene.person.get("/api/lists").await;
    assert_eq!(lists.items.len(), 1, "reading goes on");
    let list = scene.person.request(Method::POST, "/api/lists").json(&json!({ "name": "No room" }));
    refused(list.send().await.unwrap(), "storage_unwritable").await;
    let file = multipart::Part::text("dQw4w9WgXcQ\n".repeat(2_000)).file_name("videos.txt");
    let upload = scene.person.request(Method::POST, &format!("/api/lists/{}/videos/bulk", lists.items[0].id));
    refused(upload.multipart(multipart::Form::new().part("file", file)).send().await.unwrap(), "no_room").await;
    scene.worker.process.limit_files(None);

    scene.ends_well(job).await;
    assert_eq!(scene.cluster.number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'").await, 0);
    assert_eq!(scene.cluster.number("SELECT count(*) FROM lists").await, 1, "what was refused did not happen");
    scene.person.new_list("Room again").await;
}

/// Runs a command of the binary to its end, as somebody whom the modes of files bind: root is not, unless that is taken from it.
fn bound_by_modes(command: &str, data: &Path) -> Output {
    let is_root = Command::new("id").arg("-u").output().expect("id is installed").stdout == b"0\n";
    let (binary, powers) = (env!("CARGO_BIN_EXE_playmarks"), "--bounding-set=-dac_override,-dac_read_search");
    let mut process = if is_root { Command::new("setpriv") } else { Command::new(binary) };
    if is_root {
        process.args([powers, binary]);
    }
    process.arg(command).env_clear().env("DATA_DIR", data).env("METADATA", "demo").output().expect("the binary is there")
}

fn set_modes(data: &Path, folder: u32, files: u32) {
    fs::set_permissions(data, Permissions::from_mode(0o700)).unwrap();
    for file in fs::read_dir(data).unwrap() {
        fs::set_permissions(file.unwrap().path(), Permissions::from_mode(files)).unwrap();
    }
    fs::set_permissions(data, Permissions::from_mode(folder)).unwrap();
}

#[test]
fn a_read_only_disk_ends_the_start_with_a_sentence_and_spoils_nothing() {
    let data = tempfile::tempdir().unwrap();
    assert!(bound_by_modes("migrate", data.path()).status.success());
    for (folder, files) in [(0o500, 0o400), (0o700, 0o400)] {
        set_modes(data.path(), folder, files);
        let end = bound_by_modes("serve", data.path());
        let said = String::from_utf8(end.stderr).unwrap();
        assert_eq!(end.status.code(), Some(1), "{folder:o} {files:o}: {said}");
        assert!(said.starts_with("playmarks: ") && said.lines().count() == 1, "one line: {said}");
    }
    set_modes(data.path(), 0o700, 0o600);
    assert!(bound_by_modes("migrate", data.path()).status.success(), "everything goes on once it can be written");
}
