//! Uploads and receipts.

use reqwest::{StatusCode, multipart};
use serde_json::{Value, json};

use super::site::{Site, problem};

const TAKEOUT: &str = "Video ID,Playlist Video Creation Timestamp\n\
    dQw4w9WgXcQ,2024-01-02T03:04:05+00:00\n\
    -bcdefghijk,2024-01-02T03:04:05+00:00\n\
    dQw4w9WgXcQ,2024-01-02T03:04:05+00:00\n\
    =malformed(),2024-01-02T03:04:05+00:00\n";

#[tokio::test]
async fn upload_creates_a_job_with_a_verdict_for_every_line() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let list = ann.list("Mine").await;
    let response = ann.upload(list, "../My list.csv", TAKEOUT).await;
    assert_eq!(response.status(), StatusCode::OK);
    let result: Value = response.json().await.unwrap();
    let job = result["job_id"].as_str().unwrap();
    let counts =
        json!({ "job_id": job, "format": "takeout", "total": 4, "accepted": 3, "invalid": 1, "duplicates": 1, "rejected": [], "rejected_count": 0 });
    assert_eq!(result, counts);

    let seen: Value = ann.get(&format!("/api/jobs/{job}")).await.json().await.unwrap();
    let shown = json!([seen["source_name"], seen["status"], seen["total_videos"], seen["state"]["seq"], seen["state"]["message"]]);
    assert_eq!(shown, json!(["My list.csv", "pending", 3, 1, "Starting processing..."]));

    let items: Value = ann.get(&format!("/api/jobs/{job}/items?verdict=duplicate")).await.json().await.unwrap();
    assert_eq!((items["items"].as_array().unwrap().len(), &items["items"][0]["line"]), (1, &json!(4)));

    let again: Value = ann.upload(list, "again.csv", "dQw4w9WgXcQ").await.json().await.unwrap();
    assert_eq!((&again["job_id"], &again["duplicates"]), (&Value::Null, &json!(1)));
}

#[tokio::test]
async fn receipt_is_safe_to_open_and_can_be_uploaded_again() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let list = ann.list("Mine").await;
    let result: Value = ann.upload(list, "a.csv", TAKEOUT).await.json().await.unwrap();
    let job = result["job_id"].as_str().unwrap();
    let response = ann.get(&format!("/api/jobs/{job}/receipt.csv")).await;
    assert_eq!(response.headers()["content-type"], "text/csv; charset=utf-8");
    assert_eq!(response.headers()["content-disposition"], format!("attachment; filename=\"receipt-{job}.csv\""));
    let receipt = response.text().await.unwrap();
    let lines: Vec<&str> = receipt.lines().collect();
    assert_eq!(lines.len(), 5);
    assert_eq!(lines[0], "line,video,verdict,outcome,cause,reason");
    assert_eq!(lines[1], "2,dQw4w9WgXcQ,accepted,,,");
    assert_eq!(lines[2], "3,'-bcdefghijk,accepted,,,");
    assert!(lines[4].starts_with("5,'=malformed(),accepted,"), "{}", lines[4]);

    let other = ann.list("Again").await;
    let result: Value = ann.upload(other, "receipt.csv", &receipt).await.json().await.unwrap();
    assert_eq!((&result["accepted"], &result["duplicates"]), (&json!(2), &json!(1)), "{result}");
}

