//! The embedded database on a full or read-only disk: errors are reported, nothing is lost, and work resumes once there is space.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output},
};

use app::wire::{List, Page, Problem};
use reqwest::{Method, Response, multipart};
use serde_json::json;

use super::harness::{Harness, Layout};

async fn assert_refused(answer: Response, code: &str) {
    assert_eq!(answer.status(), 507);
    let problem: Problem = answer.json().await.unwrap();
    assert_eq!(problem.code, code);
    assert!(problem.detail.contains("the operator"), "{}", problem.detail);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_disk_is_reported_and_work_resumes_once_there_is_space() {
    let harness = Harness::new(Layout::Embedded, &[]).await;
    let job = harness.import().await;
    harness.recorder.wait_for_update("it goes on", |update| update.current_video >= 4).await;

    // No file can grow, as on a full disk.
    harness.worker.process.limit_files(Some(4096));
    let lists: Page<List> = harness.person.get("/api/lists").await;
    assert_eq!(lists.items.len(), 1, "reading goes on");
    let list = harness.person.request(Method::POST, "/api/lists").json(&json!({ "name": "No room" }));
    assert_refused(list.send().await.unwrap(), "storage_unwritable").await;
    let file = multipart::Part::text("dQw4w9WgXcQ\n".repeat(2_000)).file_name("videos.txt");
    let upload = harness.person.request(Method::POST, &format!("/api/lists/{}/videos/bulk", lists.items[0].id));
    assert_refused(upload.multipart(multipart::Form::new().part("file", file)).send().await.unwrap(), "no_room").await;
    harness.worker.process.limit_files(None);

    harness.wait_for_sound_end(job).await;
    assert_eq!(harness.cluster.number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'").await, 0);
    assert_eq!(harness.cluster.number("SELECT count(*) FROM lists").await, 1, "what was refused did not happen");
    harness.person.new_list("Room again").await;
}

/// Runs a command of the binary without root's permission to ignore file modes.
fn bound_by_modes(command: &str, data: &Path) -> Output {
    let is_root = rustix::process::geteuid().is_root();
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
fn read_only_disk_ends_startup_with_a_message_and_changes_nothing() {
    let data = tempfile::tempdir().unwrap();
    assert!(bound_by_modes("migrate", data.path()).status.success());
    for (folder, files) in [(0o500, 0o400), (0o700, 0o400)] {
        set_modes(data.path(), folder, files);
        let end = bound_by_modes("serve", data.path());
        let stderr = String::from_utf8(end.stderr).unwrap();
        assert_eq!(end.status.code(), Some(1), "{folder:o} {files:o}: {stderr}");
        assert!(stderr.starts_with("playmarks: ") && stderr.lines().count() == 1, "one line: {stderr}");
    }
    set_modes(data.path(), 0o700, 0o600);
    assert!(bound_by_modes("migrate", data.path()).status.success(), "everything goes on once it can be written");
}
