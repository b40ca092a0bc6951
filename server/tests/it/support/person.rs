//! A user who uses the REST interface like a program.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use app::wire::{AuthResponse, BulkResult, Job, List, Page, ProgressUpdate, Refresh, Ticket};
use bytes::Bytes;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, multipart, redirect};
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::{POLL_INTERVAL, TIMEOUT, socket::Socket};

/// How long requests are retried after [`Person::patient`], and how long to wait for a job's end if something is broken on purpose.
const PATIENCE: Duration = Duration::from_secs(90);
/// After this time an access token, which is valid for 15 minutes, is renewed.
const TOKEN_AGE: Duration = Duration::from_secs(600);

/// An account, the URL at which it is used, and a cookie for pages.
#[derive(Clone)]
pub(crate) struct Person {
    client: Client,
    base: String,
    pub(crate) id: Uuid,
    email: String,
    /// The access token and when it was issued.
    token: Arc<Mutex<(String, Instant)>>,
    /// Valid as long as the session.
    pub(crate) refresh: String,
    patience: Duration,
}

/// The password of all users.
const PASSWORD: &str = "correct horse battery";

impl Person {
    /// Signs up at this URL.
    pub(crate) async fn sign_up(base: &str) -> Self {
        let client = Client::builder().redirect(redirect::Policy::none()).no_proxy().cookie_store(true).timeout(TIMEOUT).build().unwrap();
        let email = format!("{}@example.org", Uuid::new_v4().simple());
        let body = json!({ "email": email, "password": PASSWORD });
        let answer = client.post(format!("{base}/api/auth/register")).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        let auth: AuthResponse = answer.json().await.unwrap();
        let token = Arc::new(Mutex::new((auth.access_token, Instant::now())));
        Self { client, base: base.into(), id: auth.user.id, email, token, refresh: auth.refresh_token, patience: Duration::ZERO }
    }

    /// Signs in again: another session of the same user.
    pub(crate) async fn sign_in_again(&self) {
        let body = json!({ "email": self.email, "password": PASSWORD });
        let answer = self.request(Method::POST, "/api/auth/login").json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }

    /// The same user at another process.
    pub(crate) fn at(&self, base: &str) -> Self {
        Self { base: base.into(), ..self.clone() }
    }

    /// The same user, who retries for a while if there is no answer, or one that says "try again".
    pub(crate) fn patient(&self) -> Self {
        Self { patience: PATIENCE, ..self.clone() }
    }

    /// The access token.
    pub(crate) fn token(&self) -> String {
        self.token.lock().unwrap().0.clone()
    }

