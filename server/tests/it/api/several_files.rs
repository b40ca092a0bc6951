//! Several files in one upload: a job per file and playlist, and what is refused is named.

use reqwest::{StatusCode, header};
use serde_json::{Value, json};

use super::site::{Browser, Site, problem};
use crate::support::zip::zip;

const MUSIC: &[u8] = b"Video ID,Playlist Video Creation Timestamp\ndQw4w9WgXcQ,2024-01-02T03:04:05+00:00\n-bcdefghijk,2024-01-03T03:04:05+00:00\n";
const LINKS: &[u8] = b"https://youtu.be/video000001\nhttps://youtu.be/video000002\nhttps://youtu.be/video000003\n";
const CONTENTS: &[u8] = b"Playlist ID,Add new videos to top,Playlist Title (Original),Playlist Visibility\nPL1,False,Music: old & new,Private\n";
const CHANNELS: &[u8] = b"Channel Id,Channel Url,Channel Title\n";

async fn ok(ann: &Browser, path: &str, files: &[(&str, &[u8])]) -> Value {
    let response = ann.send_files(path, files).await;
    assert_eq!(response.status(), StatusCode::OK);
    response.json().await.unwrap()
}

/// Name, file, format, counts, and whether there is a job.
fn summary(result: &Value) -> Vec<Value> {
    let list_summary = |list: &Value| {
        json!([list["list_name"], list["source_name"], list["format"], list["accepted"], list["rejected_count"], list["job_id"].is_string()])
    };
    result["jobs"].as_array().unwrap().iter().map(list_summary).collect()
}

#[tokio::test]
async fn each_file_becomes_a_job_and_a_refused_one_is_named() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let archive = zip(&[("Takeout/playlists/Later-videos.csv", MUSIC)]);
    let files: [(&str, &[u8]); 5] = [
        ("Tours-videos.csv", MUSIC),
        ("subscriptions.csv", CHANNELS),
        ("links.txt", LINKS),
        ("broken.zip", b"PK\x03\x04...."),
        ("takeout.zip", &archive),
    ];
    let refused = |result: &Value| {
        let rejected = result["jobs"].as_array().unwrap().last().unwrap()["rejected"].clone();
        let rejection = |line: &Value| (line["is_file"] == json!(true), line["reason"].as_str().unwrap().to_owned());
        rejected.as_array().unwrap().iter().map(rejection).collect::<Vec<_>>()
    };
    let preview = ok(&ann, "/api/imports?dry_run=true", &files).await;
    let imported = ok(&ann, "/api/imports", &files).await;
    for (result, stored) in [(&preview, false), (&imported, true)] {
        let expected = [
            json!(["Tours", "Tours-videos.csv", "takeout", 2, 0, stored]),
            json!(["links", "links.txt", "links", 3, 0, stored]),
            json!(["Later", "takeout.zip", "takeout", 2, 0, stored]),
            json!(["Not imported", null, "takeout", 0, 2, false]),
        ];
        assert_eq!(summary(result), expected);
        let [(true, first), (true, second)] = &refused(result)[..] else { panic!("{result}") };
        assert!(first.starts_with("“subscriptions.csv”: This is the list of channels"), "{first}");
        assert!(second.starts_with("“broken.zip”: This ZIP archive is damaged"), "{second}");
    }
    let jobs: Value = ann.get("/api/jobs").await.json().await.unwrap();
    let mut names: Vec<&str> = jobs["items"].as_array().unwrap().iter().map(|job| job["source_name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Tours-videos.csv", "links.txt", "takeout.zip"], "a job is called like its file");

    let shown = ann.send_files("/imports/preview", &files).await.text().await.unwrap();
    for text in
        ["Import <bdi>5 files</bdi>?", "Several formats", "from <bdi>links.txt</bdi>", "2 files are not lists of videos", "There is nothing new"]
    {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    assert!(!shown.contains("Line 1"), "{shown}");
}

#[tokio::test]
async fn files_of_one_folder_belong_together() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let files: [(&str, &[u8]); 5] = [
        ("Takeout/YouTube/playlists/Music_ old _ new-videos.csv", MUSIC),
        ("Takeout/YouTube/playlists/playlists.csv", CONTENTS),
        ("Takeout/YouTube/elsewhere/table.csv", b"video_id,note\nvideo000001,A note\n"),
        ("Takeout/.DS_Store", b"\0\0\0\x01Bud1"),
        ("mine.csv", b"video_id\nvideo000009\n"),
    ];
    let imported = ok(&ann, "/api/imports", &files).await;
    let lists = &summary(&imported)[..2];
    let expected =
        [json!(["Music: old & new", "Music_ old _ new-videos.csv", "takeout", 2, 0, true]), json!(["mine", "mine.csv", "csv", 1, 0, true])];
    assert_eq!(lists, expected, "the title comes from the table beside it, and a file that was chosen by itself is meant");
    let refused: Vec<&str> = imported["jobs"][2]["rejected"].as_array().unwrap().iter().map(|line| line["reason"].as_str().unwrap()).collect();
    assert!(refused[0].contains("playlists.csv”: This is the table of contents") && refused[1].contains("elsewhere/table.csv”"), "{refused:?}");
    assert_eq!(refused.len(), 2);
}

