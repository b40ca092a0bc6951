//! Pages as they arrive, before any script runs.

use super::{System, on_both};

const SIMPLE: &str = include_str!("../../samples/simple.csv");

on_both!(pages_arrive_filled, nobody_is_sent_to_sign_in);

async fn pages_arrive_filled(system: System) {
    let person = system.sign_up().await;
    let list = person.new_list("Noodles & knives").await;
    let job = person.upload(list.id, SIMPLE).await.job_id.unwrap();
    person.ended(job).await;

    let page = person.page(&format!("/lists/{}", list.id)).await;
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert_eq!(page.headers()["cache-control"], "no-store");
    assert_eq!(page.headers()["referrer-policy"], "same-origin");
    let html = page.text().await.unwrap();
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("the policy has a nonce");
    assert!(html.contains(&format!("nonce=\"{nonce}\"")), "the page's scripts carry it");
    assert!(html.contains("Noodles &amp; knives") && html.contains("8pDPkXZAtUt"), "the list and its videos are in the page");
    assert!(html.contains("Completed: 10 succeeded, 0 failed"), "so is the card of the job that just ended");

    for path in ["/lists", "/jobs", "/account", &format!("/jobs/{job}")] {
        assert_eq!(person.page(path).await.status(), 200, "{path}");
    }
    let gone = person.page(&format!("/lists/{}", uuid::Uuid::new_v4())).await;
    assert_eq!(gone.status(), 404);
    assert_eq!(person.page("/nowhere").await.status(), 404);

    let other = system.sign_up().await;
    let page = other.page(&format!("/lists/{}", list.id)).await;
    assert_eq!(page.status(), 403);
    assert!(!page.text().await.unwrap().contains("Noodles"));
}

async fn nobody_is_sent_to_sign_in(system: System) {
    let nobody = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
    for path in ["/lists", "/jobs", "/account", "/lists/0192aaaa-0000-7000-8000-000000000001"] {
        let answer = nobody.get(format!("{}{path}", system.base)).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()), (303, "/sign-in"), "{path}");
    }
    for path in ["/", "/sign-in", "/sign-up"] {
        assert_eq!(nobody.get(format!("{}{path}", system.base)).send().await.unwrap().status(), 200, "{path}");
    }
}
