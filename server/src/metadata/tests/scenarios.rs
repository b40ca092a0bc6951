//! What YouTube answers when something is wrong, through both clients: with one video, with the whole source, with the key.

use std::time::Instant;

use super::{
    demo::{DemoSource, Outage},
    *,
};

const SPEED: f64 = 1_000.0;
const LIMIT: Duration = Duration::from_secs(20);

fn demo(key: Option<&str>, outage: Option<Outage>) -> DemoSource {
    DemoSource::start_with_outage(SPEED, key.map(SecretString::from), outage, CancellationToken::new()).unwrap()
}

fn usual_ids(count: usize) -> Vec<String> {
    let public = |id: &String| matches!(demo::emulated_video(id), demo::EmulatedVideo::Public { is_embeddable: true, .. });
    (0..).map(|n| format!("usual-{n:05}")).filter(public).take(count).collect()
}

/// One call an id, or one for all of them, as the worker does.
async fn look_up_all(source: &dyn Source, ids: &[String]) -> Result<Vec<Result<Metadata, Failure>>, SourceUnavailable> {
    futures::future::try_join_all(ids.chunks(source.batch_size()).map(|ids| source.look_up(ids))).await.map(|outcomes| outcomes.concat())
}

/// An id's prefix, its cause with oEmbed and with the Data API (`None` where it succeeds), and a word of its text.
const SCENARIOS: [(&str, Option<FailureCause>, Option<FailureCause>, &str); 10] = [
    ("case-401", None, None, ""),
    ("case-403", Some(FailureCause::Unavailable), Some(FailureCause::Unavailable), "private"),
    ("case-word", Some(FailureCause::Unavailable), Some(FailureCause::Unavailable), "private"),
    ("case-404", Some(FailureCause::Unavailable), Some(FailureCause::Unavailable), "deleted"),
    ("case-500", Some(FailureCause::SourceError), Some(FailureCause::SourceError), "status 500"),
    ("case-page", Some(FailureCause::SourceError), Some(FailureCause::SourceError), "a page for people"),
    ("case-void", Some(FailureCause::SourceError), Some(FailureCause::SourceError), "no title|missing field"),
    ("case-long", Some(FailureCause::SourceError), Some(FailureCause::SourceError), "did not end"),
    ("case-part", Some(FailureCause::Network), Some(FailureCause::Network), "cut short"),
    ("case-mute", Some(FailureCause::Network), Some(FailureCause::Network), "did not answer"),
];

async fn check_that_bad_id_fails_alone(key: Option<&str>) {
    let tests = SCENARIOS.map(|(prefix, by_oembed, by_api, words)| async move {
        let bad_id = &format!("{prefix:-<9}01");
        // Alone, and among others.
        let look_ups = [0, 20].map(|usual| async move {
            let source = demo(key, None);
            let mut ids = usual_ids(usual);
            ids.insert(usual / 2, bad_id.clone());
            let start = Instant::now();
            let outcomes = look_up_all(&source, &ids).await.unwrap_or_else(|unavailable| panic!("{prefix}: {unavailable}"));
            assert!(start.elapsed() < LIMIT, "{prefix} among {usual}: {:?}", start.elapsed());
            for (id, outcome) in ids.iter().zip(outcomes) {
                let expected = if id != bad_id {
                    None
                } else if key.is_some() {
                    by_api
                } else {
                    by_oembed
                };
                assert_eq!(outcome.as_ref().err().map(|failure| failure.cause), expected, "{id}: {outcome:?}");
                let Err(failure) = outcome else { continue };
                assert!(words.split('|').any(|word| failure.text.contains(word)), "{id}: {failure:?}");
            }
        });
        futures::future::join_all(look_ups).await;
    });
    futures::future::join_all(tests).await;
}

#[tokio::test]
async fn bad_id_fails_alone_for_oembed() {
    check_that_bad_id_fails_alone(None).await;
}

#[tokio::test]
async fn bad_id_fails_alone_for_the_api() {
    check_that_bad_id_fails_alone(Some(KEY)).await;
}

#[tokio::test]
async fn five_failing_ids_leave_the_source_available() {
    for key in [None, Some(KEY)] {
        let ids: Vec<String> = (0..8).map(|n| format!("case-500-{n:02}")).collect();
        let outcomes = look_up_all(&demo(key, None), &ids).await.expect("the known video is answered for");
        assert!(outcomes.iter().all(|outcome| outcome.as_ref().is_err_and(|failure| failure.cause == FailureCause::SourceError)), "{outcomes:?}");
    }
}