    /// The same user without retries.
    pub(crate) fn hasty(&self) -> Self {
        Self { patience: Duration::ZERO, ..self.clone() }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base)).bearer_auth(self.token())
    }

    /// Sends a request and returns any answer's status and body.
    async fn answer(&self, make: impl Fn(&Self) -> RequestBuilder) -> (StatusCode, Bytes) {
        self.keep_token().await;
        let until = Instant::now() + self.patience;
        loop {
            let answer = async {
                let answer = make(self).send().await?;
                Ok::<_, reqwest::Error>((answer.status(), answer.bytes().await?))
            };
            match answer.await {
                Ok((status, body)) if status != StatusCode::SERVICE_UNAVAILABLE || Instant::now() >= until => return (status, body),
                Err(error) if Instant::now() >= until => panic!("no answer: {error:?}"),
                Ok(_) | Err(_) => sleep(Duration::from_millis(100)).await,
            }
        }
    }

    /// Sends a request, expects this status, and returns the body.
    async fn call<T: DeserializeOwned>(&self, status: u16, make: impl Fn(&Self) -> RequestBuilder) -> T {
        let (got, body) = self.answer(make).await;
        let text = String::from_utf8_lossy(&body);
        assert_eq!(got, status, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn keep_token(&self) {
        if self.token.lock().unwrap().1.elapsed() < TOKEN_AGE {
            return;
        }
        let body = json!({ "refresh_token": self.refresh });
        // If this fails, the old token is valid for a while.
        let Ok(answer) = self.client.post(format!("{}/api/auth/refresh", self.base)).json(&body).send().await else { return };
        if let Ok(fresh) = answer.json::<Refresh>().await {
            *self.token.lock().unwrap() = (fresh.access_token, Instant::now());
        }
    }

    /// Requests a page, with the cookie only.
    pub(crate) async fn page(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.base)).send().await.unwrap()
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> T {
        self.call(200, |me| me.request(Method::GET, path)).await
    }

    pub(crate) async fn status(&self, method: Method, path: &str) -> u16 {
        self.answer(|me| me.request(method.clone(), path)).await.0.as_u16()
    }

    pub(crate) async fn new_list(&self, name: &str) -> List {
        self.call(201, |me| me.request(Method::POST, "/api/lists").json(&json!({ "name": name }))).await
    }

    pub(crate) async fn upload(&self, list: Uuid, file: &str) -> BulkResult {
        let path = format!("/api/lists/{list}/videos/bulk");
        let form = || multipart::Form::new().part("file", multipart::Part::text(file.to_owned()).file_name("videos.csv"));
        self.call(200, |me| me.request(Method::POST, &path).multipart(form())).await
    }

    /// Uploads into a new list and returns the job. If the first answer was lost and the file was uploaded again, returns the job of the
    /// first upload.
    pub(crate) async fn import(&self, name: &str, file: &str) -> Uuid {
        let list = self.new_list(name).await;
        if let Some(job) = self.upload(list.id, file).await.job_id {
            return job;
        }
        let jobs: Page<Job> = self.get(&format!("/api/jobs?state=all&list_id={}", list.id)).await;
        assert_eq!(jobs.items.len(), 1, "one file, one job");
        jobs.items[0].id
    }

    pub(crate) async fn cancel(&self, job: Uuid) {
        assert_eq!(self.status(Method::POST, &format!("/api/jobs/{job}/cancel")).await, 202);
    }

    pub(crate) async fn history(&self, job: Uuid) -> Vec<ProgressUpdate> {
        self.get(&format!("/api/jobs/{job}/progress-history?limit=5000")).await
    }

    /// Waits for a job's end.
    pub(crate) async fn wait_for_end(&self, job: Uuid) -> Job {
        let path = format!("/api/jobs/{job}");
        let polling = async {
            loop {
                let job: Job = self.get(&path).await;
                if job.status.is_terminal() {
                    return job;
                }
                sleep(POLL_INTERVAL).await;
            }
        };
        timeout(TIMEOUT.max(self.patience), polling).await.expect("the job ends")
    }

    /// Requests a ticket for one socket, once. `Err` contains the status, or says that there was no answer.
    pub(crate) async fn ticket(&self) -> Result<Ticket, Option<u16>> {
        self.keep_token().await;
        let answer = self.request(Method::POST, "/api/ws/ticket").send().await.map_err(|_| None)?;
        let status = answer.status();
        if status == StatusCode::CREATED { answer.json().await.map_err(|_| None) } else { Err(Some(status.as_u16())) }
    }

    /// The URL of a socket with this token or ticket.
    pub(crate) fn socket_url(&self, token: &str) -> String {
        format!("{}/api/ws/progress?token={token}", self.base.replacen("http", "ws", 1))
    }

    /// Sends a POST without a body and returns the answer's status and body.
    pub(crate) async fn post(&self, path: &str) -> (u16, serde_json::Value) {
        let (status, body) = self.answer(|me| me.request(Method::POST, path)).await;
        (status.as_u16(), serde_json::from_slice(&body).unwrap_or_default())
    }

    /// Opens a socket without control frames.
    pub(crate) async fn socket(&self) -> Socket {
        Socket::open(&self.socket_url(&self.token())).await
    }

    /// Opens a socket with control frames, as pages do.
    pub(crate) async fn control_socket(&self) -> Socket {
        Socket::open(&format!("{}&control=1", self.socket_url(&self.token()))).await
    }
}
