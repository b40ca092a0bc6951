//! Requests that another site makes a browser send.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::site::{Site, form, problem};

#[tokio::test]
async fn cross_site_request_is_refused_when_it_relies_on_the_cookie() {
    let site = Site::with(|settings| settings.allowed_origins = vec!["https://friend.example".into()]).await;
    let (browser, body) = site.user("ann@example.org").await;
    let own = site.url("").trim_end_matches('/').to_owned();
    let table: &[(&[(&str, &str)], bool)] = &[
        (&[], false),
        (&[("sec-fetch-site", "same-origin")], true),
        (&[("sec-fetch-site", "same-site")], false),
        (&[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")], false),
        (&[("origin", &own)], true),
        (&[("origin", "null")], false),
        (&[("sec-fetch-site", "cross-site"), ("origin", "https://friend.example")], true),
        (
            &[
                ("sec-fetch-site", "cross-site"),
                ("origin", "https://evil.example"),
                ("authorization", &format!("Bearer {}", body["access_token"].as_str().unwrap())),
            ],
            true,
        ),
    ];
    for (headers, is_allowed) in table {
        for (method, path) in [(Method::POST, "/api/lists"), (Method::POST, "/lists")] {
            let mut request = browser.bare_request(method, path);
            for (name, value) in *headers {
                request = request.header(*name, *value);
            }
            let request = if path == "/lists" { form(request, &[("name", "Mine")]) } else { request.json(&json!({ "name": "Mine" })) };
            let response = request.send().await.unwrap();
            if *is_allowed {
                assert!(matches!(response.status(), StatusCode::CREATED | StatusCode::SEE_OTHER), "{path} {headers:?} {}", response.status());
            } else {
                assert_eq!(problem(response).await, (403, "cross_origin".into()), "{path} {headers:?}");
            }
        }
    }
    // Behind a proxy that asks for a password, a browser adds it to all requests, also to those that another site makes it send.
    for scheme in ["Basic YW5uOng=", "basic YW5uOng=", "BASIC YW5uOng=", "Negotiate YII=", "Digest username=\"ann\"", "Bearer-like x", "x", ""] {
        let request = |method: Method, path: &str| browser.bare_request(method, path).header("authorization", scheme);
        let other = request(Method::POST, "/api/lists").header("sec-fetch-site", "cross-site").header("origin", "https://evil.example");
        assert_eq!(problem(other.json(&json!({ "name": "Mine" })).send().await.unwrap()).await, (403, "cross_origin".into()), "{scheme:?}");
        let same = request(Method::POST, "/api/lists").header("sec-fetch-site", "same-origin");
        assert_eq!(same.json(&json!({ "name": "Mine" })).send().await.unwrap().status(), StatusCode::CREATED, "{scheme:?}");
        assert_eq!(request(Method::GET, "/lists").send().await.unwrap().status(), StatusCode::OK, "{scheme:?} on a page");
    }
    // A program may sign in without either header, since it has no session.
    let stranger = site.browser();
    let response = stranger.bare_request(Method::POST, "/api/auth/login").json(&json!({ "email": "a@b", "password": "x" })).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        browser.bare_request(Method::GET, "/api/lists").header("origin", "https://evil.example").send().await.unwrap().status(),
        StatusCode::OK
    );
}
