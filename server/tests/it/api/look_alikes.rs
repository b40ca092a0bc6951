//! Addresses that look alike, and passwords that were typed on different keyboards.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::site::{PASSWORD, Site, problem};

async fn sign_in(site: &Site, email: &str, password: &str) -> StatusCode {
    site.browser().post("/api/auth/login", &json!({ "email": email, "password": password })).await.status()
}

#[tokio::test]
async fn address_that_looks_like_an_account_is_that_account() {
    let site = Site::start().await;
    let (_, body) = site.user("ann@bücher.example").await;
    assert_eq!(body["user"]["email"], "ann@xn--bcher-kva.example");
    for alike in ["ＡＮＮ@bücher.example", "ann@BU\u{308}CHER.example.", "ann@xn--bcher-kva.example", " ann@bücher。example"] {
        let again = site.browser().post("/api/auth/register", &json!({ "email": alike, "password": PASSWORD })).await;
        assert_eq!(problem(again).await, (409, "email_taken".into()), "{alike}");
        assert_eq!(sign_in(&site, alike, PASSWORD).await, StatusCode::OK, "{alike}");
    }
    for hidden in ["a\u{200b}nn@bücher.example", "ann\u{202e}@bücher.example"] {
        let refused = site.browser().post("/api/auth/register", &json!({ "email": hidden, "password": PASSWORD })).await;
        assert_eq!(problem(refused).await, (422, "bad_email".into()));
    }
    site.user("ann+tube@bücher.example").await;
}

#[tokio::test]
async fn password_is_right_in_either_unicode_form() {
    let site = Site::start().await;
    let (composed, decomposed) = ("corréct horse", "corre\u{301}ct horse");
    for (email, typed, again) in [("ann@example.org", composed, decomposed), ("bob@example.org", decomposed, composed)] {
        let registered = site.browser().post("/api/auth/register", &json!({ "email": email, "password": typed })).await;
        assert_eq!(registered.status(), StatusCode::CREATED);
        assert_eq!(sign_in(&site, email, again).await, StatusCode::OK, "{email}");
        assert_eq!(sign_in(&site, email, "correct horse").await, StatusCode::UNAUTHORIZED, "{email}");
    }
}

/// Earlier versions stored an address as it was typed, in lower case.
#[tokio::test]
async fn account_of_an_earlier_version_keeps_working() {
    let site = Site::start().await;
    site.user("ann@example.org").await;
    let (_, hash) = site.state.store.credentials("ann@example.org").await.unwrap().unwrap();
    for earlier in ["ann@bücher.example", "ｂｏｂ@example.org", "a\u{200b}nn@example.org", "ann@example..org"] {
        site.state.store.create_user(earlier, &hash, false).await.unwrap();
        let response =
            site.browser().post("/api/auth/login", &json!({ "email": format!(" {}", earlier.to_uppercase()), "password": PASSWORD })).await;
        assert_eq!(response.status(), StatusCode::OK, "{earlier}");
        assert_eq!(response.json::<Value>().await.unwrap()["user"]["email"], earlier);
        assert_eq!(sign_in(&site, earlier, "not the password").await, StatusCode::UNAUTHORIZED);
        let again = site.browser().post("/api/auth/register", &json!({ "email": earlier, "password": PASSWORD })).await;
        assert!([409, 422].contains(&problem(again).await.0), "{earlier}");
    }
    // A newer account that looks like an earlier one takes nothing from it.
    site.user("bob@example.org").await;
    let earlier = site.browser().post("/api/auth/login", &json!({ "email": "ｂｏｂ@example.org", "password": PASSWORD })).await;
    assert_eq!(earlier.json::<Value>().await.unwrap()["user"]["email"], "ｂｏｂ@example.org");
}
