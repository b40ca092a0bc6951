//! A source that refuses: what the operator gets to know, and what not.

use serde_json::json;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};

use super::{
    cluster::Cluster,
    file,
    process_metrics::{METRICS_ON_ANY_PORT, ProcessMetrics},
};
use crate::support::person::Person;

const KEY: &str = "AIza-very-secret";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operator_reads_googles_reason_and_never_the_key() {
    let google = MockServer::start().await;
    let refusal = json!({"error": {"code": 400, "message": "API key not valid.", "errors": [{"reason": "badRequest"}], "details": [{"reason": "API_KEY_INVALID"}]}});
    Mock::given(path("/youtube/v3/videos")).respond_with(ResponseTemplate::new(400).set_body_json(refusal)).mount(&google).await;
    let address = google.uri();
    let settings = [METRICS_ON_ANY_PORT, ("METADATA", "api"), ("METADATA_URL", &*address), ("YOUTUBE_API_KEY", KEY), ("RUST_LOG", "debug")];
    let cluster = Cluster::embedded().await;
    let mut serve = cluster.node("serve", &settings).await;
    let process_metrics = ProcessMetrics::for_node(&mut serve).await;
    let person = Person::sign_up(&serve.base()).await;
    person.import("Cooking", &file(3)).await;

    let line = serve.process.wait_for_log("the source is unavailable; jobs wait for it").await;
    assert!(line.contains("API_KEY_INVALID") && line.contains("waiting_reason"), "{line}");
    let name = r#"playmarks_source_unavailable_total{source="api",reason="key",detail="API_KEY_INVALID"}"#;
    process_metrics.wait_for_at_least(name, 1.0).await;
    assert_eq!(serve.process.find_in_log(KEY), None);
}
