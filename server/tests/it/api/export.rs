//! Exporting lists.

use std::time::Duration;

use app::wire::{FailureCause, VideoFilter};
use reqwest::StatusCode;
use serde_json::{Value, json};
use server::internals::{
    job::{Failure, ItemResult, Metadata},
    store::{ClaimRules, Store},
};
use uuid::Uuid;

use super::site::{Browser, Site, problem};

const LEASE: Duration = Duration::from_secs(60);

/// Runs all waiting jobs: videos whose id starts with `-` are unavailable.
async fn look_up_all(store: &dyn Store) {
    let rules = ClaimRules { lease: LEASE, per_user: 9, source: "demo".into() };
    while let Some(claim) = store.claim(&rules).await.unwrap() {
        let items = store.untried_items(&claim.lease, 0, 5_000).await.unwrap();
        let outcome = |id: &str| match id.starts_with('-') {
            true => Err(Failure { cause: FailureCause::Unavailable, text: "Video is private".into() }),
            false => Ok(Metadata {
                title: Some(format!("=Title, \"{id}\" <ü>")),
                channel: Some("A channel".into()),
                duration_seconds: Some(61),
                reason: None,
            }),
        };
        let results: Vec<ItemResult> = items.iter().map(|item| item.result(outcome(&item.youtube_id))).collect();
        crate::store::fixtures::try_flush(store, &claim.lease, &results, Some(server::internals::job::Ending::Done)).await.unwrap();
    }
}

/// A Takeout file: some ids start like formulas, and each has its own time, out of order.
fn takeout(count: u32) -> String {
    let row = |n: u32| {
        format!("{}{n:010},2024-01-02T03:{:02}:{:02}+00:00\n", if n.is_multiple_of(3) { '-' } else { 'v' }, (count - n) / 60 % 60, (count - n) % 60)
    };
    format!("Video ID,Playlist Video Creation Timestamp\n{}", (0..count).map(row).collect::<String>())
}

/// Id, title and added-date of every video, in order.
async fn videos(site: &Site, user: &Value, list: Uuid) -> Vec<(String, Option<String>, i64)> {
    let user_id = serde_json::from_value(user["user"]["id"].clone()).unwrap();
    let mut filter = VideoFilter { limit: Some(500), ..VideoFilter::default() };
    let mut all = Vec::new();
    loop {
        let page = site.state.store.videos(user_id, list, &filter).await.unwrap();
        all.extend(page.items.into_iter().map(|video| (video.youtube_id, video.title, video.added_at.micros())));
        filter.cursor = page.next_cursor;
        if filter.cursor.is_none() {
            return all;
        }
    }
}

async fn exported(browser: &Browser, list: Uuid, format: &str) -> String {
    let response = browser.get(&format!("/api/lists/{list}/export?format={format}")).await;
    assert_eq!(response.status(), StatusCode::OK);
    response.text().await.unwrap()
}

#[tokio::test]
async fn exported_csv_imports_the_same_list() {
    let site = Site::start().await;
    let (ann, body) = site.user("ann@example.org").await;
    let list = ann.list("Mine").await;
    // More than two pages.
    assert_eq!(ann.upload(list, "a.csv", &takeout(1_201)).await.status(), StatusCode::OK);
    look_up_all(&*site.state.store).await;
    let csv = exported(&ann, list, "csv").await;
    assert!(csv.lines().count() == 1_202 && csv.lines().all(|line| !line.starts_with(['=', '-'])), "{}", &csv[..500]);
    let other = ann.list("Again").await;
    let result: Value = ann.upload(other, "Mine.csv", &csv).await.json().await.unwrap();
    assert_eq!((&result["accepted"], &result["rejected_count"]), (&json!(1_201), &json!(0)));
    let before = videos(&site, &body, list).await;
    assert!(before.len() == 1_201 && before.iter().filter(|video| video.1.is_some()).count() == 800);
    assert_eq!(videos(&site, &body, other).await, before, "ids, titles, dates and order, also of unavailable videos");
}

#[tokio::test]
async fn exported_json_and_html_contain_all_videos() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let list = ann.list("Später <1>").await;
    ann.upload(list, "a.csv", &takeout(1_201)).await;
    look_up_all(&*site.state.store).await;
    let document: Value = serde_json::from_str(&exported(&ann, list, "json").await).unwrap();
    assert_eq!((&document["list"]["name"], &document["list"]["video_count"]), (&json!("Später <1>"), &json!(1_201)));
    let page: Value = ann.get(&format!("/api/lists/{list}/videos?limit=1")).await.json().await.unwrap();
    let videos = document["videos"].as_array().unwrap();
    assert_eq!((videos.len(), &videos[0]), (1_201, &page["items"][0]));
    let html = exported(&ann, list, "html").await;
    assert!(html.starts_with("<!DOCTYPE NETSCAPE-Bookmark-file-1>") && html.contains(">Später &lt;1&gt;</H3>"), "{}", &html[..500]);
    assert_eq!(html.matches("<DT><A HREF=\"https://www.youtube.com/watch?v=").count(), 1_201);
    assert!(html.contains(">=Title, &quot;v0000000001&quot; &lt;ü&gt;</A>") && html.ends_with("</DL><p>\n</DL><p>\n"));
}

#[tokio::test]
async fn export_has_a_file_name_and_is_only_for_its_owner() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let (bob, _) = site.user("bob@example.org").await;
    let list = ann.list("Später ♥").await;
    let path = format!("/api/lists/{list}/export");
    let response = ann.get(&path).await;
    assert_eq!(response.headers()["content-type"], "text/csv; charset=utf-8");
    let name = "attachment; filename=\"Sp_ter _.csv\"; filename*=UTF-8''Sp%C3%A4ter%20%E2%99%A5.csv";
    assert_eq!(response.headers()["content-disposition"], name);
    assert_eq!(response.text().await.unwrap().lines().count(), 1, "an empty list has its header");
    assert_eq!(exported(&ann, list, "json").await.matches("\"videos\":[").count(), 1);
    assert_eq!(problem(bob.get(&path).await).await, (403, "list_forbidden".into()));
    assert_eq!(problem(site.browser().get(&path).await).await, (401, "signed_out".into()));
    assert_eq!(problem(ann.get(&format!("/api/lists/{}/export", Uuid::new_v4())).await).await, (404, "list_not_found".into()));
    assert_eq!(problem(ann.get(&format!("{path}?format=xlsx")).await).await, (400, "bad_query".into()));
}
