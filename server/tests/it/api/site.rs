//! A server with API, forms and pages on its own port, and clients for it.

use std::{net::SocketAddr, sync::Arc};

use app::backend::Instance;
use reqwest::{Client, Method, RequestBuilder, Response, multipart, redirect};
use serde::Serialize;
use serde_json::{Value, json};
use server::{
    config::{Settings, Switch},
    internals::{
        auth::Auth,
        bus::{Bus, WorkSignal, local::LocalBus, publisher::Publisher},
        hub::Hub,
        router,
        state::{AppState, UploadPermits},
        store,
    },
};
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use crate::support::database::Database;

/// Of all users.
pub(super) const PASSWORD: &str = "correct horse";

/// The server; stops when dropped.
pub(super) struct Site {
    /// The state of its handlers.
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

    /// With the test's own database.
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
        let (health, imports, sockets, changes) = (Arc::clone(&store), Arc::new(Semaphore::new(1)), TaskTracker::new(), TaskTracker::new());
        let uploads = Arc::new(UploadPermits::for_settings(&settings));
        let state = AppState { uploads, settings, store, health, bus, publisher, hub, auth, imports, sockets, changes };
        let routes = router::router(state.clone(), Instance::default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serve = axum::serve(listener, routes.into_make_service_with_connect_info::<SocketAddr>());
        let until = shutdown.clone();
        tokio::spawn(async move { serve.with_graceful_shutdown(until.cancelled_owned()).await });
        Self { state, address, shutdown, _data_dir: data_dir }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A browser without cookies.
    pub(super) fn browser(&self) -> Browser {
        Browser { client: client().cookie_store(true).build().unwrap(), base: self.url(""), authorization: None }
    }

    /// A program with an access token.
    pub(super) fn program(&self, token: &str) -> Browser {
        Browser { client: client().build().unwrap(), base: self.url(""), authorization: Some(format!("Bearer {token}")) }
    }

    /// Signs up. Returns the browser that is signed in, and the response's body.
    pub(super) async fn user(&self, email: &str) -> (Browser, Value) {
        let browser = self.browser();
        let response = browser.post("/api/auth/register", &json!({ "email": email, "password": PASSWORD })).await;
        assert_eq!(response.status(), 201);
        (browser, response.json().await.unwrap())
    }
}

fn client() -> reqwest::ClientBuilder {
    Client::builder().redirect(redirect::Policy::none()).no_proxy()
}

/// An HTTP client.
pub(super) struct Browser {
    client: Client,
    base: String,
    authorization: Option<String>,
}

impl Browser {
    /// As sent by one of our own pages, or by a program with a token.
    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.bare_request(method, path);
        match &self.authorization {
            Some(value) => request.header("authorization", value),
            None => request.header("sec-fetch-site", "same-origin"),
        }
    }

    /// With cookies, but without `Sec-Fetch-Site`.
    pub(super) fn bare_request(&self, method: Method, path: &str) -> RequestBuilder {
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

    pub(super) async fn list(&self, name: &str) -> Uuid {
        let response = self.post("/api/lists", &json!({ "name": name })).await;
        assert_eq!(response.status(), 201);
        serde_json::from_value(response.json::<Value>().await.unwrap()["id"].take()).unwrap()
    }

    pub(super) async fn upload(&self, list: Uuid, name: &str, content: &str) -> Response {
        self.send_file(&format!("/api/lists/{list}/videos/bulk"), name, content.as_bytes()).await
    }

    pub(super) async fn send_file(&self, path: &str, name: &str, content: &[u8]) -> Response {
        self.send_files(path, &[(name, content)]).await
    }

    pub(super) async fn send_files(&self, path: &str, named: &[(&str, &[u8])]) -> Response {
        self.request(Method::POST, path).multipart(files(named)).send().await.unwrap()
    }
}

/// The fields `file` of an upload.
pub(super) fn files(files: &[(&str, &[u8])]) -> multipart::Form {
    let part = |(name, content): &(&str, &[u8])| multipart::Part::bytes(content.to_vec()).file_name((*name).to_owned());
    files.iter().fold(multipart::Form::new(), |form, file| form.part("file", part(file)))
}

/// Adds a form as the body.
pub(super) fn form(request: RequestBuilder, fields: &[(&str, &str)]) -> RequestBuilder {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    request.header("content-type", "application/x-www-form-urlencoded").body(body)
}

/// Checks that the response is a well-formed problem. Returns its status and code.
pub(super) async fn problem(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    assert_eq!(response.headers()["content-type"], "application/problem+json", "{status} {}", response.url());
    let body: Value = response.json().await.unwrap();
    let code = body["code"].as_str().unwrap().to_owned();
    assert_eq!((&body["status"], &body["type"]), (&json!(status), &json!(format!("/docs/problems#{code}"))));
    assert!(body["detail"].as_str().unwrap().ends_with(['.', ')']), "{body}");
    (status, code)
}
