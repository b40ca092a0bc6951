//! Importing archives into lists; previews, which store nothing.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::site::{Browser, Site, problem};
use crate::support::{database::Database, zip::zip};

const MUSIC: &str = "Video ID,Playlist Video Creation Timestamp\ndQw4w9WgXcQ,2024-01-02T03:04:05+00:00\n-bcdefghijk,2024-01-03T03:04:05+00:00\n";
const COOKING: &str = "Video ID,Playlist Video Creation Timestamp\nnot-an-id,2024-01-02T03:04:05+00:00\ndQw4w9WgXcQ,2024-01-02T03:04:05+00:00\n\
    dQw4w9WgXcQ,2024-01-02T03:04:05+00:00\n,2024-01-02T03:04:05+00:00\n";
const CONTENTS: &str =
    "Playlist ID,Add new videos to top,Playlist Title (Original),Playlist Visibility\nPL1,False,Music,Private\nPL2,False,Cooking: slow,Private\n";

fn takeout(music: &str) -> Vec<u8> {
    zip(&[
        ("Takeout/archive_browser.html", b"<!DOCTYPE html><html><title>Google</title></html>"),
        ("Takeout/YouTube/playlists/Cooking_ slow-videos.csv", COOKING.as_bytes()),
        ("Takeout/YouTube/playlists/playlists.csv", CONTENTS.as_bytes()),
        (&format!("Takeout/YouTube/playlists/{music}-videos.csv"), MUSIC.as_bytes()),
        ("Takeout/YouTube/subscriptions/subscriptions.csv", b"Channel Id,Channel Url,Channel Title\n"),
    ])
}

async fn ok(ann: &Browser, path: &str, file: &[u8]) -> Value {
    let response = ann.send_file(path, "takeout.zip", file).await;
    assert_eq!(response.status(), StatusCode::OK);
    response.json().await.unwrap()
}

/// Name, counts, and whether there is a job.
fn summary(result: &Value) -> Vec<Value> {
    let lists = result["jobs"].as_array().unwrap().iter();
    lists.map(|list| json!([list["list_name"], list["accepted"], list["duplicates"], list["rejected_count"], list["job_id"].is_string()])).collect()
}

async fn archive_is_previewed_and_imported_into_lists(database: Database) {
    let site = Site::on(&database).await;
    let (ann, _) = site.user("ann@example.org").await;
    let before = database.dump().await;
    let preview = ok(&ann, "/api/imports?dry_run=true", &takeout("Music")).await;
    assert_eq!(database.dump().await, before);
    let expected = [json!(["Cooking: slow", 2, 1, 1, false]), json!(["Music", 2, 0, 0, false]), json!(["Not imported", 0, 0, 3, false])];
    assert_eq!(summary(&preview), expected);
    assert!(preview["jobs"].as_array().unwrap().iter().all(|list| list["list_id"].is_null() && list["format"] == "takeout_zip"));
    let rows = preview["jobs"][0]["first_rows"].as_array().unwrap();
    let verdicts: Vec<_> =
        rows.iter().map(|row| json!([row["line"], row["input"], row["verdict"], row["reason"].is_string(), row["invalid"]])).collect();
    let expected = [
        json!([2, "not-an-id", "accepted", true, true]),
        json!([3, "dQw4w9WgXcQ", "accepted", false, null]),
        json!([4, "dQw4w9WgXcQ", "duplicate", true, null]),
        json!([5, ",2024-01-02T03:04:05+00:00", "rejected", true, null]),
    ];
    assert_eq!((&preview["jobs"][0]["invalid"], &preview["jobs"][1]["invalid"]), (&json!(1), &Value::Null));
    assert_eq!(verdicts, expected);
    let skipped: Vec<_> = preview["jobs"][2]["rejected"].as_array().unwrap().iter().map(|line| line["reason"].as_str().unwrap()).collect();
    assert!(skipped[0].starts_with("“Takeout/archive_browser.html”: This is the contents page"), "{skipped:?}");
    assert!(skipped[1].contains("playlists.csv”: This is the table of contents"), "{skipped:?}");
    assert_eq!(
        skipped[2],
        "“Takeout/YouTube/subscriptions/subscriptions.csv”: This is the list of channels you are subscribed to; it holds no videos."
    );

    let imported = ok(&ann, "/api/imports", &takeout("Music")).await;
    let expected = [json!(["Cooking: slow", 2, 1, 1, true]), json!(["Music", 2, 0, 0, true]), json!(["Not imported", 0, 0, 3, false])];
    assert_eq!(summary(&imported), expected);
    for index in 0..3 {
        let skipped_part =
            |response: &Value| json!([response["jobs"][index]["rejected"], response["jobs"][index]["total"], response["jobs"][index]["format"]]);
        assert_eq!(skipped_part(&imported), skipped_part(&preview));
    }

    let before = database.dump().await;
    let again = ok(&ann, "/api/imports?dry_run=true", &takeout("Music")).await;
    let nothing_new = [json!(["Cooking: slow", 1, 2, 1, false]), json!(["Music", 0, 2, 0, false]), json!(["Not imported", 0, 0, 3, false])];
    assert_eq!(summary(&again), nothing_new, "a malformed id is accepted and fails in every import");
    assert_eq!(again["jobs"][1]["list_id"], imported["jobs"][1]["list_id"]);
    assert_eq!(database.dump().await, before);
}

