//! The oEmbed client, and what both clients have in common.

use std::time::Instant;

use secrecy::SecretString;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

#[tokio::test]
async fn oembed_request_is_as_documented() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/oembed"))
        .and(query_param("url", format!("https://www.youtube.com/watch?v={ID}")))
        .and(query_param("format", "json"))
        .and(header("user-agent", concat!("Playmarks/", env!("CARGO_PKG_VERSION"))))
        .respond_with(title_answer(" A\u{7}title\u{0} "))
        .expect(1)
        .mount(&server)
        .await;
    let metadata = look_up_one(&oembed_at(&server)).await.unwrap().unwrap();
    assert_eq!(metadata, Metadata { title: Some("A title".into()), channel: Some("A channel".into()), duration_seconds: None, reason: None });
}

#[tokio::test]
async fn oembed_says_why_a_video_is_unavailable() {
    for (status, word) in [(404, "deleted"), (400, "deleted"), (403, "private")] {
        let server = server_answering_others(ResponseTemplate::new(status)).await;
        let failure = look_up_one(&oembed_at(&server)).await.unwrap().unwrap_err();
        assert!(failure.cause == FailureCause::Unavailable && failure.text.contains(word), "{status}: {failure:?}");
        assert_eq!(request_count(&server).await, 1, "nothing to try again");
    }
}

#[tokio::test]
async fn oembed_401_means_that_embedding_is_disabled() {
    let found = Metadata { title: None, channel: None, duration_seconds: None, reason: Some(VideoReason::EmbeddingDisabled) };
    for response in [ResponseTemplate::new(401).set_body_string("Unauthorized"), ResponseTemplate::new(200).set_body_string("Unauthorized\n")] {
        let server = server_answering(response).await;
        assert_eq!(look_up_one(&oembed_at(&server)).await.unwrap().unwrap(), found);
        assert_eq!(request_count(&server).await, 1, "it is an answer");
    }
}

#[tokio::test]
async fn oembed_200_with_the_name_of_a_status_means_that_status() {
    for (body, word) in [("Forbidden", "private"), ("Not Found", "deleted")] {
        let server = server_answering_others(ResponseTemplate::new(200).set_body_string(body)).await;
        let failure = look_up_one(&oembed_at(&server)).await.unwrap().unwrap_err();
        assert!(failure.cause == FailureCause::Unavailable && failure.text.contains(word), "{body}: {failure:?}");
    }
}

#[tokio::test]
async fn oembed_403_for_everything_contains_googles_reason() {
    let body = json!({"error": {"code": 403, "message": "SSL is required to perform this operation.", "status": "PERMISSION_DENIED"}});
    let server = server_answering(ResponseTemplate::new(403).set_body_json(body)).await;
    let unavailable = look_up_one(&oembed_at(&server)).await.unwrap_err();
    assert_eq!((&*unavailable.error, &*unavailable.detail), ("forbidden (403): SSL is required to perform this operation.", "403"));
}

#[tokio::test]
async fn rate_limited_call_is_retried_after_the_pause_asked_for() {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(429).insert_header("Retry-After", "1")).up_to_n_times(1).mount(&server).await;
    Mock::given(method("GET")).respond_with(title_answer("After a while")).mount(&server).await;
    let start = Instant::now();
    assert_eq!(look_up_one(&oembed_at(&server)).await.unwrap().unwrap().title.as_deref(), Some("After a while"));
    assert!(start.elapsed() >= Duration::from_secs(1) && request_count(&server).await == 2);
}

#[tokio::test]
async fn endless_429_fails_the_video_and_then_makes_the_source_unavailable() {
    let server = server_answering(ResponseTemplate::new(429)).await;
    let source = oembed_at(&server);
    assert_eq!(cause(look_up_one(&source).await), FailureCause::RateLimited);
    assert_eq!(request_count(&server).await, 4);
    let unavailable = look_up_one(&source).await.unwrap_err();
    assert_eq!((unavailable.retry_after, request_count(&server).await), (Duration::from_secs(15), 5));
}

