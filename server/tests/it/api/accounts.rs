//! Sign-up, sign-in, sign-out; sessions and tokens; limits.

use std::time::Duration;

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use server::config::{Registration, Switch};
use tokio_tungstenite::tungstenite;

use super::site::{Browser, PASSWORD, Site, problem};
use crate::support::wait_until;

#[tokio::test]
async fn sign_up_signs_in_browsers_and_programs() {
    let site = Site::start().await;
    let browser = site.browser();
    let response = browser.post("/api/auth/register", &json!({ "email": " Ann@Example.org ", "password": PASSWORD })).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    let cookie = response.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in ["playmarks=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=34560000"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let body: Value = response.json().await.unwrap();
    assert_eq!((&body["user"]["email"], &body["token_type"], &body["expires_in"]), (&json!("ann@example.org"), &json!("bearer"), &json!(900)));

    assert_eq!(browser.get("/api/auth/me").await.json::<Value>().await.unwrap(), body["user"]);
    let program = site.program(body["access_token"].as_str().unwrap());
    assert_eq!(program.get("/api/auth/me").await.json::<Value>().await.unwrap(), body["user"]);

    let refused = [
        (json!({ "email": "ANN@example.org", "password": PASSWORD }), 409, "email_taken"),
        (json!({ "email": "bob@example.org", "password": "short" }), 422, "weak_password"),
        (json!({ "email": "bob@example.org", "password": "Bob@example.org" }), 422, "weak_password"),
        (json!({ "email": "bob", "password": PASSWORD }), 422, "bad_email"),
        (json!({ "email": "bob@example.org" }), 422, "bad_body"),
    ];
    for (body, status, code) in refused {
        assert_eq!(problem(site.browser().post("/api/auth/register", &body).await).await, (status, code.into()), "{body}");
    }
}

async fn delete_account(client: &Browser, password: &str) -> Response {
    client.request(Method::DELETE, "/api/auth/me").json(&json!({ "password": password })).send().await.unwrap()
}

#[tokio::test]
async fn wrong_password_and_unknown_address_get_the_same_response() {
    let site = Site::start().await;
    site.user("ann@example.org").await;
    let mut responses = Vec::new();
    for email in ["ann@example.org", "nobody@example.org", "not an address"] {
        let response = site.browser().post("/api/auth/login", &json!({ "email": email, "password": "not the password" })).await;
        assert!(response.headers().get("set-cookie").is_none());
        responses.push((response.status().as_u16(), response.text().await.unwrap()));
    }
    assert_eq!(responses[0].0, 401);
    assert!(responses.iter().all(|response| *response == responses[0]), "{responses:?}");
    let response = site.browser().post("/api/auth/login", &json!({ "email": "Ann@example.org", "password": PASSWORD })).await;
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn sign_out_revokes_all_tokens_of_its_session_alone() {
    let site = Site::start().await;
    let (browser, body) = site.user("ann@example.org").await;
    let (access, refresh) = (body["access_token"].as_str().unwrap(), &body["refresh_token"]);
    let other = site.browser();
    other.post("/api/auth/login", &json!({ "email": "ann@example.org", "password": PASSWORD })).await;

    let fresh = browser.post("/api/auth/refresh", &json!({ "refresh_token": refresh })).await;
    assert_eq!(fresh.status(), StatusCode::OK);
    let fresh: Value = fresh.json().await.unwrap();
    let tokens = [access, fresh["access_token"].as_str().unwrap()];
    for token in tokens {
        assert_eq!(site.program(token).get("/api/auth/me").await.status(), StatusCode::OK);
    }

    let response = browser.send(Method::POST, "/api/auth/logout").await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert!(response.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    for token in tokens {
        assert_eq!(problem(site.program(token).get("/api/auth/me").await).await, (401, "signed_out".into()));
    }
    let refused = site.browser().post("/api/auth/refresh", &json!({ "refresh_token": refresh })).await;
    assert_eq!(problem(refused).await, (401, "signed_out".into()));
    assert_eq!(other.get("/api/auth/me").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn invalid_token_never_falls_back_to_the_cookie() {
    let site = Site::start().await;
    let (browser, body) = site.user("ann@example.org").await;
    for value in ["Bearer forged", "bearer forged", "BEARER", "Bearer"] {
        let request = browser.request(Method::GET, "/api/auth/me").header("authorization", value);
        assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED, "{value:?}");
    }
    let ticket = browser.send(Method::POST, "/api/ws/ticket").await.json::<Value>().await.unwrap();
    for other in [&body["refresh_token"], &ticket["ticket"]] {
        let program = site.program(other.as_str().unwrap());
        assert_eq!(program.get("/api/auth/me").await.status(), StatusCode::UNAUTHORIZED, "only an access token is one");
    }
}

#[tokio::test]
async fn ticket_opens_one_socket_and_expires_with_its_session() {
    let site = Site::start().await;
    let (browser, body) = site.user("ann@example.org").await;
    let ticket = async || {
        let response = browser.send(Method::POST, "/api/ws/ticket").await;
        assert_eq!(response.status(), StatusCode::CREATED);
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["expires_in"], 30);
        body["ticket"].as_str().unwrap().to_owned()
    };
    let auth = &site.state.auth;
    let first = ticket().await;
    let user = auth.authenticate_socket(&first).await.unwrap();
    assert_eq!((json!(user.user_id), user.expires_at), (body["user"]["id"].clone(), None));
    assert_eq!(auth.authenticate_socket(&first).await.unwrap_err().problem().status, 401, "spent");

    let access = body["access_token"].as_str().unwrap();
    assert!(auth.authenticate_socket(access).await.unwrap().expires_at.is_some());
    let second = ticket().await;
    browser.send(Method::POST, "/api/auth/logout").await;
    for token in [second.as_str(), access, body["refresh_token"].as_str().unwrap(), "", "forged", "a.b.c"] {
        assert_eq!(auth.authenticate_socket(token).await.unwrap_err().problem().status, 401);
    }
    assert_eq!(site.browser().send(Method::POST, "/api/ws/ticket").await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn ticket_is_refused_when_the_user_has_too_many_sockets() {
    let site = Site::with(|settings| settings.max_sockets_per_user = 1).await;
    let (browser, _) = site.user("ann@example.org").await;
    let ticket: Value = browser.send(Method::POST, "/api/ws/ticket").await.json().await.unwrap();
    let user = site.state.auth.authenticate_socket(ticket["ticket"].as_str().unwrap()).await.unwrap();
    let socket = site.state.hub.attach(user, false).await.unwrap();
    let refused = browser.send(Method::POST, "/api/ws/ticket").await;
    assert_eq!(problem(refused).await.0, 429);
    let (other, _) = site.user("bob@example.org").await;
    assert_eq!(other.send(Method::POST, "/api/ws/ticket").await.status(), StatusCode::CREATED);
    drop(socket);
    assert_eq!(browser.send(Method::POST, "/api/ws/ticket").await.status(), StatusCode::CREATED);
}

/// Whoever they are, and however many accounts.
#[tokio::test]
async fn ticket_and_socket_are_refused_when_an_address_has_too_many_sockets() {
    let site = Site::with(|settings| settings.max_sockets_per_address = 1).await;
    let (ann, _) = site.user("ann@example.org").await;
    let (bob, _) = site.user("bob@example.org").await;
    let ticket = async |browser: &Browser| -> Value { browser.send(Method::POST, "/api/ws/ticket").await.json().await.unwrap() };
    let url = |ticket: &Value| site.url(&format!("/api/ws/progress?token={}", ticket["ticket"].as_str().unwrap())).replacen("http", "ws", 1);
    let (first, second) = (ticket(&ann).await, ticket(&bob).await);
    let (socket, _) = tokio_tungstenite::connect_async(url(&first)).await.unwrap();
    let refused = problem(bob.send(Method::POST, "/api/ws/ticket").await).await;
    assert_eq!((refused.0, &*refused.1), (429, "too_many_sockets"));
    let refused = tokio_tungstenite::connect_async(url(&second)).await.unwrap_err();
    assert!(matches!(&refused, tungstenite::Error::Http(response) if response.status() == 429), "{refused}");
    drop(socket);
    wait_until("the socket is closed", async || bob.send(Method::POST, "/api/ws/ticket").await.status() == StatusCode::CREATED).await;
    assert!(tokio_tungstenite::connect_async(url(&second)).await.is_ok(), "the refusal did not spend the ticket");
}

#[tokio::test]
async fn session_ends_when_it_is_deleted_or_the_password_changes() {
    let site = Site::start().await;
    let (browser, _) = site.user("ann@example.org").await;
    let sign_in = async |password: &str| {
        let other = site.browser();
        let response = other.post("/api/auth/login", &json!({ "email": "ann@example.org", "password": password })).await;
        (other, response.status())
    };
    let (second, third) = (sign_in(PASSWORD).await.0, sign_in(PASSWORD).await.0);
    let sessions = browser.get("/api/auth/sessions").await.json::<Value>().await.unwrap();
    let sessions = sessions["items"].as_array().unwrap();
    assert_eq!((sessions.len(), sessions.iter().filter(|session| session["current"] == true).count()), (3, 1));

    let current = second.get("/api/auth/sessions").await.json::<Value>().await.unwrap();
    let id = current["items"].as_array().unwrap().iter().find(|session| session["current"] == true).unwrap()["id"].as_str().unwrap().to_owned();
    let (stranger, _) = site.user("bob@example.org").await;
    assert!(stranger.send(Method::DELETE, &format!("/api/auth/sessions/{id}")).await.status().is_client_error());
    assert_eq!(second.get("/api/auth/me").await.status(), StatusCode::OK);
    assert_eq!(browser.send(Method::DELETE, &format!("/api/auth/sessions/{id}")).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(second.get("/api/auth/me").await.status(), StatusCode::UNAUTHORIZED);

    let change = |current: &str, new: &str| json!({ "current_password": current, "new_password": new });
    let refused = browser.post("/api/auth/password", &change("wrong password", "a new password")).await;
    assert_eq!(problem(refused).await, (403, "wrong_password".into()));
    let refused = browser.post("/api/auth/password", &change(PASSWORD, "short")).await;
    assert_eq!(problem(refused).await, (422, "weak_password".into()));
    assert_eq!(browser.post("/api/auth/password", &change(PASSWORD, "a new password")).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(browser.get("/api/auth/me").await.status(), StatusCode::OK);
    assert_eq!(third.get("/api/auth/me").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in(PASSWORD).await.1, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in("a new password").await.1, StatusCode::OK);
}

/// Signs in as Ann from a client of this address.
async fn sign_in_from(browser: &Browser, address: &str, password: &str) -> Response {
    let request = browser.request(Method::POST, "/api/auth/login").header("x-forwarded-for", address);
    request.json(&json!({ "email": "ann@example.org", "password": password })).send().await.unwrap()
}

#[tokio::test]
async fn guesses_are_refused_and_do_not_lock_the_owner_out() {
    let site = Site::with(|settings| {
        settings.rate_limits = Switch::On;
        settings.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    })
    .await;
    let (ann, _) = site.user("ann@example.org").await;
    for _ in 0..10 {
        assert_eq!(sign_in_from(&site.browser(), "203.0.113.1", "not the password").await.status(), StatusCode::UNAUTHORIZED);
    }
    let response = sign_in_from(&site.browser(), "203.0.113.1", PASSWORD).await;
    assert_eq!(response.headers()["retry-after"], "900");
    assert_eq!(problem(response).await, (429, "too_many_attempts".into()));
    assert_eq!(sign_in_from(&site.browser(), "198.51.100.7", PASSWORD).await.status(), StatusCode::OK, "from elsewhere");
    assert_eq!(sign_in_from(&ann, "203.0.113.1", PASSWORD).await.status(), StatusCode::OK, "on her own device");

    // Guesses from many networks.
    for _ in 0..100 {
        site.state.store.count_attempt("sign-in to ann@example.org", Duration::from_secs(900)).await.unwrap();
    }
    let unknown = sign_in_from(&site.browser(), "192.0.2.1", PASSWORD).await;
    assert_eq!(problem(unknown).await, (429, "too_many_attempts".into()));
    assert_eq!(sign_in_from(&site.browser(), "198.51.100.7", PASSWORD).await.status(), StatusCode::OK, "where she has signed in before");
    ann.send(Method::POST, "/api/auth/logout").await;
}

#[tokio::test]
async fn right_passwords_are_not_counted() {
    let site = Site::with(|settings| settings.rate_limits = Switch::On).await;
    let (ann, _) = site.user("ann@example.org").await;
    for _ in 0..12 {
        assert_eq!(sign_in_from(&site.browser(), "", PASSWORD).await.status(), StatusCode::OK);
    }
    for n in 0..12 {
        let change = json!({ "current_password": PASSWORD, "new_password": PASSWORD });
        assert_eq!(ann.post("/api/auth/password", &change).await.status(), StatusCode::NO_CONTENT, "{n}");
    }
}

#[tokio::test]
async fn sign_up_is_refused_when_registration_is_closed() {
    let register = async |site: &Site, email: &str| site.browser().post("/api/auth/register", &json!({ "email": email, "password": PASSWORD })).await;
    let site = Site::with(|settings| settings.registration = Registration::First).await;
    assert_eq!(register(&site, "ann@example.org").await.status(), StatusCode::CREATED);
    assert_eq!(problem(register(&site, "bob@example.org").await).await, (403, "registration_closed".into()));
    let site = Site::with(|settings| settings.registration = Registration::Closed).await;
    assert_eq!(problem(register(&site, "ann@example.org").await).await, (403, "registration_closed".into()));
}

#[tokio::test]
async fn deleted_account_frees_its_address() {
    let site = Site::start().await;
    let (browser, body) = site.user("ann@example.org").await;
    assert_eq!(delete_account(&browser, PASSWORD).await.status(), StatusCode::NO_CONTENT);
    let program = site.program(body["access_token"].as_str().unwrap());
    assert_eq!(program.get("/api/auth/me").await.status(), StatusCode::UNAUTHORIZED);
    site.user("ann@example.org").await;
}

#[tokio::test]
async fn account_is_kept_when_its_password_is_wrong_or_missing() {
    let site = Site::start().await;
    let (browser, body) = site.user("ann@example.org").await;
    for wrong in ["not the password", ""] {
        assert_eq!(problem(delete_account(&browser, wrong).await).await, (403, "wrong_password".into()), "{wrong:?}");
    }
    assert_eq!(problem(browser.send(Method::DELETE, "/api/auth/me").await).await, (415, "json_expected".into()));
    let program = site.program(body["access_token"].as_str().unwrap());
    assert_eq!(problem(delete_account(&program, "not the password").await).await, (403, "wrong_password".into()), "nor by a token");
    assert_eq!(browser.get("/api/auth/me").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn account_deletion_is_refused_after_too_many_attempts() {
    let site = Site::with(|settings| settings.rate_limits = Switch::On).await;
    let (browser, _) = site.user("ann@example.org").await;
    for _ in 0..10 {
        assert_eq!(problem(delete_account(&browser, "not the password").await).await, (403, "wrong_password".into()));
    }
    assert_eq!(problem(delete_account(&browser, PASSWORD).await).await, (429, "too_many_attempts".into()));
    assert_eq!(browser.get("/api/auth/me").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn health_and_readiness_are_reported() {
    let site = Site::start().await;
    let response = site.browser().get("/healthz").await;
    assert_eq!((response.status(), response.text().await.unwrap().as_str()), (StatusCode::OK, "ok"));
    let response = site.browser().get("/readyz").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.json::<Value>().await.unwrap(), json!({ "database": "up", "bus": "up", "bus_kind": "local" }));
}
