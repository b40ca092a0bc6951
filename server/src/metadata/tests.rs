//! The clients over real HTTP: documented answers, everything that goes wrong, and the emulator through both of them.

mod api;
mod emulator;
mod oembed;
mod recorded;
mod scenarios;

use app::wire::{FailureCause, VideoReason};
use serde_json::json;
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{header, method, path, query_param},
};

use super::{probe::KNOWN_VIDEO_ID, *};
use secrecy::SecretString;

const ID: &str = "8pDPkXZAtUt";
const OTHER: &str = "8g3rkZs5OuQ";
const KEY: &str = "AIza-very-secret";

fn fast_retries() -> RetryPolicy {
    RetryPolicy { min_delay: Duration::from_millis(2), max_retry_after: Duration::from_secs(2), ..RetryPolicy::default() }
}

fn oembed_at(server: &MockServer) -> Oembed {
    Oembed::new(HttpClient::any_scheme().unwrap(), Some(server.uri().parse().unwrap()), fast_retries())
}

fn api_at(server: &MockServer) -> YoutubeApi {
    YoutubeApi::new(HttpClient::any_scheme().unwrap(), Some(server.uri().parse().unwrap()), SecretString::from(KEY), fast_retries())
}

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

async fn look_up_one(source: &dyn Source) -> Result<Result<Metadata, Failure>, SourceUnavailable> {
    source.look_up(&ids(&[ID])).await.map(|mut outcomes| {
        assert_eq!(outcomes.len(), 1);
        outcomes.remove(0)
    })
}

fn cause(outcome: Result<Result<Metadata, Failure>, SourceUnavailable>) -> FailureCause {
    outcome.unwrap().unwrap_err().cause
}

async fn server_answering(response: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(response).mount(&server).await;
    server
}

/// Answers everything with `response`, but the known video as both endpoints do.
async fn server_answering_others(response: ResponseTemplate) -> MockServer {
    let server = server_answering(response).await;
    let known = json!({"title": "Me at the zoo", "items": [{"id": KNOWN_VIDEO_ID, "snippet": {"title": "Me at the zoo"}}]});
    let is_known = |request: &Request| request.url.query().unwrap().contains(KNOWN_VIDEO_ID);
    Mock::given(is_known).respond_with(ResponseTemplate::new(200).set_body_json(known)).with_priority(1).mount(&server).await;
    server
}

/// Answers calls for the poisoned ids with `poison`, and a while later than those for other ids.
async fn poisoned_server(poison: ResponseTemplate, poisoned: &'static [&'static str], good: impl wiremock::Respond + 'static) -> MockServer {
    let server = MockServer::start().await;
    let is_poisoned = move |request: &Request| poisoned.iter().any(|id| request.url.query().unwrap().contains(id));
    Mock::given(is_poisoned).respond_with(poison.set_delay(Duration::from_millis(20))).with_priority(1).mount(&server).await;
    Mock::given(method("GET")).respond_with(good).mount(&server).await;
    server
}

fn unreadable_answers() -> [ResponseTemplate; 4] {
    [
        ResponseTemplate::new(500),
        ResponseTemplate::new(200).set_body_string("<!doctype html>"),
        ResponseTemplate::new(200).set_body_json(json!({"kind": "nonsense"})),
        ResponseTemplate::new(200).set_body_bytes(vec![b' '; 3 << 20]),
    ]
}

/// Without those for the known video.
async fn request_count(server: &MockServer) -> usize {
    let requests = server.received_requests().await.unwrap();
    requests.iter().filter(|request| !request.url.query().unwrap_or_default().contains(KNOWN_VIDEO_ID)).count()
}

async fn known_video_request_count(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len() - request_count(server).await
}

fn title_answer(text: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"title": text, "author_name": "A channel", "type": "video"}))
}