#[tokio::test]
async fn long_retry_after_makes_the_source_unavailable() {
    let server = server_answering(ResponseTemplate::new(429).insert_header("Retry-After", "120")).await;
    assert_eq!(look_up_one(&oembed_at(&server)).await.unwrap_err().retry_after, Duration::from_secs(120));
    assert_eq!(request_count(&server).await, 1);
}

#[tokio::test]
async fn unreadable_answer_is_retried_and_then_fails_the_video() {
    let huge = json!({"title": "x".repeat(300 << 10), "author_name": "y"});
    let elsewhere = server_answering(title_answer("from elsewhere")).await;
    let cases = [
        ResponseTemplate::new(503),
        ResponseTemplate::new(418),
        ResponseTemplate::new(200).set_body_string("<html>"),
        ResponseTemplate::new(200).set_body_json(json!({"title": " "})),
        ResponseTemplate::new(200).set_body_json(json!({"title": 7})),
        ResponseTemplate::new(200).set_body_json(huge),
        ResponseTemplate::new(302).insert_header("Location", elsewhere.uri()),
    ];
    for response in cases {
        let server = server_answering_others(response).await;
        assert_eq!(cause(look_up_one(&oembed_at(&server)).await), FailureCause::SourceError);
        assert_eq!((request_count(&server).await, known_video_request_count(&server).await), (4, 1));
    }
    assert_eq!(request_count(&elsewhere).await, 0, "no redirect is followed");
}

async fn look_up_all(source: &Oembed, ids: Vec<String>) -> Vec<Result<Vec<Result<Metadata, Failure>>, SourceUnavailable>> {
    futures::future::join_all(ids.chunks(1).map(|id| source.look_up(id))).await
}

fn many(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("video{n:06}")).collect()
}

#[tokio::test]
async fn source_that_fails_for_all_ids_is_unavailable_and_fails_no_video() {
    let server = server_answering(ResponseTemplate::new(500)).await;
    let outcomes = look_up_all(&oembed_at(&server), many(8)).await;
    assert!(outcomes.iter().all(Result::is_err), "{outcomes:?}");
}

#[tokio::test]
async fn oembed_fails_only_the_ids_with_unreadable_answers() {
    const POISONED: [&str; 6] = ["poisoned001", "poisoned002", "poisoned003", "poisoned004", "poisoned005", "poisoned006"];
    for poison in unreadable_answers() {
        let server = poisoned_server(poison, &POISONED, title_answer("A title")).await;
        let source = oembed_at(&server);
        let job = [many(20), ids(&POISONED)].concat();
        let outcomes = look_up_all(&source, job.clone()).await;
        for (id, outcome) in job.iter().zip(outcomes) {
            let failed = outcome.expect("it is not the source").remove(0).err().map(|failure| failure.cause);
            assert_eq!(failed, id.starts_with("poisoned").then_some(FailureCause::SourceError), "{id}");
        }
        assert_eq!(request_count(&server).await, 20 + 6 * 4);
        // Retried by a job that has no other ids, while another job goes on.
        let (again, other) = futures::join!(look_up_all(&source, ids(&POISONED[..2])), look_up_all(&source, many(20)));
        assert!(again.iter().all(|outcome| outcome.as_ref().is_ok_and(|outcome| outcome[0].is_err())), "{again:?}");
        assert!(other.iter().all(|outcome| outcome.as_ref().is_ok_and(|outcome| outcome[0].is_ok())), "{other:?}");
        // And while nothing else goes on.
        let again = look_up_all(&source, ids(&POISONED[..2])).await;
        assert!(again.iter().all(|outcome| outcome.as_ref().is_ok_and(|outcome| outcome[0].is_err())), "{again:?}");
    }
}

#[tokio::test]
async fn source_that_refuses_connections_is_unavailable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let source = Oembed::new(HttpClient::any_scheme().unwrap(), Some(base.clone()), fast_retries());
    let unavailable = look_up_one(&source).await.unwrap_err();
    assert!(unavailable.retry_after == Duration::from_secs(15) && unavailable.error.contains("refused"), "{unavailable:?}");
    let api = YoutubeApi::new(HttpClient::any_scheme().unwrap(), Some(base), SecretString::from(KEY), fast_retries());
    let unavailable = look_up_one(&api).await.unwrap_err();
    assert!(!unavailable.error.contains(KEY), "{unavailable:?}");
}

