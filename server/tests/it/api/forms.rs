//! Plain forms, as a browser without JavaScript sends them.

use reqwest::{Method, Response, StatusCode, header, multipart};
use serde_json::{Value, json};

use super::site::{Browser, PASSWORD, Site, form};

async fn submit(browser: &Browser, path: &str, referer: Option<&str>, fields: &[(&str, &str)]) -> Response {
    let mut request = form(browser.request(Method::POST, path), fields);
    if let Some(referer) = referer {
        request = request.header(header::REFERER, referer);
    }
    request.send().await.unwrap()
}

fn location(response: &Response) -> String {
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    response.headers()[header::LOCATION].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn visitor_signs_up_in_and_out() {
    let site = Site::start().await;
    let browser = site.browser();
    let fields = [("email", "Ann@example.org"), ("password", PASSWORD)];
    let page = site.url("/sign-up?problem=weak_password");
    assert_eq!(location(&submit(&browser, "/sign-up", Some(&page), &[("email", "ann"), ("password", PASSWORD)]).await), "/sign-up?problem=bad_email");
    let entered = submit(&browser, "/sign-up", Some(&page), &fields).await;
    assert_eq!(location(&entered), "/lists");
    assert!(entered.headers()["set-cookie"].to_str().unwrap().contains("HttpOnly"));
    assert_eq!(browser.get("/api/auth/me").await.status(), StatusCode::OK);

    let left = submit(&browser, "/sign-out", None, &[]).await;
    assert_eq!(location(&left), "/sign-in");
    assert_eq!(browser.get("/api/auth/me").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(location(&submit(&browser, "/sign-out", None, &[]).await), "/sign-in", "twice does no harm");

    let wrong = [("email", "ann@example.org"), ("password", "not the password")];
    assert_eq!(location(&submit(&browser, "/sign-in", None, &wrong).await), "/sign-in?problem=wrong_credentials");
    assert_eq!(location(&submit(&browser, "/sign-in", None, &fields).await), "/lists");
    assert_eq!(browser.get("/api/auth/me").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn form_redirects_after_changes_of_lists_and_jobs() {
    let site = Site::start().await;
    let (browser, _) = site.user("ann@example.org").await;
    assert_eq!(location(&submit(&browser, "/lists", None, &[("name", " ")]).await), "/lists?problem=bad_name");
    let list = location(&submit(&browser, "/lists", None, &[("name", "Mine")]).await);
    let upload = async |content: &'static str| {
        let file = multipart::Form::new().part("file", multipart::Part::text(content).file_name("a.txt"));
        let response = browser.request(Method::POST, &format!("{list}/upload")).multipart(file).send().await.unwrap();
        location(&response)
    };
    let job = upload("dQw4w9WgXcQ\nvideo000001").await;
    assert!(job.starts_with("/jobs/"), "{job}");
    assert_eq!(upload("dQw4w9WgXcQ").await, list, "nothing new, no job");
    assert_eq!(upload("").await, format!("{list}?problem=empty_file"));

    let dashboard = site.url("/jobs?state=active");
    assert_eq!(location(&submit(&browser, &format!("{job}/dismiss"), Some(&dashboard), &[]).await), "/jobs?state=active&problem=job_active");
    assert_eq!(location(&submit(&browser, &format!("{job}/cancel"), Some(&dashboard), &[]).await), "/jobs?state=active");
    assert_eq!(location(&submit(&browser, &format!("{job}/cancel"), Some("https://evil.example/x"), &[]).await), job);
    assert_eq!(location(&submit(&browser, &format!("{job}/dismiss"), None, &[]).await), job);
    let retried = location(&submit(&browser, &format!("{job}/retry"), None, &[]).await);
    assert!(retried.starts_with("/jobs/") && retried != job, "{retried}");

    assert_eq!(location(&submit(&browser, &format!("{list}/rename"), None, &[("name", "Ours")]).await), list);
    let renamed: Value = browser.get(&format!("/api{list}")).await.json().await.unwrap();
    assert_eq!(renamed["name"], json!("Ours"));
    assert_eq!(location(&submit(&browser, &format!("{list}/delete"), Some(&site.url(&list)), &[]).await), "/lists");
    assert_eq!(browser.get(&format!("/api{list}")).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn video_is_added_and_deleted_by_form() {
    let site = Site::start().await;
    let (browser, _) = site.user("ann@example.org").await;
    let list = location(&submit(&browser, "/lists", None, &[("name", "Mine")]).await);
    let add = format!("{list}/videos");
    assert_eq!(location(&submit(&browser, &add, None, &[("url", "https://youtu.be/dQw4w9WgXcQ?si=x")]).await), list);
    assert_eq!(location(&submit(&browser, &add, None, &[("url", "dQw4w9WgXcQ")]).await), list, "twice is once");
    assert_eq!(location(&submit(&browser, &add, None, &[("url", "video000001")]).await), list);
    assert_eq!(location(&submit(&browser, &add, None, &[("url", "https://example.org/")]).await), format!("{list}?problem=not_a_video"));

    let videos = async || -> Vec<Value> {
        let page: Value = browser.get(&format!("/api{list}/videos")).await.json().await.unwrap();
        page["items"].as_array().unwrap().clone()
    };
    let two = videos().await;
    assert_eq!(two.iter().map(|video| &video["youtube_id"]).collect::<Vec<_>>(), ["dQw4w9WgXcQ", "video000001"]);
    let from = site.url(&format!("{list}?status=pending&problem=not_a_video"));
    let first = two[0]["id"].as_str().unwrap();
    let response = submit(&browser, &format!("{list}/videos/delete"), Some(&from), &[("ids", first), ("ids", "nonsense")]).await;
    assert_eq!(location(&response), format!("{list}?status=pending"));
    assert_eq!(videos().await, [two[1].clone()]);

    let sample = location(&submit(&browser, "/lists/sample", None, &[]).await);
    let sample: Value = browser.get(&format!("/api{sample}")).await.json().await.unwrap();
    assert_eq!((sample["video_count"].as_u64(), sample["active_jobs"].as_u64()), (Some(14), Some(1)));
}

#[tokio::test]
async fn account_is_managed_by_form() {
    let site = Site::start().await;
    let (browser, _) = site.user("ann@example.org").await;
    let sign_in = async |password: &str| {
        let other = site.browser();
        let response = submit(&other, "/sign-in", None, &[("email", "ann@example.org"), ("password", password)]).await;
        assert_eq!(location(&response), "/lists");
        other
    };
    let signed_in = async |browser: &Browser| browser.get("/api/auth/me").await.status() == StatusCode::OK;

    let (second, third) = (sign_in(PASSWORD).await, sign_in(PASSWORD).await);
    let sessions: Value = second.get("/api/auth/sessions").await.json().await.unwrap();
    let mine =
        sessions["items"].as_array().unwrap().iter().find(|session| session["current"] == json!(true)).unwrap()["id"].as_str().unwrap().to_owned();
    assert_eq!(location(&submit(&browser, &format!("/account/sessions/{mine}/end"), None, &[]).await), "/account?done=session");
    assert!(!signed_in(&second).await && signed_in(&third).await);
    assert_eq!(location(&submit(&browser, "/account/sessions/end-others", None, &[]).await), "/account?done=sessions");
    assert!(!signed_in(&third).await && signed_in(&browser).await);

    let other = sign_in(PASSWORD).await;
    let new = "another long password";
    let change = async |current: &str, new: &str| {
        let fields = [("current_password", current), ("new_password", new)];
        location(&submit(&browser, "/account/password", Some(&site.url("/account?done=session")), &fields).await)
    };
    assert_eq!(change("not the password", new).await, "/account?problem=wrong_password");
    assert_eq!(change(PASSWORD, "short").await, "/account?problem=weak_password");
    assert!(signed_in(&other).await, "nothing was changed");
    assert_eq!(change(PASSWORD, new).await, "/account?done=password");
    assert!(!signed_in(&other).await && signed_in(&browser).await);
    let other = sign_in(new).await;

    for wrong in [&[][..], &[("password", "")], &[("password", PASSWORD)]] {
        let refused = submit(&browser, "/account/delete", Some(&site.url("/account")), wrong).await;
        assert_eq!(location(&refused), "/account?problem=wrong_password");
        assert!(signed_in(&other).await && signed_in(&browser).await, "nothing was deleted");
    }
    let page = browser.get("/account?problem=wrong_password").await.text().await.unwrap();
    assert!(page.contains("The current password is wrong. Nothing was changed"), "{page}");
    let gone = submit(&browser, "/account/delete", None, &[("password", new)]).await;
    assert_eq!(location(&gone), "/");
    assert!(gone.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"), "the cookie is taken away");
    assert!(!signed_in(&other).await && !signed_in(&browser).await);
}

#[tokio::test]
async fn form_redirects_to_sign_in_when_signed_out() {
    let site = Site::start().await;
    let id = "00000000-0000-0000-0000-000000000000";
    let paths = [
        "/lists",
        "/lists/sample",
        "/imports",
        "/lists/{}/upload",
        "/lists/{}/videos",
        "/lists/{}/videos/delete",
        "/lists/{}/rename",
        "/lists/{}/delete",
        "/jobs/{}/cancel",
        "/jobs/{}/retry",
        "/jobs/{}/dismiss",
        "/account/password",
        "/account/sessions/end-others",
        "/account/sessions/{}/end",
        "/account/delete",
    ];
    for path in paths {
        let response = submit(&site.browser(), &path.replace("{}", id), Some(&site.url("/lists")), &[("name", "x")]).await;
        assert_eq!(location(&response), "/sign-in", "{path}");
    }
}
