//! The Data API's client.

use serde_json::{Value, json};

use super::*;

fn item(id: &str, more: &Value) -> Value {
    let mut item = json!({"id": id, "snippet": {"title": format!("Title of {id}"), "channelTitle": "A channel"}, "contentDetails": {"duration": "PT4M13S"}, "status": {"uploadStatus": "processed", "privacyStatus": "public"}});
    for (key, value) in more.as_object().unwrap() {
        item[key] = value.clone();
    }
    item
}

#[tokio::test]
async fn api_looks_up_a_batch_in_one_call_and_in_order() {
    let server = MockServer::start().await;
    let items = [
        item(OTHER, &json!({"contentDetails": {"duration": "P0D"}, "status": {"privacyStatus": "public", "embeddable": false}})),
        item(ID, &json!({"status": {"privacyStatus": "public", "embeddable": true}})),
        item("privatevid1", &json!({"status": {"privacyStatus": "private"}})),
        item("rejectedvid", &json!({"status": {"uploadStatus": "rejected"}})),
    ];
    Mock::given(method("GET"))
        .and(path("/youtube/v3/videos"))
        .and(query_param("part", "snippet,contentDetails,status"))
        .and(query_param("id", format!("{ID},absentvideo,{OTHER},privatevid1,rejectedvid")))
        .and(query_param("key", KEY))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"kind": "youtube#videoListResponse", "items": items})))
        .expect(1)
        .mount(&server)
        .await;
    let outcomes = api_at(&server).look_up(&ids(&[ID, "absentvideo", OTHER, "privatevid1", "rejectedvid"])).await.unwrap();
    let first = outcomes[0].clone().unwrap();
    assert_eq!(
        first,
        Metadata { title: Some(format!("Title of {ID}")), channel: Some("A channel".into()), duration_seconds: Some(253), reason: None }
    );
    let other = outcomes[2].clone().unwrap();
    assert_eq!((other.title, other.duration_seconds), (Some(format!("Title of {OTHER}")), None));
    assert_eq!(other.reason, Some(VideoReason::EmbeddingDisabled));
    let failed: Vec<_> = outcomes.iter().map(|outcome| outcome.as_ref().err().map(|failure| failure.cause)).collect();
    let gone = Some(FailureCause::Unavailable);
    assert_eq!(failed, [None, gone, None, gone, gone]);
    assert_eq!(api_at(&server).look_up(&[]).await.unwrap(), []);
}

fn refusal(status: u16, reason: &str) -> ResponseTemplate {
    ResponseTemplate::new(status)
        .set_body_json(json!({"error": {"code": status, "message": "No.", "errors": [{"message": "No.", "domain": "youtube", "reason": reason}]}}))
}