#[tokio::test]
async fn broken_connection_is_retried() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let closing = tokio::spawn(async move {
        let mut accepted = 0;
        // Four times for the video, and once for the known one.
        while accepted < 5 {
            drop(listener.accept().await.unwrap());
            accepted += 1;
        }
        listener
    });
    let source = Oembed::new(HttpClient::any_scheme().unwrap(), Some(base), fast_retries());
    assert_eq!(look_up_one(&source).await.unwrap_err().waiting_reason, WaitingReason::Network);
    drop(closing.await.unwrap());
}

#[tokio::test]
async fn https_only_client_refuses_plain_http_and_missing_certificates() {
    let server = server_answering(title_answer("inside")).await;
    let public = HttpClient::https_only().unwrap();
    assert!(public.get(server.uri().parse().unwrap(), 1000).await.is_err());
    let forged: Url = format!("https://localhost:{}/", server.address().port()).parse().unwrap();
    let error = public.get(forged, 1000).await.unwrap_err();
    assert!(matches!(&error, lookup_error::LookupError::Unreachable(_)), "{error:?}");
    assert_eq!(request_count(&server).await, 0);
}

#[tokio::test]
async fn busy_source_is_retried_after_the_pause_asked_for() {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(503).insert_header("Retry-After", "1")).up_to_n_times(1).mount(&server).await;
    Mock::given(method("GET")).respond_with(title_answer("After a while")).mount(&server).await;
    let start = Instant::now();
    assert_eq!(look_up_one(&oembed_at(&server)).await.unwrap().unwrap().title.as_deref(), Some("After a while"));
    assert!(start.elapsed() >= Duration::from_secs(1));
    let in_ten_minutes = (chrono::Utc::now() + chrono::TimeDelta::minutes(10)).to_rfc2822().replace("+0000", "GMT");
    let server = server_answering(ResponseTemplate::new(503).insert_header("Retry-After", in_ten_minutes.as_str())).await;
    let unavailable = look_up_one(&oembed_at(&server)).await.unwrap_err();
    assert!(unavailable.retry_after > Duration::from_secs(500) && unavailable.retry_after <= Duration::from_secs(600), "{unavailable:?}");
}

#[tokio::test]
async fn body_that_arrives_byte_by_byte_is_unreadable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let dripping = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                // A response before the request would be an HTTP error.
                let _ = stream.read(&mut [0; 1024]).await;
                let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n";
                let mut sent = stream.write_all(head).await;
                while sent.is_ok() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    sent = stream.write_all(b" ").await;
                }
            });
        }
    });
    let source = Oembed::new(HttpClient::with_body_timeout(Duration::from_millis(200)), Some(base), fast_retries());
    let unavailable = look_up_one(&source).await.unwrap_err();
    assert!(unavailable.error.contains("did not end"), "{unavailable:?}");
    dripping.abort();
}

#[tokio::test]
async fn limiter_allows_fewer_calls_after_rejections_and_more_after_answers() {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(429)).up_to_n_times(1).mount(&server).await;
    Mock::given(method("GET")).respond_with(title_answer("A title")).mount(&server).await;
    let source = oembed_at(&server);
    let limiter = source.limiter().unwrap();
    let free = || async {
        let mut permits = Vec::new();
        while let Some(permit) = futures::FutureExt::now_or_never(Arc::clone(limiter).acquire()) {
            permits.push(permit);
        }
        permits
    };
    assert_eq!(free().await.len(), 8);
    look_up_one(&source).await.unwrap().unwrap();
    assert_eq!(free().await.len(), 5);
    let held = free().await;
    look_up_one(&source).await.unwrap().unwrap();
    drop(held);
    for _ in 0..4 {
        let held = free().await;
        futures::future::join_all((0..8).map(|_| look_up_one(&source))).await;
        drop(held);
    }
    assert!(free().await.len() >= 8, "{}", free().await.len());
}
