//! A server with the API and the forms on a port of its own, and the clients that talk to it.

use std::{net::SocketAddr, sync::Arc};

use app::backend::Instance;
use reqwest::{Client, Method, RequestBuilder, Response, multipart, redirect};
use serde::Serialize;
use serde_json::{Value, json};
use server::{
    auth::Auth,
    bus::{Bus, local::LocalBus, publisher::Publisher},
    config::{Settings, Switch},
    hub::{Hub, WorkSignal},
    router,
    state::AppState,
    store,
};
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use crate::support::database::Database;

/// Every user's.
pub(super) const PASSWORD: &str = "correct horse";

/// The server; gone with this value.
pub(super) struct Site {
    /// What its handlers see.
    pub(super) state: AppState,
    address: SocketAddr,
    shutdown: CancellationToken,
    _data_dir: tempfile::TempDir,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl Site {
    pub(super) async fn start() -> Self {
        Self::with(|_| ()).await
    }

    /// On a database of the test's.
    pub(super) async fn on(database: &Database) -> Self {
        let of_test = database.settings.clone();
        Self::with(|settings| (settings.database_url, settings.data_dir) = (of_test.database_url, of_test.data_dir)).await
    }

    pub(super) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let data_dir = tempfile::tempdir().unwrap();
        let mut settings = Settings { data_dir: data_dir.path().into(), rate_limits: Switch::Off, ..Settings::defaults() };
        change(&mut settings);
        let settings = Arc::new(settings);
        let store = store::open(&settings).await.unwrap();
        let bus: Arc<dyn Bus> = Arc::new(LocalBus::new());
        let shutdown = CancellationToken::new();
        let (publisher, _) = Publisher::spawn(Arc::clone(&bus), shutdown.clone());
        let hub = Hub::new(Arc::clone(&bus), settings.max_sockets_per_user, WorkSignal::default());
        let auth = Arc::new(Auth::new(Arc::clone(&settings), Arc::clone(&store), b"a secret that only tests know, 32+").unwrap());
        let (health, imports, sockets) = (Arc::clone(&store), Arc::new(Semaphore::new(1)), TaskTracker::new());
        let state = AppState { settings, store, health, bus, publisher, hub, auth, imports, sockets };
        let routes = router::router(state.clone(), Instance::default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serve = axum::serve(listener, routes.into_make_service_with_connect_info::<SocketAddr>());
        let until = shutdown.clone();
        tokio::spawn(async move { serve.with_graceful_shutdown(until.cancelled_owned()).await });
        Self { state, address, shutdown, _data_dir: data_dir }
    }

    /// A path's whole address.
    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A browser without cookies yet.
    pub(super) fn browser(&self) -> Browser {
        Browser { client: client().cookie_store(true).build().unwrap(), base: self.url(""), authorization: None }
    }

    /// A program with an access token.
    pub(super) fn program(&self, token: &str) -> Browser {
        Browser { client: client().build().unwrap(), base: self.url(""), authorization: Some(format!("Bearer {token}")) }
    }

    /// A new account: the browser that is signed in to it, and the answer to signing up.
    pub(super) async fn user(&self, email: &str) -> (Browser, Value) {
        let browser = self.browser();
        let answer = browser.post("/api/auth/register", &json!({ "email": email, "password": PASSWORD })).await;
        assert_eq!(answer.status(), 201);
        (browser, answer.json().await.unwrap())
    }
}

fn client() -> reqwest::ClientBuilder {
    Client::builder().redirect(redirect::Policy::none()).no_proxy()
}

/// Somebody who asks.
pub(super) struct Browser {
    client: Client,
    base: String,
    authorization: Option<String>,
}

impl Browser {
    /// As from a page of our own.
    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.bare(method, path);
        match &self.authorization {
            Some(value) => request.header("authorization", value),
            None => request.header("sec-fetch-site", "same-origin"),
        }
    }

    /// With the cookie alone.
    pub(super) fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    pub(super) async fn send(&self, method: Method, path: &str) -> Response {
        self.request(method, path).send().await.unwrap()
    }

    pub(super) async fn get(&self, path: &str) -> Response {
        self.send(Method::GET, path).await
    }

    pub(super) async fn post(&self, path: &str, body: &impl Serialize) -> Response {
        self.request(Method::POST, path).json(body).send().await.unwrap()
    }

    /// A new list.
    pub(super) async fn list(&self, name: &str) -> Uuid {
        let answer = self.post("/api/lists", &json!({ "name": name })).await;
        assert_eq!(answer.status(), 201);
        serde_json::from_value(answer.json::<Value>().await.unwrap()["id"].take()).unwrap()
    }

    /// A file into a list.
    pub(super) async fn upload(&self, list: Uuid, name: &str, content: &str) -> Response {
        self.send_file(&format!("/api/lists/{list}/videos/bulk"), name, content.as_bytes()).await
    }

    /// A file to an address.
    pub(super) async fn send_file(&self, path: &str, name: &str, content: &[u8]) -> Response {
        let part = multipart::Part::bytes(content.to_vec()).file_name(name.to_owned());
        self.request(Method::POST, path).multipart(multipart::Form::new().part("file", part)).send().await.unwrap()
    }
}

/// A request that sends a form.
pub(super) fn form(request: RequestBuilder, fields: &[(&str, &str)]) -> RequestBuilder {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    request.header("content-type", "application/x-www-form-urlencoded").body(body)
}

/// Status and code of a problem, which is well-formed.
pub(super) async fn problem(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    assert_eq!(answer.headers()["content-type"], "application/problem+json", "{status} {}", answer.url());
    let body: Value = answer.json().await.unwrap();
    let code = body["code"].as_str().unwrap().to_owned();
    assert_eq!((&body["status"], &body["type"]), (&json!(status), &json!(format!("/docs/problems#{code}"))));
    assert!(body["detail"].as_str().unwrap().ends_with(['.', ')']), "{body}");
    (status, code)
}
