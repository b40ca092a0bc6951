//! Headers that every response has, and requests that are refused for theirs.

use reqwest::{Method, StatusCode, header::HeaderValue};
use serde_json::{Value, json};
use server::config::Switch;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::site::{PASSWORD, Site, problem};

#[tokio::test]
async fn responses_are_not_stored_and_only_for_their_own_origin() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let list = ann.list("Mine").await;
    ann.upload(list, "videos.txt", "dQw4w9WgXcQ\n").await;
    let job = ann.get("/api/jobs").await.json::<Value>().await.unwrap()["items"][0]["id"].as_str().unwrap().to_owned();
    for (path, status) in [
        ("/api/lists".to_owned(), 200),
        (format!("/api/lists/{list}/export?format=csv"), 200),
        (format!("/api/jobs/{job}/receipt.csv"), 200),
        ("/api/nothing".to_owned(), 404),
        ("/api/lists/00000000-0000-0000-0000-000000000000".to_owned(), 404),
        ("/api/ws/progress".to_owned(), 401),
        (format!("/lists/{list}"), 200),
        ("/healthz".to_owned(), 200),
    ] {
        let response = ann.get(&path).await;
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(response.headers()["cache-control"], "no-store", "{path}");
        assert_eq!(response.headers()["cross-origin-resource-policy"], "same-origin", "{path}");
        assert!(!response.headers().contains_key("strict-transport-security"), "{path}: it is plain HTTP");
    }
    let secure = Site::with(|settings| settings.public_url = "https://marks.example.org".parse().ok()).await;
    assert_eq!(secure.browser().get("/healthz").await.headers()["strict-transport-security"], "max-age=31536000");
}

#[tokio::test]
async fn request_for_another_name_is_refused_when_the_own_name_is_known() {
    let site = Site::with(|settings| settings.public_url = "https://marks.example.org".parse().ok()).await;
    let get = async |host: &str, path: &str| site.browser().bare_request(Method::GET, path).header("host", host).send().await.unwrap();
    assert_eq!(problem(get("evil.example", "/api/lists").await).await, (421, "unknown_host".into()));
    assert_eq!(problem(get("evil.example", "/").await).await, (421, "unknown_host".into()));
    for host in ["marks.example.org", "127.0.0.1:1", "localhost"] {
        assert_eq!(get(host, "/api/lists").await.status(), StatusCode::UNAUTHORIZED, "{host}");
    }
    for path in ["/healthz", "/readyz"] {
        assert_eq!(get("evil.example", path).await.status(), StatusCode::OK, "{path}");
    }
    let anywhere = Site::start().await;
    let request = anywhere.browser().bare_request(Method::GET, "/api/lists").header("host", "marks.example.org");
    assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED, "nobody has said what it is called");
}

#[tokio::test]
async fn proxy_that_changes_the_host_does_not_keep_anybody_out() {
    let site = Site::with(|settings| settings.public_url = "https://marks.example.org".parse().ok()).await;
    let sign_up = async |origin: &str| {
        let request = site.browser().bare_request(Method::POST, "/api/auth/register").header("host", "upstream").header("origin", origin);
        request.json(&json!({ "email": "ann@example.org", "password": "correct horse" })).send().await.unwrap()
    };
    assert_eq!(problem(sign_up("http://marks.example.org").await).await, (403, "cross_origin".into()));
    assert_eq!(sign_up("https://marks.example.org").await.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn request_needs_exactly_one_host() {
    let site = Site::start().await;
    for (hosts, status) in [("", "400"), ("Host: a\r\nHost: b\r\n", "400"), ("Host: a@b\r\n", "400"), ("Host: a\r\n", "401")] {
        let mut stream = TcpStream::connect(site.url("").trim_start_matches("http://")).await.unwrap();
        stream.write_all(format!("GET /api/lists HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n").as_bytes()).await.unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).await.unwrap();
        assert_eq!(response.split(' ').nth(1), Some(status), "{hosts:?}: {response}");
    }
}

#[tokio::test]
async fn refused_handshake_says_why_and_which_version_is_spoken() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let handshake = |version: &'static str, key: &'static str| {
        let request = ann.request(Method::GET, "/api/ws/progress?token=any").header("connection", "upgrade").header("upgrade", "websocket");
        request.header("sec-websocket-version", version).header("sec-websocket-key", key)
    };
    for request in [
        ann.request(Method::GET, "/api/ws/progress?token=any"),
        handshake("8", "dGhlIHNhbXBsZSBub25jZQ=="),
        handshake("13", "c2hvcnQ="),
        handshake("13", "not base64"),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["sec-websocket-version"], "13");
        let (status, code) = problem(response).await;
        assert!(matches!(status, 400 | 426), "{status}");
        assert_eq!(code, "upgrade_required");
    }
    assert_eq!(problem(handshake("13", "dGhlIHNhbXBsZSBub25jZQ==").send().await.unwrap()).await, (401, "signed_out".into()));
}

#[tokio::test]
async fn request_without_an_upgrade_is_told_which_one_is_required() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let response = ann.request(Method::GET, "/api/ws/progress?token=any").send().await.unwrap();
    assert_eq!((response.status(), &response.headers()["upgrade"]), (StatusCode::UPGRADE_REQUIRED, &HeaderValue::from_static("websocket")));
}

#[tokio::test]
async fn answers_with_secrets_are_never_compressed() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let account = json!({ "email": "ann@example.org", "password": PASSWORD });
    let post = async |path: &str, body: &Value| {
        let response = ann.request(Method::POST, path).header("accept-encoding", "gzip, br").json(body).send().await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
        assert!(!response.headers().contains_key("content-encoding"), "{path}: {:?}", response.headers());
        response.json::<Value>().await.unwrap()
    };
    let signed_in = post("/api/auth/login", &account).await;
    post("/api/auth/refresh", &json!({ "refresh_token": signed_in["refresh_token"] })).await;
    post("/api/ws/ticket", &Value::Null).await;
}

#[tokio::test]
async fn too_many_requests_are_told_when_to_come_back() {
    let site = Site::with(|settings| settings.rate_limits = Switch::On).await;
    let guess = async || site.browser().post("/api/auth/login", &json!({ "email": "ann@example.org", "password": "wrong" })).await;
    let mut response = guess().await;
    while response.status() == StatusCode::UNAUTHORIZED {
        response = guess().await;
    }
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(response.headers().contains_key("retry-after"), "{response:?}");
}
