//! No room for the embedded database: said plainly, nothing lost, nothing broken, and everything goes on once there is room again.

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
