//! Everything once more, as a browser without JavaScript does it.

use reqwest::{Method, Response, StatusCode, header, multipart};
use serde_json::{Value, json};

use super::site::{Browser, PASSWORD, Site, form};

async fn submit(browser: &Browser, path: &str, from: Option<&str>, fields: &[(&str, &str)]) -> Response {
    let mut request = form(browser.request(Method::POST, path), fields);
    if let Some(from) = from {
        request = request.header(header::REFERER, from);
    }
    request.send().await.unwrap()
}

fn leads_to(answer: &Response) -> String {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    answer.headers()[header::LOCATION].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn signing_up_in_and_out() {
    let site = Site::start().await;
    let browser = site.browser();
    let fields = [("email", "Ann@example.org"), ("password", PASSWORD)];
    let page = site.url("/sign-up?problem=weak_password");
    assert_eq!(leads_to(&submit(&browser, "/sign-up", Some(&page), &[("email", "ann"), ("password", PASSWORD)]).await), "/sign-up?problem=bad_email");
    let entered = submit(&browser, "/sign-up", Some(&page), &fields).await;
    assert_eq!(leads_to(&entered), "/lists");
    assert!(entered.headers()["set-cookie"].to_str().unwrap().contains("HttpOnly"));
    assert_eq!(browser.get("/api/auth/me").await.status(), StatusCode::OK);

    let left = submit(&browser, "/sign-out", None, &[]).await;
    assert_eq!(leads_to(&left), "/sign-in");
    assert_eq!(browser.get("/api/auth/me").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(leads_to(&submit(&browser, "/sign-out", None, &[]).await), "/sign-in", "twice does no harm");

    let wrong = [("email", "ann@example.org"), ("password", "not the password")];
    assert_eq!(leads_to(&submit(&browser, "/sign-in", None, &wrong).await), "/sign-in?problem=wrong_credentials");
    assert_eq!(leads_to(&submit(&browser, "/sign-in", None, &fields).await), "/lists");
    assert_eq!(browser.get("/api/auth/me").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn lists_uploads_and_jobs() {
    let site = Site::start().await;
    let (browser, _) = site.user("ann@example.org").await;
    assert_eq!(leads_to(&submit(&browser, "/lists", None, &[("name", " ")]).await), "/lists?problem=bad_name");
    let list = leads_to(&submit(&browser, "/lists", None, &[("name", "Mine")]).await);
    let upload = async |content: &'static str| {
        let file = multipart::Form::new().part("file", multipart::Part::text(content).file_name("a.txt"));
        let answer = browser.request(Method::POST, &format!("{list}/upload")).multipart(file).send().await.unwrap();
        leads_to(&answer)
    };
    let job = upload("dQw4w9WgXcQ\nvideo000001").await;
    assert!(job.starts_with("/jobs/"), "{job}");
    assert_eq!(upload("dQw4w9WgXcQ").await, list, "nothing new, no job");
    assert_eq!(upload("").await, format!("{list}?problem=empty_file"));

    let dashboard = site.url("/jobs?state=active");
    assert_eq!(leads_to(&submit(&browser, &format!("{job}/dismiss"), Some(&dashboard), &[]).await), "/jobs?state=active&problem=job_active");
    assert_eq!(leads_to(&submit(&browser, &format!("{job}/cancel"), Some(&dashboard), &[]).await), "/jobs?state=active");
    assert_eq!(leads_to(&submit(&browser, &format!("{job}/cancel"), Some("https://evil.example/x"), &[]).await), job);
    assert_eq!(leads_to(&submit(&browser, &format!("{job}/dismiss"), None, &[]).await), job);
    let retried = leads_to(&submit(&browser, &format!("{job}/retry"), None, &[]).await);
    assert!(retried.starts_with("/jobs/") && retried != job, "{retried}");

    assert_eq!(leads_to(&submit(&browser, &format!("{list}/rename"), None, &[("name", "Ours")]).await), list);
    let renamed: Value = browser.get(&format!("/api{list}")).await.json().await.unwrap();
    assert_eq!(renamed["name"], json!("Ours"));
    assert_eq!(leads_to(&submit(&browser, &format!("{list}/delete"), Some(&site.url(&list)), &[]).await), "/lists");
    assert_eq!(browser.get(&format!("/api{list}")).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_led_to_do_so() {
    let site = Site::start().await;
    let id = "00000000-0000-0000-0000-000000000000";
    let paths = ["/lists", "/lists/{}/upload", "/lists/{}/rename", "/lists/{}/delete", "/jobs/{}/cancel", "/jobs/{}/retry", "/jobs/{}/dismiss"];
    for path in paths {
        let answer = submit(&site.browser(), &path.replace("{}", id), Some(&site.url("/lists")), &[("name", "x")]).await;
        assert_eq!(leads_to(&answer), "/sign-in", "{path}");
    }
}
