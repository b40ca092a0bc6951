//! The clients against real HTTP: the documented shapes, everything that goes wrong, and the emulator's round trip.

use std::time::Instant;

use serde_json::{Value, json};
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

// --- oembed -----------------------------------------------------------------------------------------------------

#[tokio::test]
async fn oembed_asks_as_documented() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/oembed"))
        .and(query_param("url", format!("https://www.youtube.com/watch?v={ID}")))
        .and(query_param("format", "json"))
        .and(header("user-agent", concat!("Playmarks/", env!("CARGO_PKG_VERSION"))))
        .respond_with(title(" A\u{7}title\u{0} "))
        .expect(1)
        .mount(&server)
        .await;
    let metadata = one(&oembed_at(&server)).await.unwrap().unwrap();
    assert_eq!(metadata, Metadata { title: "A title".into(), channel: Some("A channel".into()), duration_seconds: None });
}

#[tokio::test]
async fn oembed_says_why_a_video_is_unavailable() {
    for (status, word) in [(404, "deleted"), (400, "deleted"), (401, "private"), (403, "private")] {
        let server = answering(ResponseTemplate::new(status)).await;
        let failure = one(&oembed_at(&server)).await.unwrap().unwrap_err();
        assert!(failure.cause == FailureCause::Unavailable && failure.text.contains(word), "{status}: {failure:?}");
        assert_eq!(requests(&server).await, 1, "nothing to try again");
    }
}

#[tokio::test]
async fn a_429_is_waited_out() {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(429).insert_header("Retry-After", "1")).up_to_n_times(1).mount(&server).await;
    Mock::given(method("GET")).respond_with(title("After a while")).mount(&server).await;
    let start = Instant::now();
    assert_eq!(one(&oembed_at(&server)).await.unwrap().unwrap().title, "After a while");
    assert!(start.elapsed() >= Duration::from_secs(1) && requests(&server).await == 2);
}

#[tokio::test]
async fn a_429_for_ever_fails_the_video_and_then_is_about_the_source() {
    let server = answering(ResponseTemplate::new(429)).await;
    let source = oembed_at(&server);
    assert_eq!(cause(one(&source).await), FailureCause::RateLimited);
    assert_eq!(requests(&server).await, 4);
    let away = one(&source).await.unwrap_err();
    assert_eq!((away.pause, requests(&server).await), (Duration::from_secs(15), 6));
}

#[tokio::test]
async fn a_429_with_a_long_pause_is_about_the_source() {
    let server = answering(ResponseTemplate::new(429).insert_header("Retry-After", "120")).await;
    assert_eq!(one(&oembed_at(&server)).await.unwrap_err().pause, Duration::from_secs(120));
    assert_eq!(requests(&server).await, 1);
}

#[tokio::test]
async fn nonsense_is_tried_again_and_then_an_error_of_the_source() {
    let huge = json!({"title": "x".repeat(300 << 10), "author_name": "y"});
    let elsewhere = answering(title("from elsewhere")).await;
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
        let server = answering(response).await;
        assert_eq!(cause(one(&oembed_at(&server)).await), FailureCause::SourceError);
        assert_eq!(requests(&server).await, 4);
    }
    assert_eq!(requests(&elsewhere).await, 0, "no redirect is followed");
}

#[tokio::test]
async fn a_source_that_fails_in_all_calls_at_once_fails_no_video() {
    let server = answering(ResponseTemplate::new(500)).await;
    let source = oembed_at(&server);
    let outcomes = futures::future::join_all((0..8).map(|_| one(&source))).await;
    assert!(outcomes.iter().all(Result::is_err), "{outcomes:?}");
}

#[tokio::test]
async fn a_source_that_nobody_listens_at_is_away() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let source = Oembed::new(Http::anywhere().unwrap(), Some(base.clone()), quick());
    let away = one(&source).await.unwrap_err();
    assert!(away.pause == Duration::from_secs(15) && away.reason.contains("refused"), "{away:?}");
    let api = YoutubeApi::new(Http::anywhere().unwrap(), Some(base), Secret::from(KEY), quick());
    let away = one(&api).await.unwrap_err();
    assert!(!away.reason.contains(KEY), "{away:?}");
}

#[tokio::test]
async fn a_connection_that_breaks_is_tried_again() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let closing = tokio::spawn(async move {
        let mut accepted = 0;
        while accepted < 4 {
            drop(listener.accept().await.unwrap());
            accepted += 1;
        }
        listener
    });
    let source = Oembed::new(Http::anywhere().unwrap(), Some(base), quick());
    assert_eq!(cause(one(&source).await), FailureCause::Network);
    drop(closing.await.unwrap());
}