#[tokio::test]
async fn source_that_refuses_everything_is_unavailable_and_says_what_it_wants() {
    let captcha = Some(("a captcha page", WaitingReason::Refused));
    // Beside oEmbed, and beside the Data API.
    for (outage, by_oembed, by_api) in [
        (Outage::Forbidden, Some(("403", WaitingReason::Refused)), Some(("no reason given", WaitingReason::Key))),
        (Outage::CaptchaPage, captcha, captcha),
        (Outage::CaptchaStatus, captcha, captcha),
        (Outage::CaptchaRedirect, captcha, captcha),
        (Outage::ConsentRedirect, Some(("a consent page", WaitingReason::Refused)), Some(("a consent page", WaitingReason::Refused))),
        (Outage::ServerError, Some(("", WaitingReason::Network)), Some(("", WaitingReason::Network))),
        (Outage::NoItems, None, Some(("no items", WaitingReason::Refused))),
    ] {
        for (key, expected) in [(None, by_oembed), (Some(KEY), by_api)] {
            let Some((detail, reason)) = expected else { continue };
            // Few in a job count as well, but for a list without items, of which an everyday part is gone.
            for count in if outage == Outage::NoItems { vec![5, 50] } else { vec![1, 3, 12] } {
                let unavailable = look_up_all(&demo(key, Some(outage)), &usual_ids(count)).await.expect_err("it is the source");
                assert_eq!((unavailable.waiting_reason, &*unavailable.detail), (reason, detail), "{outage:?}, {count}: {unavailable}");
            }
        }
    }
}

#[tokio::test]
async fn consecutive_refusals_make_the_source_unavailable() {
    let source = demo(None, Some(Outage::Forbidden));
    for id in usual_ids(6) {
        assert!(source.look_up(&[id]).await.is_err());
    }
}

#[tokio::test]
async fn key_error_contains_googles_reason_and_never_the_key() {
    for (key, reason) in [
        ("quotaExceeded", WaitingReason::Quota),
        ("dailyLimitExceeded", WaitingReason::Quota),
        ("keyInvalid", WaitingReason::Key),
        ("API_KEY_INVALID", WaitingReason::Key),
        ("API_KEY_SERVICE_BLOCKED", WaitingReason::Key),
        ("accessNotConfigured", WaitingReason::Key),
    ] {
        let unavailable = look_up_all(&demo(Some(key), None), &usual_ids(3)).await.unwrap_err();
        assert_eq!(unavailable.waiting_reason, reason, "{key}");
        assert!(unavailable.detail.contains(key) && unavailable.error.contains(key), "{unavailable:?}");
        assert!(reason == WaitingReason::Quota || unavailable.retry_after == Duration::from_secs(600), "{unavailable:?}");
    }
}

#[tokio::test]
async fn refusal_beside_successes_needs_no_further_call() {
    let server = poisoned_server(ResponseTemplate::new(403), &["privatevid1"], title_answer("A title")).await;
    let source = oembed_at(&server);
    let outcomes = look_up_all(&source, &ids(&[ID, "privatevid1", OTHER])).await.unwrap();
    assert_eq!(outcomes[1], Err(Failure::new(FailureCause::Unavailable, "Video is private")));
    assert_eq!((request_count(&server).await, known_video_request_count(&server).await), (3, 0));
}

#[tokio::test]
async fn empty_list_is_accepted_after_the_known_video_is_found() {
    let batch: Vec<String> = (0..50).map(|n| format!("video{n:06}")).collect();
    let gone = server_answering(ResponseTemplate::new(200).set_body_json(json!({"items": []}))).await;
    let known = json!({"items": [{"id": KNOWN_VIDEO_ID, "snippet": {"title": "Me at the zoo"}}]});
    let is_known = |request: &Request| request.url.query().unwrap().contains(KNOWN_VIDEO_ID);
    Mock::given(is_known).respond_with(ResponseTemplate::new(200).set_body_json(known)).with_priority(1).mount(&gone).await;
    let outcomes = api_at(&gone).look_up(&batch).await.unwrap();
    assert!(outcomes.len() == 50 && outcomes.iter().all(|outcome| outcome.as_ref().is_err_and(|failure| failure.cause == FailureCause::Unavailable)));
    assert_eq!((request_count(&gone).await, known_video_request_count(&gone).await), (1, 1));

    // Wrong at first: the other call disagrees, and everything is asked for again.
    let wrong = MockServer::start().await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(200).set_body_json(json!({"items": []}))).up_to_n_times(1).mount(&wrong).await;
    let all = |request: &Request| {
        let asked = request.url.query_pairs().find(|(name, _)| name == "id").unwrap().1;
        let items: Vec<_> = asked.split(',').map(|id| json!({"id": id, "snippet": {"title": id}})).collect();
        ResponseTemplate::new(200).set_body_json(json!({"items": items}))
    };
    Mock::given(method("GET")).respond_with(all).mount(&wrong).await;
    let outcomes = api_at(&wrong).look_up(&batch).await.unwrap();
    assert!(batch.iter().zip(outcomes).all(|(id, outcome)| outcome.unwrap().title.as_ref() == Some(id)));
}

#[tokio::test]
async fn fingerprint_tells_keys_apart_and_hides_them() {
    let api = |key: &str| YoutubeApi::new(HttpClient::any_scheme().unwrap(), None, SecretString::from(key), fast_retries()).fingerprint();
    assert_eq!(api(KEY), api(KEY));
    assert!(api(KEY) != api("AIza-other") && !api(KEY).contains(KEY));
    assert_eq!(demo(None, None).fingerprint(), "demo oembed");
}
