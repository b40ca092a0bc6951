//! Pages as the server renders them.

use reqwest::{Method, header};

use super::site::Site;

#[tokio::test]
async fn title_is_escaped_when_a_name_looks_like_markup() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let list = ann.list("</title><b>A & B").await;
    let title = |html: &str| {
        let (before, rest) = html.split_once("<title>").expect("a page has a title");
        let (title, after) = rest.split_once("</title>").unwrap();
        assert!(!before.contains("</title>") && !after.contains("</title>"), "nothing else ends a title: {html}");
        title.to_owned()
    };
    let page = async |path: String| title(&ann.get(&path).await.text().await.unwrap());
    assert_eq!(page(format!("/lists/{list}")).await, "&lt;/title&gt;&lt;b&gt;A &amp; B – Playmarks");

    // A job is called after its file, or after the link that was added.
    let uploaded: serde_json::Value = ann.upload(list, "<b>&lt;.txt", "video000001").await.json().await.unwrap();
    assert_eq!(page(format!("/jobs/{}", uploaded["job_id"].as_str().unwrap())).await, "&lt;b&gt;&amp;lt;.txt – Playmarks");
    let link = "https://youtu.be/dQw4w9WgXcQ?x=</title><b>";
    let added = ann.post(&format!("/api/lists/{list}/videos"), &serde_json::json!({ "url": link })).await;
    assert_eq!(added.status(), 201);
    let jobs: serde_json::Value = ann.get("/api/jobs").await.json().await.unwrap();
    let job = &jobs["items"][0];
    assert_eq!(job["source_name"], link);
    assert_eq!(page(format!("/jobs/{}", job["id"].as_str().unwrap())).await, "https://youtu.be/dQw4w9WgXcQ?x=&lt;/title&gt;&lt;b&gt; – Playmarks");
}

#[tokio::test]
async fn visitor_is_redirected_to_sign_in_when_a_page_is_private() {
    let site = Site::start().await;
    let nobody = site.browser();
    let id = uuid::Uuid::from_u128(1);
    for path in ["/lists", "/jobs", "/account", &format!("/lists/{id}"), &format!("/jobs/{id}"), "/jobs/none?show=rejected"] {
        for method in [Method::GET, Method::HEAD] {
            let response = nobody.send(method, path).await;
            assert_eq!((response.status().as_u16(), response.headers()[header::LOCATION].to_str().unwrap()), (303, "/sign-in"), "{path}");
        }
    }
    for (path, status) in [("/", 200), ("/sign-in", 200), ("/sign-up", 200), ("/nowhere", 404), ("/lists/one/two", 404)] {
        assert_eq!(nobody.get(path).await.status().as_u16(), status, "{path}");
    }
}

#[tokio::test]
async fn names_are_isolated_from_the_text_around_them() {
    let site = Site::start().await;
    let (ann, body) = site.user("ann@example.org").await;
    let user_id = serde_json::from_value(body["user"]["id"].clone()).unwrap();
    // As an earlier version may have stored it.
    let list = site.state.store.create_list(user_id, "a\u{202e}gpj").await.unwrap().id;
    let uploaded: serde_json::Value = ann.upload(list, "b.txt", "video000001").await.json().await.unwrap();
    let job = uploaded["job_id"].as_str().unwrap();
    for (path, isolated) in [
        (format!("/lists/{list}"), "<bdi>a\u{202e}gpj</bdi>"),
        (format!("/lists/{list}"), "<title>agpj – Playmarks</title>"),
        ("/lists".into(), "dir=\"auto\">a\u{202e}gpj</a>"),
        ("/jobs".into(), "dir=\"auto\">b.txt</a>"),
        (format!("/jobs/{job}"), "<bdi>b.txt</bdi>"),
        (format!("/jobs/{job}"), "<bdi>video000001</bdi>"),
        ("/account".into(), "<bdi>ann@example.org</bdi>"),
    ] {
        let html = ann.get(&path).await.text().await.unwrap();
        assert!(html.contains(isolated), "{path}: {isolated} in {html}");
    }
}