#[tokio::test]
async fn corrected_receipt_imports_what_was_malformed() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let list = ann.list("Mine").await;
    let result: Value = ann.upload(list, "a.csv", TAKEOUT).await.json().await.unwrap();
    let receipt = ann.get(&format!("/api/jobs/{}/receipt.csv", result["job_id"].as_str().unwrap())).await.text().await.unwrap();
    let corrected = receipt.replace("'=malformed()", "9bZkp7q19f0");
    assert_ne!(corrected, receipt);
    let again: Value = ann.upload(list, "receipt.csv", &corrected).await.json().await.unwrap();
    assert_eq!((&again["accepted"], &again["duplicates"], &again["rejected_count"]), (&json!(1), &json!(3), &json!(0)), "{again}");
    let videos: Value = ann.get(&format!("/api/lists/{list}/videos")).await.json().await.unwrap();
    let ids: Vec<&str> = videos["items"].as_array().unwrap().iter().map(|video| video["youtube_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["dQw4w9WgXcQ", "-bcdefghijk", "9bZkp7q19f0"], "existing videos keep their positions");
    let job = again["job_id"].as_str().unwrap();
    let found: Value = ann.get(&format!("/api/jobs/{job}/items?q=9BZKP")).await.json().await.unwrap();
    assert_eq!((found["items"].as_array().unwrap().len(), &found["items"][0]["verdict"]), (1, &json!("accepted")));
}

#[tokio::test]
async fn malformed_id_is_not_called_new() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let list = ann.list("Mine").await;
    let result: Value = ann.upload(list, "a.csv", TAKEOUT).await.json().await.unwrap();
    let job = result["job_id"].as_str().unwrap();
    let lines = async |filter: &str| -> Vec<Value> {
        let items: Value = ann.get(&format!("/api/jobs/{job}/items{filter}")).await.json().await.unwrap();
        items["items"].as_array().unwrap().iter().map(|item| json!([item["line"], item["verdict"], item["invalid"]])).collect()
    };
    assert_eq!(lines("?invalid=true").await, [json!([5, "accepted", true])]);
    assert_eq!(lines("?verdict=accepted&invalid=false").await, [json!([2, "accepted", null]), json!([3, "accepted", null])]);

    let page = ann.get(&format!("/jobs/{job}?show=invalid")).await.text().await.unwrap();
    for text in ["New (2)", "Not an id (1)", "=malformed()"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let row = page.split("id=\"line-5\"").nth(1).unwrap().split("</tr>").next().unwrap();
    assert!(row.contains("Not an id") && !row.contains(">New<") && !page.contains("id=\"line-2\""), "{row}");

    for (path, wanted) in [("preview", "2 new"), ("import", "0 new, 3 already there, 1 not an id, 0 rejected")] {
        let other = if path == "preview" { ann.list("Other").await } else { list };
        let shown = ann.send_file(&format!("/lists/{other}/upload/{path}"), "a.csv", TAKEOUT.as_bytes()).await.text().await.unwrap();
        assert!(shown.contains(wanted), "{shown}");
        if path == "preview" {
            assert!(shown.contains("Import 2 videos") && shown.contains("1 not an id") && shown.contains(">Not an id</span>"), "{shown}");
        }
    }
}

#[tokio::test]
async fn note_on_an_accepted_line_is_shown_and_its_receipt_can_be_uploaded() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let list = ann.list("Mine").await;
    let file = "video_id,added\nhttps://yewtu.be/watch?v=dQw4w9WgXcQ,\n9bZkp7q19f0,0001-01-01T00:00:00Z\nnot-an-id,\n";
    let path = format!("/lists/{list}/upload/preview");
    let shown = ann.send_file(&path, "a.csv", file.as_bytes()).await.text().await.unwrap();
    let notes = ["Read from a link to yewtu.be", "date for this video was left out"];
    for note in notes {
        assert!(shown.contains(note), "{note}: {shown}");
    }
    let result: Value = ann.upload(list, "a.csv", file).await.json().await.unwrap();
    let job = result["job_id"].as_str().unwrap();
    let items: Value = ann.get(&format!("/api/jobs/{job}/items")).await.json().await.unwrap();
    let page = ann.get(&format!("/jobs/{job}")).await.text().await.unwrap();
    let receipt = ann.get(&format!("/api/jobs/{job}/receipt.csv")).await.text().await.unwrap();
    for (line, note) in notes.iter().enumerate() {
        assert!(items["items"][line]["reason"].as_str().unwrap().contains(note), "{items}");
        assert!(page.contains(note) && receipt.contains(note), "{note}: {receipt}");
    }
    let corrected = receipt.replace("not-an-id", "video000001");
    let again: Value = ann.upload(list, "receipt.csv", &corrected).await.json().await.unwrap();
    assert_eq!(json!([again["accepted"], again["invalid"], again["duplicates"], again["rejected_count"]]), json!([1, null, 2, 0]), "{again}");
}

#[tokio::test]
async fn long_receipt_is_complete() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let list = ann.list("Mine").await;
    let ids: Vec<String> = (0..2500).map(|n| format!("video{n:06}")).collect();
    let result: Value = ann.upload(list, "a.txt", &ids.join("\n")).await.json().await.unwrap();
    let receipt = ann.get(&format!("/api/jobs/{}/receipt.csv", result["job_id"].as_str().unwrap())).await.text().await.unwrap();
    let seen: Vec<&str> = receipt.lines().skip(1).map(|line| line.split(',').nth(1).unwrap()).collect();
    assert_eq!(seen, ids);
}

#[tokio::test]
async fn refused_upload_stores_nothing() {
    let site = Site::with(|settings| settings.max_upload_mib = 1).await;
    let (ann, _) = site.user("ann@example.org").await;
    let list = ann.list("Mine").await;
    let large = "https://youtu.be/dQw4w9WgXcQ\n".repeat(40_000);
    for (content, status, code) in [("", 422, "empty_file"), ("no videos here", 422, "nothing_recognised"), (large.as_str(), 413, "too_large")] {
        assert_eq!(problem(ann.upload(list, "a.txt", content).await).await, (status, code.into()));
    }
    let path = format!("/api/lists/{list}/videos/bulk");
    let form = multipart::Form::new().text("other", "dQw4w9WgXcQ");
    let response = ann.request(reqwest::Method::POST, &path).multipart(form).send().await.unwrap();
    assert_eq!(problem(response).await, (422, "file_missing".into()));
    assert_eq!(problem(ann.post(&path, &json!({})).await).await, (415, "multipart_expected".into()));
    let videos: Value = ann.get(&format!("/api/lists/{list}/videos")).await.json().await.unwrap();
    let jobs: Value = ann.get("/api/jobs").await.json().await.unwrap();
    assert_eq!((&videos["items"], &jobs["items"]), (&json!([]), &json!([])));
}
