//! Starting and stopping systems, and the program that talks to one.

use std::time::Duration;

use app::wire::{AuthResponse, BulkResult, Frame, Job, JobStatus, List, ProgressUpdate};
use futures::StreamExt;
use reqwest::{Client, Method, RequestBuilder, Response, multipart, redirect};
use serde::de::DeserializeOwned;
use serde_json::json;
use server::{
    config::{MetadataMode, Settings, Switch},
    startup::{self, Roles},
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::support::database::Database;

/// More than anything here takes.
const SOON: Duration = Duration::from_secs(30);

/// A running system.
pub(super) struct System {
    /// Where the web role listens.
    pub(super) base: String,
    settings: Settings,
    several: bool,
    processes: Vec<(CancellationToken, JoinHandle<anyhow::Result<()>>)>,
    database: Database,
}

impl System {
    /// One `serve` on SQLite.
    pub(super) async fn embedded() -> Self {
        Self::start(Database::sqlite().await, None).await
    }

    /// A `web` and a `worker` on PostgreSQL and Redis.
    pub(super) async fn cluster() -> Self {
        let redis =
            std::env::var("TEST_REDIS_URL").expect("TEST_REDIS_URL is not set. Run the tests with script/test, which starts a Redis for them");
        Self::start(Database::postgres().await, Some(redis)).await
    }

    async fn start(database: Database, redis: Option<String>) -> Self {
        let several = redis.is_some();
        let settings = Settings {
            redis_url: redis.map(Into::into),
            metadata: MetadataMode::Demo,
            demo_speed: 20.0,
            rate_limits: Switch::Off,
            ..database.settings.clone()
        };
        let mut system = Self { base: String::new(), settings, several, processes: Vec::new(), database };
        system.run().await;
        system
    }

    /// Starts the processes.
    pub(super) async fn run(&mut self) {
        let roles = match self.several {
            true => vec![Roles { web: true, worker: false }, Roles { web: false, worker: true }],
            false => vec![Roles { web: true, worker: true }],
        };
        for roles in roles {
            startup::refuse_what_cannot_work(&self.settings, roles).unwrap();
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            if roles.web {
                self.base = format!("http://{}", listener.local_addr().unwrap());
            }
            let shutdown = CancellationToken::new();
            let process = tokio::spawn(startup::run(self.settings.clone(), roles, Some(listener), shutdown.clone()));
            self.processes.push((shutdown, process));
        }
    }

    /// Stops the processes as SIGTERM does, and says that they ended well.
    pub(super) async fn stop(&mut self) {
        for (shutdown, _) in &self.processes {
            shutdown.cancel();
        }
        for (_, process) in self.processes.drain(..) {
            timeout(Duration::from_secs(10), process).await.expect("it ends within ten seconds").unwrap().unwrap();
        }
    }

    /// How fast videos are looked up from the next start on.
    pub(super) fn set_speed(&mut self, speed: f64) {
        self.settings.demo_speed = speed;
    }

    /// The Redis between the processes.
    pub(super) fn redis(&self) -> Option<&str> {
        self.settings.redis_url.as_ref().map(|url| url.expose())
    }

    /// How many jobs one process runs at once, from the next start on.
    pub(super) fn set_jobs(&mut self, jobs: u32) {
        self.settings.worker_jobs = jobs;
    }

    /// Changes the database past the system: to make what takes days.
    pub(super) async fn execute(&self, sql: &str) {
        self.database.execute(sql).await;
    }

    /// A duration as the database reckons.
    pub(super) fn seconds(&self, seconds: u32) -> String {
        self.database.seconds(seconds)
    }

    /// One number from the database.
    pub(super) async fn number(&self, sql: &str) -> i64 {
        self.database.number(sql).await
    }

    /// Waits until that number is this one.
    pub(super) async fn reached(&self, sql: &str, number: i64) {
        let poll = async {
            while self.number(sql).await != number {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(SOON, poll).await.expect("the database gets there");
    }

    /// A new account.
    pub(super) async fn sign_up(&self) -> Person {
        let client = Client::builder().redirect(redirect::Policy::none()).no_proxy().cookie_store(true).build().unwrap();
        let email = format!("{}@example.org", Uuid::new_v4().simple());
        let body = json!({ "email": email, "password": "correct horse battery" });
        let answer = client.post(format!("{}/api/auth/register", self.base)).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        let auth: AuthResponse = answer.json().await.unwrap();
        Person { client, base: self.base.clone(), id: auth.user.id, token: auth.access_token, refresh: auth.refresh_token }
    }
}

impl Drop for System {
    fn drop(&mut self) {
        for (shutdown, _) in &self.processes {
            shutdown.cancel();
        }
    }
}

/// Somebody with an account, and a cookie for pages.
pub(super) struct Person {
    client: Client,
    base: String,
    pub(super) id: Uuid,
    /// Lasts for minutes.
    pub(super) token: String,
    /// Lasts as long as the session.
    pub(super) refresh: String,
}

impl Person {
    /// The same person after the system was started again.
    pub(super) fn at(mut self, system: &System) -> Self {
        self.base.clone_from(&system.base);
        self
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token)
    }

    /// A page, with the cookie alone.
    pub(super) async fn page(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.base)).send().await.unwrap()
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> T {
        let answer = self.request(Method::GET, path).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }

    pub(super) async fn status(&self, method: Method, path: &str) -> u16 {
        self.request(method, path).send().await.unwrap().status().as_u16()
    }

    pub(super) async fn new_list(&self, name: &str) -> List {
        self.request(Method::POST, "/api/lists").json(&json!({ "name": name })).send().await.unwrap().json().await.unwrap()
    }

    pub(super) async fn upload(&self, list: Uuid, file: &str) -> BulkResult {
        let part = multipart::Part::text(file.to_owned()).file_name("videos.csv");
        let path = format!("/api/lists/{list}/videos/bulk");
        let answer = self.request(Method::POST, &path).multipart(multipart::Form::new().part("file", part)).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }

    pub(super) async fn history(&self, job: Uuid) -> Vec<ProgressUpdate> {
        self.get(&format!("/api/jobs/{job}/progress-history")).await
    }

    /// Waits for a job's end.
    pub(super) async fn ended(&self, job: Uuid) -> Job {
        let path = format!("/api/jobs/{job}");
        timeout(SOON, async {
            loop {
                let job: Job = self.get(&path).await;
                if job.status.is_terminal() {
                    return job;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await
        .expect("the job ends")
    }

    /// A POST without a body, and its answer's status and body.
    pub(super) async fn post(&self, path: &str) -> (u16, serde_json::Value) {
        let answer = self.request(Method::POST, path).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    /// A socket as the plainest program opens it.
    pub(super) async fn socket(&self) -> Socket {
        self.socket_with("").await
    }

    /// A socket as a page opens it, which gets control frames too.
    pub(super) async fn control_socket(&self) -> Socket {
        self.socket_with("&control=1").await
    }

    async fn socket_with(&self, more: &str) -> Socket {
        let url = format!("{}/api/ws/progress?token={}{more}", self.base.replacen("http", "ws", 1), self.token);
        let (stream, answer) = connect_async(url).await.unwrap();
        assert_eq!(answer.status(), 101);
        Socket { stream }
    }
}

/// An open socket.
pub(super) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    /// The next update. Anything that is not one is an error: without `control=1` there is nothing else.
    pub(super) async fn next(&mut self) -> ProgressUpdate {
        match self.message().await {
            Message::Text(text) => ProgressUpdate::from_untrusted(text.as_bytes()).unwrap(),
            other => panic!("not an update: {other:?}"),
        }
    }

    /// The next frame, whatever it says.
    pub(super) async fn frame(&mut self) -> Frame {
        match self.message().await {
            Message::Text(text) => Frame::parse(&text).unwrap(),
            other => panic!("not a frame: {other:?}"),
        }
    }

    /// Everything up to a job's terminal update.
    pub(super) async fn until_the_end(&mut self, job: Uuid) -> Vec<ProgressUpdate> {
        let mut updates = Vec::new();
        loop {
            let update = self.next().await;
            if update.job_id == job {
                updates.push(update);
                if updates.last().map(|update| update.status).is_some_and(JobStatus::is_terminal) {
                    return updates;
                }
            }
        }
    }

    /// The close frame's code and reason.
    pub(super) async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.message().await {
                Message::Close(Some(frame)) => return (frame.code.into(), frame.reason.to_string()),
                Message::Text(_) => {}
                other => panic!("not closed: {other:?}"),
            }
        }
    }

    async fn message(&mut self) -> Message {
        loop {
            match timeout(SOON, self.stream.next()).await.expect("a frame comes").expect("the socket is open").unwrap() {
                Message::Ping(_) | Message::Pong(_) => {}
                message => return message,
            }
        }
    }
}
