//! A user with lists, videos, files, receipts and sessions of these names.

use std::time::Duration;

use app::wire::FailureCause;
use reqwest::Method;
use serde_json::{Value, json};
use server::internals::{
    job::{Ending, Failure, ItemResult, Metadata},
    store::ClaimRules,
};
use uuid::Uuid;

use super::super::site::{Browser, PASSWORD, Site};

const LEASE: Duration = Duration::from_secs(60);

pub(super) struct World {
    pub(super) browser: Browser,
    pub(super) lists: Vec<Uuid>,
    pub(super) jobs: Vec<Uuid>,
    pub(super) session: Uuid,
}

/// The name of a file as browsers send it, which escape quotes and line breaks
/// (<https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data>).
pub(super) fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_control() || c == '"' { format!("%{:02X}", u32::from(c)) } else { c.into() }).collect()
}

/// A table of three videos and a line that is none, with these titles. Without NUL, which would make it a binary file.
pub(super) fn file(number: usize, name: &str) -> String {
    let name = &*name.replace('\0', "");
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(["url", "title"]).unwrap();
    for kind in ['v', 'w', '-'] {
        csv.write_record([&format!("https://youtu.be/{kind}{number:02}videovid"), name]).unwrap();
    }
    csv.write_record([name, name]).unwrap();
    String::from_utf8(csv.into_inner().unwrap()).unwrap()
}

impl World {
    pub(super) async fn build(site: &Site, email: &str, names: &[String]) -> Self {
        let (browser, body) = site.user(email).await;
        let user_id = serde_json::from_value(body["user"]["id"].clone()).unwrap();
        let (mut lists, mut jobs) = (Vec::new(), Vec::new());
        for (number, name) in names.iter().enumerate() {
            // Past the rules of today, as an earlier version may have stored it.
            let list = site.state.store.create_list(user_id, name).await.unwrap().id;
            let imported: Value = browser.upload(list, &file_name(name), &file(number, name)).await.json().await.unwrap();
            assert_eq!((&imported["accepted"], &imported["rejected_count"]), (&json!(3), &json!(1)), "{name:?} {imported}");
            lists.push(list);
            jobs.push(serde_json::from_value(imported["job_id"].clone()).unwrap());
        }
        look_up_all(site, names).await;
        // Its job waits, so that a page has one that is not over.
        let last = names.last().unwrap();
        browser.upload(lists[0], &file_name(last), "https://youtu.be/waitingvide").await;
        let agent: String = names[0].chars().chain("\u{202e}".chars()).collect();
        let agent = reqwest::header::HeaderValue::from_bytes(agent.as_bytes()).unwrap();
        let login = browser.request(Method::POST, "/api/auth/login").header("user-agent", agent);
        assert_eq!(login.json(&json!({ "email": email, "password": PASSWORD })).send().await.unwrap().status(), 200);
        let sessions: Value = browser.get("/api/auth/sessions").await.json().await.unwrap();
        let session = serde_json::from_value(sessions["items"][0]["id"].clone()).unwrap();
        Self { browser, lists, jobs, session }
    }
}

/// Ends all jobs. Videos whose id starts with `-` fail, and every source says what the list is called.
async fn look_up_all(site: &Site, names: &[String]) {
    let rules = ClaimRules { lease: LEASE, per_user: 99, source: "demo".into() };
    while let Some(claim) = site.state.store.claim(&rules).await.unwrap() {
        let items = site.state.store.untried_items(&claim.lease, 0, 100).await.unwrap();
        let outcome = |id: &str| {
            let name = names[id[1..3].parse::<usize>().unwrap()].clone();
            match id.starts_with('-') {
                true => Err(Failure { cause: FailureCause::Unavailable, text: name }),
                false => Ok(Metadata { title: Some(name.clone()), channel: Some(name), duration_seconds: Some(61), reason: None }),
            }
        };
        let results: Vec<ItemResult> = items.iter().map(|item| item.result(outcome(&item.youtube_id))).collect();
        crate::store::fixtures::try_flush(&*site.state.store, &claim.lease, &results, Some(Ending::Done)).await.unwrap();
    }
}