#[tokio::test]
async fn api_with_a_rejected_key_is_unavailable() {
    let detail = json!({"error": {"code": 400, "errors": [{"reason": "badRequest"}], "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]}});
    let cases = [
        (refusal(400, "keyInvalid"), 600, "YOUTUBE_API_KEY"),
        (refusal(403, "accessNotConfigured"), 600, "accessNotConfigured"),
        (ResponseTemplate::new(400).set_body_json(detail), 600, "API_KEY_INVALID"),
        (ResponseTemplate::new(403), 600, "YOUTUBE_API_KEY"),
    ];
    for (response, pause, word) in cases {
        let server = server_answering(response).await;
        let unavailable = look_up_one(&api_at(&server)).await.unwrap_err();
        assert!(
            unavailable.retry_after == Duration::from_secs(pause) && unavailable.error.contains(word) && !unavailable.error.contains(KEY),
            "{unavailable:?}"
        );
        assert_eq!(request_count(&server).await, 1);
    }
}

#[tokio::test]
async fn api_without_quota_is_unavailable_until_midnight() {
    for reason in ["quotaExceeded", "dailyLimitExceeded"] {
        let server = server_answering(refusal(403, reason)).await;
        let unavailable = look_up_one(&api_at(&server)).await.unwrap_err();
        let midnight = youtube_api::until_midnight_pacific(jiff::Timestamp::now());
        // Asked a moment apart, and perhaps on both sides of a midnight.
        let later = unavailable.retry_after.saturating_sub(midnight);
        assert!(later >= Duration::from_secs(60) || midnight > Duration::from_secs(80_000), "{unavailable:?}");
        assert!(later < Duration::from_secs(100) && unavailable.error.contains("quota") && !unavailable.error.contains(KEY), "{unavailable:?}");
        assert_eq!(request_count(&server).await, 1, "every further one would be counted");
    }
}

#[tokio::test]
async fn api_fails_only_the_items_that_cannot_be_read() {
    let items = json!([
        item("strangevid1", &json!({"snippet": {"title": 7}})),
        item("strangevid2", &json!({"contentDetails": {"duration": "soon"}})),
        item("uninvited01", &json!({})),
        json!("no item"),
        json!({"snippet": {"title": "Of what?"}}),
        item(ID, &json!({})),
        item(ID, &json!({})),
    ]);
    let server = server_answering(ResponseTemplate::new(200).set_body_json(json!({"items": items}))).await;
    let outcomes = api_at(&server).look_up(&ids(&[ID, "strangevid1", "strangevid2", OTHER])).await.unwrap();
    let causes: Vec<_> = outcomes.iter().map(|outcome| outcome.as_ref().err().map(|failure| failure.cause)).collect();
    assert_eq!(causes, [None, Some(FailureCause::SourceError), None, Some(FailureCause::Unavailable)]);
    assert_eq!(request_count(&server).await, 1);
}

#[tokio::test]
async fn api_retries_transient_errors() {
    for response in [refusal(403, "rateLimitExceeded"), refusal(403, "userRateLimitExceeded"), ResponseTemplate::new(429), ResponseTemplate::new(500)]
    {
        let server = MockServer::start().await;
        Mock::given(method("GET")).respond_with(response).up_to_n_times(2).mount(&server).await;
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({"items": [item(ID, &json!({}))]})))
            .mount(&server)
            .await;
        assert!(look_up_one(&api_at(&server)).await.unwrap().is_ok());
        assert_eq!(request_count(&server).await, 3);
    }
}

#[tokio::test]
async fn api_fails_only_the_ids_with_unreadable_answers() {
    const POISONED: [&str; 2] = ["poisoned001", "poisoned002"];
    let found = |request: &Request| {
        let asked = request.url.query_pairs().find(|(name, _)| name == "id").unwrap().1;
        ResponseTemplate::new(200).set_body_json(json!({"items": asked.split(',').map(|id| item(id, &json!({}))).collect::<Vec<_>>()}))
    };
    for poison in unreadable_answers() {
        let server = poisoned_server(poison, &POISONED, found).await;
        let source = api_at(&server);
        let mut batch: Vec<String> = (0..50).map(|n| format!("video{n:06}")).collect();
        (batch[13], batch[40]) = (POISONED[0].into(), POISONED[1].into());
        let outcomes = source.look_up(&batch).await.expect("it is not the source");
        assert_eq!(outcomes.len(), 50);
        for (id, outcome) in batch.iter().zip(outcomes) {
            match outcome {
                Ok(found) => assert_eq!(found.title, Some(format!("Title of {id}"))),
                Err(failure) => assert!(failure.cause == FailureCause::SourceError && id.starts_with("poisoned"), "{id}: {failure:?}"),
            }
        }
        // The whole twice; six good parts and two bad ones, those twice; of these six good ids each, and a bad one four times.
        assert_eq!(request_count(&server).await, 2 + 6 + 2 * 2 + 2 * (6 + 4));
    }
}

#[tokio::test]
async fn api_fails_videos_for_unreadable_answers_and_not_for_429() {
    for response in [
        ResponseTemplate::new(200).set_body_string("{"),
        ResponseTemplate::new(200).set_body_json(json!({"kind": "youtube#videoListResponse"})),
        ResponseTemplate::new(200).set_body_string("[".repeat(100_000)),
        ResponseTemplate::new(200).set_body_raw("<!doctype html><title>Before you continue</title>", "text/html"),
        ResponseTemplate::new(502),
        ResponseTemplate::new(200).set_body_bytes(vec![b' '; 3 << 20]),
    ] {
        let server = server_answering_others(response).await;
        let outcomes = api_at(&server).look_up(&ids(&[ID, OTHER])).await.unwrap();
        assert!(
            outcomes.len() == 2 && outcomes.iter().all(|outcome| outcome.as_ref().unwrap_err().cause == FailureCause::SourceError),
            "{outcomes:?}"
        );
    }
    let server = server_answering(ResponseTemplate::new(429)).await;
    assert_eq!(look_up_one(&api_at(&server)).await.unwrap_err().retry_after, Duration::from_secs(15));
    assert!(format!("{:?}", api_at(&server)).contains("[REDACTED]"));
}
