//! Lists, and videos of a list.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::site::{Site, problem};

#[tokio::test]
async fn list_is_created_renamed_and_deleted() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let created = ann.post("/api/lists", &json!({ "name": "  To watch " })).await;
    assert_eq!(created.status(), StatusCode::CREATED);
    let location = created.headers()["location"].to_str().unwrap().to_owned();
    let list: Value = created.json().await.unwrap();
    assert_eq!((&list["name"], &list["video_count"], &list["active_jobs"]), (&json!("To watch"), &json!(0), &json!(0)));
    assert_eq!(ann.get(&location).await.json::<Value>().await.unwrap(), list);
    assert_eq!(ann.get("/api/lists").await.json::<Value>().await.unwrap(), json!({ "items": [list], "next_cursor": null }));

    let renamed = ann.request(Method::PATCH, &location).json(&json!({ "name": "Watched" })).send().await.unwrap();
    assert_eq!(renamed.json::<Value>().await.unwrap()["name"], "Watched");
    let refused = ann.request(Method::PATCH, &location).json(&json!({ "name": " " })).send().await.unwrap();
    assert_eq!(problem(refused).await, (422, "bad_name".into()));

    assert_eq!(ann.send(Method::DELETE, &location).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(problem(ann.get(&location).await).await, (404, "list_not_found".into()));
}

#[tokio::test]
async fn list_is_forbidden_to_others_and_not_found_when_unknown() {
    let site = Site::start().await;
    let ((ann, _), (bob, _)) = (site.user("ann@example.org").await, site.user("bob@example.org").await);
    let list = ann.list("Hers").await;
    let calls = [(Method::GET, ""), (Method::DELETE, ""), (Method::GET, "/videos"), (Method::DELETE, "/videos/00000000-0000-0000-0000-000000000000")];
    for (method, path) in calls {
        let ask = async |id: &str| problem(bob.send(method.clone(), &format!("/api/lists/{id}{path}")).await).await;
        assert_eq!(ask(&list.to_string()).await, (403, "list_forbidden".into()), "{method} {path}");
        assert_eq!(ask(&Uuid::nil().to_string()).await, (404, "list_not_found".into()), "{method} {path}");
        assert_eq!(ask("no-id").await, (404, "not_found".into()), "{method} {path}");
        assert_eq!(site.browser().send(method.clone(), &format!("/api/lists/{list}{path}")).await.status(), StatusCode::UNAUTHORIZED);
    }
    let upload = bob.upload(list, "a.txt", "dQw4w9WgXcQ").await;
    assert_eq!(problem(upload).await, (403, "list_forbidden".into()));
    assert_eq!(ann.get(&format!("/api/lists/{list}")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn single_video_is_imported_once() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let list = ann.list("Mine").await;
    let path = format!("/api/lists/{list}/videos");
    let added = ann.post(&path, &json!({ "url": " https://youtu.be/dQw4w9WgXcQ?t=3 " })).await;
    assert_eq!(added.status(), StatusCode::CREATED);
    let video: Value = added.json().await.unwrap();
    assert_eq!((&video["youtube_id"], &video["status"], &video["position"]), (&json!("dQw4w9WgXcQ"), &json!("pending"), &json!(1)));
    let jobs: Value = ann.get("/api/jobs?state=active").await.json().await.unwrap();
    assert_eq!((&jobs["items"][0]["total_videos"], &jobs["items"][0]["source_name"]), (&json!(1), &json!("https://youtu.be/dQw4w9WgXcQ?t=3")));

    let again = ann.post(&path, &json!({ "url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ" })).await;
    assert_eq!(again.status(), StatusCode::OK);
    assert_eq!(again.json::<Value>().await.unwrap()["id"], video["id"]);
    assert_eq!(problem(ann.post(&path, &json!({ "url": "https://vimeo.com/1" })).await).await, (422, "not_a_video".into()));

    let id = video["id"].as_str().unwrap();
    assert_eq!(ann.send(Method::DELETE, &format!("{path}/{id}")).await.status(), StatusCode::NO_CONTENT);
    let left: Value = ann.get(&path).await.json().await.unwrap();
    assert_eq!(left["items"], json!([]));
}

#[tokio::test]
async fn videos_are_paged_filtered_and_deleted() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let list = ann.list("Mine").await;
    let ids: Vec<String> = (0..25).map(|n| format!("video{n:06}")).collect();
    assert_eq!(ann.upload(list, "a.txt", &ids.join("\n")).await.status(), StatusCode::OK);
    let path = format!("/api/lists/{list}/videos");
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page: Value = ann.get(&format!("{path}?limit=10&status=&q=&cursor={cursor}")).await.json().await.unwrap();
        seen.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen.iter().map(|video| video["youtube_id"].as_str().unwrap()).collect::<Vec<_>>(), ids);
    let found: Value = ann.get(&format!("{path}?q=video000007")).await.json().await.unwrap();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    assert_eq!(problem(ann.get(&format!("{path}?cursor=created-up")).await).await, (400, "bad_cursor".into()));
    assert_eq!(problem(ann.get(&format!("{path}?sort=odd")).await).await, (400, "bad_query".into()));

    let some: Vec<&Value> = seen[..20].iter().map(|video| &video["id"]).collect();
    assert_eq!(ann.post(&format!("{path}/delete"), &json!({ "ids": some })).await.status(), StatusCode::NO_CONTENT);
    let left: Value = ann.get(&path).await.json().await.unwrap();
    assert_eq!(left["items"].as_array().unwrap().len(), 5);
    let many = vec![Uuid::nil(); 1001];
    assert_eq!(problem(ann.post(&format!("{path}/delete"), &json!({ "ids": many })).await).await, (422, "too_many_ids".into()));
}