#[tokio::test]
async fn upload_of_nothing_but_refused_files_stores_nothing() {
    let site = Site::with(|settings| settings.max_archive_entries = 3).await;
    let (ann, _) = site.user("ann@example.org").await;
    let response = ann.send_files("/api/imports", &[("a.csv", CHANNELS), ("b.txt", b"no videos here"), ("c.txt", b"")]).await;
    let status = response.status();
    let refused: Value = response.json().await.unwrap();
    assert_eq!((status.as_u16(), &refused["code"]), (422, &json!("nothing_recognised")));
    for name in ["“a.csv”", "“b.txt”", "“c.txt”"] {
        assert!(refused["detail"].as_str().unwrap().contains(name), "{refused}");
    }
    let litter = ann.send_files("/api/imports", &[(".DS_Store", b"x"), ("x/Thumbs.db", b"x")]).await;
    assert_eq!(problem(litter).await, (422, "empty_file".into()));
    let four = ann.send_files("/api/imports?dry_run=true", &[("a", LINKS), ("b", LINKS), ("c", LINKS), ("d", LINKS)]).await;
    assert_eq!(problem(four).await, (422, "too_many_entries".into()));
    let lists: Value = ann.get("/api/lists").await.json().await.unwrap();
    assert_eq!(lists["items"], json!([]));
}

#[tokio::test]
async fn limit_of_an_upload_is_that_of_all_files_together() {
    let site = Site::with(|settings| settings.max_upload_mib = 1).await;
    let (ann, _) = site.user("ann@example.org").await;
    let half = LINKS.repeat((1 << 19) / LINKS.len());
    let ok = ann.send_files("/api/imports?dry_run=true", &[("a", &half), ("b", LINKS)]).await;
    assert_eq!(ok.status(), StatusCode::OK);
    let over = ann.send_files("/api/imports?dry_run=true", &[("a", &half), ("b", &half), ("c", LINKS)]).await;
    assert_eq!(problem(over).await, (413, "too_large".into()));
}

#[tokio::test]
async fn one_list_takes_one_file_at_a_time() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let list = ann.list("Mine").await;
    for path in ["videos/bulk", "videos/bulk?dry_run=true"] {
        let refused = ann.send_files(&format!("/api/lists/{list}/{path}"), &[("a.csv", MUSIC), ("b.txt", LINKS)]).await;
        assert_eq!(problem(refused).await, (422, "one_file_only".into()), "{path}");
    }
    let refused = ann.send_files(&format!("/lists/{list}/upload"), &[("a.csv", MUSIC), ("b.txt", LINKS)]).await;
    assert_eq!(refused.headers()[header::LOCATION], format!("/lists/{list}?problem=one_file_only"));
    let page = ann.get(&format!("/lists/{list}?problem=one_file_only")).await.text().await.unwrap();
    assert!(page.contains("Only one file at a time can go into a list."), "{page}");
    let videos: Value = ann.get(&format!("/api/lists/{list}/videos")).await.json().await.unwrap();
    assert_eq!(videos["items"], json!([]));
}

#[tokio::test]
async fn plain_form_takes_several_files() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let form = ann.get("/lists").await.text().await.unwrap();
    assert!(form.contains(" multiple"), "{form}");
    let both = ann.send_files("/imports", &[("a.csv", MUSIC), ("b.txt", LINKS)]).await;
    assert_eq!((both.status(), &both.headers()[header::LOCATION]), (StatusCode::SEE_OTHER, &"/jobs".parse().unwrap()));
    let one = ann.send_files("/imports", &[("c.csv", MUSIC), ("subscriptions.csv", CHANNELS)]).await;
    let page = one.headers()[header::LOCATION].to_str().unwrap().to_owned();
    assert_eq!(page, "/lists?problem=some_files_refused");
    assert!(ann.get(&page).await.text().await.unwrap().contains("Some of the files were not imported"));
    let jobs: Value = ann.get("/api/jobs").await.json().await.unwrap();
    assert_eq!(jobs["items"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn preview_into_a_new_list_makes_none() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    ok(&ann, "/api/imports", &[("Music-videos.csv", MUSIC)]).await;
    let preview = ok(&ann, "/api/imports?dry_run=true&new_list=Tours%20%26%20more", &[("Music-videos.csv", MUSIC)]).await;
    assert_eq!(summary(&preview), [json!(["Tours & more", null, "takeout", 2, 0, false])], "into a new list everything is new");
    let refused = ann.send_files("/api/imports?new_list=Tours", &[("a.csv", MUSIC)]).await;
    assert_eq!(problem(refused).await, (422, "dry_run_only".into()));
    let lists: Value = ann.get("/api/lists").await.json().await.unwrap();
    assert_eq!(lists["items"].as_array().unwrap().len(), 1);
}
