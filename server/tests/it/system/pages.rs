//! Pages as the server renders them, without scripts.

use app::wire::{JobItem, Page, Video, VideoReason, VideoStatus};

use super::{System, on_both};

const SIMPLE: &str = include_str!("../../samples/simple.csv");

/// The demo source answers for these two that their embedding is disabled.
const UNEMBEDDABLE: &str = "video_id,title\neX0Z_NCOQRb,Soup from scratch\nau7HscKu0yH,\n";

on_both!(pages_are_rendered_with_data, video_whose_embedding_is_disabled_is_listed);

async fn pages_are_rendered_with_data(system: System) {
    let person = system.sign_up().await;
    let list = person.new_list("Noodles & knives").await;
    let job = person.upload(list.id, SIMPLE).await.job_id.unwrap();
    person.wait_for_end(job).await;

    let page = person.page(&format!("/lists/{}", list.id)).await;
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert_eq!(page.headers()["cache-control"], "no-store");
    assert_eq!(page.headers()["referrer-policy"], "same-origin");
    let html = page.text().await.unwrap();
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("the policy has a nonce");
    assert!(html.contains(&format!("nonce=\"{nonce}\"")), "the page's scripts carry it");
    assert!(html.contains("Noodles &amp; knives") && html.contains("8pDPkXZAtUt"), "the list and its videos are in the page");
    assert!(html.contains("Completed: 10 succeeded, 0 failed"), "so is the card of the job that just ended");

    for path in ["/lists", "/jobs", "/account", &format!("/jobs/{job}")] {
        assert_eq!(person.page(path).await.status(), 200, "{path}");
    }
    let gone = person.page(&format!("/lists/{}", uuid::Uuid::new_v4())).await;
    assert_eq!(gone.status(), 404);
    assert_eq!(person.page("/nowhere").await.status(), 404);

    let other = system.sign_up().await;
    let page = other.page(&format!("/lists/{}", list.id)).await;
    assert_eq!(page.status(), 403);
    assert!(!page.text().await.unwrap().contains("Noodles"));
}

async fn video_whose_embedding_is_disabled_is_listed(system: System) {
    let person = system.sign_up().await;
    let list = person.new_list("Soups").await;
    let job = person.upload(list.id, UNEMBEDDABLE).await.job_id.unwrap();
    assert_eq!(person.wait_for_end(job).await.state.message, "Completed: 2 succeeded, 0 failed");
    let videos: Page<Video> = person.get(&format!("/api/lists/{}/videos", list.id)).await;
    let reason = Some(VideoReason::EmbeddingDisabled);
    assert!(videos.items.iter().all(|video| video.status == VideoStatus::Ok && video.reason == reason), "{videos:?}");
    let items: Page<JobItem> = person.get(&format!("/api/jobs/{job}/items")).await;
    assert!(items.items.iter().all(|item| item.reason.as_deref() == Some("embedding_disabled")), "{items:?}");
    let receipt = person.page(&format!("/api/jobs/{job}/receipt.csv")).await.text().await.unwrap();
    assert_eq!(receipt.matches("succeeded,,embedding_disabled").count(), 2, "{receipt}");
    let html = person.page(&format!("/lists/{}", list.id)).await.text().await.unwrap();
    assert!(html.contains("Soup from scratch") && !html.contains("Unavailable video"), "{html}");
    assert_eq!(html.matches("YouTube provides no title").count(), 1, "of the one that has none");
}