#[tokio::test]
async fn plain_http_and_private_addresses_are_no_fixed_hosts() {
    let server = answering(title("inside")).await;
    let public = Http::public().unwrap();
    assert!(public.get(server.uri().parse().unwrap(), 1000).await.is_err());
    let named: Url = format!("https://localhost:{}/", server.address().port()).parse().unwrap();
    let trouble = public.get(named, 1000).await.unwrap_err();
    assert!(matches!(&trouble, retry::Trouble::Unreachable(why) if why.contains("private addresses")), "{trouble:?}");
    assert_eq!(requests(&server).await, 0);
}

// --- api --------------------------------------------------------------------------------------------------------

fn item(id: &str, more: &Value) -> Value {
    let mut item = json!({"id": id, "snippet": {"title": format!("Title of {id}"), "channelTitle": "A channel"}, "contentDetails": {"duration": "PT4M13S"}, "status": {"uploadStatus": "processed", "privacyStatus": "public"}});
    for (key, value) in more.as_object().unwrap() {
        item[key] = value.clone();
    }
    item
}

#[tokio::test]
async fn api_asks_for_a_batch_and_answers_in_order() {
    let server = MockServer::start().await;
    let items = [
        item(OTHER, &json!({"contentDetails": {"duration": "P0D"}})),
        item(ID, &json!({})),
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
    assert_eq!(first, Metadata { title: format!("Title of {ID}"), channel: Some("A channel".into()), duration_seconds: Some(253) });
    assert_eq!(outcomes[2].clone().unwrap().duration_seconds, None);
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
async fn api_without_quota_or_with_a_bad_key_is_away() {
    let detail = json!({"error": {"code": 400, "errors": [{"reason": "badRequest"}], "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]}});
    let cases = [
        (refusal(403, "quotaExceeded"), 3600, "quota"),
        (refusal(403, "dailyLimitExceeded"), 3600, "quota"),
        (refusal(400, "keyInvalid"), 600, "YOUTUBE_API_KEY"),
        (refusal(403, "accessNotConfigured"), 600, "accessNotConfigured"),
        (ResponseTemplate::new(400).set_body_json(detail), 600, "API_KEY_INVALID"),
        (ResponseTemplate::new(403), 600, "YOUTUBE_API_KEY"),
    ];
    for (response, pause, word) in cases {
        let server = answering(response).await;
        let away = one(&api_at(&server)).await.unwrap_err();
        assert!(away.pause == Duration::from_secs(pause) && away.reason.contains(word) && !away.reason.contains(KEY), "{away:?}");
        assert_eq!(requests(&server).await, 1);
    }
}

#[tokio::test]
async fn api_waits_out_what_passes() {
    for response in [refusal(403, "rateLimitExceeded"), refusal(403, "userRateLimitExceeded"), ResponseTemplate::new(429), ResponseTemplate::new(500)]
    {
        let server = MockServer::start().await;
        Mock::given(method("GET")).respond_with(response).up_to_n_times(2).mount(&server).await;
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({"items": [item(ID, &json!({}))]})))
            .mount(&server)
            .await;
        assert!(one(&api_at(&server)).await.unwrap().is_ok());
        assert_eq!(requests(&server).await, 3);
    }
}

#[tokio::test]
async fn api_fails_a_batch_for_nonsense_only() {
    for response in
        [ResponseTemplate::new(200).set_body_string("{"), ResponseTemplate::new(502), ResponseTemplate::new(200).set_body_bytes(vec![b' '; 3 << 20])]
    {
        let server = answering(response).await;
        let outcomes = api_at(&server).look_up(&ids(&[ID, OTHER])).await.unwrap();
        assert!(
            outcomes.len() == 2 && outcomes.iter().all(|outcome| outcome.as_ref().unwrap_err().cause == FailureCause::SourceError),
            "{outcomes:?}"
        );
    }
    let server = answering(ResponseTemplate::new(429)).await;
    assert_eq!(one(&api_at(&server)).await.unwrap_err().pause, Duration::from_secs(15));
    assert!(format!("{:?}", api_at(&server)).contains("[redacted]"));
}

// --- the settings and the emulator ------------------------------------------------------------------------------

fn demo_settings(key: Option<&str>) -> Settings {
    Settings { metadata: MetadataMode::Demo, demo_speed: 200.0, youtube_api_key: key.map(Secret::from), metadata_url: None, ..Settings::defaults() }
}

#[tokio::test]
async fn settings_choose_the_source() {
    let choose = |mode, key: Option<&str>| {
        let settings = Settings { metadata: mode, ..demo_settings(key) };
        connect(&settings, CancellationToken::new()).map(|source| (source.name(), source.batch())).map_err(|error| error.to_string())
    };
    assert_eq!(choose(MetadataMode::Auto, None), Ok(("oembed", 1)));
    assert_eq!(choose(MetadataMode::Auto, Some(KEY)), Ok(("api", 50)));
    assert_eq!(choose(MetadataMode::Api, Some(KEY)), Ok(("api", 50)));
    assert_eq!(choose(MetadataMode::Oembed, Some(KEY)), Ok(("oembed", 1)));
    assert_eq!(choose(MetadataMode::Demo, None), Ok(("demo", 1)));
    assert_eq!(choose(MetadataMode::Demo, Some(KEY)), Ok(("demo", 50)));
    assert!(choose(MetadataMode::Api, None).unwrap_err().contains("YOUTUBE_API_KEY"));
    for speed in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let settings = Settings { demo_speed: speed, ..demo_settings(None) };
        assert!(connect(&settings, CancellationToken::new()).is_err_and(|error| error.to_string().contains("DEMO_SPEED")));
    }
}

#[tokio::test]
async fn another_address_comes_from_the_settings() {
    let server = MockServer::start().await;
    let path_of = |request: &Request| request.url.path().to_owned();
    Mock::given(method("GET")).respond_with(title("Over there")).mount(&server).await;
    let settings =
        Settings { metadata: MetadataMode::Oembed, metadata_url: Some(format!("{}/below/", server.uri()).parse().unwrap()), ..Settings::defaults() };
    let source = connect(&settings, CancellationToken::new()).unwrap();
    assert_eq!(one(&*source).await.unwrap().unwrap().title, "Over there");
    assert_eq!(path_of(&server.received_requests().await.unwrap()[0]), "/below/oembed");
}

/// The first of the generated ids whose fate is as wanted.
fn id_with(wanted: impl Fn(&str) -> bool) -> String {
    (0..).map(|n| format!("demo-{n:06}")).find(|id| wanted(id)).unwrap()
}

#[tokio::test]
async fn the_emulator_through_both_clients() {
    let ok = id_with(|id| matches!(demo::fate(id), demo::Fate::Ok { .. }));
    let private = id_with(|id| demo::fate(id) == demo::Fate::Private);
    let deleted = id_with(|id| demo::fate(id) == demo::Fate::Deleted);
    let expected = demo::fate(&ok).metadata().unwrap();

    let oembed = connect(&demo_settings(None), CancellationToken::new()).unwrap();
    let outcomes = oembed.look_up(&[ok.clone(), private.clone(), deleted.clone()]).await.unwrap();
    assert_eq!(outcomes[0], Ok(Metadata { duration_seconds: None, ..expected.clone() }));
    assert_eq!(outcomes[1], Err(failure(FailureCause::Unavailable, "Video is private")));
    assert_eq!(outcomes[2].clone().unwrap_err().cause, FailureCause::Unavailable);

    let api = connect(&demo_settings(Some(KEY)), CancellationToken::new()).unwrap();
    let outcomes = api.look_up(&[private, ok, deleted]).await.unwrap();
    assert_eq!(outcomes[1], Ok(expected));
    assert!(outcomes[0].is_err() && outcomes[2].is_err());
}

#[tokio::test]
async fn the_emulator_answers_a_whole_list_in_every_run_alike() {
    let all: Vec<String> = include_str!("../../tests/samples/large-2000.csv").lines().skip(1).take(400).map(|line| line[..11].to_owned()).collect();
    let source = connect(&demo_settings(None), CancellationToken::new()).unwrap();
    let run = || async {
        let calls = all.iter().map(|id| source.look_up(std::slice::from_ref(id)));
        let outcomes: Vec<_> = futures::StreamExt::collect(futures::StreamExt::buffered(futures::stream::iter(calls), 16)).await;
        outcomes.into_iter().map(|outcome| outcome.unwrap().remove(0)).collect::<Vec<_>>()
    };
    let first = run().await;
    assert_eq!(first, run().await);
    for (id, outcome) in all.iter().zip(first) {
        assert_eq!(outcome.ok().map(|metadata| metadata.title), demo::fate(id).metadata().map(|metadata| metadata.title), "{id}");
    }
}

#[tokio::test]
async fn the_emulator_ends_with_the_process() {
    let shutdown = CancellationToken::new();
    let source = connect(&demo_settings(None), shutdown.clone()).unwrap();
    assert!(one(&*source).await.is_ok());
    shutdown.cancel();
    let gone = async { while one(&*source).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(5), gone).await.unwrap();
}
