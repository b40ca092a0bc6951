//! Every way to say who asks, with every place from which a browser may be made to ask.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::site::{PASSWORD, Site, form};

/// Who a request is taken for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Person {
    Ann,
    Bob,
    Nobody,
}

/// Signs up. Returns the id, the access token and the cookie.
async fn sign_up(site: &Site, email: &str) -> (Uuid, String, String) {
    let response = site.browser().post("/api/auth/register", &json!({ "email": email, "password": PASSWORD })).await;
    let cookie = response.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let body: Value = response.json().await.unwrap();
    (serde_json::from_value(body["user"]["id"].clone()).unwrap(), body["access_token"].as_str().unwrap().to_owned(), cookie)
}

#[tokio::test]
async fn request_changes_something_only_for_who_asks_and_from_where() {
    use Person::{Ann, Bob, Nobody};
    let site = Site::with(|settings| settings.allowed_origins = vec!["https://friend.example".into()]).await;
    let (ann, ann_token, ann_cookie) = sign_up(&site, "ann@example.org").await;
    let (_, bob_token, bob_cookie) = sign_up(&site, "bob@example.org").await;
    let client = site.program("");
    let list = site.program(&ann_token).list("Ann's").await;
    let own = site.url("").trim_end_matches('/').to_owned();

    // The header, and whom it names if it is a bearer token.
    let schemes = [
        (None, None),
        (Some(format!("Bearer {ann_token}")), Some(Ann)),
        (Some(format!("bearer {bob_token}")), Some(Bob)),
        (Some(format!("Bearer {ann_token}x")), Some(Nobody)),
        (Some("Bearer".into()), Some(Nobody)),
        (Some("Basic YW5uOmNvcnJlY3QgaG9yc2U=".into()), None),
        (Some(format!("Basic Bearer {ann_token}")), None),
        (Some("Digest username=\"ann\"".into()), None),
        (Some("Negotiate YII=".into()), None),
        (Some(",;= garbage".into()), None),
    ];
    let cookies = [(None, Nobody), (Some(&ann_cookie), Ann), (Some(&bob_cookie), Bob)];
    let origins = [
        (None, false),
        (Some(own.as_str()), true),
        (Some("https://friend.example"), true),
        (Some("https://evil.example"), false),
        (Some("null"), false),
    ];
    let sites = [None, Some("same-origin"), Some("same-site"), Some("cross-site"), Some("none")];
    let rename = format!("/lists/{list}/rename");
    let patch = format!("/api/lists/{list}");

    let (mut sent, mut changed) = (0, 0);
    let mut name = "Ann's".to_owned();
    for (scheme, bearer) in &schemes {
        for (cookie, owner) in cookies {
            for (origin, is_known) in origins {
                for fetch_site in sites {
                    let is_program = origin.is_none() && fetch_site.is_none() && cookie.is_none();
                    let passes = bearer.is_some() || fetch_site == Some("same-origin") || is_known || is_program;
                    // A bearer token never falls back to the cookie.
                    let person = bearer.unwrap_or(owner);
                    for is_form in [false, true] {
                        let new_name = format!("Name {sent}");
                        let (method, path) = if is_form { (Method::POST, &rename) } else { (Method::PATCH, &patch) };
                        let mut request = client.bare_request(method, path);
                        let headers = [
                            ("authorization", scheme.as_deref()),
                            ("cookie", cookie.map(String::as_str)),
                            ("origin", origin),
                            ("sec-fetch-site", fetch_site),
                        ];
                        for (header, value) in headers {
                            request = if let Some(value) = value { request.header(header, value) } else { request };
                        }
                        let request = if is_form { form(request, &[("name", &new_name)]) } else { request.json(&json!({ "name": new_name })) };
                        let status = request.send().await.unwrap().status().as_u16();
                        let case = format!("{scheme:?} {cookie:?} {origin:?} {fetch_site:?} form: {is_form}");
                        let expected = match (passes, person) {
                            (false, _) => 403,
                            (true, Ann) => 200,
                            (true, Bob) => 403,
                            (true, Nobody) => 401,
                        };
                        if is_form && passes {
                            assert!(matches!(status, 303 | 403), "{case}: {status}");
                        } else {
                            assert_eq!(status, expected, "{case}");
                        }
                        if passes && person == Ann {
                            (name, changed) = (new_name, changed + 1);
                        }
                        sent += 1;
                        assert_eq!(site.state.store.list(ann, list).await.unwrap().name, name, "{case}");
                    }
                }
            }
        }
    }
    assert_eq!(sent, 10 * 3 * 5 * 5 * 2);
    assert!(changed > 100 && changed < sent / 2, "{changed} of {sent}");
}