async fn preview_counts_like_the_import(database: Database) {
    let site = Site::on(&database).await;
    let (ann, _) = site.user("ann@example.org").await;
    let list = ann.list("Mine").await;
    ann.upload(list, "a.txt", "-bcdefghijk\nabcdefghij1").await;
    // Over several chunks, with duplicates inside of the file, across them, and of the list.
    let text: String = (0..1300).map(|n| format!("https://youtu.be/{:011}\n", n % 900)).chain((0..150).map(|_| "nonsense\n".into())).collect();
    let text = format!("{text}-bcdefghijk\n");
    let path = format!("/api/lists/{list}/videos/bulk");
    let before = database.dump().await;
    let preview = ok(&ann, &format!("{path}?dry_run=true"), text.as_bytes()).await;
    assert_eq!(database.dump().await, before);
    let counts = json!([preview["total"], preview["accepted"], preview["duplicates"], preview["rejected_count"], preview["job_id"]]);
    assert_eq!(counts, json!([1451, 900, 401, 150, null]));
    assert_eq!((preview["first_rows"].as_array().unwrap().len(), preview["rejected"].as_array().unwrap().len()), (10, 100));
    let mut imported = ok(&ann, &path, text.as_bytes()).await;
    let mut preview = preview;
    for response in [&mut imported, &mut preview] {
        response.as_object_mut().unwrap().remove("job_id");
        response.as_object_mut().unwrap().remove("first_rows");
    }
    assert_eq!(imported, preview);
    let archive = ok(&ann, &path, &takeout("Music")).await;
    assert_eq!(json!([archive["format"], archive["accepted"], archive["duplicates"], archive["rejected_count"]]), json!(["takeout_zip", 2, 3, 4]));
    let refused = ann.send_file(&format!("{path}?dry_run=true"), "a", b"no videos here").await;
    assert_eq!(problem(refused).await, (422, "nothing_recognised".into()));
}

/// Files of rows that are drawn from everything a line can be, the same ids again and again.
async fn preview_shows_the_verdicts_of_the_receipt(database: Database) {
    let site = Site::on(&database).await;
    let (ann, _) = site.user("ann@example.org").await;
    let list = ann.list("Mine").await;
    let path = format!("/api/lists/{list}/videos/bulk");
    let mut random = fastrand::Rng::with_seed(7);
    let (mut kinds, mut receipts) = (BTreeSet::new(), 0);
    for _ in 0..30 {
        // As many rows as a preview shows.
        let rows: String = (0..10)
            .map(|_| {
                let id = match random.u8(0..10) {
                    0 => "too-short".to_owned(),
                    1 => String::new(),
                    _ => format!("{:011}", random.u32(0..60)),
                };
                let date = random.choice(["2024-01-02T03:04:05+00:00", "", "9024-01-02T03:04:05+00:00", "soon"]).unwrap();
                format!("{id},{date}\n")
            })
            .collect();
        let file = format!("Video ID,Playlist Video Creation Timestamp\n{rows}");
        let preview = ok(&ann, &format!("{path}?dry_run=true"), file.as_bytes()).await;
        let imported = ok(&ann, &path, file.as_bytes()).await;
        assert_eq!(preview["accepted"], imported["accepted"], "{file}");
        let Some(job) = imported["job_id"].as_str() else { continue };
        let receipt: Value = ann.get(&format!("/api/jobs/{job}/items")).await.json().await.unwrap();
        let part = |row: &Value| {
            // Why a malformed id fails is stored when it is tried.
            let reason = if row["invalid"] == true { &Value::Null } else { &row["reason"] };
            json!([row["line"], row["input"], row["verdict"], reason, row["invalid"]])
        };
        let parts = |rows: &Value| rows.as_array().unwrap().iter().map(part).collect::<Vec<_>>();
        let expected = parts(&preview["first_rows"]);
        assert_eq!(parts(&receipt["items"]), expected, "{file}");
        kinds.extend(expected.iter().map(|row| {
            let reason = row[3].as_str().unwrap_or_default().trim_end_matches(|c: char| c.is_ascii_digit());
            format!("{} {} {reason}", row[2], row[4])
        }));
        receipts += 1;
    }
    assert!(receipts > 10, "only {receipts} receipts were compared");
    assert!(kinds.len() >= 6, "new, noted, malformed, in the list, on a line, rejected: {kinds:#?}");
}

macro_rules! on_both {
    ($($test:ident),+) => {
        mod postgres {
            $(#[tokio::test] async fn $test() { super::$test(super::Database::postgres().await).await; })+
        }
        mod sqlite {
            $(#[tokio::test] async fn $test() { super::$test(super::Database::sqlite().await).await; })+
        }
    };
}
on_both! {
    archive_is_previewed_and_imported_into_lists, preview_counts_like_the_import, preview_shows_the_verdicts_of_the_receipt
}

#[tokio::test]
async fn renamed_playlist_is_matched_by_its_id() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let first = ok(&ann, "/api/imports", &takeout("Music")).await;
    let renamed = CONTENTS.replace("Music", "Songs");
    let songs = format!("{MUSIC}abcdefghij1,2024-01-04T03:04:05+00:00\n");
    let again = ok(&ann, "/api/imports", &zip(&[("playlists.csv", renamed.as_bytes()), ("Songs-videos.csv", songs.as_bytes())])).await;
    assert_eq!(again["jobs"][0]["list_id"], first["jobs"][1]["list_id"]);
    assert_eq!(summary(&again)[0], json!(["Music", 1, 2, 0, true]));
}

#[tokio::test]
async fn single_file_becomes_a_list_with_its_name() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let response: Value = ann.send_file("/api/imports", "Tours 2024-videos.csv", MUSIC.as_bytes()).await.json().await.unwrap();
    assert_eq!(summary(&response), [json!(["Tours 2024", 2, 0, 0, true])]);
    assert_eq!(problem(ann.send_file("/api/imports", "a.csv", b"no videos here").await).await, (422, "nothing_recognised".into()));
}
