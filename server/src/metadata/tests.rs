//! The clients against real HTTP: the documented shapes, everything that goes wrong, and the emulator's round trip.

mod api;
mod emulator;
mod oembed;

use app::wire::VideoReason;
use serde_json::json;
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{header, method, path, query_param},
};

use super::*;
use crate::config::Secret;

const ID: &str = "8pDPkXZAtUt";
const OTHER: &str = "8g3rkZs5OuQ";
const KEY: &str = "AIza-very-secret";

fn quick() -> Policy {
    Policy { base: Duration::from_millis(2), attempts: 4, patience: Duration::from_secs(2), pause: Duration::from_secs(15) }
}

fn oembed_at(server: &MockServer) -> Oembed {
    Oembed::new(Http::anywhere().unwrap(), Some(server.uri().parse().unwrap()), quick())
}

fn api_at(server: &MockServer) -> YoutubeApi {
    YoutubeApi::new(Http::anywhere().unwrap(), Some(server.uri().parse().unwrap()), Secret::from(KEY), quick())
}

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

async fn one(source: &dyn Source) -> Result<Result<Metadata, Failure>, SourceAway> {
    source.look_up(&ids(&[ID])).await.map(|mut outcomes| {
        assert_eq!(outcomes.len(), 1);
        outcomes.remove(0)
    })
}

fn cause(outcome: Result<Result<Metadata, Failure>, SourceAway>) -> FailureCause {
    outcome.unwrap().unwrap_err().cause
}

async fn answering(response: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(response).mount(&server).await;
    server
}

async fn requests(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

fn title(text: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"title": text, "author_name": "A channel", "type": "video"}))
}
